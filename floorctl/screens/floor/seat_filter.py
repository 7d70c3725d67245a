"""The filter of the floor screen: matching typed text with the words of a seat."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from floorctl.i18n import term
from floorctl.text.typed import folded

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView


def matcher(text: str, initials: Callable[[str], str]) -> "Callable[[SeatView], bool]":
    """Return a predicate: each word of ``text`` is in number, name, state, zone or kind, or their pinyin initials.

    ``initials`` returns the pinyin initials of a text.
    """
    words = folded(text).split()

    def matches(view: "SeatView") -> bool:
        seat = view.seat
        texts = [seat.number, view.person_name, term("seat_state", seat.state), seat.zone, term("seat_kind", seat.kind)]
        plain = [folded(text) for text in texts]
        return all(
            any(word in text for text in plain)
            or (word.isascii() and any(word in initials(text) for text in texts if not text.isascii()))
            for word in words
        )

    return matches

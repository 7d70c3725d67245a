"""The short numbers that lists show for things without a number of their own, and their conversion to ids.

A command's number is its place in the journal. An alert's or a fact's is derived from its id, so that it doesn't change
with the list: a number read a minute ago never means a row that has appeared since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: The fewest and the most digits of a number.
_SHORTEST, _ALL = 4, 12


def numbers(ids: Iterable[str]) -> dict[str, str]:
    """Map each id to its number: as few digits as distinguish it from the others."""
    digits = {each: _digits(each) for each in ids}
    found: dict[str, str] = {}
    for length in range(_SHORTEST, _ALL + 1):
        shared: dict[str, list[str]] = {}
        for each, whole in digits.items():
            shared.setdefault(whole[:length], []).append(each)
        found |= {same[0]: number for number, same in shared.items() if len(same) == 1 and same[0] not in found}
    return found


def alert_numbers(floor: Floor) -> Mapping[str, str]:
    """The numbers of all alerts, by id."""
    return numbers(floor.alerts.ids())


def fact_numbers(floor: Floor) -> Mapping[str, str]:
    """The numbers of all facts, by id."""
    return numbers(floor.assessment.fact_ids())


def alert_id(floor: Floor, text: str) -> str:
    """Return the id of the alert with this number or id; ``text`` where there is none.

    Raises:
        NotFoundError: several alerts have a number that begins like this.
    """
    return meant(text, floor.alerts.ids())


def fact_id(floor: Floor, text: str) -> str:
    """Return the id of the fact with this number or id; ``text`` where there is none.

    Raises:
        NotFoundError: several facts have a number that begins like this.
    """
    return meant(text, floor.assessment.fact_ids())


def command_id(floor: Floor, text: str) -> str:
    """Return the id of the command with this number or id; ``text`` where there is none."""
    text = typed.compact(text)
    number = typed.ordinal(text)
    item = None if number is None else floor.outbox.numbered(number)
    return text if item is None else item.id


def meant(text: str, ids: list[str]) -> str:
    """Return the one of ``ids`` with this number or id; ``text`` where there is none.

    Raises:
        NotFoundError: several have a number that begins like this.
    """
    text = typed.compact(text)
    if text in ids or not (text.isascii() and text.isdigit() and len(text) >= _SHORTEST):
        return text
    found = [each for each in ids if _digits(each).startswith(text)]
    if len(found) > 1:
        raise NotFoundError("error.several_numbered", number=text)
    return found[0] if found else text


def _digits(each: str) -> str:
    return f"{int.from_bytes(blake2b(each.encode(), digest_size=8).digest()) % 10**_ALL:0{_ALL}}"

"""Selection of the seats that are drawn where there is room for only some."""

from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import zip_longest
from typing import TYPE_CHECKING

from floorctl.models.floor import SEAT_STATES, SIGNED_OUT

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView


def limit_weight(view: "SeatView") -> tuple[int, float]:
    """Sort key: seats past the alert limit, then past the warning limit, then others; longest in state first."""
    return ({"alert": 0, "warning": 1}.get(view.limit, 2), -view.seconds_in_state)


def longest(seats: "Sequence[SeatView]", most: int) -> "list[SeatView]":
    """Return at most ``most`` seats within their limits, longest in state, one of each state in turn.

    Signed-out seats are left out.
    """
    by_state: dict[str, list[SeatView]] = {}
    for view in seats if most else ():
        if view.seat.state != SIGNED_OUT and view.limit == "none":
            by_state.setdefault(view.seat.state, []).append(view)
    states = sorted(by_state, key=lambda state: SEAT_STATES.index(state) if state in SEAT_STATES else len(SEAT_STATES))
    ranked = (nlargest(most, by_state[state], key=lambda view: view.seconds_in_state) for state in states)
    return [view for turn in zip_longest(*ranked) for view in turn if view is not None][:most]


def shared(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """Return how many of ``room`` rows each name gets, dealt one at a time in turn up to ``wanted``."""
    rows = dict.fromkeys(wanted, 0)
    while room > 0 and (short := [name for name in wanted if rows[name] < wanted[name]]):
        step = max(1, min(room // len(short), *(wanted[name] - rows[name] for name in short)))
        for name in short[:room]:
            rows[name] += step
            room -= step
    return rows


def with_chosen(shown: "list[SeatView]", seats: "Sequence[SeatView]", chosen: set[str]) -> "list[SeatView]":
    """Replace the last of ``shown`` by the ``chosen`` ones of ``seats`` that it lacks, in place, and return it."""
    shown_ids = {view.id for view in shown}
    missing = [view for view in seats if view.id in chosen and view.id not in shown_ids]
    for at in range(len(shown) - 1, -1, -1):
        if missing and shown[at].id not in chosen:
            shown[at] = missing.pop()
    return shown

"""Planned breaks of a group of people that a supervisor cancels (停休), postpones or restores.

Cockpit and command line both use this module, so that they name the same figures.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

import msgspec
from msgspec.structs import replace

from floorctl.models.team import Pause, Shift

#: What can be done with a planned break.
CHANGES = ("cancel", "postpone", "restore")
#: Kinds of breaks that the floor may move; it does not decide on training and meetings.
KINDS = ("break", "meal")
#: Default of ``Wanted.ahead`` in seconds.
AHEAD = 3600.0
#: Default of ``Wanted.delay`` in seconds.
DELAY = 1800.0

_TEN = 10


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which breaks to change, and how.

    ``ahead``: only breaks that begin within so many seconds from now; None: until the end of the shift. ``delay``:
    seconds by which to postpone.
    """

    change: str = "cancel"
    kinds: tuple[str, ...] = ("break",)
    ahead: float | None = AHEAD
    delay: float = DELAY


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A person at a seat, with the shift that they work."""

    seat_id: str
    name: str
    shift_id: str
    shift: Shift


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """One planned break: its person, seat and shift, and its index in the shift."""

    seat_id: str
    name: str
    shift_id: str
    index: int
    pause: Pause


class BreakPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The breaks that ``wanted`` selects for a group: the number of people, and the breaks, the earliest first.

    ``past_end``: how many breaks would end after their shift if postponed; they are not changed.
    """

    wanted: Wanted
    people: int
    breaks: tuple[Break, ...]
    past_end: int = 0


def plan(workers: Iterable[Worker], wanted: Wanted, now: datetime) -> BreakPlan:
    """Return the breaks of ``workers`` that have not begun and that ``wanted`` selects."""
    people, past_end = 0, 0
    breaks: list[Break] = []
    for worker in workers:
        people += 1
        for index, pause in enumerate(worker.shift.pauses):
            if not _meant(pause, wanted, now):
                continue
            if wanted.change == "postpone" and moved(pause, wanted.delay).ends_at > worker.shift.ends_at:
                past_end += 1
                continue
            breaks.append(
                Break(seat_id=worker.seat_id, name=worker.name, shift_id=worker.shift_id, index=index, pause=pause)
            )
    breaks.sort(key=lambda each: (each.pause.starts_at, each.name, each.shift_id, each.index))
    return BreakPlan(wanted=wanted, people=people, breaks=tuple(breaks), past_end=past_end)


def _meant(pause: Pause, wanted: Wanted, now: datetime) -> bool:
    ahead = (pause.starts_at - now).total_seconds()
    in_window = ahead > 0 and (wanted.ahead is None or ahead <= wanted.ahead)
    return in_window and pause.kind in wanted.kinds and pause.cancelled == (wanted.change == "restore")


def moved(pause: Pause, seconds: float) -> Pause:
    """Return ``pause`` moved later by ``seconds``, with the same length."""
    later = timedelta(seconds=seconds)
    return replace(pause, starts_at=pause.starts_at + later, ends_at=pause.ends_at + later)


def changed(shift: Shift, breaks: Iterable[Break], wanted: Wanted) -> Shift:
    """Return ``shift`` with these breaks restored or postponed; a break that has changed since is left as it is."""
    pauses = list(shift.pauses)
    for each in breaks:
        if each.index < len(pauses) and pauses[each.index] == each.pause:
            pause = pauses[each.index]
            restored = replace(pause, cancelled=False)
            pauses[each.index] = restored if wanted.change == "restore" else moved(pause, wanted.delay)
    return replace(shift, pauses=tuple(pauses))


def team_order(name: str) -> tuple[tuple[str, int], ...]:
    """Return the sort key of a team's name: numbers in it, in digits or Chinese (up to 99), compare as numbers."""
    parts: list[tuple[str, int]] = []
    for is_number, characters in groupby(name, key=lambda char: _digit(char) is not None):
        text = "".join(characters)
        parts.append(("", _value(text)) if is_number else (text, 0))
    return tuple(parts)


def _digit(char: str) -> int | None:
    """Return the value of a numeral from 0 to 10 in any script; None for other characters."""
    value = unicodedata.numeric(char, -1.0)
    return int(value) if value.is_integer() and 0 <= value <= _TEN else None


def _value(text: str) -> int:
    total = digits = 0
    for char in text:
        value = _digit(char) or 0
        if value == _TEN:
            total, digits = total + _TEN * max(1, digits), 0
        else:
            digits = digits * _TEN + value
    return total + digits

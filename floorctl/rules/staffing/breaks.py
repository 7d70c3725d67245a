"""Which planned breaks a supervisor means when they cancel (停休), postpone or restore those of a group of people.

Both front ends count with this module, so that the question in the cockpit and the command name the same figures.
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
#: Kinds of pauses that the floor may move; training and meetings belong to others.
KINDS = ("break", "meal")
#: Seconds ahead that are meant where nobody says otherwise.
AHEAD = 3600.0
#: Seconds by which a break is postponed where nobody says otherwise.
DELAY = 1800.0

_TEN = 10


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which breaks, and what is to be done with them.

    ``ahead``: seconds from now within which they begin; None: until the end of the shift. ``delay``: seconds by which
    they are postponed.
    """

    change: str = "cancel"
    kinds: tuple[str, ...] = ("break",)
    ahead: float | None = AHEAD
    delay: float = DELAY


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """Someone at a seat, with the shift that they work."""

    seat_id: str
    name: str
    shift_id: str
    shift: Shift


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """One planned pause: whose it is, and its index in the shift."""

    seat_id: str
    name: str
    shift_id: str
    index: int
    pause: Pause


class BreakPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What ``wanted`` comes to for some people: how many they are, and the breaks, the earliest first.

    ``past_end``: breaks that would end after their shift if they were postponed; they stay as they are.
    """

    wanted: Wanted
    people: int
    breaks: tuple[Break, ...]
    past_end: int = 0


def plan(workers: Iterable[Worker], wanted: Wanted, now: datetime) -> BreakPlan:
    """The breaks of ``workers`` that have not begun and that ``wanted`` is about."""
    people, past_end = 0, 0
    found: list[Break] = []
    for worker in workers:
        people += 1
        for index, pause in enumerate(worker.shift.pauses):
            if not _meant(pause, wanted, now):
                continue
            if wanted.change == "postpone" and moved(pause, wanted.delay).ends_at > worker.shift.ends_at:
                past_end += 1
                continue
            found.append(
                Break(seat_id=worker.seat_id, name=worker.name, shift_id=worker.shift_id, index=index, pause=pause)
            )
    found.sort(key=lambda each: (each.pause.starts_at, each.name, each.shift_id, each.index))
    return BreakPlan(wanted=wanted, people=people, breaks=tuple(found), past_end=past_end)


def _meant(pause: Pause, wanted: Wanted, now: datetime) -> bool:
    ahead = (pause.starts_at - now).total_seconds()
    in_window = ahead > 0 and (wanted.ahead is None or ahead <= wanted.ahead)
    return in_window and pause.kind in wanted.kinds and pause.cancelled == (wanted.change == "restore")


def moved(pause: Pause, seconds: float) -> Pause:
    """``pause`` as long as before and that much later."""
    later = timedelta(seconds=seconds)
    return replace(pause, starts_at=pause.starts_at + later, ends_at=pause.ends_at + later)


def changed(shift: Shift, breaks: Iterable[Break], wanted: Wanted) -> Shift:
    """``shift`` with these of its breaks restored or postponed; those that are others by now stay as they are."""
    pauses = list(shift.pauses)
    for each in breaks:
        if each.index < len(pauses) and pauses[each.index] == each.pause:
            pause = pauses[each.index]
            restored = replace(pause, cancelled=False)
            pauses[each.index] = restored if wanted.change == "restore" else moved(pause, wanted.delay)
    return replace(shift, pauses=tuple(pauses))


def team_order(name: str) -> tuple[tuple[str, int], ...]:
    """Sort key of a team's name: numbers in it count as numbers, written in digits or in Chinese (up to 99)."""
    parts: list[tuple[str, int]] = []
    for is_number, characters in groupby(name, key=lambda char: _digit(char) is not None):
        text = "".join(characters)
        parts.append(("", _value(text)) if is_number else (text, 0))
    return tuple(parts)


def _digit(char: str) -> int | None:
    """The value of a numeral from 0 to 10, in any script; None for other characters."""
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

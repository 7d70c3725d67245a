"""The handover 交接班: which shift hands over to which and when, what is carried over, what nobody has signed yet.

Three handovers a day: night (from midnight) to morning, morning to evening, evening to the next day's night. The middle
shift overlaps and goes home into the evening (the floor's rules).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from floorctl.models.handover import Handover
from floorctl.models.team import Shift

#: The shifts that hand over, in the order of the day.
HANDING_OVER = ("night", "morning", "evening")
NEXT_SHIFT = {"morning": "evening", "middle": "evening", "evening": "night", "night": "morning"}
#: Shift → the hour at which it begins, where the roster does not say.
BEGINS = {"night": 0, "morning": 8, "middle": 10, "evening": 16}
LENGTH = timedelta(hours=8)
#: So long after the change it is still the shift before that is handed over, unless both have signed.
GRACE = timedelta(hours=2)
#: Whoever signs more than this before the shift ends says why.
EARLY = timedelta(minutes=30)
#: What tells of a signature that is taken back has an id that begins so; the handover's id and the time follow.
WITHDRAWN = "withdrawn-"
#: An unsigned handover is called for over so many days.
CALLED_FOR_DAYS = 7


def withdrawal_id(handover_id: str, at: datetime) -> str:
    """The id of the item that takes back, at this time, what was signed of a handover before."""
    return f"{WITHDRAWN}{handover_id}-{int(at.timestamp() * 1000)}"


def withdrawn_at(item_id: str, handover_id: str) -> float | None:
    """When this item took back the signature of that handover, in seconds of the epoch; None where it is no such."""
    of, _, at = item_id.rpartition("-")
    return int(at) / 1000 if of == WITHDRAWN + handover_id and at.isdigit() else None


class ShiftOf(NamedTuple):
    """One shift: the day on which it begins, and its name."""

    day: date
    name: str


def handover_id(shift: ShiftOf) -> str:
    """The id of the handover at the end of ``shift``: every terminal makes the same one."""
    return f"ho-{shift.day.isoformat()}-{shift.name}"


def shift_at(local: datetime) -> ShiftOf:
    """The shift that hands over next at ``local`` wall-clock time."""
    name = "night" if local.hour < BEGINS["morning"] else "morning" if local.hour < BEGINS["evening"] else "evening"
    return ShiftOf(local.date(), name)


def before(shift: ShiftOf) -> ShiftOf:
    """The shift that handed over to this one."""
    if shift.name == "night":
        return ShiftOf(shift.day - timedelta(days=1), "evening")
    return ShiftOf(shift.day, "night" if shift.name == "morning" else "morning")


def after(shift: ShiftOf) -> ShiftOf:
    """The shift that it hands over to."""
    name = NEXT_SHIFT[shift.name]
    return ShiftOf(shift.day + timedelta(days=name == "night"), name)


def hours(shift: ShiftOf, zone: tzinfo, roster: Iterable[Shift] = ()) -> tuple[datetime, datetime]:
    """When ``shift`` begins and ends: as most of its people are rostered, else eight hours from its usual start."""
    planned = Counter(
        (each.starts_at, each.ends_at)
        for each in roster
        if each.name == shift.name and each.starts_at.astimezone(zone).date() == shift.day
    )
    if planned:
        starts, ends = min(planned, key=lambda pair: (-planned[pair], pair))
        return starts.astimezone(zone), ends.astimezone(zone)
    begins = datetime.combine(shift.day, time(BEGINS[shift.name]), zone)
    return begins, begins + LENGTH


def to_hand_over(local: datetime, states: Mapping[ShiftOf, str]) -> ShiftOf:
    """Which handover a person means at ``local`` time: that of the shift before until it is taken, for two hours.

    ``states``: shift → state of its handover, where there is one.
    """
    now = shift_at(local)
    changed = datetime.combine(local.date(), time(BEGINS[now.name]), local.tzinfo)
    earlier = before(now)
    if local - changed < GRACE and states.get(earlier) != "taken":
        return earlier
    return now


def early_by(end: datetime, now: datetime) -> timedelta | None:
    """How long before its ``end`` a shift would be signed at ``now``; None where that needs no reason."""
    return end - now if end - now > EARLY else None


def first_open(shift: ShiftOf, states: Mapping[ShiftOf, str]) -> ShiftOf:
    """``shift``, or the first after it whose handover nobody has signed: what is written now goes there."""
    while states.get(shift, "open") != "open":
        shift = after(shift)
    return shift


def shift_of(handover: Handover) -> ShiftOf:
    """The shift that ``handover`` ends."""
    return ShiftOf(handover.day, handover.from_shift)


def unsigned(states: Mapping[ShiftOf, str], local: datetime) -> list[ShiftOf]:
    """Earlier shifts of the last week whose handover lacks a signature, the oldest first.

    The shift just before counts even where nobody has written anything for it, unless there is no handover at all.
    """
    now = shift_at(local)
    earliest = now.day - timedelta(days=CALLED_FOR_DAYS)
    found = {
        each for each, state in states.items() if state != "taken" and each.day >= earliest and place(each) < place(now)
    }
    if states and states.get(before(now)) != "taken":
        found.add(before(now))
    return sorted(found, key=place)


def place(shift: ShiftOf) -> tuple[date, int]:
    """Where it stands in time, for sorting."""
    return shift.day, BEGINS.get(shift.name, 24)

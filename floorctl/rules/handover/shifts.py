"""The shifts of the handover 交接班: which hands over to which, when, and which handovers lack a signature.

Three handovers a day: night (from midnight) to morning, morning to evening, evening to the next day's night. The middle
shift overlaps and hands nothing over; it ends during the evening shift (the floor's rules).
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
#: Shift → the hour at which it begins, if the roster does not say.
BEGINS = {"night": 0, "morning": 8, "middle": 10, "evening": 16}
LENGTH = timedelta(hours=8)
#: For this long after a shift change the previous shift is the one being handed over, unless both have signed.
GRACE = timedelta(hours=2)
#: Signing more than this before the shift's end needs a reason.
EARLY = timedelta(minutes=30)
#: Prefix of the id of an item that withdraws a signature; the handover's id and the time follow.
WITHDRAWN = "withdrawn-"
#: Number of days for which an unsigned handover is reported.
CALLED_FOR_DAYS = 7


def withdrawal_id(handover_id: str, at: datetime) -> str:
    """Return the id of the item that withdraws, at this time, the earlier signature of a handover."""
    return f"{WITHDRAWN}{handover_id}-{int(at.timestamp() * 1000)}"


def withdrawn_at(item_id: str, handover_id: str) -> float | None:
    """Return when this item withdrew a signature of that handover (seconds since 1970); None for another item."""
    of, _, at = item_id.rpartition("-")
    return int(at) / 1000 if of == WITHDRAWN + handover_id and at.isdigit() else None


class ShiftOf(NamedTuple):
    """One shift: the day on which it begins, and its name."""

    day: date
    name: str


def handover_id(shift: ShiftOf) -> str:
    """Return the id of the handover at the end of ``shift``; every terminal computes the same one."""
    return f"ho-{shift.day.isoformat()}-{shift.name}"


def shift_at(local: datetime) -> ShiftOf:
    """Return the shift that hands over next at ``local`` time."""
    name = "night" if local.hour < BEGINS["morning"] else "morning" if local.hour < BEGINS["evening"] else "evening"
    return ShiftOf(local.date(), name)


def before(shift: ShiftOf) -> ShiftOf:
    """Return the shift that handed over to ``shift``."""
    if shift.name == "night":
        return ShiftOf(shift.day - timedelta(days=1), "evening")
    return ShiftOf(shift.day, "night" if shift.name == "morning" else "morning")


def after(shift: ShiftOf) -> ShiftOf:
    """Return the shift that ``shift`` hands over to."""
    name = NEXT_SHIFT[shift.name]
    return ShiftOf(shift.day + timedelta(days=name == "night"), name)


def hours(shift: ShiftOf, zone: tzinfo, roster: Iterable[Shift] = ()) -> tuple[datetime, datetime]:
    """Return begin and end of ``shift``: as most of its people are rostered, else eight hours from its usual start."""
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
    """Return the shift to hand over at ``local`` time: for two hours the previous one, unless it is already taken.

    ``states``: shift → state of its handover, where there is one.
    """
    now = shift_at(local)
    changed = datetime.combine(local.date(), time(BEGINS[now.name]), local.tzinfo)
    earlier = before(now)
    if local - changed < GRACE and states.get(earlier) != "taken":
        return earlier
    return now


def early_by(end: datetime, now: datetime) -> timedelta | None:
    """Return how long before its ``end`` a shift would be signed at ``now``; None if that needs no reason."""
    return end - now if end - now > EARLY else None


def first_open(shift: ShiftOf, states: Mapping[ShiftOf, str]) -> ShiftOf:
    """Return ``shift``, or the first one after it whose handover is unsigned: new items are added there."""
    while states.get(shift, "open") != "open":
        shift = after(shift)
    return shift


def shift_of(handover: Handover) -> ShiftOf:
    """Return the shift that ``handover`` ends."""
    return ShiftOf(handover.day, handover.from_shift)


def unsigned(states: Mapping[ShiftOf, str], local: datetime) -> list[ShiftOf]:
    """Return the earlier shifts of the last week whose handover lacks a signature, the oldest first.

    The previous shift is included even if it has no handover entity, unless there are no handovers at all.
    """
    now = shift_at(local)
    earliest = now.day - timedelta(days=CALLED_FOR_DAYS)
    lacking = {
        shift
        for shift, state in states.items()
        if state != "taken" and shift.day >= earliest and place(shift) < place(now)
    }
    if states and states.get(before(now)) != "taken":
        lacking.add(before(now))
    return sorted(lacking, key=place)


def place(shift: ShiftOf) -> tuple[date, int]:
    """Return the sort key of a shift by time."""
    return shift.day, BEGINS.get(shift.name, 24)

"""Limits of orders, and what an order waits for: dispatch, the department, urging, call-back (the floor's rules).

All times are aware; exactly at a limit is in time. A repetition (并单) waits for nothing by itself: dispatch, urging
and call-back are done on the order that it repeats, whose limit counts.
"""

from datetime import datetime, timedelta

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import UNHANDLED, Order

DISPATCH_WITHIN = timedelta(hours=3)
DISPATCH_AMBER = timedelta(minutes=60)
SPECIAL_URGENT_WITHIN = timedelta(hours=24)
SPECIAL_WORKING_DAYS = 2
#: Order type → working days, if the platform gave no limit.
WORKING_DAYS = {"inquiry": 1, "help": 5, "complaint": 5, "report": 5, "suggestion": 10, "opinion": 10}
#: For an order type unknown to this release: the limit of a request.
_UNKNOWN_TYPE_DAYS = 5

AGEING_BANDS = ("under_1", "1_to_3", "3_to_7", "over_7")
_DAY = timedelta(days=1)
URGE_AGAIN_AFTER = timedelta(hours=1)


def unhandled(order: Order) -> bool:
    """Return whether the order still has to be handled."""
    return order.state in UNHANDLED and order.handled_at is None


def dispatch_due_at(order: Order) -> datetime | None:
    """Return the end of the dispatch clock: three hours (calendar time) after the review; None before the review.

    None too if the sum is beyond the range of datetime.
    """
    try:
        return None if order.reviewed_at is None else order.reviewed_at + DISPATCH_WITHIN
    except OverflowError:
        return None


def dispatch_state(order: Order, now: datetime) -> str:
    """Return none, waiting (green), due_soon (the last 60 minutes), late, or on_time if dispatched in time."""
    due = dispatch_due_at(order)
    if due is None:
        return "none"
    if order.dispatched_at is not None:
        return "on_time" if order.dispatched_at <= due else "late"
    if not dispatch_clock_runs(order):
        return "none"
    return dispatch_lamp(due - now)


def dispatch_lamp(left: timedelta) -> str:
    """Return the state of a dispatch clock that runs, for the time left on it (negative: it has run out)."""
    if left < timedelta(0):
        return "late"
    return "due_soon" if left <= DISPATCH_AMBER else "waiting"


def waits_for_dispatch(order: Order) -> bool:
    """Return whether the order waits for its first dispatch, or was returned and needs another department."""
    return order.state in ("ready", "returned") and unhandled(order) and order.parent_id is None


def dispatch_clock_runs(order: Order) -> bool:
    """Return whether the order is reviewed, neither dispatched nor handled yet, and no repetition."""
    return (
        order.reviewed_at is not None and order.dispatched_at is None and unhandled(order) and order.parent_id is None
    )


def waits_for_call_back(order: Order) -> bool:
    """Return whether the order is handled and the citizen, who is to be called back, was not reached yet."""
    return (
        order.state == "handled"
        and order.callback_required
        and order.callback_outcome != "reached"
        and order.parent_id is None
    )


def limit_at(order: Order, calendar: WorkCalendar) -> datetime | None:
    """Return the department's limit: the platform's, else computed from receipt; None for an order answered at once."""
    if order.due_at is not None:
        return order.due_at
    if order.state == "answered":
        return None
    if order.urgency == "special_urgent":
        return order.received_at + SPECIAL_URGENT_WITHIN
    days = SPECIAL_WORKING_DAYS if order.urgency == "special" else WORKING_DAYS.get(order.type, _UNKNOWN_TYPE_DAYS)
    return calendar.add_working_days(order.received_at, days)


def overdue(order: Order, limit: datetime | None, now: datetime) -> bool:
    """超时: return whether the order is unhandled and past its limit, and no repetition."""
    return limit is not None and now > limit and unhandled(order) and order.parent_id is None


def overdue_seconds(order: Order, limit: datetime | None, now: datetime) -> float:
    """Return by how many seconds the order is past its limit; 0 if it is not overdue."""
    return (now - limit).total_seconds() if limit is not None and overdue(order, limit, now) else 0.0


def due_soon(order: Order, limit: datetime | None, now: datetime, calendar: WorkCalendar, hours: float = 4) -> bool:
    """将超时: return whether an unhandled order is at most ``hours`` working hours before its limit, not past it."""
    if limit is None or now > limit or not unhandled(order) or order.parent_id is not None:
        return False
    return calendar.working_seconds(now, limit) <= hours * 3600


def ageing_band(order: Order, now: datetime) -> str:
    """Return the age from receipt to handling (or now) as a band: under_1, 1_to_3, 3_to_7 or over_7 days."""
    age = (order.handled_at or now) - order.received_at
    if age < _DAY:
        return "under_1"
    if age < 3 * _DAY:
        return "1_to_3"
    return "3_to_7" if age <= 7 * _DAY else "over_7"


def urge_level(order: Order) -> int:
    """Return the highest level urged so far; 0 if never urged."""
    return max((urge.level for urge in order.urges), default=0)


def proposed_urge_level(order: Order, limit: datetime | None, now: datetime) -> int:
    """Return the level to propose: 1; 2 from a day past the limit; 3 from three days past it, or for special orders."""
    if order.urgency in ("special", "special_urgent"):
        return 3
    late = now - limit if limit is not None else timedelta(0)
    if late >= 3 * _DAY:
        return 3
    return 2 if late >= _DAY else 1


def urge_too_soon(order: Order, level: int, now: datetime) -> bool:
    """Return whether it was urged at this level within the last hour; a person then has to confirm."""
    return any(urge.level == level and now - urge.at < URGE_AGAIN_AFTER for urge in order.urges)

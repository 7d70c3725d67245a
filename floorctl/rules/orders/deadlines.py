"""Limits of orders, and what an order waits for: dispatch, the department, urging, call-back (the floor's rules).

All times are aware; exactly at a limit is in time. A repetition (并单) waits for nothing by itself: dispatch, urging
and call-back are done on the order that it repeats, whose limit counts.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import UNHANDLED, Extension, Order

DISPATCH_WITHIN = timedelta(hours=3)
DISPATCH_AMBER = timedelta(minutes=60)
#: An order of a type unknown to this release has the time of this type.
_UNKNOWN_TYPE = "help"

AGEING_BANDS = ("under_1", "1_to_3", "3_to_7", "over_7")
_DAY = timedelta(days=1)
URGE_AGAIN_AFTER = timedelta(hours=1)


class Due(NamedTuple):
    """A department's limit, and what it rests on.

    ``at``: None where the order has no limit. ``basis``: ``given`` by the platform, ``extended`` (a granted extension),
    ``counted`` from the table of limits, or ``none``. ``source``: of a counted one, the name of the regulation, empty
    for the centre's own rule. ``uncertain``: it was counted over days of a year whose holidays are not known.
    """

    at: datetime | None = None
    basis: str = "none"
    source: str = ""
    uncertain: bool = False


_NO_LIMIT = Due()


def unhandled(order: Order) -> bool:
    """Return whether the order still has to be handled.

    The state decides: an order that was reopened or sent back to be done again may still carry its ``handled_at``.
    """
    return order.state in UNHANDLED


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


def due(order: Order, calendar: WorkCalendar) -> Due:
    """Return the department's limit: the platform's, an extension's, or else counted by the calendar's table.

    Of a granted extension, a limit from the platform and an order to do it again, the latest decision counts. When the
    platform set its limit is not known: one that is earlier than the redo, or that is a superseded extension's, was set
    before it.
    """
    redone_at = order.redos[-1].at if order.redos else None
    extended = order.extension if order.extension is not None and order.extension.granted else None
    if extended is not None and (redone_at is None or _decided_at(extended) >= redone_at):
        return Due(extended.until, "extended")
    given = order.due_at
    superseded = extended is not None and given == extended.until
    if given is not None and not superseded and (redone_at is None or given >= redone_at):
        return Due(given, "given")
    if order.state == "answered":
        return _NO_LIMIT
    return counted(order, redone_at or order.received_at, calendar)


def _decided_at(extension: Extension) -> datetime:
    return extension.decided_at or extension.asked_at


def counted(order: Order, start: datetime, calendar: WorkCalendar) -> Due:
    """Return the limit that the table gives an order from ``start`` on, whatever the platform says.

    The row in force on the day of receipt counts, also where ``start`` is later. A date at the end of time has no days
    after it and so no limit.
    """
    try:
        row = calendar.limits_on(order.received_at.astimezone(calendar.zone).date())
        if order.urgency == "special_urgent":
            return Due(start + row.special_urgent, "counted", row.source)
        days = row.working_days.get(order.type) or row.working_days[_UNKNOWN_TYPE]
        end, uncertain = calendar.count_working_days(start, row.special if order.urgency == "special" else days)
        return Due(end, "counted", row.source, uncertain)
    except (OverflowError, ValueError):
        return _NO_LIMIT


def limit_at(order: Order, calendar: WorkCalendar) -> datetime | None:
    """Return the time of ``due``; None for an order without a limit, such as one answered at once."""
    if order.due_at is not None and order.extension is None and not order.redos:
        return order.due_at  # of most of a million orders in a first sync
    return due(order, calendar).at


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


def aged_until(order: Order, now: datetime) -> datetime:
    """Return when the order was handled; ``now`` while it still has to be."""
    return now if unhandled(order) else order.handled_at or now


def ageing_band(order: Order, now: datetime) -> str:
    """Return the age from receipt to handling (or now) as a band: under_1, 1_to_3, 3_to_7 or over_7 days."""
    age = aged_until(order, now) - order.received_at
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

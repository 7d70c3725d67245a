"""单位: the departments compared by the orders that were sent to them in some days.

An order counts for the department that it lies with. It is sent to it when it is dispatched; a department that takes it
over after a return, when that return was decided. One that sent it back and has it no more counts as sent to and
returned. What is not judged yet (neither signed in nor handled, and still in time) is in no rate.
"""

from datetime import date, datetime, tzinfo
from fractions import Fraction

import msgspec

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Order, Return
from floorctl.rules.orders.deadlines import unhandled

#: Bits of ``traits``.
HANDLED_IN_TIME, HANDLED_LATE, RETURNED, EXTENDED, REACHED, SATISFIED, REDONE, CAME_BACK = (1 << n for n in range(8))
#: Satisfaction from which a citizen counts as satisfied: very satisfied, satisfied, fairly satisfied.
SATISFIED_FROM = 3


class DepartmentCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one department's orders. ``sign_judged``, ``limit_judged``: orders whose signing or handling is known
    to be in time or late. ``reached``: citizens who were asked how satisfied they are. ``passed_on``: of those
    returned, how many lie with another department now.
    """

    dispatched: int = 0
    signed_in_time: int = 0
    sign_judged: int = 0
    on_time: int = 0
    limit_judged: int = 0
    returned: int = 0
    passed_on: int = 0
    extended: int = 0
    satisfied: int = 0
    reached: int = 0
    redone: int = 0

    def __add__(self, other: "DepartmentCounts") -> "DepartmentCounts":
        """Return the sums of both."""
        return DepartmentCounts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


#: What a department is compared by, in the order of the columns.
MEASURES = ("signed_in_time", "on_time", "returned", "extended", "satisfied", "redone")
#: What each is a share of.
_WHOLE = {"signed_in_time": "sign_judged", "on_time": "limit_judged", "satisfied": "reached"}


def judged(counts: DepartmentCounts, measure: str) -> int:
    """Return the number of orders that a measure is a share of."""
    whole: int = getattr(counts, _WHOLE.get(measure, "dispatched"))
    return whole


def rate(counts: DepartmentCounts, measure: str) -> Fraction | None:
    """Return the rate of a measure; None where nothing was judged."""
    whole = judged(counts, measure)
    return Fraction(getattr(counts, measure), whole) if whole else None


def sent_at(order: Order) -> datetime | None:
    """Return when the order was sent to the department that it lies with; None if it never was."""
    if order.dispatched_at is None or order.lead_department_id is None:
        return None
    # A dispatch after a return keeps the time of the first one.
    taken_back = [each.decided_at or each.at for each in _returns_of_others(order)]
    return max([order.dispatched_at, *taken_back]) if taken_back else order.dispatched_at


def sent_before(order: Order) -> frozenset[str]:
    """Return the departments that it was sent to first and that have it no more, because they sent it back."""
    return frozenset(each.department_id for each in _returns_of_others(order))


def _returns_of_others(order: Order) -> list[Return]:
    return [each for each in order.return_log if each.upheld and each.department_id != order.lead_department_id]


def _sent_back(order: Order) -> bool:
    """Whether the department that it lies with sent it back; a platform of contract 1 tells only that somebody did."""
    if not order.return_log:
        return order.returns > 0
    return any(each.department_id == order.lead_department_id for each in order.return_log)


def is_in(at: datetime, days: tuple[date, date], zone: tzinfo) -> bool:
    """Whether ``at`` is on one of ``days``: from the first until before the second, in ``zone``."""
    return days[0] <= at.astimezone(zone).date() < days[1]


def signed_after(order: Order, calendar: WorkCalendar) -> float | None:
    """Return the working seconds from sending to signing in; None while it is not signed in."""
    sent = sent_at(order)
    if sent is None or order.accepted_at is None or order.accepted_at < sent:
        return None
    return calendar.working_seconds(sent, order.accepted_at)


def traits(order: Order, limit: datetime | None) -> int:
    """Return the bits that do not depend on the time of asking."""
    bits = 0
    if not unhandled(order) and order.handled_at is not None and limit is not None:
        bits |= HANDLED_IN_TIME if order.handled_at <= limit else HANDLED_LATE
    if _sent_back(order):
        bits |= RETURNED
    if _returns_of_others(order):
        bits |= CAME_BACK
    if order.extension is not None and order.extension.granted:
        bits |= EXTENDED
    if order.redos:
        bits |= REDONE
    if order.callback_outcome == "reached" and order.satisfaction is not None:
        bits |= REACHED | (SATISFIED if order.satisfaction >= SATISFIED_FROM else 0)
    return bits


def counted(
    order: Order, limit: datetime | None, calendar: WorkCalendar, now: datetime, accept_seconds: float
) -> DepartmentCounts:
    """Return the counts of one order for the department that it lies with."""
    bits, signed, sent = traits(order, limit), signed_after(order, calendar), sent_at(order)
    if signed is None and unhandled(order) and sent is not None:
        sign_judged = calendar.working_seconds(sent, now) > accept_seconds
    else:
        sign_judged = signed is not None
    late = unhandled(order) and limit is not None and limit < now
    return DepartmentCounts(
        dispatched=1,
        signed_in_time=int(signed is not None and signed <= accept_seconds),
        sign_judged=int(sign_judged),
        on_time=int(bool(bits & HANDLED_IN_TIME)),
        limit_judged=int(bool(bits & (HANDLED_IN_TIME | HANDLED_LATE)) or late),
        returned=int(bool(bits & RETURNED)),
        extended=int(bool(bits & EXTENDED)),
        satisfied=int(bool(bits & SATISFIED)),
        reached=int(bool(bits & REACHED)),
        redone=int(bool(bits & REDONE)),
    )

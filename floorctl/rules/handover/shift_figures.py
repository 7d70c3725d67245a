"""The figures of one shift: calls, orders, alerts, quality, surges, attendance, and the points it cost.

Counts are exact; rates are fractions (``metrics``), or None if nothing was offered. Orders are processed in batches
whose counts are added.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from floorctl.calendar import WorkCalendar
from floorctl.models.alerts import SEVERITIES, Alert, Surge
from floorctl.models.floor import LINES, SIGNED_OUT, Interval, Queue, Seat
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift
from floorctl.rules.assessment.month import Span, is_late, order_inputs
from floorctl.rules.assessment.scoring import DEFAULT, Readings, score
from floorctl.rules.floor import metrics
from floorctl.rules.floor.counts import Counts
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.rules.handover.unfinished import Unfinished
from floorctl.rules.orders import deadlines
from floorctl.rules.quality import scoring as quality

#: An agent who has not appeared this long after the shift's start is absent.
LATE_AFTER = timedelta(minutes=15)
#: Item → input → count, of the items that depend on orders.
OrderInputs = dict[str, dict[str, int]]


class LineCalls(msgspec.Struct, frozen=True):
    """The calls of one line (``line`` empty: of all lines)."""

    line: str
    counts: Counts


class OrderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to orders in the shift.

    ``dispatch_late``: the dispatch clock ran out before dispatch. ``overdue``: the department's limit passed.
    """

    received: int = 0
    urgent: int = 0
    dispatched: int = 0
    dispatch_late: int = 0
    handled: int = 0
    overdue: int = 0
    called_back: int = 0

    def plus(self, other: "OrderFigures") -> "OrderFigures":
        """Return the sums of both."""
        return OrderFigures(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__},
        )


class AlertFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts raised in the shift by severity, those closed by now; escalation steps done in the shift, and open now."""

    raised: dict[str, int]
    closed: int
    steps_done: int
    steps_done_late: int
    steps_open: int
    steps_open_late: int


class QualityFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The day's samples, and the scores given in the shift. ``mean`` is None if there are none."""

    planned: int
    scored: int
    inspected: int
    mean: Fraction | None
    below: int
    fatal: int


class SurgeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A surge that was active in the shift."""

    reason: str
    queue_id: str | None
    started_at: datetime
    ended_at: datetime | None
    actions: int


class ScoreFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The month's base score now, and item → points lost by what happened in the shift (negative: regained).

    ``base`` is None, and ``lost`` empty, if the month has no score: it is before the contract, or has not begun.
    """

    month: str
    base: Fraction | None
    lost: dict[str, Fraction]

    @property
    def lost_in_all(self) -> Fraction:
        """All points lost in the shift."""
        return sum(self.lost.values(), Fraction(0))


class ShiftFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one shift as of ``until`` (its end, or now while it runs).

    ``unfinished`` is the present state, for any shift. ``rostered`` and ``absent`` (people's names) are about agents
    whose rostered shift began in it. ``quality`` is None for a reader who may not see scores.
    """

    shift: ShiftOf
    start: datetime
    end: datetime
    until: datetime
    calls: tuple[LineCalls, ...]
    orders: OrderFigures
    alerts: AlertFigures
    quality: QualityFigures | None
    surges: tuple[SurgeFigures, ...]
    rostered: int
    absent: tuple[str, ...]
    score: ScoreFigures
    unfinished: Unfinished | None = None

    @property
    def span(self) -> Span:
        """The period from the shift's start to ``until``."""
        return Span(start=self.start, end=self.until, now=self.until)


def calls(intervals: Mapping[str, Iterable[Interval]], queues: Mapping[str, Queue]) -> tuple[LineCalls, ...]:
    """Return quarter hours summed by line, and at the end for all lines. Lines without a queue are left out."""
    by_line: dict[str, list[Interval]] = {}
    for queue_id, quarters in intervals.items():
        if (queue := queues.get(queue_id)) is not None:
            by_line.setdefault(queue.line, []).extend(quarters)
    order = [*LINES, *sorted(by_line.keys() - set(LINES))]
    lines = [LineCalls(line, metrics.summed(by_line[line])) for line in order if line in by_line]
    return (*lines, LineCalls("", metrics.summed(quarter for quarters in by_line.values() for quarter in quarters)))


def orders(batch: Iterable[Order], span: Span, calendar: WorkCalendar) -> OrderFigures:
    """Return what happened to the orders of ``batch`` within ``span`` (end exclusive)."""
    counts: Counter[str] = Counter()

    def within(at: datetime | None) -> bool:
        return at is not None and span.start <= at < span.end

    for order in batch:
        if within(order.received_at):
            counts["received"] += 1
            counts["urgent"] += order.urgency in ("special", "special_urgent")
        counts["dispatched"] += within(order.dispatched_at)
        counts["handled"] += within(order.handled_at)
        counts["called_back"] += within(order.callback_at) and order.callback_outcome is not None
        counts["dispatch_late"] += is_late(order, span.start, span.end, span.now)
        counts["overdue"] += _went_overdue(order, span, calendar)
    return OrderFigures(**counts)


def _went_overdue(order: Order, span: Span, calendar: WorkCalendar) -> bool:
    handled_at = None if deadlines.unhandled(order) else order.handled_at
    if handled_at is not None and handled_at <= span.start:
        return False  # the common case: no need to compute the limit
    limit = deadlines.limit_at(order, calendar)
    if limit is None or not span.start <= limit < span.end:
        return False
    if handled_at is not None:
        return handled_at > limit
    return deadlines.overdue(order, limit, span.now)


def alerts(all_alerts: Iterable[Alert], span: Span) -> AlertFigures:
    """Return the alerts raised and the steps done within ``span``, and the steps still open at its ``now``."""
    raised: Counter[str] = Counter()
    closed = done = done_late = open_ = open_late = 0
    for alert in all_alerts:
        if span.start <= alert.raised_at < span.end:
            raised[alert.severity] += 1
            closed += alert.state == "closed"
        for step in alert.steps:
            if step.done_at is not None:
                if span.start <= step.done_at < span.end:
                    done += 1
                    done_late += step.done_at > step.due_at
            elif alert.state != "closed":
                open_ += 1
                open_late += step.due_at < span.now
    known = {severity: raised.pop(severity, 0) for severity in reversed(SEVERITIES)}
    return AlertFigures(
        raised=known | dict(sorted(raised.items())),
        closed=closed,
        steps_done=done,
        steps_done_late=done_late,
        steps_open=open_,
        steps_open_late=open_late,
    )


def inspected(
    samples: Iterable[Sample], scores: Iterable[Inspection], rubrics: Mapping[str, Rubric], shift: ShiftOf, span: Span
) -> QualityFigures:
    """Return the samples of the shift's day, and the scores submitted within ``span``."""
    of_day = [each for each in samples if each.day == shift.day]
    submitted = [each for each in scores if span.start <= each.submitted_at < span.end]
    totals = [Fraction(str(each.total)) for each in submitted]
    return QualityFigures(
        planned=len(of_day),
        scored=sum(each.state == "scored" for each in of_day),
        inspected=len(submitted),
        mean=sum(totals, Fraction(0)) / len(totals) if totals else None,
        below=sum(
            (rubric := rubrics.get(each.rubric_id)) is not None and not quality.passed(rubric, each.total)
            for each in submitted
        ),
        fatal=sum(bool(each.fatal) for each in submitted),
    )


def surges(found: Iterable[Surge], span: Span) -> tuple[SurgeFigures, ...]:
    """Return the surges that were active at any moment of ``span``, sorted by start."""
    of_shift = [
        each for each in found if each.started_at < span.end and (each.ended_at is None or each.ended_at >= span.start)
    ]
    return tuple(
        SurgeFigures(
            reason=each.reason,
            queue_id=each.queue_id,
            started_at=each.started_at,
            ended_at=each.ended_at,
            actions=len(each.actions),
        )
        for each in sorted(of_shift, key=lambda each: each.started_at)
    )


def agents_of(roster: Iterable[Shift], people: Mapping[str, Person], span: Span) -> dict[str, Shift]:
    """Return the agents whose shift began within ``span``: person → shift."""
    agents = {}
    for shift in roster:
        person = people.get(shift.person_id)
        if person is not None and person.post == "agent" and span.start <= shift.starts_at < span.end:
            agents[shift.person_id] = shift
    return agents


def absent(agents: Mapping[str, Shift], seats: Iterable[Seat], worked: Collection[str], span: Span) -> list[str]:
    """Return those of ``agents`` that were not seen: at no seat, and no order recorded (``worked``) since the shift
    began.

    An agent expected less than a quarter of an hour ago is not absent yet.
    """
    seated = {seat.person_id for seat in seats if seat.state != SIGNED_OUT}
    return [
        person
        for person, shift in agents.items()
        if span.now - shift.starts_at >= LATE_AFTER and person not in seated and person not in worked
    ]


def month_so_far(batch: Iterable[Order], month_start: datetime, until: datetime) -> OrderInputs:
    """Return the order items' inputs of a month from its start to ``until``, as they would have been counted then."""
    return order_inputs(batch, Span(start=month_start, end=max(month_start, until), now=until))


def added(one: OrderInputs, other: OrderInputs) -> OrderInputs:
    """Return the summed inputs of two batches."""
    return {
        item: {name: count + other.get(item, {}).get(name, 0) for name, count in counts.items()}
        for item, counts in one.items()
    }


def points_lost(at_start: OrderInputs, at_end: OrderInputs, readings: Readings = DEFAULT) -> dict[str, Fraction]:
    """Return item → points lost between two moments of one month; items without a change are left out."""

    def earned(item: str, inputs: Mapping[str, Any]) -> Fraction:
        return score(item, inputs, readings)

    lost = {item: earned(item, at_start[item]) - earned(item, counts) for item, counts in at_end.items()}
    return {item: points for item, points in lost.items() if points}

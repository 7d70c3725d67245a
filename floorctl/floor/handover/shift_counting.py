"""Counts a shift's figures for its summary, from the read model.

Import it only where a shift is counted: it loads the rules of everything that is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TypeVar

from floorctl.calendar import WorkCalendar
from floorctl.config import Config
from floorctl.floor.read_model import ReadModel
from floorctl.models.alerts import Alert, Surge
from floorctl.models.base import Entity
from floorctl.models.floor import Queue, Seat
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift
from floorctl.rules.assessment.month import Month, Span
from floorctl.rules.assessment.scoring import Readings
from floorctl.rules.handover import shift_figures as figures
from floorctl.rules.handover import shifts
from floorctl.rules.handover.shift_figures import OrderFigures, OrderInputs, QualityFigures, ScoreFigures, ShiftFigures
from floorctl.rules.handover.shifts import ShiftOf

_E = TypeVar("_E", bound=Entity)

#: How long after its receipt an order's events are searched for; later ones are rare.
_ORDERS_LIVE = timedelta(days=31)


@dataclass
class _Orders:
    """The counts of one pass over the orders."""

    shift: OrderFigures = field(default_factory=OrderFigures)
    worked: set[str] = field(default_factory=set)
    at_start: OrderInputs = field(default_factory=dict)
    at_end: OrderInputs = field(default_factory=dict)


class ShiftCounting:
    """Counts shifts of one floor as of ``now``.

    ``base`` returns a month's base score (None: it has none); ``scores``: whether the reader may see people's scores.
    """

    def __init__(
        self,
        read_model: ReadModel,
        config: Config,
        calendar: WorkCalendar,
        now: datetime,
        *,
        base: Callable[[Month], Fraction | None],
        scores: bool,
    ) -> None:
        self._read_model = read_model
        self._config = config
        self._calendar = calendar
        self._now = now
        self._base = base
        self._scores = scores

    def hours(self, shift: ShiftOf) -> tuple[datetime, datetime]:
        """The start and end of a shift, by the roster of its day."""
        usual = shifts.hours(shift, self._config.zone)
        return shifts.hours(shift, self._config.zone, self._roster(*usual))

    def roster_at(self, at: datetime) -> list[Shift]:
        """The people's shifts in progress at ``at``."""
        return [shift for shift in self._roster(at, at + timedelta(minutes=1)) if shift.starts_at <= at < shift.ends_at]

    def figures(self, shift: ShiftOf) -> ShiftFigures:
        """The shift's figures as of its end, or of now while it is in progress. Reads more than a month of orders."""
        start, end = self.hours(shift)
        until = max(start, min(end, self._now))
        span = Span(start=start, end=until, now=until)
        queues = self._all(Queue)
        intervals = {queue_id: self._read_model.intervals(queue_id, start, until) for queue_id in queues}
        month = Month.of(max(start, until - timedelta(microseconds=1)).date())
        counted = self._orders(span, month)
        agents = figures.agents_of(self._roster(start, end), self._all(Person), span)
        seats = self._all(Seat).values() if self._now < end else ()
        absent = figures.absent(agents, seats, counted.worked, span)
        return ShiftFigures(
            shift=shift,
            start=start,
            end=end,
            until=until,
            calls=figures.calls(intervals, queues),
            orders=counted.shift,
            alerts=figures.alerts(self._all(Alert).values(), span),
            quality=self._quality(shift, span) if self._scores else None,
            surges=figures.surges(self._all(Surge).values(), span),
            rostered=len(agents),
            absent=tuple(sorted(self._read_model.person_name(each) for each in absent)),
            score=self._score(month, counted),
        )

    # -- orders

    def _orders(self, span: Span, month: Month) -> _Orders:
        month_start, counted = month.start(self._config.zone), _Orders()
        for received in self._read_model.orders_received(min(span.start, month_start) - _ORDERS_LIVE, self._now):
            batch = [held.value for held in received]
            counted.shift = counted.shift.plus(figures.orders(batch, span, self._calendar))
            counted.worked |= {
                each.agent_id for each in batch if each.agent_id and span.start <= each.received_at < span.end
            }
            for name, until in (("at_start", span.start), ("at_end", span.end)):
                inputs = figures.month_so_far(batch, month_start, until)
                setattr(counted, name, figures.added(inputs, getattr(counted, name)))
        return counted

    # -- the rest

    def _quality(self, shift: ShiftOf, span: Span) -> QualityFigures:
        return figures.inspected(
            self._all(Sample).values(),
            self._all(Inspection).values(),
            self._all(Rubric),
            shift,
            span,
        )

    def _score(self, month: Month, counted: _Orders) -> ScoreFigures:
        config = self._config
        readings = Readings(
            service_ability_rounding=config.assessment.service_ability_rounding,
            partial_points=config.assessment.partial_points,
        )
        base = self._base(month)
        lost = figures.points_lost(counted.at_start, counted.at_end, readings) if base is not None else {}
        return ScoreFigures(month=str(month), base=base, lost=lost)

    def _roster(self, start: datetime, end: datetime) -> list[Shift]:
        return [held.value for held in self._read_model.shifts(start, end).values()]

    def _all(self, entity: type[_E]) -> dict[str, _E]:
        return {id_: held.value for id_, held in self._read_model.all(entity).items()}

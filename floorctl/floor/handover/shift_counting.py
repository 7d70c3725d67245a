"""Counting a shift: everything that its summary says, from the cache, with what is pending laid over it.

Imported when a shift is counted: nobody else waits for the rules of all that it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TypeVar

from floorctl.calendar import WorkCalendar
from floorctl.config import Config
from floorctl.floor.read_model import KINDS, Picture
from floorctl.models import (
    Alert,
    Entity,
    Inspection,
    Order,
    Person,
    Queue,
    Rubric,
    Sample,
    Seat,
    Shift,
    Surge,
)
from floorctl.models.order_filter import OrderFilter
from floorctl.rules.assessment.month import Month, Span
from floorctl.rules.assessment.scoring import Readings
from floorctl.rules.handover import shift_figures as figures
from floorctl.rules.handover import shifts
from floorctl.rules.handover.shift_figures import OrderFigures, OrderInputs, QualityFigures, ScoreFigures, ShiftFigures
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.sync.cache.cache import Cache

_E = TypeVar("_E", bound=Entity)

#: Orders that are read at a time.
_BATCH = 1000
#: What happens to an order happens within so many days of its receipt, or is too rare to be looked for.
_ORDERS_LIVE = timedelta(days=31)


@dataclass
class _Orders:
    """What one pass over the orders counts."""

    shift: OrderFigures = field(default_factory=OrderFigures)
    worked: set[str] = field(default_factory=set)
    at_start: OrderInputs = field(default_factory=dict)
    at_end: OrderInputs = field(default_factory=dict)


class ShiftCounting:
    """Counts shifts of one floor as of ``now``.

    ``base`` gives a month's base score (None: it has none); ``scores``: whether who asks may see people's scores.
    """

    def __init__(
        self, picture: Picture, cache: Cache, config: Config, calendar: WorkCalendar, now: datetime, *,
        base: Callable[[Month], Fraction | None], scores: bool,
    ) -> None:  # fmt: skip
        self._picture = picture
        self._cache = cache
        self._config = config
        self._calendar = calendar
        self._now = now
        self._base = base
        self._scores = scores

    def hours(self, shift: ShiftOf) -> tuple[datetime, datetime]:
        """When a shift begins and ends, by the roster of its day."""
        usual = shifts.hours(shift, self._config.zone)
        return shifts.hours(shift, self._config.zone, self._roster(*usual))

    def roster_at(self, at: datetime) -> list[Shift]:
        """The people's shifts that go on at ``at``."""
        return [shift for shift in self._roster(at, at + timedelta(minutes=1)) if shift.starts_at <= at < shift.ends_at]

    def figures(self, shift: ShiftOf) -> ShiftFigures:
        """The shift in numbers, as of its end, or of now while it works. Reads the orders of more than a month."""
        start, end = self.hours(shift)
        until = max(start, min(end, self._now))
        span = Span(start=start, end=until, now=until)
        queues = self._all("queue", Queue)
        intervals = {each: self._cache.intervals(each, start, until) for each in queues}
        month = Month.of(max(start, until - timedelta(microseconds=1)).date())
        counted = self._orders(span, month)
        agents = figures.agents_of(self._roster(start, end), self._all("person", Person), span)
        seats = self._all("seat", Seat).values() if self._now < end else ()
        absent = figures.absent(agents, seats, counted.worked, span)
        return ShiftFigures(
            shift=shift,
            start=start,
            end=end,
            until=until,
            calls=figures.calls(intervals, queues),
            orders=counted.shift,
            alerts=figures.alerts(self._all("alert", Alert).values(), span),
            quality=self._quality(shift, span) if self._scores else None,
            surges=figures.surges(self._all("surge", Surge).values(), span),
            rostered=len(agents),
            absent=tuple(sorted(self._picture.person_name(each) for each in absent)),
            score=self._score(month, counted),
        )

    # -- orders

    def _orders(self, span: Span, month: Month) -> _Orders:
        month_start, counted = month.start(self._config.zone), _Orders()
        for batch in self._orders_since(min(span.start, month_start) - _ORDERS_LIVE):
            counted.shift = counted.shift.plus(figures.orders(batch, span, self._calendar))
            counted.worked |= {
                each.agent_id for each in batch if each.agent_id and span.start <= each.received_at < span.end
            }
            for name, until in (("at_start", span.start), ("at_end", span.end)):
                inputs = figures.month_so_far(batch, month_start, until)
                setattr(counted, name, figures.added(inputs, getattr(counted, name)))
        return counted

    def _orders_since(self, earliest: datetime) -> Iterator[list[Order]]:
        """The orders received since ``earliest``, newest first, a batch at a time; an empty one where there is none."""
        waiting = self._picture.overlay.waiting("order")
        offset, read = 0, set[str]()
        while True:
            found, _ = self._cache.orders(OrderFilter(), self._now, sort="received", offset=offset, limit=_BATCH)
            # One that comes in meanwhile pushes the last of a batch into the next: it counts once.
            fresh = [each for each in found if each[0] not in read]
            read = {each for each, *_ in found}
            batch = []
            for each, row, _ in fresh:
                entity: Entity | None = row.entity
                if each in waiting:
                    entity, _ = self._picture.overlay.view("order", each, row, waiting[each])
                if isinstance(entity, Order) and entity.received_at >= earliest:
                    batch.append(entity)
            yield batch
            if len(found) < _BATCH or len(batch) < len(fresh):
                return
            offset += _BATCH

    # -- the rest

    def _quality(self, shift: ShiftOf, span: Span) -> QualityFigures:
        return figures.inspected(
            self._all("sample", Sample).values(),
            self._all("inspection", Inspection).values(),
            self._all("rubric", Rubric),
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
        waiting = self._picture.overlay.waiting("shift")
        found = []
        for each, row in self._cache.shifts(start, end).items():
            entity, _ = self._picture.overlay.view("shift", each, row, waiting.get(each, ()))
            if isinstance(entity, Shift):
                found.append(entity)
        return found

    def _all(self, kind: str, expected: type[_E]) -> dict[str, _E]:
        """Every entity of a kind as the person sees it."""
        waiting = self._picture.overlay.waiting(kind)  # before what is held: an effect is in the one or the other
        held = self._picture.base(kind) if kind in KINDS else self._cache.all(kind)
        rows: dict[str, Entity | None] = {each: row.entity for each, row in held.items()}
        for each, (_, entity, _) in self._picture.some(kind, waiting).items():
            rows[each] = entity
        return {each: entity for each, entity in rows.items() if isinstance(entity, expected)}

"""What the alert rules look at, and the conditions that they find: the floor's table of rules.

A condition says whether an alert is due (``rises``) and whether one that stands may stay (``holds``); the two have
different thresholds, so that nothing flickers. ``floorctl.rules.alerts.raising`` turns conditions into alerts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import msgspec

from floorctl.models.alerts import Alert
from floorctl.models.base import Ref
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.orders import Order
from floorctl.rules.staffing.forecast import Forecast


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """When the rules speak. Times in seconds."""

    dispatch_warning: float = 1800
    queue_waiting: int = 10
    queue_waiting_for: float = 60
    service_level_offered: int = 20
    resource_warning: float = 0.9
    surge_ratio: float = 1.5
    order_overdue_critical_days: int = 3
    long_call: float = 600
    patience: float = 120
    reveals_a_day: int = 50
    exports_a_day: int = 20

    @classmethod
    def read(cls, alerts: Any, duration: Callable[[str], float], long_call: float = 600) -> "Thresholds":
        """The thresholds of a configuration section whose durations are texts."""
        return cls(
            dispatch_warning=duration(alerts.dispatch_warning),
            queue_waiting=alerts.queue_waiting,
            queue_waiting_for=duration(alerts.queue_waiting_for),
            service_level_offered=alerts.service_level_offered,
            resource_warning=alerts.resource_warning,
            surge_ratio=alerts.surge_ratio,
            order_overdue_critical_days=alerts.order_overdue_critical_days,
            long_call=long_call,
            reveals_a_day=alerts.reveals_a_day,
            exports_a_day=alerts.exports_a_day,
        )


class WatchedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its limit (given or counted)."""

    id: str
    order: Order
    limit: datetime | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was revealed and exported at this terminal today, and whether its audit trail verifies."""

    person_id: str
    reveals: int = 0
    exports: int = 0
    audit_verifies: bool = True


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be remembered from one evaluation to the next; a lost one only makes the rules slower to speak."""

    #: Queue (and level) → since when more wait than allowed.
    waiting_since: dict[str, datetime] = {}
    #: Queue → since when nobody with its skill is idle.
    busy_since: dict[str, datetime] = {}
    #: ``rule:subject`` → since when its condition has been gone.
    quiet_since: dict[str, datetime] = {}


class AlertInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the rules see at ``now``.

    ``orders``: all that are special, wait for dispatch, or are past their limit, and those that an open alert is about;
    one that is missing is not judged. ``intervals``: today's quarter hours. ``alerts``: the open ones, and the closed
    ones of the days from ``known_since`` (None: today) on, so that what a person closed is not raised again; what
    happened before that day is not raised at all. ``current``: seats, queues and resources are as they are at ``now``;
    where not (offline), nobody knows how the floor stands, and the rules about it neither raise nor clear anything.
    """

    now: datetime
    zone: tzinfo
    current: bool = True
    seats: Mapping[str, Seat] = {}
    queues: Mapping[str, Queue] = {}
    intervals: Sequence[Interval] = ()
    resources: Mapping[str, Resource] = {}
    orders: Sequence[WatchedOrder] = ()
    alerts: Mapping[str, Alert] = {}
    thresholds: Thresholds = Thresholds()
    forecast: Forecast | None = None
    usage: Usage | None = None
    memory: Memory = Memory()
    known_since: date | None = None

    @property
    def today(self) -> date:
        """The day on the floor's wall clock."""
        return self.local(self.now).date()

    def local(self, at: datetime) -> datetime:
        """``at`` by the floor's clock."""
        return at.astimezone(self.zone)


class Phrase(msgspec.Struct, frozen=True):
    """A text of the catalogues and what fills it: numbers, times of the floor's zone, names. Shares are fractions."""

    key: str
    params: Mapping[str, object] = {}


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one rule speaks about one subject.

    ``text``: the alert's title and detail. ``once``: it is an event that happens once, and never comes back.
    ``patient``: the alert stays until the condition has been gone for a while. ``superseded``: a more severe alert took
    its place.
    """

    rule: str
    kind: str
    severity: str
    subject: Ref
    day: date
    rises: bool
    holds: bool
    text: Callable[[], tuple[Phrase, Phrase | None]]
    once: bool = False
    patient: bool = True
    superseded: bool = False

    @property
    def about(self) -> str:
        """``rule:subject``: what an alert's id starts with."""
        return f"{self.rule}:{self.subject.id}"


def completed(inputs: AlertInputs, queue_id: str, since: timedelta) -> Iterator[Interval]:
    """The quarter hours of a queue that are over and began within ``since``, oldest first."""
    quarter = timedelta(minutes=15)
    yield from sorted(
        (
            each
            for each in inputs.intervals
            if each.queue_id == queue_id and inputs.now - since <= each.start <= inputs.now - quarter
        ),
        key=lambda each: each.start,
    )

"""The inputs of the alert rules, and the conditions that the rules yield.

A condition says whether an alert is to be raised (``rises``) and whether an open one may stay open (``holds``). The two
have different thresholds (hysteresis), so that alerts do not flicker. ``floorctl.rules.alerts.raising`` turns
conditions into alerts.
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
    """Thresholds of the alert rules. Times in seconds."""

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
    def read(cls, alerts: Any, long_call: float = 600) -> "Thresholds":
        """Return the thresholds of the configuration's section ``[alerts]``."""
        return cls(
            dispatch_warning=alerts.dispatch_warning.seconds,
            queue_waiting=alerts.queue_waiting,
            queue_waiting_for=alerts.queue_waiting_for.seconds,
            service_level_offered=alerts.service_level_offered,
            resource_warning=alerts.resource_warning,
            surge_ratio=alerts.surge_ratio,
            order_overdue_critical_days=alerts.order_overdue_critical_days,
            long_call=long_call,
            reveals_a_day=alerts.reveals_a_day,
            exports_a_day=alerts.exports_a_day,
        )


class WatchedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its department's limit, given by the platform or computed."""

    id: str
    order: Order
    limit: datetime | None = None


class HotSpot(msgspec.Struct, frozen=True, kw_only=True):
    """A matter about which more people call than chance allows.

    ``key`` names it in the alert's id; ``matter`` and ``place`` are names; ``orders``: the numbers of its orders, as
    text; ``order_id``: the first of them, which the alert is about; ``word``: a fatal word in one of them.
    """

    key: str
    matter: str
    place: str
    callers: int
    expected: float
    since: datetime
    orders: str
    order_id: str
    word: str | None = None
    critical_since: datetime | None = None
    swells: bool = True


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was revealed and exported at this terminal today, and whether its audit trail verifies."""

    person_id: str
    reveals: int = 0
    exports: int = 0
    audit_verifies: bool = True


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """State carried from one evaluation to the next. If it is lost, the rules only react later."""

    #: Queue and level → since when more calls than allowed have been waiting.
    waiting_since: dict[str, datetime] = {}
    #: Queue → since when no agent with its skill has been idle.
    busy_since: dict[str, datetime] = {}
    #: ``rule:subject`` → since when its condition has not held.
    quiet_since: dict[str, datetime] = {}


class AlertInputs(msgspec.Struct, frozen=True, kw_only=True):
    """All inputs of the rules at ``now``.

    ``orders``: those of which the situation may have changed since the last evaluation; others are not evaluated.
    ``intervals``: today's quarter hours. ``alerts``: the open ones, and the closed ones of the days from
    ``known_since`` (None: today) on, so that what a person closed is not raised again; an event before that day is not
    raised at all. ``current``: seats, queues and resources are as of ``now``; if not (offline), the rules about them
    neither raise nor clear anything. ``hot_spots``: None where they are not known.
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
    hot_spots: Sequence[HotSpot] | None = None

    @property
    def today(self) -> date:
        """The date in the floor's zone."""
        return self.local(self.now).date()

    def local(self, at: datetime) -> datetime:
        """Return ``at`` in the floor's zone."""
        return at.astimezone(self.zone)


class Phrase(msgspec.Struct, frozen=True):
    """A text of the catalogues and its parameters: numbers, times in the floor's zone, names. Shares are fractions."""

    key: str
    params: Mapping[str, object] = {}


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one rule for one subject.

    ``text`` returns the alert's title and detail. ``once``: an event that happens once and never recurs. ``patient``:
    the alert stays open until the condition has not held for a while. ``superseded``: a more severe alert replaces it.
    ``key``: stands in the alert's id in place of the subject's.
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
    key: str = ""

    @property
    def about(self) -> str:
        """``rule:subject``: the start of the alert's id."""
        return f"{self.rule}:{self.named}"

    @property
    def named(self) -> str:
        """The subject as it stands in the alert's id."""
        return self.key or self.subject.id


def completed(inputs: AlertInputs, queue_id: str, since: timedelta) -> Iterator[Interval]:
    """Yield the quarter hours of a queue that are over and began within ``since``, oldest first."""
    quarter = timedelta(minutes=15)
    yield from sorted(
        (
            each
            for each in inputs.intervals
            if each.queue_id == queue_id and inputs.now - since <= each.start <= inputs.now - quarter
        ),
        key=lambda each: each.start,
    )

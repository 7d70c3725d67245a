"""The present title of an alert, made of its kind and subject in the reader's language.

The contract's alert has a title that was written when it was raised, in the language of that terminal. For the kinds
known here, only the value at that moment is taken from it; alerts of the platform's own kinds keep it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from floorctl.config import Config
from floorctl.floor.hot_spots.views import HotSpots
from floorctl.floor.read_model import ReadModel
from floorctl.i18n import t, term
from floorctl.models.alerts import Alert
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.orders import Order
from floorctl.rules.floor import metrics
from floorctl.rules.floor.contradictions import of_resource
from floorctl.rules.orders.deadlines import dispatch_clock_runs, dispatch_due_at, overdue, unhandled
from floorctl.rules.privacy import masked_title
from floorctl.text import hot_spots
from floorctl.text.alert_text import AlertText
from floorctl.text.durations import countdown, running
from floorctl.text.numbers import percent
from floorctl.text.safe import CONTRADICTED

#: How far the share of trunk and licences must be below the warning, and a rate above the target, to be normal again.
_CALM_SHARE, _CALM_RATE = 0.05, Fraction(2, 100)
_RATES_KEPT = timedelta(seconds=30)
_QUARTER = timedelta(minutes=15)
_CONTESTED = "contested_score:"
_OF = re.compile(r"\d+\s*/\s*\d+")
_PERCENT = re.compile(r"\d+(?:\.\d+)?\s*%")
_NUMBER = re.compile(r"\d+")
_ABOUT_ORDERS = frozenset({"special_urgent_order", "special_order", "dispatch_overdue", "order_overdue"})


class Moment(msgspec.Struct, frozen=True):
    """The times that a title is for: ``now`` for limits, ``seen_at`` for live data (earlier when offline)."""

    now: datetime
    seen_at: datetime
    #: Whether text written by citizens may be shown; it may not on a wall display.
    citizens: bool = True


class AlertTitles:
    """Makes the alerts' titles. Keeps the orders that they are about, so that repeated calls don't read the disk."""

    def __init__(
        self,
        config: Config,
        read_model: ReadModel,
        limit_of: Callable[[Order], datetime | None],
        expected: Callable[[str, datetime], float | None],
        hot_spots: Callable[[], HotSpots],
    ):
        self._config = config
        self._expected = expected
        self._hot_spots = hot_spots
        self._read_model = read_model
        self._limit_of = limit_of
        self._orders: dict[str, Order | None] = {}
        #: Kept orders that have changed since: their old values are used until they are read again.
        self._stale: set[str] = set()
        #: Queue → the time it was read, its service level over 30 minutes, and its last complete quarter hour.
        self._rates: dict[str, tuple[datetime, Fraction | None, Interval | None]] = {}

    def forget(self, changed: Mapping[str, Collection[str]]) -> None:
        """Mark what is kept of these entities (kind → ids, no ids: all of the kind) to be read again."""
        if "order" in changed:
            self._stale |= set(changed["order"] or list(self._orders))
        if "interval" in changed:
            self._rates = {}

    def prepare(self, alerts: Iterable[Alert]) -> None:
        """Read, at once, the orders that open alerts are about and that are not kept or have changed."""
        wanted = {
            alert.subject.id
            for alert in alerts
            if alert.state != "closed" and alert.kind in _ABOUT_ORDERS and alert.subject.kind == "order"
        }
        if len(self._orders) > 2 * len(wanted) + 100:
            self._orders = {each: order for each, order in self._orders.items() if each in wanted}
        stale, self._stale = self._stale, set()
        missing = wanted - (self._orders.keys() - stale)
        if not missing:
            return
        found = self._read_model.many(Order, missing)
        for order_id in missing:
            held = found.get(order_id)
            self._orders[order_id] = None if held is None else held.value

    def of(self, alert_id: str, alert: Alert, at: Moment) -> AlertText:
        """The alert's title at this moment; its own title where its kind or its subject is not known."""
        text = self._made(alert_id, alert, at)
        return text if text is not None else AlertText(alert.title)

    def _made(self, alert_id: str, alert: Alert, at: Moment) -> AlertText | None:
        kind, subject = alert.kind, alert.subject
        if alert_id.startswith(_CONTESTED):
            return AlertText(t("inspect.alert.title", sample=subject.id))
        if kind in _ABOUT_ORDERS:
            order = self._orders.get(subject.id)
            return None if order is None else self._about_order(alert, order, at)
        if kind == "data_security":
            return _data_security(alert_id, alert)
        if kind == "hot_spot":
            return _hot_spot(alert_id, self._hot_spots())
        about_live = subject.kind in ("queue", "seat", "resource")
        entity = self._read_model.lookup(subject.kind, subject.id) if about_live else None
        if isinstance(entity, Queue):
            return self._about_queue(alert, subject.id, entity, at)
        if isinstance(entity, Seat) and kind == "long_call":
            return _long_call(alert, entity, at)
        if isinstance(entity, Resource):
            return self._about_resource(alert, entity)
        return None

    def _about_order(self, alert: Alert, order: Order, at: Moment) -> AlertText:
        matter = masked_title(order) if at.citizens else ""
        title = t(f"alerts.title.{alert.kind}", number=order.number)
        if alert.kind in ("special_urgent_order", "special_order"):
            value = "" if unhandled(order) else "· " + term("order_state", order.state)
            return AlertText(title, value, matter=matter)
        if alert.kind == "dispatch_overdue":
            due, over = dispatch_due_at(order), not dispatch_clock_runs(order)
        else:
            due = self._limit_of(order)
            over = not overdue(order, due, at.now)
        if over or due is None:
            return AlertText(title, normal=over)
        left = (due - at.now).total_seconds()
        key = "alerts.late" if left < 0 else "alerts.left"
        return AlertText(title, t(key, ago=countdown(-left), left=countdown(left)), matter=matter)

    def _about_queue(self, alert: Alert, queue_id: str, queue: Queue, at: Moment) -> AlertText | None:
        if alert.kind == "queue_surge":
            value = t("alerts.value.waiting", n=queue.waiting)
            over = self._surge_is_over(queue_id, queue, at.seen_at)
            return AlertText(t("alerts.title.queue_surge", queue=queue.name), value, normal=over)
        if alert.kind == "staffing_gap":
            seats = (held.value for held in self._read_model.all(Seat).values())
            crew = metrics.crews(seats).get(queue_id, metrics.Crew())
            missing = _NUMBER.findall(alert.title)
            then = t("alerts.value.missing", n=missing[-1]) if missing else ""
            value = t("alerts.value.idle", able=crew.able, idle=crew.idle)
            return AlertText(t("alerts.title.staffing_gap", queue=queue.name), value, then, crew.idle > 0)
        if alert.kind != "service_level":
            return None
        rate, target = self._rate(queue_id, at.seen_at), Fraction(str(queue.target_level))
        then = _found(_PERCENT, alert.title)
        title = t("alerts.title.service_level", queue=queue.name)
        if rate is None:
            return AlertText(title, "—", then)
        calm = min(target + _CALM_RATE, (target + 1) / 2)
        return AlertText(title, percent(rate), then, rate >= calm)

    def _surge_is_over(self, queue_id: str, queue: Queue, at: datetime) -> bool:
        """Whether few callers wait, the service level is reached, and calls are below the ratio of a surge."""
        rate, quarter = self._lately(queue_id, at)
        if 2 * queue.waiting > self._config.alerts.queue_waiting:
            return False
        if metrics.is_below_target(rate, queue.target_level):
            return False
        expected = self._expected(queue_id, quarter.start) if quarter is not None else None
        return expected is None or quarter is None or quarter.offered < expected * self._config.alerts.surge_ratio

    def _rate(self, queue_id: str, at: datetime) -> Fraction | None:
        return self._lately(queue_id, at)[0]

    def _lately(self, queue_id: str, at: datetime) -> tuple[Fraction | None, Interval | None]:
        known = self._rates.get(queue_id)
        if known is None or not timedelta(0) <= at - known[0] < _RATES_KEPT:
            intervals = self._read_model.intervals(queue_id, at - timedelta(hours=1), at)
            over = [each for each in intervals if each.start <= at - _QUARTER]
            last = max(over, key=lambda each: each.start, default=None)
            known = at, metrics.service_level(metrics.last_30_minutes(intervals, queue_id, at)), last
            self._rates[queue_id] = known
        return known[1], known[2]

    def _about_resource(self, alert: Alert, resource: Resource) -> AlertText | None:
        if alert.kind == "resource_down":
            return AlertText(t("alerts.title.resource_down", name=resource.name), normal=resource.state != "down")
        if alert.kind not in ("trunk_full", "licence_full"):
            return None
        used, capacity = resource.in_use, resource.capacity
        calm = capacity > 0 and used / capacity < self._config.alerts.resource_warning - _CALM_SHARE
        title = t(f"alerts.title.{alert.kind}", name=resource.name)
        if of_resource(resource):
            return AlertText(title, CONTRADICTED, _found(_OF, alert.title).replace(" ", ""), normal=False)
        return AlertText(title, f"{used}/{capacity}", _found(_OF, alert.title).replace(" ", ""), calm)


def _long_call(alert: Alert, seat: Seat, at: Moment) -> AlertText:
    title = t("alerts.title.long_call", seat=seat.number)
    call = seat.call
    if call is None or seat.state not in ("talking", "hold") or call.started_at > alert.raised_at:
        return AlertText(title, normal=True)
    return AlertText(title, running(max(0.0, (at.seen_at - call.started_at).total_seconds())))


def _hot_spot(alert_id: str, found: HotSpots) -> AlertText | None:
    """The title of a matter that is known here, with its callers now."""
    about = alert_id.partition(":")[2]
    for matter in found.matters:
        if about == matter.id or about.startswith(f"{matter.id}:"):
            title = t("alerts.title.hot_spot", about=hot_spots.about(matter.category, matter.region))
            return AlertText(title, hot_spots.callers(matter.callers, matter.expected), normal=not matter.swells)
    return None


def _data_security(alert_id: str, alert: Alert) -> AlertText | None:
    """The title of a data-security alert; its numbers, of the day it was raised, are only in its own title."""
    what = alert_id.removeprefix("data_security+").partition(":")[0]
    if what == "audit":
        return AlertText(t("rules.alert.data_security.audit.title"))
    numbers = _NUMBER.findall(alert.title)
    if what not in ("reveals", "exports") or len(numbers) != 2:
        return None
    return AlertText(t(f"rules.alert.data_security.{what}.title", count=numbers[0], limit=numbers[1]))


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""

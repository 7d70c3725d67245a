"""Which orders the alert rules have to look at now.

Thousands of orders may be late, and going through all of them every few seconds would keep the processor busy. What the
rules say of an order depends on the order, its alerts and the time. So an order is looked at when it or an alert about
it has changed, when one of its limits is reached, and again until nothing is left to be done about it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from floorctl.floor.views import Changed
from floorctl.models.base import Held
from floorctl.models.orders import Order
from floorctl.rules.alerts.conditions import Thresholds, WatchedOrder

if TYPE_CHECKING:
    from floorctl.floor.events import Event, Events
    from floorctl.floor.read_model import ReadModel
    from floorctl.models.alerts import Alert

#: The most orders in one run; more wait for the next runs, those that came last first.
_MOST = 500
#: The most changes that are noted one by one. A first sync brings a million.
_MOST_NOTED = 5_000
_DAY = timedelta(days=1)


class OrderTurns:
    """Tells for each run of the rules which orders to look at. ``changed`` may be called from any thread."""

    def __init__(
        self,
        read_model: ReadModel,
        events: Events,
        thresholds: Thresholds,
        limit_of: Callable[[Order], datetime | None],
    ) -> None:
        self._read_model = read_model
        self._limit_of = limit_of
        self._dispatch_warning = timedelta(seconds=thresholds.dispatch_warning)
        self._critical_after = thresholds.order_overdue_critical_days * _DAY
        self._lock = threading.Lock()
        #: Orders and alerts that have changed since the last run; ``_all``: any may have.
        self._orders: set[str] = set()
        self._alerts: set[str] = set()
        self._all = True
        self._ran_at: datetime | None = None
        self._finished = False
        #: Orders with pending commands, or with alerts that the platform has not confirmed, at the last run.
        self._unconfirmed: set[str] = set()
        #: Orders whose turn it is, those that came last at the end, and those about which something was left to do.
        self._fresh: dict[str, None] = {}
        self._again: deque[str] = deque()
        events.subscribe(self.changed)

    def changed(self, event: Event) -> None:
        """Take note of what has changed."""
        if not isinstance(event, Changed):
            return
        with self._lock:
            for kind, noted in (("order", self._orders), ("alert", self._alerts)):
                ids = event.ids.get(kind)
                noted.update(ids or ())
                if len(noted) > _MOST_NOTED or (ids is not None and not ids):
                    noted.clear()
                    self._all = True

    def take(self, now: datetime, alerts: Mapping[str, Held[Alert]]) -> list[WatchedOrder]:
        """Return the orders to look at as of ``now``; call ``finish`` after the run, else the next one begins anew."""
        began_anew, self._finished = not self._finished, False
        # A pending command may move a limit, which those that are stored do not tell.
        pending = self._read_model.pending_ids(Order)
        for order_id in self._due(now, alerts, pending, anew=began_anew):
            self._fresh.pop(order_id, None)
            self._fresh[order_id] = None
        self._look_again(pending)
        wanted = [self._fresh.popitem()[0] for _ in range(min(_MOST, len(self._fresh)))]
        wanted += [self._again.popleft() for _ in range(min(_MOST - len(wanted), len(self._again)))]
        found = self._read_model.many(Order, wanted)
        return [
            WatchedOrder(id=order_id, order=held.value, limit=self._limit_of(held.value))
            for order_id in dict.fromkeys(wanted)
            if (held := found.get(order_id)) is not None
        ]

    def finish(self, order_ids: Iterable[str]) -> None:
        """End a run. Look at these orders again in one of the next: what the rules want for them may not be done."""
        self._look_again(order_ids)
        self._finished = True

    def _look_again(self, order_ids: Iterable[str]) -> None:
        waiting = {*self._fresh, *self._again}
        self._again.extend(each for each in dict.fromkeys(order_ids) if each not in waiting)

    def _due(
        self, now: datetime, alerts: Mapping[str, Held[Alert]], pending: Collection[str], *, anew: bool
    ) -> Collection[str]:
        """Return the orders whose turn has come since the last run, the most urgent last."""
        with self._lock:
            orders, self._orders = self._orders, set()
            changed, self._alerts = self._alerts, set()
            everything, self._all = self._all, False
        before, self._ran_at = self._ran_at, now
        subjects = {id_: held.value.subject.id for id_, held in alerts.items() if held.value.subject.kind == "order"}
        unconfirmed = {subject for id_, subject in subjects.items() if alerts[id_].pending} | set(pending)
        # Confirmed by now, or refused and gone without a trace.
        settled, self._unconfirmed = self._unconfirmed - unconfirmed, unconfirmed
        if anew or everything or before is None or now < before:
            return dict.fromkeys([*subjects.values(), *settled, *self._worth_an_alert(now)])
        about = [subjects[id_] for id_ in changed if id_ in subjects]
        return dict.fromkeys([*about, *settled, *orders, *self._reached(before, now)])

    def _reached(self, before: datetime, now: datetime) -> list[str]:
        """Return the orders of which a limit was reached between two runs."""
        reads, days, warning = self._read_model, self._critical_after, self._dispatch_warning
        return [
            *reads.orders_reaching("limit", before - days, now - days),
            *reads.orders_reaching("dispatch", before + warning, now + warning),
            *reads.orders_reaching("limit", before, now),
            *reads.orders_reaching("dispatch", before, now),
        ]

    def _worth_an_alert(self, now: datetime) -> list[str]:
        """Return the orders that an alert may be raised for at ``now``, those that have been late longest in front."""
        reads = self._read_model
        return [
            *reads.orders_reaching("limit", now - self._critical_after - _DAY, now),
            *reads.orders_reaching("dispatch", now - _DAY, now + self._dispatch_warning),
            *reads.special_orders_since(now - _DAY),
        ]

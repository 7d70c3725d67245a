"""Orders while the floor runs: made from calls, moved on by dispatchers, departments and call-backs."""

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from random import Random

from floorctl.models.alerts import Alert
from floorctl.models.base import Entity
from floorctl.models.orders import Order
from floorctl.simulator.content.orders import matter
from floorctl.simulator.world import alerts, order_life
from floorctl.simulator.world.agenda import Agenda
from floorctl.simulator.world.arrivals import QUARTERS, SHARES, Caller
from floorctl.simulator.world.seat import Desk, moment
from floorctl.simulator.world.setup import DEFAULT_ORDERS, HISTORY_DAYS, Setup

Read = Callable[[str, str], Entity | None]
Write = Callable[[str, str, Entity], None]

_DAY_OFF_SHARE = 0.4
#: Largest share of calls that end in an order, however many orders of history the floor began with.
_MOST_CALLS = 0.35
_ON_A_WORKING_DAY = 1 / (5 / 7 + 2 / 7 * _DAY_OFF_SHARE)


def order_id(number: str) -> str:
    """Return the id of the order with this number."""
    return f"o-{number}"


def order_number(day: date, serial: int) -> str:
    """Return the number of a day's order; serials begin at 1."""
    return f"{day:%Y%m%d}{serial:05d}"


def orders_on(setup: Setup, day: date) -> int:
    """Return how many orders of history were received on ``day``."""
    share = 1.0 if setup.calendar.is_working_day(day) else _DAY_OFF_SHARE
    luck = Random(f"{setup.seed}:{day}:orders").uniform(0.9, 1.1)
    return round(setup.orders / HISTORY_DAYS * _ON_A_WORKING_DAY * share * luck)


@cache
def order_share(setup: Setup) -> float:
    """Return the share of calls that end in an order, so that new days have as many orders as the history."""
    calls = sum(setup.arrivals.expected(queue_id, at, 1.0) for queue_id in SHARES for at in range(QUARTERS))
    return min(_MOST_CALLS, setup.orders / HISTORY_DAYS * _ON_A_WORKING_DAY / max(calls, 1.0))


def load(setup: Setup) -> float:
    """Return the open orders relative to those of a floor of the default size."""
    calls = sum(setup.arrivals.expected(queue_id, at, 1.0) for queue_id in SHARES for at in range(QUARTERS))
    return math.sqrt(order_share(setup) * calls / (DEFAULT_ORDERS / HISTORY_DAYS * _ON_A_WORKING_DAY))


class LiveOrders:
    """The open orders and their future steps.

    Reads and writes go through ``read`` and ``write``, so that people's changes in between are always seen.
    """

    def __init__(self, setup: Setup, agenda: Agenda, read: Read, write: Write) -> None:
        self.open: set[str] = set()
        self.open_alerts: set[str] = set()
        self.serial = 0
        #: Increases whenever something changes that is stored for a restart.
        self.changes = 0
        self._setup = setup
        self._agenda = agenda
        self._read = read
        self._write = write
        self._tokens: dict[str, int] = {}
        self._share = order_share(setup)
        self._day = date.min

    def open_day(self, day: date, serial: int) -> None:
        """Number the orders of ``day`` from after ``serial``."""
        self._day, self.serial = day, serial
        self.changes += 1

    def call_over(self, at: float, desk: Desk, caller: Caller) -> None:
        """Make an order from an ended call, in some cases."""
        if caller.order_draw >= self._share or desk.person_id is None:
            return
        rng = Random(f"{self._setup.seed}:{caller.id}:order")
        said = matter(rng, caller.queue_id.removeprefix("q-"))
        phone = caller.phone if rng.random() < 0.8 else None
        self.receive(
            rng,
            at,
            lambda number, when: order_life.receive(rng, number, said, when, agent_id=desk.person_id, phone=phone),
        )

    def receive(self, rng: Random, at: float, make: Callable[[str, datetime], Order]) -> str:
        """Store an order under the day's next number and raise its alert; return its id."""
        self.serial += 1
        self.changes += 1
        number = order_number(self._day, self.serial)
        oid = order_id(number)
        order = make(number, moment(at, self._setup.zone))
        self._write("order", oid, order)
        raised = alerts.alert_of(oid, order, self._setup.zone)
        if raised is not None:
            self._write("alert", *raised)
            self.open_alerts.add(raised[0])
        self.follow(oid, order, at)
        return oid

    def follow(self, oid: str, order: Order, at: float) -> None:
        """Plan the next step of an order from its current state."""
        token = self._tokens[oid] = self._tokens.get(oid, 0) + 1
        after = moment(at, self._setup.zone)
        step = self._next(oid, order, after)
        if step is None:
            self._tokens.pop(oid, None)
            if oid in self.open:
                self.open.discard(oid)
                self.changes += 1
            return
        if oid not in self.open:
            self.open.add(oid)
            self.changes += 1
        self._agenda.at(step[0].timestamp(), self._due, oid, token, after)

    def changed_by_person(self, oid: str, order: Order, at: float) -> None:
        """Follow an order that a person's command changed; a special one's escalation counts from its dispatch."""
        self.follow(oid, order, at)
        self._dispatched(oid, order)

    def _next(self, oid: str, order: Order, after: datetime) -> tuple[datetime, Order] | None:
        rng = order_life.rng_for(self._setup.seed, oid, order)
        return order_life.next_step(order, rng, self._setup.calendar, after)

    def _due(self, at: float, oid: str, token: int, after: datetime) -> None:
        if self._tokens.get(oid) != token:
            return
        order = self._read("order", oid)
        step = self._next(oid, order, after) if isinstance(order, Order) else None
        if step is None:
            self._tokens.pop(oid, None)
            self.open.discard(oid)
            self.changes += 1
            return
        moved = step[1]
        self._write("order", oid, moved)
        if moved.state == "dispatched":
            self._dispatched(oid, moved)
        self.follow(oid, moved, at)

    def _dispatched(self, oid: str, order: Order) -> None:
        if order.urgency == "normal" or order.dispatched_at is None or order.returns:
            return
        alert_id = alerts.alert_id(oid, order, self._setup.zone)
        alert = self._read("alert", alert_id)
        if isinstance(alert, Alert) and alert.state != "closed":
            moved = alerts.dispatched(alert, order.dispatched_at)
            if moved != alert:
                self._write("alert", alert_id, moved)

    def close_old_alerts(self, at: float, by: str) -> None:
        """Close alerts that are still open 20 hours after they were raised."""
        now = moment(at, self._setup.zone)
        for alert_id in sorted(self.open_alerts):
            alert = self._read("alert", alert_id)
            if not isinstance(alert, Alert) or alert.state == "closed":
                self.open_alerts.discard(alert_id)
            elif alert.raised_at < now - timedelta(hours=20):
                self._write("alert", alert_id, alerts.closed_by_day(alert, now, by))
                self.open_alerts.discard(alert_id)
        self.changes += 1

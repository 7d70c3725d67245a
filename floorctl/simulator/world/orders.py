"""Orders while the floor runs: made from calls, moved on by dispatchers, departments and call-backs."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from msgspec.structs import replace

from floorctl.models.alerts import Alert
from floorctl.models.base import Entity
from floorctl.models.orders import Order
from floorctl.simulator.content.orders import matter
from floorctl.simulator.world import alerts, linked, order_life
from floorctl.simulator.world.agenda import Agenda
from floorctl.simulator.world.arrivals import QUARTER, QUARTERS, Caller, profile
from floorctl.simulator.world.luck import Luck, luck_of
from floorctl.simulator.world.seat import Desk, moment
from floorctl.simulator.world.setup import Setup
from floorctl.simulator.world.shared_matters import first_of, is_linked, matter_of
from floorctl.simulator.world.volume import BESIDE_PHONE, OF_CALLS, orders_on, usual_orders, volume

Read = Callable[[str, str], Entity | None]
Write = Callable[[str, str, Entity], None]

#: Added to a quarter hour's load for those who write from home, also in the evening.
_AT_HOME = 0.15
#: Share of the orders that are not answered on the spot, and days in a month: to tell how many a month are dispatched.
_DISPATCHED, _DAYS_A_MONTH, _MEAN_LOAD = 0.62, 30.4, 0.84


def order_id(number: str) -> str:
    """Return the id of the order with this number."""
    return f"o-{number}"


def order_number(day: date, serial: int) -> str:
    """Return the number of a day's order; serials begin at 1."""
    return f"{day:%Y%m%d}{serial:05d}"


def luck_on(setup: Setup, day: date) -> Luck:
    """Return how well the work on orders that were received on ``day`` goes."""
    dispatched = usual_orders(setup) * _MEAN_LOAD * volume(setup) * _DISPATCHED * _DAYS_A_MONTH
    return luck_of(setup.seed, day.replace(day=1), dispatched)


def ends_in_order(setup: Setup, caller: Caller) -> bool:
    """Whether a call that was answered ends in an order."""
    return bool(caller.about) or caller.order_draw < OF_CALLS[caller.queue_id] * min(1.0, volume(setup))


def of_call(setup: Setup, caller: Caller, person_id: str, number: str, at: datetime) -> tuple[Random, Order]:
    """Return the order that a call ends in, with the random generator of what comes of it."""
    rng = Random(f"{setup.seed}:{caller.id}:order")
    said = matter_of(setup, caller.about, rng) if caller.about else matter(rng, caller.queue_id.removeprefix("q-"))
    return rng, order_life.receive(rng, number, said, at, agent_id=person_id, phone=caller.phone)


def beside_phone(setup: Setup, day: date) -> list[float]:
    """Return when orders come in by web, app and the like on ``day``, in seconds since the epoch."""
    rng = Random(f"{setup.seed}:{day}:beside-phone")
    midnight = datetime.combine(day, time(), setup.zone).timestamp()
    mean = orders_on(setup, day) * BESIDE_PHONE / (1 + BESIDE_PHONE)
    count = max(0, round(rng.gauss(mean, mean**0.5)))
    quarters = rng.choices(range(QUARTERS), weights=[profile(at) + _AT_HOME for at in range(QUARTERS)], k=count)
    return sorted(midnight + (at + rng.random()) * QUARTER for at in quarters)


def of_web(setup: Setup, number: str, at: datetime) -> tuple[Random, Order]:
    """Return an order that came in by web, app and the like, with the random generator of what comes of it."""
    rng = Random(f"{setup.seed}:{number}")
    return rng, order_life.receive(rng, number, matter(rng, "12345", "normal"), at, agent_id=None)


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
        self._day = date.min
        #: What the first call about a shared matter was about → its order; an order → the one that it repeats.
        self._first_about: dict[str, str] = {}
        self._repeats: dict[str, str] = {}

    def open_day(self, day: date, serial: int, since: float) -> None:
        """Number the orders of ``day`` from after ``serial``, and plan those that come by web after ``since``."""
        self._day, self.serial = day, serial
        self.changes += 1
        for at in beside_phone(self._setup, day):
            if at > since:
                self._agenda.at(at, self._by_web)

    def _by_web(self, at: float) -> None:
        self.receive(at, lambda number, when: of_web(self._setup, number, when)[1])

    def call_over(self, at: float, desk: Desk, caller: Caller) -> None:
        """Make an order from an ended call, in some cases."""
        person_id = desk.person_id
        if person_id is not None and ends_in_order(self._setup, caller):
            oid = self.receive(at, lambda number, when: of_call(self._setup, caller, person_id, number, when)[1])
            self._keep_first(oid, caller.about)

    def _keep_first(self, oid: str, about: str) -> None:
        """Keep which order was the first about a matter, and of a repetition which one it may be linked to."""
        first = first_of(about)
        if first is not None:
            if first[1] in self._first_about and is_linked(self._setup, about):
                self._repeats[oid] = self._first_about[first[1]]
        elif about:
            self._first_about[about] = oid

    def receive(self, at: float, make: Callable[[str, datetime], Order]) -> str:
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
        if order.parent_id is not None and linked.follows(order):
            parent = self._read("order", order.parent_id)
            if isinstance(parent, Order):
                return linked.step(order, parent, rng, after)
        luck = luck_on(self._setup, self._setup.today(order.received_at))
        return order_life.next_step(order, rng, self._setup.calendar, after, luck)

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
        if moved.state == "ready" and (parent_id := self._repeats.pop(oid, None)) is not None:
            moved = replace(moved, parent_id=parent_id)  # whoever reviews it sees that it is known
        if moved != order:
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

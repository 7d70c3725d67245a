"""The orders that a simulated floor begins with: open work for people, and a history of closed orders."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from msgspec.structs import replace

from floorctl.models.alerts import Alert
from floorctl.models.orders import Order, Urge
from floorctl.simulator.content import read
from floorctl.simulator.content.orders import matter
from floorctl.simulator.world import alerts as world_alerts
from floorctl.simulator.world import order_life
from floorctl.simulator.world.arrivals import QUARTERS, profile
from floorctl.simulator.world.orders import load, order_id, order_number, orders_on
from floorctl.simulator.world.people import LEADS
from floorctl.simulator.world.setup import Setup

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
#: Numbers of open orders on a floor of the default size.
_OVERDUE, _DUE_SOON, _IN_HAND, _TO_DISPATCH, _IN_REVIEW, _RECEIVED, _TO_CALL_BACK = 12, 5, 230, 9, 4, 2, 31
_DUE_SOON_HOURS = 4


@dataclass(frozen=True)
class OpenWork:
    """The open orders and their alerts. ``serials``: how many numbers of each day they use."""

    orders: tuple[tuple[str, Order], ...]
    alerts: tuple[tuple[str, Alert], ...]
    serials: dict[date, int]


class _Maker:
    """Makes open orders one by one; numbers are assigned at the end, in the order of receipt."""

    def __init__(self, setup: Setup, now: datetime) -> None:
        self.rng = Random(f"{setup.seed}:open-work")
        self.setup = setup
        self.now = now
        self.agents = setup.staff.with_post("agent")
        self.made: list[Order] = []

    def received(self, at: datetime, urgency: str = "normal") -> Order:
        """Return an order received at ``at`` that was not answered on the spot."""
        rng = self.rng
        order = order_life.receive(
            rng, "", matter(rng, urgency=urgency), at.replace(microsecond=0), agent_id=rng.choice(self.agents)
        )
        return replace(order, state="received", result="", closed_at=None)

    def grown(self, received: datetime, until: str, urgency: str = "normal") -> Order:
        """Return an order received at ``received`` and advanced to the state ``until``."""
        order, at = self.received(received, urgency), received
        while order.state != until:
            step = order_life.next_step(order, self.rng, self.setup.calendar, at)
            assert step is not None
            # A return would lead away from the wanted state.
            if step[1].state != "returned":
                at, order = step
        return order

    def shifted(self, order: Order, by: timedelta) -> Order:
        """Return ``order`` with all its times shifted by ``by``."""
        names = ("received_at", "reviewed_at", "dispatched_at", "accepted_at", "handled_at", "callback_at", "due_at")
        return replace(order, **{name: getattr(order, name) + by for name in names if getattr(order, name) is not None})

    def urged(self, order: Order, due: datetime) -> Order:
        """Return ``order`` with the urges that it may have had since ``due``."""
        rng = self.rng
        late = self.now - due
        levels = [1] if rng.random() < 0.6 else []
        if levels and late > 1.5 * _DAY and rng.random() < 0.7:
            levels.append(2)
        if len(levels) == 2 and late > 4 * _DAY and rng.random() < 0.6:
            levels.append(3)
        notes = read("work")["urge_notes"]
        span = late - 5 * _MINUTE
        urges = tuple(
            Urge(
                at=(due + span * (at + 1) / (len(levels) + 1)).replace(microsecond=0),
                by=LEADS[at % 2],
                level=level,
                note=rng.choice(notes),
            )
            for at, level in enumerate(levels)
        )
        return replace(order, urges=urges) if span > timedelta(0) else order


def open_work(setup: Setup, now: datetime) -> OpenWork:
    """Return the open work at ``now``: about the numbers above on a default floor, more with more orders."""
    size = load(setup)
    make = _Maker(setup, now)
    rng = make.rng

    def count(of: int) -> int:
        return max(1, round(of * size))

    for _ in range(count(_OVERDUE)):
        due = now - rng.choice((rng.uniform(0.05, 0.9), rng.uniform(0.3, 3), rng.uniform(2, 6.5))) * _DAY
        make.made.append(_with_limit(make, due))
    for _ in range(count(_DUE_SOON)):
        make.made.append(_with_limit(make, _working_hours_ahead(setup, now, rng.uniform(0.2, _DUE_SOON_HOURS - 0.3))))
    for _ in range(count(_IN_HAND)):
        due = setup.calendar.add_working_days(now, rng.randint(1, 5)) + rng.uniform(-90, 240) * _MINUTE
        make.made.append(_with_limit(make, due))
    _to_dispatch(make, count(_TO_DISPATCH))
    for _ in range(count(_IN_REVIEW)):
        make.made.append(replace(make.received(now - rng.uniform(8, 30) * _MINUTE), state="review"))
    for _ in range(count(_RECEIVED)):
        make.made.append(make.received(now - rng.uniform(0.3, 4) * _MINUTE))
    for _ in range(count(_TO_CALL_BACK)):
        make.made.append(_to_call_back(make))
    # Every floor has these: one matter that has just come in and must be phoned, and one that is being followed up.
    make.made.append(replace(make.received(now - 2.5 * _MINUTE, "special_urgent"), state="review"))
    followed = make.grown(now - 4 * _HOUR, "accepted", "special")
    make.made.append(make.shifted(followed, min(timedelta(0), now - 20 * _MINUTE - (followed.accepted_at or now))))
    return _numbered(setup, make, now)


def _with_limit(make: _Maker, due: datetime) -> Order:
    """Return an order with a department and the limit ``due``."""
    order = make.grown(due - make.rng.uniform(2, 6) * _DAY, "accepted" if make.rng.random() < 0.85 else "dispatched")
    last = order.accepted_at or order.dispatched_at or order.received_at
    if last > make.now - 15 * _MINUTE:
        order = make.shifted(order, make.now - make.rng.uniform(0.3, 30) * _HOUR - last)
    return make.urged(replace(order, due_at=due.replace(second=0, microsecond=0)), due)


def _working_hours_ahead(setup: Setup, now: datetime, hours: float) -> datetime:
    at = now
    while setup.calendar.working_seconds(now, at) < hours * 3600:
        at += 5 * _MINUTE
    return at


def _to_dispatch(make: _Maker, count: int) -> None:
    """Add orders that wait for dispatch: the most urgent has some twenty minutes of its three hours left."""
    for at in range(count):
        left = 21.5 if at == 0 else make.rng.uniform(32, 170)
        reviewed = (make.now - (180 - left) * _MINUTE).replace(microsecond=0)
        order = make.grown(reviewed - _HOUR, "ready")
        make.made.append(make.shifted(order, reviewed - (order.reviewed_at or reviewed)))


def _to_call_back(make: _Maker) -> Order:
    order = make.grown(make.now - make.rng.uniform(2, 7) * _DAY, "handled")
    handled = make.now - make.rng.uniform(0.2, 18) * _HOUR
    order = make.shifted(order, handled - (order.handled_at or handled))
    return replace(order, callback_required=True)


def _numbered(setup: Setup, make: _Maker, now: datetime) -> OpenWork:
    serials: Counter[date] = Counter()
    orders: list[tuple[str, Order]] = []
    alerts: list[tuple[str, Alert]] = []
    for order in sorted(make.made, key=lambda each: each.received_at):
        day = order.received_at.astimezone(setup.zone).date()
        serials[day] += 1
        number = order_number(day, serials[day])
        numbered = replace(order, number=number)
        orders.append((order_id(number), numbered))
        raised = world_alerts.alert_of(order_id(number), numbered, setup.zone)
        if raised is None:
            continue
        old = raised[1].raised_at < now - _HOUR
        alerts.append((raised[0], world_alerts.part_done(make.rng, raised[1], LEADS[0], 2) if old else raised[1]))
    return OpenWork(tuple(orders), tuple(alerts), dict(serials))


def history(
    setup: Setup, day: date, until: datetime, first_serial: int
) -> Iterator[tuple[str, Order, tuple[str, Alert] | None]]:
    """Yield the orders received on ``day`` before ``until`` that are over by ``until``, oldest first, with their
    alerts.

    Numbers begin after ``first_serial``. An order that would still be open by then is made one that was answered on the
    spot: ``open_work`` makes the open ones.
    """
    agents = setup.staff.with_post("agent")
    times = Random(f"{setup.seed}:{day}:order-times")
    midnight = datetime.combine(day, time(), setup.zone)
    quarters = times.choices(range(QUARTERS), weights=[profile(at) for at in range(QUARTERS)], k=orders_on(setup, day))
    seconds = sorted(at * 900 + times.randrange(900) for at in quarters)
    for serial, second in enumerate(seconds, first_serial + 1):
        received = midnight + timedelta(seconds=second)
        if received > until - 5 * _MINUTE:
            return
        number = order_number(day, serial)
        rng = Random(f"{setup.seed}:{number}")
        order = order_life.receive(rng, number, matter(rng), received, agent_id=rng.choice(agents))
        order = _lived(setup, rng, order, until)
        yield order_id(number), order, _old_alert(setup, rng, order)


def _lived(setup: Setup, rng: Random, received: Order, until: datetime) -> Order:
    order, at = received, received.received_at
    while (step := order_life.next_step(order, rng, setup.calendar, at)) is not None:
        at, order = step
        if at > until:
            return order_life.answered(rng, replace(received, urgency="normal"))
    return order


def _old_alert(setup: Setup, rng: Random, order: Order) -> tuple[str, Alert] | None:
    raised = world_alerts.alert_of(order_id(order.number), order, setup.zone)
    return None if raised is None else (raised[0], world_alerts.done(rng, raised[1], rng.choice(LEADS)))

"""The orders that a simulated floor begins with: open work for people, and a history of closed orders."""

from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from random import Random

from msgspec.structs import replace

from floorctl.models.alerts import Alert
from floorctl.models.orders import Order, Urge
from floorctl.simulator.content import people, read
from floorctl.simulator.content.orders import Matter, matter
from floorctl.simulator.content.story import story_of
from floorctl.simulator.world import alerts as world_alerts
from floorctl.simulator.world import order_life, waiting_for_us
from floorctl.simulator.world.arrivals import LINES, QUARTER, QUARTERS, SHARES, profile, usual_load
from floorctl.simulator.world.luck import Luck, luck_of
from floorctl.simulator.world.orders import (
    beside_phone,
    ends_in_order,
    luck_on,
    of_call,
    of_web,
    order_id,
    order_number,
)
from floorctl.simulator.world.past import EndedCall, played
from floorctl.simulator.world.people import LEADS
from floorctl.simulator.world.seat import moment
from floorctl.simulator.world.setup import Setup
from floorctl.simulator.world.shared_matters import SPOT, first_of, is_linked
from floorctl.simulator.world.volume import BESIDE_PHONE, OF_CALLS, load, orders_on, volume

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
#: Open orders of a floor with as many orders as its calls make: about as many as the lives of its orders leave open.
_OVERDUE, _DUE_SOON, _IN_HAND, _TO_DISPATCH, _IN_REVIEW, _RECEIVED, _TO_CALL_BACK = 9, 7, 1000, 14, 6, 2, 48
#: Of these wait for our decision: returns (every third for the second time), extensions, unsatisfied citizens; and so
#: many are being done again.
_RETURNED, _EXTENSIONS, _UNSATISFIED, _DONE_AGAIN = 4, 4, 3, 6
#: Callers who have called again about what departments work on; share of their orders that have been linked.
_TOLD_AGAIN, _LINKED_SHARE = 26, 0.45
_DUE_SOON_HOURS = 4
#: Line → its share of the orders, by its calls; what comes by web is the first's.
_LINES = {line: SHARES[queue_id] * OF_CALLS[queue_id] for queue_id, line in LINES.items()}
#: No limit is longer, in days.
_LONGEST_LIMIT = 40
#: Of the orders that departments were given so many working days ago, the share that they still work on.
_STILL_IN_HAND = (0.9, 0.75, 0.5, 0.32, 0.22, 0.14, 0.08)
#: Draws of an order in hand, after which one is made to fit.
_TRIES = 8
#: The same where an order has to have a certain limit; and the share of inquiries that no department gets.
_MORE_TRIES, _ANSWERED_AT_ONCE = 60, 0.9
#: Orders of a day long past that are kept, on an average working day, and such days in a month; of those that are kept
#: not all are dispatched.
_ARCHIVED_A_DAY, _LOAD_A_MONTH = 16.0, 13.4


#: Returns the numbers of a day that the open work uses.
UsedOn = Callable[[date], Collection[int]]


@dataclass(frozen=True)
class OpenWork:
    """The open orders and their alerts. ``serials``: which numbers of each day they use."""

    orders: tuple[tuple[str, Order], ...]
    alerts: tuple[tuple[str, Alert], ...]
    serials: dict[date, list[int]]


class _Maker:
    """Makes open orders one by one; numbers are assigned at the end, in the order of receipt."""

    def __init__(self, setup: Setup, now: datetime) -> None:
        self.rng = Random(f"{setup.seed}:open-work")
        self.setup = setup
        self.now = now
        self.agents = frozenset(setup.staff.with_post("agent"))
        self._shifts: dict[date, list[tuple[datetime, datetime, str]]] = {}
        self.made: list[Order] = []
        #: Places in ``made``: of an order that has been linked to another one, and of that one.
        self.repeats: list[tuple[int, int]] = []

    def on_shift(self, at: datetime) -> list[str]:
        """Return the agents whose shift it is at ``at``."""
        day = self.setup.today(at)
        if day not in self._shifts:
            self._shifts[day] = [
                (shift.starts_at, shift.ends_at, shift.person_id)
                for _, shift in self.setup.shifts(day)
                if shift.person_id in self.agents
            ]
        there = [person_id for begins, ends, person_id in self._shifts[day] if begins <= at < ends]
        return there or sorted(self.agents)

    def received(self, at: datetime, urgency: str = "normal", said: Matter | None = None) -> Order:
        """Return an order received at ``at`` that was not answered on the spot."""
        rng = self.rng
        phone = people.phone(rng) if rng.random() * (1 + BESIDE_PHONE) < 1 else None
        agent_id = None if phone is None else rng.choice(self.on_shift(at))
        order = order_life.receive(
            rng, "", said or self.matter(urgency), at.replace(microsecond=0), agent_id=agent_id, phone=phone
        )
        return replace(order, state="received", result="", closed_at=None)

    def matter(self, urgency: str) -> Matter:
        """Return a matter as the lines get them, of those that are not answered on the spot."""
        rng = self.rng
        line = rng.choices(tuple(_LINES), cum_weights=tuple(accumulate(_LINES.values())))[0]
        said = matter(rng, line, urgency)
        while urgency == "normal" and said.case.type == "inquiry" and rng.random() < _ANSWERED_AT_ONCE:
            said = matter(rng, line, urgency)
        return said

    def grown(self, received: datetime, until: str, urgency: str = "normal", said: Matter | None = None) -> Order:
        """Return an order received at ``received`` and advanced to the state ``until``."""
        order, at = self.received(received, urgency, said), received
        while order.state != until:
            step = order_life.next_step(order, self.rng, self.setup.calendar, at)
            assert step is not None
            # A return would lead away from the wanted state, and what is asked for stays where it is made on purpose.
            if step[1].state != "returned" and step[1].extension is None:
                at, order = step
        return order

    def shifted(self, order: Order, by: timedelta) -> Order:
        """Return ``order`` with all its times shifted by ``by``, and the limit that it has then."""
        names = ("received_at", "reviewed_at", "dispatched_at", "accepted_at", "handled_at", "callback_at")
        times = {name: getattr(order, name) + by for name in names if getattr(order, name) is not None}
        moved = replace(order, **times)
        return moved if order.due_at is None else replace(moved, due_at=order_life.limit(moved, self.setup.calendar))

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
                at=_by_day(due + span * (at + 1) / (len(levels) + 1), due, self.now),
                by=LEADS[at % 2],
                level=level,
                note=rng.choice(notes),
            )
            for at, level in enumerate(levels)
        )
        return replace(order, urges=urges) if span > timedelta(0) else order


def _by_day(at: datetime, first: datetime, last: datetime) -> datetime:
    """Return ``at``, or a time by day of the same date between ``first`` and ``last``: nobody urges at night."""
    at = at.replace(microsecond=0)
    by_day = at if 8 <= at.hour < 20 else at.replace(hour=9 + at.minute % 9)
    return by_day if first < by_day < last else at


def open_work(setup: Setup, now: datetime) -> OpenWork:
    """Return the open work at ``now``: about the numbers above on a default floor, more with more orders."""
    size = load(setup)
    make = _Maker(setup, now)
    rng = make.rng

    def count(of: int, least: int = 1) -> int:
        return max(least, round(of * size))

    for _ in range(count(_OVERDUE, least=2)):
        late = rng.choice((rng.uniform(0.05, 0.9), rng.uniform(0.3, 3), rng.uniform(2, 6.5))) * _DAY
        make.made.append(_with_limit(make, _in_hours(setup, now - late)))
    for _ in range(count(_DUE_SOON, least=2)):
        make.made.append(_with_limit(make, _working_hours_ahead(setup, now, rng.uniform(0.2, _DUE_SOON_HOURS - 0.3))))
    days = _days_in_hand(setup, now)
    make.made += [_in_hand(make, days) for _ in range(count(_IN_HAND))]
    make.made += [_returned(make, twice=number % 3 == 2) for number in range(count(_RETURNED))]
    make.made += [_asking(make, days) for _ in range(count(_EXTENSIONS))]
    make.made += [_unsatisfied(make, again=False) for _ in range(count(_UNSATISFIED))]
    make.made += [_unsatisfied(make, again=True) for _ in range(count(_DONE_AGAIN))]
    _to_dispatch(make, count(_TO_DISPATCH))
    for _ in range(count(_IN_REVIEW)):
        make.made.append(replace(make.received(now - rng.uniform(8, 30) * _MINUTE), state="review"))
    make.made += [make.received(now - rng.uniform(0.3, 4) * _MINUTE) for _ in range(count(_RECEIVED))]
    make.made += [_to_call_back(make) for _ in range(count(_TO_CALL_BACK))]
    _told_again(make, count(_TOLD_AGAIN))
    _swollen(make)
    # Every floor has these: one matter that has just come in and must be phoned, and one that is being followed up.
    make.made.append(replace(make.received(now - 0.7 * _MINUTE, "special_urgent"), state="review"))
    followed = make.grown(now - 1.9 * _HOUR, "accepted", "special")
    make.made.append(make.shifted(followed, min(timedelta(0), now - 20 * _MINUTE - (followed.accepted_at or now))))
    return _numbered(setup, make, now)


def _with_limit(make: _Maker, due: datetime) -> Order:
    """Return an order with a department whose limit, by the rules of the day of its receipt, is ``due``."""
    calendar, due = make.setup.calendar, due.replace(second=0, microsecond=0)
    for _ in range(_MORE_TRIES):
        said = make.matter("normal")
        received = _received_for(make, said, due)
        until = "accepted" if make.rng.random() < 0.85 else "dispatched"
        order = make.grown(received + make.rng.uniform(0, 59) * _SECOND, until, said=said)
        # Out of season it may be another matter, of another type.
        last = order.accepted_at or order.dispatched_at or received
        if order_life.limit(order, calendar) == due and last < min(due, make.now - 15 * _MINUTE):
            break
    return make.urged(replace(order, due_at=due), due)


def _received_for(make: _Maker, said: Matter, due: datetime) -> datetime:
    """Return when an order of the matter ``said`` was received that is due on the working day ``due``."""
    at, calendar = due.astimezone(make.setup.zone), make.setup.calendar
    probe = make.received(at - 7 * _DAY, said=said)
    for _ in range(_LONGEST_LIMIT):
        at -= _DAY
        if calendar.is_working_day(at.date()) and order_life.limit(replace(probe, received_at=at), calendar) <= due:
            break
    return at


def _days_in_hand(setup: Setup, now: datetime) -> tuple[list[date], list[float]]:
    """Return the days from which orders are in hand, and how many of each relative to the others."""
    today = setup.today(now)
    days, weights, worked = [], [], 0
    for back in range(14):
        day = today - timedelta(days=back)
        working = setup.calendar.is_working_day(day)
        days.append(day)
        so_far = _share_of_day(now.astimezone(setup.zone)) if day == today else 1.0
        weights.append(usual_load(day, working=working) * _STILL_IN_HAND[min(worked, len(_STILL_IN_HAND) - 1)] * so_far)
        worked += working
    return days, weights


def _in_hand(make: _Maker, days: tuple[list[date], list[float]]) -> Order:
    """Return an order that a department works on, whose limit is not near."""
    calendar, now = make.setup.calendar, make.now
    for _ in range(_TRIES):
        day = make.rng.choices(days[0], weights=days[1])[0]
        second = make.rng.choices(range(QUARTERS), weights=_profile())[0] * QUARTER + make.rng.randrange(QUARTER)
        received = datetime.combine(day, time(), make.setup.zone) + second * timedelta(seconds=1)
        if received > now - _HOUR:
            continue
        order = make.grown(received, "accepted" if make.rng.random() < 0.85 else "dispatched")
        last = order.accepted_at or order.dispatched_at or order.received_at
        due = order.due_at or order_life.limit(order, calendar)
        if last < now and calendar.working_seconds(now, due) > (_DUE_SOON_HOURS + 0.2) * 3600:
            return order
    due = calendar.add_working_days(_in_hours(make.setup, now), make.rng.randint(3, 5))
    return _with_limit(make, _in_hours(make.setup, due + make.rng.uniform(-90, 240) * _MINUTE))


def _returned(make: _Maker, *, twice: bool) -> Order:
    """Return an order that a department has sent back, ``twice``: again, and nobody has decided on it yet."""
    rng, now = make.rng, make.now
    order = make.grown(_in_hours(make.setup, now - rng.uniform(0.4, 1.2 + 2 * twice) * _DAY), "dispatched")
    if twice:
        order = waiting_for_us.sent_back(order, rng, order.dispatched_at + 2 * _HOUR if order.dispatched_at else now)
        order = waiting_for_us.decided(order, rng, None)[1]
        order = replace(order, state="dispatched")
    begins = waiting_for_us.since(order)
    if begins > now - 30 * _MINUTE:
        order = make.shifted(replace(order, return_log=(), returns=0), now - 5 * _HOUR - begins)
        begins = waiting_for_us.since(order)
    at = max(begins + 15 * _MINUTE, now - rng.uniform(0.5, 9) * _HOUR)
    return waiting_for_us.sent_back(order, rng, at)


def _asking(make: _Maker, days: tuple[list[date], list[float]]) -> Order:
    """Return an order whose department has asked for an extension that nobody has decided on yet."""
    calendar, now, rng = make.setup.calendar, make.now, make.rng
    for _ in range(_TRIES):
        order = _in_hand(make, days)
        accepted = order.accepted_at
        if accepted is not None and order.urgency == "normal" and order.type != "inquiry":
            break
    if accepted is None or accepted > now - 30 * _MINUTE:
        return order
    at = max(accepted + 20 * _MINUTE, now - rng.uniform(0.5, 14) * _HOUR)
    due = order.due_at or order_life.limit(order, calendar)
    return waiting_for_us.asked(replace(order, due_at=due), rng, calendar, due, at)


def _unsatisfied(make: _Maker, *, again: bool) -> Order:
    """Return an order whose citizen was not satisfied: it is closed, or by now in the departments' hands ``again``."""
    rng, now = make.rng, make.now
    order = _to_call_back(make)
    if again:
        order = make.shifted(order, -rng.randint(2, 4) * _DAY)
    handled = order.handled_at or now
    called = handled + (now - handled) * (0.1 if again else rng.uniform(0.3, 0.95))
    order = replace(
        order, state="closed", callback_at=called, callback_outcome="reached", satisfaction=rng.choice((1, 2, 2)),
        closed_at=called,
    )  # fmt: skip
    step = order_life.next_step(order, rng, make.setup.calendar) if again else None
    while step is not None and step[0] <= now and step[1].state != "handled":
        order, step = step[1], order_life.next_step(step[1], rng, make.setup.calendar, step[0])
    return order


def _in_hours(setup: Setup, at: datetime) -> datetime:
    """Return ``at``, or a time of the working day before it where the departments are closed then."""
    at = at.astimezone(setup.zone)
    if not 9 <= at.hour < 17:
        at = at.replace(hour=9 + at.minute % 8) - (_DAY if at.hour < 9 else timedelta(0))
    while not setup.calendar.is_working_day(at.date()):
        at -= _DAY
    return at


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
    order = make.grown(_in_hours(make.setup, make.now - make.rng.uniform(2, 7) * _DAY), "handled")
    # By day, today or on the last working day: by so many whole days, so that its other times stay in hours too.
    handled = _in_hours(make.setup, make.now - make.rng.uniform(0.2, 18) * _HOUR)
    order = make.shifted(order, timedelta(days=(handled.date() - (order.handled_at or handled).date()).days))
    if (order.handled_at or handled) > make.now - 5 * _MINUTE:
        order = make.shifted(order, handled - (order.handled_at or handled))
    return replace(order, callback_required=True)


def _told_again(make: _Maker, count: int) -> None:
    """Add orders of callers who call again about what is in the departments' hands, in other words.

    Some have been linked to the first, the others wait for somebody who sees it.
    """
    rng, now = make.rng, make.now
    first = [each for each in make.made if each.state in ("dispatched", "accepted") and each.citizen is not None]
    for order in rng.sample(first, min(count, len(first))):
        story = story_of(order)
        received = order.received_at + (now - order.received_at) * rng.uniform(0.4, 0.98)
        if not 8 <= received.hour < 20:
            received = received.replace(hour=9 + received.minute % 10)
        soon = received < order.received_at + 2 * _HOUR or received > now - 4 * _HOUR
        if story is None or order.urgency != "normal" or soon:
            continue
        known = {name: value for name, value in story.slots.items() if name not in ("lately", "caller")}
        said = Matter(
            story.topic, story.case, order.region or "", known, spoken=rng.random() < 0.6, again=True,
            citizen=order.citizen,
        )  # fmt: skip
        again = make.received(received, said=said)
        citizen = order.citizen
        again = replace(again, citizen=citizen, confidential=order.confidential)
        while (step := order_life.next_step(again, rng, make.setup.calendar)) is not None and step[0] <= now:
            if step[1].state in ("returned", "handled") or step[1].extension is not None:
                break
            again = step[1]
        make.made.append(again)
        if again.state in ("dispatched", "accepted") and rng.random() < _LINKED_SHARE:
            make.repeats.append((len(make.made) - 1, make.made.index(order)))


def _swollen(make: _Maker) -> None:
    """Add the orders of this day's hot spot that are not over: they come from its calls, which the day has had."""
    setup, now = make.setup, make.now
    today = setup.today(now)
    for receipt in receipts(setup, today):
        call = receipt.call
        if call is None or receipt.at > now.timestamp() - 5 * 60 or not call.caller.about.startswith(SPOT):
            continue
        rng, order = of_call(setup, call.caller, call.person_id, "", moment(receipt.at, setup.zone))
        at, luck = order.received_at, luck_on(setup, today)
        while (step := order_life.next_step(order, rng, setup.calendar, at, luck)) is not None and step[0] <= now:
            at, order = step
        if step is not None and order.state != "closed":
            make.made.append(order)


def _numbered(setup: Setup, make: _Maker, now: datetime) -> OpenWork:
    serials: dict[date, list[int]] = {}
    orders: list[tuple[str, Order]] = []
    alerts: list[tuple[str, Alert]] = []
    numbers: dict[int, str] = {}
    parents = dict(make.repeats)
    # The first of those that belong together comes before the others.
    for place in sorted(range(len(make.made)), key=lambda place: make.made[place].received_at):
        order = make.made[place]
        day = order.received_at.astimezone(setup.zone).date()
        serial = _serial_at(setup, order.received_at, serials.setdefault(day, []))
        serials[day].append(serial)
        number = order_number(day, serial)
        numbers[place] = number
        first = numbers.get(parents[place]) if place in parents else None
        numbered = replace(order, number=number, parent_id=first and order_id(first))
        orders.append((order_id(number), numbered))
        raised = world_alerts.alert_of(order_id(number), numbered, setup.zone)
        if raised is None:
            continue
        old = raised[1].raised_at < now - _HOUR
        alerts.append((raised[0], world_alerts.part_done(make.rng, raised[1], LEADS[0], 2, now) if old else raised[1]))
    return OpenWork(tuple(orders), tuple(alerts), serials)


def _share_of_day(at: datetime) -> float:
    """Return the share of a day's orders that come before this time of day."""
    quarter, within = divmod(at.hour * 3600 + at.minute * 60 + at.second, QUARTER)
    before, after = _share_before()[quarter : quarter + 2]
    return before + (after - before) * within / QUARTER


@cache
def _profile() -> tuple[float, ...]:
    """Return the load of each quarter hour of a day."""
    return tuple(profile(at) for at in range(QUARTERS))


@cache
def _share_before() -> tuple[float, ...]:
    """Return the share of a day's orders that come before each quarter hour, and 1 for the day's end."""
    sums = [0.0, *accumulate(_profile())]
    return tuple(each / sums[-1] for each in sums)


def _serial_at(setup: Setup, at: datetime, used: Container[int]) -> int:
    """Return a free number about where an order received at ``at`` stands in its day."""
    local = at.astimezone(setup.zone)
    serial = 1 + int(orders_on(setup, local.date()) * _share_of_day(local))
    while serial in used:
        serial += 1
    return serial


@dataclass(frozen=True)
class Receipt:
    """An order that came in at ``at`` (seconds since the epoch); ``call``: the call that it came from."""

    at: float
    call: EndedCall | None = None


@lru_cache(maxsize=16)
def receipts(setup: Setup, day: date) -> tuple[Receipt, ...]:
    """Return the orders that came in on ``day``, oldest first: those of its calls, and those by web."""
    times = max(1.0, volume(setup))
    rng = Random(f"{setup.seed}:{day}:receipts")
    came = [Receipt(at) for at in beside_phone(setup, day)]
    for call in played(setup, day).calls:
        if ends_in_order(setup, call.caller):
            came.append(Receipt(call.over, call))
            # More orders than the calls make: callers with the same luck, at about the same time.
            for number in range(int(times - 1) + (rng.random() < times % 1)):
                other = replace_fields(call.caller, id=f"{call.caller.id}+{number}", phone=people.phone(rng), about="")
                again = replace_fields(call, caller=other)
                came.append(Receipt(call.over + rng.uniform(-QUARTER, QUARTER), again))
    midnight = datetime.combine(day, time(), setup.zone).timestamp()
    return tuple(sorted((each for each in came if midnight <= each.at < midnight + 86_400), key=lambda each: each.at))


def history(
    setup: Setup, day: date, until: datetime, used: Collection[int] = (), used_on: UsedOn = lambda _day: ()
) -> Iterator[tuple[str, Order, tuple[str, Alert] | None]]:
    """Yield the orders received on ``day`` that are over by ``until``, oldest first, with their alerts.

    Their numbers are none of ``used`` (``used_on``: those of another day). Those that would still be open are left out:
    ``open_work`` makes the open ones.
    """
    luck = luck_on(setup, day)
    for serial, receipt in _numbered_receipts(setup, day, used):
        number = order_number(day, serial)
        received = moment(receipt.at, setup.zone)
        if received > until - 5 * _MINUTE:
            return
        if receipt.call is None:
            rng, order = of_web(setup, number, received)
        else:
            rng, order = of_call(setup, receipt.call.caller, receipt.call.person_id, number, received)
        over = _lived(setup, rng, order, until, luck)
        if over is None:
            continue
        if receipt.call is not None and receipt.call.caller.about:
            over = replace(over, parent_id=_parent(setup, receipt.call.caller.about, until, used_on))
        yield order_id(number), over, _old_alert(setup, rng, over)


def _numbered_receipts(setup: Setup, day: date, used: Collection[int]) -> Iterator[tuple[int, Receipt]]:
    """Yield the orders that came in on ``day`` with their serials, which are none of ``used``."""
    serial, taken = 0, frozenset(used)
    for receipt in receipts(setup, day):
        serial += 1
        while serial in taken:
            serial += 1
        yield serial, receipt


@lru_cache(maxsize=16)
def _told_first(setup: Setup, day: date, used: frozenset[int]) -> dict[str, tuple[int, Receipt]]:
    """Return what each call of ``day`` about a shared matter is about → its serial and receipt."""
    return {
        receipt.call.caller.about: (serial, receipt)
        for serial, receipt in _numbered_receipts(setup, day, used)
        if receipt.call is not None and receipt.call.caller.about
    }


def _parent(setup: Setup, about: str, until: datetime, used_on: UsedOn) -> str | None:
    """Return the id of the order that one about ``about`` was linked to; None if it is not a linked repetition."""
    first = first_of(about)
    if first is None or not is_linked(setup, about):
        return None
    day, first_about = first
    if (setup.today(setup.opened) - day).days > setup.order_days:
        return None
    serial, receipt = _told_first(setup, day, frozenset(used_on(day))).get(first_about, (0, None))
    if receipt is None or receipt.call is None:
        return None
    number = order_number(day, serial)
    call = receipt.call
    rng, order = of_call(setup, call.caller, call.person_id, number, moment(receipt.at, setup.zone))
    return None if _lived(setup, rng, order, until, luck_on(setup, day)) is None else order_id(number)


def archived(setup: Setup, day: date) -> Iterator[tuple[str, Order, tuple[str, Alert] | None]]:
    """Yield the orders of a day long past that the platform still hands out: a few of those that there were."""
    rng = Random(f"{setup.seed}:{day}:archive")
    agents = setup.staff.with_post("agent")
    count = round(_ARCHIVED_A_DAY * usual_load(day, working=setup.calendar.is_working_day(day)) * min(1, load(setup)))
    month = day.replace(day=1)
    luck = luck_of(setup.seed, month, _ARCHIVED_A_DAY * _LOAD_A_MONTH * min(1, load(setup)))
    midnight = datetime.combine(day, time(), setup.zone)
    quarters = sorted(rng.choices(range(QUARTERS), weights=_profile(), k=count))
    for serial, quarter in enumerate(quarters, 1):
        received = midnight + timedelta(seconds=QUARTER * quarter + rng.randrange(QUARTER))
        number = order_number(day, serial)
        order = order_life.receive(
            rng, number, matter(rng), received, agent_id=rng.choice(agents), phone=people.phone(rng)
        )
        over = _lived(setup, rng, order, setup.opened, luck)
        if over is not None:
            yield order_id(number), over, _old_alert(setup, rng, over)


def _lived(setup: Setup, rng: Random, received: Order, until: datetime, luck: Luck) -> Order | None:
    """Return the order as it ended; None if it is still open at ``until``."""
    order, at = received, received.received_at
    while (step := order_life.next_step(order, rng, setup.calendar, at, luck)) is not None:
        if step[0] > until:
            # Closed, and nobody has had it done again yet.
            return order if order.state == "closed" else None
        at, order = step
    return order


def _old_alert(setup: Setup, rng: Random, order: Order) -> tuple[str, Alert] | None:
    raised = world_alerts.alert_of(order_id(order.number), order, setup.zone)
    return None if raised is None else (raised[0], world_alerts.done(rng, raised[1], rng.choice(LEADS)))

"""Seeding a simulated floor: what must be there at once, and the history that is filled in behind it."""

import dataclasses
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo

from msgspec.structs import replace

from floorctl.models.alerts import Alert
from floorctl.models.base import Entity
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Sample
from floorctl.models.team import Shift
from floorctl.rules.quality import sampling
from floorctl.simulator.clock import Clock
from floorctl.simulator.content import orders as content_orders
from floorctl.simulator.seed import orders as seed_orders
from floorctl.simulator.store.store import Store
from floorctl.simulator.world import quality, records
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.missed import HISTORY, MissedCalls
from floorctl.simulator.world.past import played, quarters_until
from floorctl.simulator.world.queue import Line
from floorctl.simulator.world.resources import faults, resources
from floorctl.simulator.world.setup import AHEAD_DAYS, HISTORY_DAYS, SETTING, Setup
from floorctl.simulator.world.state import State

_HISTORY_SETTING = "world.history"
_CHUNK = 1000
#: Pause between two chunks, in seconds, in which the platform serves requests.
_BREATH = 0.002

Item = tuple[str, str, Entity]


def seed_floor(
    store: Store,
    clock: Clock,
    *,
    seed: int,
    seats: int,
    zone: tzinfo | str = "Asia/Shanghai",
    orders: int | None = None,
    scenario: str = "",
) -> None:
    """Make everything that the floor's screens show now, in one transaction.

    ``orders`` is how many orders of history will follow (see ``seed_history``), None: as many as the calls make; the
    open work grows with it. ``scenario``: what happens from now on (``simulator/scenarios.py``).
    """
    now = clock.now()
    setup = Setup(seed, seats, orders, str(zone), now, scenario)
    now = now.astimezone(setup.zone)
    today = setup.today(now)
    floor = LiveFloor(setup)
    missed = MissedCalls(setup)
    floor.telephony.on_gave_up, floor.telephony.on_got_through = missed.gave_up, missed.got_through
    shifts = list(setup.shifts(today))
    floor.start(now.timestamp(), today, shifts, quarters_until)
    work = seed_orders.open_work(setup, now)
    used = work.serials.get(today, [])
    came = sum(each.at <= now.timestamp() for each in seed_orders.receipts(setup, today))
    state = State(
        time=now.timestamp(),
        day=today,
        serial=max([came + len(used), *used]),
        open_orders=[oid for oid, _ in work.orders],
        open_alerts=[alert_id for alert_id, alert in work.alerts if alert.state != "closed"],
        serials={str(day): serials for day, serials in work.serials.items()},
    )
    items: list[Item] = [("department", did, department) for did, department in content_orders.departments()]
    items += [("category", cid, category) for cid, category in content_orders.categories()]
    items += [("rubric", quality.RUBRIC_ID, quality.rubric(today))]
    items += [("person", pid, person) for pid, person in setup.staff.people.items()]
    items += [("shift", shift_id, shift) for shift_id, shift in shifts]
    items += [
        ("resource", rid, each)
        for rid, each in resources(setup, floor.telephony, now.timestamp(), faults(setup, today))
    ]
    floor.telephony.count_staffed(now.timestamp())
    for line in floor.telephony.lines.values():
        items.append(("queue", line.queue_id, line.entity(setup.zone)))
        items += [("interval", *line.interval(start, setup.zone)) for start in sorted(line.quarters)]
    items += [("seat", desk.place.seat_id, desk.entity(setup.zone)) for desk in floor.telephony.desks.values()]
    items += [("order", oid, order) for oid, order in work.orders]
    items += [("alert", alert_id, alert) for alert_id, alert in work.alerts]
    items += [("missed_call", mid, call) for mid, call in missed.until(now)]
    items += _samples_of_today(setup, now, work)
    quarters = [
        (start, tally.offered, tally.answered)
        for line in floor.telephony.lines.values()
        for start, tally in line.quarters.items()
    ]
    items += [("handover", hid, each) for hid, each in records.handovers_of(setup, today, now, quarters)]
    with store.transaction() as tx:
        tx.set_setting(SETTING, setup.as_setting())
        tx.set_setting(State.SETTING, state)
        tx.put_many(items)


def _samples_of_today(setup: Setup, now: datetime, work: seed_orders.OpenWork) -> Iterator[Item]:
    data = _data_when_opened(setup, now, work.orders, work.serials)
    samples = quality.drawn_on(setup, setup.today(now), data)
    scored = round(len(samples) * quality.scored_share(now))
    for at, (sample_id, sample) in enumerate(samples):
        if at >= scored:
            yield "sample", sample_id, sample
            continue
        submitted = now - timedelta(minutes=4 + 11 * (scored - at) / max(1.0, setup.scale))
        yield "sample", sample_id, _scored(sample)
        yield "inspection", *quality.inspection_of(setup, sample_id, sample, submitted, now)


def _scored(sample: Sample) -> Sample:
    return replace(sample, state="scored")


def _data_when_opened(
    setup: Setup, now: datetime, open_orders: Iterable[tuple[str, Order]], first: quality.Serials
) -> quality.DrawData:
    """Return the data for the draw of the opening day: the history as it will be filled in."""
    today = setup.today(now)
    since, until = sampling.window(today, setup.calendar)
    orders = {oid: order for oid, order in open_orders if since <= order.received_at < until}
    shifts: dict[str, Shift] = {}
    day = since.date()
    while day < today:
        shifts |= dict(setup.shifts(day))
        orders |= {oid: order for oid, order, _ in seed_orders.history(setup, day, setup.opened, first.get(day, ()))}
        day += timedelta(days=1)
    samples: dict[str, Sample] = {}
    inspections: dict[str, Inspection] = {}
    seen: set[str] = set()
    agents = set(setup.staff.with_post("agent"))
    for back in range(1, HISTORY_DAYS + 1):
        day = today - timedelta(days=back)
        for sample_id, sample, inspection_id, inspection in quality.past_scores(setup, day, now):
            samples[sample_id] = replace(sample, state="scored")
            inspections[inspection_id] = inspection
            seen.add(sample.agent_id)
        # The month's samples and everyone's last score are known then; the draw uses nothing earlier.
        if day < today.replace(day=1) and seen >= agents:
            break
    rubrics = {quality.RUBRIC_ID: quality.rubric(today)}
    return quality.DrawData(setup.staff.people, orders, shifts, samples, inspections, rubrics)


def seed_history(
    store: Store, clock: Clock | None = None, *, orders: int | None = None, days: int = HISTORY_DAYS
) -> int:
    """Fill in the past, newest days first, in short transactions; return how many entities were written.

    Continues an interrupted call, and does nothing if the history is complete. ``orders``: how many, if different from
    what ``seed_floor`` was called with.

    Raises:
        LookupError: the floor has not been seeded.

    """
    stored = store.setting(SETTING)
    if stored is None:
        raise LookupError(SETTING)
    setup = Setup.from_setting(stored)
    if orders is not None and orders != setup.orders:
        setup = dataclasses.replace(setup, orders=orders)
        store.set_setting(SETTING, setup.as_setting())
    state = store.setting(State.SETTING, State)
    done: int = store.setting(_HISTORY_SETTING) or 0
    written = 0
    months = _months_before(setup, days)
    for step in range(done, days + 2 + len(months)):
        items = _step(setup, state, step, days) if step < days + 2 else _archived(setup, *months[step - days - 2])
        for chunk in _chunks(items):
            with store.transaction() as tx:
                # An interrupted call may have begun the first day, and people have worked on it since.
                new = [item for item in chunk if tx.get(item[0], item[1]) is None] if step == done else chunk
                written += tx.put_many(new)
            time.sleep(_BREATH)
        store.set_setting(_HISTORY_SETTING, step + 1)
    return written


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _step(setup: Setup, state: State | None, step: int, days: int) -> Iterator[Item]:
    """Yield step 0 (the roster ahead, knowledge, records), 1 (today's closed orders), or an earlier day."""
    opened = setup.opened
    today = setup.today(opened)
    if step == 0:
        for ahead in range(1, AHEAD_DAYS + 1):
            yield from (("shift", sid, shift) for sid, shift in setup.shifts(today + timedelta(days=ahead)))
        yield from records.knowledge(setup, opened)
        yield from (("fact", fid, fact) for fid, fact in records.facts(setup, opened))
        yield from (("surge", sid, surge) for sid, surge in records.surges(setup, days, opened))
        return
    day = today - timedelta(days=step - 1)
    if step > 1:
        yield from _day(setup, day)
    if step - 1 > setup.order_days:
        yield from _archived(setup, day, day + timedelta(days=1))
        return
    used_on = state.used_on if state is not None else lambda _day: ()
    yield from _with_alerts(seed_orders.history(setup, day, opened, used_on(day), used_on))


def _with_alerts(orders: Iterable[tuple[str, Order, tuple[str, Alert] | None]]) -> Iterator[Item]:
    for oid, order, alert in orders:
        yield "order", oid, order
        if alert is not None:
            yield "alert", *alert


def _months_before(setup: Setup, days: int) -> list[tuple[date, date]]:
    """Return the parts of the year's months, newest first, that lie before a full history: (first day, day after)."""
    ends = setup.today(setup.opened) - timedelta(days=days)
    months = []
    while days >= HISTORY_DAYS and ends.year == setup.opened.year and (ends.month, ends.day) > (1, 1):
        first = (ends - timedelta(days=1)).replace(day=1)
        months.append((first, ends))
        ends = first
    return months


def _archived(setup: Setup, first: date, end: date) -> Iterator[Item]:
    while first < end:
        yield from _with_alerts(seed_orders.archived(setup, first))
        first += timedelta(days=1)


def _day(setup: Setup, day: date) -> Iterator[Item]:
    yield from (("shift", sid, shift) for sid, shift in setup.shifts(day))
    for queue_id, quarters in played(setup, day).tallies.items():
        line = Line(queue_id, 0.0, quarters=quarters)
        for start in sorted(quarters):
            yield "interval", *line.interval(start, setup.zone)
    if setup.today(setup.opened) - day < timedelta(days=HISTORY):
        yield from (("missed_call", mid, call) for mid, call in played(setup, day).missed.until(setup.opened))
    for sample_id, sample, inspection_id, inspection in quality.past_scores(setup, day, setup.opened):
        yield "sample", sample_id, _scored(sample)
        yield "inspection", inspection_id, inspection
    counted = (
        (start, tally.offered, tally.answered)
        for quarters in played(setup, day).tallies.values()
        for start, tally in quarters.items()
    )
    yield from (("handover", hid, each) for hid, each in records.handovers_of(setup, day, setup.opened, counted))

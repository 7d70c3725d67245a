"""The simulated floor behind the platform: it moves in platform time, and takes people's commands into account.

All its state is in the store; what is in memory can be rebuilt from there. Each step is one transaction: it reads what
commands changed since the last step, runs everything due in order, and writes what changed. No other writer runs
meanwhile, so no person's change is ever overwritten.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from floorctl.models.alerts import Alert
from floorctl.models.base import Entity
from floorctl.models.floor import Seat
from floorctl.models.orders import Order
from floorctl.models.team import Shift
from floorctl.simulator.clock import Clock
from floorctl.simulator.store.store import Store, Transaction
from floorctl.simulator.world import resume
from floorctl.simulator.world.days import Days
from floorctl.simulator.world.resources import resources
from floorctl.simulator.world.setup import AHEAD_DAYS, SETTING, Setup
from floorctl.simulator.world.state import State
from floorctl.sync.platform.wire import Change, read_entity

#: Seconds: a platform that was stopped for longer starts its floor afresh; shorter, it simulates what was missed.
CATCH_UP = 6 * 3600.0
_FOLLOWED = frozenset({"seat", "shift", "order", "alert"})
_PAGE = 2000
_changes = msgspec.json.Decoder(list[Change])

Item = tuple[str, str, Entity]


class World:
    """The floor that ``seed_floor`` made, running. It may be stepped from any thread.

    ``refresh``: counters of queues, quarter hours and resources are written at most once in this many seconds of this
    machine's time.

    Raises:
        LookupError: the store holds no simulated floor.
        ValueError: it holds the floor of another seed than ``seed``.

    """

    def __init__(self, store: Store, clock: Clock, seed: int | None = None, *, refresh: float = 1.0) -> None:
        stored = store.setting(SETTING)
        if stored is None:
            raise LookupError(SETTING)
        self.setup = Setup.from_setting(stored)
        if seed is not None and seed != self.setup.seed:
            raise ValueError(f"{seed} != {self.setup.seed}")
        self._store = store
        self._clock = clock
        self._refresh = refresh
        self._lock = threading.Lock()
        #: The floor in memory; None until the first step, and again after one that failed.
        self._days: Days | None = None
        self._tx: Transaction | None = None
        self._pending: dict[tuple[str, str], Entity] = {}
        self._written: dict[tuple[str, str], Entity] = {}
        self._stored_changes = -1
        self._refreshed = 0.0
        self._cursor = self._head = 0
        store.on_commit(self._committed)

    def _committed(self, head: int) -> None:
        self._head = head

    def step(self, now: datetime | None = None) -> int:
        """Run the floor up to ``now`` (default: the clock's time); return how many events happened.

        Cheap if nothing is due. If ``now`` is before the last step, nothing happens.
        """
        at = (now or self._clock.now()).timestamp()
        with self._lock:
            if self._days is not None and not self._anything_to_do(self._days, at):
                return 0
            try:
                with self._store.transaction() as tx:
                    self._tx = tx
                    days = self._days = self._days or self._resume(tx, at)
                    self._read_changes(tx, days)
                    done = days.run(at)
                    self._write(tx, days)
                    cursor = tx.head
            except BaseException:
                # Memory and store may differ now: the next step rebuilds the floor from the store.
                self._days = None
                raise
            self._cursor = self._head = cursor
            return done

    def _anything_to_do(self, days: Days, at: float) -> bool:
        due = days.floor.agenda.next_at <= at
        return due or self._head != self._cursor or time.monotonic() - self._refreshed >= self._refresh

    # -- what people changed ---------------------------------------------------------------------------------------

    def _read_changes(self, tx: Transaction, days: Days) -> None:
        while tx.head > self._cursor:
            page = self._store.feed_page(self._cursor, _FOLLOWED, _PAGE)
            for change in _changes.decode(page.changes):
                self._apply_change(days, change)
            self._cursor = page.next
            if not page.more:
                break

    def _apply_change(self, days: Days, change: Change) -> None:
        if change.deleted:
            days.shift_removed(change.id)
            days.orders.open_alerts.discard(change.id)
            return
        # The history that is filled in behind the floor consists of closed orders, which it need not follow.
        if change.kind == "order" and change.id not in days.orders.open and _is_over(bytes(change.data)):
            return
        entity = read_entity(change.kind, change.data)
        match entity:
            case Seat():
                desk = days.floor.telephony.desks.get(change.id)
                if desk is not None and entity != self._written.get(("seat", change.id)):
                    self._written["seat", change.id] = entity
                    days.floor.telephony.apply_change(days.at, desk, entity)
            case Shift():
                days.shift_changed(change.id, entity)
            case Order():
                days.orders.changed_by_person(change.id, entity, days.at)
            case Alert(state="closed"):
                days.orders.open_alerts.discard(change.id)
            case Alert():
                days.orders.open_alerts.add(change.id)
            case _:
                pass

    # -- the store -------------------------------------------------------------------------------------------------

    def _resume(self, tx: Transaction, at: float) -> Days:
        self._pending, self._written = {}, {}
        self._refreshed, self._stored_changes = 0.0, -1
        self._cursor = tx.head
        state: State = tx.setting(State.SETTING, State)
        afresh = at - state.time > CATCH_UP
        begin = at if afresh else min(state.time, at)
        shifts = {
            sid: row.data
            for sid, row in tx.all("shift")
            if isinstance(row.data, Shift) and row.data.ends_at.timestamp() > begin
        }
        days = Days(self.setup, state, begin, shifts, self._read, self._put, self._between)
        if afresh:
            days.publish(*(days.day + timedelta(days=ahead) for ahead in range(AHEAD_DAYS + 1)))
            resume.start_afresh(days.floor, begin, days.day, days.todays_shifts)
        else:
            self._written.update(resume.resume(days.floor, tx, begin, days.day, days.todays_shifts))
        rows = ((oid, tx.get("order", oid)) for oid in state.open_orders)
        days.begin([(oid, row.data) for oid, row in rows if row is not None and isinstance(row.data, Order)])
        return days

    def _read(self, kind: str, entity_id: str) -> Entity | None:
        pending = self._pending.get((kind, entity_id))
        if pending is not None or self._tx is None:
            return pending
        row = self._tx.get(kind, entity_id)
        return None if row is None else row.data

    def _between(self, kind: str, first: str, last: str) -> dict[str, Entity]:
        if self._tx is None:
            return {}
        stored = {entity_id: row.data for entity_id, row in self._tx.between(kind, first, last)}
        return stored | {
            entity_id: entity
            for (pending_kind, entity_id), entity in self._pending.items()
            if pending_kind == kind and first <= entity_id < last
        }

    def _put(self, kind: str, entity_id: str, entity: Entity) -> None:
        self._pending[kind, entity_id] = entity

    def _write(self, tx: Transaction, days: Days) -> None:
        items: list[Item] = [(kind, entity_id, entity) for (kind, entity_id), entity in self._pending.items()]
        self._pending = {}
        items += self._if_changed(self._seats(days))
        refresh = time.monotonic() - self._refreshed >= self._refresh
        if refresh:
            self._refreshed = time.monotonic()
            items += self._if_changed(self._counters(days))
        if items:
            tx.put_many(items)
        if refresh or self._stored_changes != days.orders.changes:
            self._stored_changes = days.orders.changes
            tx.set_setting(State.SETTING, days.state())

    def _seats(self, days: Days) -> Iterator[Item]:
        telephony = days.floor.telephony
        changed, telephony.changed = telephony.changed, set()
        for seat_id in sorted(changed):
            yield "seat", seat_id, telephony.desks[seat_id].entity(self.setup.zone)

    def _counters(self, days: Days) -> Iterator[Item]:
        zone, telephony = self.setup.zone, days.floor.telephony
        for line in telephony.lines.values():
            yield "queue", line.queue_id, line.entity(zone)
            touched, line.touched = line.touched, set()
            for start in sorted(touched):
                if start in line.quarters:
                    yield "interval", *line.interval(start, zone)
        for rid, resource in resources(self.setup, telephony, days.at, days.broken):
            yield "resource", rid, resource

    def _if_changed(self, items: Iterable[Item]) -> Iterator[Item]:
        for kind, entity_id, entity in items:
            if self._written.get((kind, entity_id)) != entity:
                self._written[kind, entity_id] = entity
                yield kind, entity_id, entity


def _is_over(document: bytes) -> bool:
    return b'"state":"closed"' in document or b'"state":"answered"' in document

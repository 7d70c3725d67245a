"""The read model: entities as the person sees them, that is the platform's state with pending commands laid over it.

Only this module merges the cache and the overlay. It reads the pending commands of an entity first and the entity
second (*waiting before held*), so that a command whose outcome arrives between the two reads shows its effect from at
least one of them.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar, cast

import msgspec

from floorctl.calendar import WorkCalendar
from floorctl.floor.left_redos import LeftRedos, is_left
from floorctl.models.alerts import Alert
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity, Held
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.kinds import IN_MEMORY, KIND_OF
from floorctl.models.order_filter import OrderCounts, OrderFilter
from floorctl.models.orders import Department, MissedCall, Order
from floorctl.models.quality import Inspection, Sample
from floorctl.models.received import Received
from floorctl.models.team import Person, Shift
from floorctl.rules.assessment.order_events import Days
from floorctl.rules.floor.usual_queues import usual_queues
from floorctl.rules.orders import deadlines
from floorctl.rules.orders.departments import DepartmentCounts, counted, is_in, sent_at, sent_before
from floorctl.rules.orders.stuck import still_stuck
from floorctl.sync.batch import Batch, Removed
from floorctl.sync.cache import order_events
from floorctl.sync.cache.cache import Cache
from floorctl.sync.cache.order_events import event_days_of
from floorctl.sync.cache.orders import CLOCK_RUNS, NOT_WAITING, fits, to_dispatch
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.overlay import Overlay, OverlayJournal, Pending
from floorctl.text import typed
from floorctl.text.unknown import unknown

E = TypeVar("E", bound=Entity)

#: With more changed entities of one kind than this, read the whole kind at once.
_READ_SINGLY = 200
#: Orders per read where many are iterated.
_BATCH = 1000

#: Pending commands by the id of the entity that they change.
_Waiting = Mapping[str, tuple[Pending, ...]]


class OrderWindow(msgspec.Struct, frozen=True):
    """A window of a list of orders.

    ``total`` counts the whole list. ``more``: a search with more hits than it examines; ``total`` then counts the hits
    among the newest of them. ``known``: in a search while the index is incomplete, (orders indexed, all orders); None
    once all are indexed.
    """

    orders: list[Held[Order]]
    total: int
    more: bool = False
    known: tuple[int, int] | None = None


class ReadModel:
    """Reads entities as the person sees them. Thread-safe: the engine's thread updates it, any thread reads it.

    The kinds ``IN_MEMORY`` are read from memory, all others from the cache, which takes a few milliseconds. The overlay
    compares with the entities held here, so that a command stays laid over its target until its outcome has arrived
    here, not only in the cache.
    """

    def __init__(
        self, cache: Cache, journal: OverlayJournal, calendar: WorkCalendar, left: LeftRedos | None = None
    ) -> None:
        self._cache = cache
        self._left = left
        self._calendar = calendar
        self._lock = threading.RLock()
        self._applying = threading.Lock()
        self._rows: dict[str, dict[str, Held[Entity]]] = {kind: {} for kind in IN_MEMORY}
        self._loaded: set[str] = set()
        self._overlay = Overlay(journal, self._sent, cache.removed_version)

    # -- taking in

    def apply(self, batch: Batch) -> None:
        """Apply what changed in the cache and the journal."""
        # One batch at a time: if two batches read the same entity, the later one must have the later state.
        with self._applying:
            for kind in IN_MEMORY:
                ids = batch.ids.get(kind)
                if ids is not None:
                    self._apply(kind, ids, batch.rows.get(kind, {}))
        self._overlay.refresh()

    def refresh(self) -> bool:
        """Apply what changed in the journal; return whether anything had, by this process or another."""
        return self._overlay.refresh()

    def _apply(self, kind: str, ids: set[str], fresh: Mapping[str, Held[Entity] | Removed]) -> None:
        with self._lock:  # wait for a first reading that has begun: it may predate the change
            if kind not in self._loaded:
                return
            if not ids:
                self._loaded.discard(kind)
                return
        unread = ids - fresh.keys()
        # A rebuild changes everything at once: one read of the kind beats thousands of single ones.
        whole = len(unread) > _READ_SINGLY
        read = self._cache.all(kind) if whole else {id_: self._cache.get(kind, id_) for id_ in unread}
        with self._lock:
            rows = {} if whole else dict(self._rows[kind])  # a copy: other threads may be iterating the current dict
            for id_, held in read.items():
                _put(rows, id_, held)
            for id_, row in fresh.items():
                known = rows.get(id_)
                # A first reading may have found a later version of this entity already.
                if known is None or known.version <= row.version:
                    _put(rows, id_, None if isinstance(row, Removed) else row)
            self._rows[kind] = rows

    # -- entities of any kind

    def get(self, entity: type[E], id_: str) -> Held[E] | None:
        """Return one entity, None where there is none."""
        return cast("Held[E] | None", self._get(KIND_OF[entity], id_))

    def value(self, entity: type[E], id_: str | None) -> E | None:
        """The value of one entity; None where there is none, or no id."""
        held = self.get(entity, id_) if id_ else None
        return None if held is None else held.value

    def all(self, entity: type[E]) -> Mapping[str, Held[E]]:
        """Every entity of a kind, by its id. Not for orders and intervals, of which there may be a million."""
        kind = KIND_OF[entity]
        return self._merged(entity, lambda: self._sent_all(kind) if kind in IN_MEMORY else self._cache.all(kind))

    def many(self, entity: type[E], ids: Iterable[str]) -> Mapping[str, Held[E]]:
        """The entities among ``ids`` that exist."""
        wanted = frozenset(ids)
        return self._merged(entity, lambda: self._sent_some(KIND_OF[entity], wanted), wanted) if wanted else {}

    def shifts(self, since: datetime, until: datetime) -> Mapping[str, Held[Shift]]:
        """The shifts that overlap the time from ``since`` to ``until``, ordered by their start."""
        return self._merged(Shift, lambda: self._cache.shifts(since, until), ())

    def samples(self, since: date | None = None) -> Mapping[str, Held[Sample]]:
        """The samples of ``since`` and later, and older ones that have pending commands."""
        return self.all(Sample) if since is None else self._merged(Sample, lambda: self._cache.samples_since(since))

    def inspections(self, since: datetime | None = None) -> Mapping[str, Held[Inspection]]:
        """The inspections submitted at ``since`` or later, and older ones that have pending commands."""
        if since is None:
            return self.all(Inspection)
        return self._merged(Inspection, lambda: self._cache.inspections_since(since))

    def missed_calls(self, since: datetime) -> Mapping[str, Held[MissedCall]]:
        """The calls missed at ``since`` or later, and older ones that have pending commands."""
        return self._merged(MissedCall, lambda: self._cache.missed_calls_since(since))

    def holds_any(self, entity: type[Entity]) -> bool:
        """Whether the platform has sent any entity of a kind that it may not know."""
        return self._cache.count(KIND_OF[entity]) > 0

    def intervals(self, queue_id: str, since: datetime, until: datetime) -> list[Interval]:
        """The quarter-hour intervals of a queue that start at ``since`` or later and before ``until``."""
        return self._cache.intervals(queue_id, since, until)

    def pending(self, entity: type[Entity], id_: str) -> tuple[OutboxItem, ...]:
        """The commands that are laid over an entity, in the order in which they were made."""
        return tuple(pending.item for pending in self._overlay.waiting_for(KIND_OF[entity], id_))

    def lookup(self, kind: str, id_: str) -> Entity | None:
        """Return the entity of ``kind`` with this id, for rules that read entities other than their target."""
        held = self._get(kind, id_)
        return None if held is None else held.value

    def confidential(self, kind: str, id_: str | None) -> bool:
        """Whether an entity is a confidential order, or about one: a sample, its score, an alert."""
        value = self.lookup(kind, id_) if id_ and kind in ("order", "sample", "inspection", "alert") else None
        match value:
            case Order():
                return value.confidential
            case Sample():
                return self.confidential("order", value.order_id) or self.confidential(
                    value.target.kind, value.target.id
                )
            case Inspection():
                return self.confidential("sample", value.sample_id)
            case Alert():
                return value.subject.kind == "order" and self.confidential("order", value.subject.id)
        return False

    def named(self, kind: str, id_: str) -> Entity | None:
        """Return an entity to name. One that a pending command removes has its name until the platform confirms it."""
        entity = self.lookup(kind, id_)
        if entity is None and (held := self._sent(kind, id_)) is not None:
            return held.value
        return entity

    # -- orders

    def orders(
        self, wanted: OrderFilter, now: datetime, *, sort: str = "latest", offset: int = 0, limit: int = 100
    ) -> OrderWindow:
        """A window of the orders that fit ``wanted``. ``sort``: one of ``ORDER_SORTS``; ``-`` in front reverses it.

        An order leaves the list as soon as a pending command makes it unfit. One that a pending command makes fit is
        at the top of the list until the platform confirms it.
        """
        if wanted.stuck and self._left is not None and not self._left.can():
            wanted = msgspec.structs.replace(wanted, redos=False)
        waiting = self._overlay.waiting("order")
        come, gone = self._moved(wanted, waiting, now)
        if wanted.stuck and (left := self._left_ids()):
            come, gone = [held for held in come if held.id not in left], gone | left
        window = come[offset : offset + limit]
        sent, total = self._cache.orders(
            wanted, now, sort=sort, offset=max(offset - len(come), 0), limit=limit - len(window), exclude=gone
        )
        window += self._orders_laid(sent, waiting)
        searched = bool(wanted.search.strip())
        known = self._cache.search_progress() if searched and self._cache.search_remaining() else None
        return OrderWindow(window, total + len(come), more=self._cache.search_goes_on(wanted.search), known=known)

    def orders_numbered(
        self, beginning: str, wanted: OrderFilter, now: datetime, *, sort: str = "latest", limit: int = 50
    ) -> list[Held[Order]]:
        """The first orders that fit ``wanted`` as the platform sent them and whose number starts with ``beginning``."""
        waiting = self._overlay.waiting("order")
        return self._orders_laid(self._cache.orders_numbered(beginning, wanted, now, sort, limit), waiting)

    def orders_received(self, earliest: datetime, now: datetime) -> Iterator[list[Held[Order]]]:
        """The orders received since ``earliest``, newest first, in batches; one empty batch where there is none."""
        offset, read = 0, set[str]()
        while True:
            waiting = self._overlay.waiting("order")
            sent, _ = self._cache.orders(OrderFilter(), now, sort="received", offset=offset, limit=_BATCH)
            # An order that arrives meanwhile pushes the last of a batch into the next one; don't yield it twice.
            fresh = [held for held in sent if held.id not in read]
            read = {held.id for held in sent}
            batch = [held for held in self._orders_laid(fresh, waiting) if held.value.received_at >= earliest]
            yield batch
            if len(sent) < _BATCH or len(batch) < len(fresh):
                return
            offset += _BATCH

    def order_id(self, number_or_id: str, now: datetime) -> str | None:
        """The id of the order with this number or id, as people type it; None where there is none."""
        meant = typed.compact(number_or_id)
        found = self._cache.find_order(number_or_id) or self._cache.find_order(meant)
        if found is not None:
            return found.id
        # The platform may have the number in another form than people type it.
        hits, _ = self._cache.orders(OrderFilter(search=meant), now)
        return next((held.id for held in hits if typed.compact(held.value.number) == meant), None)

    def orders_of_caller(self, caller: int, since: datetime, until: datetime, limit: int) -> list[Held[Order]]:
        """The newest ``limit`` orders of a caller (``caller_key``) received from ``since`` to ``until``."""
        waiting = self._overlay.waiting("order")
        return self._orders_laid(self._cache.orders_of_caller(caller, since, until, limit), waiting)

    def orders_alike(
        self, order_id: str, names: Sequence[str], problems: Sequence[str], since: datetime, until: datetime, limit: int
    ) -> list[Held[Order]]:
        """At most ``limit`` orders received from ``since`` to ``until`` that share the most with an order: of
        ``names`` and of ``problems``, which are pairs of characters.

        Only orders that are in the search index are found.
        """
        waiting = self._overlay.waiting("order")
        found = self._cache.orders_alike(order_id, names, problems, since, until, limit)
        return self._orders_laid(found, waiting)

    def leading(self, order: Held[Order]) -> Held[Order]:
        """The order on which acts on ``order`` are done: the one that it repeats, else itself."""
        passed = {order.id}
        while (parent_id := order.value.parent_id) is not None and parent_id not in passed:
            if (parent := self.get(Order, parent_id)) is None:
                break
            passed.add(parent_id)
            order = parent
        return order

    def repetitions(self, parent_id: str) -> list[Held[Order]]:
        """The orders that repeat ``parent_id``, oldest first, pending links and unlinks included."""
        waiting = self._overlay.waiting("order")
        sent = [held for held in self._cache.repetitions(parent_id) if held.id not in waiting]
        linked = [held for held in self._touched_orders(waiting) if held.value.parent_id == parent_id]
        return sorted([*sent, *linked], key=lambda held: held.value.received_at)

    def orders_reaching(self, what: str, since: datetime, until: datetime) -> list[str]:
        """The ids of open orders of which a limit ends from ``since`` to ``until``, as the platform sent them.

        ``what``: ``limit`` or ``dispatch``. The earliest is first.
        """
        return self._cache.orders_reaching(what, since, until)

    def special_orders_since(self, since: datetime) -> list[str]:
        """The ids of open special orders received at ``since`` or later, as the platform sent them."""
        return self._cache.orders_received(since, ("special", "special_urgent"))

    def pending_ids(self, entity: type[Entity]) -> Collection[str]:
        """The ids of the entities of a kind that commands are pending for."""
        return self._overlay.waiting(KIND_OF[entity]).keys()

    def order_counts(self, now: datetime, due_soon_hours: float) -> OrderCounts:
        """Count the orders by what they need, pending commands included."""
        waiting = self._overlay.waiting("order")
        counts = self._cache.order_counts(now, self._calendar, waiting, due_soon_hours)
        for held in self._touched_orders(waiting):
            counts = self._plus(counts, held.value, now, due_soon_hours)
        if self._left is not None and not self._left.can():
            wanted = OrderFilter(stuck=True, redos=False)
            return msgspec.structs.replace(counts, stuck=self.orders(wanted, now, sort="stuck", limit=0).total)
        if left := self._left_ids():
            listed = self._cache.orders_among(OrderFilter(stuck=True), now, left - waiting.keys())
            shown = {held.id for held in self._touched_orders(waiting) if still_stuck(held.value, now)}
            counts = msgspec.structs.replace(counts, stuck=counts.stuck - len(listed) - len(shown & left))
        return counts

    def is_left(self, held: Held[Order]) -> bool:
        """Whether the redo that is proposed on an order was left out at this terminal."""
        return self._left is not None and self._left.holds(held.id, held.value)

    def leave(self, held: Held[Order], now: datetime) -> None:
        """Leave out the redo that is proposed on an order."""
        if self._left is not None:
            self._left.add(held.id, held.value, now)

    def _left_ids(self) -> set[str]:
        left = self._left.ids() if self._left is not None else {}
        held = self.many(Order, left) if left else {}
        return {id_ for id_, each in held.items() if is_left(id_, each.value, left)}

    def order_events(self, stretches: Sequence[Days], now: datetime) -> list[Counter[int]]:
        """Count the orders by event (its number) in each range of days, as of ``now``."""
        waiting = self._overlay.waiting("order")
        counted = self._cache.order_events(stretches, now, waiting)
        if waiting:
            event_days = event_days_of(self._calendar.zone)
            stamps = [order_events.stamps(held.value) for held in self._touched_orders(waiting)]
            for days, counts in zip(stretches, counted, strict=True):
                counts.update(event_days.count(stamps, days, now.timestamp()))
        return counted

    def orders_with_event(self, event: int, days: Days, now: datetime) -> dict[str, Order]:
        """The orders to which ``event`` may have happened in ``days``, by id: all to which it did, and a few more."""
        waiting = self._overlay.waiting("order")
        sent = self._cache.orders_with_event(event, days, now)
        touched = {held.id: held.value for held in self._touched_orders(waiting)}
        return {id_: held.value for id_, held in sent.items()} | touched

    def received_since(self, at: datetime, most: int) -> list[Received]:
        """Who called about what and where since ``at``, as the platform knows it, in the order of receipt."""
        return self._cache.received_since(at, most)

    def departments(self, days: Days, now: datetime, accept_seconds: float) -> dict[str, DepartmentCounts]:
        """Count the orders sent to each department (its id) in ``days``, as of ``now``, pending commands included."""
        waiting = self._overlay.waiting("order")
        zone, counts = self._calendar.zone, self._cache.departments(days, now, accept_seconds, waiting)
        touched = {held.id: held.value for held in self._touched_orders(waiting)}
        come_back = {id_: held.value for id_, held in self._cache.orders_come_back(days).items()} | touched

        def add(department: str | None, one: DepartmentCounts) -> None:
            if department is not None:
                counts[department] = counts.get(department, DepartmentCounts()) + one

        for order in touched.values():
            sent = sent_at(order)
            if sent is not None and is_in(sent, days, zone):
                limit = deadlines.limit_at(order, self._calendar)
                add(order.lead_department_id, counted(order, limit, self._calendar, now, accept_seconds))
        for order in come_back.values():
            if order.dispatched_at is not None and is_in(order.dispatched_at, days, zone):
                for department in sent_before(order):
                    add(department, DepartmentCounts(dispatched=1, returned=1, passed_on=1))
        return counts

    def _orders_laid(self, sent: Iterable[Held[Order]], waiting: _Waiting) -> list[Held[Order]]:
        laid = (self._laid("order", held.id, held, waiting.get(held.id, ())) for held in sent)
        return [cast("Held[Order]", held) for held in laid if held is not None]

    def _moved(self, wanted: OrderFilter, waiting: _Waiting, now: datetime) -> tuple[list[Held[Order]], set[str]]:
        """The orders that pending commands add to the list, newest first, and the ids of those that they remove."""
        if not waiting or wanted == OrderFilter():
            return [], set()
        listed = self._cache.orders_among(wanted, now, waiting)
        fitting = {held.id: held for held in self._touched_orders(waiting) if self._fits(held.value, wanted, now)}
        come = fitting.keys() - listed
        if come and wanted.search.strip():  # no command changes the text that is searched
            come = self._cache.orders_among(OrderFilter(search=wanted.search), now, come)
        found = [held for id_, held in fitting.items() if id_ in come]
        return sorted(found, key=lambda held: held.value.received_at, reverse=True), listed - fitting.keys()

    def _fits(self, order: Order, wanted: OrderFilter, now: datetime) -> bool:
        return fits(order, deadlines.limit_at(order, self._calendar), now, wanted)

    def _touched_orders(self, waiting: _Waiting) -> list[Held[Order]]:
        sent = self._cache.get_many("order", waiting)
        laid = (self._laid("order", id_, sent.get(id_), pending) for id_, pending in waiting.items())
        return [cast("Held[Order]", held) for held in laid if held is not None]

    def _plus(self, counts: OrderCounts, order: Order, now: datetime, due_soon_hours: float) -> OrderCounts:
        """Return ``counts`` with ``order`` added."""
        limit, waits = deadlines.limit_at(order, self._calendar), to_dispatch(order)
        earliest, due = counts.earliest_dispatch_due_at, deadlines.dispatch_due_at(order)
        if due is not None and waits == CLOCK_RUNS:
            earliest = due if earliest is None else min(due, earliest)
        return OrderCounts(
            overdue=counts.overdue + deadlines.overdue(order, limit, now),
            due_soon=counts.due_soon + deadlines.due_soon(order, limit, now, self._calendar, due_soon_hours),
            to_dispatch=counts.to_dispatch + (waits != NOT_WAITING),
            to_call_back=counts.to_call_back + deadlines.waits_for_call_back(order),
            stuck=counts.stuck + still_stuck(order, now),
            earliest_dispatch_due_at=earliest,
        )

    # -- sorted for both front ends

    def seats(self) -> list[Held[Seat]]:
        """Every seat, by zone and number."""
        return sorted(
            self.all(Seat).values(), key=lambda held: (held.value.zone, len(held.value.number), held.value.number)
        )

    def queues(self) -> list[Held[Queue]]:
        """Every queue, the general line first."""

        def place(held: Held[Queue]) -> tuple[bool, bool, str, str]:
            return held.value.line != "12345", held.value.line != "12333", held.value.name, held.id

        return sorted(self.all(Queue).values(), key=place)

    def resources(self) -> list[Held[Resource]]:
        """Every resource: trunk and licences first, then equipment."""
        order = {"trunk": 0, "licence": 1}
        return sorted(
            self.all(Resource).values(), key=lambda held: (order.get(held.value.kind, 2), held.value.kind, held.id)
        )

    def facts(self) -> list[Held[Fact]]:
        """The facts that the monthly assessment counts besides orders and people, by day."""
        return sorted(self.all(Fact).values(), key=lambda held: (held.value.day, held.id))

    # -- people, departments

    def person_name(self, person_id: str | None) -> str:
        """The person's name; the text for an unknown person where it is not held here; empty for None."""
        if not person_id:
            return ""
        person = self.value(Person, person_id)
        return unknown("person") if person is None else person.name

    def team(self, person_id: str | None) -> str:
        """The person's team; empty where it is not known."""
        person = self.value(Person, person_id)
        return "" if person is None else person.team or ""

    def usual_queues(self, person_id: str | None) -> tuple[str, ...]:
        """The ids of the queues that this person's seat usually serves; empty where they are not known."""
        return usual_queues(self.value(Person, person_id), self.all(Queue).keys())

    def department_name(self, department_id: str | None) -> str:
        """The department's name; the text for an unknown one where it is not held here; empty for None."""
        if not department_id:
            return ""
        department = self.value(Department, department_id)
        return unknown("department") if department is None else department.name

    # -- the platform's entities, and the overlay on them

    def _get(self, kind: str, id_: str) -> Held[Entity] | None:
        waiting = self._overlay.waiting_for(kind, id_)  # before the entity is read
        return self._laid(kind, id_, self._sent(kind, id_), waiting)

    def _sent(self, kind: str, id_: str) -> Held[Entity] | None:
        """One entity as the platform sent it, without pending commands."""
        return self._sent_all(kind).get(id_) if kind in IN_MEMORY else self._cache.get(kind, id_)

    def _sent_all(self, kind: str) -> dict[str, Held[Entity]]:
        """The entities of an in-memory kind as the platform sent them. The dict is not changed after it is returned."""
        with self._lock:
            if kind not in self._loaded:
                self._rows[kind] = self._cache.all(kind)
                self._loaded.add(kind)
            return self._rows[kind]

    def _sent_some(self, kind: str, ids: Collection[str]) -> dict[str, Held[Entity]]:
        if kind not in IN_MEMORY:
            return self._cache.get_many(kind, ids)
        rows = self._sent_all(kind)
        return {id_: rows[id_] for id_ in ids if id_ in rows}

    def _merged(
        self, entity: type[E], read: Callable[[], Mapping[str, Held[Entity]]], among: Collection[str] | None = None
    ) -> Mapping[str, Held[E]]:
        """Return the entities that ``read`` returns, with the pending commands laid over them.

        ``among``: ids of the further entities that pending commands may add; None: any. Where nothing is pending, the
        dict that ``read`` returned is returned unchanged.
        """
        kind = KIND_OF[entity]
        waiting: _Waiting = self._overlay.waiting(kind)  # before the entities are read
        rows = read()
        if among is not None:
            waiting = {id_: pending for id_, pending in waiting.items() if id_ in rows or id_ in among}
        if waiting:
            rows = dict(rows)
            if unread := waiting.keys() - rows.keys():
                rows |= self._sent_some(kind, unread)
            for id_, pending in waiting.items():
                _put(rows, id_, self._laid(kind, id_, rows.get(id_), pending))
        return cast("Mapping[str, Held[E]]", rows)

    def _laid(
        self, kind: str, id_: str, held: Held[Entity] | None, waiting: tuple[Pending, ...]
    ) -> Held[Entity] | None:
        """``held`` with its pending commands laid over it; None where they leave no entity."""
        if not waiting:
            return held
        value, pending = self._overlay.view(kind, id_, held, waiting)
        return None if value is None else Held(id_, 0 if held is None else held.version, value, pending)


def _put(rows: dict[str, Held[Entity]], id_: str, held: Held[Entity] | None) -> None:
    if held is None:
        rows.pop(id_, None)
    else:
        rows[id_] = held

"""A ``Floor`` on real files with a platform that tests drive step by step, to play any order of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec

from floorctl.errors import FloorctlError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.floor.views import AlertView, OrderView, QueueView, SeatView
from floorctl.models.base import Entity, Ref
from floorctl.models.masked import Grant
from floorctl.models.order_filter import OrderCounts, OrderFilter
from floorctl.models.orders import Order
from floorctl.rules.commands.apply import apply
from floorctl.rules.commands.refusal import Refused
from floorctl.rules.orders import deadlines
from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.journal.journal import Journal
from floorctl.sync.journal.ordering import base_to_send
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform import wire
from floorctl.text.phrases import refusal
from tests.build import HOUR, NOWHERE, Entities, config
from tests.floor_access import cache_of, journal_of
from tests.sync.storage import NOW, alert, order, seat, session

Key = tuple[str, str]

_made = Entities(NOW)


def unmasked(view: SeatView | QueueView | AlertView | OrderView) -> Any:
    """Return the entity of a view unmasked, for comparing it with the platform's data."""
    kind = type(view).__name__.removesuffix("View").lower()
    return view.record.open(Grant(0, kind, None))


def hours(n: float) -> str:
    """Return the time ``n`` hours after NOW, as it is sent."""
    return (NOW + timedelta(hours=n)).isoformat()


def starting_entities() -> dict[Key, Entity]:
    """Return entities in every state that acts depend on, with times hours away from any limit."""
    ready = {"reviewed_at": hours(-1)}
    sent = {"dispatched_at": hours(-30), "lead_department_id": "d-1", "department_ids": ["d-1"]} | ready
    handled = {"state": "handled", "handled_at": hours(-3), "callback_required": True} | sent
    orders = {
        "o-1": order(1, due_at=hours(90)),
        "o-2": order(2, state="ready", due_at=hours(90), **ready),
        "o-3": order(3, state="returned", due_at=hours(90), **{**sent, "reviewed_at": hours(-40)}),
        "o-4": order(4, due_at=hours(90), **handled),
        "o-5": order(5, due_at=hours(90), **handled),
        "o-6": order(6, state="dispatched", **{**sent, "due_at": hours(-5)}),
        "o-7": order(7, state="accepted", **{**sent, "due_at": hours(2)}),
        "o-8": order(8, due_at=hours(90), closed_at=hours(-1), **{
            **handled, "state": "closed", "callback_outcome": "reached"}),
        "o-9": order(9, due_at=hours(90), **{**handled, "callback_outcome": "reached"}),
        "o-10": order(10, state="received", due_at=hours(-1)),
    }  # fmt: skip
    counts = {"waiting": 3, "offered": 9, "answered": 8, "abandoned": 1, "answered_in_target": 7, "target_level": 0.85}
    pauses = [_made.pause(-HOUR), _made.pause(HOUR), _made.pause(2 * HOUR, kind="meal")]
    steps = [_made.step(kind, HOUR) for kind in ("phone_department", "follow_up")]
    surge: dict[str, Any] = {"kind": "other", "title": "排队激增", "subject": Ref("queue", "q-12345")}
    entities: dict[Key, Entity] = {("order", each): data for each, data in orders.items()}
    return entities | {
        ("seat", "s-1"): seat(person_id="p-2001", shift_id="sh-1"),
        ("seat", "s-2"): _made.talking(number="02", person_id="p-2002", shift_id=None),
        ("seat", "s-3"): seat(number="03", state="signed_out", person_id=None, shift_id=None),
        ("queue", "q-1"): _made.queue(**counts), ("queue", "q-2"): _made.queue(name="人社", line="12333", **counts),
        ("department", "d-1"): _made.department(),
        ("department", "d-2"): _made.department(name="城管局"),
        ("alert", "a-1"): alert(**surge, steps=steps), ("alert", "a-2"): alert(**surge, severity="critical"),
        ("shift", "sh-1"): _made.shift(
            person_id="p-2001", starts_at=hours(-2), ends_at=hours(6), pauses=pauses),
    }  # fmt: skip


class Stage:
    """A floor and a platform's data: ``feed`` delivers the changes, ``answer`` decides the next command."""

    def __init__(self, folder: Path, role: str = "supervisor") -> None:
        self.folder = folder
        self.config = config(folder)
        first = open_terminal(self.config)
        journal_of(first).save_session(session(role), platform=NOWHERE)
        first.close()
        self.platform: dict[Key, tuple[int, Entity]] = {}
        self.held: dict[Key, tuple[int, Entity]] = {}
        self.unfed: list[Key] = []
        self.cursor = 0
        #: Command id → versions of the entities, other than its target, that it changed.
        self.side_versions: dict[str, dict[Key, int]] = {}
        self.floor = self.open_floor()
        for key, entity in starting_entities().items():
            self.put(key, entity)
        self.feed()

    def open_floor(self) -> Floor:
        """Return another floor on the same files, as a second window has it."""
        floor = open_terminal(self.config)
        floor.clock.observe(NOW)
        return floor

    def reopen(self) -> None:
        """Close the floor and open it again, as after a restart of the program."""
        self.floor.close()
        self.floor = self.open_floor()

    @property
    def journal(self) -> Journal:
        return journal_of(self.floor)

    def reread_session(self) -> None:
        """Pass the current connection status to the floor, which makes it read again who is signed in."""
        seen = self.floor.status.connection()
        as_of = seen.as_of if seen.mode == "live" else None
        self.floor.live.take_connection_status(
            ConnectionStatus(mode=seen.mode, as_of=as_of, offline_seconds=seen.offline_seconds)
        )

    # -- the platform

    def put(self, key: Key, entity: Entity) -> int:
        """Store an entity on the platform and return its version; ``feed`` delivers it."""
        version = self.platform.get(key, (0, None))[0] + 1
        self.platform[key] = (version, entity)
        self.unfed.append(key)
        return version

    def change(self, key: Key, **fields: Any) -> None:
        """Change an entity on the platform, as another terminal would."""
        self.put(key, msgspec.structs.replace(self.platform[key][1], **fields))

    def to_cache(self, keys: list[Key]) -> Batch:
        """Write changes of these entities into the cache, without notifying the floor."""
        self.cursor += 1
        changes = tuple(
            msgspec.Raw(
                msgspec.json.encode(
                    {
                        "kind": key[0], "id": key[1], "version": self.platform[key][0], "deleted": False,
                        "data": self.platform[key][1],
                    }
                )
            )
            for key in dict.fromkeys(keys)
        )  # fmt: skip
        page = wire.Page(changes=changes, next=str(self.cursor), more=False, server_time=NOW)
        changed = cache_of(self.floor).apply(page).batch
        cache_of(self.floor).index_some(100)
        self.held |= {key: self.platform[key] for key in keys}
        return changed

    def feed(self, how_many: int | None = None) -> None:
        """Deliver the next ``how_many`` changes (None: all) to the floor."""
        keys, self.unfed = self.unfed[:how_many], self.unfed[len(self.unfed[:how_many]) :]
        if keys:
            self.floor.live.take_in(self.to_cache(keys))

    def answer(self, item: OutboxItem | None = None) -> None:
        """Decide the next command that can be sent, by the contract's rules."""
        if item is None:
            item = next(iter(self.journal.sendable(1)), None)
        if item is None:
            return
        target = (item.target.kind, item.target.id)
        version, entity = self.platform.get(target, (0, None))
        body = journal_of(self.floor).claim(item.id, _base(self.journal, item))
        base_version = json.loads(body)["base_version"]
        if base_version is not None and base_version != version:
            current = wire.Change(kind=target[0], id=target[1], version=version, deleted=False)
            self.journal.park(item.id, "conflict", wire.Problem(title="变了", status=409, current=current))
        else:
            try:
                effects = apply(
                    item.command(base_version),
                    entity,
                    by=item.made_by,
                    at=self.floor.now(),
                    lookup=lambda kind, id_: self.platform.get((kind, id_), (0, None))[1],
                )
            except Refused as refused:
                errors = tuple(
                    wire.FieldError(each.field, refusal(each.reason, each.params)) for each in refused.errors
                )
                self.journal.park(item.id, "refused", wire.Problem(title="不行", status=422, errors=errors))
            else:
                assert None not in effects.values(), "no command on this stage removes an entity"
                versions = {key: self.put(key, after) for key, after in effects.items() if after is not None}
                self.side_versions[item.id] = {key: version for key, version in versions.items() if key != target}
                came_to = self.platform[target][0] if effects else None
                self.journal.mark_applied(
                    item.id, wire.Outcome(id=item.id, applied_at=self.floor.now(), version=came_to)
                )
        self.floor.live.take_in(Batch({"outbox": {item.id}}))

    # -- the expected state

    def expected(self, key: Key) -> tuple[Entity | None, tuple[str, ...]]:
        return with_pending(
            self.outbox_in_order(), key, lambda each: self.held.get(each, (0, None)), self.side_versions
        )

    def outbox_in_order(self) -> list[OutboxItem]:
        return sorted(self.journal.items(), key=lambda item: (item.place, item.seq))

    def orders(self) -> dict[str, Order]:
        return {key[1]: cast(Order, self.expected(key)[0]) for key in self.held if key[0] == "order"}

    def counts(self) -> OrderCounts:
        now, calendar = self.floor.now(), self.floor.calendar
        orders = [(each, deadlines.limit_at(each, calendar)) for each in self.orders().values()]
        dues = [
            due
            for each, _ in orders
            if deadlines.waits_for_dispatch(each)
            and not each.dispatched_at
            and (due := deadlines.dispatch_due_at(each)) is not None
        ]
        return OrderCounts(
            overdue=sum(deadlines.overdue(each, limit, now) for each, limit in orders),
            due_soon=sum(deadlines.due_soon(each, limit, now, calendar) for each, limit in orders),
            to_dispatch=sum(deadlines.waits_for_dispatch(each) for each, _ in orders),
            to_call_back=sum(deadlines.waits_for_call_back(each) for each, _ in orders),
            earliest_dispatch_due_at=min(dues, default=None),
        )

    def check(self) -> None:
        """Check that everything the floor shows is the platform's data fed so far with the pending commands applied."""
        seen: dict[Key, tuple[Entity, tuple[str, ...]]] = {}
        for view in self.floor.seats.all():
            seen["seat", view.id] = (unmasked(view), view.pending)
        for queue in self.floor.queues.all():
            seen["queue", queue.id] = (unmasked(queue), queue.pending)
        for each in self.floor.alerts.all(closed=True):
            seen["alert", each.id] = (unmasked(each), each.pending)
        for key in self.held:
            if key[0] == "order":
                found = self.floor.orders.get(key[1])
                seen[key] = (unmasked(found), found.pending)
        for key in self.held:
            if key[0] in ("seat", "queue", "alert", "order"):
                assert seen[key] == self.expected(key), key
        self.check_counts()
        for order_filter, matches in LISTS:
            self.check_list(order_filter, matches)

    def check_counts(self) -> None:
        assert self.floor.orders.count() == self.counts()

    def check_list(self, order_filter: OrderFilter, matches: Callable[[Stage, Order], bool]) -> None:
        expected = {each: order for each, order in self.orders().items() if matches(self, order)}
        found, offset = [], 0
        while True:
            page = self.floor.orders.page(order_filter, offset=offset, limit=3)
            assert page.total == len(expected), order_filter
            found += page.items
            offset += 3
            if offset >= page.total:
                break
        assert len(found) == len(expected)
        assert {view.id: view.order for view in found} == expected, order_filter
        assert all(view.pending == self.expected(("order", view.id))[1] for view in found)


def with_pending(
    items: list[OutboxItem],
    key: Key,
    held: Callable[[Key], tuple[int, Entity | None]],
    side_versions: Mapping[str, Mapping[Key, int]],
) -> tuple[Entity | None, tuple[str, ...]]:
    """Return the expected state of an entity, and the ids of its pending commands.

    ``held``: the cached version and state. ``items``: the outbox in order; those that are already part of the version
    are left out. ``side_versions``: command id → versions of the other entities that it changed.
    """
    version, entity = held(key)
    ids = []
    for item in items:
        if (item.target.kind, item.target.id) != key or item.state not in ("waiting", "sending", "applied"):
            continue
        if item.state == "applied" and (
            item.outcome_version is None
            or (
                item.outcome_version <= version
                and all(held(each)[0] >= to for each, to in side_versions.get(item.id, {}).items())
            )
        ):
            continue
        ids.append(item.id)
        try:
            effects = apply(
                item.command(item.base_version),
                entity,
                by=item.made_by,
                at=item.made_at,
                lookup=lambda kind, id_: held((kind, id_))[1],
            )
        except Refused:
            continue
        entity = effects.get(key, entity)
    return entity, tuple(ids)


def _base(journal: Journal, item: OutboxItem) -> int | None:
    return base_to_send(item, journal.predecessor(item))


def _overdue(stage: Stage, each: Order) -> bool:
    return deadlines.overdue(each, deadlines.limit_at(each, stage.floor.calendar), stage.floor.now())


def _soon(stage: Stage, each: Order) -> bool:
    limit = deadlines.limit_at(each, stage.floor.calendar)
    now = stage.floor.now()
    open_ = deadlines.unhandled(each) and each.parent_id is None
    return open_ and limit is not None and now <= limit <= now + timedelta(hours=3)


LISTS: tuple[tuple[OrderFilter, Callable[[Stage, Order], bool]], ...] = (
    (OrderFilter(), lambda _, each: True),
    (OrderFilter(to_dispatch=True), lambda _, each: deadlines.waits_for_dispatch(each)),
    (OrderFilter(to_call_back=True), lambda _, each: deadlines.waits_for_call_back(each)),
    (OrderFilter(overdue=True), _overdue),
    (OrderFilter(due_within=3 * 3600.0), _soon),
    (OrderFilter(state=("dispatched", "closed")), lambda _, each: each.state in ("dispatched", "closed")),
    (OrderFilter(department="d-2"), lambda _, each: each.lead_department_id == "d-2"),
    (OrderFilter(department="nobody", state=("ready",)), lambda *_: False),
    (
        OrderFilter(search="000000000002", to_dispatch=True),
        lambda _, each: each.number == "000000000002" and each.state in ("ready", "returned"),
    ),
)


def succeeds(act: Callable[[], object]) -> bool:
    """Call ``act``; return False if it raises FloorctlError."""
    try:
        act()
    except FloorctlError:
        return False
    return True

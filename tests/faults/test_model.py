"""Cache, journal, overlay, pull, push and platform together, under every order of what can happen to them."""

import asyncio
import contextlib
import hashlib
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ParamSpec, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace
from sqlalchemy import text

from floorctl.calendar import WorkCalendar
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import compose, open_terminal
from floorctl.models.base import Entity
from floorctl.simulator.clock import SimClock
from floorctl.simulator.http.accounts import accounts
from floorctl.simulator.http.sessions import Sessions
from floorctl.simulator.store.store import Store
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from floorctl.sync.engine import pull as pulling
from floorctl.sync.engine.link import Disk, Link
from floorctl.sync.engine.pull import Pull
from floorctl.sync.engine.push import Push
from floorctl.sync.engine.replay import send_lost_again, send_unseen_again
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.platform.errors import PlatformError
from tests.build import config
from tests.faults.gate import URL, Exchange, Gate
from tests.floor.test_floor import ACTS
from tests.floor_access import close_all, journal_of
from tests.scope import FULL
from tests.stage import Key, starting_entities, succeeds, unmasked, with_pending
from tests.sync.storage import NOW, session

P = ParamSpec("P")
T = TypeVar("T")

#: Entities a page, so that what the stage holds takes several.
_PAGE = 9
_TOKEN = "t"
_MOMENT = timedelta(milliseconds=1)
#: Rounds of everything until nothing is left to be found out, and seconds until what waits by the clock has come.
_ROUNDS, _SETTLES_WITHIN = 6, 30.0
_SHOWN = ("seat", "queue", "alert", "order")
_NAMES = sorted(ACTS)


class Counted(Disk):
    """A disk that knows whether it is busy."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.busy = 0

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.busy += 1
        try:
            return await super().__call__(work, *args, **kwargs)
        finally:
            self.busy -= 1


class GatedTerminal:
    """A floor on real files with the engine's own pull and push, which go as far as the gate lets them."""

    def __init__(self, folder: Path, gate: Gate, clock: SimClock) -> None:
        self.gate = gate
        settings, key = config(folder), data_key(folder, "file")
        calendar = WorkCalendar(settings.zone)
        self.cache, self.journal = (
            Cache.open(folder / "cache.db", key, calendar),
            Journal.open(folder / "journal.db", key),
        )
        self.floor = compose(settings, folder, self.cache, self.journal, calendar)
        self.floor.clock.observe(clock.now())
        self.link = Link(gate.client(_TOKEN))
        self.link.signed(_TOKEN)
        self.cache_disk, self.journal_disk = Counted("cache"), Counted("journal")
        self.pull = Pull(
            self.link,
            self.cache,
            self.cache_disk,
            on_changed=self.floor.live.take_in,
            on_orders=lambda _: None,
            on_missed=lambda: None,
            on_state=lambda: None,
            before_swap=self._fetched_anew,
            on_read_to_end=self._read_to_end,
        )
        self.push = Push(
            self.link,
            self.journal,
            self.journal_disk,
            on_settled=lambda ids: self.floor.live.take_in(Batch({"outbox": ids})),
        )
        self.link.on_return = self.push.resume
        #: Whether this terminal has heard the feed to its end since it began, or since the platform went away.
        self.heard = False
        self.pulling: asyncio.Task[None] | None = None
        self.pushing: asyncio.Task[None] | None = None

    async def start_pull(self) -> None:
        await self.pull.find_place()
        self.pulling = asyncio.create_task(self._pull())

    async def _pull(self) -> None:
        with contextlib.suppress(PlatformError):  # it is asked again when a rule says so
            await self.pull.catch_up_or_restart()

    async def _read_to_end(self) -> None:
        assert self.pull.as_of is not None
        until = self.pull.as_of - _MOMENT
        if lost := await self.journal_disk(send_unseen_again, self.cache, self.journal, until):
            self.floor.live.take_in(Batch({"outbox": lost}))
        self.heard = True

    async def _fetched_anew(self) -> None:
        if lost := await self.journal_disk(send_lost_again, self.cache, self.journal):
            self.floor.live.take_in(Batch({"outbox": lost}))

    def start_push(self) -> None:
        self.push.resume()
        self.pushing = asyncio.create_task(self.push.drain())

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        return [task for task in (self.pulling, self.pushing) if task is not None]

    async def idle(self) -> None:
        """Let everything run until only requests that the gate holds are waited for."""
        quiet = 0
        while quiet < 12:
            busy = self.cache_disk.busy or self.journal_disk.busy
            await asyncio.sleep(0.0005 if busy else 0)
            quiet = 0 if busy else quiet + 1
        for task in self.tasks:
            if task.done():
                task.result()

    async def leave(self) -> None:
        """Close the terminal."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.push.close()
        await self.pull.close()
        await self.link.client.close()
        self.close()

    async def crash(self) -> None:
        """End without closing anything, as a killed process does."""
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)
        self.close()

    def close(self) -> None:
        self.cache_disk.close()
        self.journal_disk.close()
        self.floor.close()


def template(folder: Path) -> tuple[Path, Path]:
    """A platform's data with the stage's entities, and a terminal's folder with somebody signed in."""
    store = Store(folder / "platform.db", clock=SimClock(NOW))
    Sessions(store).enrol(accounts(7))
    with store.transaction() as changing:
        token = {"token": hashlib.sha256(_TOKEN.encode()).hexdigest()}
        changing.execute(text("INSERT INTO session VALUES (:token, '1001', 'T', 4e9)"), token)
        for (kind, id_), entity in starting_entities().items():
            changing.put(kind, id_, entity)
    store.close()
    floor = open_terminal(config(folder / "terminal"))
    journal_of(floor).save_session(session(), platform=URL)
    close_all()
    floor.close()
    return folder / "platform.db", folder / "terminal"


class Everything(RuleBasedStateMachine):
    """Each rule is one thing that happens; after each the screen shows what the platform told plus what is pending."""

    folder: Path

    @initialize()
    def begin(self) -> None:
        self.here = Path(mkdtemp(dir=self.folder))
        shutil.copy(self.folder / "platform.db", self.here / "platform.db")
        shutil.copytree(self.folder / "terminal", self.here / "terminal")
        self.loop = asyncio.new_event_loop()
        self.clock = SimClock(NOW)
        self.gate = Gate(self.here / "platform.db", self.clock)
        self.promised: set[str] = set()
        self.cut_off = False
        #: Every state that the platform ever had of an entity.
        self.history: dict[Key, list[tuple[int, Entity]]] = defaultdict(list)
        self.side_versions: dict[str, dict[Key, int]] = {}
        self.do(self.gate.start())
        self.remember()
        self.open()
        self.let_all_through()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def open(self) -> None:
        async def make() -> GatedTerminal:
            return GatedTerminal(self.here / "terminal", self.gate, self.clock)

        self.terminal = self.do(make())

    @property
    def floor(self) -> Floor:
        return self.terminal.floor

    def remember(self) -> None:
        """Record what the platform holds now."""
        with self.gate.store.reading() as reading:
            for kind in ("seat", "queue", "alert", "order", "shift", "department"):
                for id_, row in reading.all(kind):
                    self.history[kind, id_].append((row.version, row.data))

    # -- a person acts

    @rule(name=st.sampled_from(_NAMES), times=st.integers(1, 3))
    def act(self, name: str, times: int) -> None:
        done: list[Any] = []
        for _ in range(times):
            succeeds(lambda: done.append(ACTS[name](self.floor)))
        self.promised |= {item.id for item in done}

    @rule(n=st.integers(0, 100), again=st.booleans())
    def decide(self, n: int, again: bool) -> None:
        parked = self.floor.outbox.items(["refused", "conflict"])
        if parked:
            id_ = parked[n % len(parked)].id
            succeeds(lambda: self.floor.desk.retry(id_) if again else self.floor.desk.drop(id_, "不用了"))

    # -- the terminal's engine

    @rule()
    def pull(self) -> None:
        if self.terminal.pulling is None or self.terminal.pulling.done():
            self.do(self.terminal.start_pull())
        self.do(self.terminal.idle())

    @rule()
    def push(self) -> None:
        # Whoever was cut off hears the feed to its end before anything is sent.
        if self.cut_off and not self.terminal.heard:
            return
        self.cut_off = False

        async def start() -> None:
            if self.terminal.pushing is None or self.terminal.pushing.done():
                self.terminal.start_push()
            await self.terminal.idle()

        self.do(start())

    @rule(killed=st.booleans())
    def restart(self, killed: bool) -> None:
        self.do(self.terminal.crash() if killed else self.terminal.leave())
        self.open()

    # -- the line between them

    def exchange(self, n: int) -> Exchange | None:
        return self.gate.open[n % len(self.gate.open)] if self.gate.open else None

    def arrive(self, exchange: Exchange) -> None:
        if exchange.response is not None:
            return
        head = self.gate.store.head()
        self.do(self.gate.arrive(exchange))
        if exchange.is_command:
            self.note_besides(json.loads(exchange.request.content), head)
            self.remember()

    def note_besides(self, command: dict[str, Any], head: int) -> None:
        target = command["target"]["kind"], command["target"]["id"]
        with self.gate.store.reading() as reading:
            rows = reading.connection.execute(
                text("SELECT kind, id, version FROM entity WHERE seq > :head"), {"head": head}
            ).all()
        if rows:
            self.side_versions[command["id"]] = {(k, i): version for k, i, version in rows if (k, i) != target}

    @precondition(lambda self: self.gate.open)
    @rule(n=st.integers(0, 100))
    def request_arrives(self, n: int) -> None:
        self.arrive(self.gate.open[n % len(self.gate.open)])

    @precondition(lambda self: self.gate.open)
    @rule(n=st.integers(0, 100))
    def answer_arrives(self, n: int) -> None:
        exchange = self.gate.open[n % len(self.gate.open)]
        self.arrive(exchange)
        self.gate.answer(exchange)
        self.do(self.terminal.idle())

    @precondition(lambda self: self.gate.open)
    @rule(n=st.integers(0, 100), how=st.sampled_from(["lost", "answer lost", 503, 429]))
    def line_fails(self, n: int, how: str | int) -> None:
        exchange = self.gate.open[n % len(self.gate.open)]
        if how == "answer lost":
            self.arrive(exchange)
        if isinstance(how, int):
            self.gate.refuse(exchange, how)
        else:
            self.gate.lose(exchange)
        self.do(self.terminal.idle())

    # -- the platform

    @rule(n=st.integers(0, 100))
    def somebody_else_changes_something(self, n: int) -> None:
        changes: list[tuple[Key, dict[str, Any]]] = [
            (("order", "o-2"), {"title": f"改过{n}"}), (("order", "o-3"), {"state": "dispatched"}),
            (("order", "o-4"), {"state": "closed"}), (("order", "o-6"), {"state": "returned"}),
            (("seat", "s-1"), {"state": "break"}), (("seat", "s-1"), {"skills": ("q-1",)}),
            (("alert", "a-2"), {"state": "closed"}), (("shift", "sh-1"), {"lead": True}),
        ]  # fmt: skip
        (kind, id_), fields = changes[n % len(changes)]
        with self.gate.store.transaction() as changing:
            row = changing.get(kind, id_)
            if row is not None:
                changing.put(kind, id_, replace(row.data, **fields))
        self.remember()

    @rule(key=st.sampled_from([("alert", "a-2"), ("order", "o-5")]))
    def something_is_removed(self, key: Key) -> None:
        with self.gate.store.transaction() as changing:
            changing.delete(*key)

    @rule()
    def cursors_expire(self) -> None:
        self.gate.expire()

    @rule()
    def back_up(self) -> None:
        self.gate.back_up()

    @precondition(lambda self: self.gate.backed_up)
    @rule()
    def restore(self) -> None:
        """Restore the platform from its backup: versions, the feed and the records are as they were."""
        self.terminal.link.doubt.set()  # nothing more is sent on a line that is gone
        for exchange in list(self.gate.open):
            self.gate.lose(exchange)
        self.do(self.terminal.idle())
        self.do(self.gate.restore())
        self.cut_off, self.terminal.heard = True, False

    # -- what holds

    @invariant()
    def the_screen_shows_what_was_told_plus_what_is_pending(self) -> None:
        if not hasattr(self, "terminal"):
            return
        seen: dict[Key, tuple[Entity | None, tuple[str, ...]]] = {}
        for seat in self.floor.seats.all():
            seen["seat", seat.id] = (unmasked(seat), seat.pending)
        for queue in self.floor.queues.all():
            seen["queue", queue.id] = (unmasked(queue), queue.pending)
        for alert in self.floor.alerts.all(closed=True):
            seen["alert", alert.id] = (unmasked(alert), alert.pending)
        for order in self.floor.orders.page(limit=50).items:
            seen["order", order.id] = (unmasked(order), order.pending)
        items = self.in_turn()
        held = {key: self.held(key) for key in self.history if key[0] in _SHOWN}
        expected = {key: with_pending(items, key, self.held, self.side_versions) for key in held}
        assert seen == {key: view for key, view in expected.items() if view[0] is not None}
        for key, state in held.items():
            assert state[1] is None or state in self.history[key], f"the platform never had {key} like this"

    @invariant()
    def what_was_promised_is_in_the_journal(self) -> None:
        if hasattr(self, "terminal"):
            assert self.promised <= {item.id for item in self.terminal.journal.items()}

    def held(self, key: Key) -> tuple[int, Entity | None]:
        row = self.terminal.cache.get(*key)
        if row is not None:
            return row.version, row.value
        return self.terminal.cache.removed_version(*key) or 0, None

    def in_turn(self) -> list[Any]:
        return sorted(self.terminal.journal.items(), key=lambda item: (item.place, item.seq))

    # -- and how it ends

    def teardown(self) -> None:
        if not hasattr(self, "terminal"):
            return
        try:
            # Whoever was told to come later, or has begun anew a moment ago, waits for that by the clock.
            ends, rounds = time.monotonic() + _SETTLES_WITHIN, 0
            while rounds < _ROUNDS or not (self.is_settled() or time.monotonic() > ends):
                self.let_all_through()
                for item in self.floor.outbox.items(["refused", "conflict"]):
                    self.floor.desk.drop(item.id, "不用了")
                rounds += 1
                if rounds >= _ROUNDS:
                    self.do(asyncio.sleep(0.05))
            self.the_screen_shows_what_was_told_plus_what_is_pending()
            self.each_effect_is_there_once()
            assert self.terminal.journal.pending() == []
        finally:
            self.do(self.terminal.leave())
            self.gate.stop()
            self.do(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.here, ignore_errors=True)

    def is_settled(self) -> bool:
        """Whether nothing waits any more and everything has come; what it all came to is looked at afterwards."""
        return not self.gate.open and not self.terminal.journal.pending() and all(map(self.is_current, self.history))

    def is_current(self, key: Key) -> bool:
        row = self.gate.store.get(*key)
        return self.held(key) == ((row.version, row.data) if row else (self.held(key)[0], None))

    def let_all_through(self) -> None:
        self.pull()
        self.push()
        while self.gate.open:
            self.answer_arrives(0)

    def each_effect_is_there_once(self) -> None:
        items = self.in_turn()
        records = self.gate.records()
        applied = [item for item in items if item.state == "applied"]
        assert {item.state for item in items} <= {"applied", "dropped"}
        # What changed nothing leaves no trace that its loss would be known by.
        kept = {item.id for item in applied if item.outcome_version is not None or not self.gate.backed_up}
        assert kept <= set(records) <= {item.id for item in applied}, (
            "the platform has others than those called applied"
        )
        by_target: dict[Key, list[int]] = defaultdict(list)
        for item in applied:
            if item.id in records:
                by_target[item.target.kind, item.target.id].append(records[item.id])
        assert all(places == sorted(places) for places in by_target.values()), "not in the order of their making"
        for key in self.history:
            row = self.gate.store.get(*key)
            assert self.is_current(key), (key, self.held(key), row)
            urges = [
                item for item in applied if item.kind == "order.urge" and key == (item.target.kind, item.target.id)
            ]
            if row is not None and key[0] == "order":
                assert len(row.data.urges) == len(urges)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_every_order_of_events_ends_with_each_effect_once(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    monkeypatch.setattr(pulling, "PAGE", _PAGE)
    Everything.folder = tmp_path_factory.mktemp("model")
    template(Everything.folder)
    run_state_machine_as_test(
        Everything,
        settings=settings(max_examples=300 if FULL else 15, stateful_step_count=50 if FULL else 25, deadline=None),
    )

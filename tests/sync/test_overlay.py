"""The person sees what they did at once, once, and without flicker."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.models import Command, Order, Ref
from floorctl.rules.effects import Refused, apply
from floorctl.sync import wire
from floorctl.sync.cache import Cache
from floorctl.sync.journal import Journal, OutboxItem
from floorctl.sync.overlay import Overlay

from .storage import NOW, alert, change, command, open_cache, open_journal, order, outcome, page, seat

ORDER = Ref("order", "o-1")


class Terminal:
    """A cache, a journal and the overlay between them."""

    def __init__(self, folder: Path) -> None:
        self.cache: Cache = open_cache(folder)
        self.journal: Journal = open_journal(folder)
        self.time = 1e9
        self.overlay = self.fresh()
        self._cursor = 0

    def fresh(self) -> Overlay:
        return Overlay(self.journal, self.cache.get, self.cache.removed_version, lambda: self.time)

    def feed(self, *changes: dict[str, Any]) -> None:
        self._cursor += 1
        self.cache.apply(page(*changes, cursor=str(self._cursor)))
        self.overlay.refresh()

    def act(self, kind: str, target: Ref, data: dict[str, Any], base: int | None = None) -> OutboxItem:
        row = self.cache.get(target.kind, target.id)
        item = self.journal.append(
            command(kind, target, data, base), by="p-1001", saw=row.version if row is not None else 0
        )
        self.overlay.refresh()
        return item

    def answer(self, item: OutboxItem, version: int | None) -> None:
        self.journal.claim(item.id, None)
        self.journal.applied(item.id, outcome(item.id, version))
        self.overlay.refresh()

    def view(self, kind: str, id_: str) -> tuple[Any, tuple[str, ...]]:
        return self.overlay.view(kind, id_, self.cache.get(kind, id_))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_nothing_pending_shows_what_is_held(terminal: Terminal) -> None:
    terminal.feed(change("order", "o-1", 1, order()))
    row = terminal.cache.get("order", "o-1")
    assert row is not None
    assert terminal.view("order", "o-1") == (row.entity, ())
    assert terminal.view("order", "none") == (None, ())
    assert terminal.overlay.touched("order") == frozenset()


def test_an_act_shows_at_once_and_never_flickers(terminal: Terminal) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    item = terminal.act("order.urge", ORDER, {"level": 1})
    assert terminal.overlay.touched("order") == {"o-1"}

    def urges() -> int:
        return len(terminal.view("order", "o-1")[0].urges)

    assert (urges(), terminal.view("order", "o-1")[1]) == (1, (item.id,))
    terminal.journal.claim(item.id, None)
    terminal.overlay.refresh()
    assert urges() == 1
    terminal.journal.applied(item.id, outcome(item.id, 5))
    terminal.overlay.refresh()
    assert urges() == 1  # the answer came, the feed has not
    urged = order(1, state="dispatched", urges=[{"at": NOW.isoformat(), "by": "p-1001", "level": 1}])
    terminal.feed(change("order", "o-1", 5, urged))
    assert (urges(), terminal.view("order", "o-1")[1]) == (1, ())
    assert terminal.journal.pending() == []
    assert terminal.overlay.touched("order") == frozenset()


def test_an_effect_that_came_before_its_answer_shows_once(terminal: Terminal) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    item = terminal.act("order.urge", ORDER, {"level": 1})
    terminal.journal.claim(item.id, None)
    late = (NOW + timedelta(seconds=2)).isoformat()
    urged = order(1, state="dispatched", urges=[{"at": late, "by": "p-1001", "level": 1}])
    terminal.feed(change("order", "o-1", 5, urged))
    entity, pending = terminal.view("order", "o-1")
    assert (len(entity.urges), pending) == (1, (item.id,))
    terminal.answer(item, 5)
    assert terminal.view("order", "o-1")[1] == ()


def test_someone_elses_change_below_ours_is_kept(terminal: Terminal) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    terminal.act("order.urge", ORDER, {"level": 2})
    terminal.feed(change("order", "o-1", 5, order(1, state="accepted", title="改过的标题")))
    entity, _ = terminal.view("order", "o-1")
    assert (entity.title, entity.state, [urge.level for urge in entity.urges]) == ("改过的标题", "accepted", [2])


def test_several_acts_build_on_each_other(terminal: Terminal) -> None:
    terminal.feed(change("alert", "a-1", 7, alert()))
    first = terminal.act("alert.acknowledge", Ref("alert", "a-1"), {})
    second = terminal.act("alert.close", Ref("alert", "a-1"), {"note": "好了"}, base=7)
    entity, pending = terminal.view("alert", "a-1")
    assert (entity.state, entity.acknowledged_by, pending) == ("closed", "p-1001", (first.id, second.id))
    terminal.answer(first, 8)
    assert terminal.view("alert", "a-1")[0].state == "closed"
    terminal.feed(change("alert", "a-1", 8, alert(state="acknowledged", acknowledged_by="p-1001")))
    entity, pending = terminal.view("alert", "a-1")
    assert (entity.state, pending) == ("closed", (second.id,))


def test_what_was_refused_is_no_longer_shown(terminal: Terminal) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    item = terminal.act("order.urge", ORDER, {"level": 1})
    terminal.journal.claim(item.id, None)
    terminal.journal.parked(item.id, "refused", wire.Problem(title="no", status=422))
    terminal.overlay.refresh()
    assert terminal.view("order", "o-1")[0].urges == ()
    terminal.journal.retry(item.id, data={"level": 2})
    terminal.overlay.refresh()
    assert [urge.level for urge in terminal.view("order", "o-1")[0].urges] == [2]


def test_what_does_not_exist_yet_is_made(terminal: Terminal) -> None:
    data = {"kind": "fact", "day": "2026-11-24"} | {"kind": "training"}
    item = terminal.act("fact.record", Ref("fact", "f-1"), data)
    assert terminal.overlay.touched("fact") == {"f-1"}
    entity, pending = terminal.view("fact", "f-1")
    assert (entity.kind, pending) == ("training", (item.id,))
    terminal.answer(item, 1)
    assert terminal.view("fact", "f-1")[0] is not None
    terminal.feed(change("fact", "f-1", 1, data))
    assert terminal.overlay.touched("fact") == frozenset()


def test_what_was_removed_is_gone_at_once_and_for_good(terminal: Terminal) -> None:
    terminal.feed(change("fact", "f-1", 3, {"kind": "training", "day": "2026-11-24"}))
    item = terminal.act("fact.remove", Ref("fact", "f-1"), {"reason": "doubled"}, base=3)
    assert terminal.view("fact", "f-1") == (None, (item.id,))
    terminal.answer(item, 4)
    assert terminal.view("fact", "f-1")[0] is None
    terminal.feed(change("fact", "f-1", 4))
    assert terminal.view("fact", "f-1") == (None, ())
    assert terminal.journal.pending() == []


def test_what_we_made_and_someone_removed_before_we_saw_it_does_not_come_back(terminal: Terminal) -> None:
    item = terminal.act("fact.record", Ref("fact", "f-1"), {"kind": "training", "day": "2026-11-24"})
    terminal.answer(item, 1)
    terminal.feed(change("fact", "f-1", 2))
    assert terminal.view("fact", "f-1") == (None, ())


def _shift(cancelled: bool = False) -> dict[str, Any]:
    start = NOW + timedelta(hours=1)
    pause = {"kind": "break", "starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=15)).isoformat()}
    return {
        "person_id": "p-7",
        "name": "morning",
        "starts_at": (NOW - timedelta(hours=1)).isoformat(),
        "ends_at": (NOW + timedelta(hours=7)).isoformat(),
        "pauses": [pause | ({"cancelled": True} if cancelled else {})],
    }


def test_an_effect_on_another_entity_shows_and_stays_until_that_one_arrives(terminal: Terminal) -> None:
    terminal.feed(
        change("seat", "s-1", 4, seat(person_id="p-7", shift_id="sh-1")), change("shift", "sh-1", 2, _shift())
    )
    item = terminal.act("pause.cancel", Ref("seat", "s-1"), {"shift_id": "sh-1", "pause": 0})
    assert terminal.overlay.touched("shift") == {"sh-1"}
    assert terminal.overlay.touched("seat") == {"s-1"}
    assert terminal.view("shift", "sh-1")[0].pauses[0].cancelled
    assert terminal.view("seat", "s-1")[1] == (item.id,)
    terminal.answer(item, 4)  # the seat itself did not change
    entity, pending = terminal.view("shift", "sh-1")
    assert (entity.pauses[0].cancelled, pending) == (True, (item.id,))
    terminal.feed(change("shift", "sh-1", 3, _shift(cancelled=True)))
    assert terminal.view("shift", "sh-1")[1] == ()
    assert terminal.journal.pending() == []


def test_an_effect_that_never_comes_is_not_waited_for_long(terminal: Terminal) -> None:
    terminal.feed(
        change("seat", "s-1", 4, seat(person_id="p-7", shift_id="sh-1")), change("shift", "sh-1", 2, _shift())
    )
    item = terminal.act("pause.cancel", Ref("seat", "s-1"), {"shift_id": "sh-1", "pause": 0})
    terminal.answer(item, 4)
    terminal.time = 1e12
    assert not terminal.view("shift", "sh-1")[0].pauses[0].cancelled
    terminal.overlay.refresh()
    assert terminal.journal.pending() == []


def test_what_the_rules_refuse_leaves_the_entity_as_it_is(terminal: Terminal) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="closed")))
    item = terminal.act("order.urge", ORDER, {"level": 1})
    entity, pending = terminal.view("order", "o-1")
    assert (entity.state, entity.urges, pending) == ("closed", (), (item.id,))


@pytest.mark.parametrize(
    ("kind", "target", "data"),
    [
        ("order.urge", ORDER, {"level": "high"}),
        ("order.urge", ORDER, {}),
        ("order.urge", Ref("order", "never heard of"), {"level": 1}),
        ("order.urge", Ref("seat", "s-1"), {"level": 1}),
        ("robot.dance", ORDER, {}),
        ("robot.dance", Ref("robot", "r-1"), {"x": [1]}),
        ("alert.raise", Ref("alert", "a-9"), {"kind": 7}),
        ("inspection.submit", Ref("inspection", "i-1"), {"sample_id": "none", "scores": None}),
    ],
)
def test_odd_commands_break_nothing(terminal: Terminal, kind: str, target: Ref, data: dict[str, Any]) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="dispatched")), change("seat", "s-1", 1, seat()))
    terminal.act(kind, target, data)
    assert terminal.view("order", "o-1")[0] == terminal.cache.get("order", "o-1").entity  # type: ignore[union-attr]
    assert terminal.view("seat", "s-1")[0] == terminal.cache.get("seat", "s-1").entity  # type: ignore[union-attr]
    terminal.view(target.kind, target.id)


def test_another_terminals_process_sees_the_same(terminal: Terminal, tmp_path: Path) -> None:
    terminal.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    terminal.act("order.urge", ORDER, {"level": 1})
    second = Overlay(open_journal(tmp_path), terminal.cache.get)
    assert len(second.view("order", "o-1", terminal.cache.get("order", "o-1"))[0].urges) == 1  # type: ignore[union-attr]
    terminal.act("order.urge", ORDER, {"level": 2})
    second.refresh()
    assert len(second.view("order", "o-1", terminal.cache.get("order", "o-1"))[0].urges) == 2  # type: ignore[union-attr]


class Platform:
    """Applies commands to one order with the same rules, as the platform does."""

    def __init__(self) -> None:
        self.entity: Any = wire.read_entity("order", page_document())
        self.version = 1

    def send(self, sent: Command, by: str) -> int | None:
        try:
            after = apply(sent, self.entity, by=by, at=NOW + timedelta(seconds=self.version), lookup=lambda *_: None)
        except Refused:
            return None
        if after:
            self.entity = after["order", "o-1"]
            self.version += 1
        return self.version


def page_document() -> bytes:
    return msgspec.json.encode(order(1, state="dispatched"))


moves = st.lists(
    st.sampled_from(["urge 1", "urge 2", "problem", "other", "send", "answer", "lose answer", "feed", "refresh"]),
    max_size=14,
)


@settings(max_examples=60)
@given(moves)
def test_whatever_arrives_when_each_act_shows_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, moves: list[str]
) -> None:
    terminal, platform = Terminal(tmp_path_factory.mktemp("overlay")), Platform()

    def feed() -> None:
        terminal.feed(change("order", "o-1", platform.version, msgspec.to_builtins(platform.entity)))

    feed()
    done: list[str] = []
    unanswered: list[tuple[OutboxItem, int]] = []
    problem = None
    others = 0
    for move in moves:
        if move.startswith("urge") and move not in done:
            terminal.act("order.urge", ORDER, {"level": int(move[-1])})
            done.append(move)
        elif move == "problem":
            problem = f"第{len(done)}次"
            terminal.act("order.problem", ORDER, {"problem": problem})
        elif move == "other":
            others += 1
            sent = command("order.urge", ORDER, {"level": 3, "note": str(others)})
            platform.send(sent, "p-2002")
        elif move in ("send", "lose answer"):
            for item in terminal.journal.sendable(1):
                terminal.journal.claim(item.id, None)
                if item.id not in [one.id for one, _ in unanswered]:
                    version = platform.send(item.command(), item.made_by)
                    assert version is not None
                    unanswered.append((item, version))
        elif move == "answer" and unanswered:
            item, version = unanswered.pop(0)
            terminal.journal.applied(item.id, outcome(item.id, version))
        elif move == "feed":
            feed()
        terminal.overlay.refresh()
        shown, _ = terminal.view("order", "o-1")
        assert isinstance(shown, Order)
        assert sorted(f"urge {urge.level}" for urge in shown.urges if urge.by == "p-1001") == sorted(done)
        assert shown.problem == problem
    for item, version in unanswered:
        terminal.journal.applied(item.id, outcome(item.id, version))
    while ready := terminal.journal.sendable(1):
        terminal.journal.claim(ready[0].id, None)
        terminal.journal.applied(ready[0].id, outcome(ready[0].id, platform.send(ready[0].command(), ready[0].made_by)))
    feed()
    assert terminal.journal.pending() == []
    assert terminal.view("order", "o-1") == (platform.entity, ())
    terminal.cache.close()
    terminal.journal.close()

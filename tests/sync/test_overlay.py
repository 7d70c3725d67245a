"""The person sees what they did at once, once, and without flicker."""

import sys
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.models.orders import Order
from floorctl.models.team import Shift
from floorctl.rules.commands.apply import apply
from floorctl.rules.commands.refusal import Refused
from floorctl.sync.cache.cache import Cache
from floorctl.sync.journal.journal import Journal
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.overlay import Overlay
from floorctl.sync.platform import wire
from tests.sync.storage import (
    NOW,
    alert,
    change,
    command,
    open_cache,
    open_journal,
    order,
    outcome,
    page,
    pause,
    seat,
    shift,
)

ORDER = Ref("order", "o-1")


class Shown:
    """A cache and a journal, with an overlay that lays the one over the other."""

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
        self.journal.mark_applied(item.id, outcome(item.id, version))
        self.overlay.refresh()

    def view(self, kind: str, id_: str) -> tuple[Any, tuple[str, ...]]:
        return self.overlay.view(kind, id_, self.cache.get(kind, id_))


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(tmp_path)


def test_nothing_pending_shows_what_is_held(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 1, order()))
    row = shown.cache.get("order", "o-1")
    assert row is not None
    assert shown.view("order", "o-1") == (row.value, ())
    assert shown.view("order", "none") == (None, ())
    assert shown.overlay.waiting("order").keys() == set()


def test_an_act_shows_at_once_and_never_flickers(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    item = shown.act("order.urge", ORDER, {"level": 1})
    assert shown.overlay.waiting("order").keys() == {"o-1"}

    def urges() -> int:
        return len(shown.view("order", "o-1")[0].urges)

    assert (urges(), shown.view("order", "o-1")[1]) == (1, (item.id,))
    shown.journal.claim(item.id, None)
    shown.overlay.refresh()
    assert urges() == 1
    shown.journal.mark_applied(item.id, outcome(item.id, 5))
    shown.overlay.refresh()
    assert urges() == 1  # the answer came, the feed has not
    urged = order(1, state="dispatched", urges=[{"at": NOW.isoformat(), "by": "p-1001", "level": 1}])
    shown.feed(change("order", "o-1", 5, urged))
    assert (urges(), shown.view("order", "o-1")[1]) == (1, ())
    assert shown.journal.pending() == []
    assert shown.overlay.waiting("order").keys() == set()


def test_an_effect_that_came_before_its_answer_shows_once(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    item = shown.act("order.urge", ORDER, {"level": 1})
    shown.journal.claim(item.id, None)
    late = (NOW + timedelta(seconds=2)).isoformat()
    urged = order(1, state="dispatched", urges=[{"at": late, "by": "p-1001", "level": 1}])
    shown.feed(change("order", "o-1", 5, urged))
    entity, pending = shown.view("order", "o-1")
    assert (len(entity.urges), pending) == (1, (item.id,))
    shown.answer(item, 5)
    assert shown.view("order", "o-1")[1] == ()


def test_someone_elses_change_below_ours_is_kept(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    shown.act("order.urge", ORDER, {"level": 2})
    shown.feed(change("order", "o-1", 5, order(1, state="accepted", title="改过的标题")))
    entity, _ = shown.view("order", "o-1")
    assert (entity.title, entity.state, [urge.level for urge in entity.urges]) == ("改过的标题", "accepted", [2])


def test_several_acts_build_on_each_other(shown: Shown) -> None:
    shown.feed(change("alert", "a-1", 7, alert()))
    first = shown.act("alert.acknowledge", Ref("alert", "a-1"), {})
    second = shown.act("alert.close", Ref("alert", "a-1"), {"note": "好了"}, base=7)
    entity, pending = shown.view("alert", "a-1")
    assert (entity.state, entity.acknowledged_by, pending) == ("closed", "p-1001", (first.id, second.id))
    shown.answer(first, 8)
    assert shown.view("alert", "a-1")[0].state == "closed"
    shown.feed(change("alert", "a-1", 8, alert(state="acknowledged", acknowledged_by="p-1001")))
    entity, pending = shown.view("alert", "a-1")
    assert (entity.state, pending) == ("closed", (second.id,))


def test_a_terminal_opens_with_many_commands_of_one_entity_by_laying_each_over_it_once(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    for n in range(40):
        shown.journal.append(command("order.urge", ORDER, {"level": 1, "note": f"{n}"}, 4), by="p-1001", saw=4)
    applied = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal applied
        applied += event == "call" and frame.f_code is apply.__code__

    sys.setprofile(count)
    try:
        opened = shown.fresh()
    finally:
        sys.setprofile(None)
    assert 40 <= applied <= 2 * 40
    urged = opened.view("order", "o-1", shown.cache.get("order", "o-1"))[0]
    assert isinstance(urged, Order)
    assert [each.note for each in urged.urges] == [f"{n}" for n in range(40)]


def test_what_was_refused_is_no_longer_shown(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    item = shown.act("order.urge", ORDER, {"level": 1})
    shown.journal.claim(item.id, None)
    shown.journal.park(item.id, "refused", wire.Problem(title="no", status=422))
    shown.overlay.refresh()
    assert shown.view("order", "o-1")[0].urges == ()
    shown.journal.retry(item.id, data={"level": 2})
    shown.overlay.refresh()
    assert [urge.level for urge in shown.view("order", "o-1")[0].urges] == [2]


def test_what_does_not_exist_yet_is_made(shown: Shown) -> None:
    data = {"kind": "fact", "day": "2026-11-24"} | {"kind": "training"}
    item = shown.act("fact.record", Ref("fact", "f-1"), data)
    assert shown.overlay.waiting("fact").keys() == {"f-1"}
    entity, pending = shown.view("fact", "f-1")
    assert (entity.kind, pending) == ("training", (item.id,))
    shown.answer(item, 1)
    assert shown.view("fact", "f-1")[0] is not None
    shown.feed(change("fact", "f-1", 1, data))
    assert shown.overlay.waiting("fact").keys() == set()


def test_what_was_removed_is_gone_at_once_and_for_good(shown: Shown) -> None:
    shown.feed(change("fact", "f-1", 3, {"kind": "training", "day": "2026-11-24"}))
    item = shown.act("fact.remove", Ref("fact", "f-1"), {"reason": "doubled"}, base=3)
    assert shown.view("fact", "f-1") == (None, (item.id,))
    shown.answer(item, 4)
    assert shown.view("fact", "f-1")[0] is None
    shown.feed(change("fact", "f-1", 4))
    assert shown.view("fact", "f-1") == (None, ())
    assert shown.journal.pending() == []


def test_what_we_made_and_someone_removed_before_we_saw_it_does_not_come_back(shown: Shown) -> None:
    item = shown.act("fact.record", Ref("fact", "f-1"), {"kind": "training", "day": "2026-11-24"})
    shown.answer(item, 1)
    shown.feed(change("fact", "f-1", 2))
    assert shown.view("fact", "f-1") == (None, ())


def _shift(*, cancelled: bool = False) -> Shift:
    return shift(person_id="p-7", pauses=(pause(cancelled=cancelled),))


def test_an_effect_on_another_entity_shows_and_stays_until_that_one_arrives(shown: Shown) -> None:
    shown.feed(change("seat", "s-1", 4, seat(person_id="p-7", shift_id="sh-1")), change("shift", "sh-1", 2, _shift()))
    item = shown.act("pause.cancel", Ref("seat", "s-1"), {"shift_id": "sh-1", "pause": 0})
    assert shown.overlay.waiting("shift").keys() == {"sh-1"}
    assert shown.overlay.waiting("seat").keys() == {"s-1"}
    assert shown.view("shift", "sh-1")[0].pauses[0].cancelled
    assert shown.view("seat", "s-1")[1] == (item.id,)
    shown.answer(item, 4)  # the seat itself did not change
    entity, pending = shown.view("shift", "sh-1")
    assert (entity.pauses[0].cancelled, pending) == (True, (item.id,))
    shown.feed(change("shift", "sh-1", 3, _shift(cancelled=True)))
    assert shown.view("shift", "sh-1")[1] == ()
    assert shown.journal.pending() == []


def test_an_effect_that_never_comes_is_not_waited_for_long(shown: Shown) -> None:
    shown.feed(change("seat", "s-1", 4, seat(person_id="p-7", shift_id="sh-1")), change("shift", "sh-1", 2, _shift()))
    item = shown.act("pause.cancel", Ref("seat", "s-1"), {"shift_id": "sh-1", "pause": 0})
    shown.answer(item, 4)
    shown.time = 1e12
    assert not shown.view("shift", "sh-1")[0].pauses[0].cancelled
    shown.overlay.refresh()
    assert shown.journal.pending() == []


def test_what_the_rules_refuse_leaves_the_entity_as_it_is(shown: Shown) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="closed")))
    item = shown.act("order.urge", ORDER, {"level": 1})
    entity, pending = shown.view("order", "o-1")
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
def test_commands_with_unexpected_data_leave_the_entity_as_it_is(
    shown: Shown, kind: str, target: Ref, data: dict[str, Any]
) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")), change("seat", "s-1", 1, seat()))
    shown.act(kind, target, data)
    assert shown.view("order", "o-1")[0] == shown.cache.get("order", "o-1").value  # type: ignore[union-attr]
    assert shown.view("seat", "s-1")[0] == shown.cache.get("seat", "s-1").value  # type: ignore[union-attr]
    shown.view(target.kind, target.id)


def test_another_terminals_process_sees_the_same(shown: Shown, tmp_path: Path) -> None:
    shown.feed(change("order", "o-1", 4, order(1, state="dispatched")))
    shown.act("order.urge", ORDER, {"level": 1})
    second = Overlay(open_journal(tmp_path), shown.cache.get)
    assert len(second.view("order", "o-1", shown.cache.get("order", "o-1"))[0].urges) == 1  # type: ignore[union-attr]
    shown.act("order.urge", ORDER, {"level": 2})
    second.refresh()
    assert len(second.view("order", "o-1", shown.cache.get("order", "o-1"))[0].urges) == 2  # type: ignore[union-attr]


class Platform:
    """Applies commands to one order with the same rules, as the platform does."""

    def __init__(self) -> None:
        self.entity: Any = order(1, state="dispatched")
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


moves = st.lists(
    st.sampled_from(["urge 1", "urge 2", "problem", "other", "send", "answer", "lose answer", "feed", "refresh"]),
    max_size=14,
)


@settings(max_examples=60)
@given(moves)
def test_whatever_arrives_when_each_act_shows_exactly_once(  # noqa: C901  (one case an event)
    tmp_path_factory: pytest.TempPathFactory, moves: list[str]
) -> None:
    shown, platform = Shown(tmp_path_factory.mktemp("overlay")), Platform()

    def feed() -> None:
        shown.feed(change("order", "o-1", platform.version, platform.entity))

    feed()
    done: list[str] = []
    unanswered: list[tuple[OutboxItem, int]] = []
    problem = None
    others = 0
    for move in moves:
        if move.startswith("urge") and move not in done:
            shown.act("order.urge", ORDER, {"level": int(move[-1])})
            done.append(move)
        elif move == "problem":
            problem = f"第{len(done)}次"
            shown.act("order.problem", ORDER, {"problem": problem})
        elif move == "other":
            others += 1
            sent = command("order.urge", ORDER, {"level": 3, "note": str(others)})
            platform.send(sent, "p-2002")
        elif move in ("send", "lose answer"):
            for item in shown.journal.sendable(1):
                shown.journal.claim(item.id, None)
                if item.id not in [one.id for one, _ in unanswered]:
                    version = platform.send(item.command(), item.made_by)
                    assert version is not None
                    unanswered.append((item, version))
        elif move == "answer" and unanswered:
            item, version = unanswered.pop(0)
            shown.journal.mark_applied(item.id, outcome(item.id, version))
        elif move == "feed":
            feed()
        shown.overlay.refresh()
        seen, _ = shown.view("order", "o-1")
        assert isinstance(seen, Order)
        assert sorted(f"urge {urge.level}" for urge in seen.urges if urge.by == "p-1001") == sorted(done)
        assert seen.problem == problem
    for item, version in unanswered:
        shown.journal.mark_applied(item.id, outcome(item.id, version))
    while ready := shown.journal.sendable(1):
        shown.journal.claim(ready[0].id, None)
        shown.journal.mark_applied(
            ready[0].id, outcome(ready[0].id, platform.send(ready[0].command(), ready[0].made_by))
        )
    feed()
    assert shown.journal.pending() == []
    assert shown.view("order", "o-1") == (platform.entity, ())
    shown.cache.close()
    shown.journal.close()

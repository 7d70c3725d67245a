"""What Floor shows is what the platform told plus what is pending; what it does is in the journal before it shows."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floorctl.errors import NotAllowedError, NotFoundError, RefusedError
from floorctl.floor.floor import Floor
from floorctl.floor.views import Changed, CommandView, ConnectionStatus, ConnectionStatusChanged, OutboxItem
from floorctl.models.order_filter import OrderFilter
from floorctl.rules.staffing.breaks import Wanted
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from tests.build import NOWHERE
from tests.stage import Stage, succeeds
from tests.sync.storage import session


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.floor.close()


#: Each act of Floor by name: on what the stage begins with, it may be done.
ACTS: dict[str, Callable[[Floor], object]] = {
    "order.urge": lambda floor: floor.orders.urge("o-6"),
    "order.dispatch": lambda floor: floor.orders.dispatch("o-2", ["d-2", "d-1"]),
    "order.dispatch again": lambda floor: floor.orders.dispatch("o-3", ["d-2"]),
    "order.review": lambda floor: floor.orders.review("o-1", ["归口不对"]),
    "order.callback": lambda floor: floor.orders.call_back("o-4", "reached", 5),
    "order.callback in vain": lambda floor: floor.orders.call_back("o-5", "no_answer"),
    "order.problem": lambda floor: floor.orders.mark_problem("o-8", "答非所问"),
    "alert.acknowledge": lambda floor: floor.alerts.acknowledge("a-1"),
    "alert.step": lambda floor: floor.alerts.step("a-1", "phone_department", "已电话通知"),
    "alert.close": lambda floor: floor.alerts.close("a-2", "好了"),
    "seat.state": lambda floor: floor.seats.set_state("s-1", "not_ready"),
    "seat.skills": lambda floor: floor.seats.set_skills("s-1", ["q-2", "q-1"]),
    "seat.listen": lambda floor: floor.seats.listen("s-2", "release"),
    "pause.cancel": lambda floor: floor.seats.cancel_pause("s-1", "sh-1", 1),
    "floor.message": lambda floor: floor.seats.message(["s-1", "s-2"], "排队多了"),
}
KINDS = sorted({name.partition(" ")[0] for name in ACTS})


# -- everything shown, at every step


def _others(stage: Stage, n: int) -> None:
    """Somebody else changes one thing or another."""
    changes: list[Callable[[], None]] = [
        lambda: stage.change(("order", "o-2"), title="改过的标题"),
        lambda: stage.change(("order", "o-3"), state="dispatched"),
        lambda: stage.change(("order", "o-4"), state="closed"),
        lambda: stage.change(("order", "o-6"), state="returned"),
        lambda: stage.change(("seat", "s-1"), state="break"),
        lambda: stage.change(("seat", "s-1"), skills=("q-1",)),
        lambda: stage.change(("alert", "a-2"), state="closed"),
    ]
    changes[n % len(changes)]()


def _decide(stage: Stage, n: int) -> None:
    """A person retries or drops something that is parked."""
    parked = stage.journal.items(["refused", "conflict"])
    if parked:
        item = parked[n % len(parked)]
        succeeds(lambda: stage.floor.desk.retry(item.id) if n % 3 else stage.floor.desk.drop(item.id, "不用了"))


STEPS: dict[str, Callable[[Stage, int], object]] = {
    "act": lambda stage, n: succeeds(lambda: ACTS[sorted(ACTS)[n % len(ACTS)]](stage.floor)),
    "answer": lambda stage, n: stage.answer(),
    "feed one": lambda stage, n: stage.feed(1),
    "feed": lambda stage, n: stage.feed(),
    "others": _others,
    "decide": _decide,
    "reopen": lambda stage, n: stage.reopen(),
}


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["act", "act", "act", *STEPS]), st.integers(0, 1000)), max_size=14))
@example([("act", 1), ("act", 1), ("others", 6)])  # what stands behind a parked command waits with it
def test_what_is_shown_is_what_the_platform_told_plus_what_is_pending(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        try:
            for name, n in steps:
                STEPS[name](stage, n)
                stage.check()
            for _ in range(40):
                stage.answer()
            stage.feed()
            stage.check()
            parked = {item.target for item in stage.journal.items(["refused", "conflict"])}
            assert [item for item in stage.journal.pending() if item.target not in parked] == []
        finally:
            stage.floor.close()


@pytest.mark.parametrize("name", ACTS)
def test_an_act_shows_at_once_and_until_the_feed_has_it(stage: Stage, name: str) -> None:
    ACTS[name](stage.floor)
    stage.check()
    stage.answer()
    stage.check()
    stage.feed()
    stage.check()
    assert stage.journal.pending() == []
    assert [item.state for item in stage.journal.items()] == ["applied"]


# -- no flicker


def skills(floor: Floor) -> tuple[str, ...]:
    return next(view.seat.skills for view in floor.seats.all() if view.id == "s-1")


def test_news_in_the_cache_that_the_screens_have_not_read_yet_take_no_act_away(stage: Stage) -> None:
    stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.answer()
    changed = stage.to_cache(stage.unfed)
    stage.floor.alerts.acknowledge("a-1")  # anything that looks at the journal again, just now
    assert skills(stage.floor) == ("q-2",)
    stage.floor.live.take_in(changed)
    assert skills(stage.floor) == ("q-2",)
    assert next(view.pending for view in stage.floor.seats.all() if view.id == "s-1") == ()


def test_what_another_process_has_seen_arrive_stays_until_it_arrives_here(stage: Stage) -> None:
    stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.answer()
    changed = stage.to_cache(stage.unfed)
    other = stage.open_floor()
    assert skills(other) == ("q-2",)
    other.live.take_in(Batch({}))
    assert stage.journal.pending() == []
    stage.floor.live.take_in(Batch({"outbox": set()}))
    assert skills(stage.floor) == ("q-2",)
    stage.floor.live.take_in(changed)
    assert skills(stage.floor) == ("q-2",)
    assert next(view.pending for view in stage.floor.seats.all() if view.id == "s-1") == ()
    other.close()


def test_a_change_that_comes_while_a_kind_is_first_read_is_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.reopen()
    told, read_all = threading.Event(), Cache.all

    def slowly(self: Any, kind: str) -> Any:
        rows = read_all(self, kind)
        if kind == "seat":
            stage.change(("seat", "s-1"), zone="Z区")
            changed = stage.to_cache(stage.unfed)

            def take_in() -> None:
                stage.floor.live.take_in(changed)
                told.set()

            threading.Thread(target=take_in).start()
            told.wait(0.3)
        return rows

    monkeypatch.setattr(Cache, "all", slowly)
    stage.floor.seats.all()
    monkeypatch.undo()
    assert told.wait(5)
    assert next(view.seat.zone for view in stage.floor.seats.all() if view.id == "s-1") == "Z区"


# -- lists and counts


def numbers(stage: Stage, **wanted: Any) -> list[str]:
    return [view.id for view in stage.floor.orders.page(OrderFilter(**wanted)).items]


def test_an_order_leaves_the_list_with_the_act_that_settles_it(stage: Stage) -> None:
    assert numbers(stage, to_dispatch=True) == ["o-2", "o-3"]
    stage.floor.orders.dispatch("o-2", ["d-2"])
    page = stage.floor.orders.page(OrderFilter(to_dispatch=True))
    assert [view.id for view in page.items] == ["o-3"]
    assert page.total == stage.floor.orders.count().to_dispatch == 1
    assert numbers(stage, department="d-2") == ["o-2"]
    assert stage.floor.orders.page(OrderFilter(department="d-2")).items[0].pending
    assert stage.floor.orders.page().total == 10


def test_an_act_that_changes_nothing_of_what_is_listed_leaves_the_order_in_its_place(stage: Stage) -> None:
    before = numbers(stage, overdue=True)
    stage.floor.orders.urge("o-6")
    assert numbers(stage, overdue=True) == before


def test_an_order_that_came_back_has_no_dispatch_clock(stage: Stage) -> None:
    before = stage.floor.orders.count().earliest_dispatch_due_at
    stage.floor.orders.urge("o-3")
    after = stage.floor.orders.count().earliest_dispatch_due_at
    assert before is not None
    assert after == before


def test_pages_of_a_list_that_acts_changed_hold_every_order_once(stage: Stage) -> None:
    for each in ("o-2", "o-3"):
        stage.floor.orders.dispatch(each, ["d-2"])
    wanted = OrderFilter(state=("dispatched", "accepted"))
    pages = [stage.floor.orders.page(wanted, offset=at, limit=1) for at in range(5)]
    assert {page.total for page in pages} == {4}
    assert sorted(view.id for page in pages for view in page.items) == ["o-2", "o-3", "o-6", "o-7"]


# -- who may do what


def outbox(stage: Stage) -> list[OutboxItem]:
    return stage.journal.items()


@pytest.mark.parametrize("role", ["supervisor", "shift_lead", "inspector", "viewer", "", "somebody new"])
def test_each_role_does_what_the_contract_gives_it_and_nothing_else(tmp_path: Path, role: str) -> None:
    stage = Stage(tmp_path, role)
    given: set[str] = {
        "supervisor": set(KINDS),
        "shift_lead": set(KINDS),
        "inspector": {"order.problem"},
    }.get(role, set())
    for name, act in ACTS.items():
        kind = name.partition(" ")[0]
        assert stage.floor.desk.may(kind) == (kind in given)
        if kind in given:
            act(stage.floor)
        else:
            with pytest.raises(NotAllowedError) as refused:
                act(stage.floor)
            assert refused.value.key == "error.role_may_not"
    assert {item.kind for item in outbox(stage)} == given
    stage.check()
    stage.floor.close()


def test_nobody_signed_in_does_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.journal.forget_session()
    stage.reopen()
    assert stage.floor.session.person is None
    for act in ACTS.values():
        with pytest.raises(NotAllowedError) as refused:
            act(stage.floor)
        assert refused.value.key == "error.not_signed_in"
    assert outbox(stage) == []
    assert len(stage.floor.seats.all()) == 3  # looking is free
    stage.floor.close()


# -- refused here before the platform has to


@pytest.mark.parametrize(
    ("act", "error"),
    [
        # form
        (lambda floor: floor.orders.urge("o-6", 4), "level"),
        (lambda floor: floor.orders.urge("o-6", -1), "level"),
        (lambda floor: floor.orders.urge("o-6", 2, "长" * 20_001), "note"),
        (lambda floor: floor.orders.call_back("o-4", "maybe"), "outcome"),
        (lambda floor: floor.orders.call_back("o-4", "reached", 6), "satisfaction"),
        (lambda floor: floor.orders.mark_problem("o-8", " "), "problem"),
        (lambda floor: floor.alerts.step("a-1", "phone_department", ""), "note"),
        (lambda floor: floor.alerts.close("a-2", ""), "note"),
        (lambda floor: floor.seats.set_state("s-1", "talking"), "state"),
        (lambda floor: floor.seats.listen("s-2", "shout"), "mode"),
        (lambda floor: floor.seats.cancel_pause("s-1", "sh-1", -1), "pause"),
        (lambda floor: floor.seats.message(["s-1"], ""), "text"),
        (lambda floor: floor.orders.dispatch("o-2", []), "department_ids"),
        # rule
        (lambda floor: floor.orders.urge("o-8"), "target"),
        (lambda floor: floor.orders.dispatch("o-1", ["d-1"]), "target"),
        (lambda floor: floor.orders.dispatch("o-2", ["d-1"], "d-2"), "lead_department_id"),
        (lambda floor: floor.orders.dispatch("o-2", ["d-1"], due_at=floor.now().replace(year=2020)), "due_at"),
        (lambda floor: floor.orders.review("o-2"), "target"),
        (lambda floor: floor.orders.call_back("o-6", "reached"), "target"),
        (lambda floor: floor.orders.call_back("o-4", "no_answer", 5), "satisfaction"),
        (lambda floor: floor.alerts.step("a-1", "report_purchaser", "已报"), "step"),
        (lambda floor: floor.alerts.close("a-1", "好了"), "target"),
        (lambda floor: floor.seats.set_state("s-2", "ready"), "state"),
        (lambda floor: floor.seats.set_state("s-3", "ready"), "state"),
        (lambda floor: floor.seats.listen("s-1", "listen"), "mode"),
        (lambda floor: floor.seats.cancel_pause("s-1", "sh-1", 9), "pause"),
        (lambda floor: floor.seats.cancel_pause("s-2", "sh-1", 1), "shift_id"),
    ],
)
def test_what_the_platform_would_refuse_is_refused_here_and_nothing_is_written(
    stage: Stage, act: Callable[[Floor], object], error: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        act(stage.floor)
    fields: Any = refused.value.params["fields"]
    assert [each.field for each in fields] == [error]
    assert outbox(stage) == []
    stage.check()


@pytest.mark.parametrize(
    "act",
    [
        lambda floor: floor.orders.urge("none"),
        lambda floor: floor.orders.dispatch("o-2", ["d-none"]),
        lambda floor: floor.orders.get("none"),
        lambda floor: floor.alerts.acknowledge("none"),
        lambda floor: floor.seats.set_skills("s-1", ["q-none"]),
        lambda floor: floor.seats.set_skills("none", ["q-1"]),
        lambda floor: floor.seats.message([], "x"),
        lambda floor: floor.alerts.get("none"),
        lambda floor: floor.desk.retry("none"),
        lambda floor: floor.desk.drop("none", "x"),
        lambda floor: floor.outbox.item("none"),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(stage: Stage, act: Callable[[Floor], object]) -> None:
    with pytest.raises(NotFoundError):
        act(stage.floor)
    assert outbox(stage) == []


def test_the_same_urge_within_the_hour_asks_first(stage: Stage) -> None:
    stage.floor.orders.urge("000000000006", 2)
    with pytest.raises(RefusedError) as refused:
        stage.floor.orders.urge("o-6", 2)
    assert refused.value.key == "error.urged_within_the_hour"
    stage.floor.orders.urge("o-6", 3)
    stage.floor.orders.urge("o-6", 2, confirmed=True)
    assert [item.data["level"] for item in outbox(stage)] == [2, 3, 2]


def test_of_two_urges_at_the_same_moment_the_second_sees_the_first(stage: Stage) -> None:
    ready = threading.Barrier(8)

    def urge() -> bool:
        ready.wait()
        return succeeds(lambda: stage.floor.orders.urge("o-6", 2))

    with ThreadPoolExecutor(8) as threads:
        done = [each.result() for each in [threads.submit(urge) for _ in range(8)]]
    assert done.count(True) == 1
    assert len(stage.journal.items()) == 1


# -- the journal before the screen


def test_nobody_hears_of_an_act_before_it_stands_in_the_journal(stage: Stage) -> None:
    heard: list[tuple[Changed | ConnectionStatusChanged, int]] = []
    end = stage.floor.events.subscribe(lambda event: heard.append((event, len(_from_disk(stage)))))
    item = stage.floor.orders.urge("o-6")
    assert heard
    assert all(lines == 1 for _, lines in heard)
    changed = [event for event, _ in heard if isinstance(event, Changed)]
    assert changed[0].ids == {"order": frozenset({"o-6"}), "outbox": frozenset({item.id})}
    statuses = [event.status for event, _ in heard if isinstance(event, ConnectionStatusChanged)]
    assert [status.waiting for status in statuses] == [1]
    end()
    end()
    stage.floor.alerts.acknowledge("a-1")
    assert len(heard) == 2


def _from_disk(stage: Stage) -> list[CommandView]:
    other = stage.open_floor()
    items = other.outbox.items()
    other.close()
    return items


def test_an_act_that_can_not_be_written_down_is_not_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from floorctl.errors import FloorctlError
    from floorctl.sync.journal import rows as journal_rows

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    heard: list[object] = []
    stage.floor.events.subscribe(heard.append)
    monkeypatch.setattr(journal_rows, "insert", full)
    with pytest.raises(FloorctlError) as failed:
        stage.floor.orders.urge("o-6")
    assert failed.value.key == "error.disk_full"
    assert heard == []
    assert stage.floor.orders.get("o-6").order.urges == ()
    monkeypatch.undo()
    stage.floor.orders.urge("o-6")
    assert len(stage.floor.orders.get("o-6").order.urges) == 1


# -- what is parked


def parked(stage: Stage) -> OutboxItem:
    (item,) = stage.journal.items(["refused", "conflict"])
    return item


def test_a_conflict_is_retried_on_what_stands_now(stage: Stage) -> None:
    stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.change(("seat", "s-1"), skills=("q-1", "q-2"))
    stage.answer()
    stage.check()
    assert stage.floor.status.connection().conflicts == 1
    stage.feed()
    stage.check()
    again = stage.floor.desk.retry(parked(stage).id)
    assert (again.base_version, again.data) == (2, {"skills": ["q-2"]})
    stage.check()
    stage.answer()
    stage.feed()
    stage.check()
    assert skills(stage.floor) == ("q-2",)
    assert [item.state for item in outbox(stage)] == ["dropped", "applied"]


def test_a_refused_one_is_changed_and_sent_again_or_set_aside(stage: Stage) -> None:
    stage.floor.orders.call_back("o-4", "reached", 5)
    stage.change(("order", "o-4"), state="closed")
    item = stage.journal.sendable(1)[0]
    stage.answer(item)
    refused = parked(stage)
    stage.check()
    with pytest.raises(RefusedError):
        stage.floor.desk.retry(refused.id, {"outcome": "perhaps"})
    assert parked(stage).id == refused.id
    again = stage.floor.desk.retry(refused.id, {"outcome": "no_answer"})
    assert again.data == {"outcome": "no_answer"}
    stage.check()
    stage.floor.desk.drop(again.id, "对方已办")
    stage.check()
    assert stage.floor.outbox.item(again.id).reason == "对方已办"
    with pytest.raises(RefusedError):
        stage.floor.desk.drop(again.id, "again")
    assert stage.floor.status.connection().waiting == 0


def test_what_is_parked_is_decided_by_whoever_may_do_it(stage: Stage) -> None:
    stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.change(("seat", "s-1"), skills=("q-1", "q-2"))
    stage.answer()
    item = parked(stage)
    for someone in (session("viewer", "p-1006", "v"), session("inspector", "p-1004", "i"), None):
        if someone is None:
            stage.journal.forget_session()
        else:
            stage.journal.save_session(someone, platform=NOWHERE)
        stage.reopen()
        with pytest.raises(NotAllowedError):
            stage.floor.desk.retry(item.id)
        with pytest.raises(NotAllowedError):
            stage.floor.desk.drop(item.id, "x")
    assert parked(stage) == item
    stage.journal.save_session(session("shift_lead", "p-1002", "l"), platform=NOWHERE)
    stage.reopen()
    stage.feed()
    assert stage.floor.desk.retry(item.id).made_by == "p-1002"


def test_who_may_not_hears_so_before_anything_else(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "viewer")
    acts: list[Callable[[Floor], object]] = [
        lambda floor: floor.orders.urge("none", 9),
        lambda floor: floor.orders.dispatch("o-2", ["d-none"]),
        lambda floor: floor.seats.set_skills("none", ["q-none"]),
        lambda floor: floor.seats.message([], ""),
        lambda floor: floor.breaks.change(floor.breaks.plan(["s-1"], Wanted())),
    ]
    for act in acts:
        with pytest.raises(NotAllowedError):
            act(stage.floor)
    stage.floor.close()


# -- other processes on the same data


def test_who_signs_in_or_out_in_another_window_is_who_acts_here(stage: Stage) -> None:
    other = stage.open_floor()

    def acting() -> str | None:
        other.live.take_connection_status(ConnectionStatus(mode="live"))
        return other.session.person.person_id if other.session.person else None

    assert acting() == "p-1001"
    stage.journal.save_session(session("viewer", "p-1006", "other"), platform=NOWHERE)
    assert acting() == "p-1006"
    with pytest.raises(NotAllowedError):
        other.orders.urge("o-6")
    stage.journal.forget_session()
    assert acting() is None
    other.close()


def test_what_another_window_did_shows_here(stage: Stage) -> None:
    other = stage.open_floor()
    other.orders.urge("o-6")
    other.close()
    assert len(stage.floor.orders.get("o-6").order.urges) == 0
    stage.floor.live.take_in(Batch({"outbox": set()}))
    assert len(stage.floor.orders.get("o-6").order.urges) == 1
    stage.check()


def test_time_that_passes_is_not_told_as_a_change_of_the_counts(stage: Stage) -> None:
    assert stage.floor.orders.count().earliest_dispatch_due_at is not None
    stage.floor.live.recount()
    told: list[Any] = []
    stage.floor.events.subscribe(told.append)
    stage.floor.live.recount()
    assert told == []

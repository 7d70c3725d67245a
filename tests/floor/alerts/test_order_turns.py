"""Which orders the alert rules look at: every one that goes late, however many were late before, and no other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorctl.floor.alerts import order_turns
from floorctl.floor.alerts.watch import Watch
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Order
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from floorctl.sync.outbox_item import OutboxItem
from tests.floor_access import watch_of
from tests.stage import Stage

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
#: Orders that have been late for longer than an alert is raised for.
OLD = 520


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.floor.close()


@pytest.fixture
def crowded(stage: Stage) -> Stage:
    """A floor on which more than 500 orders are late."""
    for n in range(OLD):
        put(stage, f"o-old-{n}", due_at=stage.floor.now() - 9 * DAY - n * MINUTE)
    stage.feed()
    return stage


def put(stage: Stage, order_id: str, **fields: object) -> None:
    order = stage.platform["order", "o-6"][1]
    assert isinstance(order, Order)
    stage.put(("order", order_id), replace(order, number=order_id, **fields))


def raised(stage: Stage, order_id: str) -> list[OutboxItem]:
    subject = {"kind": "order", "id": order_id}
    return [item for item in stage.journal.items() if item.kind == "alert.raise" and item.data["subject"] == subject]


def settle(stage: Stage) -> None:
    for _ in range(60):
        stage.answer()
    stage.feed()


def pass_time(stage: Stage, span: timedelta) -> None:
    stage.floor.clock.observe(stage.floor.now() + span)


def look_until_quiet(stage: Stage, looking: Watch) -> None:
    for _ in range(5):
        looking.look()
        settle(stage)


def test_an_order_that_goes_late_behind_hundreds_of_old_ones_is_raised(crowded: Stage) -> None:
    looking = watch_of(crowded.floor)
    look_until_quiet(crowded, looking)
    put(crowded, "o-new", due_at=crowded.floor.now() + 5 * MINUTE)
    crowded.feed()
    looking.look()
    assert raised(crowded, "o-new") == []
    pass_time(crowded, 6 * MINUTE)
    looking.look()
    assert len(raised(crowded, "o-new")) == 1


def test_one_that_comes_late_already_is_raised_too(crowded: Stage) -> None:
    looking = watch_of(crowded.floor)
    look_until_quiet(crowded, looking)
    put(crowded, "o-new", due_at=crowded.floor.now() - 5 * MINUTE)
    crowded.feed()
    looking.look()
    assert len(raised(crowded, "o-new")) == 1


def test_days_later_it_is_raised_as_critical(crowded: Stage) -> None:
    put(crowded, "o-new", due_at=crowded.floor.now() - MINUTE)
    crowded.feed()
    looking = watch_of(crowded.floor)
    look_until_quiet(crowded, looking)
    pass_time(crowded, 3 * DAY)
    look_until_quiet(crowded, looking)
    assert [item.data["severity"] for item in raised(crowded, "o-new")] == ["warning", "critical"]


def test_what_is_late_already_as_the_program_starts_is_found(crowded: Stage) -> None:
    put(crowded, "o-new", due_at=crowded.floor.now() - MINUTE)
    crowded.feed()
    crowded.reopen()
    watch_of(crowded.floor).look()
    assert len(raised(crowded, "o-new")) == 1


def test_a_limit_moved_by_a_command_that_waits_counts(stage: Stage) -> None:
    looking = watch_of(stage.floor)
    look_until_quiet(stage, looking)
    put(stage, "o-moved", state="ready", due_at=stage.floor.now() + 9 * DAY, reviewed_at=stage.floor.now())
    stage.feed()
    stage.floor.orders.dispatch("o-moved", ["d-1"], due_at=stage.floor.now() + 5 * MINUTE)
    looking.look()
    assert raised(stage, "o-moved") == []
    pass_time(stage, 6 * MINUTE)
    looking.look()
    assert len(raised(stage, "o-moved")) == 1


def test_where_all_may_have_changed_all_are_looked_at(crowded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = watch_of(crowded.floor)
    look_until_quiet(crowded, looking)
    put(crowded, "o-new", due_at=crowded.floor.now() - 5 * MINUTE)
    crowded.to_cache([("order", "o-new")])  # this process is told of no order by its name
    crowded.unfed.clear()
    monkeypatch.setattr(order_turns, "_MOST_NOTED", 3)
    crowded.floor.live.take_in(Batch({"order": {f"o-old-{n}" for n in range(4)}}))
    looking.look()
    assert len(raised(crowded, "o-new")) == 1


def test_a_run_that_failed_is_made_up_for(crowded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = watch_of(crowded.floor)
    look_until_quiet(crowded, looking)
    put(crowded, "o-new", due_at=crowded.floor.now() - 5 * MINUTE)
    crowded.feed()

    def fails(*_: object) -> None:
        raise OSError("no disk")

    with monkeypatch.context() as failing:
        failing.setattr(Cache, "get_many", fails)
        with pytest.raises(OSError, match="no disk"):
            looking.look()
    looking.look()
    assert len(raised(crowded, "o-new")) == 1


def test_what_stays_late_is_not_read_again_at_every_look(crowded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = watch_of(crowded.floor)
    look_until_quiet(crowded, looking)
    read: list[str] = []
    many = Cache.get_many

    def reading(self: Cache, kind: str, ids: list[str]) -> object:
        read.extend(ids if kind == "order" else ())
        return many(self, kind, ids)

    monkeypatch.setattr(Cache, "get_many", reading)
    for _ in range(3):
        pass_time(crowded, timedelta(seconds=5))
        looking.look()
    assert read == []


@pytest.mark.parametrize("state", ["dispatched", "accepted", "returned"])
def test_an_order_that_went_back_is_late_again_though_it_was_handled_before(stage: Stage, state: str) -> None:
    late, handled = stage.floor.now() - MINUTE, stage.floor.now() - 2 * DAY
    before = stage.floor.orders.count().overdue
    put(stage, "o-back", state=state, due_at=late, handled_at=handled)
    stage.feed()
    watch_of(stage.floor).look()
    assert len(raised(stage, "o-back")) == 1
    overdue = OrderFilter(overdue=True)
    assert stage.floor.orders.count().overdue == before + 1
    stage.floor.orders.urge("o-back")  # what waits to be sent is laid over it
    (view,) = (each for each in stage.floor.orders.page(overdue).items if each.id == "o-back")
    assert view.overdue
    assert view.pending
    assert stage.floor.orders.count().overdue == before + 1

"""并单: what is linked counts once, is acted on in one place, and stands for itself again when it is unlinked."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.floor import Floor
from floorctl.floor.undo_words import act_words
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Citizen, Order
from tests.build import DAY, HOUR
from tests.floor_access import watch_of
from tests.stage import Stage
from tests.sync.storage import NOW, order

ZHANG = Citizen(phone="138 1234 5678")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Three orders about one matter, r-1 the earliest, all past their limit, and one that waits for dispatch."""
    stage = Stage(tmp_path)
    for n, age in ((1, 5), (2, 4), (3, 3)):
        late = {"due_at": NOW - HOUR, "reviewed_at": NOW - 2 * DAY, "dispatched_at": NOW - 2 * DAY}
        received = NOW - age * DAY
        stage.put(("order", f"r-{n}"), order(20 + n, state="dispatched", received_at=received, citizen=ZHANG, **late))
    ready = {"state": "ready", "reviewed_at": NOW - 2 * HOUR, "due_at": NOW + 90 * HOUR}
    stage.put(("order", "r-4"), order(24, received_at=NOW - DAY, citizen=Citizen(phone="+86-13812345678"), **ready))
    stage.feed()
    return stage


def settle(stage: Stage) -> None:
    for _ in range(6):
        stage.answer()
        stage.feed()


def parents(floor: Floor) -> dict[str, str | None]:
    return {each: floor.orders.get(each).order.parent_id for each in ("r-1", "r-2", "r-3", "r-4")}


def lists(floor: Floor) -> tuple[set[str], set[str]]:
    """Return the overdue orders and those to dispatch, after comparing the lists with the counts."""
    overdue, waiting = (
        {view.id for view in floor.orders.page(each).items}
        for each in (OrderFilter(overdue=True), OrderFilter(to_dispatch=True))
    )
    counts = floor.orders.count()
    assert (len(overdue), len(waiting)) == (counts.overdue, counts.to_dispatch)
    return overdue, waiting


@pytest.mark.parametrize("arrive", [settle, lambda _: None], ids=["on the platform", "waiting here"])
def test_what_is_linked_is_neither_late_nor_to_dispatch_by_itself(
    stage: Stage, arrive: Callable[[Stage], None]
) -> None:
    floor = stage.floor
    overdue, waiting = lists(floor)
    assert overdue >= {"r-1", "r-2", "r-3"} and "r-4" in waiting
    made = floor.repetitions.gather(["r-3", "r-4", "r-1", "r-2"])
    assert {item.target.id for item in made} == {"r-2", "r-3", "r-4"}
    arrive(stage)
    assert parents(floor) == {"r-1": None, "r-2": "r-1", "r-3": "r-1", "r-4": "r-1"}
    assert lists(floor) == (overdue - {"r-2", "r-3"}, waiting - {"r-4"})
    assert [view.id for view in floor.repetitions.children("r-1")] == ["r-2", "r-3", "r-4"]
    view = floor.orders.get("r-4")
    assert view.parent is not None and view.parent.id == "r-1" and view.parent.overdue
    assert not view.overdue and view.dispatch_state == "none"
    stage.check_counts()


def test_a_repetition_that_is_chosen_stands_for_what_it_repeats_and_what_is_linked_brings_its_own(
    stage: Stage,
) -> None:
    floor = stage.floor
    floor.repetitions.gather(["r-2", "r-4"])
    assert parents(floor)["r-4"] == "r-2"
    assert floor.repetitions.parent(["r-4", "r-3"]).id == "r-2"
    floor.repetitions.gather(["r-4", "r-3"])
    assert parents(floor) == {"r-1": None, "r-2": None, "r-3": "r-2", "r-4": "r-2"}
    floor.repetitions.link("r-2", "r-1")
    assert parents(floor) == {"r-1": None, "r-2": "r-1", "r-3": "r-1", "r-4": "r-1"}
    settle(stage)
    assert parents(floor) == {"r-1": None, "r-2": "r-1", "r-3": "r-1", "r-4": "r-1"}
    assert [item.state for item in stage.journal.items()] == ["applied"] * 5


def test_linking_by_number_goes_the_way_that_is_said_also_to_a_later_order(stage: Stage) -> None:
    floor = stage.floor
    floor.repetitions.link("000000000021", "000000000022")
    assert parents(floor)["r-1"] == "r-2"
    for order_id, parent_id in (("r-1", "r-2"), ("r-2", "r-1")):
        with pytest.raises(RefusedError) as refused:
            floor.repetitions.link(order_id, parent_id)
        assert refused.value.key == "error.already_linked"
    with pytest.raises(RefusedError) as refused:
        floor.repetitions.gather(["r-1", "r-2"])
    assert refused.value.key == "error.already_linked"
    with pytest.raises(NotFoundError):
        floor.repetitions.link("r-1", "no such order")
    with pytest.raises(RefusedError):
        floor.repetitions.link("r-3", "r-3")


def test_acts_on_a_repetition_are_done_on_its_parent(stage: Stage) -> None:
    floor = stage.floor
    floor.repetitions.gather(["r-1", "r-2", "r-4"])
    assert floor.orders.urge("r-2").target.id == "r-1"
    with pytest.raises(RefusedError) as refused:
        floor.orders.urge("r-1")
    assert refused.value.key == "error.urged_within_the_hour"
    with pytest.raises(RefusedError):
        floor.orders.dispatch("r-4", ["d-1"])  # r-1 is dispatched already
    settle(stage)
    stage.change(("order", "r-1"), state="handled", handled_at=NOW, callback_required=True)
    stage.feed()
    assert floor.orders.call_back("r-4", "reached", 5).target.id == "r-1"


@pytest.mark.parametrize("arrive", [settle, lambda _: None], ids=["on the platform", "waiting here"])
def test_a_link_is_taken_back_and_so_is_an_unlinking(stage: Stage, arrive: Callable[[Stage], None]) -> None:
    floor = stage.floor
    overdue, waiting = lists(floor)
    made = floor.repetitions.gather(["r-1", "r-2", "r-4"])
    arrive(stage)
    floor.undo.take_back(made[0].id)
    arrive(stage)
    assert set(parents(floor).values()) == {None}
    assert lists(floor) == (overdue, waiting)
    floor.repetitions.link("r-2", "r-1")
    settle(stage)
    assert act_words(floor, floor.undo.recent()[0]) == "并单 工单 000000000022 → 000000000021"
    item = floor.repetitions.unlink("r-2")
    assert parents(floor)["r-2"] is None
    settle(stage)
    floor.undo.take_back(item.id)
    settle(stage)
    assert parents(floor)["r-2"] == "r-1"
    with pytest.raises(RefusedError) as refused:
        floor.repetitions.unlink("r-1")
    assert refused.value.key == "error.not_linked"


def test_the_callers_other_orders_are_those_of_the_number_within_90_days(stage: Stage) -> None:
    far = NOW - 5 * DAY - timedelta(days=91)
    stage.put(("order", "old"), order(30, state="closed", received_at=far, citizen=ZHANG))
    stage.put(("order", "other"), order(31, received_at=NOW - DAY, citizen=Citizen(phone="13912345678")))
    stage.feed()
    floor = stage.floor
    assert [view.id for view in floor.repetitions.of_caller("r-1")] == ["r-4", "r-3", "r-2"]
    assert floor.repetitions.of_caller("o-1") == [] == floor.repetitions.of_caller("no such order")
    assert "5678" in str(floor.repetitions.of_caller("r-1")[0].order.citizen)
    assert "1234" not in str(floor.repetitions.of_caller("r-1")[0].order.citizen)


def test_whose_a_confidential_order_is_is_not_told_by_the_orders_beside_it(stage: Stage) -> None:
    stage.change(("order", "r-2"), confidential=True)
    stage.feed()
    assert stage.floor.repetitions.of_caller("r-2") == []
    assert [view.id for view in stage.floor.repetitions.of_caller("r-1")] == ["r-4", "r-3"]


def test_a_late_repetition_is_no_alert_of_its_own(stage: Stage) -> None:
    def raised() -> set[str]:
        watch_of(stage.floor).look()
        settle(stage)
        return {view.alert.subject.id for view in stage.floor.alerts.all() if view.alert.kind == "order_overdue"}

    stage.floor.repetitions.gather(["r-1", "r-2"])
    assert {"r-1", "r-3"} <= raised()
    assert "r-2" not in raised()
    stage.floor.repetitions.gather(["r-1", "r-3"])
    assert "r-3" not in raised()


def test_a_repetition_is_not_handed_over_as_late(stage: Stage) -> None:
    def overdue() -> tuple[int, set[str]]:
        unfinished = stage.floor.handovers.figures().unfinished
        assert unfinished is not None
        late = next(each for each in unfinished.groups if each.name == "overdue")
        return late.count, {line for line in late.listed if "000000000022" in line}

    count, named = overdue()
    assert named
    stage.floor.repetitions.gather(["r-1", "r-2"])
    assert overdue() == (count - 1, set())


def test_an_order_whose_parent_is_gone_is_acted_on_itself(stage: Stage) -> None:
    stage.change(("order", "r-2"), parent_id="r-gone")
    stage.feed()
    view = stage.floor.orders.get("r-2")
    assert view.parent is None and view.leading is view
    assert stage.floor.orders.urge("r-2").target.id == "r-2"


def test_a_circle_of_links_ends(stage: Stage) -> None:
    stage.change(("order", "r-1"), parent_id="r-2")
    stage.change(("order", "r-2"), parent_id="r-1")
    stage.feed()
    assert isinstance(stage.floor.orders.get("r-1").order, Order)
    assert stage.floor.orders.leading_id("r-1") in ("r-1", "r-2")

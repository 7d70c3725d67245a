"""Decisions on orders that got stuck: what waits is listed until it is decided here, and is decided once."""

from pathlib import Path

import pytest

from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.floor import Floor
from floorctl.models.order_filter import OrderFilter
from floorctl.rules.commands.capability import SETTING
from tests.build import DAY, HOUR, Entities
from tests.stage import Stage
from tests.sync.storage import NOW, order

made = Entities(NOW)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An order for each thing that an order may wait for, and one whose redo was proposed long ago."""
    stage = Stage(tmp_path)
    sent = {"reviewed_at": NOW - 3 * DAY, "dispatched_at": NOW - 3 * DAY, "lead_department_id": "d-1"}
    back = {**sent, "state": "returned"}
    done = {**sent, "state": "closed", "handled_at": NOW - 2 * DAY, "satisfaction": 1}
    for id_, given in {
        "late": {**back, "return_log": (made.returned(at=NOW - 30 * HOUR, reason="请找13812345678"),)},
        "fresh": {**back, "return_log": (made.returned(at=NOW - HOUR),)},
        "asking": {**sent, "state": "accepted", "extension": made.extension(), "due_at": NOW + 5 * HOUR},
        "redo": {**done, "callback_at": NOW - DAY},
        "old": {**done, "callback_at": NOW - 30 * DAY},
    }.items():
        stage.put(("order", id_), order(40 + len(id_), **given))
    stage.feed()
    return stage


def listed(floor: Floor) -> list[str]:
    """Return the stuck orders of this test, after comparing the list with the count."""
    page = floor.orders.page(OrderFilter(stuck=True), sort="stuck")
    assert floor.orders.count().stuck == page.total == len(page.items)
    assert all(view.stuck is not None for view in page.items)
    return [view.id for view in page.items if view.id in ("late", "fresh", "asking", "redo", "old")]


def test_what_has_to_be_decided_first_is_listed_first(stage: Stage) -> None:
    assert listed(stage.floor) == ["asking", "late", "fresh", "redo"]
    lamps = {id_: view.stuck.lamp for id_ in listed(stage.floor) if (view := stage.floor.orders.get(id_)).stuck}
    assert lamps == {"asking": "waiting", "late": "late", "fresh": "waiting", "redo": "none"}


def test_what_is_decided_here_leaves_the_list_at_once_and_stays_away(stage: Stage) -> None:
    floor = stage.floor
    floor.decisions.decide_return("late", upheld=True)
    floor.decisions.decide_return("fresh", upheld=False, note="属其职责")
    floor.decisions.decide_extension("asking", granted=True)
    floor.decisions.redo("redo", "不满意")
    for _ in range(6):
        assert listed(floor) == []
        stage.answer()
        stage.feed()
    assert floor.orders.get("asking").due_at == made.extension().until
    states = {each: floor.orders.get(each).order.state for each in ("late", "fresh", "redo")}
    assert states == {"late": "returned", "fresh": "dispatched", "redo": "dispatched"}


def test_a_decision_is_taken_once_and_cannot_be_taken_back(stage: Stage) -> None:
    made_ = stage.floor.decisions.decide_return("fresh", upheld=False)
    with pytest.raises(RefusedError):
        stage.floor.decisions.decide_return("fresh", upheld=True)
    assert stage.floor.outbox.item(made_.id).kind == "order.return"


def test_numbers_in_what_a_department_writes_are_masked(stage: Stage) -> None:
    view = stage.floor.orders.get("late")
    assert view.order.return_log[-1].reason == "请找138****5678"


def test_a_conference_names_departments_that_exist(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        stage.floor.decisions.confer("late", ["d-nowhere"], None, "商定")


def test_no_redo_is_proposed_to_a_platform_that_does_not_take_it(stage: Stage) -> None:
    stage.journal.set_setting(SETTING, ["order.redo"])
    assert listed(stage.floor) == ["asking", "late", "fresh"]
    assert stage.floor.orders.get("redo").stuck is None
    stage.floor.decisions.decide_return("late", upheld=True)
    assert listed(stage.floor) == ["asking", "fresh"]
    stage.journal.set_setting(SETTING, None)
    assert listed(stage.floor) == ["asking", "fresh", "redo"]

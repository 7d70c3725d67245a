"""Likely repetitions: found by caller and by likeness, never what is linked, nothing of a confidential caller."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from floorctl.models.orders import Citizen
from floorctl.rules.orders.twins import THRESHOLD
from tests.build import DAY
from tests.floor_access import cache_of
from tests.stage import Stage
from tests.sync.storage import NOW, order

LI, WANG, ZHAO = (Citizen(phone=phone) for phone in ("138 1234 5678", "13987654321", "028-80196447"))
LIFT: dict[str, Any] = {"title": "柳岸小区3栋电梯困人", "content": "电梯昨晚困住两人", "region": "成东区"}
ORDERS: dict[str, dict[str, Any]] = {
    "r-1": {**LIFT, "citizen": LI, "received_at": NOW - 4 * DAY},
    # The same lift, by another caller in other words.
    "r-2": {
        "title": "3号楼的梯子关人", "content": "柳岸小区三号楼梯子坏了，被困半小时",
        "citizen": WANG, "received_at": NOW - 3 * DAY,
    },
    # The same caller about something else, and long ago.
    "r-3": {"title": "申请老年公交卡", "content": "如何办理", "citizen": LI, "received_at": NOW - 2 * DAY},
    "r-4": {"title": "申请老年公交卡", "content": "如何办理", "citizen": LI, "received_at": NOW - 99 * DAY},
    # Another estate's lift, the same lift a year ago, and another problem at the same place.
    "r-5": {**LIFT, "title": "和悦里9栋电梯困人", "citizen": ZHAO, "received_at": NOW - 3 * DAY},
    "r-6": {**LIFT, "citizen": ZHAO, "received_at": NOW - 300 * DAY},
    "r-7": {"title": "柳岸小区3栋垃圾没人清运", "content": "垃圾桶满了", "citizen": ZHAO, "received_at": NOW - 3 * DAY},
}  # fmt: skip


def staged(folder: Path, changed: Mapping[str, dict[str, Any]] | None = None) -> Stage:
    stage = Stage(folder)
    for n, (id_, fields) in enumerate((ORDERS | dict(changed or {})).items(), 21):
        stage.put(("order", id_), order(n, **fields))
    stage.feed()
    while cache_of(stage.floor).index_some():
        pass
    return stage


def found(stage: Stage, order_id: str = "r-1") -> list[str]:
    return [each.order.id for each in stage.floor.repetitions.likely(order_id)]


def test_what_is_alike_in_place_and_problem_is_found_whoever_called(tmp_path: Path) -> None:
    again = {**LIFT, "title": "电梯还是坏的", "citizen": Citizen(phone="+8613812345678"), "received_at": NOW - DAY}
    first, second = staged(tmp_path, {"r-8": again}).floor.repetitions.likely("r-1")
    assert {first.order.id, second.order.id} == {"r-2", "r-8"}
    assert first.score >= second.score >= THRESHOLD
    reasons = {each.order.id: [reason.code for reason in each.reasons] for each in (first, second)}
    assert reasons["r-2"] == ["same_problem", "same_names", "days_apart"]
    assert reasons["r-8"][0] == "refers_back"


def test_it_is_mutual_and_no_longer_than_asked_for(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    assert (found(stage), found(stage, "r-2")) == (["r-2"], ["r-1"])
    assert stage.floor.repetitions.likely("r-1", limit=0) == []
    assert found(stage, "r-9") == []


def test_what_is_linked_is_proposed_no_more_and_what_is_unlinked_again(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    stage.floor.repetitions.link("r-2", "r-1")
    assert (found(stage), found(stage, "r-2")) == ([], [])
    stage.floor.repetitions.unlink("r-2")
    assert found(stage) == ["r-2"]


@pytest.mark.parametrize("secret", ["r-1", "r-8"])
def test_nobody_learns_who_called_in_confidence(tmp_path: Path, secret: str) -> None:
    again = {**LIFT, "title": "电梯还是坏的", "citizen": LI, "received_at": NOW - DAY}
    orders = {"r-8": again, "r-1": ORDERS["r-1"]}
    stage = staged(tmp_path, orders | {secret: {**orders[secret], "confidential": True}})
    told = [each for each in stage.floor.repetitions.likely("r-1") if each.order.id == "r-8"]
    assert len(told) == 1
    assert not {"same_caller", "refers_back"} & {reason.code for reason in told[0].reasons}


@pytest.mark.parametrize("received", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_date_at_the_end_of_time_finds_what_there_is(tmp_path: Path, received: datetime) -> None:
    stage = staged(tmp_path, {"r-1": {**ORDERS["r-1"], "received_at": received}})
    assert found(stage) == []

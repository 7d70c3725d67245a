"""The read model holds what the platform said last, in whatever order it hears of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from floorctl.models.floor import Queue, Seat
from floorctl.sync.batch import Batch, Removed
from tests.floor_access import read_model_of
from tests.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.floor.close()


def zone(stage: Stage) -> str:
    seat = read_model_of(stage.floor).value(Seat, "s-1")
    return "" if seat is None else seat.zone


def test_a_change_that_is_told_late_takes_no_later_one_away(stage: Stage) -> None:
    stage.reopen()
    stage.change(("seat", "s-1"), zone="Y区")
    first = stage.to_cache([("seat", "s-1")])
    stage.change(("seat", "s-1"), zone="Z区")
    second = stage.to_cache([("seat", "s-1")])
    assert zone(stage) == "Z区"  # read for the first time, and after both
    stage.floor.live.take_in(first)
    assert zone(stage) == "Z区"
    stage.floor.live.take_in(second)
    assert zone(stage) == "Z区"


def test_a_removal_that_is_told_late_takes_nothing_away_that_came_after_it(stage: Stage) -> None:
    held = read_model_of(stage.floor).get(Seat, "s-1")
    assert held is not None
    stage.floor.live.take_in(Batch({"seat": {"s-1"}}, {"seat": {"s-1": Removed(held.version - 1)}}))
    assert read_model_of(stage.floor).get(Seat, "s-1") == held
    stage.floor.live.take_in(Batch({"seat": {"s-1"}}, {"seat": {"s-1": Removed(held.version + 1)}}))
    assert read_model_of(stage.floor).get(Seat, "s-1") is None


def test_what_another_process_wrote_is_read_from_the_cache(stage: Stage) -> None:
    assert zone(stage) == "A区"
    stage.change(("seat", "s-1"), zone="Z区")
    stage.to_cache([("seat", "s-1")])
    stage.floor.live.take_in(Batch({"seat": {"s-1"}}))
    assert zone(stage) == "Z区"


def test_where_nothing_is_pending_every_reading_gives_the_same_entities(stage: Stage) -> None:
    model = read_model_of(stage.floor)
    assert model.all(Seat) is model.all(Seat)
    stage.floor.seats.set_skills("s-1", ["q-2"])
    assert model.all(Seat)["s-2"] is model.all(Seat)["s-2"]
    assert model.all(Seat)["s-1"].pending
    assert model.many(Queue, ["q-1", "none"]).keys() == {"q-1"}

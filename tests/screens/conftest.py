"""Fixtures of the tests of the screens: floors, and still time."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.floor.floor import Floor
from tests.quality_stage import QualityStage
from tests.screens.filled_floor import filled_floor
from tests.screens.floor_stage import FloorStage, StageOf
from tests.still_time import StillTimeLoop


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]] | None:
    """Run the tests on still time, except those marked for real time."""
    return None if item.get_closest_marker("real_time") else {"still": StillTimeLoop}


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    """A floor with sixty orders and a few alerts."""
    floor, _ = filled_floor(tmp_path)
    yield floor
    floor.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[QualityStage]:
    """A day's samples to score."""
    stage = QualityStage(tmp_path)
    yield stage
    stage.floor.close()


@pytest.fixture
def stage_of(tmp_path: Path) -> Iterator[StageOf]:
    """Makes floors; the arguments are those of ``FloorStage`` behind its folder."""
    stages: list[FloorStage] = []

    def make(*args: Any, **options: Any) -> FloorStage:
        stages.append(FloorStage(tmp_path / f"stage-{len(stages)}", *args, **options))
        return stages[-1]

    yield make
    for stage in stages:
        stage.floor.close()


@pytest.fixture
def floor_stage(stage_of: StageOf) -> FloorStage:
    """The floor of a supervisor: forty-nine seats, live."""
    return stage_of()

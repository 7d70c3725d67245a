"""Figures of the platform that contradict each other are marked, left out of sums, and raise no alert."""

from datetime import timedelta

import pytest

from floorctl.widgets.table import PlainTable
from tests.screens.floor_stage import STARTED, FloorStage
from tests.screens.looking import SIZES, cockpit, lines, press, resized, text, until


async def test_a_queue_that_contradicts_itself_is_marked_and_in_no_sum(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    floor_stage.change(("queue", "q-12345"), answered=1900)
    floor_stage.feed()
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["2"])
        for size in SIZES:
            await resized(pilot, size)
            with subtests.test(size=size):
                await until(pilot, lambda: "合计（少1）" in text(pilot.app))
                row = next(line for line in lines(pilot.app) if "12345 综合 " in line and "1,840" in line)
                assert row.count("—?") >= 4
                assert "103" not in text(pilot.app)
        table = pilot.app.screen.query_one("#queues", PlainTable)
        whole = table.row_at(3)
        assert whole is not None
        assert "3,680" in whole.cells
        await press(pilot, ["1"])
        await until(pilot, lambda: "接通 —?" in text(pilot.app))


async def test_a_wait_of_nobody_is_marked_and_a_wait_of_somebody_is_not(floor_stage: FloorStage) -> None:
    floor_stage.change(("queue", "q-12320"), oldest_wait_since=STARTED - timedelta(hours=6, minutes=7))
    floor_stage.feed()
    async with cockpit(floor_stage.floor) as pilot:
        await until(pilot, lambda: "最长 —?" in text(pilot.app))
        await press(pilot, ["2"])
        await until(pilot, lambda: "—?" in text(pilot.app))
        assert "1:12▲" in text(pilot.app)


async def test_more_in_use_than_there_is_is_marked_and_a_state_ahead_of_time_too(floor_stage: FloorStage) -> None:
    floor_stage.change(("resource", "r-1"), in_use=35)
    floor_stage.change(("seat", "s-03"), since=STARTED + timedelta(hours=2))
    floor_stage.feed()
    async with cockpit(floor_stage.floor) as pilot:
        await until(pilot, lambda: text(pilot.app).count("—?") == 2)
        assert "35/30" not in text(pilot.app)
        floor_stage.tell(("resource", "r-1"), in_use=25)
        await until(pilot, lambda: "25/30" in text(pilot.app))

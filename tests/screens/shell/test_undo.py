"""Key `z` on every screen: the recent acts, and undoing them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from floorctl.floor.floor import Floor
from tests.scope import FULL
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import SIZES, cockpit, press, resized, said, text, until
from tests.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    for each in ("s-1", "s-2"):
        stage.change(("seat", each), skills=("q-1",))
    stage.feed()
    yield stage
    stage.floor.close()


def skills(floor: Floor, seat: str = "s-1") -> tuple[str, ...]:
    return next(view.seat.skills for view in floor.seats.all() if view.id == seat)


@pytest.mark.parametrize(("at", "screen"), [*enumerate("123457s")])
async def test_z_takes_back_what_is_chosen_from_every_screen(
    stage: Stage, subtests: pytest.Subtests, at: int, screen: str
) -> None:
    floor = stage.floor
    async with cockpit(floor) as pilot:
        for size in SIZES if FULL else (SIZES[at % 3],):
            await resized(pilot, size)
            item = floor.seats.set_skills("s-1", ["q-2"])
            with subtests.test(size=size):
                await press(pilot, [screen, "z"])
                await until(pilot, lambda: "撤销：最近十分钟的操作" in text(pilot.app))
                assert "技能调整 坐席 01 → 人社" in text(pilot.app)
                assert "可撤销" in text(pilot.app)
                await press(pilot, ["enter"])  # nobody has chosen yet
                assert floor.outbox.item(item.id).state == "waiting"
                await press(pilot, ["1"])
                await until(pilot, lambda each=item.id: floor.outbox.item(each).state == "dropped")
                assert skills(floor) == ("q-1",)
                await until(pilot, lambda: any("已撤销，没有上传" in each for each in said(pilot.app)))
                pilot.app.clear_notifications()


async def test_what_stays_says_why(stage: Stage) -> None:
    item = stage.floor.orders.urge("o-6", 2)
    stage.answer()
    stage.feed()
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["z"])
        await until(pilot, lambda: "平台没有对应的撤销操作" in text(pilot.app))
        await press(pilot, ["1"])
        await until(pilot, lambda: any("不能撤销" in each for each in said(pilot.app)))
        assert stage.floor.outbox.item(item.id).state == "applied"


async def test_what_was_done_to_marked_seats_is_taken_back_together(stage: Stage) -> None:
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["space", "space", "k", "2", "enter"])
        await until(pilot, lambda: skills(stage.floor) == skills(stage.floor, "s-2") == ("q-2",))
        await press(pilot, ["z"])
        await until(pilot, lambda: "技能调整 ×2 坐席 01、02" in text(pilot.app))
        await press(pilot, ["1"])
        await until(pilot, lambda: skills(stage.floor) == skills(stage.floor, "s-2") == ("q-1",))


async def test_z_in_a_line_of_text_is_text_and_without_acts_says_so(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["slash", "z"])
        assert pilot.app.screen.query_one("#filter-text", Input).value == "z"
        await press(pilot, ["escape", "z"])
        await until(pilot, lambda: any("最近十分钟没有操作" in each for each in said(pilot.app)))


async def test_orders_urged_together_are_one_act_and_an_undoing_says_what_it_undid(stage: Stage) -> None:
    floor = stage.floor
    async with cockpit(floor) as pilot:
        await press(pilot, ["3"])
        await until(pilot, lambda: "000000000006" in text(pilot.app))
        await press(pilot, ["space", "space", "u"])
        await until(pilot, lambda: len(floor.outbox.items()) == 2)
        await press(pilot, ["z"])
        await until(pilot, lambda: "催办 ×2 工单" in text(pilot.app))
        await press(pilot, ["escape"])
        item = floor.seats.set_skills("s-1", ["q-2"])
        while stage.journal.sendable(1):
            stage.answer()
        stage.feed()
        await press(pilot, ["z", "1"])
        await until(pilot, lambda: len(floor.outbox.items()) == 4)
        await press(pilot, ["z"])
        await until(pilot, lambda: "撤销（技能调整 坐席 01 → 人社）" in text(pilot.app))
        assert floor.outbox.item(item.id).state == "applied"


async def test_no_act_is_marked_before_somebody_goes_to_it_and_an_undoing_can_be_undone(stage: Stage) -> None:
    floor = stage.floor
    async with cockpit(floor) as pilot:
        floor.seats.set_skills("s-1", ["q-2"])
        while stage.journal.sendable(1):
            stage.answer()
        stage.feed()
        await press(pilot, ["z"])
        await until(pilot, lambda: "技能调整 坐席 01 → 人社" in text(pilot.app))
        assert "▌1" not in text(pilot.app)
        await press(pilot, ["enter"])
        assert skills(floor) == ("q-2",)
        await press(pilot, ["down"])
        await until(pilot, lambda: "▌1" in text(pilot.app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: skills(floor) == ("q-1",))
        while stage.journal.sendable(1):
            stage.answer()
        stage.feed()
        await press(pilot, ["z", "1"])
        await until(pilot, lambda: skills(floor) == ("q-2",))
        await press(pilot, ["z"])
        await until(pilot, lambda: "恢复（技能调整 坐席 01 → 人社）" in text(pilot.app))

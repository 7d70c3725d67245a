"""A question about several things names them, as far as there is room, and says how many there are."""

import re
from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.screens.shell.dialogs import AskText, Choose, Confirm
from floorctl.screens.shell.naming import in_a_row, in_lines
from floorctl.widgets.ask import Pick
from tests.screens.filled_floor import filled_floor
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import SIZES, CockpitPilot, at_rest, cockpit, press, resized, text, until
from tests.screens.opened import orders_of, sync_of


def test_as_many_names_as_fit_and_always_one() -> None:
    assert in_a_row(["甲乙丙", "丁"], 4, "、") == ("甲乙丙", False)
    assert in_a_row(["甲", "乙"], 6, "、") == ("甲、乙", True)
    assert in_a_row(["甲" * 9], 4, "、") == ("甲" * 9, True)


def test_the_last_line_says_how_many_there_are_only_where_one_is_left_out() -> None:
    names = [f"n{at}" for at in range(9)]
    assert in_lines(names[:4], 24, "orders.ask.and_more") == "n0\nn1\nn2\nn3"
    assert in_lines(names[:5], 24, "orders.ask.and_more").splitlines() == ["n0", "n1", "n2", "等 5 件"]
    assert in_lines(names, 36, "orders.ask.and_more").splitlines() == [*names[:6], "等 9 件"]


async def test_a_question_about_several_seats_names_them(floor_stage: FloorStage, subtests: pytest.Subtests) -> None:
    async with cockpit(floor_stage.floor, (80, 24)) as pilot:
        await press(pilot, ["space", "space", "space"])
        for key, dialog in (("k", Choose), ("e", Choose), ("m", AskText)):
            await press(pilot, [key])
            await until(pilot, lambda kind=dialog: isinstance(pilot.app.screen, kind))
            seen = text(pilot.app)
            with subtests.test(key):
                assert "3 个坐席" not in seen
                for view in floor_stage.floor.seats.all()[:3]:
                    assert f"{view.seat.number} {view.person_name}" in seen
            await press(pilot, ["escape"])


async def test_a_question_about_more_seats_than_there_is_room_for_says_how_many(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor, (80, 24)) as pilot:
        await press(pilot, ["space"] * 20 + ["m"])
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        seen = text(pilot.app)
        assert re.search(r" 等\s", seen) and re.search(r"\b(1\d|20) 个", seen)
        assert sum(f"{view.seat.number} {view.person_name}" in seen for view in floor_stage.floor.seats.all()[:20]) >= 6


async def mark(pilot: CockpitPilot, n: int) -> None:
    for _ in range(n):
        await pilot.press("space")
    await at_rest(pilot)


async def test_a_dispatch_of_several_names_the_orders_above_the_departments(
    floor: Floor, subtests: pytest.Subtests
) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("D")
        await at_rest(pilot)
        await mark(pilot, 9)
        numbers = [view.order.number for view in map(screen.orders.view, screen.orders.targets()) if view is not None]
        for size in SIZES:
            await resized(pilot, size)
            await pilot.press("d")
            await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
            seen = text(pilot.app)
            named = [number for number in numbers if number in seen]
            with subtests.test(size=size):
                assert len(named) >= 3
                assert "等 " in seen or len(named) == len(numbers)
                assert "Enter 确定" in seen, "the keys stay in sight"
            await pilot.press("escape")


async def test_urging_many_again_names_them_by_number(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await mark(pilot, 8)
        numbers = [view.order.number for view in map(screen.orders.view, screen.orders.targets()) if view is not None]
        await pilot.press("u")
        await at_rest(pilot)
        await mark(pilot, 0)
        for _ in range(8):
            await pilot.press("up")
        screen.orders.marked.update(f"o-{number}" for number in numbers)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        shown = text(pilot.app)
        assert sum(number in shown for number in numbers) >= 6
        assert f"等 {len(numbers)} 件" in shown or all(number in shown for number in numbers)


async def test_closing_and_discarding_several_names_each(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    for at in range(7):
        floor.handovers.note(f"第 {at} 条")
    for at in (1, 9, 17):
        floor.orders.urge(f"o-20260304{at:05}")
    async with sync_of(floor) as (pilot, screen):
        await mark(pilot, screen.table.total)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        shown = text(pilot.app)
        assert "等 10 项" in shown
        assert "×" not in shown
    floor.close()

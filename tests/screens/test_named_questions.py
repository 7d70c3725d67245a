"""A question about several things names them, as far as there is room, and says how many there are."""

import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from floorctl.floor import Floor
from floorctl.screens.confirm import AskText, Choose, Confirm
from floorctl.screens.naming import in_a_row, in_lines
from floorctl.widgets.ask import Pick

from .filled_floor import filled_floor
from .looking import SIZES, cockpit, press, text, until
from .small_floor import SmallFloor
from .test_orders import orders_of, settled
from .test_sync_screen import sync_of


def test_as_many_names_as_fit_and_always_one() -> None:
    assert in_a_row(["甲乙丙", "丁"], 4, "、") == ("甲乙丙", False)
    assert in_a_row(["甲", "乙"], 6, "、") == ("甲、乙", True)
    assert in_a_row(["甲" * 9], 4, "、") == ("甲" * 9, True)


def test_the_last_line_says_how_many_there_are_only_where_one_is_left_out() -> None:
    names = [f"n{at}" for at in range(9)]
    assert in_lines(names[:4], 24, "orders.ask.and_more") == "n0\nn1\nn2\nn3"
    assert in_lines(names[:5], 24, "orders.ask.and_more").splitlines() == ["n0", "n1", "n2", "等 5 件"]
    assert in_lines(names, 36, "orders.ask.and_more").splitlines() == [*names[:6], "等 9 件"]


@pytest.mark.parametrize(("key", "dialog"), [("k", Choose), ("e", Choose), ("m", AskText)])
async def test_a_question_about_several_seats_names_them(key: str, dialog: type) -> None:
    floor = SmallFloor()
    async with cockpit(floor, (80, 24)) as pilot:
        await press(pilot, ["space", "space", "space", key])
        await until(pilot, lambda: isinstance(pilot.app.screen, dialog))
        shown = text(pilot.app)  # type: ignore[arg-type]
        assert "3 个坐席" not in shown
        for view in floor.seats()[:3]:
            assert f"{view.seat.number} {view.person_name}" in shown


async def test_a_question_about_more_seats_than_there_is_room_for_says_how_many() -> None:
    floor = SmallFloor()
    async with cockpit(floor, (80, 24)) as pilot:
        await press(pilot, ["space"] * 20 + ["m"])
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        shown = text(pilot.app)  # type: ignore[arg-type]
        assert re.search(r" 等\s", shown) and re.search(r"\b(1\d|20) 个", shown)
        assert sum(f"{view.seat.number} {view.person_name}" in shown for view in floor.seats()[:20]) >= 6


async def mark(pilot: Pilot[Any], n: int) -> None:
    for _ in range(n):
        await pilot.press("space")
    await settled(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_a_dispatch_of_several_names_the_orders_above_the_departments(
    floor: Floor, size: tuple[int, int]
) -> None:
    async with orders_of(floor, size) as (pilot, screen):
        await pilot.press("D")
        await settled(pilot)
        await mark(pilot, 9)
        numbers = [screen.orders.view(each).order.number for each in screen.orders.targets()]
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
        shown = text(pilot.app)
        named = [number for number in numbers if number in shown]
        assert len(named) >= 3
        assert "等 " in shown or len(named) == len(numbers)
        assert "Enter 确定" in shown, "the keys stay in sight"


async def test_urging_many_again_names_them_by_number(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await mark(pilot, 8)
        numbers = [screen.orders.view(each).order.number for each in screen.orders.targets()]
        await pilot.press("u")
        await settled(pilot)
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
        floor.note_for_handover(f"第 {at} 条")
    for at in (1, 9, 17):
        floor.urge(f"o-20260304{at:05}")
    async with sync_of(floor) as (pilot, screen):
        await mark(pilot, screen.table.total)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        shown = text(pilot.app)
        assert "等 10 项" in shown
        assert "×" not in shown
    floor.close()

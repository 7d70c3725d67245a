"""Use of the width: at 80 columns no text that must be read is cut; 200 columns are used."""

import re
from pathlib import Path

import pytest

from floorctl.models.order_filter import OrderFilter
from floorctl.models.quality import SampleCall
from floorctl.screens.floor.orders_below import OrdersBelow
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.floor.seat_table import SeatTable
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.quality.transcript import call_lines
from tests.build import HOUR
from tests.screens.filled_floor import NOW, filled_floor
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import SIZES, at_rest, cockpit, in_sight, lines, press, resized, text, until
from tests.screens.whole_floor import whole_floor

LANGUAGES = ["zh-CN", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_how_long_personal_data_are_in_sight_is_never_cut(
    tmp_path: Path, subtests: pytest.Subtests, language: str
) -> None:
    floor, _ = filled_floor(tmp_path, language=language)
    try:
        for size in SIZES:
            with subtests.test(size=size):
                async with cockpit(floor, size) as pilot:
                    await press(pilot, "3" if size[0] >= 110 else ["3", "enter"])
                    await at_rest(pilot)
                    await press(pilot, "r")
                    await until(pilot, lambda: re.search(r"明文 \d+秒|revealed \d+ s", text(pilot.app)))
    finally:
        floor.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_queues_are_read_whole(stage_of: StageOf, subtests: pytest.Subtests, language: str) -> None:
    async with cockpit(stage_of(language=language).floor) as pilot:
        await press(pilot, "2")
        for size in SIZES:
            await resized(pilot, size)
            with subtests.test(size=size):
                await until(pilot, lambda: " 57" in text(pilot.app))  # those that were abandoned
                assert not [line for line in lines(pilot.app)[1:] if "…" in line]


async def test_figures_of_the_queues_stand_near_their_names_on_a_wide_terminal(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor, (200, 60)) as pilot:
        await press(pilot, "2")
        await until(pilot, lambda: "12345 综合" in text(pilot.app))
        row = next(line for line in lines(pilot.app) if "12345 综合 " in line)
        assert max(len(gap) for gap in re.findall(" +", row.strip())) < 60


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_figure_in_the_bottom_line_is_cut(tmp_path: Path, subtests: pytest.Subtests, language: str) -> None:
    floor = whole_floor(tmp_path, language)
    waits = floor.orders.counts().to_call_back
    scored, planned = 3, 9
    assert floor.quality.counts() == (planned, scored)
    try:
        async with cockpit(floor) as pilot:
            for size in SIZES:
                await resized(pilot, size)
                shows_all = size[0] >= 120 or language == "zh-CN"
                last = f"{scored}/{planned}" if shows_all else f"{waits}"
                with subtests.test(size=size):
                    await until(pilot, lambda last=last: last in lines(pilot.app)[-1])
                    assert "…" not in lines(pilot.app)[-1]
    finally:
        floor.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_keys_named_in_the_bottom_line_are_named_whole_at_eighty_columns(
    tmp_path: Path, subtests: pytest.Subtests, language: str
) -> None:
    floor, _ = filled_floor(tmp_path, language=language)
    try:
        async with cockpit(floor, (80, 24)) as pilot:
            for screen in "4567":
                await press(pilot, screen)
                await at_rest(pilot)
                with subtests.test(screen=screen):
                    assert "…" not in lines(pilot.app)[-1]
    finally:
        floor.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_below_the_seats_a_large_terminal_shows_the_orders_that_wait_for_somebody_here(
    tmp_path: Path, language: str
) -> None:
    floor = whole_floor(tmp_path, language)
    try:
        to_dispatch = floor.orders.page(OrderFilter(to_dispatch=True), sort="dispatch_due").items[0].order.number
        to_call_back = floor.orders.page(OrderFilter(to_call_back=True)).items[0].order.number
        async with cockpit(floor, (200, 60)) as pilot:
            await until(pilot, lambda: all(each in text(pilot.app) for each in (to_dispatch, to_call_back)))
            below = pilot.app.screen.query_one(OrdersBelow)
            plan = pilot.app.screen.query_one(SeatPlan)
            assert plan.region.bottom == below.region.y
            assert all(view.person_name in text(pilot.app) for view in floor.seats.all() if view.person_name)
            # Enter on one of them opens it.
            below.lists["to_dispatch"].focus()
            await press(pilot, ["enter"])
            await until(pilot, lambda: isinstance(pilot.app.screen, OrdersScreen))
        async with cockpit(floor, (120, 36)) as pilot:
            await at_rest(pilot)
            assert not pilot.app.screen.query_one(OrdersBelow).display
    finally:
        floor.close()


@pytest.mark.parametrize("table", [False, True])
async def test_a_list_that_goes_out_of_sight_gives_the_keys_to_the_seats(tmp_path: Path, table: bool) -> None:
    floor = whole_floor(tmp_path, "zh-CN")
    try:
        async with cockpit(floor, (200, 60)) as pilot:
            screen = pilot.app.screen
            below = screen.query_one(OrdersBelow)
            await until(pilot, lambda: below.display)
            below.lists["to_call_back"].focus()
            await until(pilot, lambda: screen.focused is below.lists["to_call_back"])
            if table:
                screen.action_table()  # type: ignore[attr-defined]
            else:
                await pilot.resize_terminal(80, 24)
            await until(pilot, lambda: not below.display)
            await until(pilot, lambda: screen.focused is not None and bool(screen.focused.region.area))
            assert isinstance(screen.focused, SeatTable if table else SeatPlan)
    finally:
        floor.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_done_to_an_alert_is_named_once_whole_and_in_the_readers_language(
    tmp_path: Path, subtests: pytest.Subtests, language: str
) -> None:
    floor = whole_floor(tmp_path, language)
    named = next(view for view in floor.alerts.all() if view.alert.kind == "order_overdue")
    floor.alerts.acknowledge(named.id)
    number = floor.names.of("order", named.alert.subject.id)
    kind = "工单超时" if language == "zh-CN" else "Order overdue"
    done = "确认" if language == "zh-CN" else "Acknowledge alert"
    try:
        async with cockpit(floor) as pilot:
            for size in SIZES:
                await resized(pilot, size)
                with subtests.test(size=size):
                    await press(pilot, ["1", "z"])
                    await until(pilot, lambda: any(number in line for line in in_sight(pilot.app)))
                    act = next(line for line in in_sight(pilot.app) if number in line)
                    assert f"{kind} {number}" in act
                    assert done in act
                    assert act.count("Alert") + act.count("预警") <= 1
                    await press(pilot, ["escape", "s"])
                    await until(pilot, lambda: f"{kind} {number}" in text(pilot.app))
    finally:
        floor.close()


async def test_names_of_items_have_the_room_that_the_list_of_results_has(tmp_path: Path) -> None:
    floor = whole_floor(tmp_path, "zh-CN")
    try:
        async with cockpit(floor, (120, 36)) as pilot:
            await press(pilot, ["5", "R", "b", "b", "b"])
            await until(pilot, lambda: "▸按评分项" in text(pilot.app))
            assert not [line for line in lines(pilot.app) if "…" in line.split("│")[0]]
    finally:
        floor.close()


def test_what_is_known_of_a_call_stands_whole_in_its_heading_or_not_at_all() -> None:
    call = SampleCall(line="12320", started_at=NOW - 26 * HOUR, seconds=83)
    wide, narrow, least = ("".join(each.text for each in call_lines(call, NOW, width)[0]) for width in (60, 30, 12))
    assert "1分23秒" in wide
    assert "12320" in wide
    assert "1分23秒" in narrow
    assert "12320" not in narrow
    assert not any("…" in each for each in (wide, narrow, least))

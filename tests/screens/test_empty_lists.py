"""A list that a filter left empty names the filter and the rows, and how to remove the filter."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.screens.app import CockpitApp
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.keys.data_key import data_key
from tests.screens.filled_floor import filled_floor, open_floor, order
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import SIZES, CockpitPilot, at_rest, cockpit, piloted, resized, text, until
from tests.sync.storage import change, open_cache, page


def said(pilot: CockpitPilot) -> str:
    return text(pilot.app)


async def searched_in_view(pilot: CockpitPilot, view: str, words: str) -> OrdersScreen:
    await pilot.press("3", view)
    await at_rest(pilot)
    await pilot.press("f", *words, "enter")
    await at_rest(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, OrdersScreen)
    return screen


async def test_a_search_in_a_view_says_what_there_is_outside_and_one_key_shows_it(floor: Floor) -> None:
    number = next(view.order.number for n in range(60) if not (view := floor.orders.get(f"o-20260304{n:05}")).overdue)
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        screen = await searched_in_view(pilot, "O", number)
        assert screen.orders.total == 0
        assert "本视图 0，全部 1（A）" in said(pilot)
        assert f"没有符合“超时 · {number}”的工单" in said(pilot)
        await pilot.press("A")
        await at_rest(pilot)
        assert screen.orders.total == 1
        assert screen.view == "all"
        assert screen.filter_text == number
        assert "本视图" not in said(pilot)


async def test_what_is_outside_is_said_too_where_the_view_has_some(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        screen = await searched_in_view(pilot, "O", "20260304")
        shown = screen.orders.total
        assert 0 < shown < 60
        assert f"本视图 {shown}，全部 60（A）" in said(pilot)
        await pilot.press("L")
        await at_rest(pilot)
        assert "全部 60（A）" in said(pilot)
        await pilot.press("A")
        await at_rest(pilot)
        assert screen.orders.total == 60, "the line is let go of too"


async def test_a_search_that_nothing_anywhere_fits_says_that(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(80, 24)) as pilot:
        await searched_in_view(pilot, "O", "nowhere")
        assert "没有符合“超时 · nowhere”的工单" in said(pilot)
        assert "Esc" in said(pilot)
        assert "（A）" not in said(pilot)


async def test_each_list_names_its_filter_and_its_kind(floor: Floor, subtests: pytest.Subtests) -> None:
    kinds = {"4": "预警", "s": "操作", "7": "遗留事项", "5": "质检样本", "6": "考核项", "2": "队列"}
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        for key, kind in kinds.items():
            await pilot.press(key)
            await at_rest(pilot)
            with subtests.test(kind=kind):
                await pilot.press("slash", *"zzqq", "enter")
                await at_rest(pilot)
                assert f"没有符合“zzqq”的{kind}" in said(pilot)
                await pilot.press("escape")
                await at_rest(pilot)
                assert "zzqq" not in said(pilot)


async def test_a_search_for_a_seat_that_is_not_there_names_it_in_plan_and_table(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await pilot.press("slash", *"zzqq", "enter")
        await at_rest(pilot)
        assert "没有符合“zzqq”的坐席" in said(pilot)
        await pilot.press("t")
        await at_rest(pilot)
        assert "没有符合“zzqq”的坐席" in said(pilot)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_a_search_says_only_how_far_it_is_while_the_index_is_not_whole(
    tmp_path: Path, subtests: pytest.Subtests, lang: str
) -> None:
    floor, _ = filled_floor(tmp_path, language=lang)
    try:
        async with cockpit(floor) as pilot:
            await pilot.press("f", *"nowhere", "enter")
            for size in SIZES:
                await resized(pilot, size)
                with subtests.test(size=size):
                    floor.live.take_connection_status(
                        ConnectionStatus(mode="live", as_of=floor.now(), first_sync=(123_400, 1_000_000))
                    )
                    await until(pilot, lambda: "123,400" in said(pilot))
                    await until(pilot, lambda: not re.search("没有符合|No order", said(pilot)))
                    assert not re.search(r"(共 0 件|\b0 orders)", said(pilot))
                    assert "▸“nowhere”" in said(pilot), "what was typed is not pushed out of its line"
                    floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=floor.now()))
                    await until(pilot, lambda: "123,400" not in said(pilot))
                    assert "nowhere" in said(pilot)
    finally:
        floor.close()


async def test_a_search_of_a_cache_whose_index_was_left_unfinished_says_so_without_a_sync(tmp_path: Path) -> None:
    open_floor(tmp_path).close()
    with closing(open_cache(tmp_path, data_key(tmp_path, "file"))) as cache:
        cache.apply(page(*(change("order", f"o-{n}", 1, order(n)) for n in range(60))))
        cache.index_some(5)
    floor = open_floor(tmp_path)
    try:
        async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
            await searched_in_view(pilot, "A", "nowhere")
            assert "可搜索 5/60 件" in said(pilot)
            assert "没有符合" not in said(pilot)
    finally:
        floor.close()

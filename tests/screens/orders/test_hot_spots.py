"""Hot spots on the screen: what swells, how it came, and the orders behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.screens.orders.hot_spots import HotSpotsScreen
from tests.hot_floor import history, swelling
from tests.screens.filled_floor import NOW, filled_floor
from tests.screens.looking import at_rest, loaded, on_top, resized, text, until
from tests.screens.opened import orders_of


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[Floor]:
    floor, feed = filled_floor(tmp_path, orders=3)
    feed.send(*history(NOW), *swelling(NOW, title="燃气中断，电话13812345678"))
    yield floor
    floor.close()


async def test_a_matter_has_its_place_its_callers_what_is_usual_and_its_orders(hot: Floor) -> None:
    async with orders_of(hot, size=(140, 40)) as (pilot, _):
        await pilot.press("H")
        await at_rest(pilot)
        screen = on_top(pilot, HotSpotsScreen)
        (row,) = loaded(screen.table)
        assert row.texts[1:4] == ["燃气服务", "石亭县", "8"]
        shown = text(pilot.app)
        assert all(words in shown for words in ("来电过程", "平时", "2026030477703", "138****5678", "历史"))
        assert "13812345678" not in shown


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_it_is_whole_in_every_size(hot: Floor, size: tuple[int, int]) -> None:
    async with orders_of(hot) as (pilot, _):
        await pilot.press("H")
        await resized(pilot, size)
        await at_rest(pilot)
        assert all(words in text(pilot.app) for words in ("燃气服务", "石亭县", "来电过程"))


async def test_enter_chooses_an_order_to_show_among_the_orders_and_esc_comes_back(hot: Floor) -> None:
    async with orders_of(hot) as (pilot, orders):
        await pilot.press("H")
        await at_rest(pilot)
        await pilot.press("enter")
        await at_rest(pilot)
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen is orders and orders.detail is not None)
        await at_rest(pilot)
        assert orders.detail is not None
        assert orders.detail.view.id == "hot-7"
        for _ in range(3):  # from the order's text to the list, from what was searched for to all, and back
            await pilot.press("escape")
            await at_rest(pilot)
        on_top(pilot, HotSpotsScreen)
        await pilot.press("escape")
        await at_rest(pilot)
        assert pilot.app.screen is orders


async def test_a_note_about_it_goes_into_the_handover_with_its_first_order(hot: Floor) -> None:
    async with orders_of(hot) as (pilot, _):
        await pilot.press("H")
        await at_rest(pilot)
        await pilot.press("n")
        await at_rest(pilot)
        assert "石亭县 燃气服务" in text(pilot.app)
        await pilot.press(*"已报燃气公司", "enter")
        await at_rest(pilot)
        notes = [item for item in hot.handovers.get().items if item.text == "已报燃气公司"]
        assert [item.ref.id for item in notes if item.ref] == ["hot-0"]


async def test_where_history_is_short_it_says_how_many_days_there_are(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path, orders=0)
    feed.send(*history(NOW, days=9), *swelling(NOW))
    async with orders_of(floor) as (pilot, _):
        await pilot.press("H")
        await at_rest(pilot)
        assert not loaded(on_top(pilot, HotSpotsScreen).table)
        assert "满 28 天才知道平时有多少" in text(pilot.app)
    floor.close()

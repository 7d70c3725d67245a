"""Keys typed faster than a screen is there: they act on what the screen was about to show, on nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.app import CockpitApp
from floorctl.floor import Floor
from floorctl.screens.alerts import AlertsScreen
from floorctl.screens.orders import OrdersScreen

from .filled_floor import MINUTE, Feed, alert, filled_floor
from .looking import until
from .test_orders import acts, settled


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    floor, _ = filled_floor(tmp_path)
    yield floor
    floor.close()


def burst(pilot: Any, *keys: str) -> None:
    """Type ``keys`` all at once: the app has seen none of them when the last one is typed."""
    for key in keys:
        pilot.app.simulate_key(key)


def latest(floor: Floor, n: int) -> list[str]:
    views = (floor.order(f"o-20260304{at:05}") for at in range(60))
    return [view.id for view in sorted(views, key=lambda view: -view.overdue_seconds)[:n]]


async def test_the_three_latest_are_urged_however_fast_the_five_keys_come(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        burst(pilot, "3", "space", "space", "space", "u")
        await until(pilot, lambda: len(acts(floor)) == 3)
        assert [target for _, target, _ in acts(floor)] == latest(floor, 3)


async def test_on_coming_back_the_latest_is_urged_not_the_one_the_cursor_was_left_on(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await settled(pilot)
        await pilot.press("down", "down", "down", "down", "1")
        await settled(pilot)
        burst(pilot, "3", "u")
        await until(pilot, lambda: acts(floor))
        assert [target for _, target, _ in acts(floor)] == latest(floor, 1)


@pytest.mark.parametrize("key", ["3", "O", "o", "L", "U"])
async def test_what_follows_a_filter_or_a_sort_acts_on_the_list_that_it_asks_for(floor: Floor, key: str) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await settled(pilot)
        await pilot.press("down", "down", "down", "down")
        burst(pilot, key, "space")
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        await until(pilot, lambda: screen.orders.marked)
        await settled(pilot)
        assert screen.orders.marked == {screen.orders.row_at(0).id}


async def test_what_follows_a_search_acts_on_what_was_found(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await settled(pilot)
        await pilot.press("slash", *"00017", "enter", "space")
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        await until(pilot, lambda: screen.orders.marked)
        assert screen.orders.marked == {"o-2026030400017"}


async def test_the_newest_alert_is_taken_up_however_fast_the_keys_come(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("4")
        await settled(pilot)
        await pilot.press("down", "down", "1")
        await settled(pilot)
        Feed(floor).send(("alert", "newest", alert(3, raised_at=floor.now() + MINUTE)))
        burst(pilot, "4", "a")
        await until(pilot, lambda: acts(floor))
        assert acts(floor) == [("alert.acknowledge", "newest", {})]
        assert isinstance(pilot.app.screen, AlertsScreen)


async def test_keys_for_the_filter_line_are_text_although_the_list_is_ready_first(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        burst(pilot, "f", *"00017")
        await until(pilot, lambda: pilot.app.screen.filter_text == "00017")  # type: ignore[attr-defined]
        assert not acts(floor)


async def test_keys_are_not_kept_for_an_order_that_is_gone(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        pilot.app.show_order("o-nowhere")
        await settled(pilot)
        burst(pilot, "1")
        await until(pilot, lambda: pilot.app.current_mode == "floor")

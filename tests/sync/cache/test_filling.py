"""A cache counts as complete when the history has come to its end and can be searched, not before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter
from floorctl.simulator.world.setup import HISTORY_DAYS
from floorctl.sync.cache.filling import Filling
from floorctl.sync.pace import Pace
from tests.build import config
from tests.platforms import PlatformProcess
from tests.waiting import wait_until


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


def test_a_first_sync_is_over_when_all_is_indexed_and_nothing_more_comes(clock: list[float]) -> None:
    filling = Filling(Pace(now=lambda: clock[0]))
    filling.begin()
    filling.orders_came(40)
    assert filling.indexed(40, 40)
    assert filling.progress == (40, 40)
    clock[0] += 1.0
    filling.orders_came(2000)
    filling.indexed(100, 2040)
    assert filling.progress == (100, 2040)
    clock[0] += 1.0
    filling.indexed(2040, 2040)
    assert filling.progress == (2040, 2040)
    clock[0] += 1.5
    assert filling.indexed(2040, 2040)
    assert filling.progress is None


def test_a_days_work_does_not_look_like_a_history(clock: list[float]) -> None:
    filling = Filling(Pace(now=lambda: clock[0]))
    for n in range(500):
        clock[0] += 0.1
        filling.orders_came(3)
        assert not filling.indexed(10_000 + 3 * n, 10_003 + 3 * n)
    assert filling.progress is None


def test_a_history_that_comes_late_counts_as_filling_too(clock: list[float]) -> None:
    filling = Filling(Pace(now=lambda: clock[0]))
    filling.indexed(10, 10)
    filling.orders_came(300)
    assert filling.indexed(10, 310)
    assert filling.progress == (10, 310)


def loaded(platform: PlatformProcess) -> bool:
    """Whether the platform has made all of its history."""
    with closing(sqlite3.connect(f"file:{platform.data}?mode=ro", uri=True)) as db:
        (made,) = db.execute("SELECT value FROM setting WHERE name = 'world.history'").fetchone()
    return int(made) >= HISTORY_DAYS + 2  # the days, and after them the earlier months of the year


@pytest.mark.slow
def test_what_is_called_complete_can_be_searched_and_grows_no_more(tmp_path: Path) -> None:
    platform = PlatformProcess(tmp_path / "platform.db", "--orders", "3000", "--at", "11:00", forked=True)
    platform.start()
    floor = open_terminal(config(tmp_path / "data", url=platform.url))
    try:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start()
        wait_until(
            lambda: (status := floor.status.connection()).mode == "live" and status.first_sync is None,
            seconds=120,
            why="for all of the history",
        )
        found = floor.orders.page(OrderFilter(search="小区")).total
        orders = floor.orders.page(OrderFilter()).total
        score = floor.assessment.score()
        # Days off have fewer: asked for 3,000, the 60 days before a day of 2026 hold 2,719 (24 February) to 3,108.
        assert orders > 2500
        assert not score.no_orders_known
        assert found
        assert loaded(platform), "the platform has more of its history to tell"
        # But for those that have come in since.
        assert orders <= len(platform.snapshot("order")[0]) <= orders + 5
        assert found <= floor.orders.page(OrderFilter(search="小区")).total <= found + 5
    finally:
        floor.close()
        platform.stop()

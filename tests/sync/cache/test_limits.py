"""Stored limits follow the configuration: the days and the table by which they were counted may change."""

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from floorctl.calendar import SHIPPED_LIMITS, WorkCalendar
from floorctl.models.order_filter import OrderFilter
from floorctl.rules.orders.deadlines import limit_at
from floorctl.sync.cache import limits
from floorctl.sync.cache.cache import Cache
from tests.sync.storage import CALENDAR, KEY, NOW, ZONE, change, open_cache, order, page

DAY = timedelta(days=1)
QUICKER = WorkCalendar(ZONE, order_limits=[SHIPPED_LIMITS[0]])
OVERDUE = OrderFilter(overdue=True)


@pytest.fixture(autouse=True)
def none_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_AT_ONCE", 1)


def opened(folder: Path, calendar: WorkCalendar) -> Cache:
    return Cache.open(folder / "cache.db", KEY, calendar)


def filled(folder: Path, *orders: Any) -> None:
    cache = open_cache(folder)
    cache.apply(page(*[change("order", f"o-{n}", 1, each) for n, each in enumerate(orders)]))
    cache.close()


def overdue(cache: Cache) -> Collection[str]:
    found, total = cache.orders(OVERDUE, NOW)
    assert total == len(found) == cache.order_counts(NOW, CALENDAR).overdue
    return {held.id for held in found}


def test_open_orders_are_counted_by_the_present_table_as_soon_as_the_cache_is_open(tmp_path: Path) -> None:
    filled(
        tmp_path,
        order(0, type="complaint", state="accepted", received_at=NOW - 9 * DAY),
        order(1, type="complaint", state="accepted", received_at=NOW - 9 * DAY, due_at=NOW + DAY),
        order(2, type="complaint", state="handled", received_at=NOW - 9 * DAY),
        order(3, type="inquiry", state="accepted", received_at=NOW - 9 * DAY),
    )
    for calendar, late in ((CALENDAR, {"o-3"}), (QUICKER, {"o-0", "o-3"}), (CALENDAR, {"o-3"})):
        cache = opened(tmp_path, calendar)
        assert overdue(cache) == late
        cache.close()


def test_a_holiday_in_the_configuration_moves_the_limits_of_what_is_held(tmp_path: Path) -> None:
    filled(tmp_path, order(0, type="inquiry", state="accepted", received_at=NOW - 6 * DAY))
    off = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23)]
    cache = opened(tmp_path, WorkCalendar(ZONE, holidays=off))
    assert overdue(cache) == set()
    cache.close()
    cache = opened(tmp_path, CALENDAR)
    assert overdue(cache) == {"o-0"}
    cache.close()


def test_orders_that_are_done_follow_some_at_a_time(tmp_path: Path) -> None:
    received = [NOW - n * DAY for n in range(9)]
    kinds = ("complaint", "suggestion", "inquiry")
    orders = [order(n, type=kinds[n % 3], state="closed", received_at=at) for n, at in enumerate(received)]
    filled(tmp_path, *orders)
    cache = opened(tmp_path, QUICKER)
    steps = 0
    while cache.count_old_limits(2):
        steps += 1
    assert steps == 5
    listed, _ = cache.orders(OrderFilter(), NOW, sort="limit")
    limits = [limit_at(held.value, QUICKER) for held in listed]
    assert limits == sorted(limits)  # type: ignore[type-var]
    cache.close()
    cache = opened(tmp_path, QUICKER)
    assert not cache.count_old_limits(2)
    cache.close()


def test_a_restart_in_between_goes_on_where_it_was(tmp_path: Path) -> None:
    filled(tmp_path, *(order(n, type="complaint", state="closed", received_at=NOW - n * DAY) for n in range(5)))
    cache = opened(tmp_path, QUICKER)
    assert cache.count_old_limits(3)
    cache.close()
    cache = opened(tmp_path, QUICKER)
    assert cache.count_old_limits(3)
    assert not cache.count_old_limits(3)
    cache.close()

"""The orders of the simulated floor: they go the contract's way in time's order, and what they say is believable."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.orders import ORDER_TYPES, Order
from floorctl.simulator.content import people
from floorctl.simulator.content.orders import matter
from floorctl.simulator.seed import orders as seed_orders
from floorctl.simulator.world import order_life
from floorctl.simulator.world.setup import Setup
from floorctl.simulator.world.volume import orders_on
from tests.simulator.simulated_floor import SEED, TEN

SETUP = Setup(SEED, 49, 10_000, "Asia/Shanghai", TEN)
_WAY = {
    "received": {"review"},
    "review": {"ready"},
    "ready": {"dispatched"},
    "dispatched": {"accepted", "returned"},
    "returned": {"returned", "dispatched"},
    "accepted": {"accepted", "handled"},
    "handled": {"handled", "closed"},
    "closed": {"dispatched"},
}


@given(st.integers(), st.sampled_from(["normal", "special", "special_urgent"]), st.integers(0, 7 * 24 * 60))
def test_every_order_goes_its_way_to_the_end_in_times_order(seed: int, urgency: str, minutes: int) -> None:
    rng = Random(seed)
    received = TEN + timedelta(minutes=minutes)
    order = order_life.receive(rng, "1", matter(rng, urgency=urgency), received, agent_id="p-2001")
    last = received
    for _ in range(40):
        step = order_life.next_step(order, rng, SETUP.calendar, last)
        if step is None:
            break
        at, moved = step
        assert at > last
        assert moved.state in _WAY[order.state]
        last, order = at, moved
    assert order.state in ("closed", "answered")
    assert order.closed_at is not None
    if order.callback_at is not None:  # a few are never called
        assert order.callback_outcome is not None
        assert (order.satisfaction is not None) == (order.callback_outcome == "reached")


@given(st.integers(), st.integers(0, 10_000))
def test_what_should_have_happened_happens_soon_after(seed: int, minutes: int) -> None:
    rng = Random(seed)
    order = order_life.receive(rng, "1", matter(rng), TEN, agent_id=None)
    after = TEN + timedelta(minutes=minutes)
    while (step := order_life.next_step(order, rng, SETUP.calendar, after)) is not None:
        assert step[0] > after
        after, order = step
    assert order.state in ("closed", "answered")


def test_the_rates_are_a_floors() -> None:
    orders: list[Order] = []
    for back in range(20, 50):
        day = TEN.date() - timedelta(days=back)
        orders += [order for _, order, _ in seed_orders.history(SETUP, day, TEN)]
    reviewed = [each for each in orders if each.reviewed_at is not None]
    dispatched = [each for each in reviewed if each.dispatched_at is not None]
    handled = [each for each in dispatched if each.handled_at is not None and each.callback_required]
    assert 0.01 < sum(bool(each.review_errors) for each in reviewed) / len(reviewed) < 0.03
    assert 0.005 < sum(each.dispatch_correct is False for each in dispatched) / len(dispatched) < 0.03
    late = [each for each in dispatched if each.dispatched_at - each.reviewed_at > timedelta(hours=3)]  # type: ignore[operator]
    assert 0 < len(late) / len(dispatched) < 0.02
    assert sum(each.callback_at is not None for each in handled) / len(handled) > 0.8
    assert set(Counter(each.type for each in orders)) == set(ORDER_TYPES)
    assert {each.line for each in orders} == {"12345", "12333", "12320"}
    assert {"normal", "special", "special_urgent"} == {each.urgency for each in orders}
    assert all(each.state in ("closed", "answered") for each in orders)
    assert len({each.title for each in orders}) > len(orders) * 0.15


def test_history_is_as_large_as_it_was_ordered() -> None:
    for wanted in (600, 10_000, 1_000_000):
        setup = Setup(SEED, 49, wanted, "Asia/Shanghai", TEN)
        total = sum(orders_on(setup, TEN.date() - timedelta(days=back)) for back in range(1, 61))
        assert total == pytest.approx(wanted, rel=0.08)


def test_numbers_are_unique_and_of_their_day() -> None:
    work = seed_orders.open_work(SETUP, TEN)
    numbers = [order.number for _, order in work.orders]
    for back in range(4):
        day = TEN.date() - timedelta(days=back)
        numbers += [order.number for _, order, _ in seed_orders.history(SETUP, day, TEN, work.serials.get(day, []))]
    assert len(numbers) == len(set(numbers))
    assert all(each.startswith("2026") and len(each) == 13 for each in numbers)


def test_a_floor_with_a_million_orders_has_more_open_but_not_everything() -> None:
    large = seed_orders.open_work(Setup(SEED, 49, 1_000_000, "Asia/Shanghai", TEN), TEN)
    small = seed_orders.open_work(Setup(SEED, 49, 1_000, "Asia/Shanghai", TEN), TEN)
    assert len(small.orders) < len(seed_orders.open_work(SETUP, TEN).orders) < len(large.orders) < 4200


@given(st.integers())
def test_identity_numbers_check(seed: int) -> None:
    number = people.id_number(Random(seed), date(2026, 11, 25))
    assert len(number) == 18
    assert number[17] == people.check_digit(number[:17])
    date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")


def test_the_check_digit_is_the_standards() -> None:
    # The worked example of GB 11643.
    assert people.check_digit("11010519491231002") == "X"
    assert people.check_digit("44052418800101001") == "4"

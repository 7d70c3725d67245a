"""Some matters are told in several calls: by who calls again, by others at the place, and by all where it swells."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from random import Random

import pytest
from msgspec.structs import replace

from floorctl.models.orders import Order
from floorctl.simulator.content.story import story_of
from floorctl.simulator.seed import orders as seed_orders
from floorctl.simulator.world import linked, shared_matters
from floorctl.simulator.world.arrivals import SHARES
from floorctl.simulator.world.past import played
from floorctl.simulator.world.setup import Setup
from tests.simulator.simulated_floor import TEN

SEED = 3
SETUP = Setup(SEED, 49, None, "Asia/Shanghai", TEN)
WEEK = [TEN.date() - timedelta(days=back) for back in range(12, 5, -1)]


@cache
def week() -> dict[str, Order]:
    """The orders of a week that are over by now, with their ids."""
    return {oid: order for day in WEEK for oid, order, _ in seed_orders.history(SETUP, day, TEN)}


def _abouts(day: date, setup: Setup = SETUP) -> list[str]:
    return [each.about for queue_id in SHARES for each in shared_matters.callers(setup, day, queue_id) if each.about]


def test_about_eight_in_a_hundred_are_told_by_the_same_caller_again_some_days_later() -> None:
    orders = sum(len(seed_orders.receipts(SETUP, day)) for day in WEEK)
    again = [
        each for day in WEEK for each in _abouts(day) if shared_matters.first_of(each) and each.startswith("again")
    ]
    assert 0.05 < len(again) / orders < 0.12


def test_who_calls_again_has_the_same_number_and_tells_the_same_in_other_words() -> None:
    of: dict[str, list[Order]] = defaultdict(list)
    for order in week().values():
        if order.citizen is not None and order.agent_id is not None:
            of[order.citizen.phone or ""].append(order)
    repeated = [sorted(each, key=lambda order: order.received_at) for each in of.values() if len(each) > 1]
    assert len(repeated) > 20
    for first, *later in repeated:
        for order in later:
            assert (order.category_id, order.region, order.title) == (first.category_id, first.region, first.title)
            assert order.content != first.content
            assert order.citizen is not None
            assert first.citizen is not None
            assert order.citizen.name == first.citizen.name
            told, told_first = story_of(order), story_of(first)
            assert told is not None
            assert told_first is not None
            assert told.case == told_first.case


def test_a_colleague_has_linked_some_of_them_to_an_order_that_is_there() -> None:
    children = [order for order in week().values() if order.parent_id is not None]
    assert len(children) > 5
    for child in children:
        parent = week().get(child.parent_id or "")
        if parent is None:
            continue  # of the week before
        assert parent.received_at < child.received_at
        assert parent.parent_id is None
        assert parent.title == child.title


def test_open_work_has_callers_who_called_again_linked_and_not() -> None:
    work = dict(seed_orders.open_work(SETUP, TEN).orders)
    phones = Counter(order.citizen.phone for order in work.values() if order.citizen is not None)
    assert sum(count > 1 for count in phones.values()) >= 10
    children = [order for order in work.values() if order.parent_id is not None]
    assert 2 <= len(children) < sum(count > 1 for count in phones.values())
    assert all(work[child.parent_id or ""].received_at < child.received_at for child in children)


@pytest.mark.parametrize("seed", [1, 2, 3, 12345])
def test_on_the_morning_of_a_working_day_a_matter_swells_at_one_place(seed: int) -> None:
    setup = Setup(seed, 49, None, "Asia/Shanghai", TEN)
    calls = [
        each
        for each in shared_matters.callers(setup, TEN.date(), "q-12345")
        if each.about.startswith(shared_matters.SPOT)
    ]
    assert 8 <= len(calls) <= 20
    assert len({each.phone for each in calls}) == len(calls)
    assert calls[0].at < (TEN + timedelta(hours=1)).timestamp()
    assert calls[-1].at - calls[0].at < 4 * 3600
    told = [shared_matters.matter_of(setup, each.about, Random(each.id)) for each in calls]
    assert len({(each.topic.category_id, each.region) for each in told}) == 1


def test_before_that_there_were_one_or_two_in_a_month_and_none_on_a_day_off() -> None:
    days = [TEN.date() - timedelta(days=back) for back in range(1, 32)]
    with_one = {day for day in days if any(each.startswith("spot") for each in _abouts(day))}
    assert 1 <= len(with_one) <= 2
    assert all(SETUP.calendar.is_working_day(day) for day in with_one)


def test_a_floor_with_few_orders_has_none() -> None:
    setup = Setup(SEED, 49, 300, "Asia/Shanghai", TEN)
    assert not any(each.startswith("spot") for each in _abouts(TEN.date(), setup))


def test_what_swells_is_among_the_open_work_when_a_floor_opens_at_noon() -> None:
    noon = TEN.replace(hour=12)
    work = seed_orders.open_work(Setup(SEED, 49, None, "Asia/Shanghai", noon), noon)
    cells = Counter(
        (order.category_id, order.region) for _, order in work.orders if order.received_at > noon - timedelta(hours=3)
    )
    assert cells.most_common(1)[0][1] >= 5


def test_it_makes_no_difference_to_the_calls_that_are_answered() -> None:
    day = WEEK[0]
    plain = list(SETUP.arrivals.of_day(day, "q-12345"))
    chosen = [each for each in shared_matters.callers(SETUP, day, "q-12345") if not each.about.startswith("spot")]
    assert [(each.id, each.at, each.talk) for each in plain] == [(each.id, each.at, each.talk) for each in chosen]


def test_a_day_long_past_is_made_of_a_later_one_of_its_kind() -> None:
    setup = Setup(SEED, 49, 3000, "Asia/Shanghai", TEN)
    old = TEN.date() - timedelta(days=42)
    of_old = played(setup, old)
    offered = sum(tally.offered for quarters in of_old.tallies.values() for tally in quarters.values())
    recent = played(setup, TEN.date() - timedelta(days=14))
    like = sum(tally.offered for quarters in recent.tallies.values() for tally in quarters.values())
    assert 0.6 < offered / like < 1.6
    midnight = TEN.replace(hour=0).timestamp() - 42 * 86_400
    assert all(midnight <= start < midnight + 86_400 for quarters in of_old.tallies.values() for start in quarters)
    assert of_old.calls
    assert {each.caller.phone for each in of_old.calls}.isdisjoint({each.caller.phone for each in recent.calls})


def test_a_repetition_follows_the_order_that_it_repeats() -> None:
    orders = iter(order for order in week().values() if order.state == "closed" and order.lead_department_id)
    parent, child = next(orders), next(orders)
    child = replace(child, state="ready", parent_id="o-1", handled_at=None, closed_at=None, dispatched_at=None)
    assert linked.follows(child)
    assert not linked.follows(replace(child, state="review"))
    going = replace(parent, state="accepted", handled_at=None, closed_at=None)
    at, sent = linked.step(child, going, Random(1), TEN) or (TEN, child)
    assert at > TEN
    assert (sent.state, sent.department_ids) == ("dispatched", parent.department_ids)
    assert (linked.step(sent, going, Random(1), at) or (at, None))[1] == sent
    over = linked.step(sent, parent, Random(1), at)
    assert over is not None
    assert (over[1].state, over[1].callback_required) == ("closed", False)
    assert linked.step(over[1], parent, Random(1), over[0]) is None

"""Departments send back, ask for more time and do again what nobody was satisfied with, at believable rates."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from random import Random

import pytest
from msgspec.structs import replace

from floorctl.models.orders import Order
from floorctl.rules.orders import stuck
from floorctl.simulator.content.orders import matter
from floorctl.simulator.seed import orders as seed_orders
from floorctl.simulator.world import order_life, waiting_for_us
from floorctl.simulator.world.setup import Setup
from tests.simulator.simulated_floor import TEN

SETUP = Setup(11, 49, 10_000, "Asia/Shanghai", TEN)
CALENDAR = SETUP.calendar
HOURS = timedelta(hours=1)


def _steps(rng: Random, received: datetime) -> Iterator[Order]:
    order = order_life.receive(rng, "1", matter(rng, urgency="normal"), received, agent_id="p-2001", phone="1")
    yield order
    while (step := order_life.next_step(order, rng, CALENDAR)) is not None:
        order = step[1]
        yield order


@cache
def lives() -> tuple[tuple[Order, ...], ...]:
    """The states of two thousand orders of a week that departments had to handle, oldest first."""
    made = []
    for seed in (1, 2, 3):
        rng = Random(seed)
        for _ in range(1700):
            states = tuple(_steps(rng, TEN + timedelta(minutes=rng.randrange(7 * 24 * 60))))
            if states[0].state != "answered":
                made.append(states)
    assert len(made) > 2000
    return tuple(made)


def _share(of: int) -> float:
    return of / len(lives())


def test_a_few_in_a_hundred_are_sent_back_and_some_for_the_second_time() -> None:
    ends = [states[-1] for states in lives()]
    assert 0.025 < _share(sum(each.returns > 0 for each in ends)) < 0.06
    assert any(each.returns > 1 for each in ends)
    assert any(each.conferences for each in ends)
    for each in ends:
        assert each.returns == len(each.return_log)
        assert all(entry.reason and entry.upheld is not None and entry.decided_by for entry in each.return_log)


def test_only_a_return_that_was_upheld_costs_dispatch_accuracy() -> None:
    for states in lives():
        for order in states:
            upheld = any(entry.upheld for entry in order.return_log)
            assert (order.dispatch_correct is False) == upheld
    assert 0.008 < _share(sum(states[-1].dispatch_correct is False for states in lives())) < 0.03


def test_a_return_waits_undecided_and_then_goes_to_another_department_or_back_to_the_same() -> None:
    for states in lives():
        for before, after in itertools.pairwise(states):
            if stuck.open_return(before) is None:
                continue
            newest = after.return_log[-1]
            assert newest.decided_at is not None
            assert timedelta(0) < newest.decided_at - newest.at < 60 * HOURS
            assert after.state == ("returned" if newest.upheld else "dispatched")
            if not newest.upheld:
                assert after.department_ids == before.department_ids
    for states in lives():
        for before, after in itertools.pairwise(states):
            if before.state == "returned" and after.state == "dispatched" and before.return_log[-1].upheld:
                assert after.lead_department_id != before.return_log[-1].department_id


def test_more_time_is_asked_for_before_the_limit_and_moves_it_where_it_is_granted() -> None:
    asked = [states for states in lives() if any(order.extension is not None for order in states)]
    assert 0.01 < _share(len(asked)) < 0.06
    answers: Counter[bool | None] = Counter()
    for states in asked:
        for before, after in itertools.pairwise(states):
            if stuck.open_extension(before) is None or before.extension is None or after.extension is None:
                continue
            limit = before.due_at or order_life.limit(before, CALENDAR)
            assert before.extension.asked_at < limit < before.extension.until
            answers[after.extension.granted] += 1
            assert after.due_at == (before.extension.until if after.extension.granted else before.due_at)
    assert answers[True] > answers[False] > 0


def test_who_was_not_satisfied_has_it_done_again_at_most_twice_and_is_called_again() -> None:
    redone = [states for states in lives() if states[-1].redos]
    assert 0.02 < _share(len(redone)) < 0.07
    assert {len(states[-1].redos) for states in redone} == {1, 2}
    for states in redone:
        for before, after in itertools.pairwise(states):
            if len(after.redos) > len(before.redos):
                assert stuck.redo_proposed(before)
                assert after.state == "dispatched"
                assert after.department_ids == before.department_ids
                assert (after.handled_at, after.callback_at, after.satisfaction, after.closed_at) == (None,) * 4
                assert after.due_at is not None
                assert after.due_at > after.redos[-1].at
        assert states[-1].state == "closed"


def test_about_a_third_of_the_reports_are_confidential_and_hardly_anything_else() -> None:
    first = [states[0] for states in lives()]
    reports = [each for each in first if each.type == "report"]
    assert 0.2 < sum(each.confidential for each in reports) / len(reports) < 0.5
    others = [each for each in first if each.type != "report"]
    assert sum(each.confidential for each in others) / len(others) < 0.02
    assert all(each.confidential for each in first if "信息保密" in each.content)


@pytest.mark.parametrize("upheld", [True, False])
def test_life_goes_on_from_what_a_person_decided(upheld: bool) -> None:
    rng = Random(5)
    order = next(each for states in lives() for each in states if stuck.open_return(each) is not None)
    newest = replace(
        order.return_log[-1], upheld=upheld, decided_by="p-1001", decided_at=order.return_log[-1].at + HOURS
    )
    order = replace(order, return_log=(*order.return_log[:-1], newest), state="returned" if upheld else "dispatched")
    after = order.return_log[-1].decided_at
    while (step := order_life.next_step(order, rng, CALENDAR, after)) is not None:
        after, order = step
    assert order.state == "closed"
    assert order.return_log[0].decided_by == "p-1001"


def test_an_order_that_a_person_has_done_again_gets_a_limit_that_lies_ahead() -> None:
    order = next(each for states in lives() for each in states if each.state == "closed" and each.due_at is not None)
    assert order.closed_at is not None
    again = waiting_for_us.done_again(order, Random(1), None)[1]
    again = replace(again, due_at=order.due_at)
    while again.state == "dispatched":
        step = order_life.next_step(again, Random(2), CALENDAR)
        assert step is not None
        again = step[1]
    assert again.due_at is not None
    assert again.due_at > again.redos[-1].at


@pytest.mark.parametrize("orders", [300, None])
def test_a_new_floor_has_something_of_each_that_waits_for_a_decision(orders: int | None) -> None:
    for seed in (11, 12345):
        work = seed_orders.open_work(Setup(seed, 49, orders, "Asia/Shanghai", TEN), TEN)
        waiting = Counter(stuck.stuck(order) for _, order in work.orders)
        assert all(1 <= waiting[each] <= 12 for each in stuck.STUCK), waiting
        assert any(order.redos for _, order in work.orders)

"""A day of the simulated floor has the figures of a real hotline, over 20 seeds, on working days and on days off.

The ranges are those that public figures of hotlines give: at least 95 % connected, a mean wait of 5 to 25 seconds, a
mean talk of 150 seconds.
"""

from datetime import date, datetime, time, timedelta
from itertools import product
from statistics import mean

import pytest

from floorctl.models.orders import Order
from floorctl.simulator.scenarios import SCENARIOS
from floorctl.simulator.seed import orders as seed_orders
from floorctl.simulator.seed.orders import receipts
from floorctl.simulator.world.arrivals import SHARES, Caller, lognormal, profile
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.missed import MissedCalls
from floorctl.simulator.world.past import played
from floorctl.simulator.world.seat import Desk
from floorctl.simulator.world.setup import Setup
from floorctl.simulator.world.volume import load, usual_orders, volume
from tests.simulator.simulated_floor import ZONE

MONDAY, WEDNESDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (16, 18, 21, 22))
EVENING = datetime(2026, 11, 22, 23, 59, tzinfo=ZONE)
SEEDS = range(1, 21)


def _setup(seed: int, seats: int = 49, orders: int | None = None) -> Setup:
    return Setup(seed, seats, orders, "Asia/Shanghai", EVENING)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("day", [MONDAY, WEDNESDAY, SATURDAY, SUNDAY], ids=lambda day: day.strftime("%a"))
def test_a_days_calls_are_answered_as_a_hotline_answers_them(day: date, seed: int) -> None:
    setup = _setup(seed)
    live = LiveFloor(setup)
    talked: list[float] = []

    def over(_at: float, _desk: Desk, caller: Caller) -> None:
        talked.append(caller.talk)

    live.telephony.on_call_over = over
    live.play(day, setup.shifts(day))
    lines = live.telephony.lines.values()
    offered = sum(line.offered for line in lines)
    answered = sum(line.answered for line in lines)
    assert answered / offered >= 0.95, (offered, answered)
    assert 5 <= sum(line.waited for line in lines) / answered <= 25
    assert mean(talked) == pytest.approx(150, rel=0.1)
    for line in lines:
        assert line.answered / line.offered >= 0.85, line.queue_id


def test_in_the_busy_hours_somebody_waits_and_sometimes_nobody() -> None:
    waiting = []
    for seed, day in product((1, 2, 3, 4), (MONDAY, WEDNESDAY)):
        setup = _setup(seed)
        live = LiveFloor(setup)
        midnight = live.midnight(day)
        live.start(midnight, day, setup.shifts(day))
        for minute in range(9 * 60 + 30, 16 * 60):
            live.run(midnight + minute * 60)
            waiting.append(sum(len(line.waiting) for line in live.telephony.lines.values()))
    assert 0.1 < sum(each > 0 for each in waiting) / len(waiting) < 0.9


def test_on_the_morning_of_the_demonstration_somebody_soon_waits() -> None:
    seen = 0
    for seed in (1, 2, 3, 4, 12345):
        begins = SCENARIOS["day"].begins(date(2026, 11, 30), ZONE)
        setup = Setup(seed, 49, 300, "Asia/Shanghai", begins, "day")
        live = LiveFloor(setup)
        live.start(begins.timestamp(), begins.date(), setup.shifts(begins.date()))
        waited = 0
        for second in range(0, 600, 10):
            live.run(begins.timestamp() + second)
            waited += any(line.waiting for line in live.telephony.lines.values())
        seen += waited > 0
    assert seen >= 4


def test_the_day_dips_over_lunch_between_its_two_busy_times() -> None:
    morning, lunch, afternoon = profile(42), profile(51), profile(60)  # 10:30, 12:45, 15:00
    assert lunch < 0.75 * afternoon < 0.75 * morning
    assert profile(36) < 0.6 * morning  # at nine


@pytest.mark.parametrize("day", [WEDNESDAY, SUNDAY], ids=lambda day: day.strftime("%a"))
def test_a_day_that_is_over_is_the_one_that_the_floor_would_have_lived(day: date) -> None:
    setup = _setup(5)
    live = LiveFloor(setup)
    live.telephony.on_gave_up = MissedCalls(setup).gave_up
    live.start(live.midnight(day + timedelta(days=1)) - 1, day, setup.shifts(day))
    # Not to the last call: dispatchers' calls, which the past leaves out, now and then take the last free channel.
    for queue_id, quarters in played(setup, day).tallies.items():
        line = live.telephony.lines[queue_id]
        assert sum(each.offered for each in quarters.values()) == pytest.approx(line.offered, rel=0.01)
        assert sum(each.answered for each in quarters.values()) == pytest.approx(line.answered, rel=0.02)
        assert sum(each.in_target for each in quarters.values()) == pytest.approx(line.in_target, rel=0.05)
        assert sum(each.handled for each in quarters.values()) == pytest.approx(line.handled, rel=0.02)


def test_a_third_of_the_calls_end_in_an_order_and_a_day_has_several_hundred() -> None:
    setup = _setup(6)
    for day in (MONDAY, WEDNESDAY, SATURDAY):
        came = receipts(setup, day)
        answered = sum(tally.answered for tally in played(setup, day).tallies["q-12345"].values())
        of_calls = sum(each.call is not None and each.call.caller.queue_id == "q-12345" for each in came)
        assert 0.30 <= of_calls / answered <= 0.45
        assert (500 if day != SATURDAY else 250) < len(came) < 1500


def test_an_order_of_a_call_is_recorded_by_who_took_it_when_it_was_over() -> None:
    setup = _setup(7, orders=3000)
    calls = {f"{call.caller.phone}": call for call in played(setup, WEDNESDAY).calls}
    orders = [order for _, order, _ in seed_orders.history(setup, WEDNESDAY, EVENING)]
    by_phone = [each for each in orders if each.agent_id is not None]
    assert len(by_phone) > 5
    for order in by_phone:
        assert order.citizen is not None
        call = calls[order.citizen.phone or ""]
        assert order.agent_id == call.person_id
        assert abs(order.received_at.timestamp() - call.over) < 0.01


def test_a_large_floors_past_is_that_of_a_smaller_one_multiplied() -> None:
    setup, small = _setup(8, seats=500), _setup(8)
    times = setup.arrivals.scale / small.arrivals.scale
    large = sum(tally.offered for quarters in played(setup, WEDNESDAY).tallies.values() for tally in quarters.values())
    contract = sum(
        tally.offered for quarters in played(small, WEDNESDAY).tallies.values() for tally in quarters.values()
    )
    assert large == pytest.approx(contract * times, rel=0.05)
    assert {call.person_id for call in played(setup, WEDNESDAY).calls} > set()


def test_a_number_of_orders_that_is_asked_for_scales_the_history_and_less_so_the_open_work() -> None:
    natural = _setup(9)
    assert volume(natural) == 1
    assert load(natural) == 1
    assert usual_orders(natural) == usual_orders(_setup(9, orders=300))
    assert volume(_setup(9, orders=300)) < 0.02 < 0.1 < load(_setup(9, orders=300)) < 0.3


def test_lognormal_draws_have_the_mean_that_is_asked_for() -> None:
    from random import Random

    rng = Random(4)
    assert mean(lognormal(rng, 150, 1.0) for _ in range(40_000)) == pytest.approx(150, rel=0.03)


def test_a_day_begins_and_ends_at_the_floors_midnight() -> None:
    setup = _setup(10)
    begins = datetime.combine(WEDNESDAY, time(), ZONE).timestamp()
    for queue_id in SHARES:
        quarters = played(setup, WEDNESDAY).tallies[queue_id]
        assert all(begins <= start < begins + 86_400 for start in quarters)
    assert isinstance(next(order for _, order, _ in seed_orders.history(setup, WEDNESDAY, EVENING)), Order)

import math
from collections.abc import Iterator
from datetime import timedelta

import pytest

from floorctl.models.floor import Interval
from floorctl.rules.staffing import erlang, surge
from floorctl.rules.staffing.forecast import Forecast
from tests.rules import small_floor
from tests.rules.small_floor import DAY, NOW, ZONE

QUARTER = timedelta(minutes=15)


def quarters(*days_and_counts: tuple[int, int]) -> Iterator[Interval]:
    for days, offered in days_and_counts:
        yield small_floor.interval(
            queue_id="q",
            start=NOW - days * DAY,
            offered=offered,
            answered=offered,
            answered_in_target=offered,
            handle_seconds=offered * 200,
            staffed_seconds=9000,
        )


def test_it_is_the_mean_of_the_same_weekday_and_quarter_hour() -> None:
    forecast = Forecast(quarters((7, 10), (14, 20), (1, 500)), ZONE, before=NOW.date())
    expected = forecast.at("q", NOW + timedelta(minutes=14))
    assert expected is not None
    assert (expected.offered, expected.aht_s, expected.days) == (15, 200, 2)


def test_a_weekday_without_history_takes_all_days() -> None:
    expected = Forecast(quarters((1, 10), (2, 30)), ZONE, before=NOW.date()).at("q", NOW)
    assert expected is not None
    assert expected.offered == 20


def test_today_and_what_is_too_old_are_left_out() -> None:
    assert Forecast(quarters((0, 10), (57, 10), (-7, 10)), ZONE, before=NOW.date()).at("q", NOW) is None


def test_where_there_is_no_history_there_is_no_forecast() -> None:
    forecast = Forecast(quarters((7, 10)), ZONE, before=NOW.date())
    assert forecast.at("other", NOW) is None
    day = forecast.day("q", NOW.date())
    assert len(day) == 96
    assert [start for start, expected in day if expected is not None] == [NOW]


def test_no_calls_need_nobody_and_more_patience_needs_more_agents() -> None:
    assert erlang.min_agents(0, 900, 180, 15, 0.9) == 0
    needed = [erlang.min_agents(60, 900, 180, 15, 0.9, patience) for patience in (30.0, 120.0, 600.0)]
    assert needed == sorted(needed)
    assert needed[-1] <= erlang.min_agents(60, 900, 180, 15, 0.9)


@pytest.mark.parametrize("wrong", [(-1, 900, 180), (1, 0, 180), (1, 900, 0)])
def test_what_makes_no_sense_is_an_error(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError):
        erlang.erlang_c(*wrong, agents=1)
    with pytest.raises(ValueError):
        surge.design(10, 1.0)


@pytest.mark.parametrize("agents", [1, 5, 40, 400])
@pytest.mark.parametrize("calls", [0, 0.1, 10, 1000, 20_000])
@pytest.mark.parametrize("patience", [1, 60, 36_000])
def test_erlang_a_holds_from_an_empty_floor_to_a_flooded_one(agents: int, calls: float, patience: float) -> None:
    found = erlang.erlang_a(calls, 900, 180, agents, 15, patience)
    for name in ("pw", "pab", "occ", "sl_offered", "sl_virtual", "sl_left_within_T", "ab_within_T"):
        assert -1e-12 <= getattr(found, name) <= 1 + 1e-9, name
    # What comes in is answered or gives up, and those answered keep the agents busy.
    assert found.occ * agents == pytest.approx(found.A * (1 - found.pab), rel=1e-7, abs=1e-12)
    # Who neither waits in vain that long nor has the patience to is gone by then.
    stay = (1 - found.sl_virtual) * math.exp(-15 / patience)
    assert found.sl_left_within_T == pytest.approx(1 - stay, abs=1e-9)


def test_the_running_sum_alarms_on_a_rise_and_not_on_the_usual() -> None:
    usual = [(20, 20.0)] * 16
    assert surge.run(usual, 1.5)[0] == 0
    total, limit = surge.run([*usual, (40, 20.0)], 1.5)
    assert total >= limit
    assert surge.run([(5, 0.0)], 1.5) == (0, float("inf"))

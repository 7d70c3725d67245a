"""Rates, means, occupancy and crews out of counts and seats."""

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.floor import Queue
from floorctl.rules.floor import metrics
from tests.rules import small_floor
from tests.rules.small_floor import MINUTE, NOW

counts = st.integers(0, 500)


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    answered, short, long = draw(counts), draw(counts), draw(counts)
    return small_floor.queue(
        waiting=draw(counts),
        answered=answered,
        answered_in_target=draw(st.integers(0, answered)),
        abandoned=short + long,
        abandoned_short=short,
        offered=answered + short + long,
        wait_seconds=float(draw(counts)),
        handle_seconds=float(draw(counts)),
        oldest_wait_since=draw(st.none() | st.integers(0, 900).map(lambda s: NOW - timedelta(seconds=s))),
    )


@given(st.lists(queues(), max_size=6), st.lists(queues(), max_size=6))
def test_rates_are_of_summed_counts_however_they_are_grouped(one: list[Queue], other: list[Queue]) -> None:
    together = metrics.combine(one + other)
    assert metrics.combine([metrics.combine(one), metrics.combine(other)]) == together
    offered = sum(queue.offered for queue in one + other)
    for rate, part in (
        (metrics.answer_rate(together), sum(queue.answered for queue in one + other)),
        (metrics.service_level(together), sum(queue.answered_in_target for queue in one + other)),
    ):
        assert rate == (Fraction(part, offered) if offered else None)


@given(queues())
def test_rates_lie_between_nothing_and_all(queue: Queue) -> None:
    for rate in (metrics.answer_rate(queue), metrics.service_level(queue), metrics.abandon_rate(queue)):
        assert rate is None or 0 <= rate <= 1


def test_short_abandons_count_on_neither_side() -> None:
    queue = small_floor.queue(offered=100, answered=90, abandoned=10, abandoned_short=4)
    assert metrics.abandon_rate(queue) == Fraction(6, 96)


def test_where_nothing_was_offered_there_is_no_rate() -> None:
    quiet = small_floor.queue()
    rates = [metrics.answer_rate, metrics.service_level, metrics.abandon_rate, metrics.asa, metrics.aht]
    assert [each(quiet) for each in rates] == [None] * 5
    assert metrics.longest_wait(quiet, NOW) is None
    assert metrics.occupancy([small_floor.seat(state="break")]) is None


def test_averages() -> None:
    queue = small_floor.queue(
        waiting=1, offered=10, answered=8, wait_seconds=40, handle_seconds=1600, oldest_wait_since=NOW - MINUTE
    )
    assert (metrics.asa(queue), metrics.aht(queue), metrics.longest_wait(queue, NOW)) == (5, 200, 60)


def test_a_seat_that_is_away_or_signed_out_counts_neither_in_the_occupancy_nor_in_a_crew() -> None:
    states = ["ready", "talking", "wrap_up", "hold", "meal", "not_ready", "signed_out"]
    seats = [small_floor.seat(state=state, skills=("q-1", "q-2")) for state in states]
    assert metrics.occupancy(seats) == Fraction(3, 4)
    assert metrics.crews(seats) == dict.fromkeys(("q-1", "q-2"), metrics.Crew(able=4, idle=1))
    assert metrics.crews(seats[-3:]) == {}


def test_the_last_half_hour_is_every_quarter_that_reaches_into_it() -> None:
    quarters = [
        small_floor.interval(queue_id="q", start=NOW - minutes * MINUTE, offered=1, answered=1, answered_in_target=1)
        for minutes in (0, 15, 30, 44, 45, 60, -1)
    ]
    assert metrics.last_30_minutes(quarters, "q", NOW).offered == 4
    assert metrics.last_30_minutes(quarters, "other", NOW).offered == 0

"""Metrics, seat limits and masking."""

import re
from datetime import timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from floorctl.models.floor import Queue
from floorctl.models.orders import Citizen
from floorctl.rules import privacy
from floorctl.rules.floor import limits, metrics
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


class TestMetrics:
    @given(st.lists(queues(), max_size=6), st.lists(queues(), max_size=6))
    def test_rates_are_of_summed_counts_however_they_are_grouped(self, one: list[Queue], other: list[Queue]) -> None:
        together = metrics.combine(one + other)
        assert metrics.combine([metrics.combine(one), metrics.combine(other)]) == together
        offered = sum(queue.offered for queue in one + other)
        for rate, part in (
            (metrics.answer_rate(together), sum(queue.answered for queue in one + other)),
            (metrics.service_level(together), sum(queue.answered_in_target for queue in one + other)),
        ):
            assert rate == (Fraction(part, offered) if offered else None)

    @given(queues())
    def test_rates_lie_between_nothing_and_all(self, queue: Queue) -> None:
        for rate in (metrics.answer_rate(queue), metrics.service_level(queue), metrics.abandon_rate(queue)):
            assert rate is None or 0 <= rate <= 1

    def test_short_abandons_count_on_neither_side(self) -> None:
        queue = small_floor.queue(offered=100, answered=90, abandoned=10, abandoned_short=4)
        assert metrics.abandon_rate(queue) == Fraction(6, 96)

    def test_where_nothing_was_offered_there_is_no_rate(self) -> None:
        quiet = small_floor.queue()
        rates = [metrics.answer_rate, metrics.service_level, metrics.abandon_rate, metrics.asa, metrics.aht]
        assert [each(quiet) for each in rates] == [None] * 5
        assert metrics.longest_wait(quiet, NOW) is None
        assert metrics.occupancy([small_floor.seat(state="break")]) is None

    def test_averages_and_occupancy(self) -> None:
        queue = small_floor.queue(
            waiting=1, offered=10, answered=8, wait_seconds=40, handle_seconds=1600, oldest_wait_since=NOW - MINUTE
        )
        assert (metrics.asa(queue), metrics.aht(queue), metrics.longest_wait(queue, NOW)) == (5, 200, 60)
        states = ["ready", "talking", "wrap_up", "hold", "meal", "signed_out"]
        assert metrics.occupancy(small_floor.seat(state=state) for state in states) == Fraction(3, 4)

    def test_the_last_half_hour_is_every_quarter_that_reaches_into_it(self) -> None:
        quarters = [
            small_floor.interval(
                queue_id="q", start=NOW - minutes * MINUTE, offered=1, answered=1, answered_in_target=1
            )
            for minutes in (0, 15, 30, 44, 45, 60, -1)
        ]
        assert metrics.last_30_minutes(quarters, "q", NOW).offered == 4
        assert metrics.last_30_minutes(quarters, "other", NOW).offered == 0


class TestSeatLimits:
    @pytest.mark.parametrize(
        ("state", "seconds", "marked"),
        [
            ("talking", 600, "none"), ("talking", 601, "warning"), ("talking", 901, "alert"),
            ("wrap_up", 121, "warning"), ("break", 901, "warning"), ("meal", 2700, "none"),
            ("not_ready", 301, "warning"), ("ringing", 16, "warning"),
            ("ready", 99_999, "none"), ("a state of a later release", 99_999, "none"),
        ],
    )  # fmt: skip
    def test_a_seat_is_marked_past_its_limit(self, state: str, seconds: int, marked: str) -> None:
        seat = small_floor.seat(state=state, since=NOW - timedelta(seconds=seconds))
        assert limits.seat_limit(seat, NOW, limits.SeatLimits()) == marked

    def test_a_clock_that_is_behind_shows_no_negative_time(self) -> None:
        assert limits.seconds_in_state(small_floor.seat(since=NOW + MINUTE), NOW) == 0


class TestMasking:
    def test_the_forms_of_the_floors_rules(self) -> None:
        assert privacy.mask_phone("13812345678") == "138****5678"
        assert privacy.mask_phone("+86 138-1234-5678") == "138****5678"
        assert privacy.mask_name("张三丰") == privacy.mask_name("张三") == "张**"
        assert privacy.mask_id_no("510104199001011234") == "5101**********1234"
        assert privacy.mask_address("成都市高新区天府大道1388号2栋3单元") == "成都市高新区天府大道***"
        assert privacy.mask_address("幸福村三组") == "幸福村***"

    def test_numbers_inside_text_are_masked_and_other_numbers_are_not(self) -> None:
        text = "市民13812345678（身份证51010419900101123X，座机028-86123456）反映20260302000001，2026-03-02 14:00。"
        masked = privacy.mask_text(text)
        kept = "反映20260302000001，2026-03-02 14:00。"
        assert masked == f"市民138****5678（身份证5101**********123X，座机028****3456）{kept}"

    @given(st.text(max_size=40), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=40))
    def test_no_phone_survives_in_a_text(self, before: str, phone: str, after: str) -> None:
        assume(not re.search(r"[\dA-Za-z+ -]$", before) and not re.match(r"[\dA-Za-z -]", after))
        assert phone not in privacy.mask_text(before + phone + after)

    @given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
    def test_any_text_can_be_masked_and_the_middle_never_shows(self, name: str, phone: str, id_no: str) -> None:
        citizen = Citizen(name=name, phone=phone, id_no=id_no, address=name + phone)
        masked = privacy.masked_citizen(citizen)
        assert masked is not None
        assert len(masked.name or "") in (0, 3)
        digits = [char for char in phone if char.isdigit()]
        assert sum(char.isdigit() for char in masked.phone or "") <= min(7, len(digits))
        assert masked.id_no is not None and len(masked.id_no.replace("*", "")) <= 8

    @pytest.mark.parametrize("part", ["1", "1 ", "0-", "电话", "13", "一", "[", "86 1", "5101041990"])
    def test_a_long_text_takes_no_longer_than_its_length(self, part: str) -> None:
        # A pattern that backtracks would not come back from these before the run is stopped.
        text = part * 20_000
        privacy.masked_citizen(Citizen(name=text, phone=text, id_no=text, address=text))
        privacy.mask_text(text)

    def test_what_is_not_there_stays_away(self) -> None:
        assert privacy.masked_citizen(None) is None
        assert msgspec.to_builtins(privacy.masked_citizen(Citizen())) == {}

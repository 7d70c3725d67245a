"""Figures that contradict each other are told, are no rate and are in no sum; sound ones are as they were."""

from datetime import timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.assessment import Fact
from floorctl.models.floor import Interval, Queue
from floorctl.rules.assessment.month import Month, fact_inputs
from floorctl.rules.floor import contradictions, metrics
from floorctl.rules.floor.contradictions import AHEAD
from floorctl.rules.quality.results import by_item
from floorctl.rules.staffing.forecast import Forecast
from tests.build import Entities
from tests.rules import small_floor
from tests.rules.small_floor import MINUTE, NOW

MADE = Entities(NOW)
SOUND: dict[str, Any] = {
    "waiting": 2, "offered": 100, "answered": 90, "abandoned": 10, "abandoned_short": 4, "answered_in_target": 80,
    "wait_seconds": 900.0, "handle_seconds": 18_000.0, "oldest_wait_since": NOW - MINUTE,
}  # fmt: skip
RATES = {"answer_rate", "service_level", "abandon_rate"}
AVERAGES = {"asa_seconds", "aht_seconds"}
numbers = st.integers(0, 12)


def told(queue: Queue) -> dict[str, float | Fraction | None]:
    """Each metric of ``queue`` as it is shown, one by one and all at once."""
    one_by_one = {
        "answer_rate": metrics.answer_rate(queue), "service_level": metrics.service_level(queue),
        "abandon_rate": metrics.abandon_rate(queue), "asa_seconds": metrics.asa(queue),
        "aht_seconds": metrics.aht(queue), "longest_wait_seconds": metrics.longest_wait(queue, NOW),
    }  # fmt: skip
    together = metrics.figures(queue, NOW)
    assert {name: getattr(together, name) for name in one_by_one} == one_by_one
    return one_by_one


@pytest.mark.parametrize(
    ("odd", "code", "lost"),
    [
        ({"answered": 120}, "answered_over_offered", RATES | AVERAGES),
        ({"answered": 95}, "gone_over_offered", RATES | AVERAGES),
        ({"abandoned": 101}, "abandoned_over_offered", RATES),
        ({"answered_in_target": 91}, "in_target_over_answered", {"answer_rate", "service_level"} | AVERAGES),
        ({"abandoned_short": 11}, "short_over_abandoned", {"abandon_rate"}),
        ({"wait_seconds": 90 * 86_401.0}, "waiting_over_a_day", {"asa_seconds"}),
        ({"handle_seconds": 90 * 86_401.0}, "handling_over_a_day", {"aht_seconds"}),
        ({"waiting": 0, "oldest_wait_since": NOW - 367 * MINUTE}, "wait_of_nobody", {"longest_wait_seconds"}),
        ({"oldest_wait_since": NOW + AHEAD + MINUTE}, "wait_ahead", {"longest_wait_seconds"}),
        ({"oldest_wait_since": NOW - 1441 * MINUTE}, "wait_over_a_day", {"longest_wait_seconds"}),
    ],
)
def test_what_is_made_of_figures_that_contradict_each_other_is_not_shown(
    odd: dict[str, Any], code: str, lost: set[str]
) -> None:
    sound, queue = small_floor.queue(**SOUND), small_floor.queue(**SOUND | odd)
    assert contradictions.of_queue(sound, NOW) == [] and not metrics.doubts(sound, NOW)
    assert [each.code for each in contradictions.of_queue(queue, NOW)] == [code]
    assert metrics.doubts(queue, NOW) == metrics.figures(queue, NOW).doubts == lost
    shown = told(queue)
    assert {name for name, value in shown.items() if value is None} == lost
    for name in ("answer_rate", "service_level", "abandon_rate"):
        if name not in lost:
            assert shown[name] == told(sound)[name]


@given(st.fixed_dictionaries({name: numbers for name in SOUND if not name.endswith(("seconds", "since"))}))
def test_no_rate_lies_outside_nothing_and_all_whatever_a_platform_counts(counts: dict[str, int]) -> None:
    queue = small_floor.queue(**counts)
    for rate in (metrics.answer_rate(queue), metrics.service_level(queue), metrics.abandon_rate(queue)):
        assert rate is None or 0 <= rate <= 1


@given(
    st.lists(st.fixed_dictionaries(dict.fromkeys(("offered", "answered", "abandoned", "answered_in_target"), numbers)))
)
def test_a_sum_leaves_out_what_contradicts_itself_and_says_how_much(
    many: list[dict[str, int]],
) -> None:
    queues = [small_floor.queue(**each) for each in many]
    quarters = [small_floor.interval(**each) for each in many]
    sound = [
        each
        for each in many
        if each["answered"] + each["abandoned"] <= each["offered"] and each["answered_in_target"] <= each["answered"]
    ]
    for whole in (metrics.combine(queues), metrics.summed(quarters)):
        assert whole.left_out == len(many) - len(sound)
        for name in ("offered", "answered", "abandoned", "answered_in_target"):
            assert getattr(whole, name) == sum(each[name] for each in sound)
        assert not metrics.doubts(whole)


def test_a_wait_of_nobody_is_not_the_floors_longest() -> None:
    stale = small_floor.queue(waiting=0, oldest_wait_since=NOW - 367 * MINUTE)
    waits = small_floor.queue(waiting=3, oldest_wait_since=NOW - 2 * MINUTE)
    assert metrics.longest_wait(metrics.combine([stale, waits]), NOW) == 120
    assert metrics.longest_wait(metrics.combine([stale]), NOW) is None
    ahead = small_floor.queue(waiting=1, oldest_wait_since=NOW + 2 * AHEAD)
    ages = small_floor.queue(waiting=1, oldest_wait_since=NOW - 2000 * MINUTE)
    assert metrics.longest_wait(metrics.combine([ahead, waits, ages], NOW), NOW) == 120


def test_a_platform_that_does_not_tell_since_when_somebody_waits_contradicts_nothing() -> None:
    queue = small_floor.queue(**SOUND | {"oldest_wait_since": None})
    assert (contradictions.of_queue(queue, NOW), metrics.doubts(queue, NOW)) == ([], frozenset())


def test_what_began_within_a_minute_ahead_is_a_clock_that_goes_wrong_and_no_contradiction() -> None:
    queue = small_floor.queue(waiting=1, oldest_wait_since=NOW + AHEAD)
    assert metrics.longest_wait(queue, NOW) == 0
    assert not contradictions.of_seat(small_floor.seat(since=NOW + AHEAD), NOW)
    assert [each.code for each in contradictions.of_seat(small_floor.seat(since=NOW + 2 * AHEAD), NOW)] == [
        "state_ahead"
    ]
    talking = MADE.talking(since=NOW, call=MADE.call(started_at=NOW + 2 * AHEAD))
    assert [each.code for each in contradictions.of_seat(talking, NOW)] == ["call_ahead"]


def test_more_than_there_is_can_be_neither_in_use_nor_faulty() -> None:
    def codes(**given: int) -> list[str]:
        return [each.code for each in contradictions.of_resource(small_floor.resource(**given))]

    assert codes(capacity=30, in_use=30, faulty=30) == []
    assert codes(capacity=30, in_use=31) == ["used_over_capacity"]
    assert codes(capacity=30, in_use=1, faulty=31) == ["faulty_over_capacity"]
    assert codes(capacity=0, in_use=1) == ["used_over_capacity"]


def test_quarter_hours_that_contradict_themselves_are_no_history() -> None:
    day = NOW.replace(hour=10, minute=0)

    def quarter(weeks: int, **counts: int) -> Interval:
        return small_floor.interval(queue_id="q", start=day - timedelta(weeks=weeks), **counts)

    history = [quarter(1, offered=10, answered=9), quarter(2, offered=2, answered=900)]
    expected = Forecast(history, ZoneInfo("Asia/Shanghai")).at("q", day)
    assert expected is not None
    assert (expected.offered, expected.days) == (10, 1)


def test_an_exam_that_more_passed_than_sat_is_not_counted() -> None:
    def exam(passed: int, sat: int) -> Fact:
        return Fact(kind="onboarding_exam", day=NOW.date(), passed=passed, sat=sat)

    month = Month.of(NOW.date())
    counts = fact_inputs([exam(9, 10), exam(60, 50)], month, NOW.date().replace(day=1), running=False)
    assert counts["onboarding_exam"] == {"passed": 9, "sat": 10}
    assert contradictions.of_fact(exam(60, 50))[0].code == "passed_over_sat"


def test_points_off_an_items_scale_are_in_no_mean() -> None:
    from floorctl.models.quality import Inspection, ItemScore, Rubric, RubricItem, RubricSection

    rubric = Rubric(
        title="r", pass_mark=85, sections=(RubricSection(title="s", items=(RubricItem(id="i", title="i", points=4),)),)
    )

    def scored(points: float) -> Inspection:
        return Inspection(
            sample_id="s",
            rubric_id="r",
            rubric_version=1,
            agent_id="a",
            inspector_id="p",
            total=100,
            state="submitted",
            scores=(ItemScore(item_id="i", points=points),),
            submitted_at=NOW,
        )

    result = by_item([scored(3), scored(5), scored(-1)], {"r": rubric})["i"]
    assert (result.mean, result.count) == (75, 1)

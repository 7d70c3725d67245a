from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.assessment import Fact
from floorctl.models.orders import Order
from floorctl.rules.assessment import attribution, outlook, scoring, steps
from floorctl.rules.assessment.month import (
    Month,
    MonthScore,
    contract_month,
    contract_year_start,
    month_inputs,
    month_score,
)
from floorctl.rules.assessment.scoring import Readings, score
from floorctl.text.numbers import json_points
from tests.rules import small_floor
from tests.rules.small_floor import HOUR, ZONE

MARCH = Month(2026, 3)
START = date(2026, 1, 1)
AFTER = datetime(2026, 5, 1, tzinfo=ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE)


def inputs(orders: list[Order] = [], now: datetime = AFTER, **given: Any) -> dict[str, dict[str, Any]]:  # noqa: B006
    entities = {"people": [], "facts": [], "contract_start": START, **given}
    return month_inputs(MARCH, orders=orders, zone=ZONE, now=now, **entities)


def of(result: MonthScore, item: str) -> Any:
    return next(each for each in result.items if each.id == item)


class TestMonths:
    def test_months_are_counted_over_the_turn_of_the_year(self) -> None:
        assert str(Month(2026, 3)) == "2026-03"
        assert Month(2026, 12).plus(1) == Month(2027, 1)
        assert Month(2026, 1).plus(-1) == Month(2025, 12)

    @pytest.mark.parametrize(
        ("start", "month", "number", "since"),
        [
            (date(2026, 1, 1), Month(2026, 3), 3, date(2026, 1, 1)),
            (date(2025, 7, 15), Month(2026, 6), 12, date(2025, 7, 15)),
            (date(2025, 7, 15), Month(2026, 7), 1, date(2026, 7, 1)),
        ],
    )
    def test_the_contract_year_has_months_of_its_own(self, start: date, month: Month, number: int, since: date) -> None:
        assert contract_month(start, month) == number
        assert contract_year_start(start, month) == since


class TestCounts:
    def test_each_step_counts_in_the_month_in_which_it_happened(self) -> None:
        orders = [
            # Reviewed in the last hour of February, its three hours ran out in March.
            small_floor.order(
                received_at=at("02-28T20:00"),
                reviewed_at=at("02-28T23:30"),
                dispatched_at=at("03-01T02:31"),
                state="handled",
                handled_at=at("03-31T23:59"),
                callback_required=True,
            ),
            # Handled on the first moment of April.
            small_floor.order(
                received_at=at("03-31T23:00"),
                reviewed_at=at("03-31T23:30"),
                review_errors=("错",),
                dispatched_at=at("04-01T00:00"),
                dispatch_correct=False,
                state="closed",
                problem="漏项",
                handled_at=at("04-01T00:00"),
                callback_required=True,
                callback_outcome="reached",
            ),
        ]
        counted = inputs(orders)
        assert counted["review_errors"] == {"errors": 1, "reviewed": 1}
        assert counted["dispatch_timeliness"] == {"late": 1}
        assert counted["dispatch_accuracy"] == {"accurate": 1, "dispatched": 1}
        assert counted["callback_rate"] == {"called_back": 0, "required": 1}
        assert counted["service_ability"] == {"problems": 1, "received": 1}

    def test_what_still_waits_is_late_once_its_time_ran_out(self) -> None:
        waits = [small_floor.order(state="ready", reviewed_at=at("03-10T10:00"))]
        for now, late in ((at("03-10T13:00:00"), 0), (at("03-10T13:00:01"), 1)):
            assert inputs(waits, now)["dispatch_timeliness"] == {"late": late}

    def test_a_month_is_one_of_the_floors_zone(self) -> None:
        first = small_floor.order(received_at=datetime.fromisoformat("2026-02-28T16:00:00+00:00"))
        before = small_floor.order(received_at=datetime.fromisoformat("2026-02-28T15:59:59+00:00"))
        assert inputs([first, before])["service_ability"]["received"] == 1

    def test_people_count_by_their_days_and_posts(self) -> None:
        people = [
            small_floor.person(),
            small_floor.person(left_on=date(2026, 3, 1)),
            small_floor.person(left_on=date(2026, 2, 28)),
            small_floor.person(hired_on=date(2026, 3, 31), education="below_college"),
            small_floor.person(hired_on=date(2026, 4, 1), education="below_college"),
            small_floor.person(post="hr", education="below_college", left_on=date(2026, 3, 5)),
            small_floor.person(post="dispatcher", left_on=date(2026, 4, 1)),
        ]
        counted = inputs(people=people)
        assert counted["attrition"] == {"left": 1, "employed": 4}
        assert counted["education"] == {"below": 1}

    def test_facts_count_in_their_month_and_events_since_the_contract_year_began(self) -> None:
        facts = [
            Fact(kind="onboarding_exam", day=date(2026, 3, 2), passed=3, sat=5),
            Fact(kind="onboarding_exam", day=date(2026, 4, 2), passed=0, sat=5),
            Fact(kind="onboarding_training", day=date(2026, 3, 2), days=14),
            Fact(kind="training", day=date(2026, 3, 2), count=3),
            Fact(kind="team_event", day=date(2026, 1, 2)),
            Fact(kind="team_event", day=date(2025, 12, 31)),
        ]
        counted = inputs(facts=facts)
        assert counted["onboarding_exam"] == {"passed": 3, "sat": 5}
        assert counted["onboarding_period"] == {"days": [14]}
        assert counted["training"] == {"sessions": 3}
        assert counted["team_building"] == {"contract_month": 3, "done": 1}


class TestScore:
    def test_an_empty_month_loses_what_was_due_and_says_where_it_has_no_data(self) -> None:
        result = month_score(MARCH, inputs(), final=True)
        assert result.base == 100 - 5 - 3  # no training, and a quarter without its three events
        assert {item.id for item in result.items if item.no_data} == set(scoring.RATES)
        assert [item.id for item in result.items] == list(scoring.POINTS)

    def test_what_falls_due_at_the_end_of_a_running_month_is_due_but_not_lost(self) -> None:
        now = at("03-31T23:00")
        running = month_score(MARCH, inputs(now=now), final=False)
        assert (of(running, "team_building").lost, of(running, "team_building").due_at_end) == (0, 1)

    def test_a_worse_month_of_facts(self) -> None:
        facts = [
            Fact(kind="data_leak", day=date(2026, 3, 2), matter="a"),
            Fact(kind="media_exposure", day=date(2026, 3, 3), matter="a"),
            Fact(kind="public_praise", day=date(2026, 3, 3), count=3),
            Fact(kind="task_missed", day=date(2026, 2, 3)),
        ]
        result = month_score(MARCH, inputs(facts=facts), final=True)
        assert (of(result, "major_incidents").score, result.bonus) == (15, Fraction(3, 2))
        assert result.total == result.base + result.bonus
        named = [(str(at), fact) for at, fact in enumerate(facts)]
        costs = attribution.costs("major_incidents", MARCH, Fraction(5), facts=named, zone=ZONE, now=AFTER)
        assert [(cost.id, cost.lost) for cost in costs] == [("0", 5)]

    def test_two_leaks_or_one_misuse_end_the_contract(self) -> None:
        leak = Fact(kind="data_leak", day=START)
        assert not scoring.termination_right([leak])
        assert scoring.termination_right([leak, leak])
        assert scoring.termination_right([Fact(kind="data_leak", day=START, count=2)])
        same = Fact(kind="data_leak", day=START, matter="a")
        assert not scoring.termination_right([same, same])
        assert scoring.termination_right([Fact(kind="data_misuse", day=START)])

    @pytest.mark.parametrize(
        ("metric", "counts", "loss", "gain"),
        [
            ("dispatch_timeliness", {"late": 17}, (1, "0.5"), None),
            ("dispatch_timeliness", {"late": 20}, None, None),
            ("callback_rate", {"called_back": 77, "required": 100}, (2, "0.2"), (1, "0.2")),
            ("callback_rate", {"called_back": 0, "required": 0}, (1, "10"), None),
            ("training", {"sessions": 4}, None, (1, "1")),
            ("onboarding_period", {"days": []}, (1, "0.25"), None),
            ("major_incidents", {"facts": []}, (1, "1"), None),
            ("service_ability", {"problems": 0, "received": 1}, (1, "10"), None),
        ],
    )
    def test_the_next_step_is_the_fewest_that_change_the_score(
        self, metric: str, counts: dict[str, Any], loss: Any, gain: Any
    ) -> None:
        for found, wanted in ((steps.next_loss(metric, counts), loss), (steps.next_gain(metric, counts), gain)):
            got = found and (found.count, json_points(found.points))
            assert got == wanted

    @given(st.integers(0, 300), st.integers(0, 300))
    def test_one_less_than_the_next_step_changes_nothing(self, part: int, rest: int) -> None:
        counts = {"errors": part, "reviewed": part + rest}
        step = steps.next_loss("review_errors", counts)
        if step is None:
            assert score("review_errors", counts) == 0 or not rest
        else:
            one_less = {"errors": part + step.count - 1, "reviewed": part + rest + step.count - 1}
            assert score("review_errors", one_less) >= score("review_errors", counts)

    @given(st.sampled_from(["review_errors", "attrition"]), st.integers(0, 100), st.integers(0, 100))
    def test_a_score_lies_between_nothing_and_its_points(self, metric: str, bad: int, good: int) -> None:
        names = {"review_errors": ("errors", "reviewed"), "attrition": ("left", "employed")}[metric]
        earned = score(metric, {names[0]: bad, names[1]: bad + good})
        assert 0 <= earned <= scoring.POINTS[metric]

    def test_readings_are_a_matter_of_configuration(self) -> None:
        counts = {"problems": 31, "received": 1000}
        assert score("service_ability", counts) == Fraction(19, 2)
        assert score("service_ability", counts, Readings(service_ability_rounding="down")) == 10
        shared = Readings(partial_points="share")
        assert score("payment_lost_percent", {"year_score": "85.5"}, shared) == Fraction(9, 2)

    def test_an_unknown_metric_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            score("happiness", {})


class TestAttribution:
    def test_the_loss_is_shared_out_among_those_that_caused_it(self) -> None:
        orders = [
            (f"o-{each}", small_floor.order(state="ready", reviewed_at=at("03-10T10:00") + each * HOUR))
            for each in range(4)
        ]
        costs = attribution.costs("dispatch_timeliness", MARCH, Fraction(2), orders=orders, zone=ZONE, now=AFTER)
        assert [(cost.kind, cost.id, cost.lost) for cost in costs] == [
            ("order", f"o-{each}", Fraction(1, 2)) for each in range(4)
        ]

    @pytest.mark.parametrize("metric", list(scoring.POINTS))
    def test_every_item_can_be_explained(self, metric: str) -> None:
        assert attribution.costs(metric, MARCH, Fraction(0), zone=ZONE, now=AFTER) == []


class TestOutlook:
    def test_the_year_is_the_mean_of_base_scores_and_costs_money(self) -> None:
        year = outlook.year([Fraction(90), Fraction(81)], price="1000000")
        assert (year.score, year.payment_lost_percent) == (Fraction(171, 2), 4)
        assert year.payment_lost == Decimal("12000.00")
        assert outlook.year([]).score is None
        assert outlook.year([Fraction(90)]).payment_lost is None

    @given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 31))
    def test_the_range_holds_what_is_expected_and_closes_at_the_months_end(
        self, late: int, recent: int, left: int
    ) -> None:
        so_far = inputs() | {"dispatch_timeliness": {"late": late}}
        last = {metric: dict(so_far[metric]) for metric in outlook._PARTS} | {"dispatch_timeliness": {"late": recent}}
        found = outlook.outlook(so_far, last, Fraction(left))
        assert found.low <= found.expected <= found.high
        if left == 0:
            assert found.low == found.high == month_score(MARCH, so_far, final=True).base


def test_a_months_score_of_many_orders_is_counted_in_one_pass() -> None:
    orders = iter([small_floor.order(received_at=at("03-10T10:00") + timedelta(seconds=each)) for each in range(1000)])
    assert inputs(orders)["service_ability"]["received"] == 1000  # type: ignore[arg-type]

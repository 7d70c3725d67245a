"""The contract's arithmetic against a second one, written here from the contract's text in whole numbers alone."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from floorctl.models.assessment import FACT_KINDS, Fact
from floorctl.rules.assessment import fact_form, scoring, steps
from floorctl.rules.assessment.month import Month, fact_inputs, month_score
from floorctl.rules.assessment.scoring import POINTS, RATES, Readings, score

#: Half points, fifths and quarters are all whole numbers of hundredths, and so is every threshold.
Hundredths = int


def up(over: int, whole: int) -> int:
    """How often ``whole`` goes into ``over``, a begun one counting, by counting."""
    return -(-over // whole) if over > 0 else 0


def at_most(part: int, whole: int, limit_pm: int, step_pm: int, cost: Hundredths) -> Hundredths:
    # part/whole > limit‰  ⇔  1000·part − limit·whole > 0; one step is step·whole of these.
    return cost * up(1000 * part - limit_pm * whole, step_pm * whole) if whole else 0


def at_least(part: int, whole: int, limit_pm: int, step_pm: int, cost: Hundredths) -> Hundredths:
    missing = limit_pm * whole - 1000 * part
    return cost * (missing // (step_pm * whole)) if whole and missing > 0 else 0


def worth(facts: list[dict[str, Any]], table: dict[str, int]) -> list[tuple[str, Hundredths]]:
    """Of each matter the dearest fact; facts without one by themselves."""
    found: list[tuple[str, Hundredths]] = []
    for matter in {fact.get("matter") for fact in facts}:
        of_matter = [
            (fact["kind"], table[fact["kind"]] * fact.get("count", 1))
            for fact in facts
            if fact.get("matter") == matter and fact["kind"] in table
        ]
        found += of_matter if matter is None else sorted(of_matter, key=lambda each: -each[1])[:1]
    return found


INCIDENTS = {
    "media_exposure": 400, "data_leak": 500, "task_missed": 100, "dishonesty": 500, "province_criticism": 500,
    "purchaser_criticism": 300,
}  # fmt: skip
PRAISE = {
    "province_praise": 300, "purchaser_praise": 200, "office_praise": 100, "national_media": 300, "public_praise": 50,
}  # fmt: skip

SECOND: dict[str, Callable[[dict[str, Any]], Hundredths]] = {
    "review_errors": lambda i: at_most(i["errors"], i["reviewed"], 30, 10, 50),
    "dispatch_timeliness": lambda i: 50 * i["late"],
    "dispatch_accuracy": lambda i: at_least(i["accurate"], i["dispatched"], 970, 10, 100),
    "callback_rate": lambda i: at_least(i["called_back"], i["required"], 900, 10, 20),
    "service_ability": lambda i: at_most(i["problems"], i["received"], 30, 5, 50),
    "attrition": lambda i: at_most(i["left"], i["employed"], 100, 10, 50),
    "education": lambda i: 50 * i["below"],
    "onboarding_exam": lambda i: at_least(i["passed"], i["sat"], 800, 100, 40),
    "onboarding_period": lambda i: 25 * len([days for days in i["days"] if days < 15]),
    "training": lambda i: 100 * max(0, 5 - i["sessions"]),
    **dict.fromkeys(
        ("team_building", "learning_board", "service_star"),
        lambda i: 100 * max(0, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4][i["contract_month"]] - i["done"]),
    ),
    "major_incidents": lambda i: sum(value for _, value in worth(i["facts"], INCIDENTS)),
}


def second(item: str, inputs: dict[str, Any]) -> Fraction:
    return Fraction(max(0, 100 * POINTS[item] - SECOND[item](inputs)), 100)


#: Counts as they are, and counts about where a rate's thresholds lie.
some = st.integers(0, 300) | st.integers(0, 200_000)
facts = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(FACT_KINDS), "count": st.integers(1, 12)},
        optional={"matter": st.sampled_from("abc")},
    ),
    max_size=8,
)


@st.composite
def rate_inputs(draw: st.DrawFn, item: str) -> dict[str, int]:
    rate = RATES[item]
    whole = draw(some)
    near = rate.limit + draw(st.integers(-30, 30)) * rate.step
    part = draw(st.integers(0, whole) | st.integers(-2, 2).map(lambda off: int(near * whole) + off))
    return {rate.part: min(max(part, 0), whole), rate.whole: whole}


COUNTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    **{item: rate_inputs(item) for item in RATES},
    "dispatch_timeliness": st.fixed_dictionaries({"late": st.integers(0, 30)}),
    "education": st.fixed_dictionaries({"below": st.integers(0, 15)}),
    "onboarding_period": st.fixed_dictionaries({"days": st.lists(st.integers(0, 25), max_size=12)}),
    "training": st.fixed_dictionaries({"sessions": st.integers(0, 9)}),
    **dict.fromkeys(
        ("team_building", "learning_board", "service_star"),
        st.fixed_dictionaries({"contract_month": st.integers(1, 12), "done": st.integers(0, 6)}),
    ),
    "major_incidents": st.fixed_dictionaries({"facts": facts}),
}
an_item = st.sampled_from(list(POINTS)).flatmap(lambda item: st.tuples(st.just(item), COUNTS[item]))


@given(an_item)
@example(("review_errors", {"errors": 4, "reviewed": 100}))
@example(("service_ability", {"problems": 35, "received": 1000}))
def test_every_item_is_what_a_second_computation_in_whole_numbers_says(case: tuple[str, dict[str, Any]]) -> None:
    item, inputs = case
    assert score(item, inputs) == second(item, inputs)


@given(an_item)
def test_a_score_never_leaves_what_the_item_has(case: tuple[str, dict[str, Any]]) -> None:
    assert 0 <= score(*case) <= POINTS[case[0]]


@given(an_item)
def test_one_more_of_what_is_wrong_never_raises_a_score_and_one_of_what_is_right_never_lowers_it(
    case: tuple[str, dict[str, Any]],
) -> None:
    item, inputs = case
    for ways, sign in ((steps._WORSE, -1), (steps._BETTER, 1)):
        if item in ways:
            changed = dict(inputs)
            ways[item][1](changed, 1)
            if changed.get("problems", 0) <= changed.get("received", 0):
                assert sign * (score(item, changed) - score(item, inputs)) >= 0


@given(an_item)
def test_the_next_step_is_the_fewest_that_change_a_score(case: tuple[str, dict[str, Any]]) -> None:
    item, inputs = case
    for step, ways, sign in (
        (steps.next_loss(item, inputs), steps._WORSE, -1),
        (steps.next_gain(item, inputs), steps._BETTER, 1),
    ):
        if step is None:
            continue
        enough, too_few = dict(inputs), dict(inputs)
        ways[item][1](enough, step.count)
        ways[item][1](too_few, step.count - 1)
        assert score(item, enough) - score(item, inputs) == sign * step.points != 0
        assert score(item, too_few) == score(item, inputs)


@given(st.fixed_dictionaries(COUNTS), facts, st.booleans())
def test_the_base_is_the_sum_of_the_items_and_the_total_the_bonus_beside_it(
    counts: dict[str, dict[str, Any]], praise: list[dict[str, Any]], final: bool
) -> None:
    found = month_score(Month(2026, 3), {**counts, "bonus": {"facts": praise}}, final=final)
    assert found.base == sum(second(item, counts[item]) for item in POINTS) == sum(item.score for item in found.items)
    assert all(item.lost == item.points - item.score for item in found.items)
    valued = worth(praise, PRAISE)
    public = sum(value for kind, value in valued if kind == "public_praise")
    assert sum(value for _, value in valued) - public + min(public, 500) >= 100 * found.bonus
    assert found.total == found.base + found.bonus


@given(facts)
def test_the_bonus_is_what_a_second_computation_says_where_no_matter_is_shared(given_: list[dict[str, Any]]) -> None:
    alone = [{name: value for name, value in fact.items() if name != "matter"} for fact in given_]
    public = sum(50 * fact["count"] for fact in alone if fact["kind"] == "public_praise")
    others = sum(PRAISE[f["kind"]] * f["count"] for f in alone if f["kind"] in PRAISE and f["kind"] != "public_praise")
    assert score("bonus", {"facts": alone}) == Fraction(others + min(public, 500), 100)


@pytest.mark.parametrize(
    ("year_score", "lost"),
    [
        ("100", 0),
        ("90", 0),
        ("89.01", 0),
        ("89", 1),
        ("80", 10),
        ("79", 13),
        ("70", 40),
        ("69", 46),
        ("60.5", 94),
        ("60", 100),
        ("59.999", 100),
        ("0", 100),
    ],
)
def test_the_brackets_add_up_to_all_of_the_payment_at_sixty(year_score: str, lost: int) -> None:
    assert score("payment_lost_percent", {"year_score": year_score}) == lost


@given(st.integers(0, 10_000))
def test_a_better_year_never_loses_more(hundredths: int) -> None:
    def lost(score_: Fraction, readings: Readings) -> Fraction:
        return scoring.payment_lost_percent(score_, readings)

    for readings in (Readings(), Readings(partial_points="share")):
        worse, better = Fraction(hundredths, 100), Fraction(hundredths + 1, 100)
        assert 0 <= lost(better, readings) <= lost(worse, readings) <= 100


def test_a_misuse_of_data_ends_the_contract_whatever_shares_its_matter() -> None:
    leak = Fact(kind="data_leak", day=date(2026, 3, 1), matter="a")
    misuse = Fact(kind="data_misuse", day=date(2026, 3, 2), matter="a")
    assert scoring.termination_right([leak, misuse])
    assert scoring.termination_right([misuse, leak])


def test_a_running_month_keeps_its_number_and_owes_what_was_due_before_it() -> None:
    march, start = Month(2026, 3), date(2026, 1, 1)
    for running, lost in ((True, 0), (False, 1)):
        inputs = fact_inputs([], march, start, running=running)["team_building"]
        assert inputs["contract_month"] == 3
        assert scoring.lost("team_building", inputs) == lost


class TestFactForms:
    DAY = date(2026, 3, 2)

    def test_every_kind_has_a_form(self) -> None:
        assert set(fact_form.FORMS) == set(FACT_KINDS)

    @pytest.mark.parametrize("kind", FACT_KINDS)
    def test_what_a_form_needs_is_enough_and_each_of_it_is_missed(self, kind: str) -> None:
        given_: dict[str, Any] = {"day": self.DAY} | dict.fromkeys(fact_form.FORMS[kind].needs, 3)
        assert fact_form.check(kind, given_, self.DAY) == []
        for name in fact_form.FORMS[kind].needs:
            assert [each.field for each in fact_form.check(kind, given_ | {name: None}, self.DAY)] == [name]

    def test_what_is_out_of_place_or_has_not_come_yet_is_refused(self) -> None:
        wrong = fact_form.check("training", {"day": self.DAY, "passed": 3}, date(2026, 3, 1))
        assert [each.field for each in wrong] == ["passed", "day"]
        assert [each.field for each in fact_form.check("party", {"day": self.DAY}, self.DAY)] == ["kind"]

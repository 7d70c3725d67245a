"""The contract's monthly assessment: the points of each item (100 in all), the bonus and the payment lost.

All arithmetic is exact. ``score`` computes points; ``floorctl.rules.assessment.month`` counts its inputs.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from floorctl.models.assessment import Fact

#: Inputs of a metric, with the names of the contract's worked examples.
Inputs = Mapping[str, Any]

#: Item → its points, in the contract's order.
POINTS: dict[str, int] = {
    "review_errors": 10,
    "dispatch_timeliness": 10,
    "dispatch_accuracy": 10,
    "callback_rate": 10,
    "service_ability": 10,
    "attrition": 5,
    "education": 5,
    "onboarding_exam": 3,
    "onboarding_period": 2,
    "training": 5,
    "team_building": 4,
    "learning_board": 3,
    "service_star": 3,
    "major_incidents": 20,
}

#: Incident → points deducted each time. Data misuse is not here: it gives the right to end the contract instead.
DEDUCTIONS: dict[str, Fraction] = {
    "media_exposure": Fraction(4),
    "data_leak": Fraction(5),
    "task_missed": Fraction(1),
    "dishonesty": Fraction(5),
    "province_criticism": Fraction(5),
    "purchaser_criticism": Fraction(3),
}
#: Praise → points added each time.
BONUSES: dict[str, Fraction] = {
    "province_praise": Fraction(3),
    "purchaser_praise": Fraction(2),
    "office_praise": Fraction(1),
    "national_media": Fraction(3),
    "public_praise": Fraction(1, 2),
}
PUBLIC_PRAISE_AT_MOST = 5
SHORT_COURSE_DAYS = 15
#: A course of at least this length gets full marks without a warning.
FULL_COURSE_DAYS = 20
TRAININGS_A_MONTH = 5

_HALF = Fraction(1, 2)
#: Points that each late dispatch, person below junior college, or short course costs.
LATE_COSTS = _HALF
BELOW_COLLEGE_COSTS = _HALF
SHORT_COURSE_COSTS = Fraction(1, 4)
_PERCENT = Fraction(1, 100)


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """Interpretations of the contract where it is ambiguous."""

    service_ability_rounding: str = "up"
    partial_points: str = "whole"


DEFAULT = Readings()


def score(metric: str, inputs: Inputs, readings: Readings = DEFAULT) -> Fraction:
    """Return the points of ``metric`` for ``inputs`` (of ``payment_lost_percent``: the percentage lost).

    Metrics and inputs have the names of the contract's worked examples.

    Raises:
        KeyError: an unknown metric, or a missing input.
    """
    if metric == "payment_lost_percent":
        return payment_lost_percent(Fraction(str(inputs["year_score"])), readings)
    if metric == "bonus":
        return bonus(inputs["facts"])
    return max(Fraction(0), POINTS[metric] - lost(metric, inputs, readings))


def lost(metric: str, inputs: Inputs, readings: Readings = DEFAULT) -> Fraction:
    """Return the points that an item loses by its rule, which may exceed the item's points.

    Raises:
        KeyError: an unknown item, or a missing input.
    """
    if (rate := RATES.get(metric)) is not None:
        return rate.lost(inputs, up=rounds_up(metric, readings))
    return _LOST[metric](inputs)


def no_data(metric: str, inputs: Inputs) -> bool:
    """Return whether ``metric`` is a rate with denominator 0; it then gets full marks."""
    rate = RATES.get(metric)
    return rate is not None and not inputs[rate.whole]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is a rate ``part`` ÷ ``whole``: no loss up to ``limit``, then ``cost`` points per ``step``.

    ``at_most``: the rate must not exceed the limit, and a begun step counts as a whole one; otherwise the rate must
    reach the limit, and only whole steps count.
    """

    part: str
    whole: str
    limit: Fraction
    step: Fraction
    cost: Fraction
    at_most: bool

    def value(self, inputs: Inputs) -> Fraction | None:
        """Return the rate; None if its denominator is 0."""
        return Fraction(inputs[self.part], inputs[self.whole]) if inputs[self.whole] else None

    def off(self, rate: Fraction) -> Fraction:
        """Return by how many steps the rate is on the wrong side of its limit (not rounded); 0 if it is not."""
        return max(Fraction(0), (rate - self.limit if self.at_most else self.limit - rate) / self.step)

    def lost(self, inputs: Inputs, *, up: bool) -> Fraction:
        """Return the points lost, not limited to the item's points; ``up``: a begun step counts as a whole one."""
        rate = self.value(inputs)
        if rate is None:
            return Fraction(0)
        steps = self.off(rate)
        return self.cost * (math.ceil(steps) if up else math.floor(steps))


#: The items that are rates, with the contract's figures.
RATES: dict[str, Rate] = {
    metric: Rate(part=part, whole=whole, limit=limit, step=step, cost=cost, at_most=at_most)
    for metric, part, whole, limit, step, cost, at_most in (
        ("review_errors", "errors", "reviewed", 3 * _PERCENT, _PERCENT, _HALF, True),
        ("dispatch_accuracy", "accurate", "dispatched", 97 * _PERCENT, _PERCENT, Fraction(1), False),
        ("callback_rate", "called_back", "required", 90 * _PERCENT, _PERCENT, Fraction(1, 5), False),
        ("service_ability", "problems", "received", 3 * _PERCENT, _HALF * _PERCENT, _HALF, True),
        ("attrition", "left", "employed", 10 * _PERCENT, _PERCENT, _HALF, True),
        ("onboarding_exam", "passed", "sat", 80 * _PERCENT, 10 * _PERCENT, Fraction(2, 5), False),
    )
}


def rounds_up(metric: str, readings: Readings = DEFAULT) -> bool:
    """Return whether a begun step of this rate counts as a whole one (else only whole steps count)."""
    if metric == "service_ability":
        return readings.service_ability_rounding == "up"
    return RATES[metric].at_most


def _onboarding_period(inputs: Inputs) -> Fraction:
    short: int = sum(days < SHORT_COURSE_DAYS for days in inputs["days"])
    return SHORT_COURSE_COSTS * short


def _quarterly(inputs: Inputs) -> Fraction:
    # ``due`` is given for a running month: what becomes due at its end is not lost before.
    due = int(inputs["due"]) if "due" in inputs else quarterly_due(int(inputs["contract_month"]))
    return Fraction(max(0, due - int(inputs["done"])))


def quarterly_due(contract_month: int) -> int:
    """Return how many of the four a year are due at the end of a month of the contract year: one per quarter."""
    return contract_month // 3


def _major_incidents(inputs: Inputs) -> Fraction:
    return sum((value for _, value in counted(inputs["facts"], DEDUCTIONS)), Fraction(0))


_LOST: dict[str, Callable[[Inputs], Fraction]] = {
    "dispatch_timeliness": lambda inputs: LATE_COSTS * inputs["late"],
    "education": lambda inputs: BELOW_COLLEGE_COSTS * inputs["below"],
    "onboarding_period": _onboarding_period,
    "training": lambda inputs: Fraction(max(0, TRAININGS_A_MONTH - inputs["sessions"])),
    "team_building": _quarterly,
    "learning_board": _quarterly,
    "service_star": _quarterly,
    "major_incidents": _major_incidents,
}


def bonus(facts: Iterable[Fact | Mapping[str, Any]]) -> Fraction:
    """Return the month's bonus: the sum of all praise, that of citizens limited to five points."""
    total = public = Fraction(0)
    for fact, value in counted(facts, BONUSES):
        if _field(fact, "kind") == "public_praise":
            public += value
        else:
            total += value
    return total + min(public, Fraction(PUBLIC_PRAISE_AT_MOST))


def counted(
    facts: Iterable[Fact | Mapping[str, Any]], values: Mapping[str, Fraction]
) -> list[tuple[Fact | Mapping[str, Any], Fraction]]:
    """Return each counting fact with its value; of several facts with the same matter only the highest one."""
    alone: list[tuple[Fact | Mapping[str, Any], Fraction]] = []
    by_matter: dict[str, tuple[Fact | Mapping[str, Any], Fraction]] = {}
    for fact in facts:
        each = values.get(_field(fact, "kind"))
        if each is None:
            continue
        count = _field(fact, "count")
        worth = each * (1 if count is None else count)
        matter = _field(fact, "matter")
        if not matter:
            alone.append((fact, worth))
        elif matter not in by_matter or by_matter[matter][1] < worth:
            by_matter[matter] = (fact, worth)
    return alone + list(by_matter.values())


def _field(fact: Fact | Mapping[str, Any], name: str) -> Any:
    return fact.get(name) if isinstance(fact, Mapping) else getattr(fact, name)


def termination_right(facts_of_the_year: Iterable[Fact | Mapping[str, Any]]) -> bool:
    """Return whether the purchaser may end the contract: two data leaks in the contract year, or one misuse of data."""
    facts = list(facts_of_the_year)
    if any(_field(fact, "kind") == "data_misuse" for fact in facts):
        return True
    return sum(times for _, times in counted(facts, {"data_leak": Fraction(1)})) >= 2


def payment_lost_percent(year_score: Fraction, readings: Readings = DEFAULT) -> Fraction:
    """Return the percentage of the final payment that a year's score loses; the brackets are cumulative."""
    if year_score < 60:
        return Fraction(100)
    lost = Fraction(0)
    for top, bottom, each in ((90, 80, 1), (80, 70, 3), (70, 60, 6)):
        missing = min(max(Fraction(0), top - year_score), Fraction(top - bottom))
        lost += each * (missing if readings.partial_points == "share" else math.floor(missing))
    return lost

"""How an item's score is computed, in words with the month's numbers in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from floorctl.floor.assessment.views import ExplainView
from floorctl.i18n import t, term
from floorctl.rules.assessment import scoring
from floorctl.rules.assessment.month import QUARTERLY, Item
from floorctl.rules.assessment.scoring import RATES, Readings
from floorctl.rules.assessment.steps import NextStep
from floorctl.text.numbers import percent_in_full, points_text

#: Items shown with the reading of the contract that is applied.
_WITH_READING = frozenset({
    "service_ability", "dispatch_timeliness", "dispatch_accuracy", "callback_rate", "attrition", "education",
    "onboarding_exam", "onboarding_period", "major_incidents", *QUARTERLY,
})  # fmt: skip


def explained(item: Item, *, running: bool, readings: Readings) -> ExplainView:
    """Return the explanation of ``item``: the formula, the formula with its numbers, and the steps."""
    if item.id in RATES:
        steps = _rate(item, readings)
    elif item.id in QUARTERLY:
        steps = _quarterly(item)
    else:
        steps = _COUNTS[item.id](item.counts)
    lost = scoring.lost(item.id, item.counts, readings)
    if lost > item.points:
        steps.append(t("assess.step.at_most", lost=points_text(lost), points=item.points))
    steps.append(t("assess.step.score", points=item.points, lost=points_text(item.lost), score=points_text(item.score)))
    if running and item.due_at_end:
        steps.append(t("assess.step.due_at_end", n=item.due_at_end))
    reading = None
    if item.id in _WITH_READING:
        key = "quarterly" if item.id in QUARTERLY else item.id
        if item.id == "service_ability" and readings.service_ability_rounding == "down":
            key = "service_ability_down"
        reading = t(f"assess.reading.{key}")
    return ExplainView(
        formula=t(f"assess.formula.{'quarterly' if item.id in QUARTERLY else item.id}"),
        with_numbers=t("assess.step.then").join(steps),
        reading=reading,
        steps=tuple(steps),
    )


def next_loss(item: Item) -> str:
    """The text for what would cost the item's next points; empty where nothing can."""
    return _next("assess.next_loss", item.next_loss)


def next_gain(item: Item) -> str:
    """The text for what would win points back; empty where nothing can."""
    return _next("assess.next_gain", item.next_gain)


def _next(key: str, step: NextStep | None) -> str:
    if step is None:
        return ""
    return t(key, count=step.count, what=t(f"term.next_step.{step.of}", n=step.count), points=points_text(step.points))


def equals(rate: Fraction) -> str:
    """``= 3.5%``, or ``≈ 2.1148%`` where four decimals are not exact."""
    return f"{'=' if (rate * 10**6).denominator == 1 else '≈'} {percent_in_full(rate)}"


def _rate(item: Item, readings: Readings) -> list[str]:
    rate = RATES[item.id]
    value = rate.value(item.counts)
    if value is None:
        return [t("assess.step.no_data", whole=t(f"assess.count.{rate.whole}"))]
    part, whole = item.counts[rate.part], item.counts[rate.whole]
    steps = [f"{part} ÷ {whole} {equals(value)}"]
    off = rate.off(value)
    if not off:
        key = "within" if rate.at_most else "reached"
        return [*steps, t(f"assess.step.{key}", limit=percent_in_full(rate.limit))]
    high, low = (value, rate.limit) if rate.at_most else (rate.limit, value)
    steps.append(f"{percent_in_full(high)} − {percent_in_full(low)} {equals(high - low)}")
    up = scoring.rounds_up(item.id, readings)
    whole_steps = math.ceil(off) if up else math.floor(off)
    key = "up" if up else "down"
    steps.append(
        t(f"assess.step.{key}", off=percent_in_full(high - low), step=percent_in_full(rate.step), n=whole_steps)
    )
    steps.append(_times(whole_steps, rate.cost))
    return steps


def _times(n: int, each: Fraction) -> str:
    return f"{n} × {points_text(each)} = {points_text(n * each)}"


def _quarterly(item: Item) -> list[str]:
    number, done = item.counts["contract_month"], item.counts["done"]
    due = item.counts.get("due", scoring.quarterly_due(number))
    behind = max(0, due - done)
    due_step = "due" if "due" not in item.counts else "due_running"
    return [
        t(f"assess.step.{due_step}", month=number, due=due),
        t("assess.step.done", done=done, behind=behind),
        _times(behind, Fraction(1)),
    ]


def _incidents(counts: Mapping[str, Any]) -> list[str]:
    facts = scoring.counted(counts["facts"], scoring.DEDUCTIONS)
    steps = [
        f"{term('fact', fact.kind)} −{points_text(value)}" for fact, value in facts if not isinstance(fact, Mapping)
    ]
    left_out = len(counts["facts"]) - len(facts)
    if left_out:
        steps.append(t("assess.step.same_matter", n=left_out))
    return steps or [t("assess.step.none")]


def _courses(counts: Mapping[str, Any]) -> list[str]:
    short = sum(days < scoring.SHORT_COURSE_DAYS for days in counts["days"])
    return [
        t("assess.step.courses", n=len(counts["days"]), short=short, days=scoring.SHORT_COURSE_DAYS),
        _times(short, scoring.SHORT_COURSE_COSTS),
    ]


def _training(counts: Mapping[str, Any]) -> list[str]:
    held = counts["sessions"]
    missing = max(0, scoring.TRAININGS_A_MONTH - held)
    return [
        t("assess.step.training", held=held, wanted=scoring.TRAININGS_A_MONTH, missing=missing),
        _times(missing, Fraction(1)),
    ]


_COUNTS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "dispatch_timeliness": lambda counts: [_times(counts["late"], scoring.LATE_COSTS)],
    "education": lambda counts: [_times(counts["below"], scoring.BELOW_COLLEGE_COSTS)],
    "onboarding_period": _courses,
    "training": _training,
    "major_incidents": _incidents,
}

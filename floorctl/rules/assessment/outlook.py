"""The outlook: the contract year so far with its payment, and the month extrapolated from the last days."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from floorctl.rules.assessment.scoring import DEFAULT, POINTS, Readings, payment_lost_percent, score

#: Number of recent days that the extrapolation uses.
LAST_DAYS = 7
_NINETY_PERCENT = 1.645
_CENT = Decimal("0.01")

#: Item → (the count that is extrapolated, the count that it is a rate of).
_PARTS: dict[str, tuple[str, str | None]] = {
    "review_errors": ("errors", "reviewed"),
    "dispatch_timeliness": ("late", None),
    "dispatch_accuracy": ("accurate", "dispatched"),
    "callback_rate": ("called_back", "required"),
    "service_ability": ("problems", "received"),
}
#: Counts of what went right; the other parts count what went wrong.
_RIGHT = frozenset({"accurate", "called_back"})


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """The contract year so far: the mean base score of the months that have ended, and the payment lost.

    ``score`` and the losses are None before the first month has ended; ``payment_lost`` (yuan) also if the price is
    unknown.
    """

    months: int
    score: Fraction | None
    payment_lost_percent: Fraction | None
    payment_lost: Decimal | None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """The month's base score at its end: ``expected``, and a 90 % interval from ``low`` to ``high``."""

    low: Fraction
    expected: Fraction
    high: Fraction


def year(base_scores: Iterable[Fraction], price: str = "0", readings: Readings = DEFAULT) -> Year:
    """Return the year from the base scores of its ended months; ``price`` in yuan, "0" if unknown."""
    scores = list(base_scores)
    if not scores:
        return Year(months=0, score=None, payment_lost_percent=None, payment_lost=None)
    mean = sum(scores, Fraction(0)) / len(scores)
    percent = payment_lost_percent(mean, readings)
    yuan = Fraction(price)
    # The final payment is 30 % of the price.
    money = yuan * Fraction(30, 100) * percent / 100
    lost = Decimal(math.floor(money * 100 + Fraction(1, 2))) * _CENT if yuan else None
    return Year(months=len(scores), score=mean, payment_lost_percent=percent, payment_lost=lost)


def with_wrong_dispatches(accurate: int, dispatched: int, wrong: int, readings: Readings = DEFAULT) -> Fraction:
    """Return the score of the dispatch accuracy after ``wrong`` more of the dispatches turn out to be wrong."""
    return score("dispatch_accuracy", {"accurate": max(accurate - wrong, 0), "dispatched": dispatched}, readings)


def outlook(
    so_far: Mapping[str, Mapping[str, Any]],
    last_days: Mapping[str, Mapping[str, Any]],
    days_left: Fraction,
    readings: Readings = DEFAULT,
) -> Outlook:
    """Return the month's base score if the remaining days go like the last seven.

    Errors are extrapolated with a 90 % interval (Poisson); items that depend on people and facts stay unchanged.
    ``last_days``: the inputs of the five order items over those seven days.
    """
    scores = [
        sum(
            (score(metric, _extrapolated(metric, so_far, last_days, days_left, chance), readings) for metric in POINTS),
            Fraction(0),
        )
        for chance in (_NINETY_PERCENT, 0.0, -_NINETY_PERCENT)
    ]
    return Outlook(low=scores[0], expected=scores[1], high=scores[2])


def _extrapolated(
    metric: str,
    so_far: Mapping[str, Mapping[str, Any]],
    last_days: Mapping[str, Mapping[str, Any]],
    days_left: Fraction,
    chance: float,
) -> Mapping[str, Any]:
    now = so_far[metric]
    if metric not in _PARTS:
        return now
    part, whole = _PARTS[metric]
    recent = last_days[metric]
    ahead = max(Fraction(0), days_left) / LAST_DAYS
    right = part in _RIGHT
    wrong_recently = recent[whole] - recent[part] if right and whole else recent[part]
    expected = float(wrong_recently * ahead)
    wrong = max(0, round(expected + chance * math.sqrt(expected)))
    if whole is None:
        return {part: now[part] + wrong}
    more = max(wrong, round(recent[whole] * ahead))
    return {part: now[part] + (more - wrong if right else wrong), whole: now[whole] + more}

"""Quality inspection 质检: the total of a scored form, its rules, and the time for an appeal."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from math import isfinite, lcm

from floorctl.calendar import WorkCalendar
from floorctl.models.quality import Inspection, ItemScore, Rubric, RubricItem
from floorctl.rules.commands.refusal import FieldError

APPEAL_WORKING_DAYS = 3
_CENT = Decimal("0.01")


def items(rubric: Rubric) -> Iterator[RubricItem]:
    """Yield all items of ``rubric``, in the form's order."""
    for section in rubric.sections:
        yield from section.items


def total(rubric: Rubric, scores: Iterable[ItemScore], fatal: Collection[str] = ()) -> Decimal:
    """Return the score out of 100: points given ÷ points that apply × 100, rounded half up to two decimals.

    Any fatal error makes it 0. An item without a score, or with points None, does not apply. If no item applies,
    nothing can be lost and the total is 100 (the floor's rules).
    """
    if fatal:
        return Decimal("0.00")
    given_by_item = {score.item_id: score.points for score in scores}
    given, possible = [], []
    for item in items(rubric):
        points = given_by_item.get(item.id)
        if points is not None:
            given.append(exact(points))
            possible.append(exact(item.points))
    most = _sum(possible)
    return _half_up(_sum(given) / most * 100 if most else Fraction(100))


def check(rubric: Rubric, scores: Iterable[ItemScore], fatal: Iterable[str] = ()) -> list[FieldError]:
    """Return the violations of the form's rules; empty if it may be submitted.

    Every item is scored once, within its points and on its steps. An item may be marked as not applying only if the
    rubric permits it. That, and every lost point, needs a comment.
    """
    errors: list[FieldError] = []
    known = {item.id: item for item in items(rubric)}
    seen: set[str] = set()
    for at, score in enumerate(scores):
        field = f"scores[{at}]"
        item = known.get(score.item_id)
        if item is None:
            errors.append(FieldError(field, "unknown_item", {"item": score.item_id}))
        elif score.item_id in seen:
            errors.append(FieldError(field, "item_twice", {"item": item.title}))
        elif reason := wrong(item, score):
            errors.append(FieldError(field, reason, reason_params(item)))
        seen.add(score.item_id)
    errors += [
        FieldError("scores", "item_missing", {"item": item.title}) for item in known.values() if item.id not in seen
    ]
    fatal_ids = {error.id for error in rubric.fatal}
    unknown = [each for each in fatal if each not in fatal_ids]
    return errors + [FieldError("fatal", "unknown_item", {"item": each}) for each in unknown]


def wrong(item: RubricItem, score: ItemScore) -> str | None:
    """Return why this score of an item is invalid (a key under ``rules.refused``), or None."""
    explained = bool(score.comment and score.comment.strip())
    if score.points is None:
        if not item.may_not_apply:
            return "item_must_apply"
        return None if explained else "comment_needed"
    reason = off_scale(item, score.points)
    lost = exact(score.points) != exact(item.points)
    return reason or ("comment_needed" if lost and not explained else None)


def reason_params(item: RubricItem) -> dict[str, object]:
    """Return the parameters for the text of a reason that ``wrong`` or ``off_scale`` returned for ``item``."""
    return {"item": item.title, "most": float(item.points), "step": float(item.step)}


def off_scale(item: RubricItem, points: float) -> str | None:
    """Return why an item cannot have these points (a key under ``rules.refused``), or None."""
    if not isfinite(points):
        return "points_out_of_range"
    exact_points, full = exact(points), exact(item.points)
    if not 0 <= exact_points <= full:
        return "points_out_of_range"
    # Full marks are always on the scale, even if they are not a multiple of the step.
    return "points_off_step" if exact_points != full and exact_points % exact(item.step) else None


def same_points(one: Iterable[ItemScore], other: Iterable[ItemScore]) -> bool:
    """Return whether two scorings give every item the same points; comments are not compared."""
    first, second = ({score.item_id: score.points for score in each} for each in (one, other))
    return first == second


def passed(rubric: Rubric, mark: float | Decimal) -> bool:
    """Return whether ``mark`` reaches the rubric's pass mark."""
    return exact(mark) >= exact(rubric.pass_mark)


def appeal_until(inspection: Inspection, calendar: WorkCalendar) -> datetime:
    """Return the last moment for an appeal: three working days after the score (the floor's rules)."""
    return calendar.add_working_days(inspection.submitted_at, APPEAL_WORKING_DAYS)


def appeal_open(inspection: Inspection, now: datetime, calendar: WorkCalendar) -> bool:
    """Return whether the score can still be appealed at ``now``; exactly at the end is in time."""
    return inspection.state == "submitted" and now <= appeal_until(inspection, calendar)


@lru_cache(maxsize=4096)
def exact(value: float | Decimal) -> Fraction:
    """Return ``value`` exactly: a float of the contract means its decimal notation, not the nearest binary value."""
    return Fraction(str(value))


def _sum(values: list[Fraction]) -> Fraction:
    """Return the sum over a common denominator: faster than adding Fractions, which reduces every partial sum."""
    below = lcm(*(each.denominator for each in values))
    return Fraction(sum(each.numerator * (below // each.denominator) for each in values), below)


def _half_up(value: Fraction) -> Decimal:
    hundredths = (value * 100 + Fraction(1, 2)).__floor__()
    return (Decimal(hundredths) * _CENT).quantize(_CENT, ROUND_HALF_UP)

"""Results of quality inspection: figures per agent, team and item, agreement of inspectors, coaching."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

import msgspec

from floorctl.models.quality import Inspection, Rubric
from floorctl.rules.quality.scoring import exact, items, passed

#: Points by which a mean may fall within a month before the agent is due for coaching.
FALL = 5


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Of several scores: mean, share that passed, and the item on which points were lost most often."""

    count: int
    mean: Fraction
    pass_rate: Fraction
    commonest_lost: str | None


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The range of several inspectors' points for one item; scores that say it does not apply are left out."""

    item_id: str
    lowest: float
    highest: float
    mean: Fraction


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """On how many of the ``items`` all inspectors agree (``same``), and the ``widest`` difference in points."""

    same: int
    items: int
    widest: float


def applies_to_some(item_id: str, scores: Iterable[Inspection]) -> bool:
    """Return whether inspectors disagree on whether an item applies: some gave points, others did not."""
    inapplicable = {score.points is None for each in scores for score in each.scores if score.item_id == item_id}
    return len(inapplicable) > 1


def result(inspections: Iterable[Inspection], rubrics: Mapping[str, Rubric]) -> Result | None:
    """Return the result of ``inspections``; None if there are none. A score without its rubric has not passed."""
    scores = list(inspections)
    if not scores:
        return None
    full = {each: _full(rubric) for each, rubric in rubrics.items()}
    lost = Counter(item for each in scores for item in _lost(each, full.get(each.rubric_id, {})))
    good = sum((rubric := rubrics.get(each.rubric_id)) is not None and passed(rubric, each.total) for each in scores)
    # Of several equally common items the first by id, so that the order of the scores does not matter.
    commonest = min(lost, key=lambda item: (-lost[item], item), default=None)
    return Result(
        count=len(scores),
        mean=sum((exact(each.total) for each in scores), Fraction(0)) / len(scores),
        pass_rate=Fraction(good, len(scores)),
        commonest_lost=commonest,
    )


def _full(rubric: Rubric) -> dict[str, float]:
    return {item.id: item.points for item in items(rubric)}


def _lost(inspection: Inspection, full: Mapping[str, float]) -> list[str]:
    return [
        score.item_id
        for score in inspection.scores
        if score.points is not None and score.points < full.get(score.item_id, 0)
    ]


def spread(rubric: Rubric, inspections: Sequence[Inspection]) -> list[Spread]:
    """校准: return the spread of each item over several inspectors' scores of one sample."""
    spreads = []
    for item in items(rubric):
        points = [
            score.points
            for each in inspections
            for score in each.scores
            if score.item_id == item.id and score.points is not None
        ]
        if points:
            mean = sum(map(exact, points), Fraction(0)) / len(points)
            spreads.append(Spread(item_id=item.id, lowest=min(points), highest=max(points), mean=mean))
    return spreads


def agreed(rubric: Rubric, inspections: Sequence[Inspection]) -> Agreed | None:
    """Return on how many items the inspectors of one sample agree; None if fewer than two scored it.

    "Does not apply" is an answer too and agrees only with itself.
    """
    if len(inspections) < 2:
        return None
    points_by_item = [{score.item_id: score.points for score in each.scores} for each in inspections]
    compared = [item.id for item in items(rubric) if all(item.id in each for each in points_by_item)]
    answers = [[each[item_id] for each in points_by_item] for item_id in compared]
    points = [[point for point in each if point is not None] for each in answers]
    return Agreed(
        same=sum(len(set(each)) == 1 for each in answers),
        items=len(compared),
        widest=max((max(each) - min(each) for each in points if each), default=0.0),
    )


def agreement(rubric: Rubric, inspections: Sequence[Inspection]) -> Fraction | None:
    """Return the weighted agreement (kappa, squared weights) of one sample's inspectors, the mean over all pairs.

    1 is full agreement, 0 that of chance. Points are taken as shares of their item's maximum, so that all items weigh
    the same. None if no two inspectors scored a common item.
    """
    full = {item.id: exact(item.points) for item in items(rubric) if item.points}
    shares = [
        {
            score.item_id: exact(score.points) / full[score.item_id]
            for score in each.scores
            if score.points is not None and score.item_id in full
        }
        for each in inspections
    ]
    kappas = [kappa for one, other in combinations(shares, 2) if (kappa := _kappa(one, other)) is not None]
    return sum(kappas, Fraction(0)) / len(kappas) if kappas else None


def _kappa(one: Mapping[str, Fraction], other: Mapping[str, Fraction]) -> Fraction | None:
    both = [item for item in one if item in other]
    if not both:
        return None
    observed = sum(((one[item] - other[item]) ** 2 for item in both), Fraction(0)) / len(both)
    by_chance = sum(((one[a] - other[b]) ** 2 for a in both for b in both), Fraction(0)) / len(both) ** 2
    if by_chance == 0:
        return Fraction(1)
    return 1 - observed / by_chance


def trend(now: Result | None, before: Result | None) -> Fraction | None:
    """Return by how much the mean changed; None if one of the two results is missing."""
    if now is None or before is None:
        return None
    return now.mean - before.mean


def by_item(inspections: Iterable[Inspection], rubrics: Mapping[str, Rubric]) -> dict[str, Result]:
    """Return item id → result: ``mean`` is its mean share of points in percent, ``pass_rate`` that of full marks.

    Only scores to which the item applied and whose rubric still has it. A fatal error does not affect the items.
    """
    full = {each: {item.id: exact(item.points) for item in items(rubric)} for each, rubric in rubrics.items()}
    shares: dict[str, list[Fraction]] = {}
    for each in inspections:
        of = full.get(each.rubric_id, {})
        for score in each.scores:
            # Points above the maximum of the present rubric are of another version of it, or wrong.
            if score.points is not None and of.get(score.item_id) and 0 <= exact(score.points) <= of[score.item_id]:
                shares.setdefault(score.item_id, []).append(exact(score.points) / of[score.item_id])
    return {
        item_id: Result(
            count=len(item_shares),
            mean=sum(item_shares, Fraction(0)) / len(item_shares) * 100,
            pass_rate=Fraction(sum(share >= 1 for share in item_shares), len(item_shares)),
            commonest_lost=None,
        )
        for item_id, item_shares in shares.items()
    }


def coaching(
    inspections: Sequence[Inspection], trend: Fraction | None, rubrics: Mapping[str, Rubric]
) -> tuple[str, ...]:
    """Return why an agent with these scores of a month is due for coaching; empty if they are not.

    ``below_pass``: the mean is below the pass mark; ``fatal``: a fatal error; ``falling``: the mean fell by ``FALL``
    points or more since the previous month (``trend``).
    """
    figures = result(inspections, rubrics)
    if figures is None:
        return ()
    rubric = rubrics.get(inspections[-1].rubric_id)
    reasons = []
    if rubric is None or figures.mean < exact(rubric.pass_mark):
        reasons.append("below_pass")
    if any(each.fatal for each in inspections):
        reasons.append("fatal")
    if trend is not None and trend <= -FALL:
        reasons.append("falling")
    return tuple(reasons)

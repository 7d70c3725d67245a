"""Calibration: spread and weighted kappa are those of scikit-learn and numpy on random scores."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.models.quality import Inspection, ItemScore, Rubric, RubricItem, RubricSection
from floorctl.rules.quality import results
from tests.rules import small_floor

#: Quarters of an item's points: evenly spaced, as scikit-learn's weights take categories to be.
LEVELS = 4


def rubric_of(most: list[float]) -> Rubric:
    items = tuple(RubricItem(id=f"i{at}", title=f"T{at}", points=points, step=0.25) for at, points in enumerate(most))
    return Rubric(title="r", pass_mark=85, sections=(RubricSection(title="s", items=items),))


def score(rubric: Rubric, levels: list[int | None]) -> Inspection:
    (section,) = rubric.sections
    scores = tuple(
        ItemScore(item_id=item.id, points=None if level is None else item.points * level / LEVELS)
        for item, level in zip(section.items, levels, strict=True)
    )
    return small_floor.inspection(scores=scores)


@st.composite
def calibrations(draw: Any) -> tuple[Rubric, list[list[int | None]]]:
    count = draw(st.integers(2, 12))
    most = draw(st.lists(st.sampled_from([1.0, 2.0, 4.0, 12.0]), min_size=count, max_size=count))
    level = st.integers(0, LEVELS)
    raters = draw(
        st.lists(st.lists(level | level | level | st.none(), min_size=count, max_size=count), min_size=2, max_size=4)
    )
    return rubric_of(most), raters


@settings(max_examples=60)
@given(calibrations())
def test_kappa_is_scikit_learns(calibration: tuple[Rubric, list[list[int | None]]]) -> None:
    from sklearn.metrics import cohen_kappa_score

    rubric, raters = calibration
    expected = []
    for one, other in combinations(raters, 2):
        both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
        if not both:
            continue
        if len({level for pair in both for level in pair}) == 1:
            expected.append(1.0)  # all the same: full agreement, where scikit-learn divides nothing by nothing
            continue
        expected.append(cohen_kappa_score(*zip(*both, strict=True), weights="quadratic", labels=range(LEVELS + 1)))
    found = results.agreement(rubric, [score(rubric, levels) for levels in raters])
    if not expected:
        assert found is None
    else:
        assert found is not None
        assert float(found) == pytest.approx(sum(expected) / len(expected), abs=1e-9)


@settings(max_examples=60)
@given(calibrations())
def test_the_spread_is_numpys(calibration: tuple[Rubric, list[list[int | None]]]) -> None:
    import numpy

    rubric, raters = calibration
    found = {each.item_id: each for each in results.spread(rubric, [score(rubric, levels) for levels in raters])}
    (section,) = rubric.sections
    for at, item in enumerate(section.items):
        given = numpy.array([item.points * one[at] / LEVELS for one in raters if one[at] is not None])  # type: ignore[operator]
        if given.size == 0:
            assert item.id not in found
        else:
            spread = found[item.id]
            assert (spread.lowest, spread.highest) == (given.min(), given.max())
            assert spread.mean == pytest.approx(given.mean())

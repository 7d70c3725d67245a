from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.calendar import WorkCalendar
from floorctl.models.quality import ItemScore, Rubric, RubricItem, RubricSection
from floorctl.rules.quality import scoring
from tests.rules import small_floor
from tests.rules.small_floor import NOW, ZONE

ITEMS = [item.id for item in scoring.items(small_floor.rubric())]


def scores(**points: float | None) -> list[ItemScore]:
    return [ItemScore(item_id=item, points=value, comment="说明") for item, value in points.items()]


def test_full_marks_are_a_hundred_whatever_does_not_apply() -> None:
    assert scoring.total(small_floor.rubric(), scores(open=4, listen=8, once=10)) == Decimal("100.00")
    assert scoring.total(small_floor.rubric(), scores(open=4, listen=8, once=None)) == Decimal("100.00")


@pytest.mark.parametrize(
    ("points", "total"),
    [
        ({"open": 3.5, "listen": 8, "once": None}, "95.83"),
        ({"open": 4, "listen": 7, "once": 10}, "95.45"),
        ({"open": 0, "listen": 0, "once": 0}, "0.00"),
    ],
)
def test_the_points_that_apply_share_out_the_rest(points: dict[str, float | None], total: str) -> None:
    assert scoring.total(small_floor.rubric(), scores(**points)) == Decimal(total)


def test_half_a_hundredth_is_rounded_up() -> None:
    one = Rubric(
        title="t", pass_mark=85, sections=(RubricSection(title="s", items=(RubricItem(id="a", title="a", points=8),)),)
    )
    exact = msgspec.structs.replace(
        one, sections=(RubricSection(title="s", items=(RubricItem(id="a", title="a", points=1.6),)),)
    )
    # 0.8001 of 1.6 points is 50.00625 %; 8.0004 of 8 would be 100.005 %.
    assert scoring.total(exact, scores(a=0.8001)) == Decimal("50.01")
    assert scoring.total(one, scores(a=0.0004)) == Decimal("0.01")
    assert scoring.total(one, scores(a=0.0003)) == Decimal("0.00")


def test_a_fatal_error_makes_it_zero() -> None:
    assert scoring.total(small_floor.rubric(), scores(open=4, listen=8, once=10), ["abuse"]) == 0


@given(st.integers(0, 8), st.integers(0, 16), st.none() | st.integers(0, 20))
def test_the_total_is_exact_and_within_its_range(open_: int, listen: int, once: int | None) -> None:
    given_scores = scores(open=open_ / 2, listen=listen / 2, once=None if once is None else once / 2)
    total = scoring.total(small_floor.rubric(), given_scores)
    share = Fraction(open_ + listen + (once or 0), 24 if once is None else 44) * 100
    assert abs(Fraction(total) - share) <= Fraction(1, 200)
    assert scoring.check(small_floor.rubric(), given_scores) == []
    assert 0 <= total <= 100


def test_a_lost_point_needs_a_comment_and_full_marks_do_not() -> None:
    full = [ItemScore(item_id=item, points=points) for item, points in zip(ITEMS, (4, 8, 10), strict=True)]
    assert scoring.check(small_floor.rubric(), full) == []
    lost = [msgspec.structs.replace(full[0], points=3.5, comment=" "), *full[1:]]
    assert [error.field for error in scoring.check(small_floor.rubric(), lost)] == ["scores[0]"]


def test_the_pass_mark_passes() -> None:
    assert scoring.passed(small_floor.rubric(), 85.0)
    assert not scoring.passed(small_floor.rubric(), Decimal("84.99"))


def test_an_appeal_has_three_working_days_to_the_same_minute() -> None:
    calendar = WorkCalendar(ZONE)
    inspection = small_floor.inspection(submitted_at=NOW)
    last = scoring.appeal_until(inspection, calendar)
    assert last == NOW.replace(day=5)
    assert scoring.appeal_open(inspection, last, calendar)
    assert not scoring.appeal_open(small_floor.inspection(state="upheld"), NOW, calendar)

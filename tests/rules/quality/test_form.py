"""The form lets nothing in that may not be, and what it lets in is worth what exact arithmetic says."""

import decimal
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from floorctl.models.quality import FatalError, Rubric, RubricItem, RubricSection
from floorctl.rules.quality import form as forms
from floorctl.rules.quality import scoring
from floorctl.rules.quality.form import Form
from tests.rules import small_floor


def form_on(rubric: Rubric) -> Form:
    return Form(sample_id="sm-1", rubric_id="r-1", rubric_version=1, rubric=rubric)


EMPTY = form_on(small_floor.rubric())

steps = st.sampled_from(["0.1", "0.25", "0.5", "1", "2", "0.3"])
points = st.integers(0, 400).map(lambda tenths: Decimal(tenths) / 10)


@st.composite
def rubrics(draw: Any) -> Rubric:
    count = draw(st.integers(1, 8))
    items = tuple(
        RubricItem(
            id=f"i{at}",
            title=f"T{at}",
            points=float(draw(points)),
            step=float(draw(steps)),
            may_not_apply=draw(st.booleans()),
        )
        for at in range(count)
    )
    cut = draw(st.integers(0, count))
    sections = tuple(RubricSection(title="s", items=part) for part in (items[:cut], items[cut:]) if part)
    fatal = tuple(FatalError(id=f"f{at}", title=f"F{at}") for at in range(draw(st.integers(0, 3))))
    return Rubric(title="r", pass_mark=85, sections=sections, fatal=fatal)


@st.composite
def filled(draw: Any) -> Form:
    """A complete form on some rubric, made by the steps that the screen has."""
    form = form_on(draw(rubrics()))
    for item in scoring.items(form.rubric):
        whole = int(Fraction(str(item.points)) / Fraction(str(item.step)))
        choice = draw(st.sampled_from(["full", "some", "none"]))
        if choice == "none" and item.may_not_apply:
            form = forms.not_applicable(form, item.id)
        elif choice == "some":
            given = float(Fraction(str(item.step)) * draw(st.integers(0, whole)))
            form = forms.with_points(form, item.id, given)
        form = forms.with_comment(form, item.id, draw(st.sampled_from(["说明", ""])))
    form = forms.full(form)
    for error in form.rubric.fatal:
        if draw(st.integers(0, 5)) == 0:
            form = forms.toggle_fatal(form, error.id)
    return form


def exactly(form: Form) -> Decimal:
    """The total by decimal arithmetic alone, from the documents' own digits."""
    if form.fatal:
        return Decimal(0)
    applying = [item for item in scoring.items(form.rubric) if form.points[item.id] is not None]
    possible = sum((Decimal(repr(item.points)) for item in applying), Decimal(0))
    if possible == 0:
        return Decimal(100)
    given = sum((Decimal(repr(form.points[item.id])) for item in applying), Decimal(0))
    # Long division to far more places than two, then half up: 60 digits leave no tie unseen for such numbers.
    with decimal.localcontext(prec=60):
        return (given * 100 / possible).quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(filled())
def test_the_total_is_what_exact_arithmetic_says(form: Form) -> None:
    assert forms.total(form) == exactly(form)


@given(filled())
def test_what_the_form_lets_in_the_platform_takes(form: Form) -> None:
    wrong = forms.problems(form)
    refused = scoring.check(form.rubric, forms.scores(form), form.fatal)
    assert len(wrong) == len(refused)
    unexplained = [
        item.id
        for item in scoring.items(form.rubric)
        if form.points[item.id] != item.points and not form.comments.get(item.id)
    ]
    assert [problem.field for problem in wrong] == unexplained


@given(rubrics(), st.data())
def test_points_off_the_scale_are_never_taken(rubric: Rubric, data: Any) -> None:
    form = form_on(rubric)
    item = data.draw(st.sampled_from(list(scoring.items(rubric))))
    given = data.draw(st.floats(allow_nan=True) | st.integers(-5, 50).map(float))
    try:
        after = forms.with_points(form, item.id, given)
    except ValueError:
        assert scoring.off_scale(item, given)
        return
    score = forms.scores(after)[0]
    assert scoring.wrong(item, replace(score, comment="c")) is None


@given(rubrics(), st.lists(st.sampled_from([1, -1]), max_size=30))
def test_steps_stay_on_the_scale_and_reach_both_ends(rubric: Rubric, moves: list[int]) -> None:
    item = next(scoring.items(rubric))
    form = form_on(rubric)
    for move in moves:
        before = form.points.get(item.id)
        form = forms.step(form, item.id, move)
        now = form.points[item.id]
        assert now is not None and scoring.off_scale(item, now) is None
        if before is not None:
            assert (now - before) * move >= 0
    for move, end in ((1, item.points), (-1, 0.0)):
        for _ in range(500):
            form = forms.step(form, item.id, move)
            if form.points[item.id] == end:
                break
        assert form.points[item.id] == end


def test_a_step_down_from_nothing_loses_one_step_of_full_marks() -> None:
    assert forms.step(EMPTY, "open", -1).points == {"open": 3.5}
    assert forms.step(EMPTY, "open", 1).points == {"open": 4}


def test_full_marks_leave_what_was_scored() -> None:
    form = forms.full(forms.with_points(EMPTY, "open", 1))
    assert form.points == {"open": 1, "listen": 8, "once": 10}


def test_only_what_may_not_apply_can_be_marked_so() -> None:
    assert forms.not_applicable(EMPTY, "once").points == {"once": None}
    for item in ("open", "nothing"):
        with pytest.raises(ValueError, match=item):
            forms.not_applicable(EMPTY, item)
    assert forms.unscored(forms.not_applicable(EMPTY, "once"), "once").points == {}


def test_a_fatal_error_is_marked_and_unmarked_in_the_rubrics_order() -> None:
    form = forms.toggle_fatal(EMPTY, "abuse")
    assert (form.fatal, forms.total(forms.full(form))) == (("abuse",), 0)
    assert forms.toggle_fatal(form, "abuse").fatal == ()
    with pytest.raises(ValueError, match="nothing"):
        forms.toggle_fatal(EMPTY, "nothing")


def test_comments_are_kept_without_blanks_around_them() -> None:
    form = forms.with_comment(forms.with_comment(EMPTY, "open", " 没报工号 "), None, "总体好")
    assert (form.comments, form.comment) == ({"open": "没报工号"}, "总体好")
    assert forms.with_comment(form, "open", "  ").comments == {}


@given(filled(), rubrics())
def test_a_form_on_another_rubric_holds_nothing_that_may_not_be(form: Form, rubric: Rubric) -> None:
    renewed = forms.renewed(form, "r-2", 3, rubric)
    assert (renewed.rubric_id, renewed.rubric_version, renewed.sample_id) == ("r-2", 3, form.sample_id)
    for item in scoring.items(rubric):
        given = renewed.points.get(item.id, item.points)
        assert item.may_not_apply if given is None else scoring.off_scale(item, given) is None
    assert set(renewed.fatal) <= {error.id for error in rubric.fatal}


@given(filled())
def test_a_form_on_the_same_rubric_is_as_it_was(form: Form) -> None:
    renewed = forms.renewed(form, form.rubric_id, form.rubric_version, form.rubric)
    assert renewed == form
    assert forms.changes(form.rubric, form.rubric) == []


def test_every_difference_of_two_rubrics_is_named() -> None:
    was = small_floor.rubric()
    first, second = was.sections
    added = RubricItem(id="new", title="新", points=2)
    now = replace(
        was,
        pass_mark=90,
        fatal=(FatalError(id="abuse", title="辱骂"), FatalError(id="leak", title="泄露")),
        sections=(
            replace(first, items=(replace(first.items[0], points=5, step=1, guide="报工号", title="开场"),)),
            replace(second, items=(replace(second.items[0], may_not_apply=False), added)),
        ),
    )
    found = forms.changes(was, now)
    assert {each.aspect for each in found} == set(forms.CHANGES)
    assert [(each.title, each.was, each.now) for each in found if each.aspect == "item"] == [
        ("倾听", 8, None),
        ("新", None, 2),
    ]

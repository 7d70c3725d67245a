"""The inspector's form: pure functions from one partly filled form to the next, none of which permits invalid input.

A form contains the rubric it is filled in by, so that it survives a restart and a change of the rubric.
"""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from floorctl.models.quality import ItemScore, Rubric, RubricItem
from floorctl.rules.commands.refusal import FieldError
from floorctl.rules.quality import scoring


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A sample being scored. An item missing in ``points`` is not scored yet; None: the item does not apply."""

    sample_id: str
    rubric_id: str
    rubric_version: int
    rubric: Rubric
    points: dict[str, float | None] = {}
    comments: dict[str, str] = {}
    fatal: tuple[str, ...] = ()
    comment: str = ""
    saved_at: Annotated[datetime, Meta(tz=True)] | None = None

    @property
    def begun(self) -> bool:
        """Whether anything has been entered."""
        return bool(self.points or self.comments or self.fatal or self.comment)


class RubricChange(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two rubrics. ``aspect``: one of ``CHANGES``.

    ``title``: of the item or fatal error; empty for ``pass_mark``. ``was`` is None for an addition, ``now`` for a
    removal.
    """

    aspect: str
    title: str
    was: str | float | bool | None
    now: str | float | bool | None


CHANGES = ("item", "points", "step", "item_title", "guide", "may_not_apply", "fatal", "fatal_title", "pass_mark")


def item_of(form: Form, item_id: str) -> RubricItem:
    """Return the rubric's item with this id.

    Raises:
        ValueError: there is none.
    """
    for item in scoring.items(form.rubric):
        if item.id == item_id:
            return item
    raise ValueError(item_id)


def full(form: Form) -> Form:
    """Return ``form`` with full marks for every item that is not scored yet; entered points stay."""
    rest = {item.id: item.points for item in scoring.items(form.rubric) if item.id not in form.points}
    return replace(form, points={**form.points, **rest})


def with_points(form: Form, item_id: str, points: float) -> Form:
    """Return ``form`` with these points for an item.

    Raises:
        ValueError: no such item, or points outside its range or not on its scale.
    """
    if scoring.off_scale(item_of(form, item_id), points):
        raise ValueError(points)
    return replace(form, points={**form.points, item_id: float(points)})


def step(form: Form, item_id: str, direction: int) -> Form:
    """Return ``form`` with an item's points one step up or down; the scale ends at 0 and at full marks.

    For an item without points, down means one step below full marks, up means full marks.

    Raises:
        ValueError: no such item.
    """
    item = item_of(form, item_id)
    now = form.points.get(item_id)
    if now is None and direction > 0:
        return with_points(form, item_id, item.points)
    most, size = Fraction(str(item.points)), Fraction(str(item.step))
    at = most if now is None else Fraction(str(now))
    # Full marks may not be a multiple of the step: down leads to the multiple below, up stops at full marks.
    wanted = (-(-at // size) - 1) * size if direction < 0 else (at // size + 1) * size
    return with_points(form, item_id, float(min(max(wanted, Fraction(0)), most)))


def not_applicable(form: Form, item_id: str) -> Form:
    """Return ``form`` with an item marked as not applying; a comment is then required.

    Raises:
        ValueError: no such item, or it has to apply.
    """
    if not item_of(form, item_id).may_not_apply:
        raise ValueError(item_id)
    return replace(form, points={**form.points, item_id: None})


def unscored(form: Form, item_id: str) -> Form:
    """Return ``form`` with an item unscored again; its comment stays."""
    return replace(form, points={each: points for each, points in form.points.items() if each != item_id})


def with_comment(form: Form, item_id: str | None, text: str) -> Form:
    """Return ``form`` with a comment on an item, or (None) on the whole; a blank text removes the comment.

    Raises:
        ValueError: no such item.
    """
    text = text.strip()
    if item_id is None:
        return replace(form, comment=text)
    others = {each: said for each, said in form.comments.items() if each != item_of(form, item_id).id}
    return replace(form, comments={**others, item_id: text} if text else others)


def toggle_fatal(form: Form, fatal_id: str) -> Form:
    """Return ``form`` with a fatal error marked, or unmarked if it was.

    Raises:
        ValueError: the rubric has none with this id.
    """
    known = [error.id for error in form.rubric.fatal]
    if fatal_id not in known:
        raise ValueError(fatal_id)
    marked = set(form.fatal) ^ {fatal_id}
    return replace(form, fatal=tuple(each for each in known if each in marked))


def scores(form: Form) -> tuple[ItemScore, ...]:
    """Return the scores entered so far, in the rubric's order."""
    return tuple(
        ItemScore(item_id=item.id, points=form.points[item.id], comment=form.comments.get(item.id))
        for item in scoring.items(form.rubric)
        if item.id in form.points
    )


def total(form: Form) -> Decimal:
    """Return the total so far, without the items that are not scored yet."""
    return scoring.total(form.rubric, scores(form), form.fatal)


def problems(form: Form) -> list[FieldError]:
    """Return what prevents submission, by item id in the rubric's order; empty if the form can be submitted."""
    errors = []
    for item in scoring.items(form.rubric):
        reason: str | None = "item_missing"
        if item.id in form.points:
            score = ItemScore(item_id=item.id, points=form.points[item.id], comment=form.comments.get(item.id))
            reason = scoring.wrong(item, score)
        if reason is not None:
            errors.append(FieldError(item.id, reason, scoring.reason_params(item)))
    known = {error.id for error in form.rubric.fatal}
    return errors + [FieldError(each, "unknown_item", {"item": each}) for each in form.fatal if each not in known]


# -- change of the rubric


def changes(was: Rubric, now: Rubric) -> list[RubricChange]:
    """Return how ``now`` differs from ``was`` for scoring; empty if it does not."""
    before, after = ({item.id: item for item in scoring.items(each)} for each in (was, now))
    differences = []
    for item_id in [*before, *(each for each in after if each not in before)]:
        differences += _item_changes(before.get(item_id), after.get(item_id))
    old, new = ({error.id: error.title for error in each.fatal} for each in (was, now))
    for fatal_id in [*old, *(each for each in new if each not in old)]:
        first, second = old.get(fatal_id), new.get(fatal_id)
        if first is None or second is None:
            differences.append(RubricChange(aspect="fatal", title=first or second or "", was=first, now=second))
        elif first != second:
            differences.append(RubricChange(aspect="fatal_title", title=second, was=first, now=second))
    if was.pass_mark != now.pass_mark:
        differences.append(RubricChange(aspect="pass_mark", title="", was=was.pass_mark, now=now.pass_mark))
    return differences


def _item_changes(was: RubricItem | None, now: RubricItem | None) -> list[RubricChange]:
    if was is None or now is None:
        item = was or now
        assert item is not None
        points = item.points
        one, other = (points, None) if now is None else (None, points)
        return [RubricChange(aspect="item", title=item.title, was=one, now=other)]
    pairs: dict[str, tuple[str | float | bool, str | float | bool]] = {
        "item_title": (was.title, now.title),
        "points": (was.points, now.points),
        "step": (was.step, now.step),
        "guide": (was.guide or "", now.guide or ""),
        "may_not_apply": (was.may_not_apply, now.may_not_apply),
    }
    return [
        RubricChange(aspect=aspect, title=now.title, was=one, now=other)
        for aspect, (one, other) in pairs.items()
        if one != other
    ]


def renewed(form: Form, rubric_id: str, version: int, rubric: Rubric) -> Form:
    """Return ``form`` converted to another rubric: scores that still fit are kept, the others have to be entered again.

    Full marks become the new full marks; lower points are kept if they are on the new scale and below its maximum.
    """
    before = {item.id: item for item in scoring.items(form.rubric)}
    points: dict[str, float | None] = {}
    for item in scoring.items(rubric):
        if item.id not in form.points or item.id not in before:
            continue
        entered = form.points[item.id]
        if entered is None:
            if item.may_not_apply:
                points[item.id] = None
        elif entered == before[item.id].points:
            points[item.id] = item.points
        elif not scoring.off_scale(item, entered) and entered < item.points:
            points[item.id] = entered
    known = {item.id for item in scoring.items(rubric)}
    marked = {error.id for error in rubric.fatal}
    return replace(
        form,
        rubric_id=rubric_id,
        rubric_version=version,
        rubric=rubric,
        points=points,
        comments={each: comment for each, comment in form.comments.items() if each in known},
        fatal=tuple(each for each in form.fatal if each in marked),
    )

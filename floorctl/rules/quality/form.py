"""The inspector's form: pure steps from one half-filled form to the next, so that no screen can enter what may not be.

A form carries the rubric that it is filled in by, so that a night, a crash or a changed rubric takes nothing from it.
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
    """A sample being scored. An item missing from ``points`` is not scored yet; None there: it does not apply."""

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
    """One difference between two rubrics. ``what``: one of ``CHANGES``.

    ``title`` is that of the item or fatal error, empty for ``pass_mark``. ``was`` is None where it is new, ``now``
    None where it is gone.
    """

    what: str
    title: str
    was: str | float | bool | None
    now: str | float | bool | None


CHANGES = ("item", "points", "step", "item_title", "guide", "may_not_apply", "fatal", "fatal_title", "pass_mark")


def item_of(form: Form, item_id: str) -> RubricItem:
    """The rubric's item.

    Raises:
        ValueError: there is none with this id.

    """
    for item in scoring.items(form.rubric):
        if item.id == item_id:
            return item
    raise ValueError(item_id)


def full(form: Form) -> Form:
    """Full marks for every item that is not scored yet; what was entered stays."""
    rest = {item.id: item.points for item in scoring.items(form.rubric) if item.id not in form.points}
    return replace(form, points={**form.points, **rest})


def with_points(form: Form, item_id: str, points: float) -> Form:
    """``form`` with these points for an item.

    Raises:
        ValueError: no such item, or points outside its range or off its steps.

    """
    if scoring.off_scale(item_of(form, item_id), points):
        raise ValueError(points)
    return replace(form, points={**form.points, item_id: float(points)})


def step(form: Form, item_id: str, direction: int) -> Form:
    """One step up or down the item's scale, which ends at 0 and full marks.

    An item without points begins at full marks: one step down from there, or full marks themselves.

    Raises:
        ValueError: no such item.

    """
    item = item_of(form, item_id)
    now = form.points.get(item_id)
    if now is None and direction > 0:
        return with_points(form, item_id, item.points)
    most, size = Fraction(str(item.points)), Fraction(str(item.step))
    at = most if now is None else Fraction(str(now))
    # Full marks may lie between two steps: the way down from them leads to the step below, the way up ends at them.
    wanted = (-(-at // size) - 1) * size if direction < 0 else (at // size + 1) * size
    return with_points(form, item_id, float(min(max(wanted, Fraction(0)), most)))


def not_applicable(form: Form, item_id: str) -> Form:
    """``form`` with an item marked as not applying; it will need a comment.

    Raises:
        ValueError: no such item, or it has to apply.

    """
    if not item_of(form, item_id).may_not_apply:
        raise ValueError(item_id)
    return replace(form, points={**form.points, item_id: None})


def unscored(form: Form, item_id: str) -> Form:
    """``form`` with an item as if it had not been scored; its comment stays."""
    return replace(form, points={each: points for each, points in form.points.items() if each != item_id})


def with_comment(form: Form, item_id: str | None, text: str) -> Form:
    """``form`` with a comment on an item, or (None) on the whole; a blank one takes it away.

    Raises:
        ValueError: no such item.

    """
    text = text.strip()
    if item_id is None:
        return replace(form, comment=text)
    others = {each: said for each, said in form.comments.items() if each != item_of(form, item_id).id}
    return replace(form, comments={**others, item_id: text} if text else others)


def toggle_fatal(form: Form, fatal_id: str) -> Form:
    """``form`` with a fatal error marked, or no longer.

    Raises:
        ValueError: the rubric has none with this id.

    """
    known = [error.id for error in form.rubric.fatal]
    if fatal_id not in known:
        raise ValueError(fatal_id)
    marked = set(form.fatal) ^ {fatal_id}
    return replace(form, fatal=tuple(each for each in known if each in marked))


def scores(form: Form) -> tuple[ItemScore, ...]:
    """What has been scored so far, in the rubric's order."""
    return tuple(
        ItemScore(item_id=item.id, points=form.points[item.id], comment=form.comments.get(item.id))
        for item in scoring.items(form.rubric)
        if item.id in form.points
    )


def total(form: Form) -> Decimal:
    """The total so far: items that are not scored yet are left out of it."""
    return scoring.total(form.rubric, scores(form), form.fatal)


def problems(form: Form) -> list[FieldError]:
    """What keeps the form from being submitted, by item id in the rubric's order; empty where nothing does."""
    found = []
    for item in scoring.items(form.rubric):
        reason: str | None = "item_missing"
        if item.id in form.points:
            score = ItemScore(item_id=item.id, points=form.points[item.id], comment=form.comments.get(item.id))
            reason = scoring.wrong(item, score)
        if reason is not None:
            found.append(FieldError(item.id, reason, scoring.reason_params(item)))
    known = {error.id for error in form.rubric.fatal}
    return found + [FieldError(each, "unknown_item", {"item": each}) for each in form.fatal if each not in known]


# -- a rubric that changed meanwhile


def changes(was: Rubric, now: Rubric) -> list[RubricChange]:
    """How ``now`` differs from ``was`` for someone who scores by it; empty where it does not."""
    before, after = ({item.id: item for item in scoring.items(each)} for each in (was, now))
    found = []
    for item_id in [*before, *(each for each in after if each not in before)]:
        found += _item_changes(before.get(item_id), after.get(item_id))
    old, new = ({error.id: error.title for error in each.fatal} for each in (was, now))
    for fatal_id in [*old, *(each for each in new if each not in old)]:
        first, second = old.get(fatal_id), new.get(fatal_id)
        if first is None or second is None:
            found.append(RubricChange(what="fatal", title=first or second or "", was=first, now=second))
        elif first != second:
            found.append(RubricChange(what="fatal_title", title=second, was=first, now=second))
    if was.pass_mark != now.pass_mark:
        found.append(RubricChange(what="pass_mark", title="", was=was.pass_mark, now=now.pass_mark))
    return found


def _item_changes(was: RubricItem | None, now: RubricItem | None) -> list[RubricChange]:
    if was is None or now is None:
        item = was or now
        assert item is not None
        points = item.points
        one, other = (points, None) if now is None else (None, points)
        return [RubricChange(what="item", title=item.title, was=one, now=other)]
    pairs: dict[str, tuple[str | float | bool, str | float | bool]] = {
        "item_title": (was.title, now.title),
        "points": (was.points, now.points),
        "step": (was.step, now.step),
        "guide": (was.guide or "", now.guide or ""),
        "may_not_apply": (was.may_not_apply, now.may_not_apply),
    }
    return [
        RubricChange(what=what, title=now.title, was=one, now=other)
        for what, (one, other) in pairs.items()
        if one != other
    ]


def renewed(form: Form, rubric_id: str, version: int, rubric: Rubric) -> Form:
    """``form`` on another rubric: what still fits is carried over, what does not is to be scored again.

    Full marks stay full marks; points that lost some stay where they are on the new scale too.
    """
    before = {item.id: item for item in scoring.items(form.rubric)}
    points: dict[str, float | None] = {}
    for item in scoring.items(rubric):
        if item.id not in form.points or item.id not in before:
            continue
        given = form.points[item.id]
        if given is None:
            if item.may_not_apply:
                points[item.id] = None
        elif given == before[item.id].points:
            points[item.id] = item.points
        elif not scoring.off_scale(item, given) and given < item.points:
            points[item.id] = given
    known = {item.id for item in scoring.items(rubric)}
    marked = {error.id for error in rubric.fatal}
    return replace(
        form,
        rubric_id=rubric_id,
        rubric_version=version,
        rubric=rubric,
        points=points,
        comments={each: said for each, said in form.comments.items() if each in known},
        fatal=tuple(each for each in form.fatal if each in marked),
    )

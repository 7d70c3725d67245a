"""``inspect next`` and ``show``: one sample with its call or order, its form, and its scores."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from floorctl.cli.age import say_age
from floorctl.cli.invocation import Invocation
from floorctl.cli.layout import labelled_lines
from floorctl.cli.listing import say_masked, shapes_for
from floorctl.cli.quality import documents as shaped
from floorctl.cli.quality.arguments import SampleArgument, need_scores, sample_id
from floorctl.errors import Exit, NotFoundError
from floorctl.i18n import t, term
from floorctl.text.durations import exact, running
from floorctl.text.numbers import NOTHING, points_text, score_text
from floorctl.text.unknown import unknown

if TYPE_CHECKING:
    from floorctl.cli.documents import Shapes
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import InspectionView, SampleView


def next_(run: Invocation) -> Exit | None:
    """The next sample to score."""
    with closing(run.floor()) as floor:
        view = need_scores(floor).quality.next_sample()
        if view is None:
            raise _nothing_next(floor)
        _print_sample(run, floor, view)
    return None


def show_(run: Invocation, sample: SampleArgument) -> Exit | None:
    """One sample with its call or order, and the form."""
    with closing(run.floor()) as floor:
        _print_sample(run, floor, need_scores(floor).quality.sample(sample_id(floor, sample)))
    return None


def _nothing_next(floor: Floor) -> NotFoundError:
    left = floor.quality.others_left()
    if not left:
        return NotFoundError("error.no_next_sample")
    others = [t("quality.left", name=name or t("inspect.nobodys"), n=n) for name, n in left]
    return NotFoundError("error.none_of_mine_left", others=t("cli.list_comma").join(others))


def _print_sample(run: Invocation, floor: Floor, view: SampleView) -> None:
    shapes = shapes_for(run, floor, "sample", view.id)
    if run.output.json:
        status = floor.status.connection()
        head = {"as_of": shapes.time(status.as_of), "live": status.mode == "live"}
        rubric = floor.quality.rubric()
        form = None if rubric is None else {"id": rubric.id, "version": rubric.version, **shapes.plain(rubric.rubric)}
        run.output.document(head | shaped.sample(shapes, view) | {"rubric": form})
    else:
        for line in _lines(floor, shapes, view):
            run.output.answer(line)
    say_masked(run, shapes, [view])
    say_age(run.output, floor)


def _lines(floor: Floor, shapes: Shapes, view: SampleView) -> list[str]:
    sample = shapes.seen(view)
    call = sample.call
    facts = [
        ("sample", str(view.number)),
        ("day", sample.day.isoformat()),
        ("state", t("inspect.drafted") if view.drafted else term("sample_state", sample.state)),
        ("reason", term("sample_reason", sample.reason)),
        ("agent", view.agent_name),
        ("inspector", view.inspector_name),
        ("target_of", shaped.target_words(floor, sample.target)),
    ]
    if call is not None:
        at = call.started_at.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M") if call.started_at else NOTHING
        facts += [
            ("call", f"{at}  {NOTHING if call.seconds is None else exact(call.seconds)}"),
            ("recording", call.recording_url or ""),
        ]
    lines = labelled_lines([(t(f"cli.field.{name}"), value) for name, value in facts if value])
    if call is not None and call.transcript:
        lines += ["", t("inspect.transcript")]
        lines += labelled_lines(
            [(f"  {running(line.at):>6}  {term('speaker', line.speaker)}", line.text) for line in call.transcript]
        )
    lines += _order_lines(floor, shapes, view.id)
    lines += _form_lines(floor, view)
    for inspection in view.inspections:
        lines += ["", *_score_lines(floor, shapes, inspection)]
    return lines


def _order_lines(floor: Floor, shapes: Shapes, sample_id: str) -> list[str]:
    view = floor.orders.of_sample(sample_id)
    if view is None:
        return []
    order = shapes.seen(view)
    facts = [
        ("number", order.number),
        ("title", order.title),
        ("content", order.content),
        ("result", order.result),
    ]
    return ["", *labelled_lines([(t(f"cli.field.{name}"), value) for name, value in facts if value])]


def _form_lines(floor: Floor, view: SampleView) -> list[str]:
    from floorctl.rules.quality import form as forms
    from floorctl.rules.quality.scoring import items

    if view.submitted_here or floor.quality.rubric() is None or not floor.desk.may("inspection.submit"):
        return []
    form = floor.scoring.form(view.id)
    rows = []
    for item in items(form.rubric):
        points = shaped.points_words(form.points[item.id]) if item.id in form.points else NOTHING
        may_not_apply = t("inspect.may_not_apply") if item.may_not_apply else ""
        remarks = "  ".join(filter(None, (may_not_apply, form.comments.get(item.id, ""))))
        rows.append((f"  {item.title}", f"{points} / {points_text(item.points)}  {remarks}".rstrip()))
    fatal = t("cli.field.fatal")
    rows += [(f"  {error.title}", ("! " if error.id in form.fatal else "") + fatal) for error in form.rubric.fatal]
    head = t("inspect.form", rubric=form.rubric.title)
    if form.begun:
        head += "  " + t("inspect.so_far", total=score_text(forms.total(form)))
    return ["", head, *labelled_lines(rows)]


def _score_lines(floor: Floor, shapes: Shapes, view: InspectionView) -> list[str]:
    score = shapes.seen(view)
    at = score.submitted_at.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M")
    book = floor.quality.book()
    rubric = book.rubrics.get(score.rubric_id)
    titles = book.titles()
    fatal = {error.id: error.title for error in rubric.rubric.fatal} if rubric else {}
    head = t(
        "inspect.score",
        total=score_text(score.total),
        inspector=view.inspector_name,
        at=at,
        state=term("inspection_state", score.state),
    )
    rows = []
    for item in score.scores:
        comment = item.comment or ""
        title = titles.get(item.item_id, unknown("item"))
        rows.append((f"  {title}", f"{shaped.points_words(item.points)}  {comment}".rstrip()))
    rows += [(f"  {t('cli.field.fatal')}", fatal.get(error_id, unknown("item"))) for error_id in score.fatal]
    if score.comment:
        rows.append((f"  {t('cli.field.comment')}", score.comment))
    if score.appeal is not None:
        rows.append((f"  {t('cli.field.appeal')}", score.appeal.reason or ""))
    return [head, *labelled_lines(rows)]

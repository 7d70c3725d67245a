"""``inspect score``, ``skip``, ``appeal``, ``decide``, ``contested`` and ``resolve``: acts on samples and scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.age import say_age
from floorctl.cli.handles import command_id as id_of_command
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import shapes_for
from floorctl.cli.quality import documents as shaped
from floorctl.cli.quality.arguments import SampleArgument, inspection_id, need_scores, sample_id
from floorctl.cli.rows import columns
from floorctl.cli.sending import acting, send
from floorctl.cli.words import one_of
from floorctl.errors import Exit, NotFoundError, UsageError
from floorctl.i18n import t
from floorctl.text import typed
from floorctl.text.numbers import points_text, score_text
from floorctl.text.unknown import unknown

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import DoubleScore
    from floorctl.models.quality import FatalError, Rubric, RubricItem
    from floorctl.rules.quality.form import Form

_Items = Annotated[list[str] | None, typer.Option("--item", metavar="ID=POINTS", help="cli.option.item")]
_NotApplicable = Annotated[
    list[str] | None, typer.Option("--not-applicable", metavar="ID", help="cli.option.not_applicable")
]
_Comments = Annotated[list[str] | None, typer.Option("--comment", metavar="ID=TEXT", help="cli.option.comment")]
_Inspection = Annotated[str, typer.Argument(metavar="INSPECTION", help="cli.argument.inspection")]


def score(
    run: Invocation,
    sample: SampleArgument,
    full: Annotated[bool, typer.Option("--full", help="cli.option.full_marks")] = False,
    item: _Items = None,
    not_applicable: _NotApplicable = None,
    comment: _Comments = None,
    fatal: Annotated[list[str] | None, typer.Option("--fatal", metavar="ID", help="cli.option.fatal")] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="cli.option.score_note")] = "",
) -> Exit:
    """Score a sample, starting from its draft if there is one."""
    from floorctl.rules.quality import form as forms

    with acting(run, "inspection.submit") as floor:
        wanted = sample_id(floor, sample)
        floor.quality.sample(wanted)
        form = _filled(floor.scoring.form(wanted), item, not_applicable, comment)
        for error_name in fatal or ():
            error = _id_named(form.rubric.fatal, error_name, "--fatal")
            form = form if error in form.fatal else forms.toggle_fatal(form, error)
        if note:
            form = forms.with_comment(form, None, note)
        return send(run, floor, [floor.scoring.submit(forms.full(form) if full else form)])


def _filled(
    form: Form, items: Sequence[str] | None, not_applicable: Sequence[str] | None, comments: Sequence[str] | None
) -> Form:
    """``form`` filled from the options.

    Raises:
        UsageError: an unknown item, points that it can't have, or an item that must apply.
    """
    from floorctl.rules.quality import form as forms

    for pair in items or ():
        item_id, points = _item_and_value(form.rubric, pair, "--item")
        try:
            form = forms.with_points(form, item_id, float(typed.number(points)))
        except ValueError as error:
            item = forms.item_of(form, item_id)
            raise UsageError(
                "error.bad_points",
                value=points,
                item=item.title,
                most=points_text(item.points),
                step=points_text(item.step),
            ) from error
    for name in not_applicable or ():
        item_id = _item_of(form.rubric, name, "--not-applicable")
        try:
            form = forms.not_applicable(form, item_id)
        except ValueError as error:
            raise UsageError("error.must_apply", item=forms.item_of(form, item_id).title) from error
    for pair in comments or ():
        form = forms.with_comment(form, *_item_and_value(form.rubric, pair, "--comment"))
    return form


def _item_and_value(rubric: Rubric, pair: str, option: str) -> tuple[str, str]:
    """Return the item's id and the value of ``ITEM=VALUE``; the item may be named by its title."""
    name, equals, value = pair.replace("＝", "=", 1).partition("=")
    if not equals:
        raise UsageError("error.no_pair", option=option, value=pair)
    return _item_of(rubric, typed.plain(name), option), value.strip()


def _item_of(rubric: Rubric, name: str, option: str) -> str:
    from floorctl.rules.quality.scoring import items

    return _id_named(items(rubric), name, option)


def _id_named(entries: Iterable[RubricItem | FatalError], name: str, option: str) -> str:
    """Return the id of the item or error with this id or title.

    Raises:
        UsageError: there is none; the message lists the titles.
    """
    titles = []
    for entry in entries:
        if typed.same(name, entry.id) or typed.same(name, entry.title):
            return entry.id
        titles.append(entry.title)
    raise UsageError("error.no_such_choice", option=option, value=name, known=t("cli.list_comma").join(titles))


def skip(
    run: Invocation,
    sample: SampleArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.skip_reason")],
) -> Exit:
    """Remove a sample from the plan."""
    with acting(run, "sample.skip") as floor:
        return send(run, floor, [floor.scoring.skip_sample(sample_id(floor, sample), reason)])


def appeal(
    run: Invocation,
    inspection: _Inspection,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.appeal_reason")],
) -> Exit:
    """申诉 against a score."""
    with acting(run, "inspection.appeal") as floor:
        return send(run, floor, [floor.scoring.appeal(inspection_id(floor, inspection), reason)])


def decide(
    run: Invocation,
    inspection: _Inspection,
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="cli.argument.decision")],
    item: _Items = None,
    not_applicable: _NotApplicable = None,
    comment: _Comments = None,
) -> Exit:
    """复核 an appeal: uphold the score, or revise it; items that are not named keep their points."""
    from floorctl.floor.quality.views import Form
    from floorctl.rules.quality import form as forms

    chosen = one_of(decision, "decision", ("upheld", "revised"), "DECISION")
    with acting(run, "inspection.decide") as floor:
        inspection = inspection_id(floor, inspection)
        before = floor.quality.inspection(inspection).inspection
        if chosen == "upheld":
            if item or not_applicable or comment:
                raise UsageError("error.upheld_takes_no_scores")
            return send(run, floor, [floor.scoring.decide(inspection, chosen)])
        rubric = floor.quality.book().rubrics[before.rubric_id]
        form = Form(
            sample_id=before.sample_id,
            rubric_id=rubric.id,
            rubric_version=rubric.version,
            rubric=rubric.rubric,
            points={each.item_id: each.points for each in before.scores},
            comments={each.item_id: each.comment for each in before.scores if each.comment},
        )
        form = _filled(form, item, not_applicable, comment)
        return send(run, floor, [floor.scoring.decide(inspection, chosen, forms.scores(form))])


def contested(run: Invocation) -> Exit | None:
    """List the double scores, the two scores of each side by side."""
    with closing(run.floor()) as floor:
        doubles = need_scores(floor).quality.double_scores()
        shapes = shapes_for(run, floor, "sample", ids=[double.sample.id for double in doubles])
        if run.output.json:
            items = [shaped.double_score(shapes, double) for double in doubles]
            run.output.document(shapes.listing(floor, items, len(items)))
        elif not doubles:
            run.output.note(t("cli.nothing_found"))
        else:
            titles = floor.quality.book().titles()
            for double in doubles:
                _print_double_score(run, floor, double, titles)
        say_age(run.output, floor)
    return None


def _print_double_score(run: Invocation, floor: Floor, double: DoubleScore, titles: Mapping[str, str]) -> None:
    """Print which sample it is, why it can't be decided (if so), and the two scores; ``titles``: item → its title."""
    number = floor.outbox.item(double.command_id).seq
    sample_name, agent = double.first.sample_name, double.sample.agent_name
    run.output.answer(t("inspect.contest", sample=sample_name, agent=agent, id=number))
    if double.why_not:
        run.output.answer("  " + t(double.why_not))
    both = (double.first.inspection, double.second)
    first, second = ({score.item_id: score for score in inspection.scores} for inspection in both)
    rows = [
        [titles.get(item, unknown("item")), shaped.points_of(first.get(item)), shaped.points_of(second.get(item))]
        for item in first | second
    ]
    rows.append([t("cli.column.total"), *(score_text(inspection.total) for inspection in both)])
    rows.append([t("cli.column.inspector"), double.first.inspector_name, double.second_name])
    run.output.table(columns(("by_item", "keep"), ("first", "right keep"), ("second", "right keep")), rows)


def resolve(
    run: Invocation,
    command_id: Annotated[str, typer.Argument(metavar="COMMAND", help="cli.argument.contest")],
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="cli.argument.keep")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.resolve_reason")],
) -> Exit:
    """Decide a double score."""
    chosen = one_of(keep, "contest", ("first", "second"), "KEEP")
    with acting(run, "inspection.decide") as floor:
        try:
            made = floor.scoring.resolve_double_score(id_of_command(floor, command_id), chosen, reason)
        except NotFoundError as error:  # name it as it was typed, which may be a number
            raise NotFoundError(error.key, **error.params | {"id": command_id}) from error
        run.output.note(t("inspect.resolved", keep=t(f"term.contest.{chosen}")))
        return send(run, floor, made)

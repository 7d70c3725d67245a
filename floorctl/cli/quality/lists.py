"""``inspect list``, ``next``, ``show``, ``scores``, ``progress`` and ``calibration``: the reads."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation, command
from floorctl.cli.listing import Limit, shapes_for, show
from floorctl.cli.output import Cell, Column
from floorctl.cli.quality import documents as shaped
from floorctl.cli.rows import columns
from floorctl.cli.words import chosen
from floorctl.cli.words import day_of as day_in
from floorctl.errors import Exit, NotAllowedError, NotFoundError, UsageError
from floorctl.i18n import t, term
from floorctl.models.quality import INSPECTION_STATES, SAMPLE_STATES
from floorctl.text import typed
from floorctl.text.durations import exact, running
from floorctl.text.numbers import NOTHING, points_text, score_text
from floorctl.text.unknown import unknown

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import CalibrationView, InspectionView, SampleView
    from floorctl.models.quality import ItemScore, Rubric

_Day = Annotated[str | None, typer.Option("--day", metavar="DAY", help="cli.option.sample_day")]
_Month = Annotated[str | None, typer.Option("--month", metavar="MONTH", help="cli.option.any_month")]


def register(family: typer.Typer) -> None:
    """Add the commands of this module to ``inspect``."""
    command(family, "list", key="inspect.list", reveal=True)(list_)
    command(family, "next", key="inspect.next", reveal=True)(next_)
    command(family, "show", key="inspect.show", reveal=True)(show_)
    command(family, "scores", key="inspect.scores", reveal=True)(scores)
    command(family, "progress", key="inspect.progress")(progress)
    command(family, "calibration", key="inspect.calibration", reveal=True)(calibration)


def day_of(text: str | None, option: str = "--day") -> date | None:
    """The day in ``2026-11-24``; None for None.

    Raises:
        UsageError: it is not a day.
    """
    return None if text is None else day_in(text, option)


def month_of(text: str | None) -> str | None:
    """The month in ``2026-11``; None for None.

    Raises:
        UsageError: it is not a month.
    """
    try:
        return None if text is None else f"{typed.first_of_month(text):%Y-%m}"
    except ValueError as error:
        raise UsageError("error.not_a_month", value=text) from error


def readable(floor: Floor) -> Floor:
    """Return ``floor`` if the person signed in may read scores (a viewer may not).

    Raises:
        NotAllowedError: nobody is signed in, or their roles don't allow it.
    """
    from floorctl.rules.commands.roles import readable as kinds

    if floor.session.person is None:
        raise NotAllowedError("error.not_signed_in")
    if "inspection" not in kinds(floor.session.person.roles):
        raise NotAllowedError("error.role_may_not_read_scores")
    return floor


def list_(
    run: Invocation,
    day: _Day = None,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.sample_state")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="cli.option.mine")] = False,
    limit: Limit = 0,
) -> Exit | None:
    """A day's samples."""
    states = chosen(state, "sample_state", SAMPLE_STATES, "--state")
    wanted = day_of(day)
    with closing(run.floor()) as floor:
        readable(floor)
        mine_id = floor.session.person.person_id if mine and floor.session.person else None
        views = floor.quality.samples(wanted, inspector_id=mine_id, states=states or None)
        show(run, floor, views, limit, shaped.sample, shaped.sample_columns(), shaped.sample_row)
    return None


def next_(run: Invocation) -> Exit | None:
    """The next sample to score."""
    with closing(run.floor()) as floor:
        view = readable(floor).quality.next_sample()
        if view is None:
            raise _nothing_next(floor)
        _tell(run, floor, view)
    return None


def _nothing_next(floor: Floor) -> NotFoundError:
    left = floor.quality.others_left()
    if not left:
        return NotFoundError("error.no_next_sample")
    others = [t("quality.left", name=name or t("inspect.nobodys"), n=n) for name, n in left]
    return NotFoundError("error.none_of_mine_left", others=t("cli.list_comma").join(others))


def show_(
    run: Invocation, sample: Annotated[str, typer.Argument(metavar="SAMPLE", help="cli.argument.sample")]
) -> Exit | None:
    """One sample with its call or order, and the form."""
    with closing(run.floor()) as floor:
        _tell(run, floor, readable(floor).quality.sample(sample_id(floor, sample)))
    return None


def _tell(run: Invocation, floor: Floor, view: SampleView) -> None:
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
    say_age(run.output, floor)


def _lines(floor: Floor, shapes: Shapes, view: SampleView) -> list[str]:
    from floorctl.cli.layout import labelled_lines

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
    from floorctl.cli.layout import labelled_lines

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
    from floorctl.cli.layout import labelled_lines
    from floorctl.rules.quality import form as forms
    from floorctl.rules.quality.scoring import items

    if view.submitted_here or floor.quality.rubric() is None or not floor.desk.may("inspection.submit"):
        return []
    form = floor.scoring.form(view.id)
    rows = []
    for item in items(form.rubric):
        given = form.points.get(item.id, ...)
        points = NOTHING if given is ... else t("inspect.not_applicable") if given is None else points_text(given)
        limits = t("inspect.may_not_apply") if item.may_not_apply else ""
        said = form.comments.get(item.id, "")
        said = "  ".join(word for word in (limits, said) if word)
        rows.append((f"  {item.title}", f"{points} / {points_text(item.points)}  {said}".rstrip()))
    fatal = t("cli.field.fatal")
    rows += [(f"  {error.title}", ("! " if error.id in form.fatal else "") + fatal) for error in form.rubric.fatal]
    head = t("inspect.form", rubric=form.rubric.title)
    if form.begun:
        head += "  " + t("inspect.so_far", total=score_text(forms.total(form)))
    return ["", head, *labelled_lines(rows)]


def _score_lines(floor: Floor, shapes: Shapes, view: InspectionView) -> list[str]:
    from floorctl.cli.layout import labelled_lines

    score = view.inspection
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
    for each in score.scores:
        points = t("inspect.not_applicable") if each.points is None else points_text(each.points)
        title = titles.get(each.item_id, unknown("item"))
        rows.append((f"  {title}", f"{points}  {shapes.text(each.comment or '', 'comment')}".rstrip()))
    rows += [(f"  {t('cli.field.fatal')}", fatal.get(each, unknown("item"))) for each in score.fatal]
    if score.comment:
        rows.append((f"  {t('cli.field.comment')}", shapes.text(score.comment, "comment")))
    if score.appeal is not None:
        rows.append((f"  {t('cli.field.appeal')}", shapes.text(score.appeal.reason or "", "reason")))
    return [head, *labelled_lines(rows)]


def scores(
    run: Invocation,
    month: _Month = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="cli.option.agent")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.inspection_state")
    ] = None,
    limit: Limit = 100,
) -> Exit | None:
    """Scores, the newest first."""
    states = chosen(state, "inspection_state", INSPECTION_STATES, "--state")
    wanted = month_of(month)
    with closing(run.floor()) as floor:
        agent_id = None if agent is None else person_id(readable(floor), agent)
        views = readable(floor).quality.inspections(month=wanted, agent_id=agent_id, states=states or None)
        show(run, floor, views, limit, shaped.inspection, shaped.inspection_columns(), shaped.inspection_row)
    return None


_NAMED = re.compile(r"(?:(?P<day>\d{4}-\d\d-\d\d|\d\d-\d\d)/)?(?P<number>\d{1,4})(?:/(?P<inspector>.+))?")


def sample_id(floor: Floor, text: str) -> str:
    """Return the id of the sample with this number today (``12``) or on a day (``11-27/12``), or with this id.

    Raises:
        NotFoundError: no sample has this number.
    """
    found = _NAMED.fullmatch(typed.plain(text).replace("/ ", "/"))
    if found is None or found["inspector"]:
        return text
    view = _numbered(floor, found["day"], int(found["number"]))
    if view is None:
        raise NotFoundError("error.no_such_sample", id=text)
    return view.id


def _numbered(floor: Floor, day: str | None, number: int) -> SampleView | None:
    today = floor.now().date()
    wanted = today
    if day is not None:
        with_year = len(day) > len("11-27")
        try:
            wanted = date.fromisoformat(day if with_year else f"{today.year}-{day}")
            if wanted > today and not with_year:
                wanted = wanted.replace(year=today.year - 1)
        except ValueError:
            return None
    return next((view for view in floor.quality.samples(wanted) if view.number == number), None)


def inspection_id(floor: Floor, text: str) -> str:
    """Return the id of a sample's score (``12``, ``11-27/12``, or with the inspector ``11-27/12/name``), or ``text``.

    Raises:
        NotFoundError: there is none, or there are several.
    """
    found = _NAMED.fullmatch(typed.plain(text).replace("/ ", "/"))
    if found is None:
        return text
    view = _numbered(floor, found["day"], int(found["number"]))
    scores = (
        [
            each
            for each in view.inspections
            if found["inspector"] is None or typed.same(found["inspector"], each.inspector_name)
        ]
        if view
        else []
    )
    if len(scores) > 1:
        names = t("cli.list_comma").join(each.inspector_name for each in scores)
        raise NotFoundError("error.several_scores", name=text, names=names)
    if not scores:
        raise NotFoundError("error.no_such_inspection", id=text)
    return scores[0].id


def person_id(floor: Floor, name: str) -> str:
    """Return the id of the person with this id, employee number or name.

    Raises:
        NotFoundError: there is none, or there are several with that name.
    """
    found = [
        each
        for each, person in floor.quality.book().people().items()
        if any(typed.same(name, known) for known in (each, person.employee_no, person.name))
    ]
    if len(found) != 1:
        raise NotFoundError("error.several_people" if found else "error.nobody_called", name=name)
    return found[0]


def progress(run: Invocation, day: _Day = None) -> Exit | None:
    """The progress of a day's plan."""
    wanted = day_of(day)
    with closing(run.floor()) as floor:
        found = readable(floor).quality.progress(wanted)
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            status = floor.status.connection()
            run.output.document(
                {
                    "as_of": shapes.time(status.as_of),
                    "live": status.mode == "live",
                    "day": found.day.isoformat(),
                    "planned": found.planned,
                    "scored": found.scored,
                    "by_inspector": [shapes.plain(each) for each in found.by_inspector],
                    "by_agent": [shapes.plain(each) for each in found.by_agent],
                }
            )
        else:
            run.output.answer(t("inspect.progress", day=found.day, planned=found.planned, scored=found.scored))
            if found.by_inspector:
                head = columns(("inspector", "keep"), ("planned", "right keep"), ("scored", "right keep"))
                run.output.table(
                    head,
                    [
                        [each.name or t("inspect.nobodys"), str(each.planned), str(each.scored)]
                        for each in found.by_inspector
                    ],
                )
            if found.by_agent:
                head = columns(
                    ("agent", "keep"), ("planned", "right keep"), ("scored", "right keep"), ("owed", "right keep")
                )
                run.output.table(
                    head,
                    [
                        [each.name, str(each.planned), str(each.scored), Cell(str(each.owed_this_month))]
                        for each in found.by_agent
                    ],
                )
        say_age(run.output, floor)
    return None


def calibration(run: Invocation, month: _Month = None) -> Exit | None:
    """The calibration samples, and the agreement of their inspectors."""
    wanted = month_of(month)
    with closing(run.floor()) as floor:
        views = readable(floor).quality.calibrations(wanted)
        shapes = shapes_for(run, floor, "sample", ids=[view.sample_id for view in views])
        if run.output.json:
            items = [shaped.calibration(shapes, view) for view in views]
            run.output.document(shapes.listing(floor, items, len(items)))
        elif not views:
            run.output.note(t("cli.nothing_found"))
        else:
            rubric = floor.quality.rubric()
            for view in views:
                _tell_calibration(run, view, rubric.rubric if rubric else None)
        say_age(run.output, floor)
    return None


def _tell_calibration(run: Invocation, view: CalibrationView, rubric: Rubric | None) -> None:
    """Print the inspectors' agreement in words, then their points side by side."""
    from floorctl.floor.quality.results import agreed_words
    from floorctl.rules.quality.results import applies_to_some
    from floorctl.rules.quality.scoring import items

    head = t("inspect.calibration", sample=view.name, agent=view.agent_name)
    if not view.unlocked:
        said = t("inspect.blind")
    elif view.agreed is None:
        said = t("inspect.scores", n=len(view.inspections))
    else:
        kappa = NOTHING if view.kappa is None else score_text(view.kappa)
        said = t("inspect.agreement", agreed=agreed_words(view.agreed), kappa=kappa)
    run.output.answer(head + said)
    if view.waiting_for:
        names = t("cli.list_comma").join(view.waiting_for)
        run.output.answer("  " + t("inspect.waiting_for", names=names))
    if not view.spreads or rubric is None:
        return
    head_columns = columns(("by_item", "keep"))
    head_columns += [Column(each.inspector_name, "right", keep=True) for each in view.inspections]
    head_columns += columns(("difference", "right keep"))
    given = [{score.item_id: score for score in each.inspection.scores} for each in view.inspections]
    apart = {each.spread.item_id: each.spread.highest - each.spread.lowest for each in view.spreads}
    scores = [each.inspection for each in view.inspections]

    def difference(item_id: str) -> str:
        if applies_to_some(item_id, scores):
            return t("quality.calibration.applies")
        return points_text(apart[item_id]) if item_id in apart else ""

    rows: list[list[str | Cell]] = [
        [item.title, *(points_of(each.get(item.id)) for each in given), difference(item.id)] for item in items(rubric)
    ]
    totals = [view.inspection.total for view in view.inspections]
    rows.append(
        [
            t("cli.column.total"),
            *(score_text(each) for each in totals),
            score_text(max(totals) - min(totals)),
        ]
    )
    run.output.table(head_columns, rows)


def points_of(score: ItemScore | None) -> str:
    """The points of an item's score as text; empty where there is none."""
    if score is None:
        return ""
    return t("inspect.not_applicable") if score.points is None else points_text(score.points)

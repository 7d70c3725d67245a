"""``assess``: the contract's score of a month and of the year, and the facts recorded for it."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.age import say_age
from floorctl.cli.assessment import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.handles import fact_id, fact_numbers
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import show
from floorctl.cli.parser import application, command, family
from floorctl.cli.sending import acting, send
from floorctl.cli.words import at_least, day_of, one_of
from floorctl.errors import Exit, NotFoundError, UsageError
from floorctl.files.writing import check_new, is_stdout, is_stream, write
from floorctl.i18n import t
from floorctl.models.assessment import FACT_KINDS
from floorctl.rules.assessment.month import Month
from floorctl.rules.assessment.scoring import POINTS
from floorctl.text import typed
from floorctl.text.numbers import json_points

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import CostView, ScoreView
    from floorctl.floor.floor import Floor
    from floorctl.rules.assessment.month import Item
    from floorctl.rules.assessment.steps import NextStep

app = application()
assess = family(app, "assess", default="show", default_takes=str.isdigit)

_FORMATS = ("md", "html", "xlsx")
_MONTH = typer.Argument(metavar="MONTH", help="cli.argument.month")


@command(assess, "show", key="assess.show")
def show_(
    run: Invocation,
    month: Annotated[str | None, _MONTH] = None,
    explain: Annotated[str | None, typer.Option("--explain", metavar="ITEM", help="cli.option.explain")] = None,
    form: Annotated[str | None, typer.Option("--format", metavar="FORMAT", help="cli.option.report_format")] = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="cli.option.report_file")] = None,
) -> Exit | None:
    """A month's score, the explanation of one item, or the month's report."""
    wanted = _month(month)
    item = None if explain is None else one_of(explain, "metric", tuple(POINTS), "--explain")
    chosen = None if form is None else one_of(form, "report_format", _FORMATS, "--format")
    if output is not None and chosen is None:
        chosen = one_of(output.suffix.lstrip(".") or _FORMATS[0], "report_format", _FORMATS, "--output")
    if chosen is not None and item is not None:
        raise UsageError("error.one_of_both", first="--explain", second="--format")
    with closing(run.floor()) as floor:
        _need_score(floor, wanted)
        if chosen is not None:
            _report(run, floor, wanted, chosen, output)
        elif item is not None:
            _explain(run, floor, item, wanted)
        elif run.output.json:
            run.output.document(document(floor.assessment.score(wanted)))
        else:
            _table(run, floor, wanted)
        say_age(run.output, floor)
    return None


@command(assess, "year", key="assess.year")
def year(run: Invocation, month: Annotated[str | None, _MONTH] = None) -> Exit | None:
    """The months of a contract year, and the resulting deduction from the payment."""
    wanted = _month(month)
    with closing(run.floor()) as floor:
        months = floor.assessment.year(wanted)
        if not months:
            _need_score(floor, wanted)
        months_scored = [brief.month for brief in months]
        # For a month without a score, the year that contains it.
        score = floor.assessment.score(wanted if wanted is None or wanted in months_scored else months_scored[-1])
        if run.output.json:
            briefs = [
                {
                    "month": str(each.month),
                    "final": each.final,
                    "base": json_points(each.base),
                    "bonus": json_points(each.bonus),
                    "total": json_points(each.total),
                }
                for each in months
            ]
            run.output.document({"months": briefs, "year": _year(score), "forecast": _forecast(score)})
        else:
            if months:
                run.output.table(rows.year_columns(), [rows.year_row(each) for each in months])
            run.output.answer(rows.year_line(score))
        say_age(run.output, floor)
    return None


@command(assess, "facts", key="assess.facts")
def facts(
    run: Invocation,
    month: Annotated[str | None, _MONTH] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="cli.option.limit")] = 0,
) -> Exit | None:
    """The facts recorded for the assessment."""
    wanted = _month(month)
    with closing(run.floor()) as floor:
        views = floor.assessment.facts(wanted)
        row = partial(rows.fact_row, fact_numbers(floor))
        show(run, floor, views, limit, Shapes.fact, rows.fact_columns(), row)
    return None


@command(assess, "record", key="assess.record")
def record(
    run: Invocation,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="cli.argument.fact_kind")],
    day: Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="cli.option.fact_day")] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="cli.option.fact_title")] = None,
    matter: Annotated[str | None, typer.Option("--matter", metavar="TEXT", help="cli.option.matter")] = None,
    evidence: Annotated[str | None, typer.Option("--evidence", metavar="TEXT", help="cli.option.evidence")] = None,
    count: Annotated[int | None, typer.Option("--count", metavar="N", help="cli.option.fact_count")] = None,
    passed: Annotated[int | None, typer.Option("--passed", metavar="N", help="cli.option.passed")] = None,
    sat: Annotated[int | None, typer.Option("--sat", metavar="N", help="cli.option.sat")] = None,
    days: Annotated[int | None, typer.Option("--days", metavar="N", help="cli.option.course_days")] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="NO", help="cli.option.fact_person")] = None,
) -> Exit:
    """Record a fact for the assessment."""
    chosen = one_of(kind, "fact", FACT_KINDS, "KIND")
    at = None if day is None else day_of(day, "--day")
    for value, least, option in (
        (count, 1, "--count"),
        (passed, 0, "--passed"),
        (sat, 0, "--sat"),
        (days, 0, "--days"),
    ):
        if value is not None:
            at_least(value, least, option)
    with acting(run, "fact.record") as floor:
        item = floor.assessment.record_fact(
            chosen,
            at or floor.now().date(),
            matter=matter,
            count=count,
            passed=passed,
            sat=sat,
            days=days,
            person_id=None if person is None else _person(floor, person),
            title=title,
            evidence=evidence,
        )
        return send(run, floor, [item])


@command(assess, "remove", key="assess.remove")
def remove(
    run: Invocation,
    fact: Annotated[str, typer.Argument(metavar="FACT", help="cli.argument.fact")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.fact_reason")],
) -> Exit:
    """Remove a fact."""
    with acting(run, "fact.remove") as floor:
        return send(run, floor, [floor.assessment.remove_fact(fact_id(floor, fact), reason)])


# --- documents


def document(score: ScoreView) -> dict[str, Any]:
    """A month's score as the documented JSON."""
    return {
        "month": str(score.month),
        "final": score.final,
        "base": json_points(score.base),
        "bonus": json_points(score.bonus),
        "total": json_points(score.total),
        "termination_right": score.termination_right,
        "items": [_item(each) for each in score.items],
        "year": _year(score),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "points": item.points,
        "score": json_points(item.score),
        "lost": json_points(item.lost),
        # Leave out the part due so far in a running month: the contract's examples have the month's number.
        "counts": {name: _count(value) for name, value in item.counts.items() if name != "due"},
        "no_data": item.no_data,
        "next_loss": _step(item.next_loss),
        "next_gain": _step(item.next_gain),
    }


def _count(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [each if isinstance(each, int) else rows.counted_fact(each) for each in value]


def _step(step: NextStep | None) -> dict[str, Any] | None:
    return None if step is None else {"of": step.of, "count": step.count, "points": json_points(step.points)}


def _year(score: ScoreView) -> dict[str, Any]:
    year = score.year
    lost = year.payment_lost
    return {
        "months": year.months,
        "score": None if year.score is None else json_points(year.score),
        "payment_lost_percent": None if year.payment_lost_percent is None else json_points(year.payment_lost_percent),
        "payment_lost": None if lost is None else json_points(Fraction(lost)),
    }


def _forecast(score: ScoreView) -> dict[str, str] | None:
    ahead = score.forecast
    if ahead is None:
        return None
    return {"low": json_points(ahead.low), "expected": json_points(ahead.expected), "high": json_points(ahead.high)}


# -- tables and lines


def _table(run: Invocation, floor: Floor, month: Month | None) -> None:
    score = floor.assessment.score(month)
    for line in rows.head(score):
        run.output.answer(line)
    run.output.table(rows.item_columns(), [rows.item_row(each) for each in score.items])
    run.output.answer(rows.year_line(score))
    if score.short_courses:
        run.output.warn(t("cli.assess.short_courses", n=len(score.short_courses)))


def _explain(run: Invocation, floor: Floor, item_id: str, month: Month | None) -> None:
    score = floor.assessment.score(month)
    explanation = floor.assessment.explain(item_id, score.month)
    costs = floor.assessment.costs(item_id, score.month)
    shapes = Shapes(floor.config.zone)
    if run.output.json:
        run.output.document(
            shapes.listing(floor, [_cost(shapes, each) for each in costs], len(costs))
            | {
                "month": str(score.month),
                "item": _item(score.item(item_id)),
                "formula": explanation.formula,
                "with_numbers": explanation.with_numbers,
                "reading": explanation.reading,
                "steps": list(explanation.steps),
            }
        )
        return
    for line in rows.explained(score, item_id, explanation):
        run.output.answer(line)
    if costs:
        run.output.table(rows.cost_columns(), [rows.cost_row(each, floor.now()) for each in costs])


def _cost(shapes: Shapes, cost: CostView) -> dict[str, Any]:
    name = {"order": "number", "person": "name"}.get(cost.kind, "title")
    at = cost.at.isoformat() if type(cost.at) is date else shapes.plain(cost.at)
    return {
        "kind": cost.kind,
        "id": cost.id,
        name: cost.title,
        "detail": cost.detail,
        "at": at,
        "lost": json_points(cost.lost),
    }


def _report(run: Invocation, floor: Floor, month: Month | None, form: str, output: Path | None) -> None:
    from floorctl.cli.assessment import formats
    from floorctl.cli.assessment import report as assess_report

    to_file = output is not None and not is_stdout(output)
    if output is not None and to_file and not is_stream(output):
        check_new(output)
    report = assess_report.report(floor, floor.assessment.score(month))
    content = formats.RENDERERS[form](report)
    if output is not None and to_file:
        write(output, content)
        run.output.note(t("cli.assess.report_written", path=output))
    elif form == "html":
        run.output.page(content.decode().rstrip("\n"))
    else:
        run.output.content(content, binary=form == "xlsx")


# --- arguments


def _need_score(floor: Floor, month: Month | None) -> None:
    """Check that the month has a score: only months of the contract that have begun have one.

    Raises:
        NotFoundError: this one has none.
    """
    wanted = floor.assessment.assessed(month)
    if (begins := floor.assessment.contract_begins(wanted)) is not None:
        raise NotFoundError("error.month_before_contract", month=wanted, start=begins)


def _month(text: str | None) -> Month | None:
    if text is None:
        return None
    try:
        return Month.of(typed.first_of_month(text))
    except ValueError as error:
        raise UsageError("error.not_a_month", value=text) from error


def _person(floor: Floor, number_or_id: str) -> str:
    for person_id, person in floor.names.people():
        if typed.same(number_or_id, person_id) or typed.same(number_or_id, person.employee_no):
            return person_id
    raise NotFoundError("error.no_such_person", id=number_or_id)

"""``departments``: the departments compared, by the orders that were sent to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli import rows
from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit
from floorctl.cli.parser import application, command
from floorctl.cli.words import at_least, day_of, one_of
from floorctl.errors import Exit, UsageError
from floorctl.floor.departments import DEPARTMENT_SORTS
from floorctl.i18n import t
from floorctl.rules.orders.departments import MEASURES, judged, rate
from floorctl.text import typed
from floorctl.text.numbers import count_text, json_rate, percent

if TYPE_CHECKING:
    from floorctl.cli.output import Cell, Column
    from floorctl.floor.departments import DepartmentView
    from floorctl.floor.floor import Floor

app = application()

#: First and last day, both included.
Days = Callable[["Floor"], tuple[date, date]]


@command(app, "departments")
def departments(
    run: Invocation,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="cli.option.sent_from")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="cli.option.sent_to")] = None,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="cli.option.department_search")] = "",
    sort: Annotated[str, typer.Option("--sort", metavar="ORDER", help="cli.option.department_sort")] = "dispatched",
    limit: Limit = 0,
) -> Exit | None:
    """The departments compared, over this month if no days are given."""
    at_least(limit, 0, "--limit")
    order = one_of(sort, "department_sort", DEPARTMENT_SORTS, "--sort")
    days = days_chosen(first, last)
    with closing(run.floor()) as floor:
        start, end = days(floor)
        views = floor.departments.compared(start, end, sort=order, search=typed.words(search))
        shown = views[:limit] if limit else views
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            items = [department(shapes, view) for view in shown]
            span = {"from": start.isoformat(), "to": end.isoformat()}
            run.output.document(shapes.listing(floor, items, len(views)) | span)
        elif shown:
            run.output.table(_columns(), [_row(view) for view in shown])
            run.output.note(t("departments.span", first=f"{start}", last=f"{end}"))
        else:
            run.output.note(t("cli.nothing_found"))
        if len(shown) < len(views) and not run.output.json:
            run.output.note(t("cli.more", shown=len(shown), total=len(views)))
        say_age(run.output, floor)
    return None


def days_chosen(first: str | None, last: str | None) -> Days:
    """Return a function for the days of ``--from`` and ``--to``: by default those of this month until today.

    Raises:
        UsageError: one is no day, or the last is before the first.
    """
    start = None if first is None else day_of(first, "--from")
    end = None if last is None else day_of(last, "--to")

    def days(floor: Floor) -> tuple[date, date]:
        month, today = floor.departments.this_month()
        until = end or today
        since = start or min(month, until.replace(day=1))
        if until < since:
            raise UsageError("error.days_reversed", first=since, last=until)
        return since, until

    return days


def department(_shapes: Shapes, view: DepartmentView) -> dict[str, Any]:
    """An item of ``departments``: each measure as a count, what it is a share of, and the rate."""
    item: dict[str, Any] = {
        "department_id": view.id,
        "name": view.name,
        "dispatched": view.counts.dispatched,
        "passed_on": view.counts.passed_on,
    }
    for measure in MEASURES:
        item[measure] = getattr(view.counts, measure)
        item[f"{measure}_of"] = judged(view.counts, measure)
        item[f"{measure}_rate"] = json_rate(rate(view.counts, measure))
    return item


def _columns() -> list[Column]:
    return rows.columns(
        ("department", "keep"),
        ("dispatched", "right keep"),
        *((measure, f"right keep {rank}") for rank, measure in enumerate(MEASURES)),
    )


def _row(view: DepartmentView) -> list[str | Cell]:
    counts = view.counts
    shares = (f"{count_text(getattr(counts, each))} {percent(rate(counts, each)):>6}" for each in MEASURES)
    return [view.name, count_text(counts.dispatched), *shares]

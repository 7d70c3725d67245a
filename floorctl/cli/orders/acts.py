"""Acts on orders: ``urge``, ``dispatch``, ``review``, ``callback`` and ``problem``."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.orders.links import leading
from floorctl.cli.orders.list import department_id
from floorctl.cli.parser import application, command
from floorctl.cli.sending import acting, send
from floorctl.cli.several import do_each
from floorctl.cli.targets import find_ids, find_targets
from floorctl.cli.words import one_of, within_reach
from floorctl.errors import Exit, UsageError
from floorctl.i18n import t
from floorctl.models.orders import CALLBACK_OUTCOMES
from floorctl.text import typed

app = application()

_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="cli.argument.number")]
_Numbers = Annotated[list[str], typer.Argument(metavar="NUMBER", help="cli.argument.numbers")]
_Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="cli.option.note")]


@command(app, "urge")
def urge(
    run: Invocation,
    numbers: _Numbers,
    level: Annotated[int | None, typer.Option("--level", metavar="1-3", help="cli.option.urge_level")] = None,
    note: _Note = None,
    again: Annotated[bool, typer.Option("--again", help="cli.option.again")] = False,
) -> Exit:
    """催办 one order or several."""
    if level is not None and not 1 <= level <= 3:
        raise UsageError("error.no_such_choice", option="--level", value=level, known=t("cli.list_comma").join("123"))
    with acting(run, "order.urge") as floor:
        targets = find_targets(numbers, leading(run, floor))
        return do_each(run, floor, targets, lambda each: floor.orders.urge(each, level, note, confirmed=again))


@command(app, "dispatch")
def dispatch(
    run: Invocation,
    number: _Number,
    departments: Annotated[list[str], typer.Argument(metavar="DEPARTMENT", help="cli.argument.departments")],
    due: Annotated[str | None, typer.Option("--due", metavar="TIME", help="cli.option.due")] = None,
) -> Exit:
    """派单; the first department is in charge."""
    due_at = None if due is None else point_in_time(due, "--due", run.config.zone)
    with acting(run, "order.dispatch") as floor:
        ids = find_ids(departments, partial(department_id, floor))
        return send(run, floor, [floor.orders.dispatch(leading(run, floor)(number), ids, None, due_at)])


@command(app, "review")
def review(
    run: Invocation,
    number: _Number,
    error: Annotated[list[str] | None, typer.Option("--error", metavar="TEXT", help="cli.option.error")] = None,
) -> Exit:
    """初审 an order, with the errors found."""
    with acting(run, "order.review") as floor:
        return send(run, floor, [floor.orders.review(number, error or [])])


@command(app, "callback")
def callback(
    run: Invocation,
    number: _Number,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="cli.argument.outcome")],
    satisfaction: Annotated[
        int | None, typer.Option("--satisfaction", metavar="5-1", help="cli.option.satisfaction")
    ] = None,
    note: _Note = None,
) -> Exit:
    """回访: record the outcome of a call-back."""
    chosen = one_of(outcome, "callback_outcome", CALLBACK_OUTCOMES, "OUTCOME")
    if satisfaction is not None and not 1 <= satisfaction <= 5:
        raise UsageError(
            "error.no_such_choice", option="--satisfaction", value=satisfaction, known=t("cli.list_comma").join("54321")
        )
    with acting(run, "order.callback") as floor:
        return send(run, floor, [floor.orders.call_back(leading(run, floor)(number), chosen, satisfaction, note)])


@command(app, "problem")
def problem(
    run: Invocation,
    number: _Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="cli.argument.problem")],
) -> Exit:
    """Mark an order as 问题工单."""
    with acting(run, "order.problem") as floor:
        return send(run, floor, [floor.orders.mark_problem(number, text)])


def point_in_time(text: str, option: str, zone: ZoneInfo) -> datetime:
    """Parse ``2026-03-05 17:00`` (see ``typed.moment``), in the floor's time zone unless it has an offset.

    Raises:
        UsageError: it is not a point in time.
    """
    try:
        at = typed.moment(text)
    except ValueError as error:
        raise UsageError("error.not_a_time", option=option, value=text) from error
    within_reach(at.date(), option, text)
    return at if at.tzinfo else at.replace(tzinfo=zone)

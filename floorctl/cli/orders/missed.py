"""``missed``: the missed calls to call back, and the outcome of calling back."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.documents import Shapes
from floorctl.cli.handles import meant, numbers
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit, Line, show
from floorctl.cli.output import Cell, Column
from floorctl.cli.parser import application, command, family
from floorctl.cli.rows import columns
from floorctl.cli.sending import acting, send
from floorctl.cli.words import chosen, moment, one_of
from floorctl.errors import Exit
from floorctl.i18n import t, term
from floorctl.models.floor import LINES
from floorctl.text.durations import lasting, time_left_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from floorctl.floor.floor import Floor
    from floorctl.floor.missed_calls import MissedCallView
    from floorctl.rules.orders.missed_calls import Lamp

app = application()
missed = family(app, "missed", default="list")

OUTCOMES = ("reached", "no_answer")
_LAMP_STYLE: dict[Lamp, str] = {"due": "", "due_soon": "yellow", "late": "bold red"}


@command(missed, "list", key="missed.list", reveal=True)
def list_(
    run: Invocation,
    line: Line = None,
    settled: Annotated[bool, typer.Option("--settled", help="cli.option.settled")] = False,
    limit: Limit = 0,
) -> Exit | None:
    """The callers to call back, in the order in which to."""
    lines = chosen(line, "line", LINES, "--line")
    with closing(run.floor()) as floor:
        views = floor.missed_calls.all(settled=settled)
        row = partial(_row, _numbers(floor))
        found = [view for view in views if not lines or view.call.line in lines]
        show(run, floor, found, limit, missed_call, _columns(), row)
        if not views and not floor.missed_calls.offered():
            run.output.note(t("missed.not_offered"))
    return None


@command(missed, "done", key="missed.done")
def done(
    run: Invocation,
    call: Annotated[str, typer.Argument(metavar="CALL", help="cli.argument.missed_call")],
    outcome: Annotated[str, typer.Option("--outcome", metavar="OUTCOME", help="cli.option.missed_outcome")],
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="cli.option.note")] = None,
) -> Exit:
    """Note the outcome of calling one caller back."""
    how = one_of(outcome.replace("-", "_"), "missed_call_state", OUTCOMES, "--outcome")
    with acting(run, "missed_call.done") as floor:
        ids = [id_ for view in floor.missed_calls.all(settled=True) for id_ in view.ids]
        return send(run, floor, floor.missed_calls.done(meant(call, ids), how, note))


def missed_call(shapes: Shapes, view: MissedCallView) -> dict[str, Any]:
    """An item of ``missed``: the oldest missed call of a caller, with what is derived."""
    return shapes.entity(view, shapes.seen(view)) | {
        "state": view.state,
        "tries": view.tries,
        "calls": list(view.ids),
        "due_at": shapes.time(view.due_at),
        "lamp": view.lamp,
        "again_at": shapes.time(view.again_at),
    }


def _numbers(floor: Floor) -> dict[str, str]:
    return numbers(view.id for view in floor.missed_calls.all(settled=True))


def _columns() -> list[Column]:
    return columns(
        ("id", "right keep"),
        ("line", "keep 4"),
        ("caller", "keep"),
        ("missed_at", "right keep"),
        ("waited", "right keep 3"),
        ("tries", "right keep 2"),
        ("state", "keep 1"),
        ("due", "right keep"),
        ("left", "right keep"),
        ("pending", "keep 5"),
    )


def _row(short: Mapping[str, str], floor: Floor, shapes: Shapes, view: MissedCallView) -> list[str | Cell]:
    call, now = shapes.seen(view), floor.now()
    return [
        short.get(view.id, ""),
        call.line,
        call.caller,
        moment(call.at, now),
        lasting(call.waited_seconds),
        f"{view.tries}/{floor.missed_calls.tries}",
        term("missed_call_state", view.state),
        moment(view.due_at, now) if view.due_at else "",
        Cell(time_left_words(view.due_at, now), _LAMP_STYLE[view.lamp]) if view.due_at and view.lamp else "",
        t("cli.pending_mark") if view.pending else "",
    ]

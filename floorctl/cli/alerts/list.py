"""``alerts``: the alerts, from the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.handles import alert_numbers
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit, show
from floorctl.cli.parser import application, command
from floorctl.cli.words import chosen, one_of, span
from floorctl.errors import Exit
from floorctl.models.alerts import SEVERITIES

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView

app = application()

_ALERT_SORTS = ("urgency", "severity", "raised", "due")
_ALERT_STATES = ("open", "acknowledged", "closed")


@command(app, "alerts", reveal=True)
def alerts(
    run: Invocation,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.alert_state")] = None,
    severity: Annotated[
        list[str] | None, typer.Option("--severity", metavar="SEVERITY", help="cli.option.severity")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="cli.option.alert_overdue")] = False,
    due_within: Annotated[
        str | None, typer.Option("--due-within", metavar="TIME", help="cli.option.step_due_within")
    ] = None,
    sort: Annotated[str, typer.Option("--sort", metavar="ORDER", help="cli.option.alert_sort")] = "urgency",
    limit: Limit = 0,
) -> Exit | None:
    """The alerts that are not closed, the most urgent first."""
    order = one_of(sort, "sort", _ALERT_SORTS, "--sort")
    select = alerts_chosen(state, severity, overdue=overdue, due_within=due_within)
    with closing(run.floor()) as floor:
        now = floor.now()
        views = select(floor)
        if order == "severity":
            views.sort(key=lambda view: SEVERITIES.index(view.alert.severity), reverse=True)
        elif order == "raised":
            views.sort(key=lambda view: view.alert.raised_at, reverse=True)
        elif order == "due":
            views.sort(key=lambda view: (view.next_due_at is None, view.next_due_at or now))
        row = partial(rows.alert_row, alert_numbers(floor))
        show(run, floor, views, limit, Shapes.alert, rows.alert_columns(), row)
    return None


def alerts_chosen(
    state: Sequence[str] | None, severity: Sequence[str] | None, *, overdue: bool, due_within: str | None
) -> Callable[[Floor], list[AlertView]]:
    """Return a function that selects a floor's alerts by the options of ``alerts``.

    Raises:
        UsageError: an option's value is not one of the known ones.
    """
    states = chosen(state, "alert_state", _ALERT_STATES, "--state")
    severities = chosen(severity, "severity", SEVERITIES, "--severity")
    within = None if due_within is None else span(due_within, "--due-within")

    def select(floor: Floor) -> list[AlertView]:
        now = floor.now()

        def fits(view: AlertView) -> bool:
            left = None if view.next_due_at is None else (view.next_due_at - now).total_seconds()
            return (
                (not states or view.alert.state in states)
                and (not severities or view.alert.severity in severities)
                and (not overdue or (left is not None and left < 0))
                and (within is None or (left is not None and 0 <= left <= within))
            )

        views = floor.alerts.all(closed="closed" in states)
        return [view for view in views if fits(view)]

    return select

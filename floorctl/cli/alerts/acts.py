"""Acts on alerts: ``ack``, ``step`` and ``close``."""

from __future__ import annotations

from typing import Annotated

import typer

from floorctl.cli.handles import alert_id
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.cli.sending import acting, send
from floorctl.cli.words import one_of
from floorctl.errors import Exit
from floorctl.models.alerts import STEP_KINDS

app = application()

_Alert = Annotated[str, typer.Argument(metavar="ALERT", help="cli.argument.alert")]


@command(app, "ack")
def ack(
    run: Invocation,
    alert: _Alert,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="cli.option.note")] = None,
) -> Exit:
    """确认 an alert."""
    with acting(run, "alert.acknowledge") as floor:
        return send(run, floor, [floor.alerts.acknowledge(alert_id(floor, alert), note)])


@command(app, "step")
def step(
    run: Invocation,
    alert: _Alert,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="cli.argument.step_kind")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="cli.option.step_note")],
) -> Exit:
    """Mark a step of an alert's escalation as done."""
    chosen = one_of(kind, "step", STEP_KINDS, "KIND")
    with acting(run, "alert.step") as floor:
        return send(run, floor, [floor.alerts.step(alert_id(floor, alert), chosen, note)])


@command(app, "close")
def close(
    run: Invocation,
    alert: _Alert,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="cli.option.close_note")],
) -> Exit:
    """Close an alert."""
    with acting(run, "alert.close") as floor:
        return send(run, floor, [floor.alerts.close(alert_id(floor, alert), note)])

"""``outbox``: the commands of this terminal, and the decisions about refused and conflicting ones."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli import rows
from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.handles import command_id as id_of_command
from floorctl.cli.invocation import Invocation
from floorctl.cli.layout import labelled_lines
from floorctl.cli.listing import Reason, shapes_for, show
from floorctl.cli.parser import application, command, family
from floorctl.cli.several import do_each
from floorctl.cli.targets import find_targets
from floorctl.cli.targets import reason as why_refused
from floorctl.cli.words import chosen
from floorctl.errors import Exit, NotAllowedError
from floorctl.floor.audit_words import step_words
from floorctl.floor.command_words import data_words
from floorctl.i18n import t, term
from floorctl.models.command import OUTBOX_STATES

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import CommandStep

app = application()
outbox = family(app, "outbox", default="list")

_Command = Annotated[str, typer.Argument(metavar="COMMAND", help="cli.argument.command")]


@command(outbox, "list", key="outbox.list", reveal=True)
def list_(
    run: Invocation,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.outbox_state")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="cli.option.limit")] = 100,
) -> Exit | None:
    """The commands made here, newest first."""
    states = chosen(state, "outbox_state", OUTBOX_STATES, "--state")
    with closing(run.floor()) as floor:
        items = floor.outbox.items(states or None)
        show(run, floor, items, limit, Shapes.command, rows.outbox_columns(), rows.outbox_row)
    return None


@command(outbox, "show", key="outbox.show", reveal=True)
def show_(run: Invocation, command_id: _Command, reason: Reason = "") -> Exit | None:
    """One command with its data and history."""
    with closing(run.floor()) as floor:
        item = floor.outbox.item(id_of_command(floor, command_id))
        confidential = run.general.reveal and item.record.confidential
        shapes = shapes_for(run, floor, "command", item.id, reason=reason, confidential=confidential)
        steps = floor.outbox.history(item.id, shapes.grant)
        target = floor.names.target(item)
        if run.output.json:
            run.output.document(shapes.command(item) | {"history": [shapes.step(step) for step in steps]})
        else:
            fields = data_words(floor, item.target.kind, shapes.seen(item).data)
            data = [t("cli.outbox.data", field=name, value=value) for name, value in fields]
            facts = [
                ("id", str(item.seq)),
                ("command", term("command", item.kind)),
                ("target", f"{term('kind', item.target.kind)} {target}"),
                ("data", "\n".join(data)),
                ("state", term("outbox_state", item.state)),
                ("made", item.made_at.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M:%S")),
                ("person", floor.names.who_did(item.made_by, automatic=item.automatic)),
                ("attempts", str(item.attempts)),
                ("problem", why_refused(shapes, item)),
                ("history", "\n".join(_history_line(floor, step) for step in steps)),
            ]
            for line in labelled_lines([(t(f"cli.field.{name}"), value) for name, value in facts if value]):
                run.output.answer(line)
        say_age(run.output, floor)
    return None


def _history_line(floor: Floor, step: CommandStep) -> str:
    at = step.at.astimezone(floor.config.zone).strftime("%m-%d %H:%M:%S")
    detail = step_words(step.detail or "")
    return f"{at} {term('audit', step.what)} {detail}".rstrip()


@command(outbox, "retry", key="outbox.retry")
def retry(
    run: Invocation,
    command_ids: Annotated[list[str], typer.Argument(metavar="COMMAND", help="cli.argument.commands")],
) -> Exit:
    """Send refused or conflicting commands again, on the current version of their targets."""
    with closing(run.floor()) as floor:
        if floor.session.person is None:
            raise NotAllowedError("error.not_signed_in")
        targets = find_targets(command_ids, lambda each: floor.outbox.item(id_of_command(floor, each)).id)
        return do_each(run, floor, targets, floor.desk.retry)


@command(outbox, "drop", key="outbox.drop")
def drop(
    run: Invocation,
    command_id: _Command,
    why: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.drop_reason")],
) -> Exit | None:
    """Drop a command for good."""
    with closing(run.floor()) as floor:
        dropped = id_of_command(floor, command_id)
        floor.desk.drop(dropped, why)
        item = floor.outbox.item(dropped)
        shapes = Shapes(floor.config.zone)
        if run.output.json:
            run.output.document(shapes.listing(floor, [shapes.command(item)], 1))
        else:
            run.output.answer(t("cli.dropped", command=term("command", item.kind), id=item.seq))
    return None

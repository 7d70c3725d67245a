"""``undo``: list the latest acts, or take one back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.handles import command_id as id_of_command
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.cli.rows import columns
from floorctl.cli.sending import PATIENCE, report, target_name
from floorctl.cli.several import answer
from floorctl.cli.targets import Target
from floorctl.cli.words import moment
from floorctl.errors import Exit, NotAllowedError, RefusedError, worst
from floorctl.floor.undo_words import act_words, outcome
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.undo import ActView

app = application()


@command(app, "undo")
def undo(
    run: Invocation,
    command_id: Annotated[str | None, typer.Argument(metavar="ID", help="cli.argument.undo")] = None,
) -> Exit | None:
    """List the acts of the last ten minutes, or take one back."""
    with closing(run.floor()) as floor:
        if command_id is None:
            _print_acts(run, floor)
            return None
        command_id = id_of_command(floor, command_id)
        if floor.session.person is None:
            raise NotAllowedError("error.not_signed_in")
        if floor.undo.act_of(command_id).way == "drop":  # an unsent act: take it back before the refresh below sends it
            return _take_back(run, floor, command_id)
        from floorctl.cli.syncing import refresh

        refresh(floor, PATIENCE)
    with closing(run.floor()) as floor:
        return _take_back(run, floor, command_id)


def _take_back(run: Invocation, floor: Floor, command_id: str) -> Exit:
    done = floor.undo.take_back(command_id)
    if not (done.items or done.dropped):
        raise RefusedError("error.undo_stays", why=done.left[0][1])
    if not run.output.json:
        run.output.answer(outcome(floor, done))
    back = {item.undoes: item.id for item in done.items}
    left = {item.id: why for item, why in done.left}
    targets = [
        Target(
            name=target_name(floor, item),
            made=[back[item.id]] if item.id in back else [],
            outcome="refused" if item.id in left else "dropped",
            why=left.get(item.id, ""),
        )
        for item in done.act.items
    ]
    if done.items:
        code = answer(run, floor, targets, done.items)
    else:
        report(run, floor, done.dropped if run.output.json else (), targets)  # as text it has been reported above
        code = Exit.DONE
    return worst([code, Exit.REFUSED if left else Exit.DONE])


def _print_acts(run: Invocation, floor: Floor) -> None:
    acts = floor.undo.recent()
    shapes = Shapes(floor.config.zone)
    if run.output.json:
        run.output.document(shapes.listing(floor, [_shape(floor, shapes, act) for act in acts], len(acts)))
    elif acts:
        heads = columns(
            ("id", "right keep"), ("made", "right keep"), ("act", "fold keep"), ("undo", "fold 2"), ("person", "3")
        )
        run.output.table(heads, [_row(floor, act) for act in acts])
    else:
        run.output.note(t("undo.none"))
    say_age(run.output, floor)


def _row(floor: Floor, act: ActView) -> list[Any]:
    first = act.items[0]
    way = act.reason or t(f"undo.way.{act.way}")
    return [
        str(first.seq),
        moment(first.made_at, floor.now()),
        act_words(floor, act),
        way,
        floor.names.person(first.made_by),
    ]


def _shape(floor: Floor, shapes: Shapes, act: ActView) -> dict[str, Any]:
    """An item of ``undo``."""
    first = act.items[0]
    return {
        "id": act.id,
        "kind": first.kind,
        "target": {"kind": first.target.kind, "id": first.target.id},
        "act": act_words(floor, act),
        "made_at": shapes.time(first.made_at),
        "made_by": first.made_by,
        "commands": [item.id for item in act.items],
        "undo": act.way or None,
        "reason": act.why or None,
        "undoes": first.undoes,
    }

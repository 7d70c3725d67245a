"""Prints a list: the documented JSON or a table, and notes about what was left out and how old the data is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.words import at_least
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.cli.invocation import Invocation
    from floorctl.cli.output import Cell, Column
    from floorctl.floor.floor import Floor

#: The options that every list takes: how many rows at most (0: all), and the lines of the hotline.
Limit = Annotated[int, typer.Option("--limit", metavar="N", help="cli.option.limit")]
Line = Annotated[list[str] | None, typer.Option("--line", metavar="LINE", help="cli.option.line")]


def show(
    run: Invocation,
    floor: Floor,
    views: Sequence[Any],
    limit: int,
    shape: Callable[[Shapes, Any], dict[str, Any]],
    columns: list[Column],
    row: Callable[[Floor, Shapes, Any], list[str | Cell]],
    *,
    total: int | None = None,
) -> None:
    """Print the first ``limit`` of ``views`` (0: all); ``total``: the list's length where ``views`` is a part."""
    at_least(limit, 0, "--limit")
    everything = len(views) if total is None else total
    shown = views[:limit] if limit else views
    shapes = shapes_for(run, floor, shape.__name__, ids=[view.id for view in shown])
    if run.output.json:
        run.output.document(shapes.listing(floor, [shape(shapes, view) for view in shown], everything))
    else:
        if shown:
            run.output.table(columns, [row(floor, shapes, view) for view in shown])
        else:
            run.output.note(t("cli.nothing_found"))
        if len(shown) < everything:
            run.output.note(t("cli.more", shown=len(shown), total=everything))
    say_age(run.output, floor)


def shapes_for(run: Invocation, floor: Floor, kind: str, subject: str = "", *, ids: Sequence[str] = ()) -> Shapes:
    """The shapes for things of ``kind``: masked, or with ``--reveal`` unmasked, after an entry in the audit trail.

    ``subject``: the id of the thing that is shown; ``ids``: those of a list.

    Raises:
        NotAllowedError: ``--reveal``, and nobody is signed in, or not with a role that may see it.

    """
    return Shapes(floor.config.zone, floor.audit.reveal(kind, subject, ids) if run.general.reveal else None)

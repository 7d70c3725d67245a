"""Prints a list: the documented JSON or a table, and notes about what was left out and how old the data is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
#: Why confidential orders are revealed.
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.reveal_reason")]
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
    reason: str = "",
) -> None:
    """Print the first ``limit`` of ``views`` (0: all); ``total``: the list's length where ``views`` is a part.

    ``reason``: see ``shapes_for``.
    """
    at_least(limit, 0, "--limit")
    everything = len(views) if total is None else total
    shown = views[:limit] if limit else views
    shapes = shapes_for(run, floor, shape.__name__, ids=[view.id for view in shown], reason=reason)
    if run.output.json:
        run.output.document(shapes.listing(floor, [shape(shapes, view) for view in shown], everything))
    else:
        if shown:
            run.output.table(columns, [row(floor, shapes, view) for view in shown])
        else:
            run.output.note(t("cli.nothing_found"))
        if len(shown) < everything:
            run.output.note(t("cli.more", shown=len(shown), total=everything))
    say_masked(run, shapes, shown)
    say_age(run.output, floor)


def say_masked(run: Invocation, shapes: Shapes, views: Iterable[Any]) -> None:
    """Say, with ``--reveal``, how many of ``views`` stay masked because they are confidential."""
    if shapes.grant is not None and not shapes.grant.confidential and (n := sum(map(_is_confidential, views))):
        run.output.note(t("cli.confidential_masked", n=n))


def _is_confidential(view: Any) -> bool:
    record = getattr(view, "record", None)
    return record is not None and bool(record.confidential)


def shapes_for(
    run: Invocation,
    floor: Floor,
    kind: str,
    subject: str = "",
    *,
    ids: Sequence[str] = (),
    reason: str = "",
    confidential: bool = False,
) -> Shapes:
    """The shapes for things of ``kind``: masked, or with ``--reveal`` unmasked, after an entry in the audit trail.

    ``subject``: the id of the thing that is shown; ``ids``: those of a list. What is confidential stays masked except
    for a supervisor who gives a ``reason``. ``confidential``: the thing that is shown is, so that nobody else is shown
    it as if they had not asked.

    Raises:
        NotAllowedError: ``--reveal``, and nobody is signed in, or not with a role that may see it.
        UsageError: ``--reveal`` of something confidential without a reason.

    """
    if not run.general.reveal:
        return Shapes(floor.config.zone, None)
    return Shapes(floor.config.zone, floor.audit.reveal(kind, subject, ids, reason=reason, confidential=confidential))

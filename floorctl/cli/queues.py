"""``queues``: the queues, from the cache."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation, application, command
from floorctl.cli.listing import show
from floorctl.cli.words import chosen
from floorctl.errors import Exit
from floorctl.models.floor import LINES

app = application()

_Limit = Annotated[int, typer.Option("--limit", metavar="N", help="cli.option.limit")]
_Line = Annotated[list[str] | None, typer.Option("--line", metavar="LINE", help="cli.option.line")]


@command(app, "queues")
def queues(run: Invocation, line: _Line = None, limit: _Limit = 0) -> Exit | None:
    """The queues with their metrics since midnight."""
    lines = chosen(line, "line", LINES, "--line")
    with closing(run.floor()) as floor:
        views = [view for view in floor.queues.all() if not lines or view.queue.line in lines]
        show(run, floor, views, limit, Shapes.queue, rows.queue_columns(), rows.queue_row)
    return None

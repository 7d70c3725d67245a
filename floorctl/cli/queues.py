"""``queues``: the queues, from the cache."""

from __future__ import annotations

from contextlib import closing

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit, Line, show
from floorctl.cli.parser import application, command
from floorctl.cli.words import chosen
from floorctl.errors import Exit
from floorctl.models.floor import LINES

app = application()


@command(app, "queues")
def queues(run: Invocation, line: Line = None, limit: Limit = 0) -> Exit | None:
    """The queues with their metrics since midnight."""
    lines = chosen(line, "line", LINES, "--line")
    with closing(run.floor()) as floor:
        views = [view for view in floor.queues.all() if not lines or view.queue.line in lines]
        show(run, floor, views, limit, Shapes.queue, rows.queue_columns(), rows.queue_row)
    return None

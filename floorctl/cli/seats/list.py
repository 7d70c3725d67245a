"""``seats``: the seats, from the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit, Line, show
from floorctl.cli.parser import application, command
from floorctl.cli.words import chosen, one_of
from floorctl.errors import Exit
from floorctl.models.floor import LINES, SEAT_STATES
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import SeatView

app = application()

_SEAT_SORTS = ("number", "state", "time")


@command(app, "seats", reveal=True)
def seats(
    run: Invocation,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.seat_state")] = None,
    zone: Annotated[list[str] | None, typer.Option("--zone", metavar="ZONE", help="cli.option.zone")] = None,
    line: Line = None,
    moved: Annotated[bool, typer.Option("--moved", help="cli.option.moved")] = False,
    sort: Annotated[str, typer.Option("--sort", metavar="ORDER", help="cli.option.seat_sort")] = "number",
    limit: Limit = 0,
) -> Exit | None:
    """The seats with their states and the time in them."""
    order = one_of(sort, "sort", _SEAT_SORTS, "--sort")
    select = seats_chosen(state, zone, line, moved=moved)
    with closing(run.floor()) as floor:
        views = select(floor)
        if order == "time":
            views.sort(key=lambda view: -view.seconds_in_state)
        elif order == "state":
            rank = {each: at for at, each in enumerate(SEAT_STATES)}
            views.sort(key=lambda view: rank.get(view.seat.state, len(rank)))
        show(run, floor, views, limit, Shapes.seat, rows.seat_columns(), rows.seat_row)
    return None


def seats_chosen(
    state: Sequence[str] | None, zone: Sequence[str] | None, line: Sequence[str] | None, *, moved: bool
) -> Callable[[Floor], list[SeatView]]:
    """Return a function that selects a floor's seats by the options of ``seats``.

    Raises:
        UsageError: an option's value is not one of the known ones.
    """
    states = chosen(state, "seat_state", SEAT_STATES, "--state")
    lines = chosen(line, "line", LINES, "--line")
    zones = set(typed.parts(zone or ()))

    def select(floor: Floor) -> list[SeatView]:
        queue_lines = {view.id: view.queue.line for view in floor.queues.all()}
        return [
            view
            for view in floor.seats.all()
            if (not states or view.seat.state in states)
            and (not zones or typed.plain(view.seat.zone) in zones)
            and (not lines or any(queue_lines.get(each) in lines for each in view.seat.skills))
            and (view.moved or not moved)
        ]

    return select

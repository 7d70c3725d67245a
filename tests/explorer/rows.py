"""Whether the rows of a list stay where they are while somebody works in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.app import App

from floorctl.widgets.table import HOLD_SECONDS, PlainTable
from tests.explorer.steps import Step

#: Steps in which nobody touches the keyboard, and after which a list that is worked in is worked in still.
_BY_ITSELF = ("others act", "vanish", "answer", "refuse", "outage", "return")
#: So many seconds of waiting leave it so.
_WAITS = 2.0
#: Keys that move the cursor of a list, and ask for nothing else.
_MOVES = ("up", "down", "space", "pageup", "pagedown", "end")


@dataclass
class Rows:
    """The rows in sight of one list."""

    table: PlainTable
    ids: tuple[str | None, ...]
    cursor: str | None
    shape: Any


def lists_in_use(app: App[Any], cursor_moves: "CursorMoves") -> list[Rows]:
    """Return the lists in sight that somebody works in, as they say themselves or as ``cursor_moves`` knows.

    Lists whose new contents a slow disk still reads are left out.
    """
    tables = [each for each in in_sight(app) if each.loaded and each.total and not cursor_moves.waits_for(each)]
    return [_rows(table) for table in tables if table.working or cursor_moves.in_use(table)]


def in_sight(app: App[Any]) -> list[PlainTable]:
    """The lists in sight."""
    return [table for table in app.screen.query(PlainTable) if table.display and table.region.area]


class CursorMoves:
    """When the cursor of each list was last moved, by the steps taken, whatever the lists themselves say."""

    def __init__(self, now: Callable[[], float], disk_works: Callable[[], bool]) -> None:
        self._now = now
        self._disk_works = disk_works
        self._moved: dict[PlainTable, float] = {}
        self._before: dict[PlainTable, int] = {}

    def before(self, app: App[Any]) -> None:
        """A step begins."""
        self._before = {table: table.cursor for table in in_sight(app)}
        self._moved = {table: at for table, at in self._moved.items() if table in self._before}

    def after(self, step: Step, app: App[Any]) -> None:
        """The step has been taken."""
        moves = step[0] in ("click", "click on", "wheel") or (step[0] == "key" and step[1] in _MOVES)
        for table in in_sight(app):
            if moves and table.loaded and table in self._before and table.cursor != self._before[table]:
                self._moved[table] = self._now()
            elif step[0] not in _BY_ITSELF and not moves:
                self._moved.pop(table, None)  # it may have asked for another list

    def waits_for(self, table: PlainTable) -> bool:
        """Whether another list was asked for that a slow disk still reads."""
        return self._disk_works() and bool(table._asked_for or table._to_top)

    def in_use(self, table: PlainTable) -> bool:
        """Return whether its cursor was moved just now."""
        return self._now() - self._moved.get(table, -HOLD_SECONDS) < HOLD_SECONDS - _WAITS - 1


def _rows(table: PlainTable) -> Rows:
    in_sight = range(table._top, min(table.total, table._top + max(0, table.size.height - 1)))
    ids = tuple(row.id if (row := table.row_at(at)) else None for at in in_sight)
    return Rows(table, ids, table.cursor_id, (table.size, table.columns))


def moved_rows(step: Step, before: list[Rows], cursor_moves: CursorMoves) -> str:
    """Return what moved in a list in use although the step does not move it; "" if nothing did."""
    if step[0] not in _BY_ITSELF and not (step[0] == "wait" and step[1] <= _WAITS):
        return ""
    for was in before:
        table = was.table
        if not (table.is_attached and table.display and table.region.area):
            continue
        if not (table.working or cursor_moves.in_use(table)):
            continue
        now = _rows(table)
        if now.shape == was.shape and (now.ids, now.cursor) != (was.ids, was.cursor):
            return f"{table!r} had {was.ids} at {was.cursor}, has {now.ids} at {now.cursor}"
    return ""

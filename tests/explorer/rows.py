"""Whether the rows of a list stay where they are while somebody works in it."""

from dataclasses import dataclass
from typing import Any

from textual.app import App

from floorctl.widgets.table import PlainTable

from .steps import Step

#: Steps in which nobody touches the keyboard, and after which a list that is worked in is worked in still.
_BY_ITSELF = ("others act", "vanish", "answer", "refuse", "outage", "return")
#: So many seconds of waiting leave it so.
_WAITS = 2.0


@dataclass
class Rows:
    """The rows in sight of one list."""

    table: PlainTable
    ids: tuple[str | None, ...]
    cursor: str | None
    shape: Any


def worked_in(app: App[Any]) -> list[Rows]:
    """The lists in sight that somebody works in."""
    tables = [table for table in app.screen.query(PlainTable) if table.display and table.region.area]
    return [_rows(table) for table in tables if table.loaded and table.total and getattr(table, "working", False)]


def _rows(table: PlainTable) -> Rows:
    in_sight = range(table._top, min(table.total, table._top + max(0, table.size.height - 1)))
    ids = tuple(row.id if (row := table.row_at(at)) else None for at in in_sight)
    return Rows(table, ids, table.cursor_id, (table.size, table.columns))


def moved(step: Step, before: list[Rows]) -> str:
    """What moved although nobody asked for it; nothing where nothing did."""
    if step[0] not in _BY_ITSELF and not (step[0] == "wait" and step[1] <= _WAITS):
        return ""
    for was in before:
        table = was.table
        if not (table.is_attached and table.display and table.region.area and table.working):
            continue
        now = _rows(table)
        if now.shape == was.shape and (now.ids, now.cursor) != (was.ids, was.cursor):
            return f"{table!r} had {was.ids} at {was.cursor}, has {now.ids} at {now.cursor}"
    return ""

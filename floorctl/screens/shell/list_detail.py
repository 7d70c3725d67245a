"""A screen that is a list, with what there is to read about the row under the cursor beside or below it.

What it does for every such screen: reading again after changes, showing the row that the cursor moves to, giving the
keys to the detail and taking them back, and what follows an act on the marked rows. How the list keeps its cursor on a
row while news arrives is the table's (``PlainTable``).
"""

import time
from collections.abc import Awaitable
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.events import Resize
from textual.timer import Timer

from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.widgets.painted import Line
from floorctl.widgets.pane import Pane
from floorctl.widgets.table import PlainTable

#: What is read about one row.
D = TypeVar("D")


class ListDetailScreen(CockpitScreen, Generic[D]):
    """A subclass yields its list and its pane in ``compose_body`` and states its rows, its detail and its acts.

    Its rows: the loader of its table, and ``reload`` where more than the table is read. Its detail: ``read_detail`` and
    ``detail_lines``, and ``open_row`` where Enter does something else than to give the keys to the detail. Its acts:
    key bindings whose work goes through ``after`` or ``after_one``.
    """

    #: The ids of the table and of the pane.
    LIST: ClassVar[str]
    DETAIL: ClassVar[str]
    #: Entities whose changes are shown.
    KINDS: ClassVar[frozenset[str]]
    #: Terminal columns from which the screen has the style class ``wide``, and ``very-wide``.
    WIDE: ClassVar[int] = 110
    VERY_WIDE: ClassVar[int] = 180
    #: Seconds from a change until it is read; seconds between two readings, at least.
    RELOAD_AFTER: ClassVar[float] = 0.2
    RELOAD_EVERY: ClassVar[float] = 0.0

    def __init__(self) -> None:
        super().__init__()
        #: What was read about the row under the cursor.
        self.detail: D | None = None
        self._reload_due: Timer | None = None
        self._reloaded_at = 0.0

    # -- for subclasses -------------------------------------------------------------------------------------------

    async def reload(self) -> None:
        """Read the list again, and the detail of the row under the cursor."""
        await self.table.reload()
        await self.show_detail()

    async def read_detail(self, row_id: str) -> D | None:
        """Read what there is about a row; None where it is gone."""
        return None

    def detail_lines(self, width: int) -> list[Line]:
        """What the pane shows, in ``width`` cells: called whenever it is drawn."""
        return []

    def moved(self, row_id: str | None) -> None:
        """The cursor is on another row (None: on none), or marks have changed."""
        self.begin_newest(self.show_detail, "detail")

    def open_row(self, row_id: str) -> None:
        """Enter on a row: the keys go to the detail, and the room where there is little."""
        self.begin_reading()

    # -- for use --------------------------------------------------------------------------------------------------

    @property
    def table(self) -> PlainTable:
        """The list."""
        return self.query_one(self.LIST, PlainTable)

    @property
    def pane(self) -> Pane:
        """Where the detail is read."""
        return self.query_one(self.DETAIL, Pane)

    def reload_soon(self) -> None:
        """Read the list again a moment from now, once for all that changes until then."""
        if self._reload_due is None:
            wait = max(self.RELOAD_AFTER, self._reloaded_at + self.RELOAD_EVERY - time.monotonic())
            self._reload_due = self.set_timer(wait, self.reload_now)

    def reload_now(self) -> None:
        """Read the list again at once; a reading that is under way is given up for it."""
        self.reload_begins()
        self.begin_newest(self.reload, "list")

    def reload_begins(self) -> None:
        """What was to be read soon is read now."""
        self._reloaded_at = time.monotonic()
        if self._reload_due is not None:
            self._reload_due.stop()
            self._reload_due = None

    async def show_detail(self) -> None:
        """Read and show what there is about the row under the cursor."""
        row_id = self.table.cursor_id
        detail = await self.read_detail(row_id) if row_id else None
        if row_id == self.table.cursor_id:  # else the row that is under it by now is being read
            self.detail = detail
            self.pane.show(self.detail_lines, about=row_id)

    def begin_reading(self) -> None:
        """Give the keys to the detail."""
        self.add_class("reading")
        self.pane.focus()

    def end_reading(self) -> None:
        """Give the keys back to the list."""
        self.remove_class("reading")
        self.table.focus()

    async def after(self, act: Awaitable[bool]) -> None:
        """Wait for an act on the marked rows; where it was done to any, the marks go and the list is read again."""
        if await act:
            self.table.clear_marks()
            await self.reload()

    async def after_one(self, act: Awaitable[bool], row_id: str | None) -> None:
        """Wait for an act on one row; where it was done, its mark goes, others stay, and the list is read again."""
        if await act:
            self.table.unmark(row_id)
            await self.reload()

    # -- what happens ---------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.table.focus()

    def on_resize(self, event: Resize) -> None:
        """The detail stands beside the list where there is room."""
        self.set_class(event.size.width >= self.WIDE, "wide")
        self.set_class(event.size.width >= self.VERY_WIDE, "very-wide")

    def on_changed(self, changed: Changes) -> None:
        """Read the list again where what it shows has changed."""
        if not changed or changed.keys() & self.KINDS:
            self.reload_soon()

    def filter_changed(self, text: str) -> None:
        """Show the rows with these words."""
        self.reload_now()

    @on(PlainTable.Moved)
    def _moved(self, event: PlainTable.Moved) -> None:
        event.stop()
        self.moved(event.id)

    @on(PlainTable.Opened)
    def _opened(self, event: PlainTable.Opened) -> None:
        event.stop()
        self.open_row(event.id)

    def action_back(self) -> None:
        """Esc: from the detail to the list first."""
        if self.has_class("reading"):
            self.end_reading()
        else:
            super().action_back()

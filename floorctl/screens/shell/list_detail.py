"""A screen that is a list with the detail of the row under the cursor beside or below it.

It reads again after changes, shows the detail of the row that the cursor moves to, moves the focus to the detail and
back, and updates the list after an act on marked rows. ``PlainTable`` keeps the cursor on its row while data changes.
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
    """The base of list screens. A subclass yields its list and its pane in ``compose_body`` and defines:

    - rows: the loader of its table, and ``reload`` where more than the table is read;
    - detail: ``read_detail`` and ``detail_lines``, and ``open_row`` where Enter does not focus the detail;
    - acts: key bindings whose work goes through ``after`` or ``after_one``.
    """

    #: Selectors of the table and of the pane.
    LIST: ClassVar[str]
    DETAIL: ClassVar[str]
    #: Kinds of entities whose changes cause a reading.
    KINDS: ClassVar[frozenset[str]]
    #: Terminal columns from which the screen has the style class ``wide``, and ``very-wide``.
    WIDE: ClassVar[int] = 110
    VERY_WIDE: ClassVar[int] = 180
    #: Seconds from a change until it is read; least seconds between two readings.
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
        """Read and return the detail of a row; None where the row is gone."""
        return None

    def detail_lines(self, width: int) -> list[Line]:
        """Return the pane's lines for ``width`` cells; called whenever the pane is drawn."""
        return []

    def moved(self, row_id: str | None) -> None:
        """Handle that the cursor is on another row (None: on none) or that marks have changed."""
        self.begin_newest(self.show_detail, "detail")

    def open_row(self, row_id: str) -> None:
        """Handle Enter on a row: focus the detail, which takes the list's place on a narrow terminal."""
        self.begin_reading()

    # -- for callers ----------------------------------------------------------------------------------------------

    @property
    def table(self) -> PlainTable:
        """The list's table."""
        return self.query_one(self.LIST, PlainTable)

    @property
    def pane(self) -> Pane:
        """The pane of the detail."""
        return self.query_one(self.DETAIL, Pane)

    def reload_soon(self) -> None:
        """Schedule a reading of the list; changes until then cause no second one."""
        if self._reload_due is None:
            wait = max(self.RELOAD_AFTER, self._reloaded_at + self.RELOAD_EVERY - time.monotonic())
            self._reload_due = self.set_timer(wait, self.reload_now)

    def reload_now(self) -> None:
        """Read the list again at once; cancel a reading that is under way."""
        self.reload_begins()
        self.begin_newest(self.reload, "list")

    def reload_begins(self) -> None:
        """Record that a reading begins, and cancel the scheduled one."""
        self._reloaded_at = time.monotonic()
        if self._reload_due is not None:
            self._reload_due.stop()
            self._reload_due = None

    async def show_detail(self) -> None:
        """Read and show the detail of the row under the cursor."""
        row_id = self.table.cursor_id
        detail = await self.read_detail(row_id) if row_id else None
        if row_id == self.table.cursor_id:  # else the cursor has moved, and another reading is under way
            self.detail = detail
            self.pane.show(self.detail_lines, about=row_id)

    def begin_reading(self) -> None:
        """Focus the detail."""
        self.add_class("reading")
        self.pane.focus()

    def end_reading(self) -> None:
        """Focus the list."""
        self.remove_class("reading")
        self.table.focus()

    async def after(self, act: Awaitable[bool]) -> None:
        """Await an act on the marked rows; if it was done for any, clear the marks and read the list again."""
        if await act:
            self.table.clear_marks()
            await self.reload()

    async def after_one(self, act: Awaitable[bool], row_id: str | None) -> None:
        """Await an act on one row; if it was done, clear this row's mark only and read the list again."""
        if await act:
            self.table.unmark(row_id)
            await self.reload()

    # -- events ---------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Focus the list."""
        self.table.focus()

    def on_resize(self, event: Resize) -> None:
        """Show the detail beside the list where there is room."""
        self.set_class(event.size.width >= self.WIDE, "wide")
        self.set_class(event.size.width >= self.VERY_WIDE, "very-wide")

    def on_changed(self, changed: Changes) -> None:
        """Read the list again if an entity that it shows has changed."""
        if not changed or changed.keys() & self.KINDS:
            self.reload_soon()

    def filter_changed(self, text: str) -> None:
        """Show the rows that contain the filter's words."""
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
        """Return from the detail to the list on Esc, else go back."""
        if self.has_class("reading"):
            self.end_reading()
        else:
            super().action_back()

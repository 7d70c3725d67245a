"""``PlainTable``: a list of any length that loads the rows in sight and keeps its cursor on a row, not on a line.

While a person works in the list, its rows keep their places; new rows are held back and counted in the header. A row
that leaves the list under the cursor stays, faded, until the cursor moves off it, so that a key never acts on another
row that slipped under the cursor.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message

from floorctl.widgets.rows import Column, Row
from floorctl.widgets.table_picture import WINDOW, DrawnRows
from floorctl.widgets.top_screen import top_screen

_WINDOWS_KEPT = 12
#: Seconds after the last key or click during which a person counts as working in the list.
HOLD_SECONDS = 10.0

#: (offset, limit) → the rows from ``offset`` on, and the number of all rows.
Load = Callable[[int, int], Awaitable[tuple[Sequence[Row], int]]]
#: Id of a row that is no longer in the list → its present cells; None where they are not known.
Gone = Callable[[str], Awaitable[Row | None]]


class PlainTable(DrawnRows, can_focus=True):
    """A table over a loader. Rows in sight are loaded in windows of 100; a few windows are kept.

    ``reload()`` keeps the cursor on its row if that row is in the windows in sight; ``locate`` (row id → its index, or
    None) finds it farther away. ``marked`` holds row ids; an action acts on ``targets()``.

    While a person works in the list (``working``), ``reload()`` updates the cells but not the places of the rows.
    New rows are held back until the person pauses, goes to the top, or requests another list (``ask()``, ``to_top``).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+k", "move(-1)", "ui.key.up", show=False),
        Binding("down,ctrl+j", "move(1)", "ui.key.down", show=False),
        Binding("pageup", "page(-1)", "ui.key.page_up", show=False),
        Binding("pagedown", "page(1)", "ui.key.page_down", show=False),
        Binding("home", "jump(0)", "ui.key.home", show=False),
        Binding("end", "jump(-1)", "ui.key.end", show=False),
        Binding("space", "mark", "ui.key.mark"),
        Binding("enter", "open", "ui.key.open"),
    ]

    @dataclass
    class Opened(Message):
        """A row was opened with Enter or a double click."""

        table: "PlainTable"
        id: str

        @property
        def control(self) -> "PlainTable":
            """The table that sent the message, for Textual's ``@on`` selectors."""
            return self.table

    @dataclass
    class Moved(Message):
        """The cursor is on another row (``id`` None: on none), or marks have changed."""

        table: "PlainTable"
        id: str | None

        @property
        def control(self) -> "PlainTable":
            """The table that sent the message, for Textual's ``@on`` selectors."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        load: Load,
        *,
        empty: str = "",
        kind: str = "",
        locate: Callable[[str], Awaitable[int | None]] | None = None,
        gone: Gone | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.empty = empty
        #: Word for the rows, used in the text that is shown when a filter matches none of them.
        self.kind = kind
        #: Description of the current filter, as visible text.
        self.narrowed_to = ""
        #: Why an empty list is not final yet (the index is being filled), as text; empty if it is final.
        self.undecided = ""
        self.total = 0
        self.cursor = 0
        self.marked: set[str] = set()
        self.loaded = False
        self._load = load
        self._locate = locate
        self._read_gone = gone
        self._windows: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._top = 0
        self._generation = 0
        self._loading_windows: set[int] = set()
        self._stale = asyncio.Lock()
        #: Enter was pressed before the list was loaded: open the row after loading.
        self._open_soon = False
        #: Number of new rows that are held back; None: nothing is held back, 0: rows only left or changed places.
        self.news: int | None = None
        self._touched = -HOLD_SECONDS
        self._asked_for = False
        #: Number of reloads in progress that were called with ``to_top``.
        self._to_top = 0
        self._letting_in = False
        #: Index and cells of the row that left the list under the cursor; rows from that index on are shown one lower.
        self._gone: tuple[int, Row] | None = None

    # -- for the screen -------------------------------------------------------------------------------------------

    @property
    def seen_id(self) -> str | None:
        """The id of the cursor's row, which a key pressed now acts on; counts as working in the list."""
        self.touch()
        return self.cursor_id

    @property
    def working(self) -> bool:
        """Whether a person moved in the list within ``HOLD_SECONDS``, has marks in it, or has a dialog open over it."""
        if self.marked or time.monotonic() - self._touched < HOLD_SECONDS:
            return True
        return self.is_attached and self.screen is not top_screen(self.app)

    def touch(self) -> None:
        """Restart the ``HOLD_SECONDS`` during which the rows keep their places."""
        self._touched = time.monotonic()

    def end_hold(self) -> None:
        """End the hold: the next ``reload`` shows the rows that are held back."""
        self._touched = time.monotonic() - HOLD_SECONDS

    def ask(self) -> None:
        """Make the next ``reload`` put the rows in their present places even while a person works in the list."""
        self._asked_for = True

    def targets(self) -> list[str]:
        """Return the ids an action acts on: the marked rows in list order, unloaded ones last; else the cursor's."""
        under_cursor = self.seen_id
        if self.marked:
            order = {
                row.id: n for key in sorted(self._windows) for n, row in enumerate(self._windows[key], key * WINDOW)
            }
            return sorted(self.marked, key=lambda row_id: (order.get(row_id, self.total), row_id))
        return [under_cursor] if under_cursor is not None else []

    def target_rows(self) -> list[Row]:
        """Return the loaded rows among ``targets()``, in the order of the list."""
        wanted = set(self.targets())
        return [row for at in range(self.length) if (row := self.row_at(at)) is not None and row.id in wanted]

    @property
    def target(self) -> str | None:
        """The row id for an act on a single row: the first marked row, else the cursor's."""
        return next(iter(self.targets()), None)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the loader must return rows with matching cells from the next ``reload`` on."""
        if self.columns != tuple(columns):
            self.columns = tuple(columns)
            self.ask()  # rows held in place would keep the cells of the previous columns

    def clear_marks(self) -> None:
        """Remove all marks."""
        if self.marked:
            self.marked.clear()
            self.repaint()
            self._post_moved()

    def unmark(self, row_id: str | None) -> None:
        """Remove the mark of one row, after the act it was marked for is done."""
        if row_id in self.marked:
            self.marked.discard(row_id)
            self.repaint()
            self._post_moved()

    async def reload(self, *, to_top: bool = False) -> None:
        """Read the rows in sight again after a change; ``to_top`` after another filter or sort order.

        With ``to_top`` the cursor moves to the top immediately, before the rows are read, so that a cursor movement
        during the read is not undone by it.
        """
        if not to_top:
            await self._reload(asked=False)
            return
        self.cursor = self._top = 0
        self._gone = None
        self._to_top += 1
        try:
            await self._reload(asked=True)
        finally:
            self._to_top -= 1

    async def _reload(self, *, asked: bool) -> None:
        async with self._stale:
            asked = asked or self._asked_for
            self._generation += 1
            generation = self._generation
            first, last = self._windows_in_sight()
            fresh: dict[int, Sequence[Row]] = {}
            total = self.total
            for number in range(first, last + 1):
                rows, total = await self._load(number * WINDOW, WINDOW)
                fresh[number] = rows
                if (number + 1) * WINDOW >= total:
                    break
            if generation != self._generation:
                return
            if not asked and self.loaded and self.total and self.working and self._moves(fresh):
                await self._change_in_place(fresh, total)
            else:
                await self._replace_rows(fresh, total, asked=asked)
        self.repaint()
        self._post_moved()
        if self._open_soon:
            self.action_open()

    async def _replace_rows(self, fresh: dict[int, Sequence[Row]], total: int, *, asked: bool) -> None:
        """Show the rows in their present places and keep the cursor on its row; a row that left the list stays, faded.

        If another list was requested (``asked``), the row that left is not kept. Everything is read before anything
        is shown, so that no key acts on a row that is under the cursor only for a moment.
        """
        row, new_index, faded = None, None, None
        on_top = self._to_top and self.cursor == 0
        while (
            not on_top
            and (under_cursor := self.row_at(self.cursor)) is not None
            and (row is None or row.id != under_cursor.id)
        ):
            row = under_cursor
            new_index = await self._find(row.id, fresh)
            faded = await self._faded(row) if new_index is None and not asked else None
        line_in_view = self.cursor - self._top
        self._windows, self.total = OrderedDict(fresh), total
        self._loading_windows.clear()
        self.loaded = True
        self._gone = None
        if new_index is not None:
            self.cursor = new_index
            self._top = max(0, new_index - line_in_view)
        elif faded is not None:
            self.cursor = min(self.cursor, total)
            self._gone = self.cursor, faded
        self._clamp()
        self._asked_for, self.news = False, None

    async def _faded(self, row: Row) -> Row:
        """Return ``row``, which has left the list, with its present cells (if known), faded."""
        now = await self._read_gone(row.id) if self._read_gone is not None else None
        return (now or row).faded

    def _moves(self, fresh: dict[int, Sequence[Row]]) -> bool:
        """Whether showing ``fresh`` would change which rows are in the loaded windows, or their order."""
        return any(
            [row.id for row in rows] != [row.id for row in self._windows.get(number, rows)]
            for number, rows in fresh.items()
        )

    async def _change_in_place(self, fresh: dict[int, Sequence[Row]], total: int) -> None:
        """Update the cells of the rows shown, each in its place; new rows are only counted in ``news``."""
        now = {row.id: row for rows in fresh.values() for row in rows}
        shown = {row.id for rows in self._windows.values() for row in rows}
        if len(now) >= total:  # the whole list was read: a row not in it has left
            now |= {row.id: await self._faded(row) for row in self._in_windows() if row.id not in now}
        for number, rows in self._windows.items():
            self._windows[number] = [now.get(row.id, row) for row in rows]
        if self._gone is not None and (row := now.get(self._gone[1].id)) is not None:
            self._gone = self._gone[0], row
        self.news = len({row.id for rows in fresh.values() for row in rows} - shown)
        if not self._letting_in:
            self._let_in_later()

    def _in_windows(self) -> list[Row]:
        return [row for rows in self._windows.values() for row in rows]

    def _let_in_later(self) -> None:
        self._letting_in = True
        left = self._touched + HOLD_SECONDS - time.monotonic()
        self.set_timer(max(0.5, left + 0.05), self._let_in)

    def _let_in(self) -> None:
        """Reload if nobody works in the list any more, else try again later."""
        self._letting_in = False
        if self.news is None:
            return
        if self.working:
            self._let_in_later()
        else:
            self._reload_by_itself()

    def _reload_by_itself(self, *, to_top: bool = False) -> None:
        work: Callable[[], Coroutine[Any, Any, Any]] = partial(self.reload, to_top=to_top)
        self.run_worker(work, exclusive=False)

    async def go_to(self, index: int) -> None:
        """Put the cursor on row ``index`` of the list and load the windows in sight."""
        self.cursor, self._gone = index, None
        self._clamp()
        await self._fill()

    # -- keys and mouse -------------------------------------------------------------------------------------------

    def action_move(self, lines: int) -> None:
        """Move the cursor by ``lines``."""
        self._go(self.cursor + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by ``pages`` screenfuls."""
        self._go(self.cursor + pages * max(1, self._rows_high() - 1))

    def action_jump(self, index: int) -> None:
        """Move to the first row (0), showing rows that are held back, or to the last (-1)."""
        if index == 0 and self.news is not None:
            self._reload_by_itself(to_top=True)
        self._go(self.length - 1 if index < 0 else index)

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor and move to the next row."""
        if (row_id := self.seen_id) is None:
            return
        self.marked.symmetric_difference_update({row_id})
        self._go(self.cursor + 1)
        self.repaint()
        self._post_moved()

    def action_open(self) -> None:
        """Open the row under the cursor; if the list is still loading, open it after loading."""
        if (row_id := self.seen_id) is not None:
            self.post_message(self.Opened(self, row_id))
        self._open_soon = not self.loaded

    def on_click(self, event: Click) -> None:
        """Select the row on a click, open it on a double click, mark it with Ctrl or Shift."""
        index = self._top + event.y - 1
        if event.y < 1 or not 0 <= index < self.length:
            return
        self._go(index)
        if event.ctrl or event.shift:
            self.action_mark()
        elif event.chain == 2:
            self.action_open()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the cursor by 3 rows; the view follows."""
        event.stop()
        self._go(self.cursor + 3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the cursor by 3 rows; the view follows."""
        event.stop()
        self._go(self.cursor - 3)

    def on_focus(self, _event: Focus) -> None:
        """Draw the cursor in the style of the focus."""
        self.repaint()

    def on_blur(self, _event: Blur) -> None:
        """Draw the cursor in the style without the focus."""
        self.repaint()

    def on_resize(self, event: Resize) -> None:
        """Adjust the first row in sight, also so that rows above the cursor use new height, and load missing rows."""
        self._top = min(self._top, max(0, self.cursor - self._rows_high() // 2))
        self._clamp()
        super().on_resize(event)
        self._load_missing()

    # -- rows -----------------------------------------------------------------------------------------------------

    def _rows_high(self) -> int:
        return max(1, self.size.height - 1)

    def _clamp(self) -> None:
        self.cursor = max(0, min(self.cursor, self.length - 1))
        rows = self._rows_high()
        self._top = max(0, min(self._top, self.cursor, max(0, self.length - rows)))
        if self.cursor >= self._top + rows:
            self._top = self.cursor - rows + 1

    def _go(self, index: int) -> None:
        self.touch()
        before = self.cursor
        self.cursor = index
        self._clamp()
        if self.cursor != before:
            self.repaint()
            self._load_missing()
            self._post_moved()

    def _post_moved(self) -> None:
        self.post_message(self.Moved(self, self.cursor_id))

    def _windows_in_sight(self) -> tuple[int, int]:
        return self._top // WINDOW, (self._top + self._rows_high()) // WINDOW

    def _load_missing(self) -> None:
        first, last = self._windows_in_sight()
        if self.loaded and any(
            n not in self._windows and n not in self._loading_windows for n in self._exist(first, last)
        ):
            self.run_worker(self._fill(), exclusive=False)

    def _exist(self, first: int, last: int) -> Iterable[int]:
        return (number for number in range(first, last + 1) if number * WINDOW < self.total)

    async def _fill(self) -> None:
        generation = self._generation
        for number in self._exist(*self._windows_in_sight()):
            if number in self._windows or number in self._loading_windows:
                continue
            self._loading_windows.add(number)
            rows, total = await self._load(number * WINDOW, WINDOW)
            self._loading_windows.discard(number)
            if generation != self._generation:
                return
            self._windows[number] = rows
            self.total = total
        first, last = self._windows_in_sight()
        while len(self._windows) > _WINDOWS_KEPT:
            far = max(self._windows, key=lambda n: max(first - n, n - last))
            del self._windows[far]
        self._clamp()
        self.repaint()
        self._post_moved()

    async def _find(self, row_id: str, windows: dict[int, Sequence[Row]]) -> int | None:
        """Return the index of a row, or None; a window loaded to find it is added to ``windows``."""
        for number, rows in windows.items():
            for at, row in enumerate(rows):
                if row.id == row_id:
                    return number * WINDOW + at
        if self._locate is None:
            return None
        index = await self._locate(row_id)
        if index is not None and index // WINDOW not in windows:
            windows[index // WINDOW], _ = await self._load(index // WINDOW * WINDOW, WINDOW)
        return index

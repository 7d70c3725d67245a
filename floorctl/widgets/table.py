"""A list of any length: it asks for the rows that are in sight, and keeps its cursor on a row, not on a line."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message

from floorctl.text import cut, fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg

WINDOW = 100
_WINDOWS_KEPT = 12


@dataclass(frozen=True)
class Column:
    """One column. ``width`` in terminal cells; a column with ``grow`` shares what is left over by that weight."""

    title: str
    width: int
    grow: int = 0
    right: bool = False


#: Visible text, or visible text and its style.
Cell = str | tuple[str, Style]


@dataclass(frozen=True)
class Row:
    """One row: what it is (stable over reloads) and its cells, whose text has passed ``visible``."""

    id: str
    cells: tuple[Cell, ...]
    style: Style | None = None


#: (offset, limit) → the rows from there on, and how many there are in all.
Load = Callable[[int, int], Awaitable[tuple[Sequence[Row], int]]]


class PlainTable(Painted, can_focus=True):
    """A table over a loader. Rows in sight are loaded in windows of 100, a few windows are kept.

    ``reload()`` after a change keeps the cursor on the row that it was on, wherever that row has gone in the windows in
    sight; ``locate`` (row id → its index, or None) finds it farther away. ``marked`` holds row ids; an action acts on
    ``targets()``.
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
        """Enter or a double click on a row."""

        table: "PlainTable"
        id: str

        @property
        def control(self) -> "PlainTable":
            """The table."""
            return self.table

    @dataclass
    class Moved(Message):
        """The cursor stands on another row (``id`` None: on none), or marks have changed."""

        table: "PlainTable"
        id: str | None

        @property
        def control(self) -> "PlainTable":
            """The table."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        load: Load,
        *,
        empty: str = "",
        locate: Callable[[str], Awaitable[int | None]] | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.empty = empty
        self.total = 0
        self.cursor = 0
        self.marked: set[str] = set()
        self.loaded = False
        self._load = load
        self._locate = locate
        self._windows: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._top = 0
        self._generation = 0
        self._asked: set[int] = set()
        self._stale = asyncio.Lock()
        #: Enter was pressed before there was anything to open.
        self._open_soon = False

    # -- what the screen asks -------------------------------------------------------------------------------------

    @property
    def cursor_id(self) -> str | None:
        """The id of the row under the cursor; None while it is not loaded."""
        row = self.row_at(self.cursor)
        return row.id if row else None

    def row_at(self, index: int) -> Row | None:
        """The row at ``index`` if it is loaded."""
        window = self._windows.get(index // WINDOW)
        at = index % WINDOW
        return window[at] if window is not None and at < len(window) else None

    def targets(self) -> list[str]:
        """The ids an action acts on: the marked rows in the order they were marked in sight, else the cursor's."""
        if self.marked:
            order = {
                row.id: n for key in sorted(self._windows) for n, row in enumerate(self._windows[key], key * WINDOW)
            }
            return sorted(self.marked, key=lambda each: (order.get(each, self.total), each))
        return [self.cursor_id] if self.cursor_id is not None else []

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the loader must give rows to match from the next ``reload`` on."""
        self.columns = tuple(columns)

    def clear_marks(self) -> None:
        """Take all marks away."""
        if self.marked:
            self.marked.clear()
            self.repaint()
            self._tell()

    async def reload(self, *, to_top: bool = False) -> None:
        """Read the rows in sight again after a change; ``to_top`` after another filter or order."""
        async with self._stale:
            keep = None if to_top else self.cursor_id
            line_in_view = self.cursor - self._top
            if to_top:
                self.cursor = self._top = 0
            self._generation += 1
            generation = self._generation
            first, last = self._windows_in_sight()
            fresh: dict[int, Sequence[Row]] = {}
            for number in range(first, last + 1):
                rows, self.total = await self._load(number * WINDOW, WINDOW)
                fresh[number] = rows
                if (number + 1) * WINDOW >= self.total:
                    break
            if generation != self._generation:
                return
            self._windows = OrderedDict(fresh)
            self._asked.clear()
            self.loaded = True
            if keep is not None and (found := await self._find(keep)) is not None:
                self.cursor = found
                self._top = max(0, found - line_in_view)
            self._clamp()
        self.repaint()
        self._tell()
        if self._open_soon:
            self.action_open()

    async def go_to(self, index: int) -> None:
        """Put the cursor on row ``index`` and load what is around it."""
        self.cursor = index
        self._clamp()
        await self._fill()

    # -- keys and mouse -------------------------------------------------------------------------------------------

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self._go(self.cursor + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is in sight."""
        self._go(self.cursor + pages * max(1, self._rows_high() - 1))

    def action_jump(self, index: int) -> None:
        """To the first row (0) or the last (-1)."""
        self._go(self.total - 1 if index < 0 else index)

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor and step on."""
        if (row_id := self.cursor_id) is None:
            return
        self.marked.symmetric_difference_update({row_id})
        self._go(self.cursor + 1)
        self.repaint()
        self._tell()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if (row_id := self.cursor_id) is not None:
            self.post_message(self.Opened(self, row_id))
        self._open_soon = not self.loaded

    def on_click(self, event: Click) -> None:
        """A click selects, a double click opens, with ctrl or shift it marks."""
        index = self._top + event.y - 1
        if event.y < 1 or not 0 <= index < self.total:
            return
        self._go(index)
        if event.ctrl or event.shift:
            self.action_mark()
        elif event.chain == 2:
            self.action_open()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll, the cursor along with it."""
        event.stop()
        self._go(self.cursor + 3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll, the cursor along with it."""
        event.stop()
        self._go(self.cursor - 3)

    def on_focus(self, _event: Focus) -> None:
        """Show that the keys come here."""
        self.repaint()

    def on_blur(self, _event: Blur) -> None:
        """Show that the keys go elsewhere."""
        self.repaint()

    def on_resize(self, event: Resize) -> None:
        """More rows may be in sight, those above the cursor too."""
        self._top = min(self._top, max(0, self.cursor - self._rows_high() // 2))
        self._clamp()
        super().on_resize(event)
        self._want()

    # -- drawing --------------------------------------------------------------------------------------------------

    def picture(self, width: int, height: int) -> list[Line]:
        """The header, the rows in sight, and a mark at the right edge that says where in the list they are."""
        widths = self._widths(width - 3)
        lines: list[Line] = [self._header(widths)]
        rows_high = height - 1
        if self.loaded and not self.total:
            lines.append([seg("  " + self.empty, looks.QUIET)])
            return lines
        thumb = self._thumb(rows_high)
        for line in range(rows_high):
            index = self._top + line
            if index >= self.total:
                break
            lines.append(self._row(index, widths, line in thumb))
        return lines

    def _header(self, widths: Sequence[int]) -> Line:
        count = f"{len(self.marked)}" if self.marked else ""
        line = [seg(fit(count, 2), looks.MARKED)]
        for column, width in zip(self.columns, widths, strict=True):
            line.append(seg(_aligned(column.title, width, right=column.right) + " ", looks.HEADER))
        return line

    def _row(self, index: int, widths: Sequence[int], in_thumb: bool) -> Line:
        row = self.row_at(index)
        ground = Style.null()
        if index == self.cursor:
            ground = looks.CURSOR if self.has_focus else looks.CURSOR_AWAY
        if row is None:
            line = [Segment("  …", looks.QUIET + ground), Segment(" " * max(0, sum(widths) + len(widths) - 2), ground)]
        else:
            mark = "◆" if row.id in self.marked else " "
            point = "▌" if index == self.cursor else " "
            line = [Segment(point, looks.SKY + ground), Segment(mark, looks.MARKED + ground)]
            for cell, column, width in zip(row.cells, self.columns, widths, strict=False):
                text, style = cell if isinstance(cell, tuple) else (cell, row.style or looks.TEXT)
                line.append(Segment(_aligned(text, width, right=column.right) + " ", style + ground))
        line.append(Segment("▐" if in_thumb else " ", looks.FAINT))
        return line

    def _widths(self, width: int) -> list[int]:
        spare = width - sum(column.width + 1 for column in self.columns)
        weights = sum(column.grow for column in self.columns)
        widths = [
            max(1, column.width + (spare * column.grow // weights if weights and spare > 0 else 0))
            for column in self.columns
        ]
        for _ in range(-spare):  # the widest of those that grow give first, a cell at a time
            at = max(range(len(widths)), key=lambda n: (widths[n] > 4, self.columns[n].grow > 0, widths[n]))
            widths[at] = max(1, widths[at] - 1)
        return widths

    def _thumb(self, rows_high: int) -> range:
        if self.total <= rows_high or rows_high <= 0:
            return range(0)
        size = max(1, rows_high * rows_high // self.total)
        start = (rows_high - size) * self._top // max(1, self.total - rows_high)
        return range(start, start + size)

    # -- rows -----------------------------------------------------------------------------------------------------

    def _rows_high(self) -> int:
        return max(1, self.size.height - 1)

    def _clamp(self) -> None:
        self.cursor = max(0, min(self.cursor, self.total - 1))
        rows = self._rows_high()
        self._top = max(0, min(self._top, self.cursor, max(0, self.total - rows)))
        if self.cursor >= self._top + rows:
            self._top = self.cursor - rows + 1

    def _go(self, index: int) -> None:
        before = self.cursor
        self.cursor = index
        self._clamp()
        if self.cursor != before:
            self.repaint()
            self._want()
            self._tell()

    def _tell(self) -> None:
        self.post_message(self.Moved(self, self.cursor_id))

    def _windows_in_sight(self) -> tuple[int, int]:
        return self._top // WINDOW, (self._top + self._rows_high()) // WINDOW

    def _want(self) -> None:
        first, last = self._windows_in_sight()
        if self.loaded and any(n not in self._windows and n not in self._asked for n in self._exist(first, last)):
            self.run_worker(self._fill(), exclusive=False)

    def _exist(self, first: int, last: int) -> Iterable[int]:
        return (number for number in range(first, last + 1) if number * WINDOW < self.total)

    async def _fill(self) -> None:
        generation = self._generation
        for number in self._exist(*self._windows_in_sight()):
            if number in self._windows or number in self._asked:
                continue
            self._asked.add(number)
            rows, total = await self._load(number * WINDOW, WINDOW)
            self._asked.discard(number)
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
        self._tell()

    async def _find(self, row_id: str) -> int | None:
        for number, rows in self._windows.items():
            for at, row in enumerate(rows):
                if row.id == row_id:
                    return number * WINDOW + at
        if self._locate is None:
            return None
        found = await self._locate(row_id)
        if found is not None and found // WINDOW not in self._windows:
            rows, self.total = await self._load(found // WINDOW * WINDOW, WINDOW)
            self._windows[found // WINDOW] = rows
        return found


def _aligned(text: str, width: int, *, right: bool) -> str:
    if not right:
        return fit(text, width)
    short = cut(text, width)
    return " " * (width - cell_len(short)) + short

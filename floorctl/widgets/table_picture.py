"""``DrawnRows``: the drawing of a table: header, rows in sight, and the row that left the list under the cursor."""

from collections import OrderedDict
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, whole, width_of
from floorctl.widgets.rows import Column, Row, column_widths, header, nothing_fits, row_line, thumb

#: Number of rows that are read at a time.
WINDOW = 100
#: Mark of the row that left the list under the cursor.
GONE = "✕"
#: Width (cells) of the cursor sign and the mark before a row, and of the scroll thumb behind it.
_EDGES = 3


class DrawnRows(Painted):
    """Draws the rows of ``PlainTable``, which sets the attributes."""

    columns: tuple[Column, ...]
    empty: str
    kind: str
    narrowed_to: str
    undecided: str
    total: int
    cursor: int
    marked: set[str]
    loaded: bool
    news: int | None
    _windows: OrderedDict[int, Sequence[Row]]
    _top: int
    _gone: tuple[int, Row] | None

    @property
    def cursor_id(self) -> str | None:
        """The id of the row under the cursor; None while it is not loaded."""
        row = self.row_at(self.cursor)
        return row.id if row else None

    def row_at(self, index: int) -> Row | None:
        """Return the row at ``index`` as shown, or None if it is not loaded."""
        if self._gone is not None and index >= self._gone[0]:
            if index == self._gone[0]:
                return self._gone[1]
            index -= 1
        window = self._windows.get(index // WINDOW)
        at = index % WINDOW
        return window[at] if window is not None and at < len(window) else None

    @property
    def gone_id(self) -> str | None:
        """The id of the row under the cursor if it has left the list, else None."""
        return self._gone[1].id if self._gone is not None and self._gone[0] == self.cursor else None

    @property
    def length(self) -> int:
        """The number of rows shown: those of the list, and the one that left it under the cursor."""
        return self.total + (self._gone is not None)

    # -- drawing --------------------------------------------------------------------------------------------------

    def cells_of(self, column: int) -> int:
        """Return the present width (cells) of the column with index ``column``."""
        return column_widths(self.columns, self.size.width - _EDGES)[column]

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the header and the rows in sight, with a scroll thumb at the right edge."""
        widths = column_widths(self.columns, width - _EDGES)
        lines: list[Line] = [self._with_news(header(self.columns, widths, len(self.marked)), width)]
        rows_high = height - 1
        if self.loaded and not self.length:
            none = nothing_fits(self.narrowed_to, self.kind) if self.kind and self.narrowed_to else self.empty
            lines.append([seg("  " + (self.undecided or none), looks.QUIET)])
            return lines
        in_thumb = thumb(self._top, rows_high, self.length)
        for line in range(rows_high):
            index = self._top + line
            if index >= self.length:
                break
            lines.append(self._row(index, widths, line in in_thumb))
        return lines

    def _with_news(self, titles: Line, width: int) -> Line:
        """Return the header with badges: the number of rows held back and their key, and that the cursor's row is gone.

        The badges are drawn over the end of the header, so that no row moves; a title that they would cut is left out.
        """
        badges: Line = []
        if self.gone_id is not None:
            badges.append(seg(f" {GONE} {t('ui.table.gone')} ", looks.AMBER + Style(bold=True)))
        if self.news is not None:
            words = t("ui.table.news", n=self.news) if self.news else t("ui.table.changed")
            badges.append(seg(f" {words} ", looks.AMBER + Style(bold=True)))
        return [*whole(titles, max(0, width - width_of(badges))), *badges] if badges else titles

    def _row(self, index: int, widths: Sequence[int], in_thumb: bool) -> Line:
        row = self.row_at(index)
        ground = Style.null()
        if index == self.cursor:
            ground = looks.CURSOR if self.has_focus else looks.CURSOR_AWAY
        gone = self._gone is not None and index == self._gone[0]
        mark = "◆" if row is not None and row.id in self.marked else GONE if gone else " "
        marks = ("▌" if index == self.cursor else " ") + mark
        line = row_line(row, self.columns, widths, ground, marks=marks)
        return [*line, Segment("▐" if in_thumb else " ", looks.FAINT)]

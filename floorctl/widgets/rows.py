"""Columns and rows of a list, and the functions that draw them as lines of a given width."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from floorctl.i18n import t
from floorctl.text import typed
from floorctl.text.safe import cut, fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg

#: Columns of this rank or higher are shown only if all others have their wished width.
EXTRA = 4


class Column(msgspec.Struct, frozen=True):
    """One column: at least ``width`` terminal cells, and at least the width of its title.

    A column with ``grow`` shares the spare width by that weight, up to ``most`` cells (0: no limit); ``wish`` is the
    width that it should have before columns of rank ``EXTRA`` or higher are shown. Columns that do not fit are left
    out, the highest ``rank`` first; rank 0 always stays.
    """

    title: str
    width: int
    grow: int = 0
    right: bool = False
    rank: int = 0
    wish: int = 0
    most: int = 0

    @property
    def least(self) -> int:
        """Its least width (cells) where it is shown."""
        return max(self.width, cell_len(self.title))

    @property
    def wished(self) -> int:
        """Its wished width (cells)."""
        return max(self.least, self.wish)


def widest(words: Iterable[str]) -> int:
    """Return the width (cells) of the widest of ``words``; 0 for none."""
    return max(map(cell_len, words), default=0)


#: Visible text, or visible text and its style.
Cell = str | tuple[str, Style]


class Row(msgspec.Struct, frozen=True):
    """One row: its id (stable over reloads) and its cells, whose text has passed ``visible``."""

    id: str
    cells: tuple[Cell, ...]
    style: Style | None = None

    @property
    def texts(self) -> list[str]:
        """The texts of its cells."""
        return [cell if isinstance(cell, str) else cell[0] for cell in self.cells]

    @property
    def line(self) -> str:
        """The texts of its non-empty cells as one line."""
        return "  ".join(filter(None, self.texts))

    @property
    def faded(self) -> "Row":
        """The row in a faint style, for a thing that is gone."""
        return Row(self.id, tuple((text, looks.FAINT) for text in self.texts))


def matching_rows(rows: Iterable[Row], words: str) -> list[Row]:
    """Return the rows whose texts contain each of ``words``; all rows for none."""
    wanted = typed.words(words)
    return [row for row in rows if not wanted or typed.contains(" ".join(row.texts), wanted)]


def column_widths(columns: Sequence[Column], width: int) -> list[int]:
    """Return the width of each of ``columns`` in ``width`` cells, 0 for those left out; spare cells are shared."""
    shown = set(range(len(columns)))

    def needed(cells: Callable[[Column], int]) -> int:
        return sum(cells(columns[n]) + 1 for n in shown)

    for n in sorted(shown, key=lambda n: -columns[n].rank):
        rank = columns[n].rank
        if rank and (needed(_least) > width or (rank >= EXTRA and needed(_wished) > width)):
            shown.discard(n)
    widths = [column.least if n in shown else 0 for n, column in enumerate(columns)]
    _share(columns, widths, width - needed(_least))
    for _ in range(needed(_least) - width):  # too narrow: take cells one by one, from the widest growing columns first
        at = max(shown, key=lambda n: (widths[n] > 4, columns[n].grow > 0, widths[n]))
        widths[at] = max(1, widths[at] - 1)
    return widths


def _least(column: Column) -> int:
    return column.least


def _wished(column: Column) -> int:
    return column.wished


def _share(columns: Sequence[Column], widths: list[int], spare: int) -> None:
    """Add ``spare`` cells to ``widths`` by weight; cells beyond a column's ``most`` go to the others."""
    while spare > 0:
        growing = [
            n for n, column in enumerate(columns) if widths[n] and column.grow and widths[n] != (column.most or -1)
        ]
        weights = sum(columns[n].grow for n in growing)
        if not weights:
            return
        shared = 0
        for n in growing:
            share = spare * columns[n].grow // weights
            most = columns[n].most
            share = min(share, max(0, most - widths[n])) if most else share
            widths[n] += share
            shared += share
        if not shared:
            return
        spare -= shared


def header(columns: Sequence[Column], widths: Sequence[int], marked: int) -> Line:
    """Return the titles, preceded by the number of marked rows (if any)."""
    line = [seg(fit(f"{marked}" if marked else "", 2), looks.MARKED)]
    for column, width in zip(columns, widths, strict=True):
        if width:
            line.append(seg(_aligned(column.title, width, right=column.right) + " ", looks.HEADER))
    return line


def row_line(row: Row | None, columns: Sequence[Column], widths: Sequence[int], ground: Style, *, marks: str) -> Line:
    """Return the line of ``row`` (None: not loaded yet) on ``ground``; ``marks``: cursor sign and mark, a cell each."""
    if row is None:
        blank = " " * max(0, sum(width + 1 for width in widths if width) - 2)
        return [Segment("  …", looks.QUIET + ground), Segment(blank, ground)]
    line = [Segment(marks[0], looks.SKY + ground), Segment(marks[1], looks.MARKED + ground)]
    for cell, column, width in zip(row.cells, columns, widths, strict=False):
        if width:
            text, style = cell if isinstance(cell, tuple) else (cell, row.style or looks.TEXT)
            line.append(Segment(_aligned(text, width, right=column.right) + " ", style + ground))
    return line


def thumb(top: int, rows_high: int, total: int) -> range:
    """Return the lines of the scroll thumb where ``rows_high`` of ``total`` rows are shown, from ``top`` on."""
    if total <= rows_high or rows_high <= 0:
        return range(0)
    size = max(1, rows_high * rows_high // total)
    start = (rows_high - size) * top // max(1, total - rows_high)
    return range(start, start + size)


def nothing_fits(narrowed_to: str, kind: str) -> str:
    """Return the words for an empty list: nothing of ``kind`` matches the filter, and how to remove the filter."""
    return t("ui.table.nothing_fits", filter=narrowed_to, kind=kind)


def _aligned(text: str, width: int, *, right: bool) -> str:
    if not right:
        return fit(text, width)
    short = cut(text, width)
    return " " * (width - cell_len(short)) + short

"""What a list shows: its columns, its rows, and both as lines of a given width."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from floorctl.i18n import t
from floorctl.text import cut, fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg


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

    @property
    def faded(self) -> "Row":
        """The same cells as of something that is gone."""
        return Row(self.id, tuple((cell if isinstance(cell, str) else cell[0], looks.FAINT) for cell in self.cells))


def column_widths(columns: Sequence[Column], width: int) -> list[int]:
    """The cells of each of ``columns`` in ``width``: what is left over is shared, what is missing is taken away."""
    spare = width - sum(column.width + 1 for column in columns)
    weights = sum(column.grow for column in columns)
    widths = [
        max(1, column.width + (spare * column.grow // weights if weights and spare > 0 else 0)) for column in columns
    ]
    for _ in range(-spare):  # the widest of those that grow give first, a cell at a time
        at = max(range(len(widths)), key=lambda n: (widths[n] > 4, columns[n].grow > 0, widths[n]))
        widths[at] = max(1, widths[at] - 1)
    return widths


def header(columns: Sequence[Column], widths: Sequence[int], marked: int) -> Line:
    """The titles, behind the number of rows that are marked."""
    line = [seg(fit(f"{marked}" if marked else "", 2), looks.MARKED)]
    for column, width in zip(columns, widths, strict=True):
        line.append(seg(_aligned(column.title, width, right=column.right) + " ", looks.HEADER))
    return line


def row_line(row: Row | None, columns: Sequence[Column], widths: Sequence[int], ground: Style, *, marks: str) -> Line:
    """``row`` (None: not loaded yet) on ``ground``, behind ``marks``: the cursor's sign and the mark, a cell each."""
    if row is None:
        blank = " " * max(0, sum(widths) + len(widths) - 2)
        return [Segment("  …", looks.QUIET + ground), Segment(blank, ground)]
    line = [Segment(marks[0], looks.SKY + ground), Segment(marks[1], looks.MARKED + ground)]
    for cell, column, width in zip(row.cells, columns, widths, strict=False):
        text, style = cell if isinstance(cell, tuple) else (cell, row.style or looks.TEXT)
        line.append(Segment(_aligned(text, width, right=column.right) + " ", style + ground))
    return line


def thumb(top: int, rows_high: int, total: int) -> range:
    """The lines of ``rows_high`` on which the mark of the place in a list of ``total`` rows stands."""
    if total <= rows_high or rows_high <= 0:
        return range(0)
    size = max(1, rows_high * rows_high // total)
    start = (rows_high - size) * top // max(1, total - rows_high)
    return range(start, start + size)


def nothing_fits(narrowed_to: str, kind: str) -> str:
    """That there is nothing of this kind that fits, what was asked for, and how to see everything again."""
    return t("ui.table.nothing_fits", filter=narrowed_to, kind=kind)


def _aligned(text: str, width: int, *, right: bool) -> str:
    if not right:
        return fit(text, width)
    short = cut(text, width)
    return " " * (width - cell_len(short)) + short

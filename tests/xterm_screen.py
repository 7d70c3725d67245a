"""A terminal without a window: what was written to it, cell by cell."""

import re
from functools import lru_cache

import pyte
from pyte.screens import Char

Cells = list[list[Char]]


class XtermScreen(pyte.Screen):
    """A screen on which half of a double-width character is never left standing."""

    def draw(self, data: str) -> None:
        """Write ``data``; a character of which it covers one half only is gone, and its other half is blank."""
        y, x = self.cursor.y, self.cursor.x
        line = self.buffer[y]
        if 0 < x < self.columns and line[x].data == "":
            line[x - 1] = line[x - 1]._replace(data=" ")
        super().draw(data)
        line, x = self.buffer[self.cursor.y], self.cursor.x
        if x < self.columns and (self.cursor.y, x) != (y, 0) and line[x].data == "":
            line[x] = line[x]._replace(data=" ")

    def cells(self) -> Cells:
        """Every cell with its colours; a double-width character is followed by a cell without text."""
        return [[self.buffer[row][column] for column in range(self.columns)] for row in range(self.lines)]


_ROW = re.compile(r"\x1b\[(\d+);1H")


@lru_cache(maxsize=4096)
def _row(written: str, columns: int) -> tuple[Char, ...]:
    """The cells of a line on which only this was written. Most lines are what they were a step before."""
    screen = XtermScreen(columns, 1)
    pyte.Stream(screen).feed(written)
    return tuple(screen.cells()[0])


def rows(repaint: str, columns: int) -> dict[int, tuple[Char, ...]]:
    """The cells of each line that a full repaint writes."""
    found = {}
    for line in repaint.split("\n"):
        start = _ROW.match(line)
        assert start is not None, line[:40]
        found[int(start[1]) - 1] = _row(line[start.end() :], columns)
    return found


def differing_lines(shown: Cells, wanted: Cells) -> list[str]:
    """A sentence for each line that differs: the columns, and the text of both."""
    found = []
    for row, (left, right) in enumerate(zip(shown, wanted, strict=True)):
        columns = [at for at, (one, other) in enumerate(zip(left, right, strict=True)) if one != other]
        if columns:
            one, other = ("".join(cell.data for cell in line).rstrip() for line in (left, right))
            at = columns[0]
            found.append(f"row {row} columns {columns}\n shown {one!r}\n wanted {other!r}\n {left[at]}\n {right[at]}")
    return found

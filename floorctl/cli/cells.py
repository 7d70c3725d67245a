"""Writes worksheets within Excel's limits, and marks what had to be cut.

xlsxwriter leaves out what does not fit and only returns a code, so all cells are written through this module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from floorctl.i18n import t

#: Rows of a worksheet including its head, and characters of a cell as Excel counts them (UTF-16 units).
MOST_ROWS, LONGEST_CELL = 1_048_576, 32_767
_LONGEST_NAME = 31
#: The first year of a spreadsheet's calendar.
_FIRST_YEAR = 1900


def is_too_long(text: str) -> bool:
    """Whether ``text`` is too long for a cell."""
    return 2 * len(text) > LONGEST_CELL and len(text.encode("utf-16-le", "replace")) > 2 * LONGEST_CELL


class Cells:
    """Writes cells into worksheets. ``cut``: the number of texts that were shortened, each with a mark in the cell."""

    def __init__(self) -> None:
        self.cut = 0

    def text(self, page: Any, row: int, column: int, text: str, shown: Any = None) -> None:
        """Write a text as a string, never as a number or formula."""
        if is_too_long(text):
            self.cut += 1
            text = _shortened(text)
        _done(page.write_string(row, column, text, shown))

    def number(self, page: Any, row: int, column: int, number: float, shown: Any = None) -> None:
        """Write a number."""
        _done(page.write_number(row, column, number, shown))

    def time(self, page: Any, row: int, column: int, time: datetime, shown: Any = None) -> None:
        """Write a time without zone; as a text where it is before a spreadsheet's calendar."""
        if time.year < _FIRST_YEAR:
            self.text(page, row, column, time.isoformat(" "), shown)
        else:
            _done(page.write_datetime(row, column, time, shown))


class Pages:
    """Distributes rows over as many worksheets as they need, named ``name``, ``name (2)`` and so on."""

    def __init__(self, book: Any, name: str, begin: Callable[[Any], None], columns: int) -> None:
        """``begin`` writes the head into the first row of a new worksheet."""
        self._book, self._name, self._begin, self._columns = book, name, begin, columns
        self.count = 0
        self._add()

    def next(self) -> tuple[Any, int]:
        """Return the worksheet and the row number for the next row."""
        if self._at == MOST_ROWS - 1:
            self.end()
            self._add()
        self._at += 1
        return self._page, self._at

    def end(self) -> None:
        """Add a filter to the worksheet's head."""
        self._page.autofilter(0, 0, self._at, self._columns - 1)

    def _add(self) -> None:
        self.count += 1
        behind = f" ({self.count})" if self.count > 1 else ""
        self._page = self._book.add_worksheet(self._name[: _LONGEST_NAME - len(behind)] + behind)
        self._at = 0
        self._begin(self._page)


def _shortened(text: str) -> str:
    longest_mark = t("export.cut_here", rest=len(text))
    raw = text.encode("utf-16-le", "replace")[: 2 * (LONGEST_CELL - len(longest_mark))]
    kept = raw.decode("utf-16-le", "ignore")  # drop half a character at the end
    return kept + t("export.cut_here", rest=len(text) - len(kept))


def _done(code: int) -> None:
    if code:
        raise ValueError(f"xlsxwriter left a cell out: {code}")

"""What a worksheet holds at most, and how more than that is written: nothing is lost without a word.

xlsxwriter leaves out what does not fit, and tells by a code that it returns; whoever writes a cell writes it from here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from floorctl.i18n import t

#: Rows of a worksheet with its head, and a cell's characters as Excel counts them: one beyond U+FFFF is two.
MOST_ROWS, LONGEST_CELL = 1_048_576, 32_767
_LONGEST_NAME = 31
#: The first year of a spreadsheet's calendar.
_FIRST_YEAR = 1900


def is_too_long(text: str) -> bool:
    """Whether a cell can't hold all of ``text``."""
    return 2 * len(text) > LONGEST_CELL and len(text.encode("utf-16-le", "replace")) > 2 * LONGEST_CELL


class Cells:
    """Writes cells into worksheets. ``cut``: how many texts were longer than a cell, which is marked in each."""

    def __init__(self) -> None:
        self.cut = 0

    def text(self, page: Any, row: int, column: int, text: str, shown: Any = None) -> None:
        """Write a text as a text, whatever it looks like."""
        if is_too_long(text):
            self.cut += 1
            text = _shortened(text)
        _done(page.write_string(row, column, text, shown))

    def number(self, page: Any, row: int, column: int, number: float, shown: Any = None) -> None:
        """Write a number."""
        _done(page.write_number(row, column, number, shown))

    def time(self, page: Any, row: int, column: int, time: datetime, shown: Any = None) -> None:
        """Write a time of no zone; one that is older than a spreadsheet's calendar as a text."""
        if time.year < _FIRST_YEAR:
            self.text(page, row, column, time.isoformat(" "), shown)
        else:
            _done(page.write_datetime(row, column, time, shown))


class Pages:
    """Rows on as many worksheets as they take: the second is called like the first with a (2) behind it."""

    def __init__(self, book: Any, name: str, begin: Callable[[Any], None], columns: int) -> None:
        """``begin`` gives a new worksheet its head, in its first row."""
        self._book, self._name, self._begin, self._columns = book, name, begin, columns
        self.count = 0
        self._add()

    def next(self) -> tuple[Any, int]:
        """The worksheet and the row that come next."""
        if self._at == MOST_ROWS - 1:
            self.end()
            self._add()
        self._at += 1
        return self._page, self._at

    def end(self) -> None:
        """Have the worksheet filtered by its head."""
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
    kept = raw.decode("utf-16-le", "ignore")  # half of a character at the end goes
    return kept + t("export.cut_here", rest=len(text) - len(kept))


def _done(code: int) -> None:
    if code:
        raise ValueError(f"xlsxwriter left a cell out: {code}")

"""Writes an export's rows as a workbook, csv, or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

from floorctl.cli import cells
from floorctl.files.writing import ForArchives
from floorctl.text.numbers import half_up
from floorctl.text.safe import visible

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from floorctl.cli.documents import Shapes
    from floorctl.cli.export.sheets import Field, Value
    from floorctl.floor.floor import Floor

#: Prefixes with which a text is a formula to some spreadsheet.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
#: Matches texts that Excel changes on opening csv: 12 digits and more (2.03E+12), 0123 (123), 12E5, 3-5 (a date).
_ALTERED_BY_EXCEL = re.compile(r"\s*(\d{12,}|0\d+|\d+[Ee]\d+|\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?)\s*", re.ASCII)


@dataclass
class Written:
    """The result of writing.

    ``pages``: number of worksheets; ``cut``: number of texts longer than a cell; ``altered``: titles of csv columns in
    which a spreadsheet would change values; ``too_large``: whether a spreadsheet would not show all of the csv.
    """

    rows: int = 0
    pages: int = 1
    cut: int = 0
    altered: list[str] = field(default_factory=list)
    too_large: bool = False


@dataclass(frozen=True)
class Sheet:
    """The name, the columns and the data source of a workbook or a csv file."""

    name: str
    fields: tuple[Field, ...]
    floor: Floor
    shapes: Shapes

    @property
    def zone(self) -> ZoneInfo:
        """The floor's time zone, in which the file's times are."""
        return self.floor.config.zone

    def row(self, view: Any) -> Iterator[tuple[Field, Value]]:
        """The cells of one row: texts masked and made visible, times in the floor's zone."""
        for each in self.fields:
            value = each.value(self.floor, self.shapes, view)
            if isinstance(value, datetime):
                value = value.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
            if isinstance(value, str):
                value = visible(value, keep_newlines=True)
            yield each, value


def harmless(text: str) -> str:
    """``text`` as a csv cell that no spreadsheet reads as a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def as_csv(target: IO[bytes], sheet: Sheet, views: Iterable[Any]) -> Written:
    """Write the rows as csv, unchanged for programs; the result names the columns that Excel would change."""
    import csv
    from io import TextIOWrapper

    # With a byte order mark, since spreadsheets otherwise decode Chinese wrongly.
    text = TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(each.title) for each in sheet.fields])
    written, altered = Written(), set()
    for view in views:
        row = list(sheet.row(view))
        writer.writerow([_csv_cell(each, value) for each, value in row])
        written.rows += 1
        for each, value in row:
            if isinstance(value, str):
                if _ALTERED_BY_EXCEL.fullmatch(value):
                    altered.add(each.name)
                written.too_large = written.too_large or cells.is_too_long(value)
    text.flush()
    text.detach()
    written.altered = [each.title for each in sheet.fields if each.name in altered]
    written.too_large = written.too_large or written.rows >= cells.MOST_ROWS
    return written


def _csv_cell(each: Field, value: Value) -> str | int | float | None:
    match value:
        case datetime():
            return value.isoformat(" ")
        case str():
            return harmless(value)
        case float() if each.kind == "tenths":
            return float(half_up(value, 1))
    return value


def as_workbook(target: IO[bytes], sheet: Sheet, views: Iterable[Any]) -> Written:
    """Write the rows as a workbook, on as many worksheets as they require."""
    with TemporaryDirectory(prefix="floorctl-", ignore_cleanup_errors=True) as scratch:
        return _workbook(target, sheet, views, scratch)


def _workbook(target: IO[bytes], sheet: Sheet, views: Iterable[Any], scratch: str) -> Written:
    """Write with ``scratch`` for xlsxwriter's temporary files, which the caller removes also after an error."""
    import xlsxwriter

    options = {
        "tmpdir": scratch, "constant_memory": True,
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    written, writer = Written(), cells.Cells()
    with xlsxwriter.Workbook(ForArchives(target), options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#D9E2EC", "text_wrap": True, "valign": "top"})
        formats = {
            "text": book.add_format({"num_format": "@", "valign": "top"}),
            "wrapped": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"}),
            "whole": book.add_format({"num_format": "0", "valign": "top"}),
            "tenths": book.add_format({"num_format": "0.0", "valign": "top"}),
        }

        def begin(page: Any) -> None:
            for at, each in enumerate(sheet.fields):
                page.set_column(at, at, each.width)
                writer.text(page, 0, at, each.title, head)
            page.freeze_panes(1, 0)

        pages = cells.Pages(book, sheet.name, begin, len(sheet.fields))
        for view in views:
            page, row = pages.next()
            written.rows += 1
            for at, (each, value) in enumerate(sheet.row(view)):
                shown = formats[each.kind]
                match value:
                    case None | "":
                        continue
                    case str():
                        writer.text(page, row, at, value, shown)
                    case datetime():
                        writer.time(page, row, at, value, shown)
                    case _:
                        writer.number(page, row, at, value, shown)
        pages.end()
    written.pages, written.cut = pages.count, writer.cut
    return written


def as_json(target: IO[bytes], items: Iterable[dict[str, Any]]) -> Written:
    """Write a JSON list with one item per line."""
    import msgspec

    written = Written()
    for item in items:
        target.write((b",\n" if written.rows else b"[\n") + msgspec.json.encode(item))
        written.rows += 1
    target.write(b"\n]\n" if written.rows else b"[]\n")
    return written

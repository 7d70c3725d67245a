"""Workbooks (xlsx) that people saved: the cells of their sheets as texts.

openpyxl reads far more than cells, and fails if any of it is not as expected: document properties, fonts and fills,
data validation, chart sheets. None of these affects the cells, so they are not read.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import ARC_STYLE, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, iterparse

from floorctl.files.cells import Formula

#: Integers below this are exact: a spreadsheet keeps 15 digits.
_EXACT = 10**15
#: Namespaces of strict workbooks, an option of Excel's, and their usual counterparts.
_STRICT = b"http://purl.oclc.org/ooxml/"
_USUAL = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", SHEET_MAIN_NS.encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
)
#: An escaped control character in a text.
_CONTROL = re.compile(r"_x000[0-9A-Fa-f]_")
#: Numbers of date and time formats that are built into a Chinese Excel.
_CHINESE_DATES = frozenset({*range(27, 37), *range(50, 59)})


class Sheet:
    """One sheet: its name, whether it is hidden, and its rows with their numbers."""

    def __init__(self, name: str, *, hidden: bool, rows: Iterator[tuple[int, list[str]]]) -> None:
        self.name = name
        self.hidden = hidden
        self.rows = rows


def sheets(raw: bytes) -> Iterator[Sheet]:
    """Yield the sheets of a workbook; read a sheet's rows before the next sheet. Raises what openpyxl raises."""
    reader = _Reader(io.BytesIO(_usual(raw)), read_only=True, data_only=True, keep_links=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings about invalid dates
        reader.read()
        for sheet in reader.wb.worksheets:
            yield Sheet(sheet.title, hidden=sheet.sheet_state != "visible", rows=_rows(reader, sheet))
    reader.archive.close()


class _Reader(ExcelReader):  # type: ignore[misc]
    """Reads only those parts of a workbook that its cells depend on."""

    def read(self) -> None:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        self.dates, self.spans, self.percents = self._formats()
        self.read_worksheets()

    def read_chartsheet(self, sheet: object, rel: object) -> None:
        """Skip a chart sheet: it has no cells."""

    def _formats(self) -> tuple[set[int], set[int], set[int]]:
        """Return the indexes of the styles that show a number as a date or time, a duration, or a percentage."""
        dates: set[int] = set()
        spans: set[int] = set()
        percents: set[int] = set()
        if ARC_STYLE not in self.valid_files:
            return dates, spans, percents
        root = fromstring(self.archive.read(ARC_STYLE))
        own = {each.get("numFmtId"): each.get("formatCode", "") for each in root.iter(f"{{{SHEET_MAIN_NS}}}numFmt")}
        for at, style in enumerate(root.iterfind(f"{{{SHEET_MAIN_NS}}}cellXfs/{{{SHEET_MAIN_NS}}}xf")):
            number = style.get("numFmtId", "0")
            code = own.get(number) or BUILTIN_FORMATS.get(int(number)) or ""
            if int(number) in _CHINESE_DATES or is_date_format(code):
                dates.add(at)
            if is_timedelta_format(code):
                spans.add(at)
            if "%" in code:
                percents.add(at)
        return dates, spans, percents


class _Cells(WorkSheetParser):  # type: ignore[misc]
    """Parser of a sheet's rows that ignores everything after them."""

    def __init__(self, percents: set[int], *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._percents = percents

    def parse(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        for _, element in iterparse(self.source):
            if element.tag == ROW_TAG:
                yield self.parse_row(element)
                element.clear()

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        value = cell["value"]
        # A formula whose result is an empty text has the type "str".
        if value is None and element.get("t") != "str" and (formula := element.find(FORMULA_TAG)) is not None:
            cell["value"] = Formula(f"={formula.text or ''}")
        elif cell["style_id"] in self._percents and isinstance(value, (int, float)) and not isinstance(value, bool):
            cell["value"] = f"{value * 100:.15g}%"
        return cell


def _rows(reader: _Reader, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    with sheet._get_source() as source:
        options = {"epoch": reader.wb.epoch, "date_formats": reader.dates, "timedelta_formats": reader.spans}
        for number, cells in _Cells(reader.percents, source, reader.shared_strings, data_only=True, **options).parse():
            row = [""] * max((cell["column"] for cell in cells), default=0)
            for cell in cells:
                row[cell["column"] - 1] = _shown(cell["value"])
            yield number, row


def _shown(value: Any) -> str:
    """Return a cell's value approximately as the spreadsheet shows it; of a formula, its stored result."""
    match value:
        case None:
            return ""
        case Formula():
            return value
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case float():
            return f"{value:.15g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time() | timedelta():
            return str(value)
    return _CONTROL.sub(" ", str(value))


def _usual(raw: bytes) -> bytes:
    """Return ``raw``; a strict workbook with its namespaces replaced by the usual ones."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if _STRICT not in packed.read("xl/workbook.xml"):
            return raw
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name in packed.namelist():
                part = packed.read(name)
                if name.endswith((".xml", ".rels")):
                    for strict, usual in _USUAL:
                        part = part.replace(strict, usual)
                made.writestr(name, part)
    return out.getvalue()

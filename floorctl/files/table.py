"""Tables from files that people saved: csv of any office program, or a workbook; the header is searched for.

Rows and columns are named as in a spreadsheet: rows are counted from 1, empty ones included; columns are letters. Rows
above the header and below the table are returned apart, so that the caller can report that they were ignored.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from floorctl.errors import UsageError
from floorctl.files.text import content, decoded
from floorctl.i18n import t

LARGEST = 16 * 1024 * 1024
#: Limit of a workbook's unpacked size in bytes: a small file may unpack to any size.
_LARGEST_UNPACKED = 256 * 1024 * 1024
#: The header is searched for in this many non-empty rows.
_HEADER_WITHIN = 50
_DELIMITERS = (",", ";", "\t", "，", "；", "|")
#: Quotation marks around cells, and whether a blank may precede them.
_QUOTES = (('"', False), ('"', True), ("'", True))
#: A first line that some programs write for Excel, which does not count it as a row; some append the columns'
#: delimiters.
_SEPARATOR = re.compile(r'"?sep=(\\t|.)"?[ \t,;]*(?:\r\n|\r|\n)', re.IGNORECASE)
_BLANK = r"[\s\u200b-\u200f\u2060]+"
_AROUND = re.compile(f"^{_BLANK}|{_BLANK}$")
_WITHIN = re.compile(_BLANK)
#: A csv text that a spreadsheet must not read as a number: ``="0123"``.
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
#: A csv text that a spreadsheet must not read as a formula or number: ``'=1``, ``'0123``.
_QUOTED = re.compile(r"'(?=\s*[=+\-@＝＋－＠]|[\d.]+$)")


#: First bytes of other formats that people take for tables, and the members by which packed formats are recognised.
_STARTS = {
    b"%PDF": "pdf", b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture", b"{\\rtf": "word",
    b"\x1f\x8b": "zip", b"Rar!\x1a\x07": "zip", b"7z\xbc\xaf\x27\x1c": "zip", b"PK\x05\x06": "zip",
    b"MIME-Version:": "web",
}  # fmt: skip
_PARTS = {
    "xl/workbook.bin": "xlsb", "content.xml": "ods", "word/document.xml": "word", "ppt/presentation.xml": "slides",
    "Index/Document.iwa": "numbers", "Index.zip": "numbers",
}  # fmt: skip
_MARKUP = ("<!doctype", "<html", "<?xml", "<table", "<meta", "<style", "mime-version:")
#: Formats that no spreadsheet can convert to a table.
_NO_TABLES = frozenset({"word", "slides", "pdf", "picture"})


class Row(NamedTuple):
    """A non-empty row: its number, and its cells without surrounding blanks."""

    number: int
    cells: tuple[str, ...]

    def cell(self, at: int | None) -> str:
        """Return the cell at index ``at``; empty if the row is shorter or ``at`` is None."""
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    @property
    def text(self) -> str:
        """The row's cells on one line."""
        return " ".join(_WITHIN.sub(" ", cell) for cell in self.cells if cell)


class Table(NamedTuple):
    """A header with the rows above and below it; ``others``: other sheets of the workbook with such a header."""

    sheet: str
    above: tuple[Row, ...]
    header: Row
    below: tuple[Row, ...]
    others: tuple[str, ...]


class _Sheet(NamedTuple):
    name: str
    rows: tuple[Row, ...]
    hidden: bool = False


def letters(at: int) -> str:
    """Return the letters of the column at ``at``, counted from 0: A, …, Z, AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def folded(text: str) -> str:
    """Return ``text`` in the form in which column names are compared: NFKC, without blanks, case-folded."""
    return _WITHIN.sub("", normalize("NFKC", text)).casefold()


def read(path: Path, known: Callable[[str], bool]) -> Table:
    """Read the table of a file; ``known``: whether a ``folded`` text is the name of a column.

    The header is the row with the most column names (the first of several), or the first row if none has any.

    Raises:
        UsageError: see ``floorctl.files.text``; ``error.csv_empty``; ``error.csv_malformed``; ``error.file_is_…``:
            another format, which is named; ``error.workbook_damaged``.
    """

    def names(row: Row) -> int:
        return sum(known(folded(cell)) for cell in row.cells if cell)

    def header(sheet: _Sheet) -> int:
        return max(map(names, sheet.rows[:_HEADER_WITHIN]), default=0)

    raw = content(path, LARGEST)
    sheets = _workbook(raw, path) if raw.startswith(b"PK\x03\x04") else [_csv(raw, path, names)]
    sheets = [each for each in sheets if each.rows]
    if not sheets:
        raise UsageError("error.csv_empty")
    name_counts = {sheet.name: header(sheet) for sheet in sheets}
    best = max(name_counts.values())
    fit = [each for each in sheets if name_counts[each.name] * 2 > best] or sheets
    fit = [each for each in fit if not each.hidden] or fit
    sheet = fit[0]
    at = next((at for at, row in enumerate(sheet.rows) if names(row) == name_counts[sheet.name]), 0) if best else 0
    others = tuple(each.name for each in fit[1:]) if best else ()
    first, head, last = _whole_header(sheet.rows, at, known)
    return Table(sheet.name, sheet.rows[:first], head, sheet.rows[last + 1 :], others)


def _whole_header(rows: Sequence[Row], at: int, known: Callable[[str], bool]) -> tuple[int, Row, int]:
    """Return the header at ``at``, merged with names from the row above or below, as merged cells leave them.

    The row below is merged only if it contains nothing but column names: otherwise it may be a row of the table.
    """

    def is_name(cell: str) -> bool:
        return known(folded(cell))

    def with_names_of(other: Row) -> Row:
        width = max(len(header.cells), len(other.cells))
        cells = [(header.cell(each), other.cell(each)) for each in range(width)]
        return Row(header.number, tuple(two if is_name(two) and not is_name(one) else one for one, two in cells))

    header = rows[at]
    first = last = at
    if at and any(is_name(cell) for cell in rows[at - 1].cells):
        header, first = with_names_of(rows[at - 1]), at - 1
    if at + 1 < len(rows) and rows[at + 1].cells != rows[at].cells:
        names = [cell for cell in rows[at + 1].cells if cell]
        if all(map(is_name, names)):
            header, last = with_names_of(rows[at + 1]), at + 1
    return first, header, last


def _rows(numbered_rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Row]:
    for number, cells in numbered_rows:
        # Subclasses of str (``Formula``) are kept as they are.
        trimmed = [cell if type(cell) is not str else _AROUND.sub("", cell) for cell in cells]
        while trimmed and not trimmed[-1]:
            trimmed.pop()
        if trimmed:
            yield Row(number, tuple(trimmed))


# -- csv


def _csv(raw: bytes, path: Path, names: Callable[[Row], int]) -> _Sheet:
    if (other := _other_kind(raw)) is not None:
        raise _is_other(other, path)
    text = decoded(raw, path)
    if _is_markup(text):
        raise _is_other("web", path)
    delimiters: tuple[str, ...] = _DELIMITERS
    if (said := _SEPARATOR.match(text)) is not None:
        text = text[said.end() :]
        delimiters = ("\t" if said[1] == "\\t" else said[1], *_DELIMITERS)

    def fits(form: tuple[str, tuple[str, bool]]) -> int:
        most = 0
        try:
            for _, row in zip(range(_HEADER_WITHIN), _parsed(text, *form), strict=False):
                most = max(most, names(row))
        except UsageError:
            pass  # reported later, for the form that is chosen
        return most

    usual, other = (max(product(delimiters, quotes), key=fits) for quotes in (_QUOTES[:1], _QUOTES[1:]))
    # An unclosed quotation mark may precede the single name that is found without quoting: a margin of one.
    return _Sheet("", tuple(_parsed(text, *(other if fits(other) > fits(usual) + 1 else usual))))


def _parsed(text: str, delimiter: str, quotes: tuple[str, bool]) -> Iterator[Row]:
    quote, blanks = quotes
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=blanks, strict=True)

    def records() -> Iterator[list[str]]:
        begins = 1
        try:
            for cells in reader:
                yield [_unquoted(cell) for cell in cells]
                begins = reader.line_num + 1
        except csv.Error as error:
            words = str(error)
            why = "unclosed" if "unexpected end" in words else "long" if "limit" in words else "quotes"
            raise UsageError("error.csv_malformed", line=begins, reason=t(f"import.malformed.{why}")) from error

    return _rows(enumerate(records(), 1))


def _unquoted(cell: str) -> str:
    if not cell.startswith(("=", "'")):
        return cell
    if (text := _AS_TEXT.fullmatch(cell)) is not None:
        return text[1].replace('""', '"')
    return _QUOTED.sub("", cell, count=1) if _QUOTED.match(cell) else cell


def _other_kind(raw: bytes) -> str | None:
    """Return the format of a file that is neither csv nor xlsx, recognised by its first bytes; else None."""
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        streams = {"EncryptedPackage": "locked", "WordDocument": "word", "PowerPoint Document": "slides"}
        return next((kind for name, kind in streams.items() if name.encode("utf-16-le") in raw), "xls")
    return next((kind for start, kind in _STARTS.items() if raw.startswith(start)), None)


def _is_markup(text: str) -> bool:
    return text[:400].lstrip().lower().startswith(_MARKUP)


def _is_other(kind: str, path: Path) -> UsageError:
    """Return the error for a file of another ``kind``, with what can be done about it."""
    if kind == "locked":
        return UsageError("error.file_is_locked", path=path)
    if kind == "zip":
        return UsageError("error.file_is_packed", path=path)
    key = "error.file_is_no_table" if kind in _NO_TABLES else "error.file_is_other"
    return UsageError(key, path=path, kind=t(f"import.kind.{kind}"))


# -- workbooks


def _workbook(raw: bytes, path: Path) -> list[_Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            names = set(packed.namelist())
            size = sum(each.file_size for each in packed.infolist())
            locked = any(each.flag_bits & 1 for each in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError("error.workbook_damaged", path=path) from error
    if size > _LARGEST_UNPACKED:
        raise UsageError("error.file_too_large", path=path, limit=f"{_LARGEST_UNPACKED >> 20} MiB")
    if "xl/workbook.xml" not in names:
        raise _is_other(next((kind for name, kind in _PARTS.items() if name in names), "zip"), path)
    if locked:
        raise _is_other("locked", path)
    from floorctl.files import workbook

    try:
        return [_Sheet(each.name, tuple(_rows(each.rows)), each.hidden) for each in workbook.sheets(raw)]
    except Exception as error:  # openpyxl raises any exception on a damaged file
        raise UsageError("error.workbook_damaged", path=path) from error

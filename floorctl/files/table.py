"""Tables that people save: csv of any office program, or a workbook; rows are found where their header is.

Rows and columns are called as a spreadsheet calls them: rows are counted from 1 with the empty ones, columns are
letters. What stands above the header and below the rows is kept apart, so that it can be said that it was not taken.
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
#: Bytes of a workbook when it is unpacked: a small file may hold endless ones.
_LARGEST_UNPACKED = 256 * 1024 * 1024
#: Rows that are not empty among which the header is looked for.
_HEADER_WITHIN = 50
_DELIMITERS = (",", ";", "\t", "，", "；", "|")
#: What cells with a delimiter in them may stand in, and whether a blank may stand before it.
_QUOTES = (('"', False), ('"', True), ("'", True))
#: What some programs write first for Excel, which does not count it as a row; others add the delimiters of the columns.
_SEPARATOR = re.compile(r'"?sep=(\\t|.)"?[ \t,;]*(?:\r\n|\r|\n)', re.IGNORECASE)
_BLANK = r"[\s\u200b-\u200f\u2060]+"
_AROUND = re.compile(f"^{_BLANK}|{_BLANK}$")
_WITHIN = re.compile(_BLANK)
#: A text of csv that a spreadsheet shall take for a text, not for a number: ``="0123"``.
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
#: Or for a text, not for a formula: ``'=1``, ``'0123``.
_QUOTED = re.compile(r"'(?=\s*[=+\-@＝＋－＠]|[\d.]+$)")


#: How files begin that are given for a table, and the parts by which packed ones are told.
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
#: What no spreadsheet makes a table of.
_NO_TABLES = frozenset({"word", "slides", "pdf", "picture"})


class Row(NamedTuple):
    """A row that is not empty: its number, and its cells without blanks around them."""

    number: int
    cells: tuple[str, ...]

    def cell(self, at: int | None) -> str:
        """A cell, empty where the row is shorter."""
        return self.cells[at] if at is not None and at < len(self.cells) else ""

    @property
    def text(self) -> str:
        """What the row says, on one line."""
        return " ".join(_WITHIN.sub(" ", cell) for cell in self.cells if cell)


class Table(NamedTuple):
    """A header and what stands around it; ``others``: sheets of the workbook that have such a header too."""

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
    """The letters of the column at ``at``, counted from 0: A, …, Z, AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def folded(text: str) -> str:
    """``text`` as names of columns are compared: without blanks and line ends, full-width forms and case."""
    return _WITHIN.sub("", normalize("NFKC", text)).casefold()


def read(path: Path, known: Callable[[str], bool]) -> Table:
    """The table of a file; ``known``: whether a ``folded`` text is the name of a column.

    The header is the row that names most columns, the first of several, or the first row where none names any.

    Raises:
        UsageError: what ``floorctl.files.text`` says; ``error.csv_empty``; ``error.csv_malformed``;
            ``error.file_is_…``: a format that is named; ``error.workbook_damaged``.

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
    found = {sheet.name: header(sheet) for sheet in sheets}
    best = max(found.values())
    fit = [each for each in sheets if found[each.name] * 2 > best] or sheets
    fit = [each for each in fit if not each.hidden] or fit
    sheet = fit[0]
    at = next((at for at, row in enumerate(sheet.rows) if names(row) == found[sheet.name]), 0) if best else 0
    others = tuple(each.name for each in fit[1:]) if best else ()
    first, head, last = _whole_header(sheet.rows, at, known)
    return Table(sheet.name, sheet.rows[:first], head, sheet.rows[last + 1 :], others)


def _whole_header(rows: Sequence[Row], at: int, known: Callable[[str], bool]) -> tuple[int, Row, int]:
    """The header whose most names stand at ``at``, with those of a row above or below: cells over both are merged.

    The row below must have nothing but names in it: it could be one of the table's.
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


def _rows(found: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Row]:
    for number, cells in found:
        # What is more than a text (a formula) stays it.
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
            pass  # what is wrong is said of the form that is chosen
        return most

    usual, other = (max(product(delimiters, quotes), key=fits) for quotes in (_QUOTES[:1], _QUOTES[1:]))
    # A quotation mark that is not closed may stand before the one name that is found without it.
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
    """What people save a table as beside csv and xlsx, told by how it begins."""
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        streams = {"EncryptedPackage": "locked", "WordDocument": "word", "PowerPoint Document": "slides"}
        return next((kind for name, kind in streams.items() if name.encode("utf-16-le") in raw), "xls")
    return next((kind for start, kind in _STARTS.items() if raw.startswith(start)), None)


def _is_markup(text: str) -> bool:
    return text[:400].lstrip().lower().startswith(_MARKUP)


def _is_other(kind: str, path: Path) -> UsageError:
    """That the file is of another ``kind``, with what can be done about that."""
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
    except Exception as error:  # it raises whatever the file makes it stumble over
        raise UsageError("error.workbook_damaged", path=path) from error

"""What a spreadsheet can not hold, or would show as something else: on the next sheet, or marked and said."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from floorctl.cli import cells
from floorctl.cli.export.files import Sheet, Written, as_csv, as_workbook
from floorctl.cli.export.sheets import Field
from tests.cli.shell import Shell
from tests.scope import FULL

FIELDS = (
    Field("number", "text", 16, lambda _f, _s, view: view[0]),
    Field("content", "wrapped", 16, lambda _f, _s, view: view[1]),
    Field("due", "time", 16, lambda _f, _s, view: view[2] if len(view) > 2 else None),
    Field("returns", "whole", 16, lambda _f, _s, view: view[3] if len(view) > 3 else None),
)


def sheet(name: str = "工单") -> Sheet:
    floor: Any = SimpleNamespace(config=SimpleNamespace(zone=ZoneInfo("Asia/Shanghai")))
    shapes: Any = None
    return Sheet(name, FIELDS, floor, shapes)


def workbook(views: Any, name: str = "工单") -> tuple[Written, Any]:
    from openpyxl import load_workbook

    out = io.BytesIO()
    written = as_workbook(out, sheet(name), views)
    return written, load_workbook(out)


def text_csv(*views: tuple[Any, ...]) -> tuple[Written, list[list[str]]]:
    out = io.BytesIO()
    written = as_csv(out, sheet(), views)
    return written, list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))


def numbers(page: Any) -> list[Any]:
    return [row[0] for row in page.iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize(("rows", "pages"), [(0, [0]), (4, [4]), (5, [4, 1]), (8, [4, 4]), (9, [4, 4, 1])])
def test_rows_beyond_a_sheet_are_on_the_next_with_a_head_and_a_filter_of_its_own(
    rows: int, pages: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MOST_ROWS", 5)
    written, book = workbook([(str(at), "x") for at in range(rows)], "工" * 31)
    assert (written.rows, written.pages) == (rows, len(pages))
    names = ["工" * 31, *(f"{'工' * 27} ({at})" for at in range(2, len(pages) + 1))]
    assert book.sheetnames == names
    assert [len(numbers(page)) for page in book] == pages
    assert [each for page in book for each in numbers(page)] == [str(at) for at in range(rows)]
    for page in book:
        assert page.cell(1, 1).value == "编号" and page.freeze_panes == "A2"
        assert page.auto_filter.ref == f"A1:D{page.max_row}"
        assert page.column_dimensions["A"].width >= 16


@pytest.mark.parametrize("text", ["长" * 32_767, "a" * 32_767, "𠮷" * 16_383 + "x", ""])
def test_a_text_as_long_as_a_cell_is_whole(text: str) -> None:
    written, book = workbook([("1", text)])
    assert written.cut == 0 and (book.active.cell(2, 2).value or "") == text


@pytest.mark.parametrize("text", ["长" * 32_768, "𠮷" * 16_384, "a" + "𠮷" * 20_000, "x\n" * 40_000])
def test_a_longer_text_is_cut_between_characters_says_how_much_and_is_counted(text: str) -> None:
    written, book = workbook([("1", text), ("2", "short"), ("3", text)])
    assert written.cut == 2
    shown = book.active.cell(2, 2).value
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767
    kept, mark, rest = shown.rpartition("…〔以下 ")
    assert mark and text.startswith(kept) and f"{len(text) - len(kept)} 字未写入〕" == rest
    assert book.active.cell(3, 2).value == "short"
    (_, *rows) = text_csv(("1", text))[1]
    assert rows[0][1] == text, "csv holds it whole"


def test_long_numbers_are_texts_in_a_workbook_and_said_of_csv() -> None:
    given = ["2026030500012", "13812345678", "11010519491231002X", "110105194912310021", "0571", "12E5", "3-5", "A-1"]
    written, book = workbook([(each, "x") for each in given])
    assert numbers(book.active) == given
    assert {row[0].data_type for row in book.active.iter_rows(min_row=2)} == {"s"}
    assert {row[0].number_format for row in book.active.iter_rows(min_row=2)} == {"@"}
    assert written.altered == []
    for each in given:
        expected = ["编号"] if each not in ("13812345678", "11010519491231002X", "A-1") else []
        written, (_, row) = text_csv((each, "x"))
        assert (written.altered, row[0]) == (expected, each), "csv stays what programs read"


def test_csv_says_what_a_spreadsheet_would_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_ROWS", 4)
    assert not text_csv(*[("1", "x")] * 3)[0].too_large
    assert text_csv(*[("1", "x")] * 4)[0].too_large
    assert text_csv(("1", "长" * 32_768))[0].too_large


def test_what_is_no_xml_no_time_of_a_spreadsheet_or_no_formula_is_a_text() -> None:
    old = datetime(1899, 12, 31, tzinfo=UTC)
    texts = ["\x00\x1b[31m", "\ufffe\uffff", "\ud800", "_x0041_", "=1+1", "http://a.invalid/" + "b" * 2100, "a\r\nb"]
    _written, book = workbook([("1", each, old, 7) for each in texts])
    shown = [row[1].value for row in book.active.iter_rows(min_row=2)]
    assert shown[0] == "␀␛[31m" and shown[1:3] == ["<FFFE><FFFF>", "<D800>"] and shown[-1] == "a\nb"
    assert shown[4:6] == texts[4:6] and all(each.data_type == "s" for each in book.active["B"])
    from openpyxl.utils.escape import unescape

    assert unescape(shown[3]) == "_x0041_"
    assert str(book.active.cell(2, 3).value).startswith("1899-12-31") and book.active.cell(2, 4).value == 7


def test_more_links_than_a_sheet_may_have_are_texts_and_no_links() -> None:
    out = io.BytesIO()
    written = as_workbook(out, sheet(), ((f"http://a.invalid/{at}", "x") for at in range(65_600)))
    assert written.rows == 65_600
    with zipfile.ZipFile(out) as packed:
        page = packed.read("xl/worksheets/sheet1.xml")
        assert page.count(b"http://a.invalid/") == 65_600 and b"<hyperlink" not in page
        assert not [name for name in packed.namelist() if "rels" in name and "worksheets" in name]


@pytest.mark.skipif(not FULL, reason="ten seconds; with FLOORCTL_FAULTS=full")
def test_a_real_sheets_last_row_is_followed_by_the_next_sheet() -> None:
    out = io.BytesIO()
    written = as_workbook(out, sheet(), ((str(at), None) for at in range(cells.MOST_ROWS + 1)))
    assert (written.rows, written.pages) == (1_048_577, 2)
    with zipfile.ZipFile(out) as packed:
        found = [packed.read(f"xl/worksheets/sheet{at}.xml") for at in (1, 2)]
    assert [page.count(b"<row ") for page in found] == [1_048_576, 3]
    assert b">1048576<" in found[1], "the last"


def test_the_commands_say_what_did_not_fit(synced: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = synced.json("orders", "--limit", "1")["total"]
    ended = synced("export", "orders", str(tmp_path / "a.csv"))
    assert ended.returncode == 0 and "2.03E+12" in ended.stderr and "Number" in ended.stderr
    assert synced("export", "orders", str(tmp_path / "b.csv"), "-q").stderr == ""
    assert "2.03E+12" not in synced("export", "orders", str(tmp_path / "a.xlsx")).stderr
    monkeypatch.setattr(cells, "LONGEST_CELL", 60)
    monkeypatch.setattr(cells, "MOST_ROWS", 1 + total // 2)
    for what, file in (("orders", "c.xlsx"), ("orders", "c.csv")):
        ended = synced("export", what, str(tmp_path / file), "-q")
        said = "were cut" if file.endswith("xlsx") else "Excel can hold"
        assert ended.returncode == 0 and said in ended.stderr
    assert "worksheets" in synced("export", "orders", str(tmp_path / "d.xlsx")).stderr
    monkeypatch.setattr(cells, "LONGEST_CELL", 40)
    ended = synced("inspect", "export", str(tmp_path / "quality.xlsx"))
    assert ended.returncode == 0 and "more than 40 characters" in ended.stderr
    with zipfile.ZipFile(tmp_path / "quality.xlsx") as packed:
        assert b"more characters not written" in packed.read("xl/sharedStrings.xml")
    monkeypatch.undo()
    assert "cut" not in synced("inspect", "export", str(tmp_path / "whole.xlsx")).stderr

"""Scores that an office's programs saved: the same scores whatever they make of a file, and what is odd is placed."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from floorctl.errors import UsageError
from floorctl.files.table import letters
from floorctl.floor.quality.score_file import Checked
from floorctl.i18n import language, use_language
from tests.quality_stage import QualityStage

HEADER = ["样本", "开头语", "倾听", "一次性告知", "说明:open", "说明:once", "致命差错", "说明"]
SCORES = [["sm-1", "4", "8", "10", "", "", "", "好，很好"], ["sm-2", "3", "8", "-", "没报“工号”", "只是咨询", "", ""]]
TABLE = [HEADER, *SCORES]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[QualityStage]:
    stage = QualityStage(tmp_path)
    yield stage
    stage.floor.close()


@pytest.fixture
def check(stage: QualityStage, tmp_path: Path) -> Callable[[bytes | str], Checked]:
    def checked(content: bytes | str, name: str = "scores.csv") -> Checked:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return stage.floor.scoring.check_scores(path)

    return checked


Check = Callable[[bytes | str], Checked]


def text(rows: Sequence[Sequence[Any]], delimiter: str = ",", ends: str = "\r\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ends).writerows(rows)
    return out.getvalue()


def workbook(*sheets: Sequence[Sequence[Any]], hidden: Sequence[int] = (), merged: str = "") -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for at, rows in enumerate(sheets):
        sheet = book.create_sheet(f"表{at + 1}")
        for row in rows:
            sheet.append(row)
        if at in hidden:
            sheet.sheet_state = "hidden"
        if merged:
            sheet.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def is_the_table(checked: Checked) -> bool:
    assert checked.wrong == ()
    first, second = (row.form for row in checked.good)
    assert (first.sample_id, second.sample_id) == ("sm-1", "sm-2")
    assert [first.points[each] for each in ("open", "listen", "once")] == [4, 8, 10]
    assert [second.points[each] for each in ("open", "listen", "once")] == [3, 8, None]
    return (first.comment, second.comments["open"]) == ("好，很好", "没报“工号”")


def refused(check: Check, content: bytes | str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        check(content)
    return caught.value


# -- what programs save


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_the_same_scores_come_out_of_whatever_a_program_saves(
    check: Check, delimiter: str, encoding: str, ends: str
) -> None:
    assert is_the_table(check(text(TABLE, delimiter, ends).encode(encoding)))


@pytest.mark.parametrize("delimiter", [";", "\t", ",", "^"])
def test_a_line_that_names_the_separator_is_no_row(check: Check, delimiter: str) -> None:
    rows = [*TABLE, ["sm-9", "4", "8", "10"]]
    for said in (f"sep={delimiter}\r\n", f'"sep={delimiter}"\n', f"\ufeff\ufeffSEP={delimiter}\r\n"):
        checked = check(said + text(rows, delimiter))
        assert [(each.line, each.column) for each in checked.wrong] == [(4, "A")]
        assert is_the_table(check(said + text(TABLE, delimiter)))


@pytest.mark.parametrize("said", ["sep=\\t\r\n", "sep=;\n", "sep=\t\t\t\t\r\n"])
def test_a_separator_that_is_not_the_one_in_use_costs_nothing(check: Check, said: str) -> None:
    assert is_the_table(check(said + text(TABLE, "\t")))
    assert check(said + text(TABLE, "\t")).left == ()


def test_cells_may_stand_in_single_quotes_and_behind_blanks(check: Check) -> None:
    for delimiter in (";", ", ", "\t"):
        for quote in ("'", '"'):
            lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in TABLE]
            assert is_the_table(check("\n".join(lines)))
    apostrophe = check(text([HEADER, ["sm-1", "4", "8", "10", "", "", "", "'tis fine"]]))
    assert [row.form.comment for row in apostrophe.good] == ["'tis fine"]


EMPTY: dict[str, Callable[[list[str]], list[str]]] = {
    "columns behind": lambda row: [*row, "", "", ""],
    "columns before": lambda row: ["", " ", *row],
    "columns between": lambda row: [cell for each in row for cell in (each, "\u3000")],
}


@pytest.mark.parametrize("where", EMPTY)
def test_empty_columns_and_rows_are_nothing_wherever_they_stand(check: Check, where: str) -> None:
    rows = [EMPTY[where](row) for row in TABLE]
    empty = ["", " ", "\u3000"]
    spread = [row for each in rows for row in (empty, each, [])]
    assert is_the_table(check(text(rows)))
    assert is_the_table(check(text(spread)))
    assert is_the_table(check(workbook(spread)))


def test_names_of_columns_are_the_same_with_line_breaks_blanks_and_full_width_forms(check: Check) -> None:
    header = [
        "样\n本",
        " 开头语\u200b",
        "LISTEN",
        "一次性\r\n告知",
        "说明：开头语",
        "comment : ONCE",
        "ＦＡＴＡＬ",
        "Ｃomment\u00a0",
    ]
    assert is_the_table(check(text([header, *SCORES])))
    assert is_the_table(check(workbook([header, *SCORES])))


def test_a_title_above_and_a_remark_below_are_left_out_and_said(check: Check) -> None:
    rows = [
        ["2026年3月 质检评分表"],
        [],
        ["班组：一组", "", "制表：张三"],
        *TABLE,
        [],
        ["注：空着的是未评"],
        ["审核：李四"],
    ]
    for content in (text(rows), workbook(rows), workbook(rows, merged="A1:H1")):
        checked = check(content)
        assert is_the_table(checked)
        assert [(each.line, each.text, each.above) for each in checked.left] == [
            (1, "2026年3月 质检评分表", True), (3, "班组：一组 制表：张三", True),
            (8, "注：空着的是未评", False), (9, "审核：李四", False),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "sums",
    [
        ["合计", "7", "16", "10"],
        ["平 均", "3.5", "8", "10"],
        ["Total", "7"],
        ["", "", "", "", "备注"],
        ["最高分", "4", "8"],
        ["平均分：", "3.5"],
        ["本日总计（2 件）", "7", "16", "10"],
    ],
)
def test_sums_below_the_scores_are_no_score(check: Check, sums: list[str]) -> None:
    checked = check(text([*TABLE, sums]))
    assert is_the_table(checked)
    assert [each.line for each in checked.left] == [4]


def test_what_could_be_a_score_is_never_taken_for_a_remark(check: Check) -> None:
    for row, column in (
        (["sm-99"], "A"),
        (["sm-9", "", "", "", "说"], "A"),
        (["张三", "4", "8", "10"], "A"),
        (["sm-3"], "B"),
    ):
        assert column in {each.column for each in check(text([*TABLE, row])).wrong if each.line == 4}, row
    middle = check(text([HEADER, SCORES[0], ["注：下面是二组"], SCORES[1]]))
    assert {each.line for each in middle.wrong} == {3}, "it stands among scores"


@pytest.mark.parametrize("merged", [("A1:A2", "B1:D1"), ("B1:D1",)])
def test_a_header_over_two_rows_is_one(check: Check, merged: tuple[str, ...]) -> None:
    group = [["", "得分", "", "", "", "", "", ""], HEADER]
    if len(merged) == 2:
        group = [["样本", "得分", "", "", *HEADER[4:]], ["", *HEADER[1:4]]]
    title = ["3 月评分"]
    for rows in (group, [[*HEADER[:1], "得分", "", "", "", "", "", ""], ["", *HEADER[1:]]]):
        checked = check(workbook([title, *rows, *SCORES]))
        assert is_the_table(checked)
        assert [each.line for each in checked.left if each.text == "3 月评分"] == [1]
        assert is_the_table(check(text([title, *rows, *SCORES])))


def test_a_row_of_scores_is_never_taken_for_a_second_row_of_the_header(check: Check) -> None:
    rows = [[*HEADER, ""], ["", "", "", "", "", "", "", "倾听", ""], SCORES[0]]
    assert check(text(rows)).wrong or check(text(rows)).good[0].form.points["listen"] == 8


def test_a_header_that_every_page_repeats_is_no_row(check: Check) -> None:
    assert is_the_table(check(text([HEADER, SCORES[0], HEADER, SCORES[1]])))


def test_numbers_and_texts_are_what_was_typed_whatever_a_spreadsheet_makes_of_them(check: Check) -> None:
    as_numbers = [[_number(cell) for cell in row] for row in SCORES]
    assert is_the_table(check(workbook([HEADER, *as_numbers])))
    for first in (["sm-1", "4.0", "8.00", "10"], ["'sm-1", "'4", "８", "1e1"], ['="sm-1"', '="4"', "8", '="10"']):
        assert is_the_table(check(text([HEADER, [*first, "", "", "", "好，很好"], SCORES[1]])))
    # By the number that it has today.
    named = check(text([HEADER, ["1.0", *SCORES[0][1:]], ["２", *SCORES[1][1:]]]))
    assert len(named.good) == 2 and not named.wrong
    assert len(check(workbook([HEADER, [1.0, *SCORES[0][1:]], [2, *SCORES[1][1:]]])).good) == 2


def _number(cell: str) -> Any:
    return float(cell) if cell.isdigit() else cell


def test_a_comment_that_was_made_harmless_for_a_spreadsheet_is_what_it_was(check: Check) -> None:
    checked = check(
        text([HEADER, ["sm-1", "4", "8", "10", "", "", "", "'=1+1"], ["sm-2", "4", "8", "10", "", "", "", "'90后'"]])
    )
    assert [row.form.comment for row in checked.good] == ["=1+1", "'90后'"]


@pytest.mark.parametrize("spoken", ["en", "zh-CN"])
def test_a_file_is_in_the_language_of_whoever_filled_it_in(check: Check, spoken: str) -> None:
    before = language()
    use_language(spoken)
    try:
        for header in (HEADER, ["sample", *HEADER[1:4], "comment:open", "comment:once", "fatal", "comment"]):
            for no in ("-", "不适用", "does not apply"):
                row = [*SCORES[1][:3], no, *SCORES[1][4:]]
                for sums in ("合计", "Total"):
                    assert is_the_table(check(text([header, SCORES[0], row, [sums, "7"]])))
    finally:
        use_language(before)


def test_a_sample_that_a_spreadsheet_has_made_a_day_is_said_as_that(check: Check) -> None:
    rows: list[list[object]] = [[*HEADER], [datetime(2012, 11, 27), "4", "8", "10"], ["", "4", "8", "10"], [*SCORES[0]]]
    wrong = check(workbook(rows)).wrong
    assert [(each.line, each.column) for each in wrong] == [(2, "A"), (3, "A")]
    assert "日期" in wrong[0].reason and "缺少" in wrong[1].reason
    assert "日期" in check(text([HEADER, ["2012/11/27", "4", "8", "10"]])).wrong[0].reason


@pytest.mark.parametrize("between", ["；", ";", "、", "，", ",", "\n"])
def test_fatal_errors_are_a_list_in_any_form(check: Check, between: str) -> None:
    rows = [HEADER, ["sm-1", "4", "8", "10", "", "", f"辱骂顶撞{between} ABUSE {between}", "好，很好"], SCORES[1]]
    assert check(text(rows)).good[0].form.fatal == ("abuse",)
    odd = check(text([HEADER, ["sm-1", "4", "8", "10", "", "", f"辱骂顶撞{between}骂人", ""]])).wrong
    assert [(each.column, each.reason) for each in odd] == [("G", "评分标准中没有 骂人")]


# -- workbooks


def rewritten(raw: bytes, part: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """A workbook with its parts of this name changed, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as was, zipfile.ZipFile(out, "w") as made:
        for name in was.namelist():
            content: bytes | None = was.read(name)
            if part in name and content is not None:
                content = change(content)
            if content is not None:
                made.writestr(name, content)
    return out.getvalue()


SCHEMAS, STRICT = b"http://schemas.openxmlformats.org", b"http://purl.oclc.org/ooxml"


def strict(content: bytes) -> bytes:
    for usual in (b"spreadsheetml/2006/main", b"officeDocument/2006/relationships"):
        content = content.replace(SCHEMAS + b"/" + usual, STRICT + b"/" + usual.replace(b"/2006", b""))
    return content


NO_CHECK = b'<dataValidations count="1"><dataValidation type="odd" sqref="?"/></dataValidations>'

AROUND: dict[str, tuple[str, Callable[[bytes], bytes | None]]] = {
    "strict": ("", strict),
    "a day of making that is none": ("core", lambda part: part.replace(b"</dcterms:created>", b"x</dcterms:created>")),
    "no styles": ("styles", lambda part: None),
    "fills of its own": ("styles", lambda part: part.replace(b"<fill>", b'<fill><other a="1"/>')),
    "a check of cells that is none": ("sheet1", lambda part: part.replace(b"<pageMargins", NO_CHECK + b"<pageMargins")),
    "a size that is wrong": ("sheet1", lambda part: part.replace(b'ref="A1:H3"', b'ref="A1"')),
}  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
def test_nothing_around_the_cells_keeps_them_from_being_read(check: Check, around: str) -> None:
    part, change = AROUND[around]
    whole = workbook(TABLE)
    other = rewritten(whole, part, change)
    assert other != whole
    assert is_the_table(check(other))


def test_a_sheet_that_is_a_chart_is_none_of_cells(check: Check) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(workbook(TABLE)))
    book.create_chartsheet("图", 0)
    out = io.BytesIO()
    book.save(out)
    assert is_the_table(check(out.getvalue()))


def test_a_formula_without_its_result_is_said_and_one_that_is_empty_is_empty(check: Check) -> None:
    rows = [
        HEADER,
        ["sm-1", "=2+2", "8", "10", "", "", "", '="好"'],
        ['="sm-2"', *SCORES[1][1:]],
        ["合计", "=SUM(B2:B3)"],
    ]
    checked = check(workbook(rows))
    assert [(each.line, each.column) for each in checked.wrong] == [(2, "B"), (2, "H"), (3, "A")]
    assert all("公式" in each.reason for each in checked.wrong)
    assert [each.line for each in checked.left] == [4]
    empty = rewritten(
        workbook([*TABLE, ["", '=""']]), "sheet1", lambda part: part.replace(b'<c r="B4">', b'<c r="B4" t="str">')
    )
    assert is_the_table(check(empty))


def test_a_share_and_a_day_are_what_the_spreadsheet_shows(check: Check) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(workbook([HEADER, ["sm-1", 1, 8, 10, "", "", "", "x"], [46000, 4, 8, 10]])))
    book.active["B2"].number_format = "0%"
    book.active["A3"].number_format = "General"
    book.active["A3"].number_format = 'yyyy"年"m"月"d"日"'
    out = io.BytesIO()
    book.save(out)
    wrong = check(out.getvalue()).wrong
    assert "100%" in wrong[0].reason and "2025-12-09" in wrong[1].reason
    # Format 31 is a day to a Chinese Excel, which does not say so in the file.
    by_number = rewritten(out.getvalue(), "styles", lambda part: part.replace(b'numFmtId="164"', b'numFmtId="31"'))
    assert "2025-12-09" in check(by_number).wrong[1].reason


def test_of_a_formula_what_it_came_to_counts(check: Check) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(TABLE):
            sheet.write_row(at, 0, [_number(cell) for cell in row])
        sheet.write_formula(1, 1, "=2+2", None, 4)
    assert is_the_table(check(out.getvalue()))


def test_the_first_sheet_that_has_the_header_is_taken_and_others_are_said(check: Check) -> None:
    notes = [["说明"], ["每天一张表"]]
    assert is_the_table(check(workbook(notes, TABLE)))
    assert is_the_table(check(workbook([*TABLE, ["sm-3", "4", "8", "10"]], TABLE, hidden=[0])))
    only = check(workbook(notes, TABLE, hidden=[1]))
    assert is_the_table(only), "hidden, but the only one"
    several = check(workbook(notes, TABLE, [HEADER, ["sm-3", "4", "8", "10"]]))
    assert is_the_table(several)
    assert (several.sheet, several.others) == ("表2", ("表3",))


def test_what_a_cell_holds_that_is_no_number_is_placed(check: Check) -> None:
    rows: list[list[object]] = [
        [*HEADER],
        ["sm-1", datetime(2026, 3, 5), 8, 10],
        ["sm-2", "#N/A", True, 10],
        [2.02603e12, 4, 8, 10],
    ]
    wrong = check(workbook([["标题"], *rows])).wrong
    assert [(each.line, each.column) for each in wrong] == [(3, "B"), (4, "B"), (4, "C"), (5, "A")]
    assert "2026-03-05" in wrong[0].reason


def test_a_long_number_that_a_spreadsheet_has_shortened_is_said_as_that(check: Check) -> None:
    (wrong,) = check(text([HEADER, ["2.02E+12", "4", "8", "10"]])).wrong
    assert "长数字" in wrong.reason and wrong.column == "A"


OTHERS = {
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "网页": "<html><table><tr><td>样本</td></tr></table></html>".encode(),
    "XML": b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>',
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


def test_what_is_saved_in_another_format_is_said_as_what_it_is(check: Check) -> None:
    others = OTHERS | {
        "ods": packed("mimetype", "content.xml"), "xlsb": packed("xl/workbook.bin"),
        "Numbers": packed("Index/Document.iwa"), "XML": b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n",
    }  # fmt: skip
    for kind, content in others.items():
        error = refused(check, content)
        assert error.key == "error.file_is_other" and kind in str(error.params["kind"]), kind


def test_what_no_spreadsheet_makes_a_table_of_is_not_told_to_be_saved_as_one(check: Check) -> None:
    for kind, content in (
        ("PDF", b"%PDF-1.7\n"),
        ("图片", b"\x89PNG\r\n\x1a\n"),
        ("图片", b"GIF89a"),
        ("Word", b"{\\rtf1"),
        ("Word", packed("word/document.xml")),
        ("Word", OLE + "WordDocument".encode("utf-16-le")),
        ("演示文稿", packed("ppt/presentation.xml")),
    ):
        error = refused(check, content)
        assert error.key == "error.file_is_no_table" and kind in str(error.params["kind"]), kind


def test_an_archive_is_to_be_unpacked_and_a_password_to_be_taken_off(check: Check) -> None:
    for content in (
        packed("scores.csv"),
        packed(),
        gzip.compress(b"a"),
        b"Rar!\x1a\x07\x01\x00",
        b"7z\xbc\xaf\x27\x1c",
    ):
        assert refused(check, content).key == "error.file_is_packed"
    locked = bytearray(packed("xl/workbook.xml"))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + flags] |= 1
    for content in (OLE + "EncryptedPackage".encode("utf-16-le"), bytes(locked)):
        assert refused(check, content).key == "error.file_is_locked"


def test_a_workbook_that_is_broken_or_endless_is_said(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = workbook(TABLE)
    assert refused(check, whole[: len(whole) // 2]).key == "error.workbook_damaged"
    assert refused(check, packed("xl/workbook.xml")).key == "error.workbook_damaged"
    monkeypatch.setattr("floorctl.files.table._LARGEST_UNPACKED", 1000)
    assert refused(check, whole).key == "error.file_too_large"


# -- what can't be taken


@pytest.mark.parametrize(
    ("rows", "key", "params"),
    [
        ([["标题"], [], ["样本", "开头语", "", "颜色", "倾听", "一次性告知", "大小"]], "csv_column",
         {"line": 3, "names": "“颜色”（D 列）、“大小”（G 列）"}),
        ([["标题"], ["样本", "开头语", "倾听", "一次性告知", "开头\n语"]], "csv_column_twice",
         {"line": 2, "name": "开头 语", "one": "B", "other": "E"}),
        ([["标题"], ["开头语", "倾听"]], "csv_missing", {"line": 2, "names": "样本、一次性告知"}),
        ([["a", "b"], ["1", "2"]], "csv_column", {"line": 1, "names": "“a”（A 列）、“b”（B 列）"}),
        ([], "csv_empty", {}), ([[], ["", " "]], "csv_empty", {}),
    ],
)  # fmt: skip
def test_a_header_that_makes_no_sense_is_placed(
    check: Check, rows: list[list[str]], key: str, params: dict[str, Any]
) -> None:
    for content in (text(rows), workbook(rows)):
        error = refused(check, content)
        assert (error.key, error.params) == (f"error.{key}", params)


def test_each_cell_that_is_wrong_is_placed_by_row_and_column(check: Check) -> None:
    rows = [
        ["标题"],
        ["", *HEADER],
        [],
        ["", "sm-1", "9", "八", "10", "", "", "骂人", ""],
        ["", "sm-1", "", "8", "10"],
        ["x", *SCORES[1], "旁注"],
    ]
    expected = [(4, "C"), (4, "D"), (4, "H"), (5, "B"), (5, "C"), (6, "A"), (6, "J")]
    for content in (text(rows), workbook(rows)):
        assert [(each.line, each.column) for each in check(content).wrong] == expected


@pytest.mark.parametrize(
    ("broken", "line"), [('样本,"a\n', 1), ('样本\nsm-1,"a"b\n', 2), ("样本\n" + "x" * 140_000, 2)]
)
def test_what_is_no_csv_is_said_in_words_of_ours(check: Check, broken: str, line: int) -> None:
    error = refused(check, broken)
    assert (error.key, error.params["line"]) == ("error.csv_malformed", line)
    assert not str(error.params["reason"]).isascii()


def test_columns_have_letters_as_in_a_spreadsheet() -> None:
    assert [letters(at) for at in (0, 25, 26, 51, 52, 701, 702, 16_383)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([[""], ["", ""], ["\u3000", " "]]), max_size=3),
    st.lists(st.integers(0, 7), max_size=4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8-sig", "utf-16", "gb18030"]),
    st.booleans(),
)
def test_the_scores_are_found_however_they_are_framed(
    check: Check, above: list[list[str]], columns: list[int], delimiter: str, encoding: str, title: bool
) -> None:
    rows = [*above, *([["评分表"]] if title else []), *above, *TABLE, *above]
    for at in columns:
        rows = [[*row[:at], "", *row[at:]] for row in rows]
    assert is_the_table(check(text(rows, delimiter).encode(encoding)))

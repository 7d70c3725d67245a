"""``export``: a list as a workbook, a csv file or JSON, with the list's own filters."""

import csv
import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from floorctl.cli.export.sheets import SHEETS
from floorctl.config import load as read_config
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import language, use_language
from floorctl.models.order_filter import OrderFilter
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.opening import connect
from tests.cli.shell import Shell


def exported(shell: Shell, what: str, file: Path, *options: str) -> Any:
    ended = shell("export", what, str(file), *options, "--lang", "zh-CN")
    assert ended.returncode == 0, ended.stderr
    from openpyxl import load_workbook  # takes longer to import than most tests to run

    return load_workbook(file).active


def test_a_workbook_has_titles_in_words_real_times_widths_a_frozen_head_and_a_filter(
    synced: Shell, tmp_path: Path
) -> None:
    sheet = exported(synced, "orders", tmp_path / "orders.xlsx", "--overdue")
    head = [cell.value for cell in sheet[1]]
    assert head[:4] == ["编号", "热线", "紧急程度", "状态"] and "办理时限" in head
    assert sheet.title == "工单"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:") and sheet.auto_filter.ref.endswith(str(sheet.max_row))
    assert sheet.column_dimensions["A"].width >= 14
    due = sheet.cell(2, head.index("办理时限") + 1)
    assert isinstance(due.value, datetime) and "yyyy" in due.number_format
    words = {str(cell.value) for row in sheet.iter_rows(min_row=2) for cell in row}
    assert not words & {"dispatched", "accepted", "special_urgent", "normal", "complaint"}
    assert not [each for each in words if each.startswith(("d-", "p-", "q-", "o-", "c-"))]


@pytest.mark.parametrize(
    "options",
    [
        ["--overdue"],
        ["--state", "dispatched", "--line", "12345"],
        ["--due-within", "20h"],
        ["--urgency", "special"],
        ["--search", "小区"],
        ["--to-dispatch"],
        ["--to-call-back"],
    ],
)
def test_the_filters_of_orders_choose_the_same_for_its_export(
    synced: Shell, tmp_path: Path, options: list[str]
) -> None:
    listed = synced.json("orders", *options, "--limit", "0")["items"]
    file = tmp_path / "orders.json"
    assert synced("export", "orders", str(file), *options).returncode == 0
    found = json.loads(file.read_text("utf-8"))
    # Time goes on between the two, and what is due goes with it.
    assert len({each["id"] for each in listed} ^ {each["id"] for each in found}) <= 2


def test_alerts_and_seats_are_filtered_too_and_csv_has_words(synced: Shell, tmp_path: Path) -> None:
    sheet = exported(synced, "alerts", tmp_path / "alerts.xlsx", "--severity", "critical")
    head = [cell.value for cell in sheet[1]]
    assert head[:3] == ["级别", "预警类型", "标题"]
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} <= {"严重"}
    file = tmp_path / "seats.csv"
    assert synced("export", "seats", str(file), "--zone", "A区", "--lang", "zh-CN").returncode == 0
    with file.open(encoding="utf-8-sig", newline="") as lines:
        first, *rows = csv.reader(lines)
    assert first[:3] == ["区", "坐席", "状态"]
    assert rows and {row[0] for row in rows} == {"A区"}
    assert all("q-" not in cell and "s-" not in cell for row in rows for cell in row)


def test_an_option_that_the_list_does_not_have_is_refused_before_anything_is_written(
    synced: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "queues.xlsx"
    ended = synced("export", "queues", str(file), "--overdue")
    assert ended.returncode == 2 and "--line" in ended.stderr
    assert not file.exists()
    assert synced("export", "orders", str(file), "--state", "nonsense").returncode == 2


@pytest.mark.parametrize("name", ["list", "list.pdf", "list."])
def test_a_name_that_says_no_format_is_told_which_there_are(synced: Shell, tmp_path: Path, name: str) -> None:
    ended = synced("export", "orders", f"{tmp_path}/{name}")
    assert ended.returncode == 2
    assert ".csv, .xlsx, .json" in ended.stderr and "--format" in ended.stderr
    assert "can't be" not in ended.stderr
    assert list(tmp_path.glob("list*")) == []


def test_the_audit_trail_has_the_filter_of_an_export(synced: Shell, tmp_path: Path) -> None:
    assert synced("export", "orders", str(tmp_path / "o.csv"), "--overdue", "--line", "12345").returncode == 0
    assert synced.json("audit")["items"][0]["detail"]["filter"] == "--overdue --line 12345"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_no_two_columns_of_a_sheet_have_one_head(lang: str) -> None:
    before = language()
    use_language(lang)
    try:
        for what, fields in SHEETS.items():
            heads = [each.title for each in fields]
            assert sorted(set(heads)) == sorted(heads), what
            assert not [head for head in heads if head.startswith("export.")], what
    finally:
        use_language(before)


@pytest.mark.parametrize("options", [["--overdue"], ["--to-dispatch"], ["--line", "12345"]])
def test_orders_stand_in_their_export_as_in_their_list(synced: Shell, tmp_path: Path, options: list[str]) -> None:
    listed = [each["number"] for each in synced.json("orders", *options, "--limit", "0")["items"]]
    sheet = exported(synced, "orders", tmp_path / "orders.xlsx", *options)
    numbers = [row[0].value for row in sheet.iter_rows(min_row=2)]
    both = set(listed) & set(numbers)  # time goes on between the two
    assert len(both) > 1
    # Two or three orders may happen to stand by their numbers.
    assert numbers != sorted(numbers) or "--to-dispatch" in options or len(numbers) < 4
    assert [each for each in numbers if each in both] == [each for each in listed if each in both]


def test_alerts_stand_in_their_export_as_in_their_list_without_the_closed_and_with_the_titles_of_now(
    synced: Shell, tmp_path: Path
) -> None:
    shown = synced.json("alerts", "--lang", "zh-CN")["items"]
    closed = synced.json("alerts", "--state", "closed")["items"]
    sheet = exported(synced, "alerts", tmp_path / "alerts.xlsx")
    titles = [row[2].value for row in sheet.iter_rows(min_row=2)]
    assert len(titles) == len(shown)
    # What is left of a time goes on between the two; what a title is about does not.
    assert [each.split(" ")[:2] for each in titles] == [each["title_now"].split(" ")[:2] for each in shown]
    everything = exported(synced, "alerts", tmp_path / "closed.xlsx", "--state", "closed")
    assert everything.max_row - 1 == len(closed)


def test_a_list_and_its_export_say_how_much_a_search_knows(synced: Shell, tmp_path: Path) -> None:
    whole = synced("orders", "--search", "小区", "--lang", "zh-CN")
    assert "建立索引" not in whole.stderr
    with closing(connect(synced.data / "cache.db", data_key(synced.data, "file"), durable=False)) as db:
        db.execute("UPDATE meta SET value = '5' WHERE name LIKE 'indexed_%'")
    with closing(open_terminal(read_config(synced.config))) as floor:
        known, total = floor.orders.page(OrderFilter(search="小区")).known or (0, 0)
    assert 0 < known < total
    try:
        said = f"检索只覆盖 {total} 件中的 {known} 件"
        for options in (["orders"], ["orders", "--json"], ["export", "orders", str(tmp_path / "found.csv")]):
            ended = synced(*options, "--search", "小区", "--lang", "zh-CN")
            assert ended.returncode == 0
            assert said in ended.stderr, options
            assert said not in ended.stdout
        assert "建立索引" not in synced("orders", "--overdue", "--lang", "zh-CN").stderr
    finally:
        synced.sync()
    assert "建立索引" not in synced("orders", "--search", "小区", "--lang", "zh-CN").stderr

"""``departments``: what the screen shows, as a table, as JSON and as the purchaser's sheet."""

from fractions import Fraction
from pathlib import Path

from openpyxl import load_workbook

from floorctl.rules.orders.departments import MEASURES
from floorctl.text.numbers import half_up
from tests.cli.shell import Shell


def test_each_measure_is_a_count_a_whole_and_a_rate(synced: Shell) -> None:
    document = synced.json("departments", "--from", "2020-01-01")
    assert document["total"] == len(document["items"]) > 3
    assert document["from"] == "2020-01-01"
    sent = [item["dispatched"] for item in document["items"]]
    assert sent == sorted(sent, reverse=True)
    for item in document["items"]:
        for measure in MEASURES:
            count, whole, rate = (item[f"{measure}{part}"] for part in ("", "_of", "_rate"))
            assert 0 <= count <= whole <= item["dispatched"]
            assert (rate is None) == (whole == 0)
            assert rate is None or abs(float(rate) - count / whole) < 1e-6


def test_the_days_are_both_included_and_in_order(synced: Shell) -> None:
    day = synced.json("departments", "--from", "2020-01-01")["to"]
    whole = synced.json("departments", "--from", "2020-01-01", "--to", day)["items"]
    before = synced.json("departments", "--from", "2020-01-01", "--to", "2020-01-02")["items"]
    assert whole and before == []
    ended = synced("departments", "--from", "2026-03-05", "--to", "2026-03-04", "--lang", "en")
    assert (ended.returncode, "2026-03-04" in ended.stderr) == (2, True)


def test_the_sheet_has_the_figures_of_the_command(synced: Shell, tmp_path: Path) -> None:
    items = synced.json("departments", "--from", "2020-01-01")["items"]
    file = tmp_path / "departments.xlsx"
    assert synced("export", "departments", str(file), "--from", "2020-01-01", "--lang", "zh-CN").returncode == 0
    sheet = load_workbook(file).active
    assert sheet is not None
    head, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert head[:4] == ["单位", "派出", "按时签收", "按时签收率（%）"]
    for item, row in zip(items, rows, strict=True):
        count, whole = item["signed_in_time"], item["signed_in_time_of"]
        percent = float(half_up(Fraction(count * 100, whole), 1)) if whole else None
        assert row[:4] == [item["name"], item["dispatched"], count, percent]

"""What a platform says that cannot be: null in JSON, a mark for people, told by ``doctor``."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.screens.floor_stage import STARTED, FloorStage
from tests.sync.storage import NOW


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A terminal whose platform says of one queue, one seat and the trunk what cannot be."""
    stage = FloorStage(tmp_path_factory.mktemp("stage"))
    for line in ("12345", "12333"):
        stage.change(("queue", f"q-{line}"), oldest_wait_since=NOW - timedelta(seconds=72))
    stage.change(("queue", "q-12345"), answered=1900, abandoned=0, abandoned_short=0)
    stage.change(
        ("queue", "q-12320"),
        abandoned=20,
        abandoned_short=72,
        answered=1700,
        waiting=0,
        oldest_wait_since=NOW - timedelta(hours=6, minutes=7),
    )
    stage.change(("resource", "r-1"), in_use=35)
    stage.change(("seat", "s-01"), since=STARTED + timedelta(days=3650))
    stage.feed()
    stage.floor.close()
    yield Shell(tmp_path_factory.mktemp("odd"), data=stage.folder, language="zh-CN")


def test_figures_that_contradict_each_other_are_null_in_json(odd: Shell) -> None:
    items = {item["line"]: item for item in odd.json("queues")["items"]}
    for name in ("answer_rate", "target_rate", "abandon_rate", "aht_seconds"):
        assert items["12345"][name] is None
        assert items["12333"][name] is not None
    assert items["12320"]["abandon_rate"] is None and items["12320"]["longest_wait_seconds"] is None
    assert items["12320"]["answer_rate"] is not None
    seats = {item["number"]: item for item in odd.json("seats")["items"]}
    assert seats["01"]["seconds_in_state"] is None
    assert seats["02"]["seconds_in_state"] is not None


def test_people_see_a_mark_in_their_place(odd: Shell) -> None:
    said = odd("queues", env={"COLUMNS": "120"}).stdout
    rows = {line.split()[0]: line for line in said.splitlines() if line.startswith("123")}
    assert rows["12345"].count("—?") == 5
    assert rows["12320"].count("—?") == 2
    assert "—?" not in rows["12333"]
    status = odd("status").stdout
    assert "中继 —?" in status and "35/30" not in status


def test_doctor_names_each_kind_of_contradiction_in_words(odd: Shell) -> None:
    found = {each["check"]: each for each in json.loads(odd("doctor", "--json").stdout)["checks"]}["figures"]
    assert found["level"] == "warn"
    assert "5 处" in found["message"]
    for each in (
        "12345 综合：接听 1900 多于呼入 1840",
        "12320 卫健：几秒内放弃 72 多于放弃 20",
        "12320 卫健：无人等待",
        "中继：在用 35 多于总数 30",
        "坐席 01：",
    ):
        assert each in found["message"]


def test_an_export_marks_them_too(odd: Shell, tmp_path: Path) -> None:
    assert odd("export", "queues", str(tmp_path / "q.csv")).returncode == 0
    with (tmp_path / "q.csv").open(encoding="utf-8-sig", newline="") as file:
        rows: dict[str, dict[str, Any]] = {row["热线"]: row for row in csv.DictReader(file)}
    assert rows["12345"]["接通率"] == "—?"
    assert rows["12333"]["接通率"] == "96.1%"

"""The trainer's table that ``demo --coach --results`` appends to, and the options that go together."""

import csv
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from floorctl.cli.coaching import Coaching, coaching
from floorctl.errors import FloorctlError, UsageError
from floorctl.i18n import use_language
from floorctl.screens.coach.attempt import Result
from tests.cli.shell import Shell

AT = datetime(2026, 11, 30, 9, 5, 7, tzinfo=UTC)


def result(task: str = "urge", *, helped: bool = False, skipped: bool = False) -> Result:
    return Result(task=task, at=AT, keys=6, best=5, seconds=9.04, text=False, helped=helped, skipped=skipped)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_new_table_begins_with_a_mark_and_its_titles_and_has_a_row_for_each_task(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    of = Coaching(trainee="李丽", scenario="surge", file=path)
    of.keep([result(), result("search", helped=True), result("note", skipped=True)])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(path) == [
        ["日期", "时间", "学员", "场景", "练习", "键数", "最少键数", "秒", "看了提示", "跳过"],
        ["2026-11-30", "09:05:07", "李丽", "surge", "催办三件工单", "6", "5", "9.0", "0", "0"],
        ["2026-11-30", "09:05:07", "李丽", "surge", "找工单", "6", "5", "9.0", "1", "0"],
        ["2026-11-30", "09:05:07", "李丽", "surge", "写交接事项", "6", "5", "9.0", "0", "1"],
    ]


def test_another_trainee_is_appended_without_a_second_mark_or_titles_also_in_the_other_language(
    tmp_path: Path,
) -> None:
    path = tmp_path / "results.csv"
    Coaching(trainee="李丽", scenario="day", file=path).keep([result()])
    use_language("en")
    other = Coaching(trainee="Wang", scenario="day", file=path)
    other.check()
    other.keep([result()])
    assert path.read_bytes().count(b"\xef\xbb\xbf") == 1
    assert [row[2] for row in read(path)] == ["学员", "李丽", "Wang"]


def test_a_last_line_that_was_saved_without_its_end_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    of = Coaching(trainee="李丽", scenario="day", file=path)
    of.keep([result()])
    path.write_bytes(path.read_bytes().rstrip(b"\r\n"))
    of.keep([result("note")])
    assert [row[4] for row in read(path)] == ["练习", "催办三件工单", "写交接事项"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1"])
def test_no_name_is_read_as_a_formula(tmp_path: Path, name: str) -> None:
    path = tmp_path / "results.csv"
    Coaching(trainee=name, scenario="day", file=path).keep([result()])
    assert read(path)[1][2] == f"'{name}"


def test_a_name_of_several_lines_stays_in_its_cell_and_no_control_character_is_written(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    Coaching(trainee='李"丽,\x1b[31m\n', scenario="day", file=path).keep([result()])
    assert len(read(path)) == 2
    assert b"\x1b" not in path.read_bytes()


def test_trainees_who_end_at_the_same_time_all_get_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    names = [f"学员{number}" for number in range(20)]
    threads = [
        threading.Thread(target=Coaching(trainee=name, scenario="day", file=path).keep, args=([result()] * 3,))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = read(path)
    assert rows[0][0] == "日期"
    assert sorted(row[2] for row in rows[1:]) == sorted(names * 3)


def test_a_file_of_something_else_is_refused_before_anybody_practises_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    before = "工单号,标题\r\n1,停水\r\n".encode()
    path.write_bytes(before)
    with pytest.raises(UsageError) as refused:
        Coaching(trainee="李丽", scenario="day", file=path).check()
    assert refused.value.key == "error.not_results"
    assert path.read_bytes() == before


def test_a_table_that_can_t_be_written_is_refused_before_anybody_practises(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, key in (("folder", "error.file_is_folder"), ("none/results.csv", "error.no_such_folder")):
        with pytest.raises(FloorctlError) as refused:
            Coaching(trainee="李丽", scenario="day", file=tmp_path / name).check()
        assert refused.value.key == key


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_table_that_may_not_be_written_is_refused_before_anybody_practises(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.touch()
    path.chmod(stat.S_IRUSR)
    with pytest.raises(FloorctlError) as refused:
        Coaching(trainee="李丽", scenario="day", file=path).check()
    assert refused.value.key == "error.file_unwritable"


def test_nothing_is_written_where_no_task_was_done(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    Coaching(trainee="李丽", scenario="day", file=path).keep([])
    assert not path.exists()


def test_who_gives_no_name_is_named_by_the_role() -> None:
    of = coaching(coach=True, results=None, trainee=" ", role="inspector", scenario="day", once=False, read_only=False)
    assert of is not None
    assert of.trainee == "质检员"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--once", "--results", "x.csv"), "--results 要和 --coach 一起用"),
        (("--once", "--trainee", "李丽"), "--trainee 要和 --coach 一起用"),
        (("--once", "--coach"), "不能和 --once 一起用"),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_sentence(
    tmp_path: Path, argv: tuple[str, ...], words: str
) -> None:
    ended = Shell(tmp_path, language="zh-CN")("demo", *argv)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert words in ended.stderr

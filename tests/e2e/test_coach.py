"""``floorctl demo --coach`` in a terminal: a trainee practises, leaves, and the trainer has the results."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_demo import Home
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("demo")]


#: Function keys as a terminal sends them.
F2, F3, F8 = "\x1bOQ", "\x1bOR", "\x1b[19~"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    here = Home(tmp_path / "home")
    yield here
    wait_until(lambda: not here.processes(), seconds=30, why="for the demonstration to end")


def test_a_trainee_practises_in_a_terminal_and_the_results_are_printed_and_kept(home: Home, tmp_path: Path) -> None:
    table = tmp_path / "results.csv"
    with home.cockpit("--coach", "--trainee", "李丽", "--results", str(table), columns=80, rows=24) as cockpit:
        cockpit.wait_for("看一看：哪些坐席在通话", seconds=60)
        cockpit.press(F3)
        cockpit.wait_for("看到了：不用按键")
        cockpit.press(F3, pause=1)
        cockpit.wait_for("看一看：顶栏")
        cockpit.press(F3, F3, pause=1)
        cockpit.wait_for(r"找到超时最久的工单[^▍]*▍最少", seconds=60)
        cockpit.press("3")
        cockpit.wait_for("完成：1 键")
        cockpit.press(F3)
        cockpit.wait_for("催办超时最久的三件工单", seconds=20)
        cockpit.wait_for("按第一个键开始计时", seconds=20)
        cockpit.press("3", "space", "space", "space", "u", pause=0)
        cockpit.wait_for("完成：5 键", seconds=20)
        cockpit.press(F3)
        cockpit.wait_for("接下最紧要的预警", seconds=20)
        cockpit.wait_for("按第一个键开始计时", seconds=20)
        cockpit.press(F2)
        cockpit.wait_for("最快：a 1")
        cockpit.press(F3, F8)
        cockpit.wait_for("合计（不含跳过）")
        cockpit.press("ctrl+q")
        cockpit.process.wait()
        assert cockpit.process.exitstatus == 0
        printed = cockpit.wait_for("练习成绩 · 李丽 · 场景 day")
        assert "5 项中做完 4 项，其中 4 项没看提示；一键不多。" in printed
        assert f"5 行成绩已追加到 {table}"[:16] in printed
    with table.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    assert [(row[2], row[3], row[4], row[5], row[6]) for row in rows] == [
        ("李丽", "day", "看坐席和队列", "0", "0"),
        ("李丽", "day", "看数据是否实时", "0", "0"),
        ("李丽", "day", "超时最久的工单", "1", "1"),
        ("李丽", "day", "催办三件工单", "5", "5"),
        ("李丽", "day", "接预警、记通知", "0", "3"),
    ]
    assert [(row[8], row[9]) for row in rows][-1] == ("1", "1"), "helped, and skipped"

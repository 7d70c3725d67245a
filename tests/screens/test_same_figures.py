"""Every figure of ``status``, ``queues``, ``assess``, ``inspect results`` and ``handover`` is the same in the cockpit.

Each is printed by the real command and by the cockpit on the same data, on which much is a tie or has no end
(``tie_floor``). What is expected is written out, so that both cannot be wrong alike.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from rich.style import Style

from floorctl.cli.documents import Shapes
from floorctl.cli.output import Cell
from floorctl.cli.rows import alert_columns, alert_row
from floorctl.i18n import term
from floorctl.models.alerts import Step
from floorctl.screens.assessment.screen import AssessmentScreen
from floorctl.screens.handover.screen import HandoverScreen
from floorctl.screens.quality.screen import QualityScreen
from floorctl.widgets import looks
from floorctl.widgets.pane import Pane
from floorctl.widgets.table import PlainTable
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import CockpitPilot, at_rest, cockpit, loaded, text, words
from tests.screens.tie_floor import by_command, figures, on_screen, row, tie_floor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that both front ends read."""
    folder = tmp_path_factory.mktemp("ties") / "data"
    tie_floor(folder)
    return folder


def missing(expected: Sequence[str], shown: str) -> list[str]:
    """Return the figures that are expected and not in ``shown``, as often as they are missing."""
    return list((Counter(expected) - Counter(figures(shown))).elements())


def _queues(pilot: CockpitPilot) -> PlainTable:
    return pilot.app.screen.query_one("#queues", PlainTable)


#: Queue → waiting, the longest wait, the rates within the target, answered and abandoned, ASA, AHT and calls offered.
QUEUES = {
    "综合": ["3", "1", "12", "0.1%", "31.3%", "68.8%", "3", "3", "35", "2,000"],
    "人社": ["0", "—", "90.0%", "90.0%", "10.0%", "1", "1", "07", "10"],
    "卫健": ["0", "—", "—", "—", "—", "—", "—", "0"],
}


async def test_queues(folder: Path) -> None:
    printed = by_command(folder, "queues")
    for name, expected in QUEUES.items():
        assert figures(row(printed, name))[1:] == expected, "behind the line's number"
    async with on_screen(folder, "2") as pilot:
        shown = {each.texts[0]: each for each in loaded(_queues(pilot))}
        for name, expected in QUEUES.items():
            cells = "  ".join(shown[name].texts[1:])
            assert missing(expected, cells) == [], name
        below = [name for name in QUEUES if any("▼" in cell for cell in shown[name].texts)]
    assert below == [name for name in QUEUES if "▼" in row(printed, name)] == ["综合"], "90.0% reaches 90 %"


#: Queue → waiting, longest wait, rates within the target and answered, calls offered.
STATUS = {
    "综合": ["3", "1", "12", "0.1%", "31.3%", "2,000"],
    "人社": ["0", "—", "90.0%", "90.0%", "10"],
    "卫健": ["0", "—", "—", "—", "0"],
}


async def test_status(folder: Path) -> None:
    printed = by_command(folder, "status")
    for name, expected in STATUS.items():
        assert figures(row(printed, name).replace("15秒", "")) == expected, name
    async with on_screen(folder, "2") as pilot:
        queues = {each.texts[0]: "  ".join(each.texts[1:]) for each in loaded(_queues(pilot))}
    for name, expected in STATUS.items():
        assert missing(expected, queues[name]) == [], name
    async with on_screen(folder, "1") as pilot:
        floor = text(pilot.app)
    for label, number in (
        (term("seat_state", "ready"), "2"),
        (term("seat_state", "talking"), "1"),
        (term("seat_state", "wrap_up"), "1"),
        ("中继", "5/32"),
        ("授权", "46/49"),
        ("超时", "0"),
        ("将超时", "0"),
        ("待派", "0"),
        ("待回访", "6"),
        ("待上传", "0"),
    ):
        for shown in (printed, floor):
            assert f"{label} {number}" in " ".join(shown.split()), label
    # The other figures have other words around them: alerts to confirm, samples scored and planned, the month's score.
    for line, expected, on_floor in (
        ("预警", ["2", "1"], "预警 2 "),
        ("质检", ["2", "16"], "质检 今日 2/16"),
        ("考核", ["92.5", "0.5"], "考核 92.5 +0.5 "),
    ):
        assert figures(row(printed, line)) == expected
        assert on_floor in " ".join(floor.split())


#: Item → its score, the points lost (as often as there are any), and its counts with the rate.
ITEMS = {
    "review_errors": ["9.5", "10", "0.5", "8", "200", "4%"],
    "dispatch_timeliness": ["8.5", "10", "1.5", "3"],
    "dispatch_accuracy": ["10", "10", "198", "200", "99%"],
    "callback_rate": ["9.6", "10", "0.4", "44", "50", "88%"],
    "service_ability": ["10", "10", "5", "200", "2.5%"],
    "attrition": ["5", "5", "0", "20", "0%"],
    "education": ["4.5", "5", "0.5", "1"],
    "onboarding_exam": ["1.4", "3", "1.6", "1", "3", "33.3333%"],
    "onboarding_period": ["2", "2", "1"],
    "training": ["3", "5", "2", "3"],
    "team_building": ["4", "4", "0"],
    "major_incidents": ["19", "20", "1", "1"],
}


async def test_assess(folder: Path) -> None:
    printed = by_command(folder, "assess")
    for item, expected in ITEMS.items():
        assert figures(row(printed, term("metric", item)))[: len(expected)] == expected, item
    async with on_screen(folder, "6") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, AssessmentScreen)
        shown = {each.id: "  ".join(each.texts[1:]) for each in loaded(screen.table("items"))}
        for item, expected in ITEMS.items():
            assert missing(expected, shown[item]) == [], item
            steps = figures(row(printed, term("metric", item)))[len(expected) :]
            assert missing(steps, shown[item].replace("次", "次 5")) == [], f"the next steps of {item}"
        head = text(pilot.app)
    for figure, by_screen in (
        ("基础分 92.5", "考核 92.5"),
        ("加分 +0.5", "加分 +0.5"),
        ("月末预测 90（90–90）", "月末预测 90 （90–90）"),
        ("年度得分 94.38", "年均 94.38"),
    ):
        assert figure in printed
        assert by_screen in head


async def test_assess_year(folder: Path) -> None:
    printed = by_command(folder, "assess", "year")
    months = {"2026-01": "94.5", "2026-02": "94.25", "2026-03": "92.5"}
    for month, base in months.items():
        assert figures(row(printed, month))[0] == base
    async with on_screen(folder, "6", "v") as pilot:
        assert row(text(pilot.app), "94.5").split() == ["94.25", "92.5"]


@pytest.mark.parametrize(("item", "each"), [("review_errors", "0.0625"), ("callback_rate", "0.0667")])
async def test_assess_explain(folder: Path, item: str, each: str) -> None:
    printed = by_command(folder, "assess", "--explain", item)
    costs = [line.split() for line in printed.splitlines() if line.startswith("工单 ")]
    assert {line[4] for line in costs} == {each}
    async with on_screen(folder, "6") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, AssessmentScreen)
        await pilot.press(*["down"] * [row.id for row in loaded(screen.table("items"))].index(item))
        await at_rest(pilot)
        steps = [line.strip() for line in printed.splitlines() if line.startswith("  ")]
        explained = words(screen.query_one("#item", Pane), 100)
        assert all(step in explained for step in steps)
        await pilot.press("enter")
        await at_rest(pilot)
        shown = [row.texts for row in loaded(screen.table("costs"))]
    assert [(what, at, f"−{lost}") for _, what, day, time, lost, *_ in costs for at in [f"{day} {time}"]] == [
        (what, at, lost) for at, what, _, lost in shown
    ]


#: View → row → scores, mean, change, share that passed. The cockpit says = where nothing changed.
RESULTS = {
    "agent": {
        "话务00": ["16", "83.13", "0.13", "31.3%"],
        "话务01": ["3", "92.13", "—", "100.0%"],
        "话务02": ["2", "87.50", "—", "100.0%"],
    },
    "item": {
        "倾听": ["21", "83.63", "14.88", "47.6%"],
        "一次性告知": ["13", "100.00", "—", "100.0%"],
    },
    "month": {"2026-02": ["1", "83.25", "—", "0.0%"], "2026-03": ["21", "84.83", "1.58", "47.6%"]},
}


@pytest.mark.parametrize("view", RESULTS)
async def test_inspect_results(folder: Path, view: str) -> None:
    printed = by_command(folder, "inspect", "results", "--by", view)
    async with on_screen(folder, "5", "R", *["b"] * ("agent", "team", "line", "item", "month").index(view)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, QualityScreen)
        assert screen.shown_request.group == f"by_{view}"
        shown = {each.texts[0]: "  ".join(each.texts[1:5]) for each in loaded(screen.table)}
        head, pane = text(pilot.app), words(screen.pane, 90)
    for name, expected in RESULTS[view].items():
        assert figures(row(printed, name)) == expected
        assert figures(shown[name]) == expected
    assert "21 份评分，平均 84.83" in printed
    assert "全月 21 份 · 平均 84.83" in head
    for listed in ("话务01 92.13", "话务00 83.13"):
        assert listed in printed
        assert listed in pane


async def test_handover(folder: Path) -> None:
    printed = by_command(folder, "handover")
    for line, expected in (
        ("12345 综合", ["16", "5", "31.3%", "31.3%", "11", "13"]),
        ("12320 卫健", ["0", "0", "—", "—", "0", "—"]),
        ("合计", ["32", "10", "31.3%", "31.3%", "22", "13"]),
        ("本班评分", ["2", "87.50", "0", "0"]),
        ("本月得分", ["2026", "03", "92.5"]),
    ):
        assert figures(row(printed, line)) == expected
    async with on_screen(folder, "7") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HandoverScreen)
        shown = words(screen.query_one("#summary", Pane), 100)
    summary = printed[printed.index("话务\n") : printed.index("遗留事项")]
    for line in filter(None, map(str.strip, summary.splitlines()[2:])):
        first = line.lstrip("· ").split("  ")[0]
        assert missing(figures(line), "\n".join(each for each in shown.splitlines() if first in each)) == [], line


@pytest.mark.parametrize(
    ("left", "by_command", "in_cockpit"),
    [(6, "", looks.TEXT), (5, "yellow", looks.AMBER), (-1, "bold red", looks.RED)],
)
async def test_the_time_left_for_a_step_has_the_same_colour(
    floor_stage: FloorStage, left: int, by_command: str, in_cockpit: Style
) -> None:
    due = floor_stage.floor.now() + timedelta(minutes=left)
    floor_stage.tell(("alert", "a-1"), steps=(Step(kind="follow_up", due_at=due),))
    floor = floor_stage.floor
    view = next(view for view in floor.alerts.all() if view.id == "a-1")
    titles = [column.title for column in alert_columns()]
    cell = alert_row({}, floor, Shapes(floor.config.zone), view)[titles.index("剩余")]
    assert isinstance(cell, Cell)
    assert cell.style == by_command
    async with cockpit(floor, (120, 36)) as pilot:
        await pilot.press("4")
        await at_rest(pilot)
        shown = next(each for each in loaded(pilot.app.screen.query_one(PlainTable)) if each.id == "a-1")
    assert (cell.text, in_cockpit) in shown.cells

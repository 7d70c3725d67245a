"""考核 in a real terminal against the embedded platform: its figures, what it says costs the next points, facts."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from floorctl.i18n import term, use_language
from floorctl.widgets import figures
from tests.e2e.floor_terminal import FloorTerminal
from tests.e2e.test_jobs import feed, quieten
from tests.e2e.test_outage import send
from tests.platforms import PlatformProcess, Platforms
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

#: In the small hours hardly anybody calls: what changes is what the test does.
_QUIET_HOUR = "03:00"
#: Late enough in its month that there are orders to make problems of, on whatever day this is run.
_DAY = "2026-11-24"


@pytest.fixture(scope="module")
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms("--orders", "400", "--day", _DAY, "--at", _QUIET_HOUR) as process:
        yield process


@pytest.fixture(scope="module")
def here(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> FloorTerminal:
    """A supervisor's terminal with everything in its cache."""
    use_language("zh-CN")
    terminal = FloorTerminal(tmp_path_factory.mktemp("terminal"), platform)
    terminal.sign_in_and_sync()
    return terminal


@pytest.fixture
def cockpit(here: FloorTerminal) -> Iterator[Terminal]:
    """The cockpit on the floor screen, live, with the score counted."""
    quieten(here)
    with here.cockpit(columns=150, rows=44) as terminal:
        terminal.wait_for(lambda text: "● 实时" in text and re.search(r"考核 \d", text), seconds=30)
        yield terminal


def shows(text: str, document: dict[str, Any]) -> bool:
    """Whether the screen has the figures of the command's document: the base large, the bonus small, every item's."""
    if not all(row.rstrip() in text for row in figures.large(document["base"])):
        return False
    if Decimal(document["bonus"]) and f"基础分  加分 +{document['bonus']}" not in text:
        return False
    lines = text.splitlines()
    return all(
        any(term("metric", item["id"]) in line and f" {item['score']}/{item['points']} " in line for line in lines)
        for item in document["items"]
    )


def test_the_figures_are_those_of_the_command(here: FloorTerminal, cockpit: Terminal) -> None:
    cockpit.press("6")
    cockpit.wait_for(lambda text: shows(text, here.json("assess")), seconds=30)
    assert re.search(rf"考核 {re.escape(here.json('assess')['base'])} ", cockpit.text().splitlines()[0])
    cockpit.press("left")
    month = here.json("assess")["month"]
    before = f"{int(month[:4]) - (month[5:] == '01')}-{(int(month[5:]) - 2) % 12 + 1:02}"
    cockpit.wait_for(lambda text: "已结束" in text and shows(text, here.json("assess", before)), seconds=30)


class Said:
    """What the screen says of the problem orders: points, how many there are, and how many more cost how much."""

    def __init__(self, text: str) -> None:
        name = term("metric", "service_ability")
        line = next(line for line in text.splitlines() if name in line)
        found = re.search(rf"{name}\s+([\d.]+)/10 .* (\d+)/\d+ .*▼([\d.]+)\s+(\d+) 件问题工单", line)
        assert found, line
        self.points, self.costs, self.more = Decimal(found[1]), Decimal(found[3]), int(found[4])
        self.problems = int(found[2])


def test_what_it_says_costs_the_next_half_point_does_so_and_no_sooner(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    cockpit.press("6")
    at_first = Said(cockpit.wait_for(lambda text: "件问题工单" in text and shows(text, here.json("assess"))))
    assert at_first.costs == Decimal("0.5")
    month = here.json("assess")["month"]
    fresh = iter(
        sorted(
            id_
            for id_, order in feed(platform, "order").items()
            if order["received_at"].startswith(f"{month}-1") and not order.get("problem")
        )
    )

    def one_more(problems: int) -> Said:
        """One more problem order on the platform; what the screen says once it has come there."""
        send(platform, "order.problem", ("order", next(fresh)), {"problem": "答复口径有误"}, None)
        return Said(cockpit.wait_for(lambda text: Said(text).problems == problems + 1, seconds=20))

    now = at_first
    while now.more > 1:
        now = one_more(now.problems)
        assert now.points == at_first.points, "sooner than it said"
    assert now.problems - at_first.problems >= at_first.more - 1 > 1
    assert one_more(now.problems).points == at_first.points - at_first.costs
    item = next(each for each in here.json("assess")["items"] if each["id"] == "service_ability")
    assert Decimal(item["score"]) == at_first.points - at_first.costs


def test_a_fact_recorded_while_the_platform_is_gone_counts_at_once_and_reaches_it_once(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    cockpit.press("6")
    cockpit.wait_for(lambda text: shows(text, here.json("assess")))
    lost = Decimal(re.findall(r"失分 ([\d.]+)", cockpit.wait_for(r"失分 [\d.]+"))[0])
    platform.stop()
    try:
        cockpit.wait_for("○ 离线", seconds=20)
        cockpit.press("i")
        cockpit.wait_for("登记哪类考核事项")
        cockpit.press(*"rwwwc")  # 任务未完成
        cockpit.wait_for(lambda text: re.search(r"▌1 任务未完成", text))
        cockpit.press("enter")
        cockpit.wait_for("登记：任务未完成")
        cockpit.process.write("迎检材料漏报".encode())
        cockpit.wait_for("迎检材料漏报")
        cockpit.press("\x13")  # Ctrl+S
        # Alerts that the rules raise meanwhile wait beside it.
        cockpit.wait_for(lambda text: f"失分 {lost + 1}" in text and re.search(r"待上传 [1-9]", text))
        assert here.kinds_done().count("fact.record") == 1
        cockpit.press("t")
        cockpit.wait_for("↑任务未完成")
    finally:
        platform.start()

    def arrived() -> list[dict[str, Any]]:
        return [fact for fact in feed(platform, "fact").values() if fact.get("title") == "迎检材料漏报"]

    wait_until(lambda: len(arrived()) == 1, seconds=40, why="for the fact")
    cockpit.wait_for(lambda text: "● 实时" in text and "↑任务未完成" not in text and "任务未完成" in text, seconds=40)
    assert len(arrived()) == 1

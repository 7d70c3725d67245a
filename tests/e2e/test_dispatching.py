"""A dispatcher's morning by keys, offline for half of it: what was decided, linked and called back is done once."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.floor_terminal import FloorTerminal
from tests.platforms import DAY, PlatformProcess
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("dispatching")]

#: Seconds: others may be working on the same machine; nothing here is about how fast it is.
PATIENCE = 90
#: Where the water main bursts.
BURST = "锦华区"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[PlatformProcess]:
    """A floor with all of its past, on a day on which a water main bursts after the opening."""
    options = ("--seed", "12345", "--day", str(DAY), "--at", "10:20", "--scenario", "flood")
    with PlatformProcess(tmp_path / "platform.db", *options, forked=True) as process:
        yield process


class Morning:
    """The cockpit, and what a dispatcher does in it by keys."""

    def __init__(self, here: FloorTerminal, cockpit: Terminal) -> None:
        self.here = here
        self.cockpit = cockpit
        self.kinds = Counter(here.kinds_done())

    def find(self, number: str, view: str = "A") -> None:
        """Put the cursor on an order by its number, coming from the floor."""
        self.go("1", "^ 现场 ")
        self.go("3", "^ 工单 ")
        self.cockpit.press(view)
        self.cockpit.press("/", *number, "enter")
        self.cockpit.wait_for(lambda text: re.search(rf"▌.*{number}", text), seconds=PATIENCE)

    def go(self, key: str, title: str) -> None:
        """Go to a screen and wait until it is in sight."""
        self.cockpit.press(key)
        self.cockpit.wait_for(lambda text: re.search(title, text), seconds=PATIENCE)

    def done(self, kind: str) -> None:
        """Wait until one more command of ``kind`` is kept."""
        before = self.kinds[kind]
        wait_until(lambda: Counter(self.here.kinds_done())[kind] == before + 1, seconds=PATIENCE, why=f"for {kind}")
        self.kinds[kind] += 1

    def decide(self, number: str, kind: str, digit: str, asked: str) -> None:
        """Decide in two keys what an order waits for."""
        self.find(number, view="X")
        self.cockpit.press("g")
        self.cockpit.wait_for(asked, seconds=PATIENCE)
        self.cockpit.press(digit)
        self.done(kind)

    def confer(self, number: str, minutes: str) -> None:
        """Record a conference of two departments, led by the second."""
        self.find(number)
        self.cockpit.press("G")
        self.cockpit.wait_for("会商的单位", seconds=PATIENCE)
        self.cockpit.press("1", "2", "enter")
        self.cockpit.wait_for("商定的主办单位", seconds=PATIENCE)
        self.cockpit.press("2")
        self.cockpit.wait_for("会商纪要", seconds=PATIENCE)
        self.cockpit.press(*minutes)
        self.cockpit.press("ctrl+s")
        self.done("order.confer")

    def link(self, number: str, to: str) -> None:
        """Link an order to another by its number."""
        self.find(number)
        self.cockpit.press("j")
        if "哪些与这件" in self.cockpit.wait_for("同一事项", seconds=PATIENCE):  # likely ones are proposed
            self.cockpit.press("0", "enter")
            self.cockpit.wait_for("与哪件是同一事项", seconds=PATIENCE)
        self.cockpit.press(*to, "enter")
        self.done("order.link")

    def call_back_oldest(self, digit: str) -> None:
        """Call back the caller who was missed first: the list is on the screen."""
        self.cockpit.press("c")
        self.cockpit.wait_for("回拨结果", seconds=PATIENCE)
        self.cockpit.press(digit)
        self.done("missed_call.done")


def stuck(here: FloorTerminal, kind: str) -> list[dict[str, Any]]:
    """Return the orders that wait for a decision of this kind, the longest asked for first."""
    items = here.json("orders", "--stuck", "--limit", "200")["items"]
    return [item for item in items if item["stuck"]["kind"] == kind]


def hot_places(here: FloorTerminal) -> set[str | None]:
    """Return the regions in which more call about one matter than chance allows."""
    return {item["region"] for item in here.json("orders", "--hot")["items"]}


def applied(platform: PlatformProcess, kinds: set[str]) -> Counter[tuple[str, str]]:
    """Return how often the platform has applied a command of each of ``kinds`` to each target."""
    with closing(sqlite3.connect(f"file:{platform.data}?mode=ro", uri=True)) as db:
        return Counter((kind, id_) for kind, id_ in db.execute("SELECT kind, target_id FROM command") if kind in kinds)


def test_a_dispatchers_morning_is_on_the_platform_once_though_half_of_it_was_done_offline(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    here = FloorTerminal(tmp_path / "terminal", platform)
    here.login()
    assert here.run("sync", "--once").returncode == 0
    returned = [item for kind in ("return", "dispute") for item in stuck(here, kind)]
    asked, unsatisfied = stuck(here, "extension"), stuck(here, "redo")
    accepted = here.json("orders", "--state", "accepted", "--sort", "-received", "--limit", "12")["items"]
    free = [item for item in accepted if not item["stuck"]]
    assert len(returned) >= 4
    assert len(asked) >= 2
    assert len(here.json("missed")["items"]) >= 5
    parent, *children = sorted(free, key=lambda item: item["received_at"])[:5]
    conferred = returned[3]

    with here.cockpit(columns=140, rows=40) as cockpit:
        cockpit.wait_for("● 实时", seconds=PATIENCE)
        morning = Morning(here, cockpit)
        for item, digit in zip(returned, "121", strict=False):
            morning.decide(item["number"], "order.return", digit, "裁定退单")
        morning.decide(asked[0]["number"], "order.extend", "1", "审批延期")

        platform.stop()
        cockpit.wait_for("○ 离线", seconds=PATIENCE)
        morning.decide(asked[1]["number"], "order.extend", "2", "审批延期")
        morning.confer(conferred["number"], "议定由第二家牵头")
        morning.decide(unsatisfied[0]["number"], "order.redo", "1", "是否重办")
        for item in children:
            morning.link(item["number"], parent["number"])
        morning.go("M", "^ 未接来电 ")
        for digit in "11211":
            morning.call_back_oldest(digit)
        made = morning.kinds
        assert here.json("status")["outbox"]["waiting"] >= 12

        # From here on the floor's time passes faster: the water main is about to burst.
        platform.options = (*platform.options, "--speed", "8")
        platform.start()
        cockpit.wait_for("● 实时", seconds=PATIENCE)
        wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=PATIENCE, why="for all to be sent")

        wait_until(lambda: BURST in hot_places(here), seconds=300, why="for the hot spot")
        morning.go("3", "^ 工单 ")
        morning.go("H", "^ 热点 ")
        cockpit.press("/", *BURST, "enter")
        cockpit.wait_for(lambda text: re.search(f"▌.*{BURST}", text), seconds=PATIENCE)
        cockpit.press("n")
        cockpit.wait_for("交接事项", seconds=PATIENCE)
        cockpit.press(*"爆管，已报采购人", "enter")
        wait_until(lambda: "handover.note" in here.kinds_done(), seconds=PATIENCE, why="for the report")
        wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=PATIENCE, why="for it to be sent")

    assert {item["state"] for item in here.done_by_people()} == {"applied"}
    expected = {
        "order.return": 3, "order.extend": 2, "order.confer": 1, "order.redo": 1, "order.link": 4,
        "missed_call.done": 5,
    }  # fmt: skip
    assert {kind: made[kind] for kind in expected} == expected
    times = applied(platform, {*expected})
    assert Counter(kind for kind, _ in times.elements()) == expected
    assert set(times.values()) == {1}
    orders = {id_: change["data"] for (_, id_), change in platform.snapshot("order")[0].items()}
    me = "p-" + platform.accounts["supervisor"][0]
    for item, upheld in zip(returned, (True, False, True), strict=False):
        (newest,) = orders[item["id"]]["return_log"][-1:]
        assert (newest["upheld"], newest["decided_by"]) == (upheld, me)
    assert [orders[item["id"]]["extension"]["granted"] for item in asked[:2]] == [True, False]
    assert orders[conferred["id"]]["conferences"][-1]["minutes"] == "议定由第二家牵头"
    assert len(orders[unsatisfied[0]["id"]]["redos"]) == 1
    assert {orders[item["id"]]["parent_id"] for item in children} == {parent["id"]}
    notes = [
        item["text"]
        for change in platform.snapshot("handover")[0].values()
        for item in change["data"]["items"]
        if "爆管" in item["text"]
    ]
    assert notes == ["爆管，已报采购人"]

"""Commands in other windows beside an open cockpit: the same data, the same journal, and each act once."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from floorctl.i18n import t, term, use_language
from tests.e2e.floor_terminal import FloorTerminal
from tests.e2e.test_figures import seats_on, signed_out_on
from tests.platforms import PlatformProcess, Platforms
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

#: Commands started at the same moment.
AT_ONCE = 20


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms() as process:
        yield process


@pytest.fixture
def here(platform: PlatformProcess, tmp_path: Path) -> FloorTerminal:
    use_language("zh-CN")
    terminal = FloorTerminal(tmp_path / "terminal", platform)
    terminal.login()
    assert terminal.run("sync", "--once").returncode == 0
    return terminal


@pytest.fixture
def cockpit(here: FloorTerminal) -> Iterator[Terminal]:
    for alert in here.json("alerts")["items"]:
        # Left alone, a critical one takes the whole screen.
        if alert["severity"] == "critical" and alert["state"] == "open":
            assert here.run("ack", alert["id"]).returncode == 0
    with here.cockpit(columns=140, rows=44) as terminal:
        terminal.wait_for("● 实时", seconds=30)
        yield terminal


#: States in which nobody is on a call.
AWAY = ("meeting", "training", "break", "meal")


def orders_of(platform: PlatformProcess) -> dict[str, dict[str, Any]]:
    """Every order as the platform has it, by number."""
    return {change["data"]["number"]: change["data"] for change in platform.snapshot("order")[0].values()}


def in_hand(orders: dict[str, dict[str, Any]], n: int) -> list[str]:
    """Numbers of orders that a department has in hand and nobody has urged."""
    fitting = [
        number
        for number, order in sorted(orders.items())
        if order["state"] in ("dispatched", "accepted") and not order.get("urges")
    ]
    assert len(fitting) >= n
    return fitting[:n]


def urge_all(here: FloorTerminal, numbers: list[str]) -> list[subprocess.CompletedProcess[str]]:
    with ThreadPoolExecutor(AT_ONCE) as windows:
        return list(windows.map(lambda number: here.run("urge", number, "--level", "1"), numbers))


def assert_urged_once(platform: PlatformProcess, numbers: list[str]) -> None:
    me = "p-" + platform.accounts["supervisor"][0]
    after = orders_of(platform)
    assert {number: [urge["by"] for urge in after[number]["urges"]] for number in numbers} == {
        number: [me] for number in numbers
    }


def test_twenty_commands_at_once_beside_the_cockpit_are_each_applied_once(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    numbers = in_hand(orders_of(platform), AT_ONCE)
    ended = urge_all(here, numbers)
    assert {(each.returncode, each.stderr if each.returncode else "") for each in ended} == {(0, "")}
    assert_urged_once(platform, numbers)
    cockpit.wait_for("待上传 0")


def test_commands_of_which_the_syncing_cockpit_is_killed_under_way_are_each_applied_once(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    numbers = in_hand(orders_of(platform), AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as windows:
        under_way = [windows.submit(here.run, "urge", number, "--level", "1") for number in numbers]
        under_way[0].result()
        cockpit.kill()
        ended = [each.result() for each in under_way]
    # What its window could not see sent in time is kept, and said to be kept.
    assert {each.returncode for each in ended} <= {0, 3}
    assert not any("Traceback" in each.stderr for each in ended)
    assert here.run("sync", "--once").returncode == 0
    assert here.json("status")["outbox"]["waiting"] == 0
    assert_urged_once(platform, numbers)


def test_what_a_command_does_is_seen_in_the_open_cockpit(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    # A person who is on no call; the floor's own life may move on any other.
    seats = {change["data"]["number"]: change["data"] for change in platform.snapshot("seat")[0].values()}
    number = next(number for number, seat in sorted(seats.items(), reverse=True) if seat["state"] in AWAY)
    before = cockpit.wait_for(lambda text: len(seats_on(text)) + signed_out_on(text) == len(seats))
    forced = here.run("seat-state", number, "signed_out")
    assert forced.returncode == 0, forced.stderr

    def shown(text: str) -> bool:
        """It is drawn no longer, or as one whose person should be there; each seat is drawn or counted."""
        drawn = seats_on(text)
        return drawn.get(number) in (None, t("floor.missing")) and len(drawn) + signed_out_on(text) == len(seats)

    assert seats_on(before)[number] == term("seat_state", seats[number]["state"])
    cockpit.wait_for(shown)
    listed = {seat["number"]: seat["state"] for seat in here.json("seats")["items"]}
    assert listed[number] == "signed_out"


def test_what_the_cockpit_does_is_seen_by_the_next_command(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    latest = here.json("orders", "--overdue", "--limit", "1")["items"][0]["number"]
    before = len(here.json("order", latest)["urges"])
    cockpit.press("3")
    cockpit.wait_for(latest)
    cockpit.press("u")
    wait_until(lambda: len(here.json("order", latest)["urges"]) == before + 1, why="for the urge")
    wait_until(lambda: len(orders_of(platform)[latest]["urges"]) == before + 1, why="for the platform to have it")

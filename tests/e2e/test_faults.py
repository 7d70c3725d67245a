"""The cockpit killed, stopped and sent home: what was said to be done is kept, applied once, and the terminal whole."""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import forking
from tests.e2e.floor_terminal import FloorTerminal
from tests.platforms import PlatformProcess, Platforms
from tests.scope import FULL, one_in
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

#: Times that a whole program is killed while it acts, by its start or in its work; tests/faults has the thousands.
KILLS = 60 if FULL else 12
#: Seconds that it stands still.
STOPPED = 120.0 if FULL else 0.0


@pytest.fixture
def here(platform: PlatformProcess, tmp_path: Path) -> FloorTerminal:
    terminal = FloorTerminal(tmp_path / "terminal", platform)
    terminal.login()
    return terminal


def items(here: FloorTerminal) -> list[dict[str, Any]]:
    return list(here.json("outbox", "list", "--limit", "5000")["items"])


def urged(platform: PlatformProcess) -> Counter[str]:
    """How often the supervisor has urged each order, as the platform has it."""
    me = "p-" + platform.accounts["supervisor"][0]
    return Counter(
        {
            id_: n
            for (_, id_), change in platform.snapshot("order")[0].items()
            if (n := sum(urge["by"] == me for urge in change["data"].get("urges", ())))
        }
    )


def to_urge(platform: PlatformProcess) -> list[tuple[str, str]]:
    """Id and number of orders in a department's hands."""
    return sorted(
        (id_, change["data"]["number"])
        for (_, id_), change in platform.snapshot("order")[0].items()
        if change["data"]["state"] in ("dispatched", "accepted")
    )


def start(here: FloorTerminal, *argv: str) -> forking.Started:
    with Path(os.devnull).open("r+b") as nothing:
        return forking.start("floorctl", *argv, env={**os.environ, **here.env}, files=[nothing.fileno()] * 3)


def test_killed_at_any_point_nothing_is_lost_and_nothing_doubled(
    platform: PlatformProcess, here: FloorTerminal
) -> None:
    chance = random.Random(4)
    began = time.monotonic()
    assert here.run("outbox", "list").returncode == 0
    took = time.monotonic() - began  # a command, on this machine at this hour
    before = urged(platform)
    orders = to_urge(platform)
    cockpit = here.cockpit()
    promised: Counter[str] = Counter()
    try:
        cockpit.wait_for("● 实时", seconds=30)
        for n in range(KILLS):
            if n % 4 == 3:  # by keys, in the cockpit, which is killed in the middle of them
                cockpit.press("3")
                cockpit.wait_for("排序")
                cockpit.press(*["down"] * n, "space", "space", "u", pause=0.05)
                time.sleep(chance.uniform(0, 0.5))
                cockpit.kill()
                cockpit.close()
                cockpit = here.cockpit()
                cockpit.wait_for("● 实时", seconds=30)
                continue
            id_, number = orders[n % len(orders)]
            command = start(here, "urge", number, "--level", "2", "--note", f"第{n}次", "--again")
            try:
                code = command.wait(took * chance.uniform(0.3, 3))
            except subprocess.TimeoutExpired:
                command.kill()
                command.wait()
            else:
                assert code in (0, 3)
                promised[id_] += 1
        wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=30, why="for the outbox to empty")
    finally:
        cockpit.close()
    made = [item for item in items(here) if item["kind"] == "order.urge"]
    assert all(item["state"] in ("applied", "refused") for item in made), Counter(item["state"] for item in made)
    kept = Counter(item["target"]["id"] for item in made)
    assert all(kept[id_] >= n for id_, n in promised.items())
    applied = Counter(item["target"]["id"] for item in made if item["state"] == "applied")
    assert applied == urged(platform) - before
    assert sum(applied.values()) >= KILLS // 4


def modes_left_on(raw: bytes) -> set[bytes]:
    """The terminal's modes that were switched on and never off again."""
    on: set[bytes] = set()
    for numbers, switch in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", raw):
        for number in numbers.split(b";"):
            on.add(number) if switch == b"h" else on.discard(number)
    return on - {b"25", b"7"}  # a cursor that is seen and lines that wrap are how a terminal ought to be


@pytest.mark.parametrize("number", one_in(2, [signal.SIGTERM, signal.SIGHUP]))
def test_sent_home_by_a_signal_it_leaves_the_terminal_and_the_journal_whole(
    platform: PlatformProcess, here: FloorTerminal, number: signal.Signals
) -> None:
    cockpit = here.cockpit()
    try:
        cockpit.wait_for("● 实时", seconds=30)
        cockpit.press("3")
        cockpit.wait_for("排序")
        assert modes_left_on(bytes(cockpit.raw))
        row = [signal.SIGHUP, signal.SIGTERM].index(number) + 1  # not the one that was urged before
        cockpit.press(*["down"] * row, pause=0.1)
        cockpit.urge()
        wait_until(lambda: any(item["kind"] == "order.urge" for item in items(here)), why="for the urge")
        cockpit.process.kill(number)
        wait_until(lambda: not cockpit.process.isalive(), seconds=10, why="for the cockpit to go")
        wait_until(lambda: modes_left_on(bytes(cockpit.raw)) == set(), why="for the terminal to be given back")
        assert cockpit.raw.rfind(b"\x1b[?25h") > cockpit.raw.rfind(b"\x1b[?25l")
        assert b"Traceback" not in cockpit.raw
        assert cockpit.process.exitstatus == 0
    finally:
        cockpit.close()
    made = [item for item in items(here) if item["kind"] == "order.urge"]
    assert made
    assert here.run("doctor").returncode == 0
    number_of = here.json("orders", "--limit", "1")["items"][0]["number"]
    assert here.run("urge", number_of, "--level", "1", "--again").returncode == 0
    assert {item["state"] for item in items(here)} == {"applied"}


def test_a_cockpit_that_stands_still_keeps_nobody_from_acting_and_goes_on(
    platform: PlatformProcess, here: FloorTerminal
) -> None:
    cockpit = here.cockpit()
    try:
        cockpit.wait_for("● 实时", seconds=30)
        before = urged(platform)
        id_, number = to_urge(platform)[-1]
        os.kill(cockpit.process.pid, signal.SIGSTOP)
        # It holds the lock and sends nothing: the command is kept, and says so.
        result = here.run("urge", number, "--level", "3", "--note", "停住时", "--again")
        assert result.returncode in (0, 3), result.stderr
        assert here.json("status")["orders"]["overdue"] >= 0
        time.sleep(STOPPED)
        os.kill(cockpit.process.pid, signal.SIGCONT)
        wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=30, why="for it to be sent")
        assert (urged(platform) - before)[id_] == 1
        cockpit.wait_for("● 实时", seconds=20)
        cockpit.press("3")
        cockpit.wait_for("排序")
    finally:
        os.kill(cockpit.process.pid, signal.SIGCONT)
        cockpit.close()


def test_a_viewer_is_offered_nothing_to_do_and_refused_what_is_tried(platforms: Platforms, tmp_path: Path) -> None:
    with platforms() as platform:
        _a_viewer_does_nothing(platform, tmp_path)


def _a_viewer_does_nothing(platform: PlatformProcess, tmp_path: Path) -> None:
    here = FloorTerminal(tmp_path / "viewer", platform)
    here.login("viewer")
    assert here.run("sync", "--once").returncode == 0
    supervisor = FloorTerminal(tmp_path / "supervisor", platform)
    supervisor.sign_in_and_sync()
    _, number = to_urge(platform)[0]
    seat = here.json("seats")["items"][0]["id"]
    for argv in (["urge", number, "--level", "1"], ["skills", seat, "q-12333"], ["seat-state", seat, "not_ready"]):
        result = here.run(*argv)
        assert result.returncode == 5, (argv, result.stdout, result.stderr)
    assert items(here) == []
    cockpit: Terminal = here.cockpit()
    try:
        cockpit.wait_for("● 实时", seconds=30)
        cockpit.press("3")
        cockpit.wait_for("排序")
        cockpit.press("space", "u", "d", "escape", "1", "k", "escape", pause=0.15)
        # The alert rules look soon after the start, and are not for a viewer: where they are for somebody, who comes
        # after the viewer, they find something.
        with supervisor.cockpit():
            wait_until(lambda: items(supervisor), seconds=60, why="for the rules to raise an alert")
    finally:
        cockpit.close()
    assert items(here) == []

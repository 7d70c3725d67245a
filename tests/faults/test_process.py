"""Clocks that jump, zones that change, two cockpits, no home: it opens, stays live, and what is done is done once."""

import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import libfaketime
import pytest

from tests.e2e.floor_terminal import FloorTerminal
from tests.platforms import PlatformProcess
from tests.scope import FULL
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def here(platform: PlatformProcess, tmp_path: Path) -> FloorTerminal:
    terminal = FloorTerminal(tmp_path / "terminal", platform)
    terminal.login()
    return terminal


class WallClock:
    """The wall clock of one terminal's processes; how long the machine has been up stays as it is, as on a real one."""

    def __init__(self, here: FloorTerminal, folder: Path) -> None:
        self._file = folder / "offset"
        self.jumps("+0")
        library = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
        here.env |= {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def jumps(self, offset: str) -> None:
        self._file.with_suffix(".new").write_text(f"{offset}\n", "utf-8")
        self._file.with_suffix(".new").replace(self._file)


def to_urge(platform: PlatformProcess) -> list[str]:
    """Numbers of orders in a department's hands."""
    return sorted(
        change["data"]["number"]
        for change in platform.snapshot("order")[0].values()
        if change["data"]["state"] in ("dispatched", "accepted")
    )


def urges(platform: PlatformProcess, note: str) -> list[dict[str, Any]]:
    return [
        urge
        for change in platform.snapshot("order")[0].values()
        for urge in change["data"].get("urges", ())
        if urge.get("note") == note
    ]


def platform_time(platform: PlatformProcess) -> datetime:
    return datetime.fromisoformat(platform.snapshot("queue")[1])


@pytest.mark.skipif(sys.platform != "linux", reason="the wall clock is set by a library for Linux")
def test_a_wall_clock_that_jumps_changes_nothing(
    platform: PlatformProcess, here: FloorTerminal, tmp_path: Path
) -> None:
    assert here.run("sync", "--once").returncode == 0  # a first sync by that clock takes five times as long
    clock = WallClock(here, tmp_path)
    numbers = to_urge(platform)
    cockpit = here.cockpit()
    try:
        cockpit.wait_for("● 实时", seconds=30)
        for n, offset in enumerate(("+1d", "-1d", "+10y", "-10y", "+0") if FULL else ("+10y", "-1d")):
            clock.jumps(offset)
            # At once, from the cache: whoever starts now has heard nothing of the platform itself.
            status = here.json("status")
            assert abs(datetime.fromisoformat(status["as_of"]) - platform_time(platform)) < timedelta(seconds=30)
            result = here.run("urge", numbers[n], "--level", "2", "--note", f"钟{offset}", "--again")
            assert result.returncode == 0, (offset, result.stdout, result.stderr)
            item = here.json("outbox", "list", "--limit", "1")["items"][0]
            assert abs(datetime.fromisoformat(item["made_at"]) - platform_time(platform)) < timedelta(seconds=30)
            assert len(urges(platform, f"钟{offset}")) == 1
            assert all(0 <= seat["seconds_in_state"] < 86_400 for seat in here.json("seats")["items"])
            text = cockpit.wait_for("● 实时", seconds=10)
            shown = platform_time(platform).strftime("%H:%M")
            minute_before = (platform_time(platform) - timedelta(minutes=1)).strftime("%H:%M")
            assert shown in text or minute_before in text
        assert cockpit.process.isalive()
        assert b"Traceback" not in cockpit.raw
    finally:
        cockpit.close()


def test_the_time_zone_of_the_machine_changes_nothing(platform: PlatformProcess, here: FloorTerminal) -> None:
    assert here.run("sync", "--once").returncode == 0

    def documents() -> list[Any]:
        orders = here.json("orders", "--limit", "50", "--sort", "number")
        for item in orders["items"]:
            del item["overdue_seconds"]
        alerts = here.json("alerts")
        for item in alerts["items"]:
            del item["title_now"]  # what is left of a limit moves with the second
        queues = here.json("queues")
        for item in queues["items"]:
            del item["longest_wait_seconds"]  # somebody may be waiting
        return [orders["items"], queues["items"], alerts["items"]]

    seen = []
    for zone in ("Asia/Shanghai", "America/New_York", *(("Pacific/Kiritimati", "") if FULL else ())):
        here.env["TZ"] = zone
        seen.append(documents())
        as_of = datetime.fromisoformat(here.json("status")["as_of"])
        assert as_of.utcoffset() == timedelta(hours=8)
    for each in seen[1:]:
        assert each == seen[0]


def _urged(here: FloorTerminal) -> int:
    """Return how many urges were made at this terminal."""
    return here.kinds_done().count("order.urge")


def test_two_cockpits_share_a_folder_and_either_may_go(platform: PlatformProcess, here: FloorTerminal) -> None:
    numbers = to_urge(platform)
    first, second = here.cockpit(), here.cockpit()
    try:
        for cockpit in (first, second):
            cockpit.wait_for("● 实时", seconds=30)
        assert here.run("urge", numbers[-1], "--level", "1", "--note", "两窗", "--again").returncode == 0
        assert len(urges(platform, "两窗")) == 1
        first.kill()
        second.press("3")
        second.wait_for("排序")
        before = _urged(here)
        second.urge()
        wait_until(lambda: _urged(here) == before + 1, why="for the act by keys")
        wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=30, why="for the other to take over")
        second.wait_for("● 实时", seconds=15)
    finally:
        first.close()
        second.close()


def test_without_a_home_it_says_so_or_works_where_it_was_told_to(here: FloorTerminal, tmp_path: Path) -> None:
    here.env["HOME"] = "/proc/nowhere"  # where nobody can make one, not even root
    assert here.run("status").returncode == 0
    bare = tmp_path / "bare.toml"
    bare.write_text(here.config.read_text("utf-8").replace("data_dir", "#data_dir"), "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "FLOORCTL_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "floorctl", "--config", str(bare), "status"],
        env={**environment, "HOME": "/proc/nowhere", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert re.search(r"/proc/nowhere", ended.stderr)
    assert len(ended.stderr.strip().splitlines()) <= 2
    assert "Traceback" not in ended.stderr

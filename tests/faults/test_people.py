"""What people do to a terminal: resize it without end, paste a book into it, lean on the keys."""

import re
import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.e2e.floor_terminal import PROGRAM, FloorTerminal
from tests.platforms import PlatformProcess
from tests.scope import FULL, one_in
from tests.terminals import KEYS, Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RESIZES = 1000 if FULL else 25
MASHED = 10_000 if FULL else 300
#: What leaves the program or locks it when it is asked to is not what is tried here.
_LEAVES = {"ctrl+q", "ctrl+l"}
_DEAF_TO_SIZES = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
os.execv(sys.argv[1], sys.argv[1:])
"""


def at(platform: PlatformProcess, folder: Path, role: str = "supervisor") -> FloorTerminal:
    terminal = FloorTerminal(folder / role, platform)
    terminal.login(role)
    return terminal


def fine(cockpit: Terminal) -> None:
    assert cockpit.process.isalive()
    assert b"Traceback" not in cockpit.raw


def to_the_floor(cockpit: Terminal, *, seconds: float = 30) -> None:
    """Press Escape and 1 until the floor is shown.

    A question that has just come takes no key, and a program that is busy reads the two as one: Alt+1.
    """

    def shown() -> bool:
        cockpit.press("escape", "1", pause=0.3)
        return "● 实时" in cockpit.text() and "A区" in cockpit.text()

    wait_until(shown, seconds=seconds, why="for the floor")


def test_many_changes_of_size_leave_the_picture_whole(platform: PlatformProcess, tmp_path: Path) -> None:
    here = at(platform, tmp_path)
    chance = Random(3)
    with here.cockpit() as cockpit:
        cockpit.wait_for("● 实时", seconds=30)
        for n in range(RESIZES):
            cockpit.process.setwinsize(*((5, 20), (200, 500), (chance.randint(5, 200), chance.randint(20, 500)))[n % 3])
            if n % 10 == 0:
                cockpit.press(chance.choice("12345t"), "down", pause=0)
            time.sleep(chance.uniform(0, 0.03))
        cockpit.process.setwinsize(36, 120)
        to_the_floor(cockpit, seconds=120)  # a thousand pictures of up to 100,000 cells wait to be drawn
        cockpit.press("2")
        cockpit.wait_for(lambda text: "● 实时" in text and re.search("均时|AHT|放弃", text), seconds=60)
        fine(cockpit)
    assert here.kinds_done() == []


def test_a_size_that_no_signal_told_of_is_drawn(platform: PlatformProcess, tmp_path: Path) -> None:
    here = at(platform, tmp_path)
    with Terminal([sys.executable, "-c", _DEAF_TO_SIZES, *PROGRAM], columns=80, rows=24, env=here.env) as cockpit:
        cockpit.wait_for("● 实时", seconds=30)
        cockpit.screen.resize(36, 120)
        cockpit.process.setwinsize(36, 120)
        cockpit.wait_for(lambda text: text.split("\n")[35].strip(), seconds=15)
        cockpit.wait_for("● 实时")
        fine(cockpit)


def test_a_megabyte_pasted_anywhere_is_text_and_acts_on_nothing(platform: PlatformProcess, tmp_path: Path) -> None:
    here = at(platform, tmp_path)
    book = ("强制签出 u k p s d a 1 2 3 y\r\n" * 25_000)[: 1 << 20].encode()
    with here.cockpit() as cockpit:
        cockpit.wait_for("● 实时", seconds=30)
        for before in one_in(2, ((), ("3",), ("3", "/"))):
            if before:
                cockpit.press(before[0])
                cockpit.wait_until_seen("排序")
            cockpit.press(*before[1:], pause=0.3)
            for start in range(0, len(paste := b"\x1b[200~" + book + b"\x1b[201~"), 4096):
                cockpit.process.write(paste[start : start + 4096])
            to_the_floor(cockpit, seconds=60)
            cockpit.press("2")
            cockpit.wait_for("均时|AHT|放弃", seconds=60)
            cockpit.press("1")
            cockpit.wait_for("A区")
        fine(cockpit)
    assert here.kinds_done() == []


def test_keys_held_down_without_the_right_to_act_do_nothing(platform: PlatformProcess, tmp_path: Path) -> None:
    here = at(platform, tmp_path, "viewer")
    chance = Random(12345)
    keys = [*(name for name in KEYS if name not in _LEAVES), *"abcdefghijklmnoprstuvwxyz1234567890/?,.;"]
    with here.cockpit() as cockpit:
        cockpit.wait_for("● 实时", seconds=30)
        for start in range(0, MASHED, 100):
            cockpit.press(*chance.choices(keys, k=min(100, MASHED - start)), pause=0.004)
            fine(cockpit)
        cockpit.press("escape", "escape", "escape", pause=0.3)
        wait_until(lambda: cockpit.process.isalive() and cockpit.text().strip(), why="for a picture")
        fine(cockpit)
    assert here.kinds_done() == []


def test_the_same_act_twice_at_once_is_one_act_or_asked_about(platform: PlatformProcess, tmp_path: Path) -> None:
    here = at(platform, tmp_path)
    with here.cockpit() as cockpit:
        cockpit.wait_for("● 实时", seconds=30)
        cockpit.press("3")
        cockpit.wait_until_seen("排序")
        cockpit.process.write(b"uu")
        wait_until(here.kinds_done, why="for the urge")
        # Keys are taken in their order: what leads elsewhere does so when the second of them has had its effect.
        to_the_floor(cockpit)
        fine(cockpit)
    assert here.kinds_done() == ["order.urge"]

"""The demonstration as a person meets it: one picture without a terminal, the live floor in one, nothing left."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from floorctl.cli.seat_plan import seat_plan
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import use_language
from floorctl.process.signals import ENDING
from tests import forking
from tests.build import config
from tests.e2e.floor_terminal import PROGRAM
from tests.platforms import PlatformProcess
from tests.scope import FULL, one_in
from tests.terminals import Terminal
from tests.waiting import HURRIED, wait_until, wait_until_live

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("demo")]


class Home:
    """A person's home and temporary folder; whatever runs for this person is found by them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.env = {"HOME": str(folder), "TMPDIR": str(self.temporary), "LC_ALL": "C.UTF-8"}

    def processes(self) -> list[int]:
        """Processes of this person's."""
        mark = f"TMPDIR={self.temporary}\0".encode()
        found = []
        for each in Path("/proc").iterdir():
            if not each.name.isdigit():
                continue
            try:
                # One that has ended and not been waited for has no command line.
                if mark in (each / "environ").read_bytes() and (each / "cmdline").read_bytes():
                    found.append(int(each.name))
            except OSError:
                continue
        return found

    def left_over(self) -> list[str]:
        """Folders that demonstrations have left in the temporary folder."""
        return [each.name for each in self.temporary.glob("floorctl-demo-*")]

    def once(self, *options: str, columns: str = "") -> subprocess.CompletedProcess[str]:
        """``floorctl demo --once`` where neither input nor output is a terminal."""
        argv = [*PROGRAM, "demo", "--once", *options]
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **self.env, "COLUMNS": columns},
            start_new_session=True,
        )

    def cockpit(self, *options: str, columns: int = 120, rows: int = 36) -> Terminal:
        """``floorctl demo`` in a terminal."""
        argv = [*PROGRAM, "demo", "--at", "10:00", "--orders", "300", *options]
        return Terminal(argv, columns=columns, rows=rows, env=self.env)

    def told(self, *argv: str) -> Any:
        """What a command prints as JSON about the floor of the demonstration that runs here."""
        (folder,) = self.temporary.glob("floorctl-demo-*")
        config = str(folder / "floorctl.toml")
        ended = forking.run(
            "floorctl", "--config", config, *argv, "--json", stdin="", timeout=60, env={**os.environ, **self.env}
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def signed_in(self) -> set[str]:
        """The roles of whoever is signed in at the demonstration that runs here."""
        return set(self.told("whoami")["roles"])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    here = Home(tmp_path / "home")
    yield here
    for process in here.processes():
        os.kill(process, signal.SIGKILL)


#: What the first line and the line of orders begin with.
WORDS = {"zh-CN": ("● 实时 10:", "工单 "), "en": ("● live 10:", "Orders ")}


#: A seat in the picture's plan, and how many of a zone are signed out.
_DRAWN = r"(?<!\S)(\d{2,3}) [○◎●◍▷◐◇·▲]\S"
_OUT = r"· (?:签出|Signed out) (\d+)"
#: The line of all seats, which is as long as it is.
_SUMMED_UP = "坐席 |Seats "


def assert_lacks_no_seat(picture: str, n: int) -> None:
    """Each seat at work or missed is drawn once with its state; the others are counted in their zone."""
    plan = picture.partition("\nA区")[2]
    drawn, out = re.findall(_DRAWN, plan), sum(map(int, re.findall(_OUT, plan)))
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= {f"{number:02}" for number in range(1, n + 1)}
    assert len(drawn) + out == n
    assert drawn, "somebody is at work at ten in the morning"


def assert_sums_up_all_seats(picture: str, n: int) -> None:
    """The line of the seats has how many are in each state, and as many signed out as the zones of the plan."""
    line = next(line for line in picture.splitlines() if re.match(_SUMMED_UP, line))
    out = sum(map(int, re.findall(_OUT, picture.partition("\nA区")[2])))
    assert re.search(rf"(?:签出|Signed out) {out}\b", line), (out, line)
    assert sum(map(int, re.findall(r"[○◎●◍▷◐◇·] [^○◎●◍▷◐◇·]*? (\d+)", line))) == n


def figures_of_queues(picture: str) -> list[list[str]]:
    """The numbers in each queue's line."""
    return [re.findall(r"\d+\.?\d*", line) for line in picture.splitlines() if re.match(r"123(?:45|33|20) ", line)]


def widest(picture: str) -> int:
    """Cells of the longest line of the plan."""
    return max(
        cell_len(line)
        for line in picture.splitlines()
        if re.search(rf"{_DRAWN}|{_OUT}", line) and not re.match(_SUMMED_UP, line)
    )


def test_one_picture_with_live_figures_is_printed_without_a_terminal(home: Home) -> None:
    pictures = []
    for language, seats, options in (("zh-CN", 49, ()), ("en", 500, ("--seed", "2", "--seats", "500"))):
        ended = home.once("--at", "10:00", "--orders", "300", "--lang", language, *options)
        assert ended.returncode == 0, ended.stderr
        pictures.append(ended.stdout)
        assert "\x1b" not in ended.stdout
        for words in WORDS[language]:
            assert re.search(f"^{words}", ended.stdout, re.MULTILINE), ended.stdout
        for line in ("12345", "12333", "12320"):
            assert re.search(rf"^{line} .*\d+\.\d%", ended.stdout, re.MULTILINE), ended.stdout
        assert_lacks_no_seat(ended.stdout, seats)
        assert_sums_up_all_seats(ended.stdout, seats)
        wait_until(lambda: not home.processes(), why="for its processes to end")
        assert home.left_over() == []
        assert 44 < widest(ended.stdout) <= 100
    first, second = map(figures_of_queues, pictures)
    assert first != second, "another day"


@pytest.fixture(scope="module")
def synced(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """A floor as a demonstration has one."""
    with closing(open_terminal(config(tmp_path_factory.mktemp("synced"), url=platform.url))) as floor:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start(watch=False, pace=HURRIED)
        wait_until_live(floor)
        yield floor


@pytest.mark.parametrize("columns", ["80", "44", "7", "wide", "٣", "99999999999999999999"])
def test_the_plan_is_as_wide_as_is_asked_for_and_lacks_no_seat(
    synced: Floor, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    use_language("zh-CN")
    with monkeypatch.context() as environment:  # pytest, too, asks how wide its terminal is
        environment.setenv("COLUMNS", columns)
        plan = "\n".join(line.plain for line in seat_plan(synced.seats.all()))
    assert_lacks_no_seat(f"\n{plan}", 49)
    assert widest(plan) <= (max(int(columns), 40) if len(columns) == 2 else 100)


def is_live(text: str) -> bool:
    """Whether the cockpit shows a floor, live."""
    return "● 实时" in text and "12345 综合" in text and "A区" in text and "工单" in text


def test_the_live_floor_moves_can_be_worked_with_at_once_and_leaves_the_terminal_as_it_was(home: Home) -> None:
    with home.cockpit() as cockpit:
        before = cockpit.wait_for(is_live, seconds=60)
        cockpit.wait_for(lambda text: is_live(text) and text != before)
        assert len(home.processes()) == 2
        assert len(home.left_over()) == 1

        cockpit.press("3")
        cockpit.wait_for(r"20\d{11}", seconds=30)
        cockpit.press("space", "space", "space", "u")
        cockpit.wait_for("催办", seconds=20)

        cockpit.press("escape", "ctrl+q")
        wait_until(lambda: not home.processes(), seconds=30, why="for the demonstration to end")
        cockpit.process.wait()
        assert cockpit.process.exitstatus == 0
        assert home.left_over() == []
        # The other screen is left, the cursor is shown, the mouse is no longer listened to.
        wait_until(lambda: b"\x1b[?1049l" in cockpit.raw, why="for the main screen")
        for given_back, taken in ((b"\x1b[?25h", b"\x1b[?25l"), (b"\x1b[?1000l", b"\x1b[?1000h")):
            assert cockpit.raw.rfind(given_back) > cockpit.raw.rfind(taken)


def test_a_demonstration_that_was_locked_says_who_can_unlock_it(home: Home) -> None:
    with home.cockpit(columns=80, rows=24) as cockpit:
        cockpit.wait_for(is_live, seconds=60)
        cockpit.press("ctrl+l")
        told = re.search(r"现场管理 (\d{4}) (\w+)", cockpit.wait_for("班长 1"))
        assert told
        cockpit.press(*told[1], "enter", *told[2], "enter")
        cockpit.wait_for(is_live, seconds=20)
        cockpit.press("ctrl+q")


def test_what_is_done_while_f9_has_cut_the_line_is_sent_once_when_f9_mends_it(home: Home) -> None:
    with home.cockpit() as cockpit:
        cockpit.wait_for(is_live, seconds=60)
        cockpit.press("3")
        cockpit.wait_for(lambda text: text.lstrip().startswith("工单") and re.search(r"20\d{11}", text), seconds=30)
        began = home.told("status")["as_of"]
        for round_ in (1, 2):
            at = time.monotonic()
            cockpit.press("f9")
            cockpit.wait_for("○ 离线", seconds=10)
            assert time.monotonic() - at < 6, "the promise of any cockpit; here it is about two seconds"
            if round_ == 1:
                cockpit.press("u")
                cockpit.wait_for("待上传 [1-9]", seconds=20)  # alert rules may have something to send too
            cockpit.press("f9")
            at = time.monotonic()
            cockpit.wait_for("● 实时", seconds=10)
            assert time.monotonic() - at < 6
            cockpit.wait_for("待上传 0", seconds=20)
        sent = [item for item in home.told("outbox", "list")["items"] if item["kind"] == "order.urge"]
        assert [item["state"] for item in sent] == ["applied"]
        urges = home.told("order", sent[0]["target"]["id"].removeprefix("o-"))["urges"]
        assert len([urge for urge in urges if urge["at"] >= began]) == 1
        cockpit.press("ctrl+q")


def test_f1_and_a_digit_are_another_role_with_its_own_rights_and_it_says_so_on_leaving(home: Home) -> None:
    with home.cockpit("--role", "inspector", "--seed", "7", columns=80, rows=24) as cockpit:
        cockpit.wait_for(is_live, seconds=60)
        assert home.signed_in() == {"inspector"}
        cockpit.press("f1")
        shown = cockpit.wait_for("4  只读")
        accounts = dict(re.findall(r"([1-4])  (?:现场管理|班长|质检员|只读)\s+(\d{4}  \w{10})", shown))
        assert len(accounts) == 4
        cockpit.press("4")
        wait_until(lambda: home.signed_in() == {"viewer"}, why="for the viewer to be signed in")
        cockpit.wait_for(is_live, seconds=30)
        cockpit.press("3")
        cockpit.wait_for(lambda text: text.lstrip().startswith("工单") and re.search(r"20\d{11}", text), seconds=30)
        cockpit.press("u")
        cockpit.wait_for("您的角色不能", seconds=20)
        cockpit.press("f1", "1")
        wait_until(lambda: home.signed_in() == {"supervisor"}, why="for the supervisor to be signed in")
        cockpit.wait_for(r"20\d{11}", seconds=30)
        cockpit.press("u")
        cockpit.wait_for(r"催办", seconds=20)
        cockpit.press("ctrl+q")
        cockpit.process.wait()
        left = cockpit.wait_for("再来一次")
        for account in accounts.values():
            assert account in left
        assert "--seed 7" in left
        assert "month-end" in left


def test_the_three_lines_are_gone_with_escape_and_on_a_wall_there_are_none(home: Home) -> None:
    with home.cockpit("--scenario", "surge", columns=80, rows=24) as cockpit:
        cockpit.wait_for("话务激增", seconds=60)
        cockpit.press("2")
        cockpit.wait_for(lambda text: "话务激增" in text and text.lstrip().startswith("队列"))
        cockpit.press("escape")
        cockpit.wait_for(lambda text: "话务激增" not in text and text.lstrip().startswith("队列"))
        cockpit.press("escape")
        cockpit.wait_for(lambda text: text.lstrip().startswith("现场"))
        cockpit.press("ctrl+q")
    with home.cockpit("--scenario", "surge", "--read-only") as wall:
        shown = wall.wait_for(is_live, seconds=60)
        assert "话务激增" not in shown
        wall.press("f9", "f1")
        assert "演示账号" not in wall.text()
        wall.press("q")
        wall.process.wait()
        assert "再来一次" not in wall.text()


@pytest.mark.skipif(not FULL, reason="waits for the scenario's minute; with less the pilot's test does it")
def test_in_the_outage_the_line_breaks_by_itself_and_f9_mends_it(home: Home) -> None:
    with home.cockpit("--scenario", "outage") as cockpit:
        cockpit.wait_for(is_live, seconds=60)
        cockpit.wait_for("○ 离线", seconds=75)
        cockpit.press("f9")
        cockpit.wait_for(is_live, seconds=10)
        cockpit.press("ctrl+q")


@pytest.mark.parametrize(("way", "seats"), one_in(2, [("SIGHUP", 500), ("SIGTERM", 49), ("SIGKILL", 49)]))
def test_a_floor_of_any_size_is_shown_live_and_nothing_runs_on_however_it_ends(
    home: Home, way: str, seats: int
) -> None:
    with home.cockpit("--seats", str(seats)) as cockpit:
        cockpit.wait_for(is_live, seconds=60)
        assert len(home.processes()) == 2
        cockpit.process.kill(getattr(signal, way))
        wait_until(lambda: not home.processes(), seconds=30, why="for the demonstration to end")
        # Who is killed can't tidy up; the next demonstration does.
        if way == "SIGKILL":
            narrow = home.once("--at", "10:00", "--orders", "20", columns="44")
            assert narrow.returncode == 0
            assert_lacks_no_seat(narrow.stdout, 49)
            assert widest(narrow.stdout) <= 44
        assert home.left_over() == []


@pytest.mark.parametrize("number", ENDING)
def test_ended_while_it_starts_it_leaves_neither_its_platform_nor_its_folder(
    home: Home, number: signal.Signals
) -> None:
    with home.cockpit() as cockpit:
        wait_until(lambda: home.left_over() and len(home.processes()) == 2, seconds=60)
        cockpit.process.kill(number)
        wait_until(lambda: not cockpit.process.isalive(), seconds=30, why="for the demonstration to end")
        assert cockpit.process.exitstatus == 128 + number
        wait_until(lambda: not home.processes(), seconds=30, why="for the platform to end")
        assert home.left_over() == []


def test_the_cockpit_is_refused_in_one_sentence_where_there_is_no_terminal(home: Home) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "floorctl", "--lang", "en", "demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **home.env},
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "--once" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert home.processes() == []

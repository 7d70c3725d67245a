"""``demo``: live figures without a terminal, the cockpit in one, and nothing left behind however it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from ptyprocess import PtyProcess

from floorctl.commands.demo import demo_time
from floorctl.config import Config
from tests.commands.shell import Shell
from tests.conftest import wait_until


def _children(folder: Path) -> list[int]:
    """Processes whose environment says that they belong to this test."""
    found = []
    for each in Path("/proc").iterdir():
        if not each.name.isdigit() or int(each.name) == os.getpid():
            continue
        try:
            if f"TMPDIR={folder}\0".encode() in (each / "environ").read_bytes() and (each / "cmdline").read_bytes():
                found.append(int(each.name))
        except OSError:
            continue
    return found


def test_once_prints_a_live_floor_and_leaves_nothing_of_itself_or_of_one_that_was_killed(
    shell: Shell, tmp_path: Path
) -> None:
    with _open_cockpit(shell, tmp_path) as terminal:
        terminal.kill(signal.SIGKILL)
        _ended(tmp_path)
    assert list(tmp_path.glob("floorctl-demo-*"))
    ended = shell.process("demo", "--once", "--orders", "200", "--at", "10:00", env={"TMPDIR": str(tmp_path)})
    assert ended.returncode == 0, ended.stderr
    assert "live 10:0" in ended.stdout
    plan = ended.stdout[ended.stdout.index("A区") :]
    drawn, out = re.findall(r"\b\d\d [○◎●◍▷◐◇]", plan), [int(n) for n in re.findall(r"· Signed out (\d+)", plan)]
    assert len(drawn) + sum(out) == 49
    assert f"Signed out {sum(out)}" in " ".join(ended.stdout.split())
    assert not list(tmp_path.glob("floorctl-demo-*"))
    assert _children(tmp_path) == []


def test_once_as_json_is_the_status_document(shell: Shell) -> None:
    ended = shell.process("demo", "--once", "--json", "--orders", "50", "--seats", "12", "--seed", "7", "--at", "14:30")
    document = json.loads(ended.stdout)
    assert document["live"] is True
    assert sum(document["seats"].values()) == 12
    assert datetime.fromisoformat(document["as_of"]).strftime("%H:%M") == "14:30"
    assert any(queue["offered"] for queue in document["queues"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_cockpit_opens_and_its_platform_ends_with_it(shell: Shell, tmp_path: Path, number: int) -> None:
    with _open_cockpit(shell, tmp_path) as terminal:
        terminal.kill(number)
        _ended(tmp_path)
    assert not list(tmp_path.glob("floorctl-demo-*"))


@contextmanager
def _open_cockpit(shell: Shell, folder: Path) -> Iterator[PtyProcess]:
    """A demonstration whose temporary folder is ``folder``, with the floor on the screen."""
    argv = [sys.executable, "-m", "floorctl", "demo", "--orders", "50", "--at", "10:00"]
    environment = shell.environment(TMPDIR=str(folder), TERM="xterm-256color")
    terminal = PtyProcess.spawn(argv, env=environment, dimensions=(40, 120))
    try:
        seen = b""
        deadline = time.monotonic() + 40
        while b"12345" not in seen and time.monotonic() < deadline:
            seen += terminal.read(4096)
        assert b"12345" in seen
        assert len(_children(folder)) == 2
        yield terminal
    finally:
        terminal.close(force=True)


def _ended(folder: Path) -> None:
    wait_until(lambda: _children(folder) == [], seconds=20, why="for the demonstration to end")


def test_a_demonstration_begins_in_the_working_day() -> None:
    zone = Config().zone
    assert demo_time(Config(), datetime(2026, 3, 5, 14, 7, tzinfo=zone)) == "14:07"
    assert demo_time(Config(), datetime(2026, 3, 5, 3, 0, tzinfo=zone)) == "10:00"
    assert demo_time(Config(), datetime(2026, 3, 5, 17, 31, tzinfo=zone)) == "10:00"


def test_a_platform_started_by_a_program_ends_with_it(shell: Shell) -> None:
    line = ("platform", "serve", "--port", "0", "--orders", "10", "--until-eof")
    running = shell.start(*line, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stderr is not None
    while "listening on" not in running.stderr.readline():
        assert running.poll() is None
    running.stdin.close()
    assert running.wait(20) == 0
    assert "Traceback" not in running.stderr.read()
    running.stderr.close()

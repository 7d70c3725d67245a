"""The cockpit draws on its terminal whatever standard error is, and ends where the terminal is gone or stands still."""

import os
import pty
import select
import signal
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from floorctl.tty.output import TerminalOutput
from tests import forking
from tests.cli.shell import Shell
from tests.terminals import Terminal
from tests.waiting import wait_until

_COCKPIT = [sys.executable, "-m", "floorctl"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "terminal")


@pytest.mark.parametrize("redirection", ["2>said", "2>&-", "2>/dev/full", "2>&1 3<&0"])
def test_it_is_drawn_on_the_terminal_and_nothing_of_it_elsewhere(shell: Shell, redirection: str) -> None:
    said = shell.folder / "said"
    said.touch()
    argv = ["/bin/sh", "-c", f'cd "{shell.folder}"; "$@" {redirection}; echo "it ended with $?"', "sh", *_COCKPIT]
    with Terminal(argv, env=shell.environment()) as terminal:
        terminal.wait_for("No seats", seconds=60)
        terminal.press("ctrl+q")
        terminal.wait_for("it ended with 0", seconds=30)
    assert said.read_bytes() == b""


def test_a_crash_is_told_where_errors_go(shell: Shell) -> None:
    (shell.folder / "data").mkdir()
    (shell.folder / "data" / "journal.db").mkdir()
    argv = ["/bin/sh", "-c", f'cd "{shell.folder}"; "$@" 2>said; echo "it ended with $?"', "sh", *_COCKPIT]
    with Terminal(argv, env=shell.environment()) as terminal:
        terminal.wait_for("it ended with 1", seconds=60)
    assert (shell.folder / "said").read_text("utf-8").startswith("Error: ")


@pytest.mark.parametrize("redirection", ["<&-", ">&-", "</dev/null", ">/dev/full", "| cat"])
def test_without_a_terminal_to_read_or_to_draw_on_it_is_refused_in_one_sentence(shell: Shell, redirection: str) -> None:
    if redirection == "| cat":
        line = 'exec 3>code; { "$@"; echo $? >&3; } 2>said | cat'
    else:
        line = f'"$@" 2>said {redirection}; echo $? >code'
    argv = ["/bin/sh", "-c", f'cd "{shell.folder}"; {line}; echo ended', "sh", *_COCKPIT]
    with Terminal(argv, env=shell.environment()) as terminal:
        terminal.wait_for("ended", seconds=60)
        assert "No seats" not in terminal.text()
    assert (shell.folder / "code").read_text("ascii") == "2\n"
    said = (shell.folder / "said").read_text("utf-8")
    assert said.startswith("Error: The cockpit needs a terminal")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("way", ["the terminal is gone", "the terminal takes nothing"])
def test_it_ends_also_where_nothing_can_be_drawn_any_more(shell: Shell, way: str) -> None:
    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    kept = os.dup(theirs)
    started = forking.start(
        "floorctl",
        env=shell.environment(LC_ALL="C.UTF-8", TERM="xterm-256color", COLUMNS="200", LINES="60"),
        files=[theirs] * 3,
        terminal=True,
    )
    os.close(theirs)
    try:
        wait_until(lambda: select.select([ours], [], [], 0)[0], seconds=30)
        if way == "the terminal is gone":
            drawn = bytearray()
            wait_until(lambda: b"No seats" in _read_more(ours, drawn), seconds=30)
            os.close(ours)
        else:
            # Nothing is read: not even the first picture goes out.
            wait_until(lambda: not termios.tcgetattr(kept)[3] & termios.ECHO, seconds=30)
            wait_until(lambda: not select.select([], [kept], [], 0)[1], seconds=30)
            started.send_signal(signal.SIGTERM)
        assert started.wait(30) == 0
        if way == "the terminal takes nothing":
            assert termios.tcgetattr(kept) == modes
            os.close(ours)
    finally:
        started.kill()
        os.close(kept)


def _read_more(ours: int, drawn: bytearray) -> bytearray:
    drawn += os.read(ours, 65536)
    return drawn


def _read_all(ours: int, got: bytearray) -> None:
    while not got.endswith(b"all anew"):
        got += os.read(ours, 65536)


def test_it_can_be_ended_as_soon_as_it_has_the_terminal_and_gives_it_back(shell: Shell) -> None:
    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    kept = os.dup(theirs)
    started = forking.start(
        "floorctl", env=shell.environment(LC_ALL="C.UTF-8", TERM="xterm-256color"), files=[theirs] * 3, terminal=True
    )
    os.close(theirs)
    try:
        wait_until(lambda: not termios.tcgetattr(kept)[3] & termios.ECHO, seconds=30)
        started.send_signal(signal.SIGTERM)
        assert started.wait(30) == 0
        assert termios.tcgetattr(kept) == modes
        assert b"ended it" not in os.read(ours, 65536)
    finally:
        started.kill()
        os.close(kept)
        os.close(ours)


class _Told:
    def __init__(self) -> None:
        self.lost = self.caught_up = 0

    def loses(self) -> None:
        self.lost += 1

    def catches_up(self) -> None:
        self.caught_up += 1


def test_a_terminal_that_stands_still_is_left_whole_pictures_behind_and_told_when_it_goes_on() -> None:
    ours, theirs = pty.openpty()
    told = _Told()
    output = TerminalOutput(told.loses, told.catches_up, number=theirs)
    picture = "·" * 99_999 + "\n"
    began = time.monotonic()
    for _ in range(100):
        output.write(picture)
    assert time.monotonic() - began < 30  # not a hundred times its patience
    assert (told.lost, told.caught_up) == (0, 0)
    got = bytearray()
    reader = threading.Thread(target=_read_all, args=(ours, got))
    reader.start()
    while not told.caught_up:
        output.flush()
    output.write("all anew")
    reader.join()
    *lines, last = got.decode().splitlines()
    assert 1 < len(lines) < 100
    assert {len(line) for line in lines} == {99_999}
    assert last == "all anew"
    assert told.caught_up == 1
    os.close(ours)
    os.close(theirs)


def test_a_terminal_that_is_gone_is_told_once() -> None:
    ours, theirs = pty.openpty()
    told = _Told()
    output = TerminalOutput(told.loses, told.catches_up, number=theirs)
    os.close(ours)
    for _ in range(3):
        output.write("a picture")
    assert (told.lost, told.caught_up) == (1, 0)
    os.close(theirs)

"""The cockpit on a real terminal: any input, stopping and continuing, and the end of the terminal."""

import os
import signal
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.screens.on_terminal import on_terminal, paint
from tests.terminals import Terminal
from tests.tty.test_input import NO_KEYS
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e]

GBK = "亱丂漏水".encode("gbk")
#: Text in some encoding, and pieces of characters. All of it is text.
WRONG = [
    b"\xff",
    b"\x80",
    b"\xe4\xbd",
    b"\x9b",
    GBK,
    "café".encode("latin-1"),
    b"\0",
    b"\x1b[200~" + GBK + b"\x1b[201~",
]
#: What is switched on while the cockpit has the terminal, as it is switched off.
OFF = [
    b"\x1b[?1049l",
    b"\x1b[?1000l",
    b"\x1b[?1003l",
    b"\x1b[?1006l",
    b"\x1b[?2004l",
    b"\x1b[?1004l",
    b"\x1b[?25h",
    b"\x1b[<u",
]


def modes(terminal: Terminal) -> list[Any]:
    return termios.tcgetattr(terminal.process._fd)


def state(pid: int) -> str:
    """Return the state of a process: R, S, T (stopped)."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]


def stop(terminal: Terminal, number: int) -> None:
    os.kill(terminal.process.pid, number)
    wait_until(lambda: state(terminal.process.pid) == "T", seconds=15)


def send(terminal: Terminal, data: bytes) -> None:
    for start in range(0, len(data), 4096):
        terminal.process.write(data[start : start + 4096])


def ended(terminal: Terminal) -> tuple[int, bytes]:
    """Wait for its end; return its exit code and what it wrote last."""
    code = terminal.process.wait()
    terminal._reader.join(15)
    return code, bytes(terminal.raw[-4000:])


def test_nothing_that_comes_ends_it_or_acts_and_what_is_being_typed_stays(tmp_path: Path) -> None:
    with on_terminal(tmp_path) as terminal:
        # The figures of the last half hour come when the day of each queue has been read.
        before = terminal.wait_for(lambda text: text.count("█ █") >= 3)
        for data in NO_KEYS.values():
            send(terminal, data)
            paint(terminal)
        assert terminal.text() == before
        terminal.press("n", "漏", pause=0.2)
        terminal.wait_for("漏")
        for data in [*WRONG, *NO_KEYS.values()]:
            send(terminal, data)
            paint(terminal)
        terminal.press("水")
        text = terminal.wait_for("漏.*水")
        assert "caf\ufffd" in text
        assert terminal.raw.count("终端的字符编码".encode()) >= 1
        # A paste that never ends: it is text, and after it the keys are keys.
        send(terminal, b"\x1b[200~" + b"rest")
        terminal.wait_for("水rest")
        terminal.press("ctrl+q")
        code, last = ended(terminal)
        assert code == 0
        assert b"Traceback" not in terminal.raw
        assert b"NOTE" not in terminal.raw
        assert all(off in last for off in OFF)


def test_that_it_is_not_utf_8_is_said_once(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "--language", "en") as terminal:
        for data in (b"\xff", b"\xfe"):
            send(terminal, data)
            paint(terminal)
            assert terminal.text().count("not UTF-8") == 1
        terminal.press("ctrl+q")
        assert ended(terminal)[0] == 0


def as_found(terminal: Terminal) -> bool:
    """Whether the terminal has the modes of a new one."""
    ours, theirs = os.openpty()
    try:
        return modes(terminal) == termios.tcgetattr(theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def leave(terminal: Terminal, way: str) -> None:
    if way == "ctrl+q":
        terminal.press("ctrl+q", pause=0)
    elif way == "crash":
        terminal.press("2", pause=0)
    else:
        os.kill(terminal.process.pid, getattr(signal, way))


@pytest.mark.parametrize("way", ["ctrl+q", "SIGTERM", "SIGHUP", "SIGQUIT", "crash"])
def test_however_often_it_is_continued_it_ends_and_leaves_the_terminal_as_it_found_it(tmp_path: Path, way: str) -> None:
    with on_terminal(tmp_path, *(["--die"] if way == "crash" else [])) as terminal:
        pid, ours = terminal.process.pid, modes(terminal)
        assert not as_found(terminal)
        for number in (None, None, None, None, None, signal.SIGSTOP, signal.SIGSTOP, signal.SIGTSTP, None):
            if number is not None:
                stop(terminal, number)
                assert as_found(terminal) == (number == signal.SIGTSTP)
            os.kill(pid, signal.SIGCONT)
            wait_until(lambda: modes(terminal) == ours, seconds=15)
            paint(terminal)
        leave(terminal, way)
        code, last = ended(terminal)
        assert code == (1 if way == "crash" else 0)
        assert as_found(terminal)
        assert all(off in last for off in OFF)
        assert b"Traceback" not in terminal.raw
        assert b"NOTE" not in terminal.raw


def test_continued_it_takes_the_terminal_back_and_draws_all_of_it_also_beneath_a_question(tmp_path: Path) -> None:
    with on_terminal(tmp_path) as terminal:
        terminal.press("n", "漏水", pause=0.2)
        terminal.wait_for("漏水")
        paint(terminal)
        before, ours = terminal.text(), modes(terminal)
        for number in (signal.SIGSTOP, signal.SIGTSTP):
            stop(terminal, number)
            with terminal._lock:  # what a shell does meanwhile
                terminal.screen.reset()
                terminal._shown = ((-1, 0, 0), "")
            assert not terminal.text().strip()
            termios.tcsetattr(terminal.process._fd, termios.TCSANOW, [*ours[:3], ours[3] | termios.ECHO, *ours[4:]])
            os.kill(terminal.process.pid, signal.SIGCONT)
            wait_until(lambda: modes(terminal) == ours, seconds=15)
            terminal.wait_for(lambda text: text == before)
        terminal.press("了")
        terminal.wait_for("漏水了")
        terminal.press("ctrl+q")
        assert ended(terminal)[0] == 0


@pytest.mark.parametrize("stopped", [signal.SIGSTOP, signal.SIGTSTP])
def test_continued_while_it_ends_it_ends(tmp_path: Path, stopped: signal.Signals) -> None:
    with on_terminal(tmp_path) as terminal:
        stop(terminal, stopped)
        os.kill(terminal.process.pid, signal.SIGTERM)
        for _ in range(5):
            os.kill(terminal.process.pid, signal.SIGCONT)
        code, _ = ended(terminal)
        assert code == 0
        assert as_found(terminal)


def test_a_shell_that_has_the_terminal_keeps_it(tmp_path: Path) -> None:
    env = {"PS1": "shell> ", "PYTHONPATH": str(Path(__file__).parents[3])}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], env=env) as terminal:
        terminal.wait_for("shell>")
        shell = terminal.process.pid
        send(terminal, f"{sys.executable} -m tests.screens.on_terminal {tmp_path}\r".encode())
        terminal.wait_for("A区", seconds=60)
        pid = int(Path(f"/proc/{shell}/task/{shell}/children").read_text("ascii").split()[0])

        def stopped(number: int) -> None:
            begins = len(terminal.raw)
            os.kill(pid, number)
            wait_until(lambda: b"shell> " in terminal.raw[begins:], seconds=15)

        for at, number in enumerate((signal.SIGSTOP, signal.SIGTSTP)):
            stopped(number)
            os.kill(pid, signal.SIGCONT)
            wait_until(lambda: state(pid) != "T", seconds=15)
            begins = len(terminal.raw)
            send(terminal, f"echo $((40+{at})) there\r".encode())
            wait_until(lambda begins=begins, at=at: f"4{at} there".encode() in terminal.raw[begins:], seconds=15)
            assert b"\x1b[?2026h" not in terminal.raw[begins:]
            send(terminal, b"fg\r")
            wait_until(lambda begins=begins: b"\x1b[?2026h" in terminal.raw[begins:], seconds=15)
            terminal.press("3")
            terminal.wait_for("排序")
            terminal.press("1")
            terminal.wait_for("A区")
        stopped(signal.SIGTSTP)
        begins = len(terminal.raw)
        # A shell that has not heard yet that the job goes on would wait for nothing.
        send(terminal, b"kill %1\r")
        # Until the shell has collected it, ``wait`` answers that the job is stopped.
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), seconds=15)
        send(terminal, f"wait {pid}; echo ended with $?; stty -a\r".encode())
        wait_until(lambda: b"ended with 0" in terminal.raw[begins:], seconds=15)
        wait_until(lambda: b" echoe" in terminal.raw[begins:], seconds=15)
        assert b" -echo " not in terminal.raw[begins:]

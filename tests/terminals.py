"""A real terminal for tests: a program on a pseudo-terminal whose screen is emulated by pyte."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte
from ptyprocess import PtyProcess

from floorctl.screens.floor.alert_rail import SEEN_SECONDS
from tests import forking
from tests.screen_equality import without_unknown
from tests.xterm_screen import Cells, XtermScreen

KEYS = {
    "enter": "\r", "escape": "\x1b", "space": " ", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "backspace": "\x7f",
    "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "ctrl+p": "\x10", "ctrl+q": "\x11", "ctrl+l": "\x0c", "ctrl+s": "\x13",
    "f1": "\x1bOP", "f9": "\x1b[20~",
}  # fmt: skip


class _Forked:
    """A Python module on its own pseudo-terminal, with the interface of ``PtyProcess``; see ``tests.forking``."""

    def __init__(self, module: str, *arguments: str, rows: int, columns: int, env: Mapping[str, str]) -> None:
        self._fd, terminal = pty.openpty()
        self.setwinsize(rows, columns)
        try:
            self._started = forking.start(module, *arguments, env=env, files=[terminal] * 3, terminal=True)
        finally:
            os.close(terminal)
        self.pid = self._started.pid

    def read(self, size: int) -> bytes:
        """Return some of its output.

        Raises:
            OSError: it has ended.
        """
        return os.read(self._fd, size)

    def write(self, data: bytes) -> None:
        """Write all of ``data`` to its input."""
        while data:
            data = data[os.write(self._fd, data) :]

    def setwinsize(self, rows: int, columns: int) -> None:
        """Set the size of its window; the kernel sends it SIGWINCH."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self, number: int) -> None:
        """Send it a signal."""
        self._started.send_signal(number)

    def isalive(self) -> bool:
        """Return whether it is running."""
        return self._started.poll() is None

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return self._started.wait()

    @property
    def exitstatus(self) -> int | None:
        """The exit code; None while it runs, or if a signal ended it."""
        code = self._started.poll()
        return code if code is not None and code >= 0 else None

    def terminate(self, *, force: bool) -> None:
        """End it by SIGHUP, as closing a terminal does, or with ``force`` by SIGKILL."""
        for number in (signal.SIGHUP, signal.SIGCONT, *((signal.SIGKILL,) if force else ())):
            self.kill(number)
        self.wait()

    def close(self, *, force: bool) -> None:
        """Close the terminal. No thread may be reading from it, since its file descriptor can be reused at once."""
        if self.isalive():
            self.terminate(force=force)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


#: The query whether synchronized output is supported, and the answer of a terminal that supports it.
_ASKS, _ANSWERS = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_BEGINS, _ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
_HALF_A_SEQUENCE = re.compile(rb"\x1b(\[[<>=?]?[0-9;$]*)?\Z")


class WholePictures:
    """Synchronized output (mode 2026): holds back a frame until it is complete.

    A pseudo-terminal delivers 4 KiB at a time. Without this, a test could find what it waits for in the upper half of a
    frame, and then miss in the lower half what belongs to it.
    """

    def __init__(self) -> None:
        self._kept = b""

    def take(self, data: bytes) -> bytes:
        """Return what can be shown after ``data`` has arrived."""
        data = self._kept + data
        begun = data.rfind(_BEGINS)
        if begun > data.rfind(_ENDS):
            shown = begun
        elif half := _HALF_A_SEQUENCE.search(data):
            shown = half.start()
        else:
            shown = len(data)
        self._kept = data[shown:]
        return data[:shown]

    def rest(self) -> bytes:
        """Return what was held back, at the end of the output."""
        kept, self._kept = self._kept, b""
        return kept


#: The last terminals that are open or were closed by the running test.
_latest: "deque[Terminal]" = deque(maxlen=4)


def pictures() -> list[tuple[str, str]]:
    """Return a heading and the last screen of each terminal; the one opened last at the end."""
    return [(f"terminal of {each.screen.columns} × {each.screen.lines}", each.text()) for each in _latest]


def forget_closed() -> None:
    """Forget closed terminals before another test."""
    for each in [each for each in _latest if not each.process.isalive()]:
        _latest.remove(each)


class _Telling(XtermScreen):
    """A screen that answers a query for the cursor's position."""

    def __init__(self, columns: int, rows: int, tell: Callable[[str], object]) -> None:
        super().__init__(columns, rows)
        self._tell = tell

    def write_process_input(self, data: str) -> None:
        """Send the answer to the program."""
        with contextlib.suppress(OSError):  # the program may have ended since the query
            self._tell(data)


class Terminal:
    """``argv`` running in a terminal of ``columns`` × ``rows`` cells; ``bytes_written`` counts the bytes of its output.

    ``forked``: ``argv`` is a Python module (``python -m``), which ``tests.forking`` may start. ``tells``: answer
    queries for the cursor's position.
    """

    process: PtyProcess | _Forked

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        env: Mapping[str, str] | None = None,
        forked: bool = False,
        tells: bool = False,
    ) -> None:
        self.screen = _Telling(columns, rows, self._answer) if tells else XtermScreen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._pictures = WholePictures()
        # COLUMNS and LINES would override the terminal's size.
        given = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        environment = {name: value for name, value in given.items() if name not in ("COLUMNS", "LINES")}
        if forked and forking.can_fork(environment):
            assert list(argv[:2]) == [sys.executable, "-m"]
            self.process = _Forked(*argv[2:], rows=rows, columns=columns, env=environment)
        else:
            # The size is set after the process has begun; wait for it, or the program could start without a size.
            sized = f'until [ "$(stty size)" = "{rows} {columns}" ]; do sleep 0.01; done; exec "$@"'
            shell = ["/bin/sh", "-c", sized, "sh", *argv]
            self.process = PtyProcess.spawn(shell, dimensions=(rows, columns), env=environment)
        self.bytes_written = self._fed = 0
        self.raw = bytearray()
        self._lock = threading.Lock()
        self._shown: tuple[tuple[int, int, int], str] = ((-1, 0, 0), "")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        _latest.append(self)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            print(self.text())
        self.close()

    def _read(self) -> None:
        while True:
            try:
                data = self.process.read(65536)
            except (EOFError, OSError, ValueError):  # it has ended, or was closed during the read
                with self._lock:
                    self._show(self._pictures.rest())
                return
            with self._lock:
                self.bytes_written += len(data)
                self.raw += data
                data = self._pictures.take(data)
                self._show(data)
            if _ASKS in data:
                with contextlib.suppress(OSError):  # the program may have ended since the query
                    self.process.write(_ANSWERS)

    def _show(self, data: bytes) -> None:
        self._fed += len(data)
        self._stream.feed(without_unknown(data))

    def _answer(self, data: str) -> None:
        self.process.write(data.encode())

    def text(self) -> str:
        """Return the screen as lines of text; computed once per frame."""
        with self._lock:
            picture = (self._fed, self.screen.lines, self.screen.columns)
            if self._shown[0] != picture:
                lines = ("".join(cell.data for cell in line).rstrip() for line in self.screen.cells())
                self._shown = (picture, "\n".join(lines))
            return self._shown[1]

    def cells(self) -> Cells:
        """Return the screen's cells, with colours."""
        with self._lock:
            return self.screen.cells()

    def resize(self, columns: int, rows: int) -> None:
        """Resize the terminal and notify the program."""
        with self._lock:
            self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def press(self, *keys: str, pause: float = 0.05) -> None:
        """Press keys by name (``KEYS``) or as literal text, ``pause`` seconds apart."""
        for key in keys:
            self.process.write(KEYS.get(key, key).encode())
            time.sleep(pause)

    def wait_for(self, what: str | Callable[..., object], *, seconds: float = 15) -> str:
        """Wait until the screen matches a pattern or a predicate; return the screen.

        Raises:
            AssertionError: it did not match within ``seconds``; the message has the screen.
        """
        fits = (lambda text: re.search(what, text)) if isinstance(what, str) else what
        deadline = time.monotonic() + seconds
        while (began := time.monotonic()) < deadline:
            if fits(text := self.text()):
                return text
            # A predicate may start a process: use at most half of the time for it, so that it does not slow the program
            # down.
            time.sleep(max(0.05, time.monotonic() - began))
        raise AssertionError(f"waited {seconds} s for {what!r}; the screen is:\n{self.text()}")

    def wait_until_seen(self, what: str | Callable[..., object], *, seconds: float = 15) -> str:
        """Like ``wait_for``, but for a match of ``SEEN_SECONDS``: keys are not applied to what has just appeared."""
        fits = (lambda text: re.search(what, text)) if isinstance(what, str) else what
        since: float | None = None

        def seen(text: str) -> bool:
            nonlocal since
            if not fits(text):
                since = None
            elif since is None:
                since = time.monotonic()
            return since is not None and time.monotonic() - since > SEEN_SECONDS

        return self.wait_for(seen, seconds=seconds)

    def urge(self, *, seconds: float = 15) -> None:
        """Mark the order under the cursor and urge it, even if it was urged within the last hour."""
        self.press("space", "u", pause=0.1)
        asked = self.wait_for("仍要再催|已催办", seconds=seconds)
        while "仍要再催" in asked:  # a key pressed just when the question appears is ignored
            self.press("y", pause=0.5)
            asked = self.text()

    def kill(self) -> None:
        """Kill the program by SIGKILL."""
        self.process.kill(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End the program, by force if needed, and close the terminal."""
        if self.process.isalive():
            self.process.terminate(force=True)
        self._reader.join(30)  # the reader ends when all output has been read
        if not self._reader.is_alive():
            self.process.close(force=True)

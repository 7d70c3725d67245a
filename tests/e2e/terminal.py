"""A real terminal for tests: a program on a pseudo-terminal, its screen kept by pyte."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte
from ptyprocess import PtyProcess

from floorctl.widgets.alertrail import SEEN_SECONDS
from tests.explorer.terminal import Cells, XtermScreen
from tests.screen_equality import without_unknown

KEYS = {
    "enter": "\r", "escape": "\x1b", "space": " ", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "backspace": "\x7f",
    "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "ctrl+p": "\x10", "ctrl+q": "\x11", "ctrl+l": "\x0c", "ctrl+s": "\x13",
}  # fmt: skip


class Terminal:
    """``argv`` running in a terminal of ``columns`` × ``rows`` cells; ``bytes_written`` counts what it was sent."""

    def __init__(
        self, argv: Sequence[str], *, columns: int = 120, rows: int = 36, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = XtermScreen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        # A size in the environment would outrank the terminal's own.
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        # The size is set after the process began; on a busy machine a program could be quicker and see none.
        sized = f'until [ "$(stty size)" = "{rows} {columns}" ]; do sleep 0.01; done; exec "$@"'
        shell = ["/bin/sh", "-c", sized, "sh", *argv]
        self.process = PtyProcess.spawn(shell, dimensions=(rows, columns), env=environment)
        self.bytes_written = 0
        self.raw = bytearray()
        self._lock = threading.Lock()
        self._shown: tuple[tuple[int, int, int], str] = ((-1, 0, 0), "")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

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
            except (EOFError, OSError, ValueError):  # its end, or it was closed while being read
                return
            with self._lock:
                self.bytes_written += len(data)
                self.raw += data
                self._stream.feed(without_unknown(data))

    def text(self) -> str:
        """The screen as lines of text; put together once for each picture, however often it is looked at."""
        with self._lock:
            picture = (self.bytes_written, self.screen.lines, self.screen.columns)
            if self._shown[0] != picture:
                lines = ("".join(cell.data for cell in line).rstrip() for line in self.screen.cells())
                self._shown = (picture, "\n".join(lines))
            return self._shown[1]

    def cells(self) -> Cells:
        """The screen cell by cell, with colours."""
        with self._lock:
            return self.screen.cells()

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and tell the program."""
        with self._lock:
            self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def press(self, *keys: str, pause: float = 0.05) -> None:
        """Press keys by name (``KEYS``) or as they are, a moment apart."""
        for key in keys:
            self.process.write(KEYS.get(key, key).encode())
            time.sleep(pause)

    def wait_for(self, what: str | Callable[[str], object], *, seconds: float = 15) -> str:
        """Wait until the screen matches a pattern or a predicate; returns the screen.

        Raises:
            AssertionError: it did not come in time; the message holds the screen.
        """
        fits = (lambda text: re.search(what, text)) if isinstance(what, str) else what
        deadline = time.monotonic() + seconds
        while (began := time.monotonic()) < deadline:
            if fits(text := self.text()):
                return text
            # Looking may start a process: no more than half of the time, or it slows down what it waits for.
            time.sleep(max(0.05, time.monotonic() - began))
        raise AssertionError(f"waited {seconds} s for {what!r}; the screen is:\n{self.text()}")

    def wait_until_seen(self, what: str | Callable[[str], object], *, seconds: float = 15) -> str:
        """Like ``wait_for``, and for as long as somebody takes to see it; what has just come no key is meant for."""
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
        """Mark the order beneath the cursor and urge it, also if it was urged within the hour."""
        self.press("space", "u", pause=0.1)
        asked = self.wait_for("仍要再催|已催办", seconds=seconds)
        while "仍要再催" in asked:  # what is typed in the moment that a question comes is no answer to it
            self.press("y", pause=0.5)
            asked = self.text()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End the program, by force if need be."""
        if self.process.isalive():
            self.process.terminate(force=True)
        self.process.close(force=True)

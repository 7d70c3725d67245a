"""A program in a terminal of 120 × 40 whose every byte is kept with the moment at which it came.

No screen is kept: drawing one here would take the core that the program is measured on.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Self

from ptyprocess import PtyProcess

COLUMNS, ROWS = 120, 40


class PtyRun:
    """``argv`` running in a terminal; times are those of ``time.monotonic``, the same in every process."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._chunks: list[tuple[float, bytes]] = []
        self._came = threading.Condition()
        self.started = time.monotonic()
        environment = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = PtyProcess.spawn(list(argv), dimensions=(ROWS, COLUMNS), env=environment)
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._process.pid)

    def _read(self) -> None:
        while True:
            try:
                data = self._process.read(65536)
            except (EOFError, OSError):
                return
            at = time.monotonic()
            with self._came:
                self._chunks.append((at, data))
                self._came.notify_all()

    def mark(self) -> int:
        """A place in what came; ``wait_for`` and ``bytes_between`` look behind it."""
        with self._came:
            return len(self._chunks)

    def wait_for(self, pattern: str, *, after: int = 0, seconds: float = 20) -> float:
        """When ``pattern`` came, all of it.

        Raises:
            TimeoutError: it did not, in that many seconds.

        """
        wanted = pattern.encode()
        until = time.monotonic() + seconds
        held, at = b"", after
        with self._came:
            while True:
                while at < len(self._chunks):
                    when, data = self._chunks[at]
                    held = held[-len(wanted) :] + data
                    if wanted in held:
                        return when
                    at += 1
                left = until - time.monotonic()
                if left <= 0 or not self._came.wait(left):
                    raise TimeoutError(f"{pattern!r} did not come in {seconds} s")

    def bytes_between(self, start: float, end: float) -> int:
        """How many bytes came in that time."""
        with self._came:
            return sum(len(data) for at, data in self._chunks if start <= at < end)

    def press(self, keys: str) -> float:
        """Send keys; returns when."""
        at = time.monotonic()
        self._process.write(keys.encode())
        return at

    def close(self) -> None:
        """End the program as a service manager would, by force if need be."""
        if self._process.isalive():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill(signal.SIGTERM)
            until = time.monotonic() + 3
            while self._process.isalive() and time.monotonic() < until:
                time.sleep(0.02)
        with contextlib.suppress(Exception):
            self._process.close(force=True)

"""The embedded platform as a child process that ends when this process ends, even if it is killed."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType

from floorctl.errors import FloorctlError
from floorctl.text.safe import visible

_LISTENING = re.compile(r"listening on (http://\S+)")
#: Matches an account in the platform's output: role, employee number, password.
_ACCOUNT = re.compile(r"(supervisor|shift_lead|inspector|viewer)\W+(\d{4})\W+(\S+)")
#: Seconds to wait for the start, and for the end before the process is killed.
_START, _END = 30.0, 3.0


class PlatformProcess:
    """``floorctl platform serve`` on a free port of the loopback interface, its data in memory or temporary."""

    def __init__(self, options: Sequence[str]) -> None:
        argv = [
            sys.executable,
            "-m",
            "floorctl",
            "platform",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--until-eof",
        ]
        # Its standard input is a pipe from this process: when this process ends, even killed, the pipe closes and the
        # child ends. A session of its own keeps Ctrl-C at the terminal from reaching it.
        self._process = subprocess.Popen(
            [*argv, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._url = ""
        self._accounts: dict[str, tuple[str, str]] = {}
        self._last_lines: deque[str] = deque(maxlen=5)
        self._news = threading.Condition()
        self._ended = False
        threading.Thread(target=self._listen, name="platform-output", daemon=True).start()

    def __enter__(self) -> PlatformProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def url(self) -> str:
        """The URL of the platform; waits until it listens.

        Raises:
            FloorctlError: it ended instead, or takes too long.
        """
        self._wait_for(lambda: bool(self._url))
        return self._url

    def account(self, role: str) -> tuple[str, str]:
        """The employee number and password of an account with ``role``; waits until they are printed.

        Raises:
            FloorctlError: it ended instead, or takes too long.
        """
        self._wait_for(lambda: role in self._accounts)
        return self._accounts[role]

    def cut(self) -> None:
        """Cut its line to the terminals: connections end and new ones are refused, the floor goes on.

        Raises:
            FloorctlError: it has ended.
        """
        self._write_line("cut")

    def mend(self) -> None:
        """Mend its line: it serves again on the same port, and whoever was signed in still is.

        Raises:
            FloorctlError: it has ended.
        """
        self._write_line("mend")

    def has_ended(self) -> bool:
        """Whether it has ended, by itself or because it was ended."""
        return self._ended

    def _write_line(self, word: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # a closed pipe, or one that ``stop`` has closed
            raise FloorctlError("error.demo_platform_ended") from error

    def stop(self) -> None:
        """End the platform and wait until it has ended."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # what it was told last is no longer of interest
                self._process.stdin.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._news:
                self._last_lines.append(visible(line.rstrip()))
                if listening := _LISTENING.search(line):
                    self._url = listening[1]
                for role, number, password in _ACCOUNT.findall(line):
                    self._accounts.setdefault(role, (number, password))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        with self._news:
            if not self._news.wait_for(lambda: condition() or self._ended, _START) or not condition():
                raise FloorctlError("error.demo_platform", words=" / ".join(self._last_lines))

"""``floorctl platform serve`` in a process of its own, as the load test and the long run use it."""

import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
_LISTENING = re.compile(r"listening on (http://\S+)")
_ACCOUNT = re.compile(r"(supervisor|shift_lead|inspector|viewer)\W+(\d{4})\W+(\S+)")
#: Seconds to start in, and to end in before it is ended the hard way.
_START, _END = 120.0, 10.0


class Served:
    """The embedded platform with ``options``, on a free port; it ends with this process, however that ends."""

    def __init__(self, *options: str) -> None:
        argv = [sys.executable, "-m", "floorctl", "platform", "serve", "--port", "0", "--until-eof", *options]
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.pid = self._process.pid
        self.url = ""
        #: Role → (employee number, password) of everybody with it.
        self.accounts: dict[str, list[tuple[str, str]]] = {}
        #: What it logged once it listened: warnings and errors.
        self.logged: list[str] = []
        self._before: list[str] = []
        self._listens = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._listens.wait(_START) or not self.url:
            self.close()
            raise RuntimeError("the platform does not listen:\n" + "".join(self._before))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if self.url:
                self.logged.append(line)
                continue
            self._before.append(line)
            for role, number, password in _ACCOUNT.findall(line):
                self.accounts.setdefault(role, []).append((number, password))
            if found := _LISTENING.search(line):
                self.url = found[1]
                self._listens.set()
        self._listens.set()

    def close(self) -> None:
        """End it and wait for its end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

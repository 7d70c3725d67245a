"""The embedded platform in its own process, for tests and benchmarks; for tests, seeded once and then copied."""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from datetime import time as time_of_day
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from floorctl.config import Config
from tests import forking, loopback

#: The day of the tests' platforms, in the floor's zone: a Wednesday. Who is at which seat, and how many orders and
#: samples there are, is different every day.
DAY = date.fromisoformat(os.environ.get("FLOORCTL_TESTS_DAY", "2026-11-25"))
#: Default options of the tests' platforms: small, and at a time at which no shift begins. People and passwords are
#: derived from the seed.
SEED = 12345
USUAL = {"orders": 300, "at": "11:00", "seed": SEED, "seats": 49, "day": str(DAY)}
_ACCOUNT = re.compile(r"(supervisor|shift_lead|inspector|viewer)\W+(\d{4})\W+(\S+)")


class PlatformProcess:
    """``floorctl platform serve`` with its data in a file, so that it can be stopped and started again."""

    def __init__(
        self, data: Path | str, *options: str, port: int = 0, home: Path | None = None, forked: bool = False
    ) -> None:
        """``forked``: start it by ``tests.forking``, where that is possible."""
        self.data = data
        self.options = options
        self.port = port
        self.accounts: dict[str, tuple[str, str]] = {}
        self.output: list[str] = []
        self._home = home
        self._tokens: dict[str, str] = {}
        self._forked = forked
        self._process: subprocess.Popen[bytes] | forking.Started | None = None

    @property
    def url(self) -> str:
        """The URL at which it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, seconds: float = 30) -> "PlatformProcess":
        """Start it, on its previous port after a restart, and wait until it listens.

        Raises:
            AssertionError: it does not listen within ``seconds``, or has ended.
        """
        argv = ["floorctl", "platform", "serve", "--port", str(self.port), "--data", str(self.data), *self.options]
        env = {**os.environ, **({"HOME": str(self._home)} if self._home else {})}
        self._tokens = {}
        listening = threading.Event()
        said, says = os.pipe()
        with Path(os.devnull).open("r+b") as nothing, os.fdopen(says, "wb") as error:
            if self._forked and forking.can_fork(env):
                files = [nothing.fileno(), nothing.fileno(), error.fileno()]
                self._process = forking.start(*argv, env=env, files=files)
            else:
                argv = [sys.executable, "-m", *argv]
                self._process = subprocess.Popen(argv, stdin=nothing, stdout=nothing, stderr=error, env=env)
        threading.Thread(target=self._read, args=(said, listening), daemon=True).start()
        if not listening.wait(seconds) or self._process.poll() is not None:
            raise AssertionError("the platform does not listen:\n" + "".join(self.output))
        return self

    def __enter__(self) -> "PlatformProcess":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def _read(self, said: int, listening: threading.Event) -> None:
        with os.fdopen(said, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self.output.append(line)
                for role, number, password in _ACCOUNT.findall(line):
                    self.accounts.setdefault(role, (number, password))
                if found := re.search(r"listening on http://[^:]+:(\d+)", line):
                    self.port = int(found[1])
                    listening.set()
        listening.set()

    def stop(self) -> None:
        """Stop it by SIGTERM, as a service manager would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it by SIGKILL."""
        self._end(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """The process id; with several workers, that of the first."""
        assert self._process is not None
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that it has used, in seconds."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def token(self, role: str = "supervisor") -> str:
        """Return a session's token for this role; the same one until the next start."""
        if role not in self._tokens:
            self._tokens[role] = self._sign_in(*self.accounts[role])
        return self._tokens[role]

    def _sign_in(self, number: str, password: str) -> str:
        told = {"employee_no": number, "password": password}
        answer = loopback.request("POST", f"{self.url}/v1/session", json=told)
        answer.raise_for_status()
        return str(answer.json()["token"])

    def snapshot(self, *kinds: str, token: str | None = None) -> tuple[dict[tuple[str, str], dict[str, Any]], str]:
        """Return what the feed has of ``kinds`` now, by (kind, id), and the server time of its last page."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        found: dict[tuple[str, str], dict[str, Any]] = {}
        after: str | None = None
        with loopback.client(timeout=30) as client:
            while True:
                params: dict[str, Any] = {"limit": 5000}
                if kinds:
                    params["kinds"] = ",".join(kinds)
                if after is not None:
                    params["after"] = after
                answer = client.get(f"{self.url}/v1/changes", params=params, headers=headers)
                answer.raise_for_status()
                page = answer.json()
                for change in page["changes"]:
                    key = (change["kind"], change["id"])
                    if change["deleted"]:
                        found.pop(key, None)
                    else:
                        found[key] = change
                after = page["next"]
                if not page["more"]:
                    return found, page["server_time"]


class Platforms:
    """Makes platforms by their options. Each is a copy of a template with history, seeded once in a test run.

    A copy's clock starts at the time at which its template was seeded, and its feed has its own epoch.
    """

    def __init__(self, templates: Path, folder: Path) -> None:
        """``templates`` may be shared by several processes, ``folder`` must not be."""
        self._templates = templates
        self._folder = folder
        self._numbers = count()

    def __call__(self, *options: str) -> PlatformProcess:
        """Return a new platform that has not been started; as a context manager it is started and stopped."""
        data = self._folder / f"{next(self._numbers)}" / "platform.db"
        data.parent.mkdir(parents=True)
        self.copy(data, *options)
        return PlatformProcess(data, *options, forked=True)

    def copy(self, data: Path, *options: str) -> None:
        """Write the data of a platform with these options to ``data``."""
        from floorctl.simulator.clock import Anchor
        from floorctl.simulator.store.store import Store

        wanted = _wanted(options)
        shutil.copyfile(self._template(wanted), data)
        store = Store(data)
        anchor = store.setting("clock", Anchor)
        store.set_setting("clock", Anchor(anchor.platform, time.time(), wanted.speed))
        store.set_setting("epoch", secrets.token_hex(6))
        store.close()

    def _template(self, wanted: argparse.Namespace) -> Path:
        of = {name: value for name, value in vars(wanted).items() if name != "speed"}
        name = hashlib.sha256(repr(sorted(of.items())).encode()).hexdigest()[:16]
        return made_once(self._templates / f"{name}.db", lambda path: _seed(path, wanted))


def made_once(path: Path, make: Callable[[Path], None]) -> Path:
    """Return ``path``, which the first process makes by ``make``; other processes wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            under_way = path.with_suffix(".new")
            make(under_way)
            under_way.rename(path)
    return path


def _wanted(options: tuple[str, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("orders", "seed", "seats"):
        parser.add_argument(f"--{name}", type=int, default=USUAL[name])
    for name in ("at", "day"):
        parser.add_argument(f"--{name}", default=USUAL[name])
    parser.add_argument("--speed", type=float, default=1.0)
    return parser.parse_args(options)


def _seed(data: Path, wanted: argparse.Namespace) -> None:
    """Write what ``platform serve`` makes of a new file, with its history loaded; time stands still meanwhile."""
    from floorctl.simulator.clock import SimClock, starting
    from floorctl.simulator.http.accounts import accounts
    from floorctl.simulator.http.sessions import Sessions
    from floorctl.simulator.seed.seed import seed_floor, seed_history
    from floorctl.simulator.store.store import Store

    zone = Config().zone
    day = None if wanted.day is None else date.fromisoformat(wanted.day)
    store = Store(data, clock=SimClock(starting(day, time_of_day.fromisoformat(wanted.at), zone)))
    store.set_setting("clock", store.clock.anchor())
    seed_floor(store, store.clock, seed=wanted.seed, seats=wanted.seats, zone=str(zone), orders=wanted.orders)
    Sessions(store).enrol(accounts(wanted.seed))
    seed_history(store, store.clock)
    store.close()

"""Where things are measured: quiet platforms in processes of their own, and terminals with data folders beside them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from floorctl import config as configuration
from floorctl.config import Config

ROOT = Path(__file__).resolve().parents[2]
SMALL_ORDERS = 10_000
#: A Textual program that does next to nothing: the floor of what one of ours can do.
HELLO = [sys.executable, "-m", "tools.bench.hello"]
_NOBODY = "http://127.0.0.1:9"


def program() -> list[str]:
    """The installed ``floorctl`` beside this interpreter, or the module where it is not installed."""
    script = Path(sys.executable).with_name("floorctl")
    return [str(script)] if script.exists() else [sys.executable, "-m", "floorctl"]


class Quiet:
    """A quiet platform (see ``tools.bench.quiet``)."""

    def __init__(self, folder: Path, seats: int, orders: int) -> None:
        self.seats, self.orders = seats, orders
        argv = [sys.executable, "-m", "tools.bench.quiet", str(folder / "platform.db"), str(seats), str(orders)]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        ready = self._answer()
        self.url: str = ready["url"]
        self.account: tuple[str, str] = (ready["employee_no"], ready["password"])
        self._ahead: float = ready["ahead"]

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def _tell(self, **wanted: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()

    def rate(self, changes_a_second: float) -> None:
        """From now on, so many seats change each second."""
        self._tell(rate=changes_a_second)

    def change(self, seat_id: str, state: str) -> float:
        """Change one seat; returns when that began."""
        self._tell(seat=seat_id, state=state)
        return float(self._answer()["at"])

    def wait_for_part_of_second(self, part: float) -> None:
        """Wait until the platform's clock stands at that part (0 to 1) of a second."""
        now = time.monotonic() + self._ahead
        time.sleep((part - now) % 1.0)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


@dataclass(frozen=True)
class Home:
    """A terminal: a configuration and a data folder."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of a program that runs here."""
        env = {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        env.pop("NO_COLOR", None)
        # Compiled once and kept, as what is installed is, here for peers too: beside what else runs from this tree.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        compiled = {"PYTHONPYCACHEPREFIX": str(self.folder.parent / "compiled")}
        return env | compiled | {"FLOORCTL_CONFIG": str(self.folder / "floorctl.toml")}

    def configure(self, url: str | None) -> None:
        """Point it at a platform, or where none is."""
        (self.folder / "floorctl.toml").write_text(
            f'language = "zh-CN"\n[platform]\nurl = "{url or _NOBODY}"\n'
            f'[terminal]\nname = "A-1"\ndata_dir = "{self.data}"\nkey = "file"\nlock_after = "0s"\n'
            # Nobody takes up the alerts of a quiet floor, and a picture over the whole screen would hide the rest.
            '[alerts]\ncritical_full_screen_after = "12h"\n',
            "utf-8",
        )

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    @property
    def config(self) -> Config:
        """Its configuration."""
        return configuration.load(self.folder / "floorctl.toml")

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command here; returns what it prints."""
        done = subprocess.run(
            [*program(), *arguments], input=stdin, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.returncode}\n{done.stderr}")
        return done.stdout


class Place:
    """The work folder of one run. Platforms and terminals are made when they are first needed."""

    def __init__(self, orders: int, *, quick: bool, folder: Path | None = None) -> None:
        self.orders, self.quick = orders, quick
        self.folder = Path(tempfile.mkdtemp(prefix="floorctl-bench-", dir=folder))
        self._opened: list[Quiet] = []

    def close(self) -> None:
        """End what runs and remove everything."""
        for platform in self._opened:
            platform.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def times(self, runs: int) -> int:
        """``runs``, or a third of them where it has to be quick."""
        return max(3, runs // 3) if self.quick else runs

    def platform(self, seats: int, orders: int) -> Quiet:
        """A new quiet platform."""
        folder = Path(tempfile.mkdtemp(prefix="platform-", dir=self.folder))
        self._opened.append(Quiet(folder, seats, orders))
        return self._opened[-1]

    def close_platform(self, platform: Quiet) -> None:
        """End a platform that nobody needs any more."""
        platform.close()
        self._opened.remove(platform)

    def home(self, name: str, platform: Quiet) -> Home:
        """A new terminal of ``platform``, signed in and empty."""
        home = Home(self.folder / name)
        home.folder.mkdir()
        home.configure(platform.url)
        number, password = platform.account
        home.run("login", "--employee-no", number, "--password-stdin", stdin=password)
        return home

    @cached_property
    def small(self) -> Quiet:
        """49 seats and 10,000 orders."""
        return self.platform(49, SMALL_ORDERS)

    @cached_property
    def small_home(self) -> Home:
        """A terminal of ``small`` with everything in its cache."""
        home = self.home("small", self.small)
        home.run("sync", "--once")
        return home

    @cached_property
    def many_seats(self) -> Quiet:
        """500 seats."""
        return self.platform(500, 1_000)

    @cached_property
    def large(self) -> Quiet:
        """49 seats and as many orders as were asked for."""
        return self.platform(49, self.orders)

    @cached_property
    def large_home(self) -> Home:
        """A terminal of ``large``; ``first_sync`` has filled its cache."""
        from tools.bench.data import fill

        home = self.home("large", self.large)
        self.large_sync = fill(home)
        return home

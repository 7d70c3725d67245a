"""``make soak``: a day of the floor at 60 × with the cockpit open: memory, errors, and what the databases grow to.

A platform process with a simulated floor, a cockpit in a terminal of 120 × 40 that goes through its screens, and now
and then a command in another window, for as long as the floor's hours take. What the cockpit's libraries and its own
modules log is written to a file; in use it goes nowhere.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.bench import report
from tools.bench.measure import cpu_seconds, resident_mib
from tools.bench.place import Home
from tools.bench.pty_run import PtyRun
from tools.served import ROOT, Served

_DOCUMENT = ROOT / "docs" / "performance.md"
_MARKS = ("<!-- soak: begins -->", "<!-- soak: ends -->")
#: MiB that the cockpit's memory may lie to either side of its middle after the first hour.
_FLAT = 5.0
#: Seconds on the floor, and on each other screen, of every round through them.
_ON_FLOOR, _ELSEWHERE = 40.0, 4.0
_COMMAND_EVERY, _SAMPLE_EVERY = 30.0, 3.0
_LOGGED = (
    "import logging, sys; logging.basicConfig(filename=sys.argv.pop(1), level=logging.WARNING); "
    "logging.captureWarnings(True); from floorctl.__main__ import main; sys.exit(main())"
)


@dataclass(frozen=True)
class Sample:
    """What was found at one moment: floor hours since the start, MiB."""

    hour: float
    memory: float
    platform: float
    cache: float
    log_files: float
    journal: float
    data: float


class Run:
    """The long run: ``hours`` of the floor at ``speed``."""

    def __init__(self, folder: Path, *, hours: float, speed: float, seats: int, orders: int) -> None:
        self.hours, self.speed = hours, speed
        self._folder = folder
        self._data = folder / "platform.db"
        size = ("--seats", str(seats), "--orders", str(orders))
        self.platform = Served("--data", str(self._data), *size, "--at", "08:00", "--speed", str(speed))
        self.home = Home(folder / "terminal")
        self.home.folder.mkdir()
        self.home.configure(self.platform.url)
        number, password = self.platform.accounts["supervisor"][0]
        self.home.run("login", "--employee-no", number, "--password-stdin", stdin=password)
        self.log = folder / "cockpit.log"
        self.samples: list[Sample] = []
        self.sent = 0
        self.failed: list[str] = []
        self.cpu = 0.0
        self._rng = random.Random(1)

    def go(self) -> None:
        """Until the hours are over; a terminal or a platform that ends earlier is a failure."""
        with PtyRun([sys.executable, "-c", _LOGGED, str(self.log)], self.home.env) as cockpit:
            cockpit.wait_for("● ", seconds=60)
            began = time.monotonic()
            until = began + self.hours * 3600 / self.speed
            # The first round at once: every screen has been seen before the first hour is over.
            round_at, place = began + 5 - _ON_FLOOR, -1
            next_command, next_sample = began + 10, began
            while (now := time.monotonic()) < until:
                if self.platform.ended or not Path(f"/proc/{cockpit.pid}").exists():
                    self.failed.append("a process ended")
                    return
                place, round_at = self._walk(cockpit, place, round_at, now)
                if now >= next_command:
                    next_command = now + _COMMAND_EVERY
                    self._command()
                if now >= next_sample:
                    next_sample = now + _SAMPLE_EVERY
                    self._sample(cockpit.pid, (now - began) * self.speed / 3600)
                time.sleep(0.25)
            self.cpu = cpu_seconds(cockpit.pid) / (time.monotonic() - began)
            if not self._all_arrived():
                self.failed.append("commands did not arrive")

    def close(self) -> None:
        """End the platform."""
        self.platform.close()

    @staticmethod
    def _walk(cockpit: PtyRun, place: int, since: float, now: float) -> tuple[int, float]:
        """Through the screens, as somebody does who looks after a floor; ``place`` -1 is the floor."""
        rounds = (("2",), ("3", "\x1b[B", "\r", "\x1b"), ("4", "\x1b[B"), ("s",), ("1", "t", "t", "\x1b[C"))
        if now - since < (_ON_FLOOR if place == -1 else _ELSEWHERE):
            return place, since
        place += 1
        for key in rounds[place]:
            cockpit.press(key)
            time.sleep(0.3)
        return (-1 if place == len(rounds) - 1 else place), now

    def _command(self) -> None:
        """Mark an order as a problem, in another window."""
        try:
            orders = json.loads(self.home.run("orders", "--limit", "200", "--json"))["items"]
            self.home.run("problem", self._rng.choice(orders)["number"], f"地址不全，第 {self.sent + 1} 次核对")
            self.sent += 1
        except (RuntimeError, IndexError, ValueError) as error:
            self.failed.append(str(error)[:300])

    def _all_arrived(self) -> bool:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            items = json.loads(self.home.run("outbox", "--limit", "0", "--json"))["items"]
            mine = [item for item in items if item["kind"] == "order.problem"]
            # The others are the alerts that the rules of the cockpit raised and closed.
            if len(mine) == self.sent and {item["state"] for item in items} <= {"applied"}:
                return True
            time.sleep(0.5)
        return False

    def _sample(self, pid: int, hour: float) -> None:
        def mib(path: Path, *suffixes: str) -> float:
            found = (path.with_name(path.name + suffix) for suffix in suffixes)
            return sum(each.stat().st_size for each in found if each.exists()) / 1024**2

        data = self.home.data
        sample = Sample(
            hour=hour,
            memory=resident_mib(pid),
            platform=resident_mib(self.platform.pid),
            cache=mib(data / "cache.db", ""),
            log_files=mib(data / "cache.db", "-wal") + mib(data / "journal.db", "-wal"),
            journal=mib(data / "journal.db", ""),
            data=mib(self._data, "", "-wal"),
        )
        self.samples.append(sample)
        with (self._folder / "samples.csv").open("a") as file:
            values = (sample.memory, sample.platform, sample.cache, sample.log_files, sample.journal, sample.data)
            print(f"{sample.hour:.3f}", *(f"{value:.2f}" for value in values), sep=",", file=file)


def logged(run: Run) -> list[str]:
    """Every line that stands in a log of the cockpit or the platform."""
    crash = run.home.data / "floorctl.log"
    lines = [line for path in (run.log, crash) if path.exists() for line in path.read_text("utf-8").splitlines()]
    return lines + [line.rstrip() for line in run.platform.logged]


def table(run: Run, command: str, log: list[str]) -> tuple[str, bool]:
    """The figures as a table, and whether memory stayed flat and nothing failed."""
    settled = [sample for sample in run.samples if sample.hour >= 1] or run.samples
    first, last = settled[0], settled[-1]
    memory = [sample.memory for sample in settled]
    middle = statistics.median(memory)
    off = max(max(memory) - middle, middle - min(memory))
    ends = max(1, len(settled) // 10)
    drift = statistics.median(memory[-ends:]) - statistics.median(memory[:ends])
    verdict = "met" if off <= _FLAT else "**missed**"
    good = off <= _FLAT and not log and not run.failed
    rows = [
        ("cockpit's memory, 1st hour → end", f"{first.memory:.1f} → {last.memory:.1f} MiB"),
        (
            f"furthest from its middle ({middle:.1f} MiB); goal ± {_FLAT:.0f} MiB",
            f"{off:.1f} MiB ({verdict}); {drift:+.1f} MiB from the first tenth to the last",
        ),
        ("cockpit's CPU", f"{run.cpu:.1%} of a core"),
        ("lines in the logs of cockpit and platform", str(len(log))),
        ("commands made in another window, all applied", str(run.sent)),
        ("cache.db, 1st hour → end", f"{first.cache:.1f} → {last.cache:.1f} MiB"),
        ("journal.db, 1st hour → end", f"{first.journal:.2f} → {last.journal:.2f} MiB"),
        ("write-ahead logs of both, at most", f"{max(sample.log_files for sample in settled):.1f} MiB"),
        ("platform's memory, 1st hour → end", f"{first.platform:.1f} → {last.platform:.1f} MiB"),
        ("platform's data, 1st hour → end", f"{first.data:.1f} → {last.data:.1f} MiB"),
    ]
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: {run.samples[-1].hour:.1f} hours of the floor at {run.speed:g} ×, "
        f"{len(run.samples)} samples; {report.machine()}.",
        "",
        "| what | figure |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in rows),
    ]
    return "\n".join(lines), good


def main() -> int:
    """Run, print the figures, and return 1 where memory did not stay flat or something failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=24, help="hours of the floor")
    parser.add_argument("--speed", type=float, default=60, help="seconds of the floor that pass in one")
    parser.add_argument("--seats", type=int, default=49)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--keep", action="store_true", help="keep the folder: samples, logs, databases")
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="floorctl-soak-"))
    print(f"samples and logs: {folder}", flush=True)
    run = Run(folder, hours=wanted.hours, speed=wanted.speed, seats=wanted.seats, orders=wanted.orders)
    try:
        run.go()
    finally:
        run.close()
    log = logged(run)
    text, good = table(run, "make soak", log)
    print(text, *run.failed, *log[:40], sep="\n")
    if wanted.write:
        report.replace(text, _MARKS, _DOCUMENT)
    if good and not wanted.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())

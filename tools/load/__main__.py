"""``make load``: 100 terminals on one embedded platform, which four worker processes serve from PostgreSQL.

Each terminal is an engine with an encrypted cache and journal of its own; 25 share a process. Three stretches: the
floor live with nobody acting; every terminal acting now and then; and all making commands as fast as they are taken.
A probe, changed several times a second in the database by a process of its own, says how long a change takes until
each terminal has it in its cache. At the end nothing may be missing at any terminal, and every command be applied once.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from floorctl.models.orders import Department
from floorctl.simulator.store.store import Store
from tools.bench import report
from tools.bench.measure import cpu_seconds, percentile
from tools.load.terminals import PROBE
from tools.postgres import Server
from tools.served import ROOT, Served

_DOCUMENT = ROOT / "docs" / "performance.md"
_MARKS = ("<!-- load: begins -->", "<!-- load: ends -->")
_VERSIONS = text(
    "SELECT kind, id, version FROM entity WHERE document IS NOT NULL AND kind IN ('order', 'person', 'shift')"
)
_COMMANDS = text("SELECT count(*) FROM command WHERE kind = 'order.problem'")
_HEAD = text("SELECT value FROM counter WHERE name = 'head'")


class Group:
    """Terminals that share a process (see ``tools.load.terminals``)."""

    def __init__(self, url: str, folder: Path, first: int, count: int, account: tuple[str, str]) -> None:
        argv = [sys.executable, "-m", "tools.load.terminals", url, str(folder), str(first), str(count), *account]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.pid = self._process.pid

    def tell(self, **wanted: Any) -> None:
        """Ask for something; ``answer`` gives what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The next answer.

        Raises:
            RuntimeError: the process ended instead.

        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("terminals ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End them."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Probe:
    """Changes one entity ``rate`` times a second, and knows when each change began."""

    def __init__(self, store: Store, rate: float) -> None:
        self._store, self._rate = store, rate
        self._numbers = itertools.count(1)
        self.began: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def change(self) -> int:
        """Change it now; returns the number that it has from now on."""
        number = next(self._numbers)
        self.began[number] = time.monotonic()
        with self._store.transaction() as changing:
            changing.put(PROBE.kind, PROBE.id, Department(name=str(number), level="city"))
        return number

    def _run(self) -> None:
        while not self._stop.wait(1 / self._rate):
            self.change()

    def stop(self) -> None:
        """Change it no more by itself."""
        self._stop.set()
        self._thread.join()


@dataclass(frozen=True)
class Stretch:
    """What one stretch of the test showed."""

    name: str
    seconds: float
    changed: int
    lags: list[float]
    acted: list[float]
    delivered: int
    platform: float
    postgres: float
    terminals: float

    def row(self) -> str:
        """Its line of the table."""
        shares = " / ".join(f"{share / self.seconds:.0%}" for share in (self.platform, self.postgres, self.terminals))
        acted = "–"
        if self.acted:
            acted = f"{len(self.acted) / self.seconds:,.0f}/s; {_times(self.acted)}"
        return (
            f"| {self.name}, {self.seconds:.0f} s | {self.changed / self.seconds:,.0f}/s | "
            f"{self.delivered / self.seconds:,.0f}/s | {_times(self.lags)} | {acted} | {shares} |"
        )


def _times(values: list[float]) -> str:
    return f"p50 {percentile(values, 0.5) * 1000:,.0f} ms, p99 {percentile(values, 0.99) * 1000:,.0f} ms"


def _family(pid: int) -> Iterator[int]:
    yield pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for child in children.read_text().split() if children.exists() else ():
        yield from _family(int(child))


def _used(pid: int) -> float:
    """CPU seconds of a process and all its children that live."""
    return sum(cpu_seconds(each) for each in _family(pid) if Path(f"/proc/{each}/stat").exists())


class Load:
    """The platform, its database, the terminals and the probe."""

    def __init__(self, stack: ExitStack, wanted: argparse.Namespace) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="floorctl-load-"))
        stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._postgres = Server(durable=True)
        stack.callback(self._postgres.stop)
        self._postgres.execute("CREATE DATABASE floor")
        url = self._postgres.url("floor")
        size = ("--seats", str(wanted.seats), "--orders", str(wanted.orders), "--workers", str(wanted.workers))
        self._platform = stack.enter_context(
            Served("--data", url, *size, "--at", "10:00", "--speed", str(wanted.speed))
        )
        self._store = Store(url)
        stack.callback(self._store.close)
        self._wait_for_history(wanted.orders)
        accounts = self._platform.accounts["supervisor"] + self._platform.accounts["shift_lead"]
        began = time.monotonic()
        share, left = divmod(wanted.terminals, wanted.processes)
        self._groups: list[Group] = []
        first = 0
        for at in range(wanted.processes):
            count = share + (at < left)
            account = accounts[at % len(accounts)]
            self._groups.append(Group(self._platform.url, self._folder / str(at), first, count, account))
            stack.callback(self._groups[-1].close)
            first += count
        for group in self._groups:
            group.answer()
        self.first_sync = time.monotonic() - began
        self._probe = Probe(self._store, wanted.probes)
        stack.callback(self._probe.stop)
        self._made = 0

    def _wait_for_history(self, orders: int) -> None:
        """Until the platform has about all the orders that it is to begin with, and no more are being added."""
        until, before = time.monotonic() + 300, -1
        while time.monotonic() < until:
            now = self._store.count("order")
            if now == before and now > orders / 2:
                return
            before = now
            time.sleep(2)

    def _ask(self, **wanted: Any) -> list[dict[str, Any]]:
        for group in self._groups:
            group.tell(**wanted)
        return [group.answer() for group in self._groups]

    def _head(self) -> int:
        with self._store.reading() as reading:
            return int(reading.connection.execute(_HEAD).scalar_one())

    def _cpu(self) -> tuple[float, float, float]:
        return _used(self._platform.pid), _used(self._postgres.pid), sum(cpu_seconds(each.pid) for each in self._groups)

    def stretch(self, name: str, work: Callable[[], object]) -> Stretch:
        """Do ``work``, which takes its time, and tell what happened meanwhile."""
        self._ask(do="report")
        began, head, before = time.monotonic(), self._head(), self._cpu()
        first = max(self._probe.began, default=0) + 1
        work()
        after, changed, seconds = self._cpu(), self._head() - head, time.monotonic() - began
        last = max(self._probe.began)
        time.sleep(1)  # what was changed at the end is on its way
        told = self._ask(do="report")
        lags = [
            at - self._probe.began[number]
            for each in told
            for seen in each["probes"]
            for number, at in _each(seen, first, last)
        ]
        acted = [seconds for each in told for seconds in each["acted"]]
        self._made += len(acted)
        delivered = sum(each["changes"] for each in told)
        return Stretch(
            name, seconds, changed, lags, acted, delivered, *(b - a for a, b in zip(before, after, strict=True))
        )

    def live(self, seconds: float) -> Stretch:
        """Nobody acts."""
        return self.stretch("the floor live", lambda: time.sleep(seconds))

    def acting(self, seconds: float, every: float) -> Stretch:
        """Every terminal acts once in ``every`` seconds."""

        def work() -> None:
            self._ask(do="act", every=every)
            time.sleep(seconds)
            self._ask(do="act", every=0)

        return self.stretch(f"each terminal acts every {every:g} s", work)

    def burst(self, each: int) -> Stretch:
        """All make commands at once."""
        return self.stretch(f"each terminal makes {each} commands at once", lambda: self._ask(do="burst", each=each))

    def check(self) -> list[str]:
        """What is wrong at the end: entities that a terminal lacks, commands that were lost or applied twice."""
        self._probe.stop()
        versions: dict[str, dict[str, int]] = {}
        with self._store.reading() as reading:
            for kind, entity_id, version in reading.connection.execute(_VERSIONS):
                versions.setdefault(kind, {})[entity_id] = version
            applied = int(reading.connection.execute(_COMMANDS).scalar_one())
        file = self._folder / "versions.json"
        file.write_text(json.dumps(versions), "utf-8")
        told = self._ask(do="settle", probe=self._probe.change(), versions=str(file))
        wrong = [f"a terminal lacks {each}" for answer in told for each in answer["behind"]]
        states: dict[str, int] = {}
        for answer in told:
            for state, count in answer["states"].items():
                states[state] = states.get(state, 0) + count
        if {state: count for state, count in states.items() if count} != {
            "applied": self._made
        } or applied != self._made:
            wrong.append(f"made {self._made}, applied {applied}, in the journals {states}")
        return wrong + [f"the platform logged {line.rstrip()}" for line in self._platform.logged]

    @property
    def made(self) -> int:
        """Commands that were made."""
        return self._made


def _each(seen: list[tuple[str, float]], first: int, last: int) -> Iterator[tuple[int, float]]:
    """Each probe's number and when a terminal had it or a newer one: several may have come together."""
    at = first
    for number, when in sorted((int(number), when) for number, when in seen):
        while at <= min(number, last):
            yield at, when
            at += 1


def table(wanted: argparse.Namespace, load: Load, stretches: list[Stretch], wrong: list[str]) -> str:
    """The figures, with machine and date."""
    floor = f"{wanted.seats} seats and {wanted.orders:,} orders at {wanted.speed:g} ×"
    arguments = " ".join(each for each in sys.argv[1:] if each != "--write")
    command = f'make load ARGS="{arguments}"' if arguments else "make load"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: {wanted.terminals} terminals in {wanted.processes} processes, "
        f"{wanted.workers} workers, {floor}; {report.machine()}.",
        "",
        f"All {wanted.terminals} terminals, started at once with nothing, were live after {load.first_sync:.0f} s. "
        f"Commands made {load.made:,}, applied once each; entities missing at any terminal: {len(wrong)}.",
        "",
        "| stretch | changes | delivered | change → terminal | commands; made → known to be applied | "
        "CPU, cores: platform / PostgreSQL / terminals |",
        "|---|---|---|---|---|---|",
        *(each.row() for each in stretches),
    ]
    return "\n".join(lines)


def main() -> int:
    """Run, print the figures, and return 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tools.load", description=__doc__)
    parser.add_argument("--terminals", type=int, default=100)
    parser.add_argument("--processes", type=int, default=4, help="processes that the terminals are spread over")
    parser.add_argument("--workers", type=int, default=4, help="processes that serve the platform")
    parser.add_argument("--seats", type=int, default=49)
    parser.add_argument(
        "--orders", type=int, default=2_000, help="more take longer to come and to be indexed, 100 times"
    )
    parser.add_argument("--speed", type=float, default=1, help="of the simulated floor")
    parser.add_argument("--probes", type=float, default=5, help="changes a second that are timed")
    parser.add_argument("--seconds", type=float, default=60, help="length of a stretch")
    parser.add_argument("--every", type=float, default=10, help="seconds between two acts of a terminal")
    parser.add_argument("--burst", type=int, default=20, help="commands that each makes at once")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    wanted = parser.parse_args()
    with ExitStack() as stack:
        load = Load(stack, wanted)
        steps: tuple[Callable[[], Stretch], ...] = (
            lambda: load.live(wanted.seconds),
            lambda: load.acting(wanted.seconds, wanted.every),
            lambda: load.burst(wanted.burst),
        )
        stretches = []
        for step in steps:
            stretches.append(step())
            print(stretches[-1].row(), flush=True)
        wrong = load.check()
    print(table(wanted, load, stretches, wrong), *wrong[:20], sep="\n")
    if wanted.write:
        report.replace(table(wanted, load, stretches, wrong), _MARKS, _DOCUMENT)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

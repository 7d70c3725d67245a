"""What a person waits for: the first paint, and the answer of ``floorctl status``."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from tools.bench.measure import Row, median, spread
from tools.bench.place import HELLO, ROOT, Home, Place, program
from tools.bench.pty_run import PtyRun

_HELLO = (HELLO, "Hello from the floor")
_PEER = [sys.executable, "-c", "import typer, rich.table"]
_PAINT_LIMIT, _STATUS_LIMIT = 1.5, 2.0


def first_paint(place: Place) -> Iterator[Row]:
    """Process start to the floor's seats on the screen; in turns with a Textual program that says hello."""
    home = place.small_home
    name = _somebody(home)
    hello: list[float] = []
    floor: dict[str, list[float]] = {"platform reachable": [], "platform not reachable": []}
    os.chdir(ROOT)
    for run in range(place.times(15) + 1):
        times = [_paint(*_HELLO, home)]
        for how, url in (("platform reachable", place.small.url), ("platform not reachable", None)):
            home.configure(url)
            seconds = _paint(program(), name, home)
            if run:  # the first round fills the disk's caches
                floor[how].append(seconds)
        times.append(_paint(*_HELLO, home))
        if run:
            hello += times
    home.configure(place.small.url)
    for how, times in floor.items():
        ratio = median(times) / median(hello)
        yield Row(
            f"first paint of the floor with the last known data, {how}",
            f"≤ {_PAINT_LIMIT} × Textual hello-world",
            spread(times),
            spread(hello),
            ratio,
            _PAINT_LIMIT,
            f"{ratio:.2f} ×",
        )


def _paint(argv: list[str], pattern: str, home: Home) -> float:
    with PtyRun(argv, home.env) as run:
        return run.wait_for(pattern) - run.started


def _somebody(home: Home) -> str:
    seats = json.loads(home.run("seats", "--json"))["items"]
    return str(next(seat["person_name"] for seat in seats if seat["person_name"]))


def status(place: Place) -> Iterator[Row]:
    """``floorctl status`` from a warm cache, in turns with importing what every such program imports."""
    home = place.small_home
    ours: list[float] = []
    peer: list[float] = []
    ours_cpu: list[float] = []
    peer_cpu: list[float] = []
    for run in range(place.times(30) + 1):
        for argv, times, cpu in (([*program(), "status"], ours, ours_cpu), (_PEER, peer, peer_cpu)):
            seconds, used = _timed(argv, home)
            if run:
                times.append(seconds)
                cpu.append(used)
    ratio = median(ours) / median(peer)
    yield Row(
        "`floorctl status` from a warm cache",
        f"≤ {_STATUS_LIMIT} × `python -c 'import typer, rich.table'`",
        f"{spread(ours)}; CPU {median(ours_cpu) * 1000:.0f} ms",
        f"{spread(peer)}; CPU {median(peer_cpu) * 1000:.0f} ms",
        ratio,
        _STATUS_LIMIT,
        f"{ratio:.2f} ×",
    )


def _timed(argv: list[str], home: Home) -> tuple[float, float]:
    began = time.perf_counter()
    process = subprocess.Popen(argv, env=home.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, code, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = code
    if code:
        raise RuntimeError(argv)
    return seconds, used.ru_utime + used.ru_stime

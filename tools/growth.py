"""``make growth``: what a terminal takes of time, memory and disk as orders grow from 10,000 to 1,000,000.

Each size has a platform and a terminal of its own, filled over HTTP, its search index built, its lists read, and the
cockpit opened on it. The table goes into docs/performance.md, the plot into docs/growth.svg.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from floorctl.calendar import WorkCalendar
from floorctl.models.order_filter import OrderFilter
from tools.bench import report
from tools.bench.data import _NOW, _SEARCHES, _cache, _changed, _repeat, fill
from tools.bench.measure import median, percentile, resident_mib
from tools.bench.place import ROOT, Home, Place, program
from tools.bench.pty_run import PtyRun
from tools.bench.quiet import ZONE

_DOCUMENT, _PLOT = ROOT / "docs" / "performance.md", ROOT / "docs" / "growth.svg"
_MARKS = ("<!-- growth: begins -->", "<!-- growth: ends -->")
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
#: What the cockpit says once everything has come.
_LIVE = "实时"


@dataclass(frozen=True)
class Point:
    """One size: seconds, and MiB."""

    orders: int
    first_sync: float
    index: float
    list: float
    middle: float
    search: float
    change: float
    memory: float
    disk: float


def measure(orders: int, folder: Path | None) -> Point:
    """Everything at one size."""
    place = Place(orders, quick=False, folder=folder)
    try:
        home = place.home("growing", place.large)
        first_sync = fill(home).seconds
        with closing(_cache(home)) as cache:
            began = time.perf_counter()
            while cache.index_some(1000):
                pass
            index = time.perf_counter() - began
            total = cache.orders(OrderFilter(), _NOW, limit=1)[1]
            lists = [
                *_repeat(lambda: cache.orders(OrderFilter(), _NOW), 30),
                *_repeat(lambda: cache.orders(OrderFilter(), _NOW, offset=total - 100), 30),
            ]
            middle = _repeat(lambda: cache.orders(OrderFilter(), _NOW, sort="limit", offset=total // 2), 30)
            searches: list[float] = []
            for text in [each for each in _SEARCHES if len(each) > 1] * 6:
                searches += _repeat(lambda text=text: cache.orders(OrderFilter(search=text), _NOW), 1)  # type: ignore[misc]
            changes: list[float] = []
            for run in range(153):
                page = _changed(cache, f"b-{run * 7 % orders:07d}", run)
                began = time.perf_counter()
                cache.apply(page)
                cache.order_counts(_NOW, WorkCalendar(ZONE))
                changes += [time.perf_counter() - began] if run >= 3 else []
        memory = _cockpit(home)
        disk = sum(each.stat().st_size for each in home.data.glob("*.db*")) / 1024**2
    finally:
        place.close()
    list_p95, middle_p95, search_p95 = (percentile(times, 0.95) for times in (lists, middle, searches))
    return Point(total, first_sync, index, list_p95, middle_p95, search_p95, median(changes), memory, disk)


def _cockpit(home: Home) -> float:
    """What the cockpit holds, live, once the list of all orders was gone through."""
    with PtyRun(program(), home.env) as run:
        run.wait_for(_LIVE, seconds=120)
        for key in ("3", "\x1b[F", "\x1b[H", "\x1b[6~", "1"):
            time.sleep(1.5)
            run.press(key)
        time.sleep(8)
        return resident_mib(run.pid)


_COLUMNS: Sequence[tuple[str, Callable[[Point], str]]] = (
    ("orders", lambda at: f"{at.orders:,}"),
    ("first sync", lambda at: f"{at.first_sync:,.1f} s ({at.orders / at.first_sync:,.0f}/s)"),
    ("search index, in the background", lambda at: f"{at.index:,.1f} s"),
    ("first or last page of a list, p95", lambda at: f"{at.list * 1000:.1f} ms"),
    ("page in its middle, p95", lambda at: f"{at.middle * 1000:.1f} ms"),
    ("search, p95", lambda at: f"{at.search * 1000:.1f} ms"),
    ("a change taken in and counted", lambda at: f"{at.change * 1000:.2f} ms"),
    ("cockpit's memory", lambda at: f"{at.memory:.0f} MiB"),
    ("data folder", lambda at: f"{at.disk:,.0f} MiB"),
)


def table(points: Sequence[Point]) -> str:
    """The figures, with machine and date."""
    lines = [f"{datetime.now(UTC):%Y-%m-%d}, `make growth`; {report.machine()}.", ""]
    lines += ["| " + " | ".join(name for name, _ in _COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    lines += ["| " + " | ".join(value(point) for _, value in _COLUMNS) + " |" for point in points]
    return "\n".join(lines)


# -- the plot

_WIDTH, _HEIGHT, _LEFT, _TOP, _ROOM = 486, 380, 80, 44, 140
_COLOURS = ("#0b6e99", "#b4540a", "#4b7f2c", "#8a3ffc", "#c2185b", "#666666")


def plot(points: Sequence[Point]) -> str:
    """Two panels over orders, all axes logarithmic: what stays flat is a level line, what grows with orders a slope."""
    times = {
        "first sync": [at.first_sync * 1000 for at in points],
        "search index": [at.index * 1000 for at in points],
        "search, p95": [at.search * 1000 for at in points],
        "first or last page, p95": [at.list * 1000 for at in points],
        "page in the middle, p95": [at.middle * 1000 for at in points],
        "a change": [at.change * 1000 for at in points],
    }
    sizes = {"data folder": [at.disk for at in points], "cockpit's memory": [at.memory for at in points]}
    orders = [at.orders for at in points]
    panels = [*_panel("time, ms", orders, times, 0), *_panel("MiB", orders, sizes, _WIDTH + _ROOM)]
    width, height = 2 * (_WIDTH + _ROOM) + 20, _HEIGHT + _TOP + 56
    box = f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        "<title>Time, memory and disk as orders grow</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    return "\n".join([*head, *panels, "</svg>", ""])


def _panel(title: str, orders: Sequence[float], series: dict[str, list[float]], x0: float) -> Iterator[str]:
    values = [value for line in series.values() for value in line]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(min(orders)), math.log10(max(orders))
    bottom = _TOP + _HEIGHT

    def x(at: float) -> float:
        return x0 + _LEFT + (math.log10(at) - first) / (last - first) * (_WIDTH - _LEFT)

    def y(value: float) -> float:
        return _TOP + (high - math.log10(value)) / (high - low) * _HEIGHT

    yield _text(x0 + _LEFT, _TOP - 18, title, 'font-weight="bold"')
    for power in range(low, high + 1):
        at = y(10**power)
        yield f'<path d="M{x(orders[0]):.1f} {at:.1f}H{x(orders[-1]):.1f}" stroke="#dddddd"/>'
        yield _text(x0 + _LEFT - 8, at + 4, f"{10**power:,}", 'text-anchor="end" fill="#555555"')
    for each in orders:
        yield _text(x(each), bottom + 20, _short(each), 'text-anchor="middle" fill="#555555"')
    yield _text(x0 + (_WIDTH + _LEFT) / 2, bottom + 42, "orders", 'text-anchor="middle" fill="#555555"')
    # The names stand at the lines' ends, no closer than a line of text to each other.
    lowest = math.inf
    for name, line in sorted(series.items(), key=lambda each: each[1][-1]):
        colour = _COLOURS[list(series).index(name)]
        places = [(x(each), y(value)) for each, value in zip(orders, line, strict=True)]
        way = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
        yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3.5" fill="{colour}"/>' for across, down in places)
        lowest = min(places[-1][1] + 4, lowest - 15)
        yield _text(places[-1][0] + 9, lowest, name, f'fill="{colour}"')


def _text(x: float, y: float, words: str, how: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {how}>{words}</text>'


def _short(orders: float) -> str:
    """10,000 as it is, a round number at an axis: measured ones are a little more."""
    return f"{round(orders, 1 - len(str(int(orders)))):,.0f}"


def main() -> int:
    """Measure every size, print the table, and with ``--write`` put both into docs."""
    parser = argparse.ArgumentParser(prog="python -m tools.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--write", action="store_true", help="put table and plot into docs/")
    parser.add_argument("--folder", type=Path, help="where to work, if not in the folder for temporary files")
    wanted = parser.parse_args()
    points = []
    for orders in wanted.sizes:
        points.append(measure(orders, wanted.folder))
        print(points[-1], flush=True)
    print(table(points))
    if wanted.write:
        report.replace(table(points), _MARKS, _DOCUMENT)
        _PLOT.write_text(plot(points), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

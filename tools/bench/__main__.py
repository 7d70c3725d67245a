"""``make bench``: every goal that can be measured so far, each beside its floor or peer of the same run."""

import argparse
import functools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.bench import data, hot_spots, living, outgoing, report, starting
from tools.bench.measure import Row
from tools.bench.place import ROOT, Place

_DOCUMENT = ROOT / "docs" / "performance.md"
#: From so many orders on, a run is one at full size and has a table of its own.
_FULL = 1_000_000


def _rows(commands: int) -> dict[str, Callable[[Place], Iterator[Row]]]:
    """Name → what measures it, in the order of the document. What disturbs others comes late."""
    return {
        "paint": starting.first_paint,
        "status": starting.status,
        "cpu": living.cpu_small,
        "cpu500": living.cpu_large,
        "bytes": living.one_change,
        "latency": living.latency,
        "act": living.act,
        "memory": living.memory_large,
        "keys": living.keys,
        "sync": data.first_sync,
        "lists": data.lists,
        "search": data.search,
        "repetitions": data.repetitions,
        "journal": outgoing.durable,
        "drain": functools.partial(outgoing.drain, commands=commands),
        "month": data.month,
        "score": data.score,
        "change": data.change,
        "hot-spots": hot_spots.hot_spots,
    }


def main() -> int:
    """Measure and print; returns 1 where something could not be measured at all."""
    names = list(_rows(0))
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--orders", type=int, default=50_000, help="orders of the large cache, up to 1,000,000")
    parser.add_argument("--commands", type=int, default=3_000, help="commands to drain, up to 10,000")
    parser.add_argument("--quick", action="store_true", help="a third of the runs")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--folder", type=Path, help="where to work, if not in the folder for temporary files")
    wanted = parser.parse_args()
    place = Place(wanted.orders, quick=wanted.quick, folder=wanted.folder)
    rows: list[Row] = []
    failed: list[str] = []
    began = time.monotonic()
    try:
        for name, measure in _rows(wanted.commands).items():
            if wanted.only and name not in wanted.only:
                continue
            try:
                for row in measure(place):
                    rows.append(row)
                    print(report.line(row), flush=True)
            except (RuntimeError, TimeoutError, OSError) as error:
                # The others are worth having all the same.
                failed.append(name)
                print(f"? {name} could not be measured: {str(error)[:500]}", file=sys.stderr)
    finally:
        place.close()
    missed = sum(not row.met for row in rows)
    print(f"\n{len(rows)} rows, {missed} missed, {time.monotonic() - began:.0f} s; {report.machine()}")
    if wanted.write:
        marks = report.BENCH_FULL if wanted.orders >= _FULL else report.BENCH
        report.replace(report.markdown(rows), marks, _DOCUMENT)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())

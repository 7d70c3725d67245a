"""The cache: filling it over HTTP, its lists and searches, and what a change costs in a small one and a large one."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from floorctl.calendar import WorkCalendar
from floorctl.clock import PlatformClock
from floorctl.floor.platform_client import platform_client
from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Order
from floorctl.rules.assessment.month import Month, month_inputs, month_score
from floorctl.sync.cache.cache import Cache
from floorctl.sync.engine.engine import Engine
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.opening import connect
from floorctl.sync.platform import wire
from tools.bench.measure import Row, median, percentile, resident_mib, spread
from tools.bench.place import ROOT, SMALL_ORDERS, Home, Place
from tools.bench.quiet import DAY, HOUR, ZONE

_NOW = datetime.combine(DAY, HOUR, ZONE)
_PEER_CHUNK = 5_000
_ROWS = "SELECT r.*, d.document FROM order_row_{g} r JOIN order_document_{g} d USING (key)"
#: Two characters and more, a number, a name, a phone; common ones and rare ones.
_SEARCHES = ("路灯", "噪音", "社保", "燃气泄漏", "小区", "20260304", "0000017", "138", "投诉", "医保报销", "停水", "张")

#: From one order that is looked at to the next: a prime, so that all of them are of different days and texts.
_STRIDE = 7_919


def _cache(home: Home) -> Cache:
    return Cache.open(home.data / "cache.db", data_key(home.data, "file"), WorkCalendar(ZONE))


def engine(home: Home, cache: Cache, journal: Journal) -> Engine:
    """The engine of a terminal, as the cockpit has it."""
    return Engine(cache, journal, partial(platform_client, home.config), PlatformClock())


class Took(NamedTuple):
    """Seconds on the clock, and of a core: on a machine that others use, the second says more."""

    seconds: float
    cpu: float


def fill(home: Home) -> Took:
    """Sync ``home`` for the first time in a process of its own; what that took."""
    argv = [sys.executable, "-m", "tools.bench.data", str(home.folder)]
    done = subprocess.run(argv, env=home.env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    seconds, cpu = done.stdout.split()
    return Took(float(seconds), float(cpu))


def _fill_here(home: Home) -> Took:
    journal = Journal.open(home.data / "journal.db", data_key(home.data, "file"))
    with closing(journal), closing(_cache(home)) as cache:
        syncing = engine(home, cache, journal)
        began, used = time.perf_counter(), time.process_time()
        asyncio.run(syncing.sync_once())
        return Took(time.perf_counter() - began, time.process_time() - used)


def first_sync(place: Place) -> Iterator[Row]:
    """Orders a second into the empty encrypted cache, and the same rows into plain SQLite without a second index."""
    home = place.large_home
    with closing(_cache(home)) as cache:
        orders = cache.count("order")
    peers = [_peer_sync(home, place.folder / f"peer-{run}.db") for run in range(place.times(3))]
    synced = [place.large_sync]
    for run in range(1, place.times(3) if place.orders <= 100_000 else 1):
        synced.append(fill(place.home(f"large-{run}", place.large)))
    ours, peer = ([orders / each.seconds for each in took] for took in (synced, peers))
    ours_cpu, peer_cpu = (orders / median([each.cpu for each in took]) for took in (synced, peers))
    ratio = median(ours) / median(peer)
    yield Row(
        f"first sync of {orders:,} orders over HTTP into the encrypted cache, with indexes",
        "≥ 0.6 × sqlite3 executemany",
        f"{spread(ours, scale=1, unit='orders/s')}; {ours_cpu:,.0f} per CPU second",
        f"{spread(peer, scale=1, unit='rows/s')}; {peer_cpu:,.0f} per CPU second",
        ratio,
        0.6,
        f"{ratio:.2f} ×",
        at_least=True,
    )


def _peer_sync(home: Home, path: Path) -> Took:
    """What it takes to upsert the cache's order rows into plain SQLite, 5,000 a transaction."""
    source = connect(home.data / "cache.db", data_key(home.data, "file"), durable=False, readonly=True)
    with closing(source), closing(sqlite3.connect(path, isolation_level=None)) as db:
        live = source.execute("SELECT value FROM meta WHERE name = 'live'").fetchone()
        found = source.execute(_ROWS.format(g=live[0] if live else "a"))
        names = [column[0] for column in found.description]  # type: ignore[attr-defined]  # every cursor has it
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        kinds = ", ".join(name if name != "id" else "id PRIMARY KEY" for name in names)
        db.execute(f"CREATE TABLE orders ({kinds}) WITHOUT ROWID")
        sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
        statement = f"INSERT INTO orders VALUES ({', '.join('?' * len(names))}) ON CONFLICT (id) DO UPDATE SET {sets}"
        seconds = cpu = 0.0
        while rows := found.fetchmany(_PEER_CHUNK):  # type: ignore[attr-defined]
            began, used = time.perf_counter(), time.process_time()
            db.execute("BEGIN")
            db.executemany(statement, rows)
            db.execute("COMMIT")
            seconds += time.perf_counter() - began
            cpu += time.process_time() - used
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    return Took(seconds, cpu)


def lists(place: Place) -> Iterator[Row]:
    """Windows of 100 of a list of all orders."""
    with closing(_cache(place.large_home)) as cache:
        total = cache.orders(OrderFilter(), _NOW, limit=1)[1]
        waiting = OrderFilter(to_dispatch=True)
        at = 0

        def next_page() -> None:
            nonlocal at
            at += 100
            cache.orders(OrderFilter(), _NOW, offset=at)

        sorts = ["number", "limit", "received", "-number", "-limit"]

        def resort() -> None:
            sorts.append(sorts.pop(0))
            cache.orders(OrderFilter(), _NOW, sort=sorts[-1])

        works: dict[str, Callable[[], object]] = {
            "open": lambda: cache.orders(OrderFilter(), _NOW),
            "next page": next_page,
            "jump to end": lambda: cache.orders(OrderFilter(), _NOW, offset=total - 100),
            "re-sort": resort,
            "to dispatch, by its clock": lambda: cache.orders(waiting, _NOW, sort="dispatch_due"),
        }
        before = resident_mib(os.getpid())
        for what, work in works.items():
            times = _repeat(work, place.times(45))
            worst = percentile(times, 0.95) * 1000
            yield Row(f"list of {total:,} orders: {what}, p95", "≤ 100 ms", spread(times, digits=1), "", worst, 100, "")
        grown = resident_mib(os.getpid()) - before
        what = f"memory that reading lists of {total:,} orders took"
        yield Row(what, "flat (≤ 20 MiB)", f"{grown:.0f} MiB", "", grown, 20)


def _repeat(work: Callable[[], object], runs: int) -> list[float]:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return times


def search(place: Place) -> Iterator[Row]:
    """Searches of two or more characters, once the index knows every order."""
    with closing(_cache(place.large_home)) as cache:
        began, waiting = time.perf_counter(), cache.search_remaining()
        while cache.index_some(1000):
            pass
        rate = waiting / (time.perf_counter() - began)
        times: list[float] = []
        for text in [each for each in _SEARCHES if len(each) > 1] * place.times(9):
            times += _repeat(partial(cache.orders, OrderFilter(search=text), _NOW), 1)
        orders = cache.count("order")
    worst = percentile(times, 0.95)
    yield Row(
        f"search in {orders:,} orders, p95 of {len(times)}",
        "≤ 20 ms",
        f"{worst * 1000:.1f} ms; median {median(times) * 1000:.1f} ms (index built at {rate:,.0f} orders/s)",
        "",
        worst * 1000,
        20,
    )


def repetitions(place: Place) -> Iterator[Row]:
    """Likely repetitions of orders from all over a large cache, once the index knows every order."""
    home = place.large_home
    with closing(_cache(home)) as cache:
        while cache.index_some(1000):
            pass
        orders = cache.count("order")
    times: list[float] = []
    found = 0
    with closing(open_terminal(home.config, data_dir=home.data)) as floor:
        for run in range(place.times(99) + 1):
            order_id = f"b-{run * _STRIDE % place.orders:07d}"
            began = time.perf_counter()
            likely = floor.repetitions.likely(order_id)
            if run:  # the first one reads the words
                times.append(time.perf_counter() - began)
                found += bool(likely)
    worst = percentile(times, 0.95) * 1000
    yield Row(
        f"likely repetitions of one order among {orders:,}, p95 of {len(times)}",
        "≤ 50 ms",
        f"{worst:.1f} ms; median {median(times) * 1000:.1f} ms ({found} have some)",
        "",
        worst,
        50,
    )


def change(place: Place) -> Iterator[Row]:
    """A changed order taken in and the open orders counted again: in a large cache and in one of 10,000, in turns."""
    with closing(_cache(place.small_home)) as small, closing(_cache(place.large_home)) as large:
        ours: list[float] = []
        peer: list[float] = []
        for run in range(place.times(150) + 3):
            for cache, times in ((small, peer), (large, ours)):
                page = _changed(cache, f"b-{run * 7 % SMALL_ORDERS:07d}", run)
                began = time.perf_counter()
                cache.apply(page)
                cache.order_counts(_NOW, WorkCalendar(ZONE))
                if run >= 3:
                    times.append(time.perf_counter() - began)
        orders = large.count("order")
    ratio = median(ours) / median(peer)
    yield Row(
        f"cost of a change at {orders:,} orders, against 10,000",
        "flat (≤ 1.3 ×)",
        spread(ours, digits=2),
        spread(peer, digits=2),
        ratio,
        1.3,
        f"{ratio:.2f} ×",
    )


def _changed(cache: Cache, order_id: str, run: int) -> wire.Page:
    ((version, document),) = cache.documents("order", [order_id]).values()
    order: dict[str, Any] = json.loads(document)
    order["state"] = "closed" if run % 2 else "handled"
    data = {"kind": "order", "id": order_id, "version": version + 1, "deleted": False, "data": order}
    page = {"changes": [data], "next": cache.cursor, "more": False, "server_time": _NOW.isoformat()}
    return wire.read_page(json.dumps(page, ensure_ascii=False).encode())


def month(place: Place) -> Iterator[Row]:
    """The month's score from orders that are read already; 100,000 of them where there are as many."""
    with closing(_cache(place.large_home)) as cache:
        held = [row.value for row in cache.all("order").values() if isinstance(row.value, Order)][:100_000]
        orders = (held * (100_000 // len(held) + 1))[:100_000]
        wanted = Month.of(DAY)

        def work() -> None:
            contract = place.large_home.config.contract.start
            inputs = month_inputs(
                wanted, orders=orders, people=(), facts=(), zone=ZONE, contract_start=contract, now=_NOW
            )
            month_score(wanted, inputs, final=False)

        times = _repeat(work, place.times(9))
    yield Row(
        f"month's score from {len(orders):,} orders in memory", "≤ 200 ms", spread(times), "", median(times) * 1000, 200
    )


def score(place: Place) -> Iterator[Row]:
    """The month's score out of the encrypted cache: counted for the first time, and again after one order changed."""
    home = place.large_home
    with closing(_cache(home)) as cache:
        ((_, some),) = cache.documents("order", [f"b-{SMALL_ORDERS // 2:07d}"]).values()
    wanted = Month.of(wire.read_entity("order", some).received_at.astimezone(ZONE).date())  # type: ignore[attr-defined]
    first: list[float] = []
    for _ in range(place.times(9)):
        with closing(open_terminal(home.config, data_dir=home.data)) as floor:
            first += _repeat(partial(floor.assessment.score, wanted), 1)
    with closing(open_terminal(home.config, data_dir=home.data)) as floor, closing(_cache(home)) as cache:
        floor.assessment.score(wanted)
        again: list[float] = []
        for run in range(place.times(150)):
            page = _changed(cache, f"b-{run * 7 % SMALL_ORDERS:07d}", run)
            began = time.perf_counter()
            floor.live.take_in(cache.apply(page).batch)
            floor.assessment.score(wanted)
            again.append(time.perf_counter() - began)
        orders = cache.count("order")
        received = floor.assessment.score(wanted).item("service_ability").counts["received"]
    what = f"month's score out of the cache: {orders:,} orders, {received:,} of the month"
    yield Row(f"{what}, first", "≤ 200 ms", spread(first, digits=1), "", median(first) * 1000, 200)
    yield Row(f"{what}, after a change", "≤ 5 ms", spread(again, digits=2), "", median(again) * 1000, 5)


if __name__ == "__main__":
    print(*_fill_here(Home(Path(sys.argv[1]))))

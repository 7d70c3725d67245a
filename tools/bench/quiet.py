"""A platform on which nothing happens but what it is told to: served over the contract, changed through its store.

``python -m tools.bench.quiet FILE SEATS ORDERS``. On standard input come lines of JSON: ``{"rate": 50}`` changes
so many seats a second from now on, ``{"seat": "s-01", "state": "ready"}`` changes one and answers with the moment just
before it did. It ends with its standard input.
"""

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from itertools import cycle
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from floorctl.models.floor import Seat
from floorctl.models.orders import Order
from floorctl.simulator.clock import SimClock, starting
from floorctl.simulator.http.accounts import accounts
from floorctl.simulator.http.app import Platform
from floorctl.simulator.http.listening import bind, serve_until, url_of
from floorctl.simulator.seed import orders as seed_orders
from floorctl.simulator.seed.seed import seed_floor
from floorctl.simulator.store.store import Store, StoreClosed
from floorctl.simulator.world.setup import Setup

SEED = 12345
ZONE = ZoneInfo("Asia/Shanghai")
DAY, HOUR = date(2026, 3, 4), time_of_day(10, 0)
#: Orders whose lives are lived; the others are these again with other numbers and times.
_DISTINCT = 2_000
_CHUNK = 5_000
_STATES = ("ready", "ringing", "talking", "wrap_up")


def seed(store: Store, seats: int, orders: int) -> None:
    """A floor at ten o'clock, and a history of ``orders`` orders behind it."""
    seed_floor(store, store.clock, seed=SEED, seats=seats, zone=str(ZONE), orders=orders)
    chunk: list[tuple[str, str, Order]] = []
    for number, order in enumerate(_history(store.clock.now(), seats, orders)):
        chunk.append(("order", f"b-{number:07d}", order))
        if len(chunk) == _CHUNK or number == orders - 1:
            with store.transaction() as changing:
                changing.put_many(chunk)
            chunk = []


def _history(now: datetime, seats: int, orders: int) -> Iterator[Order]:
    setup = Setup(SEED, seats, 60 * _DISTINCT, str(ZONE), now)
    day = DAY - timedelta(days=20)
    while not setup.calendar.is_working_day(day):
        day -= timedelta(days=1)
    distinct = [order for _, order, _ in seed_orders.history(setup, day, now)][:_DISTINCT]
    names = ("received_at", "reviewed_at", "dispatched_at", "accepted_at", "handled_at", "callback_at", "closed_at")
    for number in range(orders):
        order = distinct[number % len(distinct)]
        by = timedelta(minutes=-13 * (number // len(distinct)))
        times = {name: at + by for name in names if (at := getattr(order, name)) is not None}
        due = {"due_at": order.due_at + by} if order.due_at is not None else {}
        yield replace(order, number=f"{DAY:%Y%m%d}{number:07d}", **times, **due)


class Driver:
    """Changes seats: one when it is told to, or so many a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rng = Random(1)
        self._seats = [seat_id for seat_id, _ in store.all("seat")]
        self._states = cycle(_STATES)
        self._rate = 0.0
        self._changed = threading.Event()
        threading.Thread(target=self._drive, daemon=True).start()

    def change(self, seat_id: str, state: str) -> float:
        """Change one seat; returns when that began."""
        at = time.monotonic()
        with self._store.transaction() as changing:
            row = changing.get("seat", seat_id)
            assert row is not None
            assert isinstance(row.data, Seat)
            changing.put("seat", seat_id, replace(row.data, state=state, since=self._store.clock.now(), call=None))
        return at

    def rate(self, rate: float) -> None:
        """From now on, so many changes a second."""
        self._rate = rate
        self._changed.set()

    def _drive(self) -> None:
        due = time.monotonic()
        while True:
            if not self._rate:
                self._changed.wait()
                self._changed.clear()
                due = time.monotonic()
                continue
            due = max(due + 1 / self._rate, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            with contextlib.suppress(StoreClosed):
                self.change(self._rng.choice(self._seats), next(self._states))


def _listen(driver: Driver, stop: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        if "rate" in wanted:
            driver.rate(wanted["rate"])
        else:
            print(json.dumps({"at": driver.change(wanted["seat"], wanted["state"])}), flush=True)
    loop.call_soon_threadsafe(stop.set)


async def _serve(file: Path, seats: int, orders: int) -> None:
    store = Store(file, clock=SimClock(starting(DAY, HOUR, ZONE)))
    seed(store, seats, orders)
    platform = Platform(store)
    people = accounts(SEED)
    platform.sessions.enrol(people)
    await platform.feed.open()
    listening = bind("127.0.0.1", 0)
    stop = asyncio.Event()
    now = store.clock.now()
    ready = {
        "url": url_of(listening),
        "employee_no": people[0].employee_no,
        "password": people[0].password,
        # Platform time less the clock that all processes share, in seconds: to know where in a second it is.
        "ahead": now.timestamp() - time.monotonic(),
    }
    print(json.dumps(ready), flush=True)
    threading.Thread(target=_listen, args=(Driver(store), stop, asyncio.get_running_loop()), daemon=True).start()

    async def let_go() -> None:
        await stop.wait()
        platform.close()

    letting_go = asyncio.create_task(let_go())
    await serve_until(platform.app, listening, stop)
    letting_go.cancel()
    store.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))

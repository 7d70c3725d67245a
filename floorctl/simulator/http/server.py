"""The embedded platform as a whole: opens its data, seeds and runs its floor, serves the contract."""

import asyncio
import functools
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from floorctl.address import is_loopback
from floorctl.errors import FloorctlError, UsageError
from floorctl.i18n import language, t, term, use_language
from floorctl.simulator.clock import Anchor, SimClock, starting
from floorctl.simulator.http.accounts import Account, accounts
from floorctl.simulator.http.app import Platform
from floorctl.simulator.http.background import Background
from floorctl.simulator.http.contract import NEWEST
from floorctl.simulator.http.listening import Line, bind, serve_until, stopped_by_signals, url_of
from floorctl.simulator.http.workers import Workers
from floorctl.simulator.seed.seed import seed_floor, seed_history
from floorctl.simulator.store.database import on_postgres
from floorctl.simulator.store.store import Store
from floorctl.simulator.world.setup import SETTING
from floorctl.simulator.world.world import World

#: Seconds that a process waits for the one that seeds the same PostgreSQL database.
_SEEDING_SECONDS = 60
# Seconds after which a computing thread yields. A request crosses threads several times, and would wait ten times as
# long each time for the thread of the floor or of the history: measured, this halves the time of a command.
_SWITCH_INTERVAL_SECONDS = 0.0005


@dataclass(frozen=True)
class Serving:
    """A platform that listens: its address and accounts. ``stop`` ends it; call it in the event loop's thread."""

    url: str
    accounts: tuple[Account, ...]
    stop: Callable[[], None]


@dataclass(frozen=True)
class _Settings:
    """Settings of a new platform; one that was seeded before keeps its own, but is served as ``contract`` says."""

    seed: int
    seats: int
    orders: int | None
    speed: float
    at: time | None
    day: date | None
    zone: ZoneInfo
    scenario: str
    contract: str = NEWEST


class _SimulatedFloor:
    """The simulated floor of a store; the world is made at the first step."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._world: World | None = None

    def load_history(self) -> None:
        seed_history(self._store, self._store.clock)

    def step(self) -> None:
        if self._world is None:
            self._world = World(self._store, self._store.clock)
        self._world.step()


async def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8345,
    data: str | Path | None = None,
    seed: int = 12345,
    seats: int = 49,
    orders: int | None = None,
    speed: float = 1.0,
    at: time | None = None,
    day: date | None = None,
    zone: ZoneInfo,
    workers: int = 1,
    scenario: str = "",
    contract: str = NEWEST,
    line: Line | None = None,
    ready: Callable[[Serving], None] | None = None,
) -> None:
    """Serve the contract until SIGTERM or SIGINT, or until the ``stop`` that ``ready`` received is called.

    ``data`` is a file, a PostgreSQL URL or None for a temporary file; existing data continues where it stopped, at
    ``speed``, and is not seeded again. ``port`` 0 is any free one. ``at`` and ``day`` are when a new platform's time
    begins, ``scenario`` is what happens then (``simulator/scenarios.py``). ``contract`` is the version of the contract
    that it is served as, also of existing data (``simulator/http/contract.py``). ``workers`` processes serve, one of
    which runs the floor. ``line`` cuts its line to the terminals, where one process serves. Accounts and address are
    printed to standard error once all of them serve.

    Raises:
        FloorctlError: the data can't be opened or belongs to another process, or the port is taken.
        UsageError: more than one worker, and the data is not in PostgreSQL.

    """
    if workers > 1 and not on_postgres(data):
        raise UsageError("error.platform_workers")
    listening = bind(host, port)
    settings = _Settings(seed, seats, orders, speed, at, day, zone, scenario, contract)
    other_workers = Workers(workers - 1, functools.partial(_serve_as_worker, data, settings, language()), listening)

    async def on_ready(serving: Serving) -> None:
        await other_workers.start()
        _announce(serving)
        if ready is not None:
            ready(serving)

    try:
        await _serve(listening, data, settings, on_ready, shared=workers > 1, line=line)
    finally:
        await other_workers.stop()


def _serve_as_worker(
    data: str | Path | None,
    settings: _Settings,
    catalogue_language: str,
    listening: socket.socket,
    serves: Callable[[], None],
) -> None:
    """Serve as a further process, beside the one that a person started. Stopped by SIGTERM."""
    use_language(catalogue_language)

    async def on_ready(_serving: Serving) -> None:
        serves()

    asyncio.run(_serve(listening, data, settings, on_ready, shared=True))


async def _serve(
    listening: socket.socket,
    data: str | Path | None,
    settings: _Settings,
    on_ready: Callable[[Serving], Awaitable[None]],
    *,
    shared: bool,
    line: Line | None = None,
) -> None:
    try:
        store, simulation, people = await asyncio.to_thread(_open, data, settings)
        platform = Platform(store, settings.contract)
    except BaseException:
        listening.close()
        raise
    stop = asyncio.Event()
    background = Background(store, simulation)

    async def end_waits() -> None:
        await stop.wait()
        background.stop()
        platform.close()

    former_interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    try:
        await asyncio.to_thread(platform.sessions.enrol, people)
        platform.feed.filling = lambda: background.loads_history
        await platform.feed.open()
        background.start()
        # Handle signals first: a caller may stop the platform as soon as it is ready.
        with stopped_by_signals(stop):
            await on_ready(Serving(url_of(listening), people, stop.set))
            ending_waits = asyncio.create_task(end_waits())
            await serve_until(platform.app, listening, stop, shared=shared, line=line)
            ending_waits.cancel()
    finally:
        background.stop()
        platform.close()
        await asyncio.to_thread(store.close)
        sys.setswitchinterval(former_interval)


def _announce(serving: Serving) -> None:
    # The accounts come first, so that a program that starts this one has read them when it listens.
    lines = [t("platform.accounts")]
    lines += [
        f"  {_role(role)}  {each.employee_no}  {each.password}" for each in serving.accounts for role in each.roles
    ]
    if not is_loopback(urlsplit(serving.url).hostname or ""):
        lines.append(t("platform.listens_to_others"))
    print(*lines, f"listening on {serving.url}", sep="\n", file=sys.stderr, flush=True)


def _role(role: str) -> str:
    """Return the role's name, followed by its code for scripts if that differs."""
    words = term("role", role)
    return role if words.casefold().replace(" ", "_") == role else f"{words}  {role}"


def _open(data: str | Path | None, settings: _Settings) -> tuple[Store, _SimulatedFloor, tuple[Account, ...]]:
    store = Store(data)
    try:
        if store.database.claim():
            _set_up(store, settings)
        else:
            _wait_for_set_up(store)
        store.clock = _clock(store, settings)
        # The accounts are those of the seed that the data was made with.
        people = accounts(store.setting(SETTING)["seed"])
    except BaseException:
        store.close()
        raise
    return store, _SimulatedFloor(store), people


def _clock(store: Store, settings: _Settings) -> SimClock:
    return SimClock.resume(store.setting("clock", Anchor), settings.zone)


def _set_up(store: Store, settings: _Settings) -> None:
    """Set the clock, and seed the floor unless it has been."""
    anchor = store.setting("clock", Anchor | None)
    clock = SimClock(starting(settings.day, settings.at, settings.zone), settings.speed)
    if anchor is not None:
        clock = SimClock.resume(anchor, settings.zone)
        if anchor.speed != settings.speed:
            clock = SimClock(clock.now(), settings.speed)
    store.clock = clock
    store.set_setting("clock", clock.anchor())
    if store.setting(SETTING) is None:
        seed_floor(
            store,
            clock,
            seed=settings.seed,
            seats=settings.seats,
            zone=str(settings.zone),
            orders=settings.orders,
            scenario=settings.scenario,
        )


def _wait_for_set_up(store: Store) -> None:
    """Wait for the process that has the claim to seed the data.

    Raises:
        FloorctlError: it takes too long, or the data is a SQLite file, which only one process may serve.

    """
    until = monotonic() + _SEEDING_SECONDS
    while not store.database.postgres or store.setting(SETTING) is None:
        if not store.database.postgres or monotonic() > until:
            raise FloorctlError("error.platform_data_in_use", data=store.database.name)
        sleep(0.1)

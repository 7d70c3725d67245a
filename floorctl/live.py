"""A Floor that lives: this process syncs, or follows the one that does; counts and alert rules run beside it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.models import ENTITIES
from floorctl.sync.engine import Engine
from floorctl.sync.owner import Follower, Hub, SyncLock
from floorctl.watch import Watch

if TYPE_CHECKING:
    from floorctl.floor import Floor
    from floorctl.sync.cache import Cache
    from floorctl.sync.client import Client
    from floorctl.sync.journal import Journal
    from floorctl.sync.standing import Standing

log = logging.getLogger(__name__)

#: Seconds between two tries to become the one that syncs.
_TRY_AGAIN = 0.3
#: Seconds between two counts of what is overdue: time alone makes orders late.
_PULSE = 1.0
#: Seconds between two looks of the alert rules.
_LOOK = 5.0


class Live:
    """Keeps ``floor`` up to date from two threads of its own: one that syncs or follows, one that counts and watches.

    ``watch``: run the alert rules (a cockpit does, a command that only wants to send does not).
    """

    def __init__(self, floor: Floor, cache: Cache, journal: Journal, *, watch: bool = True) -> None:
        self._floor = floor
        self._cache = cache
        self._journal = journal
        self._watch = Watch(floor, cache) if watch else None
        self._lock = SyncLock(floor.data_dir)
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._engine: Engine | None = None
        self._follower: Follower | None = None
        self._hub: Hub | None = None
        self._threads = [threading.Thread(target=self._run, name="floorctl-sync", daemon=True)]
        if watch:
            self._threads.append(threading.Thread(target=self._pulse, name="floorctl-pulse", daemon=True))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, and wait until what was begun is finished."""
        self._stopping.set()
        if self._engine is not None:
            self._engine.stop()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it ended by itself meanwhile
                self._loop.call_soon_threadsafe(self._wake.set)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(10)

    def poke(self) -> None:
        """Tell whoever syncs that the journal has something new. From any thread."""
        if self._engine is not None:
            self._engine.poke()
        elif self._follower is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._follower.poke)

    # --- the thread that syncs or follows

    def _run(self) -> None:
        try:
            asyncio.run(self._sync_or_follow())
        except FloorctlError as error:
            self._standing(_broken(error))
            log.error("sync ended: %s", error)

    async def _sync_or_follow(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        while not self._stopping.is_set():
            if self._lock.acquire():
                try:
                    await self._sync()
                finally:
                    self._lock.release()
            else:
                await self._follow()
            if not self._stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _TRY_AGAIN)

    async def _sync(self) -> None:
        engine = Engine(
            self._cache,
            self._journal,
            self._client,
            self._floor.clock,
            on_changed=self._changed,
            on_standing=self._standing,
            watched=True,
        )
        self._hub = Hub(self._floor.data_dir, engine.poke)
        await self._hub.open()
        self._engine = engine
        try:
            if not self._stopping.is_set():
                await engine.run()
        finally:
            self._engine = None
            hub, self._hub = self._hub, None
            await hub.close()

    async def _follow(self) -> None:
        self._follower = Follower(
            self._floor.data_dir,
            on_changed=self._floor.take_in,
            on_standing=self._floor.take_standing,
            on_missed=self._missed,
        )
        following = asyncio.ensure_future(self._follower.follow())
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((following, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (following, woken):
                task.cancel()
            await asyncio.gather(following, woken, return_exceptions=True)
            self._follower = None

    def _client(self) -> Client:
        from floorctl.sync.client import Client

        config = self._floor.config
        return Client(
            config.platform.url,
            timeout=config.platform.timeout,
            ca_file=config.platform.ca_file,
            terminal=config.terminal.name,
        )

    def _changed(self, changed: dict[str, set[str]]) -> None:
        self._floor.take_in(changed)
        self._to_followers(lambda hub: hub.changed(changed))

    def _standing(self, standing: Standing) -> None:
        self._floor.take_standing(standing)
        self._to_followers(lambda hub: hub.standing(standing))

    def _to_followers(self, tell: Callable[[Hub], None]) -> None:
        """The hub belongs to the event loop; news comes from the engine's own thread."""

        def now() -> None:
            if self._hub is not None:
                tell(self._hub)

        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(now)

    def _missed(self) -> None:
        self._floor.take_in({kind: set() for kind in (*ENTITIES, "outbox")})

    # --- the thread that counts and watches

    def _pulse(self) -> None:
        looked = 0.0
        while not self._stopping.wait(_PULSE):
            try:
                self._floor.recount()
                if self._watch is not None and self._lock.held and time.monotonic() - looked >= _LOOK:
                    looked = time.monotonic()
                    self._look()
            except FloorctlError as error:
                log.warning("counting: %s", error)

    def _look(self) -> None:
        """Rules judge what is complete: in the middle of a first sync they would see what is not there."""
        standing = self._floor.standing()
        if self._watch is not None and standing.as_of is not None and standing.first_sync is None:
            self._watch.look()


def _broken(error: FloorctlError) -> Standing:
    from floorctl.sync.standing import Standing

    return Standing(mode="offline", problem=error.key)

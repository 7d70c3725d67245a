"""The thread that syncs, or that follows the process that does, and takes over from it when it ends."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from floorctl.errors import FloorctlError
from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.process.owner import Follower, Hub, SyncLock

OnChanged = Callable[[Batch], None]
OnConnectionStatus = Callable[[ConnectionStatus], None]


class RunnableEngine(Protocol):
    """The part of an engine that this thread uses."""

    async def run(self) -> None:
        """Sync until cancelled."""

    def poke(self) -> None:
        """Read the journal soon: it has changed."""


#: Makes the engine, in this thread; its argument sends to the processes that follow this one (None: it can't be made).
MakeEngine = Callable[[Hub | None], RunnableEngine]


class EngineThread:
    """Keeps a data folder in sync for as long as it runs, by itself or through the process that holds the lock.

    While it follows, ``on_changed``, ``on_missed`` (anything may have changed: read again what is shown) and
    ``on_connection_status`` are called from other threads than the caller's; while it syncs, the engine calls what
    ``make_engine`` gave it. ``failure`` is what last ended an engine unexpectedly.
    """

    def __init__(
        self,
        data_dir: Path,
        make_engine: MakeEngine,
        *,
        on_changed: OnChanged,
        on_missed: Callable[[], None],
        on_connection_status: OnConnectionStatus,
        pace: Pace = USUAL,
    ) -> None:
        self._pace = pace
        self._data_dir = data_dir
        self._make_engine = make_engine
        self._on_changed = on_changed
        self._on_missed = on_missed
        self._on_connection_status = on_connection_status
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="floorctl-sync", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._engine: RunnableEngine | None = None
        self._follower: Follower | None = None
        self._stopped = threading.Event()

    @property
    def syncs(self) -> bool:
        """Whether this process is the one that syncs."""
        return self._engine is not None

    def start(self) -> None:
        """Start the thread. Returns at once."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Stop the thread, waiting up to ``timeout`` seconds; the lock is free then."""
        self._stopped.set()
        self._in_loop(lambda: self._work.cancel() if self._work is not None else None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def poke(self) -> None:
        """Notify whoever syncs of a change of the journal. From any thread."""
        self._in_loop(self._pass_on_poke)

    def _in_loop(self, act: Callable[[], object]) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has just ended, and the next owner reads the journal anyway
                loop.call_soon_threadsafe(act)

    def _pass_on_poke(self) -> None:
        if self._engine is not None:
            self._engine.poke()
        elif self._follower is not None:
            self._follower.poke()

    def _main(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._sync_or_follow())

    async def _sync_or_follow(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.current_task()
        lock = SyncLock(self._data_dir)
        try:
            while not self._stopped.is_set():
                if self._try_lock(lock):
                    await self._run_engine()
                    await asyncio.sleep(self._pace.restart_engine_after)
                elif not await self._follow():
                    await asyncio.sleep(self._pace.retry_owner_after)
        finally:
            self._loop = None
            lock.release()

    def _try_lock(self, lock: SyncLock) -> bool:
        try:
            return lock.acquire()
        except FloorctlError as error:
            self.failure = error
            self._on_connection_status(_stopped_by(error))
            return False

    async def _run_engine(self) -> None:
        """Sync until it fails; the lock is kept, since another process would fail as well."""
        hub = await self._open_hub()

        def tell(status: ConnectionStatus) -> None:
            if hub is not None:
                hub.connection_status(status)
            self._on_connection_status(status)

        try:
            # The former owner may have fetched changes that this process was not notified of.
            self._on_missed()
            self._engine = self._make_engine(hub)
            await self._engine.run()
        except FloorctlError as error:
            self.failure = error
            tell(_stopped_by(error))
        except Exception as error:
            self.failure = error
            tell(ConnectionStatus(mode="offline", problem="error.network_engine_failed"))
        finally:
            self._engine = None
            if hub is not None:
                await hub.close()

    async def _open_hub(self) -> Hub | None:
        try:
            hub = Hub(self._data_dir, self.poke)
            await hub.open()
        except (OSError, FloorctlError) as error:
            self.failure = error  # other processes receive no changes, but this one syncs
            return None
        return hub

    async def _follow(self) -> bool:
        self._follower = Follower(
            self._data_dir,
            on_changed=self._on_changed,
            on_missed=self._on_missed,
            on_connection_status=self._on_connection_status,
        )
        try:
            return await self._follower.follow()
        finally:
            self._follower = None


def _stopped_by(error: FloorctlError) -> ConnectionStatus:
    about = tuple((name, str(value)) for name, value in error.params.items())
    return ConnectionStatus(mode="offline", problem=error.key, about=about)

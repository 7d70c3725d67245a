"""Syncing for one command: by this process if no other syncs, else through the one that does."""

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.models.command import ON_ITS_WAY
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.process.owner import Follower, SyncLock, poke

if TYPE_CHECKING:
    from floorctl.sync.cache.cache import Cache
    from floorctl.sync.engine.engine import Engine
    from floorctl.sync.journal.journal import Journal

OnProgress = Callable[[int, int], None]
#: Orders added to the search index in one transaction.
_INDEX_BATCH = 500
#: Seconds between two looks at the commands that another process is to send.
_CHECK_INTERVAL = 0.05


class OneShot:
    """Syncs one data folder for the duration of a command, on a cache and a journal opened for it."""

    def __init__(self, data_dir: Path, cache: "Cache", journal: "Journal", make_engine: "Callable[[], Engine]") -> None:
        self._data_dir = data_dir
        self._cache = cache
        self._journal = journal
        self._make_engine = make_engine

    async def push(self, ids: Collection[str] = (), *, seconds: float = 10.0) -> bool:
        """Send the waiting commands within ``seconds``; return True if this process or another could try.

        If another process syncs, it is notified and waited for until the commands ``ids`` are decided or it reports
        that it is not live. The outcomes are in the journal; what could not be sent stays there and is sent later.

        Raises:
            Unauthorized: nobody is signed in.
            FloorctlError: the journal can't be read or written, or the settings of the connection are invalid.

        """
        with SyncLock(self._data_dir) as lock:
            if lock.acquire():
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._make_engine().push_once()
                return True
        return await self._push_through_owner(ids, seconds)

    async def sync(self, *, full: bool = False, on_progress: OnProgress | None = None) -> None:
        """Bring the cache up to date (``full``: from the beginning), and send what waits.

        ``on_progress`` receives how many entities have come and how many there are (0: not known).

        Raises:
            Unauthorized: nobody is signed in.
            FloorctlError: ``error.network_other_syncs`` if another process keeps the cache up to date already; the
                platform could not be asked; the disk refuses.

        """
        with SyncLock(self._data_dir) as lock:
            if not lock.acquire():
                poke(self._data_dir)
                raise FloorctlError("error.network_other_syncs")
            await self._make_engine().sync_once(full=full, on_progress=on_progress)

    def complete_search_index(self, on_progress: OnProgress) -> None:
        """Add all orders that are missing from the search index; ``on_progress`` receives orders added and to add."""
        total = remaining = self._cache.search_remaining()
        while remaining:
            remaining = self._cache.index_some(_INDEX_BATCH)
            on_progress(total - remaining, total)

    async def _push_through_owner(self, ids: Collection[str], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        statuses: list[ConnectionStatus] = []
        follower = Follower(
            self._data_dir,
            on_changed=lambda _changed: None,
            on_missed=lambda: None,
            on_connection_status=statuses.append,
        )
        following = asyncio.ensure_future(follower.follow())
        try:
            while time.monotonic() < deadline and not following.done():
                follower.poke()
                if statuses and statuses[-1].mode != "live":
                    return False
                if not await asyncio.to_thread(self._any_unsent, ids):
                    return True
                await asyncio.sleep(_CHECK_INTERVAL)
            return False
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    def _any_unsent(self, ids: Collection[str]) -> bool:
        items = (self._journal.get(id_) for id_ in ids)
        return any(item is not None and item.state in ON_ITS_WAY for item in items)

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
    from floorctl.sync.engine.engine import Engine
    from floorctl.sync.journal.journal import Journal

_LOOK_EVERY = 0.05


async def push_now(
    data_dir: Path,
    journal: "Journal",
    make_engine: "Callable[[], Engine]",
    ids: Collection[str] = (),
    *,
    seconds: float = 10.0,
) -> bool:
    """Send the waiting commands within ``seconds``; return True if this process or another could try.

    If another process syncs, it is notified and waited for until the commands ``ids`` are decided or it reports that it
    is not live. The outcomes are in the journal; what could not be sent stays there and is sent later.

    Raises:
        Unauthorized: nobody is signed in.
        FloorctlError: the journal can't be read or written, or the settings of the connection are invalid.

    """
    with SyncLock(data_dir) as lock:
        if lock.acquire():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await make_engine().push_once()
            return True
    return await _through_owner(data_dir, journal, ids, seconds)


async def sync_once(
    data_dir: Path,
    make_engine: "Callable[[], Engine]",
    *,
    full: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Bring the cache up to date (``full``: from the beginning), and send what waits.

    Raises:
        Unauthorized: nobody is signed in.
        FloorctlError: ``error.network_other_syncs`` if another process keeps the cache up to date already; the platform
            could not be asked; the disk refuses.

    """
    with SyncLock(data_dir) as lock:
        if not lock.acquire():
            poke(data_dir)
            raise FloorctlError("error.network_other_syncs")
        await make_engine().sync_once(full=full, on_progress=on_progress)


async def _through_owner(data_dir: Path, journal: "Journal", ids: Collection[str], seconds: float) -> bool:
    until = time.monotonic() + seconds
    stands: list[ConnectionStatus] = []
    follower = Follower(
        data_dir, on_changed=lambda _changed: None, on_missed=lambda: None, on_connection_status=stands.append
    )
    following = asyncio.ensure_future(follower.follow())
    try:
        while time.monotonic() < until and not following.done():
            follower.poke()
            if stands and stands[-1].mode != "live":
                return False
            if not await asyncio.to_thread(_unsent, journal, ids):
                return True
            await asyncio.sleep(_LOOK_EVERY)
        return False
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _unsent(journal: "Journal", ids: Collection[str]) -> bool:
    found = (journal.get(id_) for id_ in ids)
    return any(item is not None and item.state in ON_ITS_WAY for item in found)

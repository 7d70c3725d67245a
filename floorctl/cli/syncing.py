"""Syncs for the duration of one command, with its own connections to the databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.cli.output import Output
    from floorctl.config import Config
    from floorctl.floor.floor import Floor
    from floorctl.floor.terminal import SyncFiles


#: Orders added to the search index per transaction.
_INDEX_BATCH = 500


def push(floor: Floor, ids: Collection[str], seconds: float) -> None:
    """Send waiting commands, or have the process that syncs send them; wait for ``ids``, at most ``seconds``.

    Raises:
        FloorctlError: nobody is signed in (``Unauthorized``), or the connection's settings are invalid.
    """
    from floorctl.sync.process.one_shot import push_now

    with _open(floor) as files:
        asyncio.run(push_now(floor.data_dir, files.journal, files.make_engine, ids, seconds=seconds))


def keep_logs_off_the_terminal() -> None:
    """Keep libraries' log messages off the terminal, where Python prints them if there is no handler."""
    import logging

    if not (root := logging.getLogger()).handlers:
        root.addHandler(logging.NullHandler())


def name_skipped_proxies(output: Output, config: Config) -> None:
    """Warn about invalid proxy variables of the environment, which are ignored."""
    if not config.platform.url:
        return
    from floorctl import address
    from floorctl.sync.platform.route import route

    for each in route(address.read(config.platform.url)).skipped:
        output.warn(t(f"cli.proxy.bad_{each.why}", variable=each.variable, value=each.value))


def refresh(floor: Floor, seconds: float) -> None:
    """Update the cache for at most ``seconds``; ignore failures."""
    from floorctl.sync.process.one_shot import sync_once

    async def limited() -> None:
        async with asyncio.timeout(seconds):
            await sync_once(floor.data_dir, files.make_engine)

    with _open(floor) as files, suppress(FloorctlError, TimeoutError):
        asyncio.run(limited())


def fetch(floor: Floor, *, full: bool, on_progress: Callable[[int, int], None]) -> None:
    """Update the cache and its search index (``full``: from the beginning), and send waiting commands.

    Raises:
        FloorctlError: another process syncs already (``error.network_other_syncs``), nobody is signed in, the platform
            can't be reached, or the disk refuses.
    """
    from floorctl.sync.process.one_shot import sync_once

    with _open(floor) as files:
        asyncio.run(sync_once(floor.data_dir, files.make_engine, full=full, on_progress=on_progress))
        # Index now: this process ends, and orders that are not indexed are not found.
        total = remaining = files.cache.search_remaining()
        while remaining:
            remaining = files.cache.index_some(_INDEX_BATCH)
            on_progress(total - remaining, total)


def _open(floor: Floor) -> AbstractContextManager[SyncFiles]:
    from floorctl.cli.invocation import ask_passphrase
    from floorctl.floor.terminal import open_to_sync

    keep_logs_off_the_terminal()
    return open_to_sync(floor, ask_passphrase)

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
    from floorctl.sync.process.one_shot import OneShot


def push(floor: Floor, ids: Collection[str], seconds: float) -> None:
    """Send waiting commands, or have the process that syncs send them; wait for ``ids``, at most ``seconds``.

    Raises:
        FloorctlError: nobody is signed in (``Unauthorized``), or the connection's settings are invalid.
    """
    with _open(floor) as one_shot:
        asyncio.run(one_shot.push(ids, seconds=seconds))


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

    async def sync_within(one_shot: OneShot) -> None:
        async with asyncio.timeout(seconds):
            await one_shot.sync()

    with _open(floor) as one_shot, suppress(FloorctlError, TimeoutError):
        asyncio.run(sync_within(one_shot))


def fetch(floor: Floor, *, full: bool, on_progress: Callable[[int, int], None]) -> None:
    """Update the cache and its search index (``full``: from the beginning), and send waiting commands.

    Raises:
        FloorctlError: another process syncs already (``error.network_other_syncs``), nobody is signed in, the platform
            can't be reached, or the disk refuses.
    """
    with _open(floor) as one_shot:
        asyncio.run(one_shot.sync(full=full, on_progress=on_progress))
        # Index now: this process ends, and orders that are not indexed are not found.
        one_shot.complete_search_index(on_progress)


def _open(floor: Floor) -> AbstractContextManager[OneShot]:
    from floorctl.cli.invocation import ask_passphrase
    from floorctl.floor.terminal import open_to_sync

    keep_logs_off_the_terminal()
    return open_to_sync(floor, ask_passphrase)

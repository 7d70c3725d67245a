"""A flood of changes: whoever works goes on working, and the newest is shown."""

import asyncio
import time

import pytest

from floorctl.sync.outbox_item import OutboxItem
from tests.build import as_sent
from tests.scope import FULL
from tests.sync import conftest as of_sync
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.storage import seat
from tests.sync.syncing import SyncTerminal, until

#: The platform that answers as a test tells it to, and the terminal at it.
platform, terminal = of_sync.platform, of_sync.terminal

#: Changes of the flood, at least 100,000 a second for ten seconds in full.
FLOOD = 1_000_000 if FULL else 60_000


@pytest.mark.slow
async def test_in_a_flood_of_changes_acts_go_out_and_the_newest_is_shown(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    versions = 0
    done = asyncio.Event()

    async def flood(request: hostile.Request) -> None:
        nonlocal versions
        await hostile.start_stream(request)
        while True:
            if not done.is_set():
                versions += 1
            change = {
                "kind": "seat",
                "version": versions,
                "deleted": False,
                "data": as_sent(seat(number=f"{versions}")),
            }
            changes = [change | {"id": f"s-{n}"} for n in range(500)]
            page = {"changes": changes, "next": "a0", "more": False, "server_time": hostile.now()}
            await hostile.write(request, hostile.event(page))
            if versions * 500 >= FLOOD:
                break  # whoever comes again hears the newest again
        done.set()
        await asyncio.sleep(3600)

    platform.fail("/v1/changes/stream", flood)
    slowest = 0.0
    items: list[OutboxItem] = []
    async with terminal.syncing() as engine:
        await until(lambda: versions > 2, why="for the flood to begin")
        while not done.is_set() or len(items) < 3:
            began = time.monotonic()
            items.append(await asyncio.to_thread(terminal.act, f"o-{len(items)}"))
            slowest = max(slowest, time.monotonic() - began)
            engine.poke()
            await asyncio.sleep(0.25)  # a busy person; nothing that is done here is ever heard of in the feed
        await until(lambda: all(terminal.state(item) == "applied" for item in items), 60)
        await until(lambda: terminal.cache.get("seat", "s-499").version == versions, 120)  # type: ignore[union-attr]
        await until(lambda: terminal.mode == "live", why="for live")
    assert slowest < 2
    assert len(platform.applied) == len(items) >= 3
    assert {row.version for row in terminal.cache.all("seat").values()} == {versions}

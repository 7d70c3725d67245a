"""The engine on real sockets and by real seconds: what virtual time shows elsewhere holds on them too."""

import asyncio
from pathlib import Path

from floorctl.errors import UsageError
from floorctl.sync.engine.engine import Engine
from floorctl.sync.process.thread import EngineThread
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.syncing import SyncTerminal, until


async def test_a_platform_that_dies_is_noticed_in_five_seconds_its_return_in_ten_and_all_gets_through(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    async with terminal.syncing() as engine:
        await until(lambda: terminal.mode == "live")
        await platform.stop()
        assert await until(lambda: terminal.mode == "offline") <= 5.5
        items = [terminal.act(f"o-{n}") for n in range(3)]
        engine.poke()
        await platform.start()
        assert await until(lambda: terminal.mode == "live") < 10
        await until(lambda: all(terminal.state(item) == "applied" for item in items))
    assert len(platform.applied) == 3


async def test_pushing_now_where_another_syncs_goes_through_it(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    second = SyncTerminal(terminal.folder, platform.url)

    thread = EngineThread(
        terminal.folder,
        lambda followers: terminal.engine(followers=followers),
        on_changed=lambda _: None,
        on_missed=lambda: None,
        on_connection_status=terminal.statuses.append,
    )
    thread.start()
    try:
        await until(lambda: terminal.mode == "live")
        item = second.act("o-1")
        assert await second.one_shot.push([item.id])
        assert second.state(item) == "applied"
        await platform.stop()
        await until(lambda: terminal.mode == "offline")
        item = second.act("o-1")
        assert not await second.one_shot.push([item.id])
    finally:
        await asyncio.to_thread(thread.stop)
        second.close()


async def test_what_ends_an_engine_is_reported_with_its_parameters(terminal: SyncTerminal) -> None:
    def make(_followers: object) -> Engine:
        raise UsageError("error.network_ca_file", path=Path("ca.pem"), reason="not there")

    thread = EngineThread(
        terminal.folder,
        make,
        on_changed=lambda _: None,
        on_missed=lambda: None,
        on_connection_status=terminal.statuses.append,
    )
    thread.start()
    try:
        await until(lambda: terminal.mode == "offline")
    finally:
        await asyncio.to_thread(thread.stop)
    assert terminal.statuses[-1].problem == "error.network_ca_file"
    assert dict(terminal.statuses[-1].about) == {"path": "ca.pem", "reason": "not there"}

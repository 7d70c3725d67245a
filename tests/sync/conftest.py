"""A platform that answers as a test tells it to, and one terminal signed in at it; in memory on virtual time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.memory_network import MemoryNetwork
from tests.still_time import StillLoop
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.syncing import SyncTerminal


@pytest.fixture
async def platform() -> AsyncIterator[HostilePlatform]:
    virtual = isinstance(asyncio.get_running_loop(), StillLoop)
    async with HostilePlatform(MemoryNetwork() if virtual else None) as platform:
        yield platform


@pytest.fixture
async def terminal(platform: HostilePlatform, tmp_path: Path) -> AsyncIterator[SyncTerminal]:
    terminal = SyncTerminal(tmp_path, platform.url, network=platform.network)
    terminal.sign_in()
    yield terminal
    terminal.close()

"""A platform that answers as a test tells it to, and one terminal signed in at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sync.hostile_platform import HostilePlatform
from tests.sync.syncing import Terminal


@pytest.fixture
async def platform() -> AsyncIterator[HostilePlatform]:
    async with HostilePlatform() as platform:
        yield platform


@pytest.fixture
async def terminal(platform: HostilePlatform, tmp_path: Path) -> AsyncIterator[Terminal]:
    terminal = Terminal(tmp_path, platform.url)
    terminal.sign_in()
    yield terminal
    terminal.close()

"""A small platform of our own over real HTTP, and terminals at it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.config import Config, Platform, Terminal
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.simulator.http.accounts import accounts
from tests.cli.shell import Shell
from tests.keyrings import MemoryKeyring, as_system_keyring
from tests.simulator.running import SEED, Running

PASSWORDS = {each.roles[0]: (each.employee_no, each.password) for each in reversed(accounts(SEED))}


def terminal(url: str, folder: Path, **settings: Any) -> Config:
    settings = {"name": "T", "data_dir": str(folder), "key": "file"} | settings
    return Config(platform=Platform(url=url, timeout=3), terminal=Terminal(**settings))


@pytest.fixture
def small(small_data: Path, tmp_path: Path) -> Iterator[Running]:
    """A platform of its own with one entity of every kind."""
    path = tmp_path / "platform.db"
    shutil.copy(small_data, path)
    running = Running(path)
    yield running
    running.stop()


@pytest.fixture
def at(small: Running, tmp_path: Path) -> Iterator[Callable[..., Floor]]:
    """Opens floors at the small platform; signed in as somebody with the role, if one is given."""
    opened: list[Floor] = []

    def open_(role: str = "", folder: str = "data", **settings: Any) -> Floor:
        floor = open_terminal(terminal(small.url, tmp_path / folder, **settings))
        opened.append(floor)
        if role:
            floor.session.sign_in(*PASSWORDS[role])
        return floor

    yield open_
    for floor in opened:
        floor.close()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal that has never seen a platform."""
    return Shell(tmp_path / "terminal")


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    """A keyring in memory, which is the system's for the test."""
    with as_system_keyring(MemoryKeyring()) as keyring:
        yield keyring

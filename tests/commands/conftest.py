"""Terminals for tests of the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.awkward_floor import AwkwardFloor
from tests.commands.shell import Shell
from tests.platform_process import PlatformProcess


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal that has never seen a platform."""
    return Shell(tmp_path / "terminal")


@pytest.fixture(scope="module")
def synced(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal signed in as the supervisor, with the floor in its cache."""
    shell = Shell(tmp_path_factory.mktemp("synced"), platform.url)
    shell.sign_in(platform)
    shell.sync()
    return shell


@pytest.fixture
def another(platform: PlatformProcess, tmp_path: Path) -> Callable[[str], Shell]:
    """Makes further terminals at the same platform, synced, signed in with the role given."""

    def make(role: str) -> Shell:
        shell = Shell(tmp_path / f"another-{role}", platform.url)
        shell.sign_in(platform, role)
        shell.sync()
        return shell

    return make


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a terminal at a floor full of odd cases, to be copied."""
    folder = tmp_path_factory.mktemp("awkward") / "data"
    AwkwardFloor(folder)
    return folder

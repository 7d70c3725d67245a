"""Terminals for tests of the command line."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.awkward_floor import AwkwardFloor
from tests.cli.shell import Shell
from tests.platforms import PlatformProcess


@dataclass(frozen=True)
class Awkward:
    """The data folder of a terminal at a floor full of odd cases, to be copied, and every id on it."""

    data: Path
    ids: frozenset[str]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal that has never seen a platform."""
    return Shell(tmp_path / "terminal")


@pytest.fixture(scope="module")
def data_of(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The data folder of a terminal that somebody with a role has signed in at and synced, to be copied."""
    made: dict[str, Shell] = {}

    def find(role: str) -> Path:
        if role not in made:
            shell = made[role] = Shell(tmp_path_factory.mktemp(role), platform.url)
            shell.sign_in(platform, role)
            shell.sync()
        return made[role].data

    return find


@pytest.fixture(scope="module")
def synced(
    platform: PlatformProcess, data_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Shell:
    """A terminal signed in as the supervisor, with the floor in its cache."""
    return Shell(tmp_path_factory.mktemp("synced"), platform.url, data=data_of("supervisor"))


@pytest.fixture
def another(platform: PlatformProcess, data_of: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Shell]:
    """Makes further terminals at the same platform, signed in with the role given, with what stands there now."""

    def make(role: str) -> Shell:
        shell = Shell(tmp_path / f"another-{role}", platform.url, data=data_of(role))
        shell.sync()
        return shell

    return make


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Awkward:
    """A floor full of odd cases."""
    world = AwkwardFloor(tmp_path_factory.mktemp("awkward") / "data")
    with closing(world.open_floor()) as world.floor:
        return Awkward(world.folder, frozenset(world.ids()))

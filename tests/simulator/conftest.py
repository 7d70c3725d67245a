"""Platforms with a small floor: one file and one database are made once, and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.running import Postgres, Running


@pytest.fixture
def data(small_data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "platform.db"
    shutil.copy(small_data, path)
    return path


@pytest.fixture
def platform(data: Path) -> Iterator[Running]:
    running = Running(data)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def any_platform(request: pytest.FixtureRequest) -> Iterator[Running]:
    """The same on either database."""
    if request.param == "sqlite":
        running = Running(request.getfixturevalue("data"))
    else:
        running = Running(request.getfixturevalue("postgres").copy())
    yield running
    running.stop()

"""The world that is copied for each walk, and what a walk leaves behind."""

import os
from collections.abc import Iterator

import pytest

from tests.explorer.asked_for import load_all_screens
from tests.explorer.world import World


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once."""
    load_all_screens()
    return World(tmp_path_factory.mktemp("world") / "data")


@pytest.fixture(autouse=True)
def size_back() -> Iterator[None]:
    """The size that a walk's terminal has, which the environment tells the cockpit, is no other test's."""
    before = {name: os.environ.get(name) for name in ("COLUMNS", "LINES")}
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

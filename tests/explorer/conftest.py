"""The world that is copied for each walk."""

import pytest

from .asked_for import load_all_screens
from .world import World


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once."""
    load_all_screens()
    return World(tmp_path_factory.mktemp("world") / "data")

"""What random walks have found, each with the fewest steps that found it."""

import pytest

from .steps import SETTINGS
from .walk import walk
from .world import World


@pytest.mark.parametrize(("size", "language", "role"), SETTINGS[::4])
def test_a_walk_through_every_screen_leads_home(
    template: World, size: tuple[int, int], language: str, role: str
) -> None:
    steps = [("key", key) for key in "1234567s"] + [("outage",), ("key", "3"), ("others act", 1), ("return",)]
    taken = walk(template, steps, size=size, language=language, role=role)
    assert taken == [*steps, ("home",)]


def test_a_walk_tells_of_a_command_that_the_keys_asked_for(template: World) -> None:
    walk(template, [("key", "3"), ("key", "space"), ("key", "u"), ("key", "y"), ("answer",)], size=(120, 36))

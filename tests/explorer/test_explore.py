"""Random walks, the same each time; ``make explore`` makes others."""

import pytest

from tests.explorer.findings import explore
from tests.explorer.world import World


@pytest.mark.walks
@pytest.mark.parametrize("seed", [pytest.param(n, marks=pytest.mark.xdist_group(f"walk {n}")) for n in (1, 2)])
def test_random_walks_find_nothing(template: World, seed: int) -> None:
    """About a minute each where nothing else runs but the other; each has a worker of its own."""
    found = list(explore(template, seed, most=35))
    assert not found, "\n".join(map(str, found))

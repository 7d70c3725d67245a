"""Matters that many people call about at once, as the scenarios have them."""

from random import Random

from floorctl.simulator.content import read
from floorctl.simulator.content.orders import Matter, burst_pipe, matter


def matter_about(rng: Random, about: str) -> Matter:
    """Return what one of many callers says about the incident ``about``; any matter if it has no words of its own."""
    place = read("orders")["incidents"].get(about)
    if place is None:
        return matter(rng, "12345")
    return burst_pipe(rng, place["road"], rng.choice(place["communities"]), place["region"])

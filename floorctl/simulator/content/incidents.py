"""Matters that many people call about at once, as the scenarios have them."""

from random import Random

from floorctl.simulator.content.orders import Matter, matter


def matter_about(rng: Random, about: str) -> Matter:
    """Return what one of many callers says about the incident ``about``."""
    return matter(rng, "12345")

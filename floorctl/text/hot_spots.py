"""A hot spot in words: what it is about, where, and how many called against what is usual."""

from collections.abc import Sequence

from floorctl.i18n import t
from floorctl.text.numbers import usual_number


def matter(category: Sequence[str]) -> str:
    """Return what a hot spot is about: the innermost category; words for all of them where ``category`` is empty."""
    return category[-1] if category else t("hot_spots.any_matter")


def place(region: str | None) -> str:
    """Return where it is; words for everywhere where ``region`` is None."""
    return region or t("hot_spots.everywhere")


def about(category: Sequence[str], region: str | None) -> str:
    """Return matter and place together."""
    return t("hot_spots.about", matter=matter(category), place=place(region))


def callers(count: int, expected: float) -> str:
    """Return how many called, and how many are usual."""
    return t("hot_spots.callers", n=count, usual=usual_number(expected))

"""The fault bench: what floorctl is tried with, from outside. ``make faults`` runs all of it, CI a small version.

``make test-full`` runs all tests like that: each language in each size, more rows, 1,000 examples of each property.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: Whether this is the full trial: as often, as long and in as many ways as there are.
FULL = os.environ.get("FLOORCTL_FAULTS") == "full"


def one_in(n: int, cases: Sequence[T]) -> Sequence[T]:
    """Every ``n``-th of the cases, the first among them; all of them in the full trial."""
    return cases if FULL else cases[::n]

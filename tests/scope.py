"""How much of the tests this run does: in short, or in full (``make test-full``, ``make faults``)."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: Whether this run does everything: each language in each size, more rows, 1,000 examples of each property, each fault
#: as often, as long and in as many ways as there are.
FULL = os.environ.get("FLOORCTL_FAULTS") == "full"
#: Whether a test fails, instead of being skipped, where a program that it needs is missing.
REQUIRE_ALL = os.environ.get("FLOORCTL_TEST_REQUIRE_ALL") == "1"


def one_in(n: int, cases: Sequence[T]) -> Sequence[T]:
    """Return every ``n``-th of the cases, starting with the first; all of them in a full run."""
    return cases if FULL else cases[::n]

"""Waiting on real time for what another thread or process does, and the pace that shortens such waits."""

import time
from collections.abc import Callable

from msgspec.structs import fields

from floorctl.floor.floor import Floor
from floorctl.sync.pace import USUAL, Pace

#: How many times faster than usual ``HURRIED`` is.
TIMES_FASTER = 4
#: A pace with shortened waits, for tests that need real time, such as those of a lost connection.
HURRIED = Pace(
    hold=USUAL.hold // TIMES_FASTER,
    **{
        field.name: getattr(USUAL, field.name) / TIMES_FASTER
        for field in fields(Pace)
        if field.name not in ("now", "hold")
    },
)


def wait_until(holds: Callable[..., object], *, seconds: float = 15, why: str = "") -> None:
    """Wait until ``holds()`` is true.

    Raises:
        AssertionError: it did not become true within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while (began := time.monotonic()) < deadline:
        if holds():
            return
        # A check may start a process: use at most half of the time for it, so that it does not slow down what it waits
        # for.
        time.sleep(max(0.02, time.monotonic() - began))
    raise AssertionError(f"waited {seconds} s in vain {why}")


def wait_until_live(floor: Floor, *, seconds: float = 30) -> None:
    """Wait until ``floor`` is connected to its platform and has its seats.

    Raises:
        AssertionError: it was not within ``seconds``.
    """
    wait_until(
        lambda: floor.status.connection().mode == "live" and floor.seats.all(),
        seconds=seconds,
        why="for the floor to be live",
    )


def assert_stays(holds: Callable[..., object], *, seconds: float = 4 * HURRIED.check_journal_every) -> None:
    """Check that ``holds()`` stays true while the sync looks at the journal a few times, at the pace ``HURRIED``.

    Raises:
        AssertionError: it became false.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert holds()
        time.sleep(0.02)

"""A machine whose lid is closed for a while: its clock for time awake stands still, that of all time goes on."""

import time

import pytest

from floorctl import clock


class Lid:
    """Closed for no time, until ``close``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._asleep = 0.0
        real = time.clock_gettime
        sleepless = getattr(time, clock.SLEEPLESS)
        monkeypatch.setattr(clock, "_slept", 0.0)
        monkeypatch.setattr(time, "clock_gettime", lambda which: real(which) + self._asleep * (which == sleepless))

    def close(self, **for_: float) -> None:
        """Nothing happens for so long: ``hours=8``. Then the lid is open again."""
        units = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
        self._asleep += sum(units[unit] * number for unit, number in for_.items())

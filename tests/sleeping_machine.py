"""A machine that sleeps: meanwhile the clock of time awake stands still and the clock of all time goes on."""

import time

import pytest

from floorctl import clock


class SleepingMachine:
    """Makes the clocks of this process read as after the sleeps that the test asks for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._asleep = 0.0
        real = time.clock_gettime
        sleepless = getattr(time, clock.SLEEPLESS)
        monkeypatch.setattr(clock, "_slept", 0.0)
        monkeypatch.setattr(time, "clock_gettime", lambda which: real(which) + self._asleep * (which == sleepless))

    def sleep(self, **duration: float) -> None:
        """Sleep, and wake up again at once as after ``duration``: ``hours=8``."""
        units = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
        self._asleep += sum(units[unit] * number for unit, number in duration.items())

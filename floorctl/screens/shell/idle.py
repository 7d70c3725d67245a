"""The time without input, after which the terminal locks."""

from floorctl.clock import elapsed
from floorctl.config import Duration


class Idle:
    """Measures the time since the last input. The time that the machine sleeps counts."""

    def __init__(self, lock_after: Duration) -> None:
        self._lock_after = lock_after.seconds
        self._began = self._last = elapsed()

    def touched(self) -> None:
        """Record an input."""
        self._last = elapsed()

    def rested_for(self) -> float:
        """Return the seconds since the last key or click; infinity before the first."""
        return elapsed() - self._last if self._began != self._last else float("inf")

    def too_long(self) -> bool:
        """Return whether there was no input for ``[terminal] lock_after`` (0: the terminal never locks)."""
        return 0 < self._lock_after <= elapsed() - self._last

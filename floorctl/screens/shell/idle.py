"""When the terminal locks because nobody touches it."""

from floorctl.clock import elapsed
from floorctl.text.durations import duration


class Idle:
    """Counts the time since somebody last did something; a machine that sleeps is one that nobody touches."""

    def __init__(self, lock_after: str) -> None:
        self._lock_after = duration(lock_after)
        self._began = self._last = elapsed()

    def touched(self) -> None:
        """Somebody did something."""
        self._last = elapsed()

    def rested_for(self) -> float:
        """Seconds since the last key or click; without end where there was none yet."""
        return elapsed() - self._last if self._began != self._last else float("inf")

    def too_long(self) -> bool:
        """True where nobody has done anything for the time of ``[terminal] lock_after`` (0: it never locks)."""
        return 0 < self._lock_after <= elapsed() - self._last

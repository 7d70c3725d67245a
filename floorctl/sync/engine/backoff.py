"""Back-off times with full jitter, so that terminals that lost the platform together do not return together."""

import random

from floorctl.sync.pace import Pace


class Backoff:
    """Waiting times, in seconds, of one thing that is tried repeatedly.

    ``watched``: a person is looking, so the longest wait is short.
    """

    def __init__(self, pace: Pace, *, watched: bool = False) -> None:
        self.longest = pace.longest_retry_watched if watched else pace.longest_retry
        self._pace = pace
        self._failures = 0
        self._good_since: float | None = None

    def failed(self, retry_after: float | None = None) -> float:
        """Count a failure; return the seconds to wait: ``retry_after`` of the platform, else jitter that grows."""
        now = self._pace.now()
        if self._good_since is not None and now - self._good_since > self._pace.backoff_reset_after:
            self._failures = 0
        self._good_since = None
        reach = min(self.longest, self._pace.first_retry * 2**self._failures)
        # From here on ``reach`` is at its longest; an unbounded counter would overflow the power.
        self._failures = min(self._failures + 1, 16)
        wait = random.uniform(0, reach)
        return max(self._pace.probes_apart, wait if retry_after is None else retry_after)

    def succeeded(self) -> None:
        """Record a success; ``pace.backoff_reset_after`` seconds after the first one, failures are forgotten."""
        if self._good_since is None:
            self._good_since = self._pace.now()

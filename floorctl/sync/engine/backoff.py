"""How long to wait before asking again: full jitter, so that terminals that lost the platform together return apart."""

import random

from floorctl.sync.pace import Pace


class Backoff:
    """Waiting times of one thing that is tried again and again. All times in seconds.

    ``watched``: a person is looking, so no wait is long.
    """

    def __init__(self, pace: Pace, *, watched: bool = False) -> None:
        self.longest = pace.longest_retry_watched if watched else pace.longest_retry
        self._pace = pace
        self._failures = 0
        self._good_since: float | None = None

    def failed(self, retry_after: float | None = None) -> float:
        """Count a failure; return how long to wait: what the platform asked for, else jitter that grows."""
        now = self._pace.now()
        if self._good_since is not None and now - self._good_since > self._pace.calm:
            self._failures = 0
        self._good_since = None
        reach = min(self.longest, self._pace.first_retry * 2**self._failures)
        # Beyond this the reach is at its longest anyway; a counter without end would overflow the power.
        self._failures = min(self._failures + 1, 16)
        wait = random.uniform(0, reach)
        return max(self._pace.closest, wait if retry_after is None else retry_after)

    def succeeded(self) -> None:
        """Count a success."""
        if self._good_since is None:
            self._good_since = self._pace.now()

"""How long to wait before asking again: full jitter, so that terminals that lost the platform together return apart."""

import random
import time

FIRST = 0.5
LONGEST = 60.0
#: With a person looking, the platform's return has to be on the screen within ten seconds.
LONGEST_WATCHED = 4.0
#: Attempts are never closer together than this, in seconds, however the jitter falls.
_CLOSEST = 0.5
#: A success forgets earlier failures only after having lasted this long, so a link that flaps is not hammered.
_CALM = 10.0


class Backoff:
    """Waiting times of one thing that is tried again and again. All times in seconds."""

    def __init__(self, longest: float = LONGEST) -> None:
        self.longest = longest
        self._failures = 0
        self._good_since: float | None = None

    def failed(self, retry_after: float | None = None) -> float:
        """Count a failure; return how long to wait: what the platform asked for, else jitter that grows."""
        now = time.monotonic()
        if self._good_since is not None and now - self._good_since > _CALM:
            self._failures = 0
        self._good_since = None
        reach = min(self.longest, FIRST * 2**self._failures)
        # Beyond this the reach is at its longest anyway; a counter without end would overflow the power.
        self._failures = min(self._failures + 1, 16)
        wait = random.uniform(0, reach)
        return max(_CLOSEST, wait if retry_after is None else retry_after)

    def succeeded(self) -> None:
        """Count a success."""
        if self._good_since is None:
            self._good_since = time.monotonic()

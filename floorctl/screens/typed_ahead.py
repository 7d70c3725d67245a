"""Keys typed while what they are meant for is still being read: kept, and given to it in their order."""

import time
from collections import deque

from textual.events import Key

#: Whatever happens, keys are kept no longer than this (seconds).
_LONGEST = 5.0


class TypedAhead:
    """Between ``hold`` and ``release`` keys are kept; then ``next`` gives them out, until one of them holds again."""

    def __init__(self) -> None:
        self._keys: deque[Key] = deque()
        self._since: float | None = None

    def hold(self) -> None:
        """From now on keys are meant for what is about to open."""
        self._since = time.monotonic()

    def release(self) -> None:
        """It is open."""
        self._since = None

    @property
    def overdue(self) -> bool:
        """Whether keys are held for so long that something must have gone wrong."""
        return self._since is not None and time.monotonic() - self._since > _LONGEST

    def keeps(self, key: Key) -> bool:
        """Keep ``key`` if it is meant for what is about to open, or stands behind one; to leave always works."""
        if key.is_forwarded or key.key == "ctrl+q" or (self._since is None and not self._keys):
            return False
        self._keys.append(key)
        return True

    def next(self) -> Key | None:
        """The next of the keys that were kept; None where there is none, or keys are held again."""
        return self._keys.popleft() if self._keys and self._since is None else None

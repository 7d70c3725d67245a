"""Keys typed while what they are meant for is still being read: kept, and given to it in their order."""

from collections import deque
from typing import Literal

from textual.events import Key, Paste

from floorctl.clock import elapsed

#: Whatever happens, keys are kept no longer than this (seconds).
_LONGEST = 8.0

#: What keys are held for: a screen that is about to show what they act on, its filter line, a dialog or a form; or
#: their turn, while the one before them acts.
HeldFor = Literal["screen", "filter", "dialog", "turn"]


class TypedAhead:
    """Between ``hold`` and ``release`` keys are kept; then ``next`` gives them out, until one of them holds again.

    What is held for one thing is not released by another that is ready: each says what it is.
    """

    def __init__(self) -> None:
        self._keys: deque[tuple[float, Key | Paste]] = deque()
        self._since: dict[HeldFor, float] = {}

    def hold(self, held_for: HeldFor) -> None:
        """From now on keys are meant for what is about to open."""
        self._since[held_for] = elapsed()

    def release(self, held_for: HeldFor) -> None:
        """It is open."""
        self._since.pop(held_for, None)

    def forget(self) -> None:
        """Whatever keys were held for, they are held no longer; those that were kept are gone."""
        self._since.clear()
        self._keys.clear()

    @property
    def holds(self) -> bool:
        """Whether keys are kept for something."""
        return bool(self._since)

    @property
    def waiting(self) -> bool:
        """Whether any key was kept."""
        return bool(self._keys)

    @property
    def overdue(self) -> bool:
        """Whether keys are held for so long that something must have gone wrong."""
        since = [*self._since.values(), *(at for at, _ in self._keys)]
        return bool(since) and elapsed() - min(since) > _LONGEST

    def keeps(self, key: Key | Paste, *, too_early: bool = False) -> bool:
        """Keep ``key`` if it is meant for what is about to open, or stands behind one; to leave always works.

        ``too_early``: there is another reason to keep it.
        """
        if (isinstance(key, Key) and key.key == "ctrl+q") or not (too_early or self.holds or self._keys):
            return False
        self._keys.append((elapsed(), key))
        return True

    def next(self) -> Key | Paste | None:
        """The next of the keys that were kept; None where there is none, or keys are held again."""
        return self._keys.popleft()[1] if self._keys and not self.holds else None

"""Whether the cache is still being filled: by a first sync, by a history that arrives after it, or by the index.

A platform may answer before it has loaded its history, which then arrives like any change. Until it is there and can be
searched, counts of orders and the score cover only a part, and must not be taken for the whole.
"""

from floorctl.sync.pace import USUAL, Pace

#: Number of orders missing from the search index that indicates a history, more than a day's work.
_HISTORY = 300


class Filling:
    """Tracks the filling of the cache. ``progress`` is (done, total) while it is being filled, else None."""

    def __init__(self, pace: Pace = USUAL) -> None:
        self._pace = pace
        self.progress: tuple[int, int] | None = None
        self._came = 0
        self._quiet_since = self._pace.now()

    def begin(self) -> None:
        """Record that a first sync, or another long one, is running."""
        self.progress = self.progress or (0, 0)
        self._quiet_since = self._pace.now()

    def orders_came(self, number: int) -> None:
        """Record that ``number`` orders came or changed."""
        self._came += number
        if self._came >= _HISTORY // 3:
            self._came, self._quiet_since = 0, self._pace.now()

    def indexed(self, done: int, total: int) -> bool:
        """Record that ``done`` of ``total`` orders are indexed; return whether ``progress`` changed."""
        before, waiting = self.progress, total - done
        if waiting >= _HISTORY:
            self._quiet_since = self._pace.now()
        if waiting >= _HISTORY or (before is not None and (waiting or not self._is_quiet)):
            self.progress = (done, total)
        else:
            self.progress, self._came = None, 0
        return self.progress != before

    @property
    def _is_quiet(self) -> bool:
        return self._pace.now() - self._quiet_since >= self._pace.filled_after

"""Whether the cache is still being filled: by a first sync, a history that comes after it, or the index.

A platform may answer before it has loaded its history, which then comes like any news. Until it is there and can be
searched, counts of orders and the score are of a part, and nobody should take them for the whole.
"""

from floorctl.sync.pace import USUAL, Pace

#: So many orders that are not in the search index are no day's work but a history.
_HISTORY = 300


class Filling:
    """Told of orders that come and of the index. ``progress`` is (done, total) while the cache is being filled."""

    def __init__(self, pace: Pace = USUAL) -> None:
        self._pace = pace
        self.progress: tuple[int, int] | None = None
        self._came = 0
        self._quiet_since = self._pace.now()

    def begin(self) -> None:
        """A first sync, or another long one, is under way."""
        self.progress = self.progress or (0, 0)
        self._quiet_since = self._pace.now()

    def orders_came(self, number: int) -> None:
        """So many orders came or changed."""
        self._came += number
        if self._came >= _HISTORY // 3:
            self._came, self._quiet_since = 0, self._pace.now()

    def indexed(self, done: int, total: int) -> bool:
        """The index has taken in ``done`` of ``total`` orders; whether ``progress`` is another now."""
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

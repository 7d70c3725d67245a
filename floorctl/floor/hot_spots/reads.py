"""What both front ends read of the hot spots."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from floorctl.floor.hot_spots.views import HotSpots

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.floor.hot_spots.counting import Counting
    from floorctl.floor.hot_spots.views import HotSpotView, Part


class HotSpotReads:
    """Finds what swells in the orders that this terminal holds: reads the disk, for a worker thread.

    Pending commands are not laid over: whatever they change was received before. ``make_counting`` makes what counts,
    when it is first asked for, since a command that reads something else needs none of it.
    """

    def __init__(self, make_counting: Callable[[], Counting]) -> None:
        self._make_counting = make_counting
        self._lock = threading.Lock()
        self._made: Counting | None = None
        self._last = HotSpots()

    def last(self) -> HotSpots:
        """*memory* What ``all`` returned last."""
        return self._last

    def number(self) -> int | None:
        """*memory* How many matters swelled when they were last read; None before, and where history is short."""
        return len(self._last.swelling) if self._last.needed and self._last.enough else None

    def all(self) -> HotSpots:
        """The matters of the last days, those that swell and those that did."""
        found = self._last = self._counting().all()
        return found

    def course(self, view: HotSpotView) -> list[Part]:
        """How the callers about a matter came: the last day by hours, of a slow one the last five by six hours."""
        return self._counting().course(view)

    def fit(self) -> None:
        """Fit the threshold on this terminal's orders, at most once a day; takes about a second."""
        self._counting().fit()

    def _counting(self) -> Counting:
        with self._lock:
            if self._made is None:
                self._made = self._make_counting()
            return self._made

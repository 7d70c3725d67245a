"""Agenda of future events, in the order of platform time; events of one instant run in the order of planning."""

import heapq
from collections.abc import Callable
from typing import Any

Action = Callable[..., None]


class Agenda:
    """A heap of events. Times are seconds since the epoch; an action is called with its time and its arguments."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Action, tuple[Any, ...]]] = []
        self._planned = 0

    def at(self, when: float, action: Action, *args: Any) -> None:
        """Plan ``action(when, *args)``."""
        self._planned += 1
        heapq.heappush(self._heap, (when, self._planned, action, args))

    @property
    def next_at(self) -> float:
        """When the next event is due; infinity if there is none."""
        return self._heap[0][0] if self._heap else float("inf")

    def run(self, until: float) -> int:
        """Run all events due at or before ``until``, including those planned meanwhile; return how many."""
        done = 0
        while self._heap and self._heap[0][0] <= until:
            when, _, action, args = heapq.heappop(self._heap)
            action(when, *args)
            done += 1
        return done

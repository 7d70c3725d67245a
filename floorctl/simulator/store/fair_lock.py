"""A lock that is granted in the order in which threads asked for it."""

import threading
from collections import deque
from types import TracebackType


class FairLock:
    """A lock for ``with`` that threads get in the order in which they asked.

    A plain lock may be taken again by the thread that has just released it, so a thread that loads history, one
    transaction after another, would keep a person's command waiting.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

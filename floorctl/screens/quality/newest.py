"""Writing of a state that changes faster than the disk: only the newest is written, in order, off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """A slot for the newest value: ``put`` sets it, ``write_all`` writes until it is on the disk, skipping older ones.

    However many threads write, the value written last is the value put last.
    """

    def __init__(self, write: Callable[[T], object]) -> None:
        self._write = write
        self._newest: list[T] = []
        self._lock = threading.Lock()
        self._busy = False

    @property
    def written(self) -> bool:
        """Whether everything that was put is on the disk."""
        return not self._newest and not self._busy

    def put(self, value: T) -> bool:
        """Set the value; return True where the caller must call ``write_all``, since no one is writing."""
        self._newest = [value]
        if self._busy:
            return False
        self._busy = True
        return True

    async def write_all(self) -> None:
        """Write until there is no newer value."""
        try:
            while self._newest:
                await asyncio.to_thread(self.write)
        finally:
            self._busy = False

    def write(self) -> None:
        """Write the newest value if it is not written yet; call in a worker thread."""
        with self._lock:
            values, self._newest = self._newest, []
            try:
                for value in values:
                    self._write(value)
            except BaseException:
                self._newest = self._newest or values  # try again later, unless there is a newer value
                raise

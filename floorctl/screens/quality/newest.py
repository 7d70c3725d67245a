"""Something that changes faster than the disk takes it: the newest state is written, in order, off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """``put`` what is to be kept; ``write_all`` writes until the newest is on the disk, passing over older ones.

    However many threads write, what is written last is what was put last.
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
        """Keep ``value``; True where somebody has to call ``write_all``, which nobody is doing now."""
        self._newest = [value]
        if self._busy:
            return False
        self._busy = True
        return True

    async def write_all(self) -> None:
        """Write until nothing newer is there."""
        try:
            while self._newest:
                await asyncio.to_thread(self.write)
        finally:
            self._busy = False

    def write(self) -> None:
        """Write the newest, if it is not written yet; for a worker thread."""
        with self._lock:
            found, self._newest = self._newest, []
            try:
                for value in found:
                    self._write(value)
            except BaseException:
                self._newest = self._newest or found  # still to be written, unless something newer is
                raise

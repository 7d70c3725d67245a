"""Group commit: writes to the journal that arrive while the disk is busy share the next transaction."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from floorctl.sync.engine.link import Disk

if TYPE_CHECKING:
    from floorctl.sync.journal.journal import Journal

T = TypeVar("T")


class GroupCommit:
    """Runs the journal's writing methods; each call is durable when its await returns. Belongs to one event loop.

    A call that comes alone is written at once; calls that come during a write are collected for the next transaction.
    """

    def __init__(self, journal: "Journal", disk: Disk) -> None:
        self._journal = journal
        self._disk = disk
        self._gathered: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, call: Callable[[], T]) -> T:
        """Run ``call`` in the disk's thread; its exception is raised here.

        Raises:
            FloorctlError: also if the transaction failed as a whole; then ``call`` has not taken effect.

        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._gathered.append((call, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await done

    async def finish(self) -> None:
        """Wait until all collected calls are written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        try:
            while self._gathered:
                batch, self._gathered = self._gathered, []
                try:
                    results = await self._disk(self._journal.write_together, [call for call, _ in batch])
                except Exception as error:
                    results = [error] * len(batch)
                for (_, done), result in zip(batch, results, strict=True):
                    if done.cancelled():
                        continue
                    if isinstance(result, Exception):
                        done.set_exception(result)
                    else:
                        done.set_result(result)
        finally:
            self._writing = None

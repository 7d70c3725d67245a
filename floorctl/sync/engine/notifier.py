"""Reports changes and the connection's status to this process and to the processes that follow it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.engine.link import Disk
from floorctl.sync.pace import USUAL, Pace


class Followers(Protocol):
    """The processes that show what this one syncs. Belongs to the engine's event loop."""

    def changed(self, changed: Mapping[str, set[str]]) -> None:
        """Report changed entities, kind → ids."""

    def missed(self) -> None:
        """Report that anything may have changed."""

    def connection_status(self, status: ConnectionStatus) -> None:
        """Report the connection's status."""


class Notifier:
    """Calls the listeners in a thread of its own: they read the disk and must not block the engine.

    Calls never overlap; what is reported during a call is merged and passed on with the next.
    """

    def __init__(
        self,
        on_changed: Callable[[Batch], None],
        on_missed: Callable[[], None],
        on_connection_status: Callable[[ConnectionStatus], None],
        followers: Followers | None = None,
        pace: Pace = USUAL,
    ) -> None:
        self._pace = pace
        self._on_changed = on_changed
        self._on_missed = on_missed
        self._on_connection_status = on_connection_status
        self._followers = followers
        self._thread = Disk("floorctl-tell")
        self._batch = Batch()
        self._missed = False
        self._status: ConnectionStatus | None = None
        self._reported: ConnectionStatus | None = None
        self._reported_at = 0.0
        self._news = asyncio.Event()

    def changed(self, batch: Batch) -> None:
        """Add changed entities or commands to the next report."""
        self._batch.add(batch)
        self._news.set()

    def missed(self) -> None:
        """Report that anything may have changed; drops pending rows, which may be of data that is gone."""
        self._batch = Batch()
        self._missed = True
        self._news.set()

    def connection_status(self, status: ConnectionStatus) -> None:
        """Report the status: at once if more than its age differs, else every ``Pace.repeat_status_after`` seconds."""
        reported = self._reported
        same = reported is not None and _without_age(reported) == _without_age(status)
        if same and (self._pace.now() - self._reported_at < self._pace.repeat_status_after or reported == status):
            return
        self._reported, self._reported_at = status, self._pace.now()
        self._status = status
        self._news.set()

    async def run(self) -> None:
        """Pass reports on until cancelled."""
        while True:
            await self._news.wait()
            await self.flush()

    async def flush(self) -> None:
        """Pass on everything reported so far."""
        self._news.clear()
        batch, self._batch = self._batch, Batch()
        missed, self._missed = self._missed, False
        status, self._status = self._status, None
        if missed:
            if self._followers is not None:
                self._followers.missed()
            await self._thread(self._on_missed)
        if batch.ids:
            if self._followers is not None:
                self._followers.changed(batch.ids)
            await self._thread(self._on_changed, batch)
        if status is not None:
            if self._followers is not None:
                self._followers.connection_status(status)
            await self._thread(self._on_connection_status, status)

    def close(self) -> None:
        """Wait until the current call returns."""
        self._thread.close()


def _without_age(status: ConnectionStatus) -> tuple[object, ...]:
    return (
        status.mode, status.first_sync, status.waiting, status.refused, status.conflicts, status.problem,
    )  # fmt: skip

"""Tells the process, and the processes that follow it, what the engine took in and how the connection is."""

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
        """These entities changed: kind → ids."""

    def missed(self) -> None:
        """Anything may have changed."""

    def connection_status(self, status: ConnectionStatus) -> None:
        """The state of the connection."""


class Notifier:
    """Calls listeners in a thread of its own, since they read the disk and must not hold the engine up.

    One call at a time; what comes up during a call is put together and told with the next.
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
        self._told: ConnectionStatus | None = None
        self._told_at = 0.0
        self._news = asyncio.Event()

    def changed(self, batch: Batch) -> None:
        """These entities or commands changed."""
        self._batch.add(batch)
        self._news.set()

    def missed(self) -> None:
        """Anything may have changed; rows that were on their way may be of data that is gone by now."""
        self._batch = Batch()
        self._missed = True
        self._news.set()

    def connection_status(self, status: ConnectionStatus) -> None:
        """The connection is like this; passed on at once if it differs in more than its age."""
        told = self._told
        same = told is not None and _without_age(told) == _without_age(status)
        if same and (self._pace.now() - self._told_at < self._pace.tell_again or told == status):
            return
        self._told, self._told_at = status, self._pace.now()
        self._status = status
        self._news.set()

    async def run(self) -> None:
        """Pass on, until cancelled."""
        while True:
            await self._news.wait()
            await self.flush()

    async def flush(self) -> None:
        """Pass on what has come up so far."""
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
        """Wait for the call that is under way."""
        self._thread.close()


def _without_age(status: ConnectionStatus) -> tuple[object, ...]:
    return (
        status.mode, status.first_sync, status.waiting, status.refused, status.conflicts, status.problem,
    )  # fmt: skip

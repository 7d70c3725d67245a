"""What the engine has to say, said in a thread of its own: listeners read the disk, and must not hold the engine up."""

import asyncio
from collections.abc import Callable

from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.engine.link import Disk
from floorctl.sync.pace import USUAL, Pace


class Announce:
    """Passes on what changed and how things stand, one call at a time; what comes up during a call is put together."""

    def __init__(
        self,
        on_changed: Callable[[dict[str, set[str]]], None],
        on_missed: Callable[[], None],
        on_connection_status: Callable[[ConnectionStatus], None],
        pace: Pace = USUAL,
    ) -> None:
        self._pace = pace
        self._on_changed = on_changed
        self._on_missed = on_missed
        self._on_connection_status = on_connection_status
        self._thread = Disk("floorctl-tell")
        self._changed: dict[str, set[str]] = {}
        self._missed = False
        self._status: ConnectionStatus | None = None
        self._told: ConnectionStatus | None = None
        self._told_at = 0.0
        self._news = asyncio.Event()

    def changed(self, changed: dict[str, set[str]]) -> None:
        """These entities changed (kind → ids)."""
        for kind, ids in changed.items():
            self._changed.setdefault(kind, set()).update(ids)
        self._news.set()

    def missed(self) -> None:
        """Anything may have changed."""
        self._missed = True
        self._news.set()

    def connection_status(self, status: ConnectionStatus) -> None:
        """Things stand like this; passed on at once if it differs in more than its age."""
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
        changed, self._changed = self._changed, {}
        missed, self._missed = self._missed, False
        status, self._status = self._status, None
        if missed:
            await self._thread(self._on_missed)
        if changed:
            await self._thread(self._on_changed, changed)
        if status is not None:
            await self._thread(self._on_connection_status, status)

    def close(self) -> None:
        """Wait for the call that is under way."""
        self._thread.close()


def _without_age(status: ConnectionStatus) -> tuple[object, ...]:
    return (
        status.mode, status.first_sync, status.waiting, status.refused, status.conflicts, status.problem,
    )  # fmt: skip

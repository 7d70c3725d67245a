"""What the engine has to say, said in a thread of its own: listeners read the disk, and must not hold the engine up."""

import asyncio
from collections.abc import Callable

from floorctl.pace import USUAL, Pace
from floorctl.sync.link import Disk
from floorctl.sync.standing import Standing


class Announce:
    """Passes on what changed and how things stand, one call at a time; what comes up during a call is put together."""

    def __init__(
        self,
        on_changed: Callable[[dict[str, set[str]]], None],
        on_missed: Callable[[], None],
        on_standing: Callable[[Standing], None],
        pace: Pace = USUAL,
    ) -> None:
        self._pace = pace
        self._on_changed = on_changed
        self._on_missed = on_missed
        self._on_standing = on_standing
        self._thread = Disk("floorctl-tell")
        self._changed: dict[str, set[str]] = {}
        self._missed = False
        self._standing: Standing | None = None
        self._told: Standing | None = None
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

    def standing(self, standing: Standing) -> None:
        """Things stand like this; passed on at once if it differs in more than its age."""
        told = self._told
        same = told is not None and _without_age(told) == _without_age(standing)
        if same and (self._pace.now() - self._told_at < self._pace.tell_again or told == standing):
            return
        self._told, self._told_at = standing, self._pace.now()
        self._standing = standing
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
        standing, self._standing = self._standing, None
        if missed:
            await self._thread(self._on_missed)
        if changed:
            await self._thread(self._on_changed, changed)
        if standing is not None:
            await self._thread(self._on_standing, standing)

    def close(self) -> None:
        """Wait for the call that is under way."""
        self._thread.close()


def _without_age(standing: Standing) -> tuple[object, ...]:
    return (
        standing.mode, standing.first_sync, standing.waiting, standing.refused, standing.conflicts, standing.problem,
    )  # fmt: skip

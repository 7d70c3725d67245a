"""Watch: probes the platform when the link is quiet; while it is down, these are the only requests."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from floorctl.errors import FloorctlError
from floorctl.sync.engine.backoff import Backoff
from floorctl.sync.engine.link import Link
from floorctl.sync.engine.pull import Pull
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.platform.errors import Expired, PlatformError, TryLater, Unauthorized

#: Probes in flight at once: each may take the whole time-out, and the next does not wait for it.
_MOST_QUESTIONS = 4


class Watch:
    """Notices when the platform goes away and when it is back. Belongs to one event loop.

    ``watched``: a person is looking, so the return is noticed within seconds. ``on_tick`` is called at least once a
    second and whenever something changed.
    """

    def __init__(
        self, link: Link, pull: Pull, *, watched: bool, on_tick: Callable[[], None], pace: Pace = USUAL
    ) -> None:
        self._link = link
        self._pull = pull
        self._on_tick = on_tick
        self._pace = pace
        self._backoff = Backoff(pace, watched=watched)
        self._questions: set[asyncio.Task[None]] = set()
        self._asked_at = 0.0
        self._next_at: float | None = None
        self._was_up = True

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            if self._link.signed_in.is_set():
                await self._look()
            self._on_tick()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._link.doubt.wait()
            if self._link.doubt.is_set():
                self._link.doubt.clear()
                if self._link.up.is_set():
                    self._next_at = self._asked_at + self._pace.closest

    async def close(self) -> None:
        """Cancel the probes in flight."""
        for task in self._questions:
            task.cancel()
        await asyncio.gather(*self._questions, return_exceptions=True)

    async def _look(self) -> None:
        now = self._pace.now()
        if self._link.silent:
            self._pull.caught_up = False
            if self._link.up.is_set():
                self._link.failed(None)
        was_up, self._was_up = self._was_up, self._link.up.is_set()
        if was_up and not self._was_up:
            # Open connections may be dead without an error, so later requests use new ones.
            await self._link.client.renew()
            self._next_at = now + self._backoff.failed(self._link.retry_after)
        if now >= self._due_at():
            if len(self._questions) < _MOST_QUESTIONS:
                self._ask(now)
            else:
                self._next_at = now + self._pace.closest

    def _ask(self, now: float) -> None:
        self._asked_at = now
        self._next_at = None if self._link.up.is_set() else now + self._backoff.failed(self._link.retry_after)
        task = asyncio.create_task(self._question(now))
        self._questions.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._questions.discard(task)
        self._on_tick()

    def _due_at(self) -> float:
        if self._next_at is not None:
            return self._next_at
        pace = self._pace
        heard = pace.now() - self._link.quiet
        return min(max(heard, self._asked_at) + pace.quiet, max(self._asked_at, 0.0) + pace.ask_at_least_every)

    def _until_next(self) -> float:
        if not self._link.signed_in.is_set():
            return self._pace.tick
        waits = [self._pace.tick, self._due_at() - self._pace.now()]
        if not self._link.silent:
            waits.append(self._pace.offline_after - self._link.quiet)
        return max(0.02, min(waits))

    async def _question(self, asked_at: float) -> None:
        cursor = self._pull.cursor
        try:
            page = await self._link.client.changes(cursor, limit=1)
        except Unauthorized as error:
            self._link.rejected(error.token)
        except Expired:
            self._came_back()
            self._pull.nudge.set()
        except PlatformError as error:
            # Ignore a lost probe if the platform has been heard since.
            if (self._link.client.heard_at or 0.0) < asked_at:
                self._link.failed(error)
                if isinstance(error, TryLater) and error.retry_after is not None:
                    self._next_at = self._pace.now() + max(error.retry_after, self._pace.closest)
        else:
            self._came_back()
            if page.changes:
                asyncio.get_running_loop().call_later(self._pace.deaf_after, self._still_there, cursor)
            else:
                with suppress(FloorctlError):  # the pull meets the same error and reports it
                    await self._pull.nothing_new(cursor, page)

    def _came_back(self) -> None:
        self._backoff.succeeded()
        self._next_at = None
        self._link.answered()

    def _still_there(self, cursor: str | None) -> None:
        """End the stream if it has not delivered the changes that the platform had after ``cursor``."""
        if self._pull.caught_up and self._pull.cursor == cursor:
            self._pull.nudge.set()

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
_MOST_PROBES = 4


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
        self._probes: set[asyncio.Task[None]] = set()
        self._probed_at = 0.0
        self._next_at: float | None = None
        self._was_up = True

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            if self._link.signed_in.is_set():
                await self._check_link()
            self._on_tick()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._link.doubt.wait()
            if self._link.doubt.is_set():
                self._link.doubt.clear()
                if self._link.up.is_set():
                    self._next_at = self._probed_at + self._pace.probes_apart

    async def close(self) -> None:
        """Cancel the probes in flight."""
        for task in self._probes:
            task.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)

    async def _check_link(self) -> None:
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
            if len(self._probes) < _MOST_PROBES:
                self._start_probe(now)
            else:
                self._next_at = now + self._pace.probes_apart

    def _start_probe(self, now: float) -> None:
        self._probed_at = now
        self._next_at = None if self._link.up.is_set() else now + self._backoff.failed(self._link.retry_after)
        task = asyncio.create_task(self._probe(now))
        self._probes.add(task)
        task.add_done_callback(self._probe_ended)

    def _probe_ended(self, task: asyncio.Task[None]) -> None:
        self._probes.discard(task)
        self._on_tick()

    def _due_at(self) -> float:
        if self._next_at is not None:
            return self._next_at
        pace = self._pace
        heard_at = pace.now() - self._link.quiet
        after_silence = max(heard_at, self._probed_at) + pace.probe_after_silence
        return min(after_silence, max(self._probed_at, 0.0) + pace.probe_at_least_every)

    def _until_next(self) -> float:
        if not self._link.signed_in.is_set():
            return self._pace.check_link_every
        waits = [self._pace.check_link_every, self._due_at() - self._pace.now()]
        if not self._link.silent:
            waits.append(self._pace.offline_after - self._link.quiet)
        return max(0.02, min(waits))

    async def _probe(self, probed_at: float) -> None:
        cursor = self._pull.cursor
        try:
            page = await self._link.client.changes(cursor, limit=1)
        except Unauthorized as error:
            self._link.rejected(error.token)
        except Expired:
            self._platform_answered()
            self._pull.nudge.set()
        except PlatformError as error:
            # Ignore a lost probe if the platform has been heard since.
            if (self._link.client.heard_at or 0.0) < probed_at:
                self._link.failed(error)
                if isinstance(error, TryLater) and error.retry_after is not None:
                    self._next_at = self._pace.now() + max(error.retry_after, self._pace.probes_apart)
        else:
            self._platform_answered()
            if page.changes:
                asyncio.get_running_loop().call_later(self._pace.stream_deaf_after, self._restart_deaf_stream, cursor)
            else:
                with suppress(FloorctlError):  # the pull meets the same error and reports it
                    await self._pull.confirm_nothing_new(cursor, page)

    def _platform_answered(self) -> None:
        self._backoff.succeeded()
        self._next_at = None
        self._link.answered()

    def _restart_deaf_stream(self, cursor: str | None) -> None:
        """End the stream if it has not delivered the changes that the platform had after ``cursor``."""
        if self._pull.caught_up and self._pull.cursor == cursor:
            self._pull.nudge.set()

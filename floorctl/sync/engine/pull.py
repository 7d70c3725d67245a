"""Pull: pages of the feed into the cache, first by catching up, then by the stream, else by held requests."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.sync.batch import Batch
from floorctl.sync.engine.backoff import Backoff
from floorctl.sync.engine.link import Disk, Link
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.platform.errors import BrokenAnswer, Expired, PlatformError, ProblemAnswer, TryLater, Unauthorized

if TYPE_CHECKING:
    from floorctl.sync.cache.cache import Cache
    from floorctl.sync.platform import wire

#: Entities per page: large enough for a fast first sync, small enough that applying one never delays a keystroke.
PAGE = 2000
#: Failures in a row after which the stream is not used for a while.
_STREAM_FAILURES = 3
#: Pages in a row that announce more but hold nothing new, after which the feed is taken to be endless.
_BARREN_PAGES = 8
_LONG_CATCH_UP = 5000


class Pull:
    """Keeps the cache up to date. Belongs to one event loop.

    ``caught_up``: everything that the platform had when it was last asked is in the cache. ``as_of``: platform time of
    the cache's contents. ``progress``: (done, total) of a first or other long catch-up.

    ``on_changed`` receives what changed, ``on_orders`` how many orders did. ``before_swap`` is awaited when everything
    has been fetched anew and is not shown yet, ``on_read_to_end`` whenever the feed was read to its end.
    """

    def __init__(
        self,
        link: Link,
        cache: "Cache",
        disk: Disk,
        *,
        on_changed: Callable[[Batch], None],
        on_orders: Callable[[int], None],
        on_missed: Callable[[], None],
        on_state: Callable[[], None],
        before_swap: Callable[[], Awaitable[None]],
        on_read_to_end: Callable[[], Awaitable[None]],
        pace: Pace = USUAL,
    ) -> None:
        self.caught_up = False
        self.as_of: datetime | None = None
        self.progress: tuple[int, int] | None = None
        self.cursor: str | None = None
        self.disk_problem: str | None = None
        #: Set to end the current stream or held request when it no longer delivers changes.
        self.nudge = asyncio.Event()
        self._link = link
        self._pace = pace
        self._cache = cache
        self._disk = disk
        self._on_changed = on_changed
        self._on_orders = on_orders
        self._on_missed = on_missed
        self._on_state = on_state
        self._before_swap = before_swap
        self._on_read_to_end = on_read_to_end
        self._rebuilding = False
        self._restarted_at = -pace.restarts_apart
        self._stream_failures = 0
        self._without_stream = pace.without_stream
        self._stream_again_at = 0.0
        self._stream_backoff = Backoff(pace, watched=True)
        self._applying: set[asyncio.Task[None]] = set()
        self._written_at = 0.0
        self._place_lost = True

    async def run(self) -> None:
        """Pull until cancelled; no failure ends it."""
        with suppress(FloorctlError):  # read again when needed; here only to show the age of the data at once
            await self.find_place()
        while True:
            await self._link.ready()
            try:
                if self._place_lost:
                    await self.find_place()
                await self.catch_up()
                await self._listen()
            except PlatformError as error:
                await self._failed(error)
            except FloorctlError as error:
                await self._disk_failed(error)

    async def close(self) -> None:
        """Wait until pages that are being applied are in the cache."""
        await asyncio.gather(*self._applying, return_exceptions=True)

    async def catch_up(self) -> None:
        """Fetch page after page until there are no more.

        Raises:
            PlatformError: the platform did not answer, or not as the contract says.
            FloorctlError: the cache can't be written.

        """
        done, barren, first = 0, 0, self.cursor is None
        last: wire.Page | None = None
        fetching = self._fetch(self.cursor)
        try:
            while True:
                page = await fetching
                self._link.answered()
                _check_headway(page, self.cursor)
                if page.more:
                    # Fetch the next page while this one is written to disk.
                    fetching = self._fetch(page.next)
                if first or done or (page.more and (page.total or 0) >= _LONG_CATCH_UP):
                    self.progress = (done, done + (page.total or 0))
                    self._on_state()
                news = await self._apply_page(page)
                done += len(page.changes)
                if not page.more:
                    break
                barren = 0 if news and not (last is not None and last.changes == page.changes) else barren + 1
                if barren >= _BARREN_PAGES:
                    raise BrokenAnswer("endless")
                last = page
        finally:
            fetching.cancel()
            self.progress = None
        if self._rebuilding:
            await self._finish_rebuild(page.server_time)
        self.caught_up = True
        self._link.problem = self.disk_problem = None
        self._on_state()
        await self._on_read_to_end()

    async def catch_up_or_restart(self) -> None:
        """Catch up; if the cursor has expired, from the beginning (raises as ``catch_up``)."""
        try:
            await self.catch_up()
        except Expired:
            await self.restart()
            await self.catch_up()

    async def restart(self) -> None:
        """Fetch everything anew from the beginning, beside the data that is shown.

        Raises:
            FloorctlError: the cache can't be written.

        """
        await self._disk(self._cache.start_rebuild)
        self._rebuilding, self.caught_up, self.cursor = True, False, None
        self._restarted_at = self._pace.now()

    async def confirm_nothing_new(self, asked: str | None, page: "wire.Page") -> None:
        """Set ``as_of`` from another request after cursor ``asked`` whose answer, ``page``, is empty.

        Raises:
            FloorctlError: the cache can't be written.

        """
        if not self.caught_up or self.cursor != asked:
            return
        self.as_of = page.server_time
        # Not written each time, to spare the disk; after a restart ``as_of`` may be a little too old.
        if self._pace.now() - self._written_at >= self._pace.confirm_every:
            await self._apply_page(page)

    async def find_place(self) -> None:
        """Read the cursor to continue from, and ``as_of``, from the cache.

        Raises:
            FloorctlError: the cache can't be read.

        """

        def read() -> tuple[bool, str | None, datetime | None]:
            rebuilding = self._cache.rebuilding
            cursor = self._cache.rebuild_cursor if rebuilding else self._cache.cursor
            return rebuilding, cursor, self._cache.server_time

        self._place_lost = False  # before reading, so that lose_place() during the read causes another one
        try:
            self._rebuilding, self.cursor, self.as_of = await self._disk(read)
        except FloorctlError:
            self._place_lost = True
            raise

    def lose_place(self) -> None:
        """Read the cursor again: somebody else has changed what the cache holds."""
        self._place_lost, self.caught_up = True, False
        self.nudge.set()

    def _fetch(self, after: str | None) -> "asyncio.Task[wire.Page]":
        task = asyncio.create_task(self._link.client.changes(after, limit=PAGE))
        # Retrieve the exception of a page that nobody awaits, or asyncio logs it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _apply_page(self, page: "wire.Page") -> bool:
        """Apply a page to the cache; return whether it held anything new (always true for a rebuild's).

        Cancelling does not interrupt it: the cache and the reports about it stay in step.

        Raises:
            FloorctlError: the cache can't be written, or what the page follows is no longer there (``CacheReset``). The
                latter is handled here: the cache raises it once, and perhaps nobody awaits this page any more.

        """
        from floorctl.sync.cache.file import CacheReset

        news = False

        async def apply() -> None:
            nonlocal news
            try:
                applied = await self._disk(self._cache.apply, page, rebuild=self._rebuilding)
            except CacheReset:
                self.lose_place()
                self._on_missed()
                raise
            self.cursor = page.next
            self._written_at = self._pace.now()
            if not page.more and not self._rebuilding:
                self.as_of = page.server_time
            news = self._rebuilding or bool(applied.batch.ids)
            self._report(applied.batch)

        task = asyncio.create_task(apply())
        self._applying.add(task)
        task.add_done_callback(self._page_applied)
        await asyncio.shield(task)
        return news

    def _page_applied(self, task: "asyncio.Task[None]") -> None:
        self._applying.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as retrieved; if nobody awaits it, the page is fetched again

    async def _finish_rebuild(self, as_of: datetime) -> None:
        await self._before_swap()
        applied = await self._disk(self._cache.finish_rebuild)
        self._rebuilding, self.as_of = False, as_of
        self._report(applied.batch)

    def _report(self, batch: Batch) -> None:
        if batch.ids:
            self._on_changed(batch)
        if orders := batch.ids.get("order"):
            self._on_orders(len(orders))

    async def _listen(self) -> None:
        """Listen until the link goes down or the stream or the held requests end; the caller then catches up again."""
        if self._stream_failures < _STREAM_FAILURES or self._pace.now() >= self._stream_again_at:
            await self._listen_to_stream()
        else:
            await self._link.while_up(self._use_held_requests(), self.nudge)

    async def _listen_to_stream(self) -> None:
        opened_at = self._pace.now()
        try:
            await self._link.while_up(self._read_stream(), self.nudge)
        except Unauthorized:
            raise
        except PlatformError as error:
            if isinstance(error, Expired) and not self._restarted_lately:
                raise
            wait = self._stream_failed(opened_at, error)
        else:
            if not self._link.up.is_set() or not self._link.signed_in.is_set():
                return
            wait = self._stream_failed(opened_at, None)
        await asyncio.sleep(wait)

    def _stream_failed(self, opened_at: float, error: PlatformError | None) -> float:
        """Count a stream that ended; return the seconds to wait before the next."""
        if self._pace.now() - opened_at >= self._pace.stream_proven:
            self._stream_failures = 0
            self._without_stream = self._pace.without_stream
            self._stream_backoff.succeeded()
            return 0.0
        self._stream_failures += 1
        asked = error.retry_after if isinstance(error, TryLater) else None
        if asked is not None:
            self._stream_failures = _STREAM_FAILURES
        if self._stream_failures < _STREAM_FAILURES:
            return self._stream_backoff.failed()
        # Held requests work where a proxy breaks streams; the stream is tried again later.
        self._stream_again_at = self._pace.now() + (asked if asked is not None else self._without_stream)
        self._without_stream = min(self._without_stream * 2, self._pace.longest_without_stream)
        return 0.0

    async def _read_stream(self) -> None:
        from floorctl.sync.platform.stream import Reset

        async with aclosing(self._link.client.stream(self.cursor)) as events:
            async for event in events:
                if isinstance(event, Reset):
                    raise Expired
                self._link.answered()
                await self._apply_page(event)

    async def _use_held_requests(self) -> None:
        """Use held requests until it is time to try the stream again."""
        while self._pace.now() < self._stream_again_at:
            asked_at = self._pace.now()
            page = await self._link.client.changes(self.cursor, limit=PAGE, wait=self._pace.hold)
            self._link.answered()
            _check_headway(page, self.cursor)
            await self._apply_page(page)
            # Avoid a tight loop on a platform that does not hold requests or repeats the same page.
            if not page.more:
                await asyncio.sleep(max(0.0, self._pace.held_requests_apart - (self._pace.now() - asked_at)))

    @property
    def _restarted_lately(self) -> bool:
        return self._pace.now() - self._restarted_at < self._pace.restarts_apart

    async def _failed(self, error: PlatformError) -> None:
        expired = isinstance(error, Expired) or (
            # Some platforms answer 400 or 422 to a cursor that they do not recognise.
            isinstance(error, ProblemAnswer) and error.status in (400, 422)
        )
        if isinstance(error, Unauthorized):
            self._link.rejected(error.token)
        elif expired and self.cursor is not None and not self._restarted_lately:
            self._link.problem = "error.network_cursor_expired"
            self._link.answered()
            try:
                await self.restart()
            except FloorctlError as trouble:
                await self._disk_failed(trouble)
        else:
            self._link.failed(error)
            self._on_state()
            await asyncio.sleep(self._pace.first_retry)
        self._on_state()

    async def _disk_failed(self, error: FloorctlError) -> None:
        """Handle a page that the cache could not store; the cursor did not move, so the page is fetched again."""
        from floorctl.sync.cache.file import CacheReset

        self.lose_place()
        if isinstance(error, CacheReset):
            self._on_missed()
        else:
            self.disk_problem = error.key
            self._on_state()
            await asyncio.sleep(self._pace.retry_disk_after)


def _check_headway(page: "wire.Page", after: str | None) -> None:
    """Check that a page that announces more has a new cursor.

    Raises:
        BrokenAnswer: its cursor is the one that was asked for.

    """
    if page.more and page.next == after:
        raise BrokenAnswer("endless")

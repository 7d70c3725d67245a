"""Reading the feed without blocking the event loop: cursors, pages, and waiting for changes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
from sqlalchemy.exc import DBAPIError

from floorctl.simulator.http.contract import CONTRACTS, NEWEST, Contract
from floorctl.simulator.http.problem_response import ProblemResponse
from floorctl.simulator.store.feed_page import FeedPage
from floorctl.simulator.store.store import Store

#: Seconds between checks of the feed's head if other processes may write to it too.
_POLL_SECONDS = 0.05
# Pages that many terminals ask for at once are read once; only small ones are kept, until the feed moves on.
_KEPT_SIZE, _KEPT_PAGES = 500, 256
_READERS = 6
#: While the history is still coming in: seconds that a page with few changes waits for more, and how many are no longer
#: few.
_FILLING_SECONDS, _WORTH_SENDING = 0.5, 100


class Cursor(NamedTuple):
    """A place in the feed. ``base``: the feed's head when reading began; what was removed before is not missed."""

    seq: int = 0
    base: int = 0


class _Envelope(msgspec.Struct, frozen=True):
    changes: msgspec.Raw
    next: str
    more: bool
    total: int
    server_time: str


class Answer(NamedTuple):
    """A page read after a cursor; ``next`` is the cursor after it."""

    page: FeedPage
    next: Cursor


class Feed:
    """The feed of a store, for one event loop; ``close`` ends every wait at once."""

    def __init__(self, store: Store, contract: Contract = CONTRACTS[NEWEST]) -> None:
        self._store = store
        self._contract = contract
        self._readers = ThreadPoolExecutor(_READERS, "platform-read")
        self._pages: dict[tuple[int, frozenset[str] | None, int], asyncio.Future[FeedPage]] = {}
        self._head = 0
        self._head_moved = asyncio.Event()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._polling: asyncio.Task[None] | None = None
        self.closed = False
        #: Whether the history is still coming in.
        self.filling: Callable[[], bool] = lambda: False

    async def open(self) -> None:
        """Begin to listen for commits, and poll for those of other processes if there may be any."""
        loop = asyncio.get_running_loop()

        def committed(head: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._move_head, head)

        self._unsubscribe = self._store.on_commit(committed)
        if self._store.database.postgres:
            self._polling = asyncio.create_task(self._poll_head())

    def close(self) -> None:
        """End every wait and refuse new ones. Calling it twice is allowed."""
        if self.closed:
            return
        self.closed = True
        self._unsubscribe()
        if self._polling is not None:
            self._polling.cancel()
        self._head_moved.set()
        self._readers.shutdown(wait=False)

    def read_cursor(self, text: str | None) -> Cursor:
        """Return the place that ``text`` names; the beginning for None.

        Raises:
            ProblemResponse: 410, it is no cursor of this feed.

        """
        if text is None:
            return Cursor()
        named, _, place = text.partition(".")
        epoch, _, era = named.partition("-")
        seq, _, base = place.partition(".")
        if epoch != self._store.epoch or not _is_number(seq) or not _is_number(base or "0"):
            raise ProblemResponse(410, "platform.declined.cursor")
        if era and not self._in_era(era, int(seq)):
            raise ProblemResponse(410, "platform.declined.cursor")
        return Cursor(int(seq), int(base or 0))

    def _in_era(self, era: str, seq: int) -> bool:
        eras = self._store.eras
        return era in eras and ((end := eras[era]) is None or seq <= end)

    def write_cursor(self, cursor: Cursor) -> str:
        """Return the text that ``read_cursor`` reads."""
        era = next(reversed(self._store.eras), None)
        text = f"{self._store.epoch}{f'-{era}' if era else ''}.{cursor.seq}"
        return f"{text}.{cursor.base}" if cursor.base > cursor.seq else text

    async def page(self, after: Cursor, kinds: frozenset[str] | None, limit: int) -> Answer:
        """Return what came into the feed after ``after``, which may be nothing.

        Raises:
            ProblemResponse: 410, a tombstone after ``after`` has left the feed, or the feed does not reach that far.

        """
        page = await self._read(after.seq, kinds, limit)
        base = after.base or (page.head if after.seq == 0 else 0)
        if after.seq > page.head or 0 < max(after.seq, base) < page.horizon:
            raise ProblemResponse(410, "platform.declined.cursor")
        return Answer(page, Cursor(page.next, base))

    async def page_of_history(self, after: Cursor, kinds: frozenset[str] | None, limit: int) -> Answer:
        """Return the same as ``page``, but never the last one while the history is still coming in.

        Who read to the end of a history that is half there would take it for the whole: the last change is kept for the
        next page, and a page with few changes waits a while for more.
        """
        until = asyncio.get_running_loop().time() + _FILLING_SECONDS
        while True:
            answer = await self.page(after, kinds, limit)
            if answer.page.more or not answer.page.size or not self.filling() or self.closed:
                return answer
            left = until - asyncio.get_running_loop().time()
            if answer.page.size >= _WORTH_SENDING or (left <= 0 and answer.page.size > 1):
                return await self.page(after, kinds, answer.page.size - 1)
            if left <= -_FILLING_SECONDS:
                return answer
            await asyncio.sleep(_FILLING_SECONDS / 2)

    def encode(self, answer: Answer) -> bytes:
        """Return the page in the contract's form, at the platform's time."""
        page = answer.page
        return msgspec.json.encode(
            _Envelope(
                changes=msgspec.Raw(page.changes),
                next=self.write_cursor(answer.next),
                more=page.more,
                total=page.total,
                server_time=self._store.clock.now().isoformat(),
            )
        )

    async def wait(self, after: int, seconds: float) -> bool:
        """Wait until something is in the feed after ``after``; return False on time-out or when the feed closes."""
        if self._head <= after and not self.closed:
            try:
                async with asyncio.timeout(seconds):
                    while self._head <= after and not self.closed:
                        await self._head_moved.wait()
            except TimeoutError:
                return False
        return not self.closed

    async def _read(self, after: int, kinds: frozenset[str] | None, limit: int) -> FeedPage:
        if self.closed:
            raise ProblemResponse(503, "platform.declined.stopping", retry_after=1)
        key = (after, kinds, limit)
        if (reading := self._pages.get(key)) is None:
            loop = asyncio.get_running_loop()
            reading = loop.run_in_executor(self._readers, self._page_of_store, after, kinds, limit)
            self._pages[key] = reading
            reading.add_done_callback(lambda done: self._drop_page(key, done))
        # Shielded: the first request may be cancelled while others wait for the same page.
        return await asyncio.shield(reading)

    def _page_of_store(self, after: int, kinds: frozenset[str] | None, limit: int) -> FeedPage:
        return self._contract.page(self._store.feed_page(after, kinds, limit))

    def _drop_page(self, key: tuple[int, frozenset[str] | None, int], done: "asyncio.Future[FeedPage]") -> None:
        # If other processes write too, a page may be outdated before this one notices, so none is kept.
        alone = not self._store.database.postgres
        small = not done.cancelled() and done.exception() is None and done.result().size <= _KEPT_SIZE
        if self._pages.get(key) is done and (not (small and alone) or len(self._pages) > _KEPT_PAGES):
            del self._pages[key]

    def _move_head(self, head: int) -> None:
        self._pages.clear()
        if head <= self._head:
            return
        self._head = head
        moved, self._head_moved = self._head_moved, asyncio.Event()
        moved.set()

    async def _poll_head(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            head = await loop.run_in_executor(self._readers, self._head_if_reachable)
            if head is not None and head > self._head:
                self._move_head(head)
            await asyncio.sleep(_POLL_SECONDS)

    def _head_if_reachable(self) -> int | None:
        try:
            return self._store.head()
        except DBAPIError:  # the server cannot be reached; requests report it
            return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18

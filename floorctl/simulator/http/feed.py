"""Reading the feed without blocking the event loop: cursors, pages, and waiting for what comes next."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec

from floorctl.simulator.http.problem_response import ProblemResponse
from floorctl.simulator.store.feed_page import FeedPage
from floorctl.simulator.store.store import Store

#: Seconds between looks at the feed's head where other processes may write to it too.
_LOOK_EVERY = 0.05
# What many terminals ask for at the same time is read once; only what is small is kept until the feed moves on.
_KEPT_SIZE, _KEPT_PAGES = 500, 256
_READERS = 6


class Cursor(NamedTuple):
    """A place in the feed. Who began to read when the feed was at ``base`` never saw what was removed before."""

    seq: int = 0
    base: int = 0


class _Envelope(msgspec.Struct, frozen=True):
    changes: msgspec.Raw
    next: str
    more: bool
    total: int
    server_time: str


class Answer(NamedTuple):
    """What was read behind a cursor; ``next`` is the cursor behind it."""

    page: FeedPage
    next: Cursor


class Feed:
    """The feed of a store, for one event loop; ``close`` ends every wait at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readers = ThreadPoolExecutor(_READERS, "platform-read")
        self._kept: dict[tuple[int, frozenset[str] | None, int], asyncio.Future[FeedPage]] = {}
        self._head = 0
        self._news = asyncio.Event()
        self._forget: Callable[[], None] = lambda: None
        self._looking: asyncio.Task[None] | None = None
        self.closed = False

    async def open(self) -> None:
        """Begin to listen for commits, and where other processes may commit, to look for them."""
        loop = asyncio.get_running_loop()

        def committed(head: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._moved, head)

        self._forget = self._store.on_commit(committed)
        if self._store.database.postgres:
            self._looking = asyncio.create_task(self._look())

    def close(self) -> None:
        """End every wait; nothing more is awaited from now on. A second time does nothing."""
        if self.closed:
            return
        self.closed = True
        self._forget()
        if self._looking is not None:
            self._looking.cancel()
        self._news.set()
        self._readers.shutdown(wait=False)

    def read_cursor(self, text: str | None) -> Cursor:
        """The place that ``text`` names; the beginning where it is None.

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
        """The text that ``read_cursor`` reads."""
        era = next(reversed(self._store.eras), None)
        text = f"{self._store.epoch}{f'-{era}' if era else ''}.{cursor.seq}"
        return f"{text}.{cursor.base}" if cursor.base > cursor.seq else text

    async def page(self, after: Cursor, kinds: frozenset[str] | None, limit: int) -> Answer:
        """What came into the feed behind ``after``, which may be nothing.

        Raises:
            ProblemResponse: 410, something removed behind ``after`` has left the feed, or it does not reach as far.

        """
        page = await self._read(after.seq, kinds, limit)
        base = after.base or (page.head if after.seq == 0 else 0)
        if after.seq > page.head or 0 < max(after.seq, base) < page.horizon:
            raise ProblemResponse(410, "platform.declined.cursor")
        return Answer(page, Cursor(page.next, base))

    def encode(self, answer: Answer) -> bytes:
        """The page as the contract has it, at the platform's time."""
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
        """Wait until something is in the feed behind ``after``; False if nothing came in time, or it closed."""
        if self._head <= after and not self.closed:
            try:
                async with asyncio.timeout(seconds):
                    while self._head <= after and not self.closed:
                        await self._news.wait()
            except TimeoutError:
                return False
        return not self.closed

    async def _read(self, after: int, kinds: frozenset[str] | None, limit: int) -> FeedPage:
        if self.closed:
            raise ProblemResponse(503, "platform.declined.stopping", retry_after=1)
        key = (after, kinds, limit)
        if (reading := self._kept.get(key)) is None:
            loop = asyncio.get_running_loop()
            reading = loop.run_in_executor(self._readers, self._store.feed_page, after, kinds, limit)
            self._kept[key] = reading
            reading.add_done_callback(lambda done: self._settle(key, done))
        # Shielded: the one who asked first may go away while others wait for the same.
        return await asyncio.shield(reading)

    def _settle(self, key: tuple[int, frozenset[str] | None, int], done: "asyncio.Future[FeedPage]") -> None:
        # Where other processes write too, what was read may be old before this one knows: it is not kept at all.
        alone = not self._store.database.postgres
        small = not done.cancelled() and done.exception() is None and done.result().size <= _KEPT_SIZE
        if self._kept.get(key) is done and (not (small and alone) or len(self._kept) > _KEPT_PAGES):
            del self._kept[key]

    def _moved(self, head: int) -> None:
        self._kept.clear()
        if head <= self._head:
            return
        self._head = head
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            head = await loop.run_in_executor(self._readers, self._seen_head)
            if head is not None and head > self._head:
                self._moved(head)
            await asyncio.sleep(_LOOK_EVERY)

    def _seen_head(self) -> int | None:
        from sqlalchemy.exc import DBAPIError

        try:
            return self._store.head()
        except DBAPIError:  # the server is away; whoever asks it for something is told so
            return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18

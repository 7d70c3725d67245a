"""The feed pushed as Server-Sent Events: changes, reset, and a sign of life when there are none."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from floorctl.simulator.http.feed import Answer, Feed
from floorctl.simulator.http.problem_response import ProblemResponse

#: The contract requires a sign of life every 15 s at least.
BEAT_SECONDS = 10.0
_PAGE = 1_000
# Pause after a page, to collect further changes: each event costs every terminal a transaction.
_GATHER_SECONDS = 0.02


async def events(
    feed: Feed, after: str | None, kinds: frozenset[str] | None, signed_in: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    """Yield the stream after ``after``, until the feed closes, the cursor has expired or ``signed_in`` returns False.

    For a slow reader nothing is queued except the page that is being sent.
    """
    yield b": floorctl\n\n"
    try:
        cursor = feed.read_cursor(after)
        beat_at = time.monotonic() + BEAT_SECONDS
        last_sent = cursor
        while not feed.closed:
            answer = await feed.page(cursor, kinds, _PAGE)
            cursor = answer.next
            now = time.monotonic()
            if answer.page.size:
                yield _event(feed, answer)
                last_sent = cursor
            if now >= beat_at:
                if not await signed_in():
                    return
                # The feed may have moved on over kinds that are not read here: then the beat carries the new cursor, so
                # that a terminal that comes back need not read from far behind.
                yield _event(feed, answer) if not answer.page.size and last_sent != cursor else b":\n\n"
                last_sent = cursor
                beat_at = time.monotonic() + BEAT_SECONDS
            if answer.page.more:
                continue
            if answer.page.size:
                await asyncio.sleep(_GATHER_SECONDS)
            await feed.wait(cursor.seq, max(0.0, beat_at - time.monotonic()))
    except ProblemResponse as problem:
        if problem.status == 410:
            yield b"event: reset\ndata: {}\n\n"


def _event(feed: Feed, answer: Answer) -> bytes:
    cursor = feed.write_cursor(answer.next)
    return b"event: changes\nid: %b\ndata: %b\n\n" % (cursor.encode(), feed.encode(answer))

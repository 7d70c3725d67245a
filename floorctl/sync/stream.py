"""The pushed feed: Server-Sent Events read as they come, with every byte counted as a sign of life."""

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, cast

import msgspec
from httpx_sse import EventSource

from floorctl.sync import wire
from floorctl.sync.errors import BrokenAnswer, content_type

if TYPE_CHECKING:
    import httpx


class Reset(msgspec.Struct, frozen=True):
    """The cursor has expired: start again from the beginning."""


class _Counted:
    """A response whose text passes by a counter, since the event parser reports neither comments nor sizes."""

    def __init__(self, response: "httpx.Response", heard: Callable[[], None]) -> None:
        self.headers = response.headers
        self._response = response
        self._heard = heard
        self.since_event = 0

    async def aiter_text(self) -> AsyncGenerator[str, None]:
        async for text in self._response.aiter_text():
            self._heard()
            self.since_event += len(text)
            if self.since_event > wire.MAX_PAGE_BYTES:
                raise BrokenAnswer("large")
            yield text


async def read_events(response: "httpx.Response", heard: Callable[[], None]) -> AsyncGenerator[wire.Page | Reset, None]:
    """Yield the pages and resets of an open stream until it ends; ``heard`` is called for whatever arrives.

    Events of kinds that the contract does not know are ignored.

    Raises:
        BrokenAnswer: it is no event stream, an event is larger than a page may be, or is not a page.

    """
    if content_type(response.headers) != "text/event-stream":
        raise BrokenAnswer("html")
    counted = _Counted(response, heard)
    # EventSource asks of a response no more than these two members.
    events = EventSource(cast("httpx.Response", counted)).aiter_sse()
    try:
        async for event in events:
            counted.since_event = 0
            if event.event == "reset":
                yield Reset()
            elif event.event == "changes":
                yield decode_page(event.data.encode())
    finally:
        await cast("AsyncGenerator[object, None]", events).aclose()


def decode_page(body: bytes) -> wire.Page:
    """Decode a page of the feed.

    Raises:
        BrokenAnswer: it is not one.

    """
    try:
        return wire.read_page(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BrokenAnswer("json") from error

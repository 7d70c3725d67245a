"""The pushed feed: Server-Sent Events read as they arrive, with every byte counted as a sign of life."""

import re
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, cast

import msgspec
from httpx_sse import EventSource

from floorctl.sync.platform import wire
from floorctl.sync.platform.errors import BrokenAnswer, content_type

if TYPE_CHECKING:
    import httpx

_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]')
#: Well above the levels of a page, its changes, a change and the 32 levels of its entity.
_CUT_AT = 2 * wire.MAX_NESTING
_MOST_PRUNED = 8 * 1024 * 1024


class Reset(msgspec.Struct, frozen=True):
    """The cursor has expired: start again from the beginning."""


class _CountedResponse:
    """A response that counts the text read from it, since the event parser reports neither comments nor sizes."""

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

    Events of kinds that the contract does not define are ignored.

    Raises:
        BrokenAnswer: it is no event stream, an event is larger than a page may be, or is not a page.

    """
    if content_type(response.headers) != "text/event-stream":
        raise BrokenAnswer("html")
    counted = _CountedResponse(response, heard)
    # EventSource uses only these two members of a response.
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
    except RecursionError:
        pass  # one entity is nested too deeply; the others can still be read
    except msgspec.DecodeError as error:
        raise BrokenAnswer("json") from error
    try:
        return wire.read_page(_pruned(body))
    except (msgspec.DecodeError, RecursionError) as error:
        raise BrokenAnswer("json") from error


def _pruned(body: bytes) -> bytes:
    """Cut ``body`` at a depth that can be read but is too deep for an entity, so that only that entity is set aside.

    Raises:
        BrokenAnswer: it is too large to be read token by token.

    """
    if len(body) > _MOST_PRUNED:
        raise BrokenAnswer("json")
    kept: list[bytes] = []
    depth, done = 0, 0
    for token in _BRACKETS.finditer(body):
        kind = token[0]
        if kind in b"[{":
            depth += 1
            if depth == _CUT_AT:
                kept.append(body[done : token.start()])
        elif kind in b"]}":
            if depth == _CUT_AT:
                kept.append(b"null")
                done = token.end()
            depth -= 1
    return b"".join((*kept, body[done:]))

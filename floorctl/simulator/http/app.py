"""The contract's paths over HTTP."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import msgspec
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from floorctl.rules.commands.roles import READABLE, SUPERVISOR, readable
from floorctl.simulator.http.commands import Commands
from floorctl.simulator.http.contract import CONTRACTS, NEWEST
from floorctl.simulator.http.feed import Feed
from floorctl.simulator.http.problem_response import ProblemResponse
from floorctl.simulator.http.sessions import Credentials, Sessions, SignedIn
from floorctl.simulator.http.stream import events
from floorctl.simulator.store.store import Store
from floorctl.sync.platform.wire import MAX_COMMAND_BYTES, Session

_MOST_CHANGES, _USUAL_CHANGES, _LONGEST_WAIT_SECONDS = 5000, 1000, 30
_SIGN_IN_BYTES = 16 * 1024
#: Most streams per process; further ones are answered 503 with Retry-After.
MOST_STREAMS = 5_000
_WORKERS = 6

_log = logging.getLogger(__name__)
_decode_credentials = msgspec.json.Decoder(Credentials).decode
_Endpoint = Callable[[Request], Awaitable[Response]]
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Platform:
    """Everything that one process serves; made and closed inside its event loop.

    ``contract``: the version of the contract that it is served as.
    """

    def __init__(self, store: Store, contract: str = NEWEST) -> None:
        self.store = store
        self.sessions = Sessions(store)
        self._contract = CONTRACTS[contract]
        self.feed = Feed(store, self._contract)
        self._commands = Commands(store, self._contract)
        self._workers = ThreadPoolExecutor(_WORKERS, "platform-work")
        # The store admits one writer at a time; more threads would only wait for each other.
        self._writer = ThreadPoolExecutor(1, "platform-write")
        self._streams = 0
        self.app = Starlette(
            routes=[
                _route("/v1/session", POST=self._sign_in, GET=self._who_am_i, DELETE=self._sign_out),
                _route("/v1/changes", GET=self._changes),
                _route("/v1/changes/stream", GET=self._stream),
                _route("/v1/commands", POST=self._command),
            ],
            exception_handlers={HTTPException: _not_served},
        )
        self.app.router.redirect_slashes = False

    def close(self) -> None:
        """End all streams and waits, and accept no more work."""
        self.feed.close()
        self._workers.shutdown(wait=False)
        self._writer.shutdown(wait=False)

    async def _run(
        self, executor: ThreadPoolExecutor, work: Callable[_P, _T], *args: _P.args, **named: _P.kwargs
    ) -> _T:
        if self.feed.closed:
            raise ProblemResponse(503, "platform.declined.stopping", retry_after=1)
        return await asyncio.get_running_loop().run_in_executor(executor, functools.partial(work, *args, **named))

    async def _signed_in(self, request: Request) -> SignedIn:
        return await self._run(self._workers, self.sessions.authenticate, _token(request))

    async def _sign_in(self, request: Request) -> Response:
        try:
            credentials = _decode_credentials(await _body(request, _SIGN_IN_BYTES))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            # The contract defines no other answer for sign-in: an unreadable request is not signed in.
            raise ProblemResponse(401, "platform.declined.malformed", reason=str(error)) from error
        token, signed_in = await self._run(self._workers, self.sessions.sign_in, credentials)
        return self._session(signed_in, token, 201)

    async def _who_am_i(self, request: Request) -> Response:
        return self._session(await self._signed_in(request), None, 200)

    async def _sign_out(self, request: Request) -> Response:
        await self._signed_in(request)
        await self._run(self._writer, self.sessions.sign_out, _token(request))
        return Response(status_code=204)

    def _session(self, signed_in: SignedIn, token: str | None, status: int) -> Response:
        session = Session(
            person_id=signed_in.person_id,
            name=signed_in.name,
            roles=signed_in.roles,
            floor=signed_in.floor,
            expires_at=signed_in.expires_at,
            server_time=self.store.clock.now(),
            token=token,
        )
        return _json(session, status)

    async def _changes(self, request: Request) -> Response:
        signed_in = await self._signed_in(request)
        kinds = self._requested_kinds(request, signed_in)
        limit = _whole_number(request, "limit", 1, _MOST_CHANGES, _USUAL_CHANGES)
        until = asyncio.get_running_loop().time() + _whole_number(request, "wait", 0, _LONGEST_WAIT_SECONDS, 0)
        cursor = self.feed.read_cursor(request.query_params.get("after"))
        while True:
            answer = await self.feed.page_of_history(cursor, kinds, limit)
            left = until - asyncio.get_running_loop().time()
            if answer.page.size or left <= 0 or not await self.feed.wait(answer.next.seq, left):
                return Response(self.feed.encode(answer), media_type="application/json", headers=_NOT_CACHED)
            cursor = answer.next

    async def _stream(self, request: Request) -> Response:
        signed_in = await self._signed_in(request)
        kinds = self._requested_kinds(request, signed_in)
        if self._streams >= MOST_STREAMS or self.feed.closed:
            raise ProblemResponse(503, "platform.declined.full", retry_after=5)
        after = request.headers.get("Last-Event-ID") or request.query_params.get("after")

        async def still_signed_in() -> bool:
            try:
                await self._signed_in(request)
            except ProblemResponse as problem:
                return problem.status != 401
            return True

        async def counted_events() -> AsyncIterator[bytes]:
            self._streams += 1
            try:
                async for event in events(self.feed, after, kinds, still_signed_in):
                    yield event
            except (OperationalError, PoolTimeout):
                _log.warning("the database is away; a stream ends")
            finally:
                self._streams -= 1

        return StreamingResponse(counted_events(), media_type="text/event-stream", headers=_NOT_CACHED)

    def _requested_kinds(self, request: Request, signed_in: SignedIn) -> frozenset[str] | None:
        """Return the kinds asked for, else those that may be read; None if that is all that there are.

        A kind that this platform does not know has no entries in the feed, and asking for it is no error.

        Raises:
            ProblemResponse: 403, a kind that may not be read.

        """
        all_kinds = READABLE[SUPERVISOR]
        may_read = readable(signed_in.roles)
        asked = frozenset(kind for name in request.query_params.get("kinds", "").split(",") if (kind := name.strip()))
        if not asked:
            here = may_read - self._contract.kinds
            return None if here == all_kinds else here
        known = (asked & all_kinds) - self._contract.kinds
        if not known <= may_read:
            raise ProblemResponse(403, "platform.declined.kinds", kinds=", ".join(sorted(known - may_read)))
        return known

    async def _command(self, request: Request) -> Response:
        signed_in = await self._signed_in(request)
        raw = await _body(request, MAX_COMMAND_BYTES)
        key = request.headers.get("Idempotency-Key")
        return _json(await self._run(self._writer, self._commands.apply, raw, key, signed_in), 200)


# A cached answer would be shown as the platform's newest, and a proxy must not buffer a stream.
_NOT_CACHED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _json(value: Any, status: int) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json", headers=_NOT_CACHED)


def _route(path: str, **methods: _Endpoint) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return await methods[request.method](request)
        except ProblemResponse as problem:
            return problem.response()
        except (OperationalError, PoolTimeout) as error:
            _log.warning("%s %s: the database is away: %s", request.method, path, type(error).__name__)
            return ProblemResponse(503, "platform.declined.database", retry_after=1).response()
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            # A person at a terminal only sees that it failed; the cause goes to the platform's log.
            _log.exception("%s %s: %s", request.method, path, type(error).__name__)
            return ProblemResponse(500, "platform.declined.failed").response()

    route = Route(path, endpoint, methods=list(methods))
    # Starlette adds HEAD to every GET; the contract has none.
    route.methods = set(methods)
    return route


async def _not_served(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return ProblemResponse(error.status_code, headers=dict(error.headers or {})).response()


async def _body(request: Request, limit: int) -> bytes:
    """Return the request's body, reading at most one byte more than ``limit``."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            break
    return bytes(parts[: limit + 1])


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemResponse(401, "platform.declined.signed_out")
    return token.strip()


def _whole_number(request: Request, name: str, least: int, most: int, default: int) -> int:
    """Return a whole number of the query, clamped to ``least`` … ``most``; ``default`` if it is missing or invalid.

    The contract defines no error for an invalid one.
    """
    value = request.query_params.get(name, "")
    try:
        return min(max(int(value[:20]), least), most)
    except ValueError:
        return default

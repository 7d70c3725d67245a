"""The HTTP client of the platform: session, changes, stream, send. Only the contract's messages; no database.

Importing this module imports httpx; only the thread that syncs, and a command that must talk to the platform, do so.
"""

import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any, NamedTuple

import httpx
import msgspec

from floorctl import __version__, address
from floorctl.clock import elapsed
from floorctl.errors import UsageError
from floorctl.sync.platform import trust, wire
from floorctl.sync.platform.errors import BrokenAnswer, Unreachable, Untrusted, raise_for, require_json
from floorctl.sync.platform.route import Proxy, route
from floorctl.sync.platform.stream import Reset, decode_page, read_events

# httpcore tries to import sniffio at every lock that it takes; if it is not installed, each try searches the whole
# path: a fifth of the time of sending a command. This entry makes the import fail at once.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

#: Seconds of silence after which a stream counts as dead; the contract promises a comment every 15.
STREAM_SILENCE = 45.0
#: Bytes a second below which an answer, once past the time-out, is given up.
SLOWEST = 1024
#: Most bytes of an answer other than a page.
_MAX_SMALL_BYTES = 4 * 1024 * 1024
#: Errors that occur before any byte of a request is sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_LIMITS = httpx.Limits(max_connections=24, max_keepalive_connections=12, keepalive_expiry=30)


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Client:
    """The client side of the contract, for one terminal.

    ``timeout`` is how many seconds an answer may take. ``token`` may be set at any time. Every method raises only
    errors of ``floorctl.sync.platform.errors``. The constructor refuses an address to which a password must not be
    sent, and a ``ca_file`` that holds no certificate (``UsageError``).

    ``on_time`` receives every answer's ``server_time`` with its round trip in seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 10.0,
        ca_file: str = "",
        token: str | None = None,
        terminal: str = "",
        on_time: Callable[[datetime, float], None] = lambda _time, _seconds: None,
        make_transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
    ) -> None:
        if not url:
            raise UsageError("error.no_platform")
        self._address = address.read(url)
        #: The address that requests are sent to.
        self.url = self._address.connected.rstrip("/")
        #: The address that identifies the platform: sessions and cached data are told apart by it.
        self.platform = self._address.url.rstrip("/")
        is_other = self._address.connected != self._address.url
        self._host = {"Host": self._address.authority} if is_other else {}
        #: Whether requests go directly or through a proxy.
        self.route = route(self._address)
        self.token = token
        self.timeout = timeout
        #: The clock of ``heard_at``.
        self.now: Callable[[], float] = elapsed
        self._heard_at: float | None = None
        #: Requests whose answers are arriving: they count as heard until they turn out to be no valid answer.
        self._partly_heard: dict[object, float] = {}
        self.on_time = on_time
        self._terminal = terminal
        self._make_transport = make_transport
        self._round_trip = 0.2
        #: How far the platform's clock is ahead of this machine's, None until the first answer.
        self._offset: timedelta | None = None
        self._verify = self._trust(ca_file)
        self._http = self._pool()
        #: Replaced pools, and when each was replaced.
        self._replaced_pools: dict[httpx.AsyncClient, float] = {}

    def _trust(self, ca_file: str) -> ssl.SSLContext | bool:
        if self._address.scheme != "https":
            return False  # loads no certificates for a connection within this machine
        return trust.of_file(ca_file) if ca_file else trust.of_system()

    def _pool(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._verify,
            timeout=self.timeout,
            limits=_LIMITS,
            transport=self._make_transport() if self._make_transport is not None else None,
            proxy=_proxy(self.route.proxy),
            follow_redirects=False,
            trust_env=False,  # see floorctl.sync.platform.route
            headers={"User-Agent": f"floorctl/{__version__}"} | self._host,
        )

    @property
    def heard_at(self) -> float | None:
        """The time, by ``now``, at which the feed was last heard, None before the first time."""
        return max((*self._partly_heard.values(), *(() if self._heard_at is None else (self._heard_at,))), default=None)

    async def renew(self) -> None:
        """Use new connections from now on: after an outage the old ones may be dead without an error.

        Requests on the old ones keep their time-out: the platform may only be slow.
        """
        now = self.now()
        over = [pool for pool, since in self._replaced_pools.items() if now - since > 2 * self.timeout]
        self._replaced_pools[self._http] = now
        self._http = self._pool()
        for pool in over:
            del self._replaced_pools[pool]
            await pool.aclose()

    async def close(self) -> None:
        """Close all connections."""
        for pool in (*self._replaced_pools, self._http):
            await pool.aclose()

    async def sign_in(self, employee_no: str, password: str) -> wire.Session:
        """Sign a person in and use the token for later requests.

        Raises:
            Unauthorized: the number or the password is wrong.
            PlatformError: see ``floorctl.sync.platform.errors``.

        """
        content = {"employee_no": employee_no, "password": password, "terminal": self._terminal[:64]}
        if not self._terminal:
            del content["terminal"]
        answer = await self._ask(
            "POST", "/v1/session", content=msgspec.json.encode(content), signed=False, accepted=(200, 201)
        )
        session = self._session(answer)
        if not session.token or not session.token.isascii() or not session.token.isprintable():
            raise BrokenAnswer("json")
        self.token = session.token
        return session

    async def who_am_i(self) -> wire.Session:
        """Return the session of this token."""
        return self._session(await self._ask("GET", "/v1/session"))

    async def sign_out(self) -> None:
        """End the session of this token."""
        if self.token is not None:
            await self.end_session(self.token)
        self.token = None

    async def end_session(self, token: str | None) -> None:
        """End the session of ``token``, whoever is signed in here."""
        await self._ask("DELETE", "/v1/session", accepted=(200, 204), token=token)

    async def changes(
        self,
        after: str | None,
        *,
        kinds: Iterable[str] | None = None,
        limit: int = 1000,
        wait: int = 0,
    ) -> wire.Page:
        """Return the next page after cursor ``after`` (None: from the beginning).

        The request is held open for ``wait`` seconds while there is nothing new.

        Raises:
            Expired: the cursor is no longer good.
            PlatformError: see ``floorctl.sync.platform.errors``.

        """
        params: dict[str, str] = {"limit": str(limit)}
        if wait:
            params["wait"] = str(wait)
        if after is not None:
            params["after"] = after
        if kinds is not None:
            params["kinds"] = ",".join(kinds)
        request = object()
        try:
            answer = await self._ask(
                "GET",
                "/v1/changes",
                params=params,
                seconds=self.timeout + wait,
                most_bytes=wire.MAX_PAGE_BYTES,
                on_bytes=lambda: self._partly_heard.update({request: self.now()}),
            )
            require_json(answer.headers)
            page = decode_page(answer.body)
            self._record_heard()
        finally:
            self._partly_heard.pop(request, None)
        # The time of a held request is no round trip; the last measured one is used instead.
        self._tell_time(page.server_time, None if wait else answer.seconds)
        return page

    async def stream(self, after: str | None) -> AsyncGenerator[wire.Page | Reset, None]:
        """Yield pages as they are pushed, from cursor ``after`` on, until the platform ends the stream.

        Raises:
            Unreachable: it broke off, or was silent for ``STREAM_SILENCE`` seconds.
            PlatformError: see ``floorctl.sync.platform.errors``.

        """
        token = self.token
        headers = self._headers() | {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        patience = httpx.Timeout(self.timeout, read=STREAM_SILENCE)
        params = {} if after is None else {"after": after}
        with _transport_errors(by_proxy=self.route.proxy is not None):
            async with self._open(
                "GET", "/v1/changes/stream", params=params, headers=headers, patience=patience
            ) as response:
                if response.status_code != 200:
                    async with asyncio.timeout(self.timeout):
                        body = await self._read(response, _MAX_SMALL_BYTES, None, None)
                    raise_for(response.status_code, response.headers, body, token, self._offset)
                async with aclosing(read_events(response, self._record_heard)) as events:
                    async for event in events:
                        if isinstance(event, wire.Page) and not event.more:
                            self._tell_time(event.server_time, None)
                        yield event

    async def send(self, body: bytes, command_id: str, *, token: str | None = None) -> wire.Outcome:
        """Send one command; ``body`` must be the same bytes each time that ``command_id`` is sent.

        ``token`` is that of the person who signed it; if left out, that of the person signed in.

        Raises:
            ProblemAnswer: the platform refuses it (409: its problem carries the current entity).
            BrokenAnswer: what came back is not this command's outcome.
            PlatformError: see ``floorctl.sync.platform.errors``.

        """
        answer = await self._ask(
            "POST", "/v1/commands", content=body, headers={"Idempotency-Key": command_id}, token=token
        )
        require_json(answer.headers)
        try:
            outcome = wire.outcome_decoder.decode(answer.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BrokenAnswer("json") from error
        if outcome.id.lower() != command_id.lower():
            raise BrokenAnswer("other")
        return outcome

    def _session(self, answer: _Answer) -> wire.Session:
        require_json(answer.headers)
        try:
            session = wire.session_decoder.decode(answer.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BrokenAnswer("json") from error
        self._tell_time(session.server_time, answer.seconds)
        return session

    def _tell_time(self, server_time: datetime, seconds: float | None) -> None:
        if seconds is not None:
            self._round_trip = seconds
        self._offset = server_time - datetime.now(UTC)
        self.on_time(server_time, self._round_trip)

    def _record_heard(self) -> None:
        self._heard_at = self.now()

    def _headers(self, token: str | None = None) -> dict[str, str]:
        token = token or self.token
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        seconds: float | None = None,
        most_bytes: int = _MAX_SMALL_BYTES,
        accepted: tuple[int, ...] = (200,),
        signed: bool = True,
        token: str | None = None,
        on_bytes: Callable[[], None] | None = None,
    ) -> _Answer:
        seconds = self.timeout if seconds is None else seconds
        token = (token or self.token) if signed else None
        all_headers = {"Accept": "application/json"} | (self._headers(token) if signed else {}) | (headers or {})
        if content is not None:
            all_headers["Content-Type"] = "application/json"
        started = self.now()
        with _transport_errors(by_proxy=self.route.proxy is not None):
            async with (
                asyncio.timeout(seconds) as deadline,
                self._open(
                    method, path, params=params, content=content, headers=all_headers, patience=httpx.Timeout(seconds)
                ) as response,
            ):
                is_accepted = response.status_code in accepted
                body = await self._read(
                    response,
                    most_bytes if is_accepted else _MAX_SMALL_BYTES,
                    deadline,
                    on_bytes if is_accepted else None,
                )
        if not is_accepted:
            raise_for(response.status_code, response.headers, body, token, self._offset)
        return _Answer(response.status_code, response.headers, body, self.now() - started)

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        patience: httpx.Timeout,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> AsyncIterator[httpx.Response]:
        async with self._http.stream(
            method, self.url + path, params=params, content=content, headers=headers, timeout=patience
        ) as response:
            yield response

    async def _read(
        self,
        response: httpx.Response,
        most_bytes: int,
        deadline: asyncio.Timeout | None,
        on_bytes: Callable[[], None] | None,
    ) -> bytes:
        """Read a body of at most ``most_bytes`` bytes; each KiB received extends the deadline by a second."""
        if _declared_length(response.headers) > most_bytes:
            raise BrokenAnswer("large")
        granted = deadline.when() if deadline is not None else None
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            if on_bytes is not None:
                on_bytes()
            size += len(part)
            if size > most_bytes:
                raise BrokenAnswer("large")
            if deadline is not None and granted is not None:
                deadline.reschedule(granted + size / SLOWEST)
            parts.append(part)
        return b"".join(parts)


def _proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    return httpx.Proxy(
        f"{proxy.scheme}://{proxy.authority}",
        auth=(proxy.user, proxy.password) if proxy.user or proxy.password else None,
        ssl_context=trust.of_system() if proxy.scheme == "https" else None,
    )


def _declared_length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


@contextmanager
def _transport_errors(*, by_proxy: bool) -> Any:
    """Turn the errors of httpx and of the sockets into those of the contract."""
    try:
        yield
    except httpx.DecodingError as error:
        raise BrokenAnswer("other") from error
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, UnicodeError) as error:
        why = f"{type(error).__name__}: {error}"
        if (key := trust.distrust(error)) is not None:
            raise Untrusted(why, key) from error
        if by_proxy and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            raise Unreachable(why, "error.network_proxy_unreachable") from error
        if isinstance(error, httpx.ProxyError):
            raise Unreachable(why, "error.network_proxy") from error
        raise Unreachable(why, sent=not isinstance(error, _NOT_SENT)) from error

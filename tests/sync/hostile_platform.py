"""A platform that keeps the contract until it is told not to: HTTP on loopback or in memory, misbehaving on demand."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.build import Entities, as_sent
from tests.memory_network import MemoryNetwork
from tests.still_time import utc_now


def passed() -> float:
    """Return the time of the event loop's clock in seconds."""
    return asyncio.get_running_loop().time()


@dataclass
class Request:
    """One request, and the connection that it came by."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    writer: Any
    at: float = field(default_factory=passed)

    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[Request], Awaitable[None]]


@dataclass
class _Fault:
    method: str
    path: str
    behaviour: Behaviour
    times: int | None
    where: Callable[[Request], bool]


def now() -> str:
    """Return the platform's time, as it is sent."""
    return utc_now().isoformat()


class HostilePlatform:
    """Entities, a feed and commands, as the contract says; ``fail`` makes chosen requests go wrong.

    ``network``: where it listens instead of on loopback.
    """

    def __init__(self, network: MemoryNetwork | None = None) -> None:
        self.network = network
        self.entities: dict[tuple[str, str], tuple[int, int, Any]] = {}
        self.seq = 0
        self.epoch = "a"
        self.page_limit = 5000
        self.outcomes: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self.applied: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self.passwords = {"1001": "right"}
        self.tokens = {"token-0"}
        self.frozen = asyncio.Event()
        self.frozen.set()
        self.latency = 0.0
        self.in_flight = 0
        self.most_in_flight = 0
        self.port = 0
        self._faults: list[_Fault] = []
        self._server: asyncio.Server | None = None
        self._news = asyncio.Condition()
        self._connections: set[Any] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.frozen.set()
        await self.stop()

    async def start(self) -> None:
        if self.network is not None:
            self.port = self.network.listen(self._connection, self.port)
            return
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop: reset all connections and refuse new ones."""
        if self.network is not None:
            self.network.leave(self.port)
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            abort(writer)
        await asyncio.sleep(0)

    # what it holds

    async def put(self, kind: str, entity_id: str, data: Any) -> int:
        version = self.entities.get((kind, entity_id), (0, 0, None))[0] + 1
        self.seq += 1
        self.entities[kind, entity_id] = (version, self.seq, data)
        async with self._news:
            self._news.notify_all()
        return version

    async def forget_everything(self) -> None:
        """Lose all entities, and make all earlier cursors invalid."""
        self.entities.clear()
        self.epoch = chr(ord(self.epoch) + 1)

    def fail(
        self,
        path: str,
        behaviour: Behaviour,
        *,
        method: str = "",
        times: int | None = None,
        where: Callable[[Request], bool] = lambda _request: True,
    ) -> None:
        """Answer requests whose path is ``path`` with ``behaviour``, ``times`` times (None: from now on)."""
        self._faults.append(_Fault(method, path, behaviour, times, where))

    def heal(self) -> None:
        self._faults.clear()

    def count(self, path: str, since: float = 0.0) -> int:
        return sum(request.path == path and request.at >= since for request in self.requests)

    # HTTP

    async def _connection(self, reader: asyncio.StreamReader, writer: Any) -> None:
        self._connections.add(writer)
        try:
            while request := await self._request(reader, writer):
                self.requests.append(request)
                await self.frozen.wait()
                await self._handle(request)
                if writer.is_closing():
                    return
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other end is gone, or the test is over
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: Any) -> Request | None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return Request(method, parts.path, query, headers, body, writer)

    async def _handle(self, request: Request) -> None:
        if request.path != "/v1/commands":
            await asyncio.sleep(self.latency)
            await self._answer(request)
            return
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency)
            await self._answer(request)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: Request) -> None:
        for fault in self._faults:
            if fault.path == request.path and fault.method in ("", request.method) and fault.where(request):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                await fault.behaviour(request)
                return
        await self.behave(request)

    async def behave(self, request: Request) -> None:
        """Answer as the contract says."""
        if request.path == "/v1/session" and request.method == "POST":
            await self._sign_in(request)
        elif request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            await problem(401, "signed out")(request)
        elif request.path == "/v1/session":
            if request.method == "DELETE":
                await answer(204)(request)
            else:
                await answer(200, self._session())(request)
        elif request.path == "/v1/changes":
            await self._changes(request)
        elif request.path == "/v1/changes/stream":
            await self._stream(request)
        elif request.path == "/v1/commands":
            await self.apply(request, answer_too=True)
        else:
            await problem(404, "no such thing")(request)

    async def _sign_in(self, request: Request) -> None:
        asked = request.json()
        if self.passwords.get(asked["employee_no"]) != asked["password"]:
            await problem(401, "wrong")(request)
            return
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        await answer(201, self._session(token))(request)

    def _session(self, token: Any = None) -> Any:
        return msgspec.to_builtins(Entities(utc_now()).session(name="王芳", token=token))

    def page(self, after: str | None, limit: int) -> dict[str, Any] | None:
        """The page after a cursor; None if the cursor is not one of ours."""
        if after is not None and not re.fullmatch(rf"{self.epoch}\d+", after):
            return None
        start = int(after[1:]) if after is not None else 0
        rows = sorted((seq, key, version, data) for key, (version, seq, data) in self.entities.items() if seq > start)
        shown = rows[: min(limit, self.page_limit)]
        return {
            "changes": [
                {"kind": kind, "id": each, "version": version, "deleted": False, "data": data}
                for _, (kind, each), version, data in shown
            ],
            "next": f"{self.epoch}{shown[-1][0] if shown else start}",
            "more": len(shown) < len(rows),
            "total": len(rows),
            "server_time": now(),
        }

    async def _changes(self, request: Request) -> None:
        after, wait = request.query.get("after"), int(request.query.get("wait", 0))
        limit = int(request.query.get("limit", 1000))
        page = self.page(after, limit)
        if page is not None and not page["changes"] and wait:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait), self._news:
                    await self._news.wait()
            page = self.page(after, limit)
        await (answer(200, page) if page is not None else problem(410, "expired"))(request)

    async def _stream(self, request: Request) -> None:
        await start_stream(request)
        after = request.query.get("after")
        while not request.writer.is_closing():
            page = self.page(after, 1000)
            if page is None:
                await write(request, b"event: reset\ndata: {}\n\n")
                return
            if page["changes"]:
                after = page["next"]
                await write(request, event(page))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5), self._news:
                    await self._news.wait()
            await self.frozen.wait()

    async def apply(self, request: Request, *, answer_too: bool) -> None:
        """Apply a command at most once; with ``answer_too`` false the outcome is lost on the way."""
        command = request.json()
        known = self.outcomes.get(command["id"])
        if known is not None and known[0] != request.body:
            await problem(422, "this id came with another body")(request)
            return
        if known is None:
            key = (command["target"]["kind"], command["target"]["id"])
            version, _, data = self.entities.get(key, (0, 0, {}))
            base = command["base_version"]
            if base is not None and base != version:
                current = {"kind": key[0], "id": key[1], "version": version, "deleted": False, "data": data}
                await answer(409, {"type": "t", "title": "moved on", "status": 409, "current": current}, PROBLEM)(
                    request
                )
                return
            version = await self.put(*key, data)
            self.applied.append(command)
            outcome = {"id": command["id"], "version": version, "applied_at": now()}
            self.outcomes[command["id"]] = (request.body, outcome)
        outcome = self.outcomes[command["id"]][1] | {"replayed": known is not None}
        if answer_too:
            await answer(200, outcome)(request)


JSON = "application/json"
PROBLEM = "application/problem+json"


def abort(writer: Any) -> None:
    """Reset a connection."""
    getattr(writer, "transport", writer).abort()


async def write(request: Request, data: bytes) -> None:
    request.writer.write(data)
    await request.writer.drain()


def answer(
    status: int, body: object = None, content_type: str = JSON, headers: dict[str, str] | None = None
) -> Behaviour:
    """Answer with ``body`` (bytes as they are, anything else as JSON)."""

    async def behave(request: Request) -> None:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} x", f"Content-Type: {content_type}", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await write(request, ("\r\n".join(lines) + "\r\n\r\n").encode() + data)

    return behave


def problem(status: int, title: str = "no", headers: dict[str, str] | None = None, **more: Any) -> Behaviour:
    return answer(status, {"type": "about:blank", "title": title, "status": status} | more, PROBLEM, headers)


def html(status: int = 200) -> Behaviour:
    return answer(status, b"<html><body>sign in to the network</body></html>", "text/html")


def redirect(to: str) -> Behaviour:
    return answer(302, None, headers={"Location": to})


async def drop(request: Request) -> None:
    """Close the connection without an answer."""
    abort(request.writer)


async def hang(_request: Request) -> None:
    """Never answer."""
    await asyncio.sleep(3600)


def lose_answer(platform: HostilePlatform) -> Behaviour:
    """Apply the command, then break the connection instead of answering."""

    async def behave(request: Request) -> None:
        await platform.apply(request, answer_too=False)
        abort(request.writer)

    return behave


def cut_short(body: bytes, declared: int) -> Behaviour:
    """Declare ``declared`` bytes, send ``body`` and close."""

    async def behave(request: Request) -> None:
        await write(request, f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: {declared}\r\n\r\n".encode())
        await write(request, body)
        request.writer.close()

    return behave


def drip(every: float) -> Behaviour:
    """Send one byte at intervals, without end."""

    async def behave(request: Request) -> None:
        await write(request, f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: 100000\r\n\r\n".encode())
        while True:
            await write(request, b" ")
            await asyncio.sleep(every)

    return behave


async def start_stream(request: Request) -> None:
    await write(request, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: hello\n\n")


def event(page: dict[str, Any]) -> bytes:
    return f"event: changes\nid: {page['next']}\ndata: {json.dumps(page)}\n\n".encode()


def stream_of(*pieces: bytes, then_hang: bool = False) -> Behaviour:
    """Return a behaviour that answers with a stream of exactly this."""

    async def behave(request: Request) -> None:
        await start_stream(request)
        for piece in pieces:
            await write(request, piece)
        if then_hang:
            await asyncio.sleep(3600)
        request.writer.close()

    return behave


def a_queue(**fields: Any) -> dict[str, Any]:
    """Return the JSON of a queue with these ``fields``, valid or not."""
    return as_sent(Entities(utc_now()).queue(), **fields)

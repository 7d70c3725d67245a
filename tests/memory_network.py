"""A network in memory: HTTP byte for byte, without sockets, so that it can be used on virtual time.

Everything of httpx and httpcore is as on a real network; only connections lead to a coroutine of this process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import httpcore
import httpx

#: What serves a connection.
Serve = Callable[[asyncio.StreamReader, "Writer"], Awaitable[None]]


class Writer(Protocol):
    """The part of ``asyncio.StreamWriter`` that a server uses."""

    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...
    def is_closing(self) -> bool: ...
    def abort(self) -> None: ...


class _Connection(httpcore.AsyncNetworkStream):
    """Both ends of a connection: what the client reads and writes, and, as ``server``, what its peer does."""

    def __init__(self) -> None:
        self.to_client = asyncio.StreamReader()
        self.to_server = asyncio.StreamReader(limit=1 << 20)
        self.closed = False
        self.reset = False

    # -- the client's end

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                return await self.to_client.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except ConnectionError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await asyncio.sleep(0)
        if self.reset:
            raise httpcore.WriteError("connection reset")
        if not self.closed:
            self.to_server.feed_data(buffer)

    async def aclose(self) -> None:
        self.end()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self.to_client.at_eof() or self.reset or self.closed
        return None

    def end(self) -> None:
        """Close the connection; what was sent before can still be read."""
        if not self.closed:
            self.closed = True
            self.to_client.feed_eof()
            self.to_server.feed_eof()

    def abort(self) -> None:
        """Break the connection; what was sent and not read is lost."""
        self.reset = self.closed = True
        for reader in (self.to_client, self.to_server):
            reader.set_exception(ConnectionResetError("connection reset"))


class _ServersEnd:
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        if not self._connection.closed:
            self._connection.to_client.feed_data(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)
        if self._connection.closed:
            raise ConnectionResetError("connection reset")

    def close(self) -> None:
        self._connection.end()

    def is_closing(self) -> bool:
        return self._connection.closed

    def abort(self) -> None:
        self._connection.abort()


class MemoryNetwork(httpcore.AsyncNetworkBackend):
    """Servers by port; connections to any other port are refused."""

    def __init__(self) -> None:
        self._servers: dict[int, Serve] = {}
        self._serving: set[asyncio.Future[None]] = set()

    def listen(self, serve: Serve, port: int = 0) -> int:
        """Serve connections to ``port`` (0: to a free one); return the port."""
        port = port or 1 + max(self._servers, default=9000)
        self._servers[port] = serve
        return port

    def leave(self, port: int) -> None:
        """Refuse connections to ``port`` from now on."""
        self._servers.pop(port, None)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Return a transport for httpx that connects to these servers."""
        transport = httpx.AsyncHTTPTransport(verify=False)
        # httpx has no way to name the network that its pool connects by; httpcore has.
        transport._pool = httpcore.AsyncConnectionPool(
            max_connections=24, max_keepalive_connections=12, keepalive_expiry=30, network_backend=self
        )
        return transport

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        await self.sleep(0)
        if (serve := self._servers.get(port)) is None:
            raise httpcore.ConnectError("connection refused")
        connection = _Connection()
        serving = asyncio.ensure_future(serve(connection.to_server, _ServersEnd(connection)))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        return connection

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

"""The platform in this process, behind a gate: each request waits there, and so does each answer, until told."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from sqlalchemy import text

from floorctl.simulator.clock import SimClock
from floorctl.simulator.http.app import Platform
from floorctl.simulator.store.store import Store
from floorctl.sync.platform.client import Client

URL = "http://platform.localhost"


class Exchange:
    """A request on its way, and its answer once the platform has handled it."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.response: httpx.Response | None = None
        self.end: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()

    @property
    def is_command(self) -> bool:
        return self.request.method == "POST"


class Gate(httpx.AsyncBaseTransport):
    """Holds each request and each answer between a terminal and the platform's code until the test passes it on.

    Belongs to one event loop.
    """

    def __init__(self, data: Path, clock: SimClock) -> None:
        self._data = data
        self._clock = clock
        self._backup = data.with_suffix(".backup")
        self.open: list[Exchange] = []

    async def start(self) -> None:
        self.store = Store(self._data, clock=self._clock)
        self.platform = Platform(self.store)
        await self.platform.feed.open()
        self._app = httpx.ASGITransport(self.platform.app)

    def stop(self) -> None:
        self.platform.close()
        self.store.close()

    def client(self, token: str) -> Client:
        """A terminal's client, whose requests come to this gate."""
        return _Gated(self, token)

    # what can happen to a request

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        exchange = Exchange(request)
        self.open.append(exchange)
        try:
            return await exchange.end
        finally:
            self.open.remove(exchange)

    async def arrive(self, exchange: Exchange) -> None:
        """Have the platform handle the request; its answer is then held here."""
        response = await self._app.handle_async_request(exchange.request)
        body = await response.aread()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"transfer-encoding"]
        exchange.response = httpx.Response(response.status_code, headers=headers, content=body)

    def answer(self, exchange: Exchange) -> None:
        assert exchange.response is not None
        exchange.end.set_result(exchange.response)

    def lose(self, exchange: Exchange) -> None:
        """Break the connection, before the platform handled the request or after."""
        exchange.end.set_exception(httpx.ReadError("gone", request=exchange.request))

    def refuse(self, exchange: Exchange, status: int) -> None:
        """Answer with ``status``, as a proxy before the platform would."""
        exchange.end.set_result(httpx.Response(status))

    # what can happen to the platform

    def expire(self) -> None:
        """Make all earlier cursors invalid."""
        with self.store.transaction() as changing:
            changing.execute(text("UPDATE setting SET value = :new WHERE name = 'epoch'"), {"new": b'"another"'})
        self.store.epoch = f"{self.store.epoch}x"

    def back_up(self) -> None:
        with closing(sqlite3.connect(self._data)) as source, closing(sqlite3.connect(self._backup)) as copy:
            source.backup(copy)

    @property
    def backed_up(self) -> bool:
        return self._backup.exists()

    async def restore(self) -> None:
        """Start again from the backup; requests that are held are lost."""
        self.stop()
        for ending in ("", "-wal", "-shm"):
            self._data.with_name(self._data.name + ending).unlink(missing_ok=True)
        with closing(sqlite3.connect(self._backup)) as source, closing(sqlite3.connect(self._data)) as copy:
            source.backup(copy)
        await self.start()

    def records(self) -> dict[str, int]:
        """Return the ids of the commands that the platform applied, with their place in its records."""
        with closing(sqlite3.connect(self._data)) as db:
            return dict(db.execute("SELECT id, rowid FROM command").fetchall())


class _Gated(Client):
    def __init__(self, gate: Gate, token: str) -> None:
        self._gate = gate
        super().__init__(URL, token=token)

    def _pool(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._gate)

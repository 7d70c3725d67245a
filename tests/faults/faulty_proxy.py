"""A TCP proxy between a terminal and its platform, in a thread, that fails as networks do."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True)
class Behaviour:
    """How the proxy fails.

    ``refuses`` connections; ``loses`` this share of the requests; ``cuts`` an answer after so many bytes;
    ``cuts_commands`` loses the answer to a command, after the platform has applied it; ``mute`` passes nothing on and
    leaves connections open; ``drips`` passes on four bytes a second of every answer; ``latency`` in seconds, each way.
    """

    refuses: bool = False
    loses: float = 0.0
    cuts: int | None = None
    cuts_commands: bool = False
    mute: bool = False
    drips: bool = False
    latency: float = 0.0


NO_FAULTS = Behaviour()


@dataclass
class FaultyProxy:
    """Listens on ``port`` of the loopback and passes on to the port ``to``; ``behaviour`` may change at any time."""

    to: int
    port: int = 0
    behaviour: Behaviour = NO_FAULTS
    connections: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(5))
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def change(self, **behaviour: Any) -> None:
        """Change the behaviour, of open connections too; what is left out is without fault."""
        self._call(self._change(replace(NO_FAULTS, **behaviour)))

    def reset_connections(self) -> None:
        """Reset all open connections."""
        self._call(self._reset())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        await self._reset()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _change(self, behaviour: Behaviour) -> None:
        if behaviour.refuses and not self.behaviour.refuses:
            self._server.close()
            await self._reset()
        elif self.behaviour.refuses and not behaviour.refuses:
            await self._listen()
        self.behaviour = behaviour

    async def _reset(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._writers |= ends
        doomed = asyncio.Event()
        ways = [
            asyncio.create_task(self._there(reader, far_writer, doomed)),
            asyncio.create_task(self._back(far_reader, writer, doomed)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _there(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter, doomed: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._wait()
                if self._chance.random() < self.behaviour.loses:
                    if self._chance.random() < 0.5:
                        return  # lost on the way there
                    doomed.set()  # the platform hears it, and its answer is lost
                if self.behaviour.cuts_commands and data.startswith(b"POST /v1/commands"):
                    doomed.set()
                far.write(data)
                await far.drain()

    async def _back(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter, doomed: asyncio.Event) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := await far.read(65536):
                await self._wait()
                if doomed.is_set():
                    return
                if self.behaviour.cuts is not None and passed + len(data) > self.behaviour.cuts:
                    writer.write(data[: max(0, self.behaviour.cuts - passed)])
                    await writer.drain()
                    return
                passed += len(data)
                if self._drips():
                    for at in range(len(data)):
                        if not self._drips():
                            writer.write(data[at:])
                            break
                        writer.write(data[at : at + 1])
                        await writer.drain()
                        await asyncio.sleep(0.25)
                else:
                    writer.write(data)
                await writer.drain()

    def _drips(self) -> bool:
        return self.behaviour.drips

    async def _wait(self) -> None:
        await asyncio.sleep(self.behaviour.latency)
        while self.behaviour.mute:
            await asyncio.sleep(0.02)

"""Serving an app on a socket until it is stopped, which takes a second at most."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from floorctl.errors import FloorctlError

_KEEP_ALIVE, _GRACE = 75, 1
_BACKLOG = 2048
#: Connections that a worker accepts at a time: if it took all that wait, the first worker would get every terminal.
_TAKEN_AT_A_TIME = 1


#: Seconds in which the event loop makes connections of what it has accepted; it needs three rounds.
_BEING_ACCEPTED = 0.02


class Line:
    """The line between the platform and its terminals, for practice: ``cut`` and ``mend`` it as often as one likes.

    Both may be called from any thread, also before the platform serves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cut = False
        self._on_change: Callable[[], object] = lambda: None

    @property
    def is_cut(self) -> bool:
        """Whether the line is to be cut; the platform does it a moment later."""
        return self._is_cut

    def cut(self) -> None:
        """Close every connection and refuse new ones; what runs on the platform goes on."""
        self._set(True)

    def mend(self) -> None:
        """Serve again on the same port."""
        self._set(False)

    def _set(self, is_cut: bool) -> None:
        with self._lock:
            self._is_cut = is_cut
            self._on_change()

    @contextlib.contextmanager
    def followed_by(self, on_change: Callable[[], object]) -> Iterator[None]:
        """Call ``on_change`` at each cut and mend, from their threads, and once at the beginning."""
        with self._lock:
            self._on_change = on_change
            on_change()
        try:
            yield
        finally:
            with self._lock:
                self._on_change = lambda: None


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        #: Set when it has begun to listen for the first time.
        self.listens = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the caller; uvicorn would raise them again at the end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and restore the backlog for connections that come while every worker is busy."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(_BACKLOG)
        self.listens.set()

    async def stop_accepting(self) -> None:
        """Accept no more; return when what was being accepted is a connection, which ``drop_connections`` closes.

        A server that is closed while it accepts one leaves that one open, and its client waiting for ever.
        """
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listening in server.sockets:
                loop.remove_reader(listening.fileno())
        await asyncio.sleep(_BEING_ACCEPTED)

    def close_listeners(self) -> None:
        """Close the sockets on which connections were accepted; those that wait to be accepted are refused."""
        for server in self.servers:
            server.close()

    def drop_connections(self) -> None:
        """Close all connections at once, whatever they are in the middle of."""
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port`` (0: any free one).

    Raises:
        FloorctlError: it is taken, or not this machine's.

    """
    listening = _reserve(host, port)
    listening.listen(_BACKLOG)
    return listening


def _reserve(host: str, port: int) -> socket.socket:
    """Return a socket that has the port without listening on it: connections to it are refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only if the protocol is named: without, every answer waits 40 ms for the other
    # side to acknowledge its head.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise FloorctlError("error.platform_port_unusable", host=host, port=port, reason=reason) from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address of ``listening`` as a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve_until(
    app: Starlette,
    listening: socket.socket,
    stop: asyncio.Event,
    *,
    shared: bool = False,
    line: Line | None = None,
) -> None:
    """Serve ``app`` until ``stop`` is set; the caller ends the app's waiting requests by then.

    ``shared``: other processes serve on the same socket, which cannot be cut then. ``line``: what cuts it.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        backlog=_TAKEN_AT_A_TIME if shared else _BACKLOG,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config)

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    beside = [asyncio.create_task(end())]
    if line is not None and not shared:
        beside.append(asyncio.create_task(_follow(line, server, listening)))
    try:
        await server.serve(sockets=[listening])
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        listening.close()


async def _follow(line: Line, server: _Server, listening: socket.socket) -> None:
    """Cut and mend ``server`` as ``line`` says, until cancelled. While it is cut, its port stays taken."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    host, port = listening.getsockname()[:2]
    await server.listens.wait()
    reserved: socket.socket | None = None
    try:
        with line.followed_by(lambda: loop.call_soon_threadsafe(changed.set)):
            while True:
                await changed.wait()
                changed.clear()
                if line.is_cut and reserved is None:
                    await server.stop_accepting()
                    server.close_listeners()
                    reserved = _reserve(host, port)
                    server.drop_connections()
                elif not line.is_cut and reserved is not None:
                    # The server owns the socket from here on: the next cut, or the end, closes it.
                    await server.startup([reserved])
                    reserved = None
    finally:
        if reserved is not None:
            reserved.close()


@contextlib.contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set ``stop``; does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)

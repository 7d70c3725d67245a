"""Serving an app on a socket until it is stopped, which takes a second at most."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from floorctl.errors import FloorctlError

_KEEP_ALIVE, _GRACE = 75, 1
_BACKLOG = 2048
#: Connections that a worker accepts at a time: if it took all that wait, the first worker would get every terminal.
_TAKEN_AT_A_TIME = 1


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the caller; uvicorn would raise them again at the end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and restore the backlog for connections that come while every worker is busy."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(_BACKLOG)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port`` (0: any free one).

    Raises:
        FloorctlError: it is taken, or not this machine's.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only if the protocol is named: without, every answer waits 40 ms for the other
    # side to acknowledge its head.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise FloorctlError("error.platform_port_unusable", host=host, port=port, reason=reason) from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address of ``listening`` as a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve_until(app: Starlette, listening: socket.socket, stop: asyncio.Event, *, shared: bool = False) -> None:
    """Serve ``app`` until ``stop`` is set; the caller ends the app's waiting requests by then.

    ``shared``: other processes serve on the same socket.
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

    ending = asyncio.create_task(end())
    try:
        await server.serve(sockets=[listening])
    finally:
        ending.cancel()
        listening.close()


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

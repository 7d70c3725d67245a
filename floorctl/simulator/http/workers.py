"""Further processes that serve the same platform on the same socket, restarted when one ends."""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

#: Seconds between two checks that all are running; to start in; to end in before a process is killed.
_CHECK_SECONDS, _START_SECONDS, _END_SECONDS = 1.0, 60.0, 3.0

_log = logging.getLogger(__name__)

#: The function that a worker runs until it ends: receives the socket, and a function to call once it serves. It must be
#: importable.
Work = Callable[[socket.socket, Callable[[], None]], None]


class Workers:
    """``number`` processes that run ``work``; they end with this one, however it ends. For one event loop."""

    def __init__(self, number: int, work: Work, listening: socket.socket) -> None:
        self._work = work
        self._listening = listening
        # Spawned, not forked: this process has threads, and a database that must not be shared.
        self._context = multiprocessing.get_context("spawn")
        self._number = number
        self._processes: list[SpawnProcess] = []
        self._restarting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start them all, and return once they serve. One that does not in time is not waited for."""
        started = [self._start_process() for _ in range(self._number)]
        self._processes = [process for process, _ in started]
        await asyncio.gather(*(asyncio.to_thread(_wait_until_serving, receiver) for _, receiver in started))
        self._restarting = asyncio.create_task(self._restart_ended())

    async def stop(self) -> None:
        """End them all, and wait until they have ended."""
        if self._restarting is not None:
            self._restarting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._restarting
        for process in self._processes:
            process.terminate()
        await asyncio.gather(*(asyncio.to_thread(_wait_for_end, process) for process in self._processes))

    async def _restart_ended(self) -> None:
        while self._listening.fileno() >= 0:  # closed: all are about to end
            await asyncio.sleep(_CHECK_SECONDS)
            for at, process in enumerate(self._processes):
                if not process.is_alive():
                    _log.warning("worker %d ended with %s; another one is started", process.pid, process.exitcode)
                    self._processes[at], receiver = self._start_process()
                    receiver.close()

    def _start_process(self) -> tuple[SpawnProcess, Connection]:
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_main, args=(self._work, self._listening, sender), daemon=True)
        process.start()
        sender.close()
        return process, receiver


def _wait_until_serving(receiver: Connection) -> None:
    with receiver, contextlib.suppress(EOFError):
        if receiver.poll(_START_SECONDS):
            receiver.recv()


def _wait_for_end(process: SpawnProcess) -> None:
    process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()


def _main(work: Work, listening: socket.socket, sender: Connection) -> None:
    """Run ``work`` in a worker process."""
    # Ctrl-C is sent to every process of the terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="platform-parent", daemon=True).start()

    def serves() -> None:
        with contextlib.suppress(OSError):  # the parent may have stopped waiting
            sender.send(True)
        sender.close()

    work(listening, serves)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)

"""A process that takes part in syncing a data folder, and says on standard output what it hears."""

import asyncio
import sys
import threading
from pathlib import Path

from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.process.owner import Hub
from floorctl.sync.process.thread import EngineThread


class StubEngine:
    """Has an engine's interface and syncs nothing: reports that it is live, and when it was poked."""

    def __init__(self, followers: Hub | None) -> None:
        assert followers is not None
        self._followers = followers

    async def run(self) -> None:
        print("owns", flush=True)
        while True:
            status = ConnectionStatus(mode="live")
            self._followers.connection_status(status)
            await asyncio.to_thread(print_status, status)
            await asyncio.sleep(0.2)

    def poke(self) -> None:
        self._followers.changed({"outbox": {"poked"}})
        print_changed(Batch({"outbox": {"poked"}}))


def print_status(status: ConnectionStatus) -> None:
    print(status.mode, flush=True)


def print_changed(batch: Batch) -> None:
    print(f"changed {sorted(batch.ids)}", flush=True)


def main(folder: str) -> None:
    done = threading.Event()
    thread = EngineThread(
        Path(folder),
        StubEngine,
        on_changed=print_changed,
        on_missed=lambda: print("missed", flush=True),
        on_connection_status=print_status,
    )
    thread.start()
    for line in sys.stdin:
        if line.strip() == "poke":
            thread.poke()
    done.set()
    thread.stop()


if __name__ == "__main__":
    main(sys.argv[1])

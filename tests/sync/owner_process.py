"""A process that takes part in syncing a data folder, and says on standard output what it hears."""

import asyncio
import sys
import threading
from pathlib import Path

from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.process.thread import EngineThread, OnChanged, OnConnectionStatus


class Beacon:
    """Syncs nothing, but does it as an engine does: says that it is live, passes on that it was poked."""

    def __init__(self, changed: OnChanged, status: OnConnectionStatus) -> None:
        self._changed = changed
        self._status = status

    async def run(self) -> None:
        print("owns", flush=True)
        while True:
            await asyncio.to_thread(self._status, ConnectionStatus(mode="live"))
            await asyncio.sleep(0.2)

    def poke(self) -> None:
        self._changed({"outbox": {"poked"}})


def main(folder: str) -> None:
    done = threading.Event()
    thread = EngineThread(
        Path(folder),
        lambda changed, _missed, status: Beacon(changed, status),
        on_changed=lambda changed: print(f"changed {sorted(changed)}", flush=True),
        on_missed=lambda: print("missed", flush=True),
        on_connection_status=lambda status: print(status.mode, flush=True),
    )
    thread.start()
    for line in sys.stdin:
        if line.strip() == "poke":
            thread.poke()
    done.set()
    thread.stop()


if __name__ == "__main__":
    main(sys.argv[1])

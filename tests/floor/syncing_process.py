"""A process that keeps a data folder in sync as a cockpit does, until its standard input ends."""

import sys
import threading
from pathlib import Path

from floorctl.config import load
from floorctl.floor.terminal import open_terminal
from tests.waiting import HURRIED


def main(config: str) -> None:
    live = threading.Event()
    floor = open_terminal(load(Path(config)))
    floor.events.subscribe(lambda _: live.set() if floor.status.connection().mode == "live" else None)
    floor.live.start(pace=HURRIED)
    live.wait()
    print("live", flush=True)
    sys.stdin.read()
    floor.close()


if __name__ == "__main__":
    main(sys.argv[1])

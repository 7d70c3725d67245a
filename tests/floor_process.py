"""A process that keeps a data folder in sync as a cockpit does, until its standard input ends."""

import sys
import threading
from pathlib import Path

from floorctl.config import load
from floorctl.floor.floor import Floor
from tests.conftest import HURRIED


def main(config: str) -> None:
    live = threading.Event()
    floor = Floor.open(load(Path(config)))
    floor.subscribe(lambda _: live.set() if floor.connection_status().mode == "live" else None)
    floor.start(pace=HURRIED)
    live.wait()
    print("live", flush=True)
    sys.stdin.read()
    floor.close()


if __name__ == "__main__":
    main(sys.argv[1])

"""A process that keeps a data folder in sync as a cockpit does, until its standard input ends."""

import sys
from pathlib import Path

from floorctl.config import load
from floorctl.floor import Floor


def main(config: str) -> None:
    floor = Floor.open(load(Path(config)))
    floor.start()
    print("started", flush=True)
    sys.stdin.read()
    floor.close()


if __name__ == "__main__":
    main(sys.argv[1])

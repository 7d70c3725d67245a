"""Terminals that act and sync on one data folder until they are killed: ``python -m tests.faults.acting CONFIG SEED``.

The process itself only forks and kills. On standard input come lines with a number: so many more deaths by ``kill -9``,
each at a moment of its own, and it answers with a line of JSON: how many there were and what was promised meanwhile,
the ids of commands of which the act had returned. It ends with its standard input, and its terminals with it.
"""

import contextlib
import json
import math
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random

# All that a terminal needs is imported here, once: then a life of a tenth of a second is spent in its work.
import floorctl.floor.live
import floorctl.rules.commands.apply
import floorctl.sync.platform.client
import floorctl.sync.platform.stream  # noqa: F401
from floorctl.config import load
from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter

#: Terminals at a time on the folder: one syncs, the other acts beside it and takes over.
_TERMINALS = 2
#: Entities that are acted on: few, so that each has a long row of commands.
_ORDERS, _SEATS = 24, 6
_QUEUES = (("q-12345",), ("q-12333", "q-12345"), ("q-12320",), ("q-12320", "q-12333"))


class Acting:
    """One terminal, acting at random for as long as it lives."""

    def __init__(self, floor: Floor, chance: Random) -> None:
        self._floor = floor
        self._chance = chance
        self._life = f"{os.getpid()}-{chance.random():.6f}"
        self._n = 0

    def once(self) -> list[str]:
        """Do one thing; ids of the commands that were promised to be kept."""
        self._n += 1
        chance = self._chance.random()
        if chance < 0.05:
            return self._decide()
        if chance < 0.65:
            note = f"{self._life}-{self._n}"
            return [self._floor.orders.urge(self._order(), 1 + self._n % 3, note, confirmed=True).id]
        if chance < 0.80:
            return [self._floor.orders.mark_problem(self._order(), f"{self._life}-{self._n}").id]
        seats = [view.id for view in self._floor.seats.all() if view.seat.state == "signed_out"][:_SEATS]
        return (
            [self._floor.seats.set_skills(self._chance.choice(seats), self._chance.choice(_QUEUES)).id] if seats else []
        )

    def _order(self) -> str:
        found = self._floor.orders.page(
            OrderFilter(state=("accepted", "dispatched")), sort="number", limit=_ORDERS
        ).items
        if not found:  # the first page has not come yet
            raise NotFoundError("error.no_such_order", id="")
        return self._chance.choice(found).id

    def _decide(self) -> list[str]:
        """Somebody decides what was refused: the order was handled in the meantime."""
        for item in self._floor.outbox.items(["refused", "conflict"], limit=5):
            with contextlib.suppress(RefusedError, NotFoundError):  # the other terminal was quicker
                self._floor.desk.drop(item.id, "已办结")
        return []


def live(config: Path, seed: int, promises: int) -> None:
    """Be a terminal until killed; whatever ends it otherwise is a failure."""
    chance = Random(seed)
    floor = open_terminal(load(config))
    acting = Acting(floor, chance)
    floor.live.start(watch=chance.random() < 0.2)
    while True:
        try:
            promised = acting.once()
        except (RefusedError, NotFoundError):
            promised = []
        for each in promised:
            os.write(promises, f"{each}\n".encode())
        time.sleep(chance.expovariate(1 / 0.08))


@dataclass
class Life:
    """A terminal's process: how many promises it lives for and how long after them, and what it has promised so far.

    It is told by what it does, not by the clock alone: on a busy machine every life would end before it acted.
    """

    pid: int
    promises: int
    acts: int
    after: float
    said: bytes = b""
    ends: float = math.inf

    def look(self) -> None:
        """Take in what it has promised since, and settle when it dies."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.promises, 65536):
                self.said += part
        if self.ends == math.inf and self.said.count(b"\n") >= self.acts:
            self.ends = time.monotonic() + self.after

    @property
    def gone(self) -> bool:
        """Whether it has ended by itself, which none ought to."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def begin(config: Path, chance: Random) -> Life:
    """Fork a terminal. Lives are of all lengths: some end while the files are being opened, some in full work."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    seed = chance.getrandbits(32)
    acts, after = chance.choice(
        ((0, chance.uniform(0, 0.2)), (1, chance.uniform(0, 0.3)), (chance.randint(2, 20), 0.05))
    )
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            live(config, seed, writing)
        except BaseException:
            traceback.print_exc()
        os._exit(70)
    os.close(writing)
    return Life(pid, reading, acts, after * chance.random())


def end(life: Life) -> tuple[bool, list[str]]:
    """kill -9; whether that was what ended it, and what it had promised."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(life.pid, signal.SIGKILL)
    _, status = os.waitpid(life.pid, 0)
    life.look()
    os.close(life.promises)
    *whole, _torn = life.said.decode().split("\n")
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, whole


def main(config: Path, seed: int) -> None:
    """Kill as often as is asked for."""
    chance = Random(seed)
    lives: list[Life] = []
    for line in sys.stdin:
        killed, failed, promised = 0, 0, []
        while killed + failed < int(line):
            while len(lives) < _TERMINALS:
                lives.append(begin(config, chance))
            time.sleep(0.002)
            for life in list(lives):
                life.look()
                if time.monotonic() >= life.ends or life.gone:
                    lives.remove(life)
                    was_killed, ids = end(life)
                    killed, failed = killed + was_killed, failed + (not was_killed)
                    promised += ids
        print(json.dumps({"killed": killed, "failed": failed, "promised": promised}), flush=True)
    for life in lives:
        end(life)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

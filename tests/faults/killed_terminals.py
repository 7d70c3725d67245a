"""Forks terminals that act and sync on one data folder, and kills them: ``… killed_terminals CONFIG SEED``.

The process itself only forks and kills. Each line on standard input is a number of terminals to kill with ``kill -9``,
each at a random moment. It answers with a line of JSON: how many were killed, how many ended by themselves, and the ids
of the commands whose act had returned meanwhile (``promised``). At the end of its standard input it kills the rest.
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

# All that a terminal needs is imported here, once: then a process that lives a tenth of a second spends it on its work.
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


class RandomActor:
    """Acts at random at one terminal."""

    def __init__(self, floor: Floor, chance: Random) -> None:
        self._floor = floor
        self._chance = chance
        self._name = f"{os.getpid()}-{chance.random():.6f}"
        self._n = 0

    def act_once(self) -> list[str]:
        """Do one thing; return the ids of the commands that the program has promised to keep."""
        self._n += 1
        chance = self._chance.random()
        if chance < 0.05:
            return self._decide()
        if chance < 0.65:
            note = f"{self._name}-{self._n}"
            return [self._floor.orders.urge(self._order(), 1 + self._n % 3, note, confirmed=True).id]
        if chance < 0.80:
            return [self._floor.orders.mark_problem(self._order(), f"{self._name}-{self._n}").id]
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
        """Drop what was refused because the order was handled in the meantime."""
        for item in self._floor.outbox.items(["refused", "conflict"], limit=5):
            with contextlib.suppress(RefusedError, NotFoundError):  # the other terminal was quicker
                self._floor.desk.drop(item.id, "已办结")
        return []


def run_terminal(config: Path, seed: int, promises: int) -> None:
    """Run a terminal until it is killed, writing the ids that it promises to ``promises``."""
    chance = Random(seed)
    floor = open_terminal(load(config))
    actor = RandomActor(floor, chance)
    floor.live.start(watch=chance.random() < 0.2)
    while True:
        try:
            promised = actor.act_once()
        except (RefusedError, NotFoundError):
            promised = []
        for each in promised:
            os.write(promises, f"{each}\n".encode())
        time.sleep(chance.expovariate(1 / 0.08))


@dataclass
class TerminalProcess:
    """A forked terminal. It is killed ``after`` seconds after it has promised ``acts`` commands.

    Counting acts and not only seconds lets processes act before they are killed on a busy machine too. ``promises`` is
    the descriptor from which ``output`` is read, ``ends`` the time at which it is to be killed.
    """

    pid: int
    promises: int
    acts: int
    after: float
    output: bytes = b""
    ends: float = math.inf

    def read_output(self) -> None:
        """Read what it has promised since, and set the time at which it is killed."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.promises, 65536):
                self.output += part
        if self.ends == math.inf and self.output.count(b"\n") >= self.acts:
            self.ends = time.monotonic() + self.after

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself, which is a failure."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def fork_terminal(config: Path, chance: Random) -> TerminalProcess:
    """Fork a terminal. Some are killed while the files are being opened, some in full work."""
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
            run_terminal(config, seed, writing)
        except BaseException:
            traceback.print_exc()
        os._exit(70)
    os.close(writing)
    return TerminalProcess(pid, reading, acts, after * chance.random())


def kill(process: TerminalProcess) -> tuple[bool, list[str]]:
    """Kill it; return whether that was what ended it, and what it had promised."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    _, status = os.waitpid(process.pid, 0)
    process.read_output()
    os.close(process.promises)
    *whole, _torn = process.output.decode().split("\n")
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, whole


def main(config: Path, seed: int) -> None:
    """Kill as many terminals as standard input asks for."""
    chance = Random(seed)
    processes: list[TerminalProcess] = []
    for line in sys.stdin:
        killed, failed, promised = 0, 0, []
        while killed + failed < int(line):
            while len(processes) < _TERMINALS:
                processes.append(fork_terminal(config, chance))
            time.sleep(0.002)
            for process in list(processes):
                process.read_output()
                if time.monotonic() >= process.ends or process.has_ended:
                    processes.remove(process)
                    was_killed, ids = kill(process)
                    killed, failed = killed + was_killed, failed + (not was_killed)
                    promised += ids
        print(json.dumps({"killed": killed, "failed": failed, "promised": promised}), flush=True)
    for process in processes:
        kill(process)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""What was needed once does not stay with a program that is open for weeks."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from floorctl.config import Config, Terminal
from floorctl.floor.terminal import open_terminal
from floorctl.sync.pace import Pace

_TAKES_AND_LEAVES = """
import threading
from pathlib import Path
from floorctl.process.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

def take():
    held = [bytes(2000) for _ in range(30_000)]
    kept.append(bytes(2000))  # what lies behind keeps the heap from shrinking by itself
    del held

kept = []
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
before = resident()
print(give_back(), before, resident())
"""


def test_memory_that_came_free_in_threads_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", _TAKES_AND_LEAVES], capture_output=True, text=True, check=True)
    asked, before, after = done.stdout.split()
    if asked == "True":
        assert float(after) < float(before) - 20


def test_a_floor_that_is_open_for_long_does_so_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Event()
    monkeypatch.setattr("floorctl.floor.live.give_back", given.set)
    monkeypatch.setattr("floorctl.floor.live.settle", lambda: None)  # for this process, nothing is to stay
    floor = open_terminal(Config(terminal=Terminal(data_dir=str(tmp_path / "data"), key="file")))
    floor.live.start(pace=Pace(release_memory_every=0.0))
    try:
        assert given.wait(15)
    finally:
        floor.close()


_CYCLES = """
import gc
from floorctl.process import memory

memory.collect_as_starting()
collected = 0

def count(phase, info):
    global collected
    collected += info["collected"] if phase == "stop" else 0

gc.callbacks.insert(0, count)  # before the one that removes itself
starting = gc.get_threshold()[0]
for _ in range(3 * starting):
    cycle = []
    cycle.append(cycle)
    if len(gc.callbacks) == 1:
        break
print(starting, collected, gc.get_threshold()[0])
"""


def test_a_command_that_allocates_much_collects_garbage_like_a_program_that_stays_open() -> None:
    done = subprocess.run([sys.executable, "-c", _CYCLES], capture_output=True, text=True, check=True)
    starting, collected, running = map(int, done.stdout.split())
    assert collected >= starting * 0.9
    assert running < starting / 10

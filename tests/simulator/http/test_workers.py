"""One platform served by several processes on one port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from floorctl.errors import Exit
from tests import loopback
from tests.platforms import PlatformProcess
from tests.scope import one_in
from tests.simulator.running import Postgres, read_all
from tests.waiting import wait_until

WORKERS = 3


@contextmanager
def _started(postgres: Postgres, database: str) -> Iterator[PlatformProcess]:
    postgres.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")  # a second try begins anew
    postgres.execute(f"CREATE DATABASE {database}")
    options = ("--workers", str(WORKERS), "--seats", "14", "--orders", "50", "--at", "10:30")
    started = PlatformProcess(postgres.url(database), *options, forked=True)
    started.start(seconds=60)
    try:
        yield started
    finally:
        started.kill()


@pytest.fixture(scope="module")
def process(postgres: Postgres) -> Iterator[PlatformProcess]:
    with _started(postgres, "workers") as started:
        yield started


def _children(process: PlatformProcess) -> list[int]:
    """The workers beside the first one."""
    pid = process.pid
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in told if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def _sockets(pid: int) -> int:
    return sum(str(each.readlink()).startswith("socket:") for each in Path(f"/proc/{pid}/fd").iterdir())


def test_terminals_that_come_at_once_are_spread_over_all_of_them(process: PlatformProcess) -> None:
    token = process.token()
    everyone = [process.pid, *_children(process)]
    assert len(everyone) == WORKERS
    before = [_sockets(pid) for pid in everyone]
    with ExitStack() as open_ones:
        for _ in range(40):
            client = open_ones.enter_context(loopback.client(process.url, token))
            answer = open_ones.enter_context(client.stream("GET", "/v1/changes/stream"))
            assert answer.status_code == 200
        more = [_sockets(pid) - held for pid, held in zip(everyone, before, strict=True)]
    # A few of a worker's sockets are its connections to the database.
    assert sum(more) >= 40
    assert min(more) >= 3


def test_a_worker_that_is_killed_is_replaced_and_nobody_is_turned_away_for_long(process: PlatformProcess) -> None:
    token = process.token()
    before = _children(process)
    with loopback.client(process.url, token) as client:
        _, cursor = read_all(client, kinds="person")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    with loopback.client(process.url, token) as client:
        assert read_all(client, cursor, kinds="person")[0] == []
    wait_until(lambda: len(_children(process)) == WORKERS - 1 and not {*before} & {*_children(process)}, seconds=20)


@pytest.mark.parametrize("number", one_in(2, [signal.SIGKILL, signal.SIGTERM]))
def test_all_of_them_end_with_the_first(postgres: Postgres, number: int) -> None:
    with _started(postgres, f"ended_by_{int(number)}") as process:
        children = _children(process)
        process.stop() if number == signal.SIGTERM else process.kill()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), seconds=20)
        assert "Traceback" not in "".join(process.output)


def test_several_of_them_on_one_file_are_a_mistake_that_is_told(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "floorctl", "platform", "serve", "--workers", "2", "--port", "0"]
    done = subprocess.run([*argv, "--data", str(tmp_path / "floor.db")], capture_output=True, text=True, timeout=30)
    assert done.returncode == Exit.USAGE
    assert "PostgreSQL" in done.stderr
    assert not (tmp_path / "floor.db").exists()

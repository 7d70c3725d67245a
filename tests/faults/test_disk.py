"""A disk that takes no more: nothing is promised that was not kept, and what there was is there."""

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.scope import FULL

pytestmark = pytest.mark.slow

ACTING = """
import os, sys
from pathlib import Path
from floorctl.config import load
from floorctl.errors import FloorctlError
from floorctl.floor.terminal import open_terminal
floor = open_terminal(load(Path(sys.argv[1])))
for n in range(3000):
    try:
        item = floor.orders.urge(sys.argv[2], 1, f"第{n}次", confirmed=True)
    except FloorctlError as error:
        print(error.key, flush=True)
        break
    print(item.id, flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def synced(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal that has synced all data."""
    shell = Shell(tmp_path_factory.mktemp("synced"), platform.url)
    shell.sign_in(platform)
    assert shell("sync", "--once").returncode == 0
    return shell


@pytest.fixture
def shell(platform: PlatformProcess, synced: Shell, tmp_path: Path) -> Shell:
    """A copy of the synced terminal."""
    shell = Shell(tmp_path / "terminal", platform.url)
    shutil.copytree(synced.data, shell.data)
    return shell


def no_larger_than(size: int) -> Callable[[], None]:
    """Return a function that limits files to ``size`` bytes, as a full disk does; needs no right to mount."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def run_on_a_full_disk(shell: Shell, size: int, *argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *argv],
        env=shell.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=no_larger_than(size),
    )


@pytest.mark.parametrize("kib", [40, 100, 300] if FULL else [100])
def test_what_is_promised_while_the_disk_fills_up_is_there_and_the_rest_is_refused(shell: Shell, kib: int) -> None:
    order = shell.json("orders", "--state", "accepted", "--limit", "1")["items"][0]
    ended = run_on_a_full_disk(shell, kib * 1024, "-c", ACTING, str(shell.config), order["id"])
    assert ended.returncode == 0, ended.stderr
    *promised, last = ended.stdout.split()
    assert last == "error.disk_full"
    found = shell.json("outbox", "list", "--limit", "5000")["items"]
    assert {item["id"] for item in found} == set(promised)
    again = shell("urge", order["number"], "--level", "3", "--again")
    assert again.returncode == 0, again.stderr
    assert shell("sync", "--once").returncode == 0
    assert shell.json("status")["outbox"]["waiting"] == 0
    assert shell("doctor").returncode == 0


def test_a_command_on_a_full_disk_says_so_in_one_sentence(shell: Shell) -> None:
    order = shell.json("orders", "--state", "accepted", "--limit", "1")["items"][0]
    ended = run_on_a_full_disk(shell, 20_000, "-m", "floorctl", "urge", order["number"], "--again")
    assert ended.returncode == 1, (ended.stdout, ended.stderr)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 2
    assert shell.json("outbox", "list")["total"] == 0


def test_a_sync_that_finds_no_room_keeps_what_was_held(shell: Shell) -> None:
    before = json.dumps(shell.json("orders", "--limit", "20", "--sort", "number")["items"][0]["number"])
    total = shell.json("orders", "--limit", "1")["total"]
    ended = run_on_a_full_disk(shell, 1 << 20, "-m", "floorctl", "sync", "--once", "--full")
    assert ended.returncode == 1, (ended.stdout, ended.stderr)
    assert "Traceback" not in ended.stderr
    after = shell.json("orders", "--limit", "20", "--sort", "number")
    assert (json.dumps(after["items"][0]["number"]), after["total"]) == (before, total)
    assert shell("sync", "--once", "--full").returncode == 0
    assert shell.json("orders", "--limit", "1")["total"] >= total

"""One process syncs, the others follow, and one of them takes over when it goes, however it goes."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from floorctl.errors import UsageError
from floorctl.sync.process.owner import SyncLock, poke, socket_path
from tests import forking
from tests.waiting import wait_until


class Process:
    """A process that syncs or follows, and what it has printed so far."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        asked, ask = os.pipe()
        hear, said = os.pipe()
        with (folder.parent / "errors").open("ab") as errors:
            self._process = forking.start("tests.sync.owner_process", str(folder), files=(asked, said, errors.fileno()))
        os.close(asked)
        os.close(said)
        self._asks, self._hears = os.fdopen(ask, "w"), os.fdopen(hear)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._hears:
            self.said.append(line.strip())

    @property
    def owns(self) -> bool:
        return "owns" in self.said

    @property
    def mode(self) -> str:
        return next((word for word in reversed(self.said) if word in ("live", "offline")), "")

    def poke(self) -> None:
        self._asks.write("poke\n")
        self._asks.flush()

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        """End it by closing its standard input."""
        self._asks.close()
        self._process.wait(10)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._reader.join(10)
        self._asks.close()
        self._hears.close()


@pytest.fixture(params=["short", "long" * 30])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / str(request.param)
    path.mkdir()
    return path


@pytest.fixture
def processes(folder: Path) -> Iterator[list[Process]]:
    started = [Process(folder)]
    wait_until(lambda: started[0].owns)
    started += [Process(folder), Process(folder)]
    wait_until(lambda: all(process.mode == "live" for process in started))
    yield started
    for process in started:
        process.kill()


def test_followers_hear_the_owner_and_can_poke_it(processes: list[Process], folder: Path) -> None:
    owner, first, second = processes
    assert not first.owns
    assert not second.owns
    assert "missed" in first.said  # what changed before it came
    first.poke()
    wait_until(lambda: all("changed ['outbox']" in process.said for process in processes))
    heard = len(second.said)
    assert poke(folder)  # a command in another window
    wait_until(lambda: "changed ['outbox']" in second.said[heard:])
    assert owner.owns


def test_when_the_owner_is_killed_one_follower_takes_over_within_two_seconds(processes: list[Process]) -> None:
    owner, *others = processes
    at = time.monotonic()
    owner.kill()
    wait_until(lambda: any(process.owns for process in others), seconds=2)
    new = next(process for process in others if process.owns)
    other = next(process for process in others if process is not new)
    heard = len(other.said)
    wait_until(lambda: "live" in other.said[heard:])
    assert not other.owns
    assert time.monotonic() - at < 10


def test_an_owner_that_leaves_in_order_is_followed_by_another(processes: list[Process]) -> None:
    processes[0].end()
    wait_until(lambda: sum(process.owns for process in processes[1:]) == 1, seconds=3)


def test_an_owner_that_leaves_while_others_follow_says_nothing_on_its_terminal(
    processes: list[Process], folder: Path
) -> None:
    processes[0].end()
    assert (folder.parent / "errors").read_text() == ""


def test_followers_of_a_stopped_owner_say_that_they_are_not_live(processes: list[Process]) -> None:
    owner, follower, _ = processes
    owner.send(signal.SIGSTOP)
    wait_until(lambda: follower.mode == "offline", seconds=8)
    owner.send(signal.SIGCONT)
    wait_until(lambda: follower.mode == "live", seconds=8)


def test_poking_without_an_owner_returns_false(tmp_path: Path) -> None:
    assert not poke(tmp_path)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(socket_path(tmp_path)))
    assert not poke(tmp_path)


def test_a_lock_has_one_holder_and_its_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    with SyncLock(tmp_path) as one, SyncLock(tmp_path) as other:
        assert one.acquire()
        assert one.acquire()
        assert not other.acquire()
        one.release()
        assert other.acquire()
    assert (tmp_path / "sync.lock").stat().st_mode & 0o777 == 0o600


def test_the_socket_belongs_to_its_owner_alone(processes: list[Process], folder: Path) -> None:
    assert processes
    assert socket_path(folder).stat().st_mode & 0o777 == 0o600
    assert len(os.fsencode(socket_path(folder))) <= 100


def test_a_temporary_folder_that_others_may_enter_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"floorctl-{os.getuid()}").mkdir(mode=0o777)
    (tmp_path / f"floorctl-{os.getuid()}").chmod(0o777)
    with pytest.raises(UsageError):
        socket_path(tmp_path / ("x" * 100))

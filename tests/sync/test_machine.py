"""Two computers at one data folder, and file systems that lack what a database needs: said as what it is."""

import errno
import fcntl
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import FloorctlError
from floorctl.floor.terminal import open_terminal
from floorctl.sync import machine
from floorctl.sync.locks import unfit_error
from floorctl.sync.machine import FILE, Claim, Machine, shared_kind, this_machine
from floorctl.sync.process.owner import SyncLock
from tests.cli.shell import Shell
from tests.denied_calls import NO_LOCKS, NO_SYNC, with_denied
from tests.floor_access import journal_of
from tests.security.conftest import terminal
from tests.small_disk import fill
from tests.waiting import wait_until

HERE, THERE = Machine("kf-01", "a" * 32, "run 1"), Machine("kf-02", "b" * 32, "run 2")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the intervals: the counter goes on fast, and it is watched long enough for a busy machine."""
    monkeypatch.setattr(machine, "BEAT_INTERVAL", 0.02)
    monkeypatch.setattr(machine, "_POLL_INTERVAL", 0.02)
    monkeypatch.setattr(machine, "WATCHED_FOR", 20)


@pytest.fixture
def over_nfs(tmp_path: Path) -> Path:
    """Return a table of mounts by which all of these folders are on NFS."""
    table = tmp_path / "mounts"
    table.write_text(
        "22 1 0:21 / / rw - ext4 /dev/sda rw\n23 22 0:9 / /dev rw - devtmpfs x rw\n"
        f"24 22 0:50 / {tmp_path} rw,relatime shared:1 - nfs4 server:/home rw\n"
    )
    return table


@pytest.fixture
def claim(tmp_path: Path) -> Any:
    """Makes claims of one folder, which are released at the end of the test."""
    (tmp_path / "data").mkdir()
    with ExitStack() as opened:

        def make(me: Machine, mounts: Path | None = None, **more: Any) -> Claim:
            made = Claim(tmp_path / "data", this=me, **({"mounts": mounts} | more if mounts else more))
            opened.callback(made.release)
            made.acquire()
            return made

        yield make


def sign(folder: Path) -> str:
    return (folder / "data" / FILE).read_text().strip()


@pytest.mark.parametrize("shared", [True, False])
def test_while_one_computer_uses_it_another_is_refused(
    shared: bool, tmp_path: Path, claim: Callable[..., Claim], over_nfs: Path
) -> None:
    """Also on a disk that says nothing of being shared: not every such file system is known."""
    mounts = over_nfs if shared else None
    claim(HERE, mounts)
    with pytest.raises(FloorctlError) as refused:
        claim(THERE, mounts)
    assert refused.value.key == "error.other_machine"
    assert refused.value.params == {"path": tmp_path / "data", "host": "kf-01"}


@pytest.mark.parametrize(
    "other",
    [
        Machine("kf-01", "a" * 32, "run 2"),  # a clone, which is called the same
        Machine("kf-01", "b" * 32, "run 2"),
        Machine("kf-02", "a" * 32, "run 2"),
        Machine("kf-02", "b" * 32, ""),  # of another system, which does not number its runs
    ],
)
def test_a_counter_that_goes_on_is_believed_whatever_the_computers_have_in_common(
    other: Machine, claim: Callable[..., Claim], over_nfs: Path
) -> None:
    claim(HERE, over_nfs)
    with pytest.raises(FloorctlError, match=r"error\.other_machine"):
        claim(other, over_nfs)


def test_one_computer_may_have_many_windows_and_containers(tmp_path: Path, claim: Callable[..., Claim]) -> None:
    first = claim(HERE)
    second, container = claim(HERE), claim(Machine("toolbox", "c" * 32, HERE.run))
    first.release()
    container.release()
    assert "kf-01" in sign(tmp_path) or "toolbox" in sign(tmp_path)
    second.release()
    assert not sign(tmp_path)
    claim(THERE)


def left_behind(folder: Path, who: Machine) -> None:
    """Write the file as a power cut leaves it."""
    (folder / "data" / FILE).write_text(
        json.dumps({"machine": {"host": who.host, "id": who.id, "run": who.run}, "pid": 7})
    )


def test_where_another_computer_was_cut_off_on_a_shared_disk_a_person_decides(
    tmp_path: Path, claim: Callable[..., Claim], over_nfs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "WATCHED_FOR", 0.1)
    left_behind(tmp_path, HERE)
    for _ in range(2):
        with pytest.raises(FloorctlError) as refused:
            claim(THERE, over_nfs)
        assert refused.value.key == "error.other_machine_left"
        assert refused.value.params["host"] == "kf-01"
    Path(str(refused.value.params["file"])).unlink()  # as it says
    claim(THERE, over_nfs)


def test_a_disk_of_this_computer_that_came_from_another_is_taken_over(
    tmp_path: Path, claim: Callable[..., Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "WATCHED_FOR", 0.1)
    left_behind(tmp_path, HERE)
    claim(THERE)
    assert "kf-02" in sign(tmp_path)


@pytest.mark.parametrize("shared", [True, False])
def test_after_a_power_cut_the_same_computer_goes_on(
    shared: bool, tmp_path: Path, claim: Callable[..., Claim], over_nfs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "WATCHED_FOR", 0.1)
    left_behind(tmp_path, HERE)
    claim(Machine(HERE.host, HERE.id, "run 9"), over_nfs if shared else None)


@pytest.mark.parametrize("rubbish", [b"", b"\0" * 400, b"{", b"[]", b"\xff\xfe", b'{"machine": 7}'])
def test_a_file_that_names_no_computer_is_ignored(rubbish: bytes, tmp_path: Path, claim: Callable[..., Claim]) -> None:
    (tmp_path / "data" / FILE).write_bytes(rubbish)
    claim(HERE)
    assert "kf-01" in sign(tmp_path)


def test_a_computer_that_leaves_while_it_is_watched_lets_another_in(
    tmp_path: Path, claim: Callable[..., Claim], over_nfs: Path
) -> None:
    left_behind(tmp_path, HERE)  # it stands still, and is about to end
    leaving = threading.Timer(0.1, lambda: (tmp_path / "data" / FILE).write_text(""))
    leaving.start()
    claim(THERE, over_nfs)
    leaving.join()


def test_a_terminal_whose_folder_was_taken_while_it_slept_acts_no_more(tmp_path: Path) -> None:
    floor = open_terminal(terminal("http://127.0.0.1:9", tmp_path / "data"))
    left_behind(tmp_path, THERE)  # a person said that this one was off
    wait_until(lambda: floor.status.connection().problem == "error.other_machine")
    assert floor.status.connection().mode == "offline"
    claimed = floor.desk._claim
    assert claimed is not None
    with pytest.raises(FloorctlError) as refused:
        claimed.check()  # before every act
    assert refused.value.params["host"] == "kf-02"
    floor.close()
    assert "kf-02" in sign(tmp_path)  # which is not ours to take away


def test_a_command_on_another_computer_says_whose_it_is_and_what_to_do(
    tmp_path: Path, claim: Callable[..., Claim], over_nfs: Path
) -> None:
    (tmp_path / "data" / "journal.db").write_bytes(bytes(9999))
    claim(THERE)
    for language, said in (("en", "is in use on another computer, kf-02"), ("zh-CN", "正在另一台电脑 kf-02 上使用")):
        shell = Shell(tmp_path, language=language)
        for command in (("status",), ("sync", "--once"), ("rekey", "--key", "file"), ("wipe", "--yes"), ("doctor",)):
            ended = shell(*command)
            assert ended.returncode == 1
            assert "".join(said.split()) in "".join((ended.stdout + ended.stderr).split())  # doctor breaks its lines
            assert "data_dir" in ended.stdout + ended.stderr


def test_the_systems_own_machine_id_is_not_in_the_file(tmp_path: Path, claim: Callable[..., Claim]) -> None:
    claim(this_machine())
    for secret in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        if secret.startswith("/etc") and Path(secret).exists() and (number := Path(secret).read_text().strip()):
            assert number not in sign(tmp_path)
    assert (tmp_path / "data" / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("kind", "shared"),
    [("nfs", True), ("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("9p", True), ("fuse.s3fs", True),
     ("virtiofs", True), ("ext4", False), ("xfs", False), ("tmpfs", False), ("overlay", False), ("fuseblk", False),
     ("fuse.gocryptfs", False)],
)  # fmt: skip
def test_file_systems_that_other_computers_may_use_are_known(kind: str, shared: bool, tmp_path: Path) -> None:
    folder = tmp_path / "主 目录" / "data"
    folder.mkdir(parents=True)
    table = tmp_path / "mounts"
    point = str(folder.parent).replace(" ", "\\040")
    table.write_text(f"22 1 0:21 / / rw - ext4 /dev/sda rw\n24 22 0:50 / {point} rw - {kind} what:/ever rw\nrubbish\n")
    assert shared_kind(folder, table) == (kind if shared else "")
    assert shared_kind(tmp_path, table) == ""
    assert shared_kind(folder, tmp_path / "no table") == ""


def test_another_computer_is_watched_once_when_the_data_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "WATCHED_FOR", 0.5)
    shell = Shell(tmp_path)
    assert shell("audit").returncode == 0
    left = {"machine": {"host": "kf-02", "id": "b" * 32, "run": "run 2"}, "pid": 5, "beat": 7}
    (shell.data / FILE).write_text(json.dumps(left))
    began = time.monotonic()
    assert shell("audit").returncode == 0
    assert 0.5 < time.monotonic() - began < 0.99


def test_what_is_no_regular_file_is_ignored_without_waiting(tmp_path: Path, claim: Callable[..., Claim]) -> None:
    os.mkfifo(tmp_path / "data" / FILE)
    claim(HERE)


def test_on_a_full_disk_the_data_can_still_be_read(small_disk: Path) -> None:
    shell = Shell(small_disk)
    assert shell("audit").returncode == 0
    fill(small_disk)
    for command in ("status", "audit", "doctor"):
        ended = shell(command)
        assert "unforeseen" not in ended.stderr, command
        assert ended.returncode in (0, 1), ended.stderr


# -- what a file system lacks


def refusal(work: Callable[[], object]) -> FloorctlError:
    with pytest.raises(FloorctlError) as raised:
        work()
    return raised.value


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS])
@pytest.mark.parametrize("used", [False, True])
def test_without_locks_it_is_not_said_that_another_window_holds_one(number: int, used: bool, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    if used:
        assert shell("audit").returncode == 0
    denied = {"flock": number}
    for work in (
        lambda: open_terminal(terminal("", shell.data)),
        lambda: SyncLock(tmp_path).acquire(),
    ):
        error = refusal(lambda work=work: with_denied(denied, work))  # type: ignore[misc]
        assert (error.key, error.params["reason"]) == ("error.no_locks", os.strerror(number))


@pytest.mark.parametrize("command", [("sync", "--once"), ("rekey", "--key", "file"), ("status",)])
def test_commands_without_locks_say_so_and_what_to_do(command: tuple[str, ...], tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("audit").returncode == 0
    code, _, said = denied_to(shell, NO_LOCKS, *command)
    assert code == 1
    assert "knows no locks" in said
    assert "data_dir" in said
    assert "nother window is" not in said


def denied_to(shell: Shell, denied: dict[str, int], *command: str) -> tuple[int, str, str]:
    """Return exit code and output of a command in a process of its own, which inherits the denied calls."""
    started = with_denied(denied, lambda: shell.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    said, complained = started.communicate(timeout=60)
    return started.returncode, said, complained


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_a_lock_that_fails_otherwise_is_said_in_the_words_of_the_system(number: int, tmp_path: Path) -> None:
    error = refusal(lambda: with_denied({"flock": number}, lambda: SyncLock(tmp_path).acquire()))
    assert (error.key, error.params["reason"]) == ("error.data_failed", os.strerror(number))


def test_a_lock_that_another_window_holds_is_not_called_missing(tmp_path: Path) -> None:
    with SyncLock(tmp_path) as one, SyncLock(tmp_path) as other:
        assert one.acquire()
        assert other.acquire() is False


@pytest.mark.parametrize(("denied", "key"), [(NO_LOCKS, "error.no_locks"), (NO_SYNC, "error.no_sync"),
                                             ({"fsync": errno.EIO, "fdatasync": errno.EIO}, "error.disk_fails"),
                                             ({"fcntl": errno.ENOLCK}, "error.no_locks")])  # fmt: skip
def test_what_the_file_system_lacks_for_a_database_is_found_out(
    denied: dict[str, int], key: str, tmp_path: Path
) -> None:
    assert unfit_error(tmp_path) is None
    found = with_denied(denied, lambda: unfit_error(tmp_path))
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(("denied", "word"), [(NO_LOCKS, "knows no locks"), (NO_SYNC, "can't promise")])
def test_doctor_says_what_the_file_system_lacks(denied: dict[str, int], word: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("audit").returncode == 0
    code, said, _ = denied_to(shell, denied, "doctor", "--json")
    assert code == 1
    (found,) = (each for each in json.loads(said)["checks"] if each["check"] == "data" and each["level"] == "fail")
    assert word in found["message"]
    assert "data_dir" in found["message"]


def test_an_act_that_can_not_be_put_on_the_disk_is_said_as_that(tmp_path: Path) -> None:
    floor = open_terminal(terminal("", tmp_path / "data"))
    error = refusal(lambda: with_denied(NO_SYNC, lambda: journal_of(floor).set_setting("x", "y" * 9999)))
    assert error.key == "error.no_sync"
    floor.close()


def test_databases_whose_own_locks_fail_are_not_called_busy(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    config = terminal("", tmp_path / "data")
    open_terminal(config).close()
    error = refusal(lambda: with_denied({"fcntl": errno.ENOLCK}, lambda: open_terminal(config)))
    assert error.key == "error.no_locks"


def test_the_flock_of_a_module_that_is_replaced_is_the_one_that_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert refusal(lambda: SyncLock(tmp_path).acquire()).key == "error.no_locks"

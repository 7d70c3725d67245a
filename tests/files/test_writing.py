"""Files that a person names: new or refused, whole or not there, private where they hold personal data."""

import errno
import gc
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from floorctl.errors import Exit, FloorctlError
from floorctl.files.writing import ForArchives, check_new, making, put, write
from tests.denied_calls import NO_LINKS, NO_LINKS_NO_RENAME, NO_SYNC, with_denied

KINDS: dict[str, dict[str, int]] = {
    "as here": {}, "no links": NO_LINKS, "no links, no rename": NO_LINKS_NO_RENAME, "no fsync": NO_SYNC,
    "nothing": NO_LINKS_NO_RENAME | NO_SYNC,
    **{f"links: {errno.errorcode[each]}": dict.fromkeys(NO_LINKS, each) for each in
       (errno.ENOSYS, errno.EROFS, errno.EXDEV, errno.EOPNOTSUPP, errno.EACCES, errno.EMLINK)},
}  # fmt: skip


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def only(folder: Path, *names: str) -> bool:
    return sorted(each.name for each in folder.iterdir()) == sorted(names)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unnamed", [True, False], ids=["unnamed", "named"])
def test_on_any_file_system_a_file_is_there_whole_and_nothing_beside_it(
    tmp_path: Path, kind: str, unnamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not unnamed:
        monkeypatch.setattr(os, "O_TMPFILE", 0)
    content = os.urandom(3_000_000)
    with_denied(KINDS[kind], lambda: write(tmp_path / "名单.csv", content, private=True))
    assert (tmp_path / "名单.csv").read_bytes() == content
    assert mode_of(tmp_path / "名单.csv") == 0o600
    assert only(tmp_path, "名单.csv")


@pytest.mark.parametrize("kind", KINDS)
def test_who_took_the_name_meanwhile_keeps_it(tmp_path: Path, kind: str) -> None:
    def work() -> None:
        with making(tmp_path / "a", private=True) as made:
            made.file.write(b"ours")
            (tmp_path / "a").write_bytes(b"theirs")

    with pytest.raises(FloorctlError, match=r"error\.file_exists") as refused:
        with_denied(KINDS[kind], work)
    assert refused.value.exit_code == Exit.USAGE
    assert (tmp_path / "a").read_bytes() == b"theirs" and only(tmp_path, "a")


@pytest.mark.parametrize("kind", ["as here", "no links", "no links, no rename"])
@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt(), FloorctlError("error.file_no_room")])
def test_what_fails_in_the_middle_leaves_nothing(tmp_path: Path, kind: str, error: BaseException) -> None:
    def work() -> None:
        with making(tmp_path / "a", private=True) as made:
            made.file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        with_denied(KINDS[kind], work)
    assert only(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("kind", ["as here", "no links"])
def test_a_disk_that_takes_no_more_when_it_is_asked_to_keep_it_leaves_nothing(
    tmp_path: Path, kind: str, number: int
) -> None:
    calls = KINDS[kind] | {"fsync": number}
    key = r"error\.file_unwritable" if number == errno.EIO else r"error\.file_no_room"
    with pytest.raises(FloorctlError, match=key):
        with_denied(calls, lambda: write(tmp_path / "a", b"x" * 100_000))
    assert only(tmp_path)


class Small(BytesIO):
    """A disk with so much room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, content: Any) -> int:
        if self.tell() + len(content) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(content)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("room", [0, 10, 40, 70_000, 100_035, 100_050, 100_090])
def test_an_archive_that_failed_says_nothing_more_when_it_is_thrown_away(
    room: int, closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda error: said.append(repr(error.exc_value)))
    file = Small(room)

    def fill() -> None:
        archive = ZipFile(ForArchives(file), "w")  # type: ignore[call-overload]
        archive.writestr("a", bytes(50_000))
        archive.writestr("b", bytes(50_000))
        archive.close()

    try:
        fill()
    except OSError as error:
        assert error.errno == errno.ENOSPC
        if closed:
            file.close()
    else:
        raise AssertionError(room)
    gc.collect()
    assert said == []


def test_where_no_name_can_be_given_at_all_nothing_is_left(tmp_path: Path) -> None:
    calls = NO_LINKS_NO_RENAME | {"rename": errno.EIO}
    with pytest.raises(FloorctlError, match=r"error\.file_unwritable"):
        with_denied(calls, lambda: write(tmp_path / "a", b"x"))
    assert only(tmp_path)


def link_to_a_file(path: Path) -> None:
    (path.parent / "signed").write_bytes(b"signed")
    path.symlink_to("signed")


@pytest.mark.parametrize(
    ("key", "make"),
    [
        ("exists", lambda path: path.write_bytes(b"signed")),
        ("is_link", link_to_a_file),
        ("is_link", lambda path: path.symlink_to("nowhere")),
        ("is_link", lambda path: path.symlink_to(path.name)),
        ("is_folder", lambda path: path.mkdir()),
        ("is_stream", lambda path: os.mkfifo(path)),
    ],
    ids=["file", "link", "dangling link", "link to itself", "folder", "pipe"],
)  # fmt: skip
def test_what_is_there_is_refused_before_anything_is_written(
    tmp_path: Path, key: str, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "a")
    before = sorted((each.name, each.lstat().st_ino) for each in tmp_path.iterdir())
    for ask in (check_new, lambda path: making(path, private=True).__enter__()):
        with pytest.raises(FloorctlError, match=rf"error\.file_{key}") as refused:
            ask(tmp_path / "a")
        assert refused.value.exit_code == Exit.USAGE
    assert sorted((each.name, each.lstat().st_ino) for each in tmp_path.iterdir()) == before
    if (tmp_path / "signed").exists():
        assert (tmp_path / "signed").read_bytes() == b"signed"


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/null", "/dev/full", "/proc/self/fd/1"])
def test_a_stream_is_no_new_file(name: str) -> None:
    with pytest.raises(FloorctlError, match=r"error\.file_is_(stream|link)"):
        check_new(Path(name))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("n" * 300, "file_name"), ("字" * 90, "file_name"), ("a\0b", "file_name"), ("no/such", "no_such_folder"),
        ("file/x", "not_a_folder"), (".", "file_is_folder"),
    ],
)  # fmt: skip
def test_a_name_that_can_not_be_is_said_before_the_work(tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FloorctlError, match=rf"error\.{key}"):
        check_new(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["a b", "$(touch x)", "\x1b[31m", "a\nb", "名" * 85, "--help", "\udcff", "a'\"b", "字.csv "]
)
def test_any_name_that_the_disk_takes_is_taken(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, b"x")
    assert only(tmp_path, name)


def test_a_folder_that_takes_nothing_is_said_before_the_work(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    if os.geteuid() == 0:
        folder = Path("/proc/self")  # where not even root makes files
        with pytest.raises(FloorctlError, match=r"error\.file_(unwritable|name)"):
            write(folder / "a", b"x")
        return
    folder.chmod(0o500)
    with pytest.raises(FloorctlError, match=r"error\.file_unwritable"):
        check_new(folder / "a")


def test_without_personal_data_the_umask_decides_and_with_it_nobody_else_reads(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path / "report.md", b"x")
        write(tmp_path / "names.csv", b"x", private=True)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "report.md") == 0o644
    assert mode_of(tmp_path / "names.csv") == 0o600


def test_through_a_pipe_it_goes_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write(tmp_path / "pipe", b"report")
    assert os.read(reader, 100) == b"report"
    os.close(reader)
    with pytest.raises(FloorctlError, match=r"error\.file_no_room"):
        write(Path("/dev/full"), b"x")


def test_killed_before_it_has_its_name_it_is_not_there_and_nothing_is_left(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom floorctl.files.writing import making\n"
        "with making(Path(sys.argv[1]), private=True) as made:\n"
        "    made.file.write(b'x' * 1000000); made.file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path / "a")], check=False)
    assert ended.returncode == -signal.SIGKILL
    left = [each.name for each in tmp_path.iterdir() if not each.name.endswith(".part")]
    assert left == [] and (only(tmp_path) or not hasattr(os, "O_TMPFILE"))


def test_the_programs_own_file_is_replaced_whole_and_stays_where_the_new_one_fails(tmp_path: Path) -> None:
    put(tmp_path / "key", b"one")
    put(tmp_path / "key", b"two")
    with pytest.raises(OSError, match="space"):
        with_denied({"fsync": errno.ENOSPC}, lambda: put(tmp_path / "key", b"three"))
    assert (tmp_path / "key").read_bytes() == b"two" and only(tmp_path, "key")
    assert mode_of(tmp_path / "key") == 0o600

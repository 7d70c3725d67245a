"""A backup put back beside a log that is not its own: the log goes aside. A log that is its own always stays."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from floorctl.cli.backup import copy
from floorctl.errors import FloorctlError
from floorctl.sync import sqlite
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys import rekey
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import DamagedError, is_open_here, logs_put_aside
from tests.sync.storage import KEY, open_cache, open_journal, torn_pages

ENDINGS = ("", "-wal", "-shm", "-journal")
OTHER_KEY = bytes(reversed(KEY))


@pytest.fixture(autouse=True)
def nothing_left_to_tell() -> Iterator[None]:
    logs_put_aside.unreported.clear()
    logs_put_aside.unrecorded.clear()
    yield
    logs_put_aside.unreported.clear()
    logs_put_aside.unrecorded.clear()


def act(journal: Journal, n: int, who: str = "x") -> None:
    for at in range(n):
        journal.audit("lock", who=who)
        journal.set_setting(f"s{at % 7}", who * 300)


def kept(folder: Path) -> int:
    """Check that the journal is intact; return the number of entries of its trail."""
    with closing(open_journal(folder)) as journal:
        assert torn_pages(folder) == []
        return journal.trail(limit=1, without=("log_aside", "lost"))[1]


def as_killed(folder: Path, into: Path) -> None:
    """Copy the files as a process that is killed now leaves them, without its locks."""
    into.mkdir(exist_ok=True)
    for ending in ENDINGS:
        if (part := folder / f"journal.db{ending}").exists():
            shutil.copyfile(part, into / part.name)
    # A process that is killed has written its log last.
    if (log := into / "journal.db-wal").exists():
        os.utime(log)


def aside(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if ".aside-" in each.name)


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A folder as a killed process left it, with a log; ``tmp_path / b.db`` is an earlier backup."""
    live, folder = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    journal = open_journal(live)
    act(journal, 30)
    copy(live / "journal.db", tmp_path / "b.db", KEY)
    act(journal, 20, "y")
    as_killed(live, folder)
    journal.close()
    assert (folder / "journal.db-wal").stat().st_size
    return folder


def by_copy(backup: Path, journal: Path) -> None:
    shutil.copyfile(backup, journal)


def by_move(backup: Path, journal: Path) -> None:
    shutil.copyfile(backup, backup.with_name("moved"))
    backup.with_name("moved").replace(journal)


def by_copy_of_times_too(backup: Path, journal: Path) -> None:
    journal.unlink()
    shutil.copy2(backup, journal)


@pytest.mark.parametrize("put", [by_copy, by_move, by_copy_of_times_too])
def test_a_backup_put_back_beside_a_log_opens_as_it_was_made(
    left: Path, tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    log = (left / "journal.db-wal").read_bytes()
    put(tmp_path / "b.db", left / "journal.db")
    assert kept(left) == 30
    (name,) = aside(left)
    assert name.startswith("journal.db-wal.aside-") and (left / name).read_bytes() == log
    assert [each.name for each in logs_put_aside.unreported] == [name]
    with closing(open_journal(left)) as journal:
        assert [each.detail for each in journal.trail(limit=9)[0] if each.what == "log_aside"] == [{"file": name}]
    assert len(aside(left)) == 1  # once is enough


@pytest.mark.parametrize("readonly", [True, False])
def test_the_first_process_that_opens_the_journal_puts_the_log_aside(
    left: Path, tmp_path: Path, readonly: bool
) -> None:
    by_copy(tmp_path / "b.db", left / "journal.db")
    with closing(connect(left / "journal.db", KEY, durable=True, readonly=readonly)) as db:
        assert db.execute("SELECT count(*) FROM audit").fetchone()[0] == 30
    assert len(aside(left)) == 1


def test_an_older_copy_of_the_file_itself_is_not_mixed_with_a_newer_log(tmp_path: Path) -> None:
    went = 0
    for n, more in ((40, 90), (75, 140), (10, 300)):
        live, folder = tmp_path / f"live{n}", tmp_path / f"left{n}"
        live.mkdir()
        with closing(open_journal(live)) as journal:
            act(journal, n)
        shutil.copyfile(live / "journal.db", tmp_path / "older")
        with closing(open_journal(live)) as journal:
            act(journal, more, "z")
            as_killed(live, folder)
        by_copy(tmp_path / "older", folder / "journal.db")
        assert kept(folder) == n
        went += len(aside(folder))
    assert went == 3


@pytest.mark.parametrize(("n", "more", "most"), [(117, 49, 52), (61, 91, 49), (100, 28, 49)])
def test_pages_of_two_states_that_make_a_sound_database_are_told_by_the_trail(
    tmp_path: Path, n: int, more: int, most: int
) -> None:
    live, folder = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    with closing(open_journal(live)) as journal:
        for _ in range(n):
            journal.audit("lock", who="x" * 12)
    shutil.copyfile(live / "journal.db", tmp_path / "older")
    with closing(open_journal(live)) as journal:
        for _ in range(more):
            journal.audit("lock", who="y" * 12)
    with closing(open_journal(live)) as journal:
        for _ in range(most):
            journal.audit("lock", who="z" * 12)
        as_killed(live, folder)
    by_copy(tmp_path / "older", folder / "journal.db")
    assert kept(folder) == n and len(aside(folder)) == 1


def test_an_older_copy_that_the_log_continues_is_opened_with_it(tmp_path: Path) -> None:
    live, folder = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    with closing(open_journal(live)) as journal:
        act(journal, 40)
    shutil.copyfile(live / "journal.db", tmp_path / "older")
    with closing(open_journal(live)) as journal:
        act(journal, 3)
        as_killed(live, folder)
    by_copy(tmp_path / "older", folder / "journal.db")
    assert kept(folder) == 43 and aside(folder) == []


@pytest.mark.parametrize("size", [0, 100, 9000])
@pytest.mark.parametrize("readonly", [True, False])
def test_a_journal_that_was_cut_short_and_its_log_stay_as_they_are(left: Path, size: int, readonly: bool) -> None:
    os.truncate(left / "journal.db", size)
    before = {name: (left / name).read_bytes() for name in ("journal.db", "journal.db-wal")}
    with pytest.raises(DamagedError):
        if readonly:
            connect(left / "journal.db", KEY, durable=True, readonly=True)
        else:
            open_journal(left)
    assert {name: (left / name).read_bytes() for name in before} == before


def test_the_log_of_a_journal_that_is_gone_is_put_aside_and_named(left: Path) -> None:
    log = (left / "journal.db-wal").read_bytes()
    (left / "journal.db").unlink()
    assert kept(left) == 0
    (name,) = aside(left)
    assert (left / name).read_bytes() == log
    assert [each.name for each in logs_put_aside.unreported] == [name]


def test_behind_a_link_the_log_is_looked_for_where_the_link_leads_to(left: Path, tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    shutil.copyfile(tmp_path / "b.db", far / "b.db")
    shutil.copyfile(left / "journal.db-wal", far / "b.db-wal")
    (left / "journal.db").unlink()
    (left / "journal.db").symlink_to(far / "b.db")
    assert kept(left) == 30
    assert [name.partition(".aside-")[0] for name in aside(far)] == ["b.db-wal"]
    with closing(open_journal(left)) as journal:
        assert [each.what for each in journal.trail(limit=1)[0]] == ["log_aside"]


@pytest.mark.parametrize("name", ["journal.db", "cache.db"])
def test_a_link_that_leads_nowhere_and_a_folder_are_named_and_stay(tmp_path: Path, name: str) -> None:
    opened = open_journal if name == "journal.db" else open_cache
    (tmp_path / name).symlink_to(tmp_path / "gone" / name)
    with pytest.raises(FloorctlError, match=r"error\.data_link"):
        opened(tmp_path)
    assert (tmp_path / name).is_symlink()
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(FloorctlError, match=r"error\.data_is_folder"):
        opened(tmp_path)


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize(("name", "opened"), [("journal.db", open_journal), ("cache.db", open_cache)])
def test_a_folder_in_the_place_of_a_log_is_named(
    tmp_path: Path, name: str, opened: Callable[[Path], Any], ending: str
) -> None:
    opened(tmp_path).close()
    (tmp_path / f"{name}{ending}").mkdir()
    with pytest.raises(FloorctlError, match=r"error\.data_is_folder") as raised:
        opened(tmp_path)
    assert raised.value.params["path"] == tmp_path / f"{name}{ending}"


@pytest.mark.parametrize("put", [by_copy, by_move])
def test_a_backup_put_in_the_place_of_one_in_use_is_not_called_damaged(
    tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.sync.storage import open_journal\n"
        "j = open_journal(Path(sys.argv[1])); j.audit('lock', who='x'); print(flush=True); sys.stdin.read()"
    )
    with closing(open_journal(tmp_path)) as journal:
        act(journal, 5)
        copy(tmp_path / "journal.db", tmp_path / "b.db", KEY)
    window = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert window.stdout is not None and window.stdout.readline()
        put(tmp_path / "b.db", tmp_path / "journal.db")
        with pytest.raises(FloorctlError, match=r"error\.data_replaced"):
            open_journal(tmp_path)
    finally:
        window.kill()
        window.communicate()
    assert kept(tmp_path) == 5 and len(aside(tmp_path)) == 1


@pytest.mark.parametrize("size", [0, 10, 32, 200, 4151])
def test_a_log_too_short_to_say_anything_does_no_harm(left: Path, tmp_path: Path, size: int) -> None:
    by_copy(tmp_path / "b.db", left / "journal.db")
    os.truncate(left / "journal.db-wal", size)
    assert kept(left) == 30


@pytest.mark.parametrize("size", [4152, 9000, 30_000])
def test_a_log_that_was_cut_short_is_put_aside_too(left: Path, tmp_path: Path, size: int) -> None:
    by_copy(tmp_path / "b.db", left / "journal.db")
    os.truncate(left / "journal.db-wal", size)
    assert kept(left) == 30 and len(aside(left)) == 1


def test_shared_memory_alone_and_an_empty_log_do_no_harm(left: Path, tmp_path: Path) -> None:
    by_copy(tmp_path / "b.db", left / "journal.db")
    (left / "journal.db-wal").write_bytes(b"")
    assert kept(left) == 30
    (left / "journal.db-shm").write_bytes(os.urandom(32768))
    assert kept(left) == 30 and aside(left) == []


@pytest.mark.parametrize("beside_a_log", [True, False])
def test_a_backup_of_another_key_is_said_to_be_and_nothing_is_touched(
    left: Path, tmp_path: Path, beside_a_log: bool
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with closing(Journal.open(other / "journal.db", OTHER_KEY)) as journal:
        act(journal, 30)
    copy(other / "journal.db", tmp_path / "others.db", OTHER_KEY)
    by_copy(tmp_path / "others.db", left / "journal.db")
    if not beside_a_log:
        (left / "journal.db-wal").unlink()
    before = {each.name: each.read_bytes() for each in left.iterdir() if not each.name.endswith((".lock", "-shm"))}
    with pytest.raises(DamagedError, match=r"error\.key_wrong"):
        open_journal(left)
    assert {name: (left / name).read_bytes() for name in before} == before
    assert aside(left) == []


def test_the_log_of_another_key_is_put_aside(left: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with closing(Journal.open(other / "journal.db", OTHER_KEY)) as journal:
        act(journal, 10)
        shutil.copyfile(other / "journal.db-wal", left / "journal.db-wal")
    by_copy(tmp_path / "b.db", left / "journal.db")
    assert kept(left) == 30 and len(aside(left)) == 1


def test_a_log_in_use_is_not_put_aside(tmp_path: Path) -> None:
    with closing(open_journal(tmp_path)) as journal:
        act(journal, 5)
        os.utime(tmp_path / "journal.db")
        with closing(open_journal(tmp_path)) as second:
            act(second, 5)
        code = (
            "import sys; from pathlib import Path; from tests.sync.storage import open_journal\n"
            "j = open_journal(Path(sys.argv[1])); print(j.trail(limit=1)[1]); j.close()"
        )
        ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == "10"
        act(journal, 1)
    assert kept(tmp_path) == 11 and aside(tmp_path) == []


def test_opening_a_database_again_keeps_the_locks_of_who_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(open_journal(tmp_path)), closing(connect(path, KEY, durable=True)):
        inode = f":{path.stat().st_ino} "
        if (locks := Path("/proc/locks")).exists():
            assert any(inode in line for line in locks.read_text().splitlines())
        assert is_open_here(path)
    assert not is_open_here(path)


def test_where_it_can_not_be_put_aside_nothing_is_opened(
    left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_copy(tmp_path / "b.db", left / "journal.db")

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(FloorctlError, match=r"error\.log_foreign"):
        open_journal(left)
    assert (left / "journal.db").read_bytes() == (tmp_path / "b.db").read_bytes()


def test_a_rollback_journal_of_another_database_is_put_aside_and_its_own_is_used(tmp_path: Path) -> None:
    live, folder = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    with closing(open_journal(live)) as journal:
        act(journal, 60)
    copy(live / "journal.db", tmp_path / "b.db", KEY)
    db = connect(live / "journal.db", KEY, durable=True)
    db.execute("PRAGMA journal_mode = DELETE").fetchall()
    db.execute("PRAGMA cache_size = 2").fetchall()
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE audit SET who = 'changed, and not committed'")
    db.execute("UPDATE setting SET value = zeroblob(9000)")
    as_killed(live, folder)
    db.execute("ROLLBACK")
    db.close()
    assert (folder / "journal.db-journal").stat().st_size
    own = tmp_path / "own"
    shutil.copytree(folder, own)
    assert kept(own) == 60 and aside(own) == []
    by_copy(tmp_path / "b.db", folder / "journal.db")
    assert kept(folder) == 60
    assert [name.partition(".aside-")[0] for name in aside(folder)] == ["journal.db-journal"]


def test_a_rekey_broken_off_and_a_backup_put_back(tmp_path: Path) -> None:
    with closing(open_journal(tmp_path)) as journal:
        act(journal, 20)
    assert rekey._opens(tmp_path / "journal.db", KEY) and not rekey._opens(tmp_path / "journal.db", OTHER_KEY)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=6))
def test_the_log_that_a_process_leaves_is_always_its_own(tmp_path: Path, acts: list[tuple[int, bool]]) -> None:
    for old in tmp_path.iterdir():
        shutil.rmtree(old)
    live, folder = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    journal = open_journal(live)
    done = 0
    for n, reopened in acts:
        act(journal, n)
        done += n
        if reopened:
            journal.close()
            journal = open_journal(live)
        as_killed(live, folder)
        os.utime(folder / "journal.db")  # as if a checkpoint had come last: then both are tried together
        assert kept(folder) == done and aside(folder) == []
        shutil.rmtree(folder)
    journal.close()


def test_killed_at_any_point_the_log_stays(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.sync.test_stray_log import act; "
        "from tests.sync.storage import open_journal\n"
        "j = open_journal(Path(sys.argv[1]))\nn = j.trail(limit=1)[1]\n"
        "while True:\n    act(j, 1); n += 1; print(n, flush=True)\n"
    )
    for lines in (2, 26, 51, 95):  # every 50 of these or so, the log is taken into the file
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        told += [int(each) for each in process.communicate()[0].splitlines()]
        assert kept(tmp_path) >= told[-1] and aside(tmp_path) == []


def test_a_cache_beside_the_log_of_another_is_begun_anew_or_is_whole(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        cache = open_cache(tmp_path / name)
        cache._file.write(lambda db: db.execute("INSERT OR REPLACE INTO meta VALUES ('x', ?)", ("y" * 9000,)))
        if name == "two":
            shutil.copyfile(tmp_path / "two" / "cache.db-wal", tmp_path / "one" / "cache.db-wal")
        cache.close()
    cache = open_cache(tmp_path / "one")
    cache.close()
    assert [name.partition(".aside-")[0] for name in aside(tmp_path / "one")] == ["cache.db-wal"]


@pytest.mark.parametrize("put", [by_copy, by_move])
def test_a_window_that_is_open_writes_nothing_over_a_backup_put_there(
    tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    code = (
        "import sys; from pathlib import Path; from floorctl.errors import FloorctlError\n"
        "from tests.sync.storage import open_journal\n"
        "j = open_journal(Path(sys.argv[1])); j.audit('lock', who='y'); print(flush=True); sys.stdin.readline()\n"
        "for work in (lambda: j.audit('lock', who='z'), lambda: j.items(), lambda: j.trail(limit=1)):\n"
        "    try:\n        work()\n    except FloorctlError as error:\n        print(error.key, flush=True)\n"
        "j.close()"
    )
    with closing(open_journal(tmp_path)) as journal:
        act(journal, 5)
        copy(tmp_path / "journal.db", tmp_path / "b.db", KEY)
        act(journal, 40)
    backup = (tmp_path / "b.db").read_bytes()
    window = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert window.stdout is not None and window.stdin is not None and window.stdout.readline()
    put(tmp_path / "b.db", tmp_path / "journal.db")
    said = window.communicate("\n", timeout=60)[0].split()
    assert window.returncode == 0 and said[0] == "error.data_replaced" and set(said) == {"error.data_replaced"}
    assert (tmp_path / "journal.db").read_bytes() == backup
    assert kept(tmp_path) == 5 and len(aside(tmp_path)) == 1


def test_in_the_process_whose_journal_was_replaced_nothing_opens_it_again(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from floorctl.errors import FloorctlError\n"
        "from tests.sync.storage import open_journal\n"
        "j = open_journal(Path(sys.argv[1])); j.audit('lock', who='y')\n"
        "(Path(sys.argv[1]) / 'b.db').replace(sys.argv[1] + '/journal.db'); j.close()\n"
        "try:\n    open_journal(Path(sys.argv[1]))\nexcept FloorctlError as error:\n    print(error.key)\n"
    )
    with closing(open_journal(tmp_path)) as journal:
        act(journal, 5)
        copy(tmp_path / "journal.db", tmp_path / "b.db", KEY)
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "error.data_replaced"
    assert kept(tmp_path) == 5 and len(aside(tmp_path)) == 1


def test_a_folder_that_was_made_anew_is_not_the_one_of_a_connection_that_nobody_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    forgotten = open_journal(folder)
    act(forgotten, 3)
    shutil.rmtree(folder)
    folder.mkdir()
    with closing(open_journal(folder)) as journal:
        act(journal, 2)
        forgotten.close()  # leaves the log of the other as it is
    assert kept(folder) == 2
    assert not aside(folder)


def test_a_file_that_its_file_system_numbers_anew_is_not_taken_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_journal(tmp_path)) as journal:
        act(journal, 1)
        identity = sqlite._identity
        monkeypatch.setattr(sqlite, "_identity", lambda path: (identity(path)[0], identity(path)[1] + 1))
        act(journal, 1)
        act(journal, 1)
    monkeypatch.undo()
    assert kept(tmp_path) == 3

"""``restore``: a backup put back, with what it replaces kept, nothing sent twice, and a trail that says so."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.process.owner import SyncLock
from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.small_disk import BALLAST, fill


def trail(shell: Shell) -> list[dict[str, Any]]:
    return list(shell.json("audit", "list", "--all", "--limit", "0")["items"][::-1])


def verdict(shell: Shell) -> dict[str, Any]:
    found: dict[str, Any] = shell.json("audit", "verify")
    return found


def commands(shell: Shell) -> dict[str, str]:
    items = shell.json("outbox", "list", "--limit", "0")["items"]
    return {each["id"]: each["state"] for each in items}


def orders(shell: Shell) -> list[str]:
    return [each["number"] for each in shell.json("orders", "--limit", "12")["items"]]


def urge(shell: Shell, order: str, level: int = 1) -> int:
    return shell("urge", order, "--level", str(level), "--note", "催").returncode


def journal_of(shell: Shell) -> Path:
    return shell.data / "journal.db"


@pytest.fixture
def terminal(another: Callable[[str], Shell]) -> Shell:
    """A terminal at a real platform."""
    return another("supervisor")


@pytest.fixture
def alone(tmp_path: Path) -> Shell:
    """A terminal that has never seen a platform, with a journal."""
    shell = Shell(tmp_path / "alone")
    assert shell("audit", "list").returncode == 0
    note(shell, 12)
    return shell


def note(shell: Shell, n: int, who: str = "x") -> None:
    with closing(Journal.open(journal_of(shell), data_key(shell.data, "file"))) as journal:
        for _ in range(n):
            journal.audit("lock", who=who)


def test_after_more_acts_the_platform_and_the_trail_know_where_they_are(terminal: Shell, tmp_path: Path) -> None:
    first, second, third, *_ = orders(terminal)
    assert urge(terminal, first) == 0
    assert terminal("backup", str(tmp_path / "b.db")).returncode == 0
    assert urge(terminal, second) == 0 and urge(terminal, third) == 0
    before = len(trail(terminal))
    done = terminal.json("restore", str(tmp_path / "b.db"))
    kept = Path(done["kept"])
    assert kept.parent == terminal.data and kept.name.startswith("journal.db.before-restore-")
    assert done["entries_after"] > 0 and done["unsent_after"] == 0
    found = verdict(terminal)
    assert found["ok"] and found["restored"] == [{"file": kept.name, "entries": done["entries_after"]}]
    assert found["told_in"] == kept.name and found["end_known"]
    entries = trail(terminal)
    assert entries[-1]["what"] == "restored" and entries[-1]["detail"]["file"] == kept.name
    assert len(entries) == before - done["entries_after"] + 1
    # The platform has what it has, and goes on from there.
    terminal.sync()
    for order in (first, second, third):
        assert terminal.json("order", order)["urge_level"] >= 1
    assert urge(terminal, first, 2) == 0
    found = verdict(terminal)
    assert found["ok"] and found["told_in"] is None


def test_what_waits_in_a_backup_and_was_sent_since_is_not_sent_again(terminal: Shell, tmp_path: Path) -> None:
    order, another_one = orders(terminal)[3:5]
    config = terminal.config.read_text("utf-8")
    offline = config.replace(config.split('url = "')[1].split('"')[0], "http://127.0.0.1:9")
    terminal.config.write_text(offline, "utf-8")
    assert urge(terminal, order) == 3 and urge(terminal, another_one) == 3
    ids = [id_ for id_, state in commands(terminal).items() if state in ("waiting", "sending")]
    assert len(ids) == 2
    assert terminal("backup", str(tmp_path / "b.db")).returncode == 0
    assert terminal("outbox", "drop", ids[1], "--reason", "不用了").returncode == 0
    terminal.config.write_text(config, "utf-8")
    terminal.sync()
    assert commands(terminal)[ids[0]] == "applied"
    level = terminal.json("order", order)["version"]
    done = terminal.json("restore", str(tmp_path / "b.db"))
    assert (done["settled"], done["waiting"]) == (2, 0)
    states = commands(terminal)
    assert (states[ids[0]], states[ids[1]]) == ("applied", "dropped")
    terminal.sync()
    assert terminal.json("order", order)["version"] == level
    assert verdict(terminal)["ok"]


def test_a_backup_put_back_twice_and_the_kept_file_after_it(alone: Shell, tmp_path: Path) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    note(alone, 7, "y")
    one = alone.json("restore", str(tmp_path / "b.db"))
    assert one["entries_after"] == 7
    two = alone.json("restore", str(tmp_path / "b.db"))
    assert two["entries_after"] == 1  # that of the first time
    assert verdict(alone)["ok"]
    three = alone.json("restore", one["kept"])
    assert three["kept"] not in (one["kept"], two["kept"])
    assert [each["what"] for each in trail(alone)][-2:] == ["lock", "restored"]
    assert sum(each["who"] == "y" for each in trail(alone)) == 7
    assert verdict(alone)["ok"]
    assert verdict(alone)["entries"] == 12 + 7 + 1
    said = alone("audit", "verify").stdout
    assert Path(three["kept"]).name in said


def test_after_a_backup_that_was_the_newest_no_entries_are_counted(alone: Shell, tmp_path: Path) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    kept = Path(alone.json("restore", str(tmp_path / "b.db"))["kept"])
    said = next(line for line in alone("audit", "verify").stdout.splitlines() if kept.name in line)
    assert said == f"A backup was put back here, and nothing had come after it; what it replaced is {kept.name}."


def test_a_trail_that_was_cut_by_hand_is_still_found_out(alone: Shell, tmp_path: Path) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    note(alone, 7)
    shutil.copyfile(tmp_path / "b.db", journal_of(alone))
    ended = alone("audit", "verify")
    assert ended.returncode == 1 and "cut off" in ended.stdout
    # A kept file that is named, but does not hold what is missing, explains nothing.
    with closing(Journal.open(journal_of(alone), data_key(alone.data, "file"))) as journal:
        journal.audit("restored", who="", detail={"file": "b.db", "entries": 7})
    shutil.copyfile(tmp_path / "b.db", alone.data / "b.db")
    assert alone("audit", "verify").returncode == 1


def unchanged(shell: Shell) -> dict[str, bytes]:
    return {
        each.name: each.read_bytes()
        for each in shell.data.iterdir()
        if each.is_file() and not each.name.endswith((".lock", "-shm"))
    }


def missing(_shell: Shell, _file: Path) -> None:
    pass


def a_folder(_shell: Shell, file: Path) -> None:
    file.mkdir()


def empty(_shell: Shell, file: Path) -> None:
    file.write_bytes(b"")


def a_text(_shell: Shell, file: Path) -> None:
    file.write_text("no backup\n" * 2000)


def the_cache(shell: Shell, file: Path) -> None:
    shutil.copyfile(shell.data / "cache.db", file)


def cut_short(shell: Shell, file: Path) -> None:
    assert shell("backup", str(file)).returncode == 0
    file.write_bytes(file.read_bytes()[:20_000])


def damaged_within(shell: Shell, file: Path) -> None:
    assert shell("backup", str(file)).returncode == 0
    content = bytearray(file.read_bytes())
    content[4096 * 5 + 100] ^= 1
    file.write_bytes(content)


def of_another_terminal(shell: Shell, file: Path) -> None:
    other = Shell(shell.folder / "other")
    assert other("audit", "list").returncode == 0
    assert other("backup", str(file)).returncode == 0


def of_a_later_release(shell: Shell, file: Path) -> None:
    from floorctl.sync.opening import connect

    assert shell("backup", str(file)).returncode == 0
    with closing(connect(file, data_key(shell.data, "file"), durable=True)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
        db.execute("PRAGMA user_version = 999").fetchall()


def the_journal_itself(shell: Shell, file: Path) -> None:
    file.symlink_to(journal_of(shell))


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (missing, 6, "no file"), (a_folder, 6, "no file"), (empty, 2, "no backup"), (a_text, 2, "backup"),
        (the_cache, 2, "is a cache"), (cut_short, 2, "damaged"), (damaged_within, 2, "damaged"),
        (of_another_terminal, 2, "this terminal's key"), (of_a_later_release, 1, "later release"),
        (the_journal_itself, 2, "in use"),
    ],
)  # fmt: skip
def test_what_is_no_backup_of_this_terminal_changes_nothing(
    alone: Shell, tmp_path: Path, make: Callable[[Shell, Path], None], code: int, said: str
) -> None:
    make(alone, tmp_path / "file")
    before = unchanged(alone)
    ended = alone("restore", str(tmp_path / "file"))
    assert ended.returncode == code, ended.stderr
    if said != "later release":
        assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1 and ended.stdout == ""
    assert unchanged(alone) == before
    assert not [*alone.data.glob("journal.db.restore-*"), *alone.data.glob("*before-restore*")]


def test_a_backup_of_an_older_release_is_brought_up_to_date(alone: Shell, tmp_path: Path) -> None:
    from floorctl.sync.journal.migrations import SCHEMA
    from floorctl.sync.opening import connect

    key = data_key(alone.data, "file")
    script = (Path(__file__).parents[1] / "data" / "journal-1.sql").read_text("utf-8")
    with closing(connect(tmp_path / "old.db", key, durable=True)) as db:
        db.executescript(script)  # type: ignore[attr-defined]
        db.execute("PRAGMA user_version = 1").fetchall()
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
    done = alone.json("restore", str(tmp_path / "old.db"))
    assert done["kept"]
    with closing(connect(journal_of(alone), key, durable=True)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    assert verdict(alone)["ok"]


@pytest.mark.parametrize("how", ["damaged", "missing", "of another key", "beside a log"])
def test_whatever_is_there_a_good_backup_takes_its_place(alone: Shell, tmp_path: Path, how: str) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    note(alone, 3, "y")
    journal = journal_of(alone)
    if how == "damaged":
        journal.write_bytes(b"x" * 40_000)
    elif how == "missing":
        journal.unlink()
    elif how == "of another key":
        of_another_terminal(alone, tmp_path / "other.db")
        shutil.copyfile(tmp_path / "other.db", journal)
    else:
        with closing(Journal.open(journal, data_key(alone.data, "file"))) as opened:
            opened.audit("lock", who="z")
            log = Path(f"{journal}-wal").read_bytes()
        Path(f"{journal}-wal").write_bytes(log)
        shutil.copyfile(tmp_path / "b.db", journal)
    there = journal.read_bytes() if journal.exists() else None
    done = alone.json("restore", str(tmp_path / "b.db"))
    assert (done["kept"] is None) == (how == "missing")
    if how in ("damaged", "of another key"):
        assert Path(done["kept"]).read_bytes() == there and done["entries_after"] is None
    entries = trail(alone)
    assert sum(each["what"] == "lock" for each in entries) == 12
    assert "restored" in [each["what"] for each in entries]
    if how == "missing":
        assert not Path(f"{journal}-wal").exists()


def test_while_somebody_uses_the_data_nothing_is_put_back(alone: Shell, tmp_path: Path) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    with SyncLock(alone.data) as lock:
        assert lock.acquire()
        ended = alone("restore", str(tmp_path / "b.db"))
        assert ended.returncode == 1 and "Close the cockpit" in ended.stderr
    with closing(Journal.open(journal_of(alone), data_key(alone.data, "file"))):
        assert alone.process("restore", str(tmp_path / "b.db")).returncode == 1
        assert alone("restore", str(tmp_path / "b.db")).returncode == 1
    assert alone("restore", str(tmp_path / "b.db")).returncode == 0


def test_a_backup_signs_nobody_in(terminal: Shell, platform: PlatformProcess, tmp_path: Path) -> None:
    terminal.sign_in(platform)  # in a session of its own, which ends
    assert terminal("backup", str(tmp_path / "b.db")).returncode == 0
    assert terminal("logout").returncode == 0
    assert terminal("restore", str(tmp_path / "b.db")).returncode == 0
    assert terminal("urge", orders(terminal)[0], "--level", "1", "--note", "x").returncode == 5


def test_numbers_of_commands_are_not_given_again(terminal: Shell, tmp_path: Path) -> None:
    first, second = orders(terminal)[5:7]
    assert terminal("backup", str(tmp_path / "b.db")).returncode == 0
    assert urge(terminal, first) == 0
    assert terminal("restore", str(tmp_path / "b.db")).returncode == 0
    assert urge(terminal, second) == 0
    whats = [each["what"] for each in trail(terminal)]
    assert "lost" not in whats
    assert "restored" in terminal("audit", "list").stdout


def test_the_log_of_what_was_put_back_is_not_that_of_the_backup(alone: Shell, tmp_path: Path) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    assert alone("restore", str(tmp_path / "b.db")).returncode == 0
    journal = journal_of(alone)
    with closing(Journal.open(journal, data_key(alone.data, "file"))) as opened:
        opened.audit("lock", who="z")
        log = Path(f"{journal}-wal").read_bytes()
    Path(f"{journal}-wal").write_bytes(log)
    shutil.copyfile(tmp_path / "b.db", journal)
    ended = alone("audit", "list")
    assert ended.returncode == 0 and "was put aside" in ended.stderr
    assert [each["what"] for each in trail(alone)] == ["lock"] * 12 + ["log_aside"]
    assert "journal.db-wal.aside-" in alone("doctor").stdout


@pytest.mark.parametrize("kib", [0, 20, 40, 60, 80, 100, 120])
def test_on_a_full_disk_it_is_the_room_that_is_missing_and_nothing_changes(
    alone: Shell, small_disk: Path, tmp_path: Path, kib: int
) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    shutil.copytree(alone.data, small_disk / "data")
    full = Shell(tmp_path / "full")
    full.config.write_text(full.config.read_text("utf-8").replace(str(full.data), str(small_disk / "data")), "utf-8")
    before = (small_disk / "data" / "journal.db").read_bytes()
    fill(small_disk, leave=kib << 10)
    ended = full("restore", str(tmp_path / "b.db"))
    (small_disk / BALLAST).unlink()
    assert "damaged" not in ended.stderr and "Reading or writing" not in ended.stderr
    if ended.returncode:
        assert "Nothing was put back" in ended.stderr and ended.returncode == 1
        assert (small_disk / "data" / "journal.db").read_bytes() == before
    assert not list((small_disk / "data").glob("journal.db.restore-*"))


def test_what_one_that_was_killed_has_left_is_taken_away(alone: Shell, tmp_path: Path) -> None:
    folder = alone.data / "journal.db.restore-abc"
    folder.mkdir()
    shutil.copyfile(journal_of(alone), folder / "fetched.db")
    kept = alone.data / "journal.db.before-restore-20260101T000000"
    kept.hardlink_to(journal_of(alone))
    other = alone.data / "journal.db.before-restore-20250101T000000"
    shutil.copyfile(journal_of(alone), other)
    with SyncLock(alone.data) as lock, SyncLock(alone.data) as second:
        assert lock.acquire() and not second.acquire()
        assert not folder.exists() and not kept.exists() and other.exists()
        folder.mkdir()
        assert not second.acquire() and folder.exists()  # it may be at work
    assert sum(each["what"] == "lock" for each in trail(alone)) == 12


def test_a_backup_of_before_a_change_of_the_key_is_put_back_as_documented(alone: Shell, tmp_path: Path) -> None:
    assert alone("backup", str(tmp_path / "b.db")).returncode == 0
    shutil.copyfile(alone.data / "data.key", tmp_path / "data.key")
    assert alone("rekey").returncode == 0
    assert alone("restore", str(tmp_path / "b.db")).returncode == 2
    alone.data.rename(tmp_path / "away")
    alone.data.mkdir(mode=0o700)
    shutil.copyfile(tmp_path / "data.key", alone.data / "data.key")
    assert alone("restore", str(tmp_path / "b.db")).returncode == 0
    assert sum(each["what"] == "lock" for each in trail(alone)) == 12
    assert verdict(alone)["ok"]

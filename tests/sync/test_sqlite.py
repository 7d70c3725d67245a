"""Opening encrypted files, and what goes wrong with them; cache and journal on disks that fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from floorctl.errors import FloorctlError
from floorctl.models.base import Ref
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import DamagedError, readable_errors, transaction
from tests.small_disk import BALLAST, fill
from tests.sync.storage import KEY, change, command, damaged_caches, open_cache, open_journal, order, page

SECRET = "张三的电话"


def _filled(path: Path, rows: int = 400) -> None:
    db = connect(path, KEY, durable=True)
    db.execute("CREATE TABLE t (a)")
    with transaction(db):
        db.executemany("INSERT INTO t VALUES (?)", [(SECRET * 40,)] * rows)
    db.close()


def test_nothing_of_the_text_is_readable_in_the_files(tmp_path: Path) -> None:
    _filled(tmp_path / "x.db")
    db = connect(tmp_path / "x.db", KEY, durable=True)
    db.execute("INSERT INTO t VALUES (?)", (SECRET,))
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert SECRET.encode() not in content
        assert b"SQLite format" not in content
    db.close()


def test_all_files_are_private(tmp_path: Path) -> None:
    _filled(tmp_path / "x.db")
    db = connect(tmp_path / "x.db", KEY, durable=True)
    db.execute("INSERT INTO t VALUES (1)")
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm"), 0o600)
    db.close()


def test_another_key_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    _filled(tmp_path / "x.db")
    before = (tmp_path / "x.db").read_bytes()
    with pytest.raises(DamagedError, match=r"error\.key_wrong"):
        connect(tmp_path / "x.db", bytes(32), durable=True)
    assert (tmp_path / "x.db").read_bytes() == before


def test_damage_says_so_and_writes_nothing_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _filled(tmp_path / "x.db")
    size = (tmp_path / "x.db").stat().st_size
    with (tmp_path / "x.db").open("r+b") as file:
        file.seek(size // 2)
        file.write(bytes(8192))
    db = connect(tmp_path / "x.db", KEY, durable=True)
    with pytest.raises(DamagedError, match=r"error\.database_damaged"), readable_errors(tmp_path / "x.db"):
        db.execute("SELECT sum(length(a)) FROM t").fetchall()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"hello\n" * 2000, b"", b"x"], ids=["text", "empty", "one byte"])
def test_a_file_that_is_no_database_is_damaged_not_locked(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal.db").write_bytes(content)
    with pytest.raises(DamagedError, match=r"error\.journal_damaged"):
        open_journal(tmp_path)
    assert (tmp_path / "journal.db").read_bytes() == content


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    db = connect(tmp_path / "x.db", KEY, durable=True)
    db.execute("CREATE TABLE t (a)")
    with pytest.raises(ZeroDivisionError), transaction(db):
        db.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)


# -- folders and disks


def test_a_full_disk_takes_no_command_and_loses_none(small_disk: Path) -> None:
    journal = open_journal(small_disk)
    kept = [journal.append(command("order.urge", Ref("order", "o-1"), {"level": 1}), by="p-1")]
    fill(small_disk)
    with pytest.raises(FloorctlError, match=r"error\.disk_full"):
        for _ in range(2000):
            kept.append(journal.append(command("order.urge", Ref("order", "o-1"), {"level": 1}), by="p-1"))
    assert [item.id for item in journal.items()] == [item.id for item in kept]
    (small_disk / BALLAST).unlink()
    kept.append(journal.append(command("order.urge", Ref("order", "o-1"), {"level": 1}), by="p-1"))
    journal.close()
    assert [item.id for item in open_journal(small_disk).items()] == [item.id for item in kept]


def test_a_full_disk_keeps_the_cache_as_it_was(small_disk: Path) -> None:
    cache = open_cache(small_disk)
    cache.apply(page(change("order", "o-1", 1, order(1)), cursor="before"))
    fill(small_disk)
    big = [change("order", f"o-{n}", 1, order(n, content="水" * 5000)) for n in range(2, 400)]
    with pytest.raises(FloorctlError, match=r"error\.disk_full"):
        cache.apply(page(*big, cursor="after"))
    assert (cache.cursor, cache.count("order")) == ("before", 1)
    assert damaged_caches(small_disk) == []
    (small_disk / BALLAST).unlink()
    cache.apply(page(*big[:20], cursor="after"))
    assert (cache.cursor, cache.count("order")) == ("after", 21)


def test_a_first_start_on_a_full_disk_says_so(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(FloorctlError, match=r"error\.disk_full"):
        open_journal(small_disk)
    with pytest.raises(FloorctlError, match=r"error\.disk_full"):
        open_cache(small_disk)
    (small_disk / BALLAST).unlink()
    open_journal(small_disk).close()
    open_cache(small_disk).close()


def test_a_read_only_folder_can_be_looked_at(small_disk: Path) -> None:
    journal, cache = open_journal(small_disk), open_cache(small_disk)
    item = journal.append(command("order.urge", Ref("order", "o-1"), {"level": 1}), by="p-1")
    cache.apply(page(change("order", "o-1", 1, order(1))))
    journal.close()
    cache.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    journal, cache = open_journal(small_disk), open_cache(small_disk)
    assert journal.items() == [item]
    assert cache.get("order", "o-1") is not None
    with pytest.raises(FloorctlError, match=r"error\.data_unwritable"):
        journal.append(command("order.urge", Ref("order", "o-1"), {"level": 1}), by="p-1")
    with pytest.raises(FloorctlError, match=r"error\.data_unwritable"):
        cache.apply(page(change("order", "o-1", 2, order(1))))
    journal.close()
    cache.close()


def test_a_read_only_folder_without_data_says_so(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(FloorctlError, match=r"error\.data_unwritable"):
        open_journal(small_disk)
    with pytest.raises(FloorctlError, match=r"error\.data_unwritable"):
        open_cache(small_disk)


# -- what opening costs


def test_opening_warm_databases_imports_nothing_heavy(tmp_path: Path) -> None:
    open_cache(tmp_path).close()
    open_journal(tmp_path).close()
    script = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from floorctl.models.order_filter import OrderFilter
from floorctl.sync.cache.cache import Cache
from floorctl.sync.journal.journal import Journal
from floorctl.sync.overlay import Overlay
from floorctl.calendar import WorkCalendar
folder, key = Path({str(tmp_path)!r}), bytes(range(32))
cache = Cache.open(folder / "cache.db", key, WorkCalendar(ZoneInfo("Asia/Shanghai")))
journal = Journal.open(folder / "journal.db", key)
overlay = Overlay(journal, cache.get, cache.removed_version)
cache.all("seat"), cache.orders(OrderFilter(), datetime.now(UTC)), journal.counts(), journal.session()
heavy = {{"sqlmodel", "sqlalchemy", "pydantic", "httpx", "keyring", "textual", "starlette", "asyncio", "sqlite3"}}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, env=os.environ, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"

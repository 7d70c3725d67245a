"""Another key: both databases, killed at any point; and an end to all of it."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import FloorctlError
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys import keys, rekey
from floorctl.sync.keys.data_key import data_key, forget_derived_keys
from floorctl.sync.opening import connect
from tests import forking
from tests.cli.shell import Shell
from tests.scope import FULL, one_in
from tests.sync.storage import change, damaged_caches, open_cache, order, page

PHRASE, OTHER = "四川 一二三四五 正确的马", "完全 不同的 一句 很长的话"


def asked(*answers: str) -> Any:
    left = list(answers)
    return lambda _new: left.pop(0)


def fill(folder: Path, key: bytes, commands: int = 40, orders: int = 300) -> None:
    with closing(Journal.open(folder / "journal.db", key)) as journal:
        for n in range(commands):
            journal.audit("reveal", who=f"p-{n}")
    with closing(open_cache(folder, key)) as cache:
        cache.apply(page(*(change("order", f"o-{n}", 1, order(n, content="内容" * 200)) for n in range(orders))))


def read(folder: Path, key: bytes) -> tuple[int, int]:
    """Return the number of entries in the trail and of orders in the cache."""
    with closing(Journal.open(folder / "journal.db", key)) as journal:
        verdict = journal.verify_trail()
        assert verdict.flaw is None
    with closing(open_cache(folder, key)):
        assert damaged_caches(folder) == []
    return verdict.entries, _orders(folder, key)


def _orders(folder: Path, key: bytes) -> int:
    with closing(connect(folder / "cache.db", key, durable=False, readonly=True)) as db:
        (live,) = db.execute("SELECT value FROM meta WHERE name = 'live'").fetchone()
        return int(db.execute(f"SELECT count(*) FROM entity_{live} WHERE kind = 'order'").fetchone()[0])


PLACES = ["file", "keyring", "passphrase"]


@pytest.mark.parametrize("to", PLACES)
@pytest.mark.parametrize("start", PLACES)
def test_the_key_moves_from_every_place_to_every_other(start: str, to: str, tmp_path: Path, memory: Any) -> None:
    old = data_key(tmp_path, start, asked(PHRASE))
    fill(tmp_path, old)
    before = read(tmp_path, old)
    place = rekey.rekey(tmp_path, to, old, asked(OTHER))
    assert place.where == to
    forget_derived_keys()
    new = data_key(tmp_path, "auto", asked(OTHER))
    assert new != old
    assert read(tmp_path, new) == before
    for name in ("journal.db", "cache.db"):
        with pytest.raises(FloorctlError):
            connect(tmp_path / name, old, durable=name == "journal.db", readonly=True)
    left = {each.name for each in tmp_path.iterdir()}
    assert ("data.key" in left) == (to == "file")
    assert not {name for name in left if "next" in name}
    assert len(memory.passwords) == (to == "keyring")


@pytest.mark.parametrize("number", range(int(os.environ.get("FLOORCTL_REKEY_KILLS", "6" if FULL else "4"))))
def test_killed_at_any_point_the_data_opens_with_one_of_the_two_keys(number: int, tmp_path: Path) -> None:
    old = data_key(tmp_path, "file")
    fill(tmp_path, old)
    before = read(tmp_path, old)
    with started(str(tmp_path), "file", "", "") as (process, begin):
        begin()
        time.sleep(random.Random(number).uniform(0, 0.12))
        process.kill()
        process.wait()
    key = data_key(tmp_path, "file")
    assert read(tmp_path, key) == before
    assert not (tmp_path / keys.NEXT_FILE).exists()
    assert data_key(tmp_path, "file") == key


@contextmanager
def started(*arguments: str) -> Iterator[tuple[forking.Started, Callable[[], object]]]:
    """Start a process that is about to change the key; yield it, and a function that lets it begin."""
    asked_for, asks = os.pipe()
    said, says = os.pipe()
    with os.fdopen(asks, "w") as question, os.fdopen(said) as answer, Path(os.devnull).open("w") as nowhere:
        process = forking.start("tests.security.rekey_process", *arguments, files=[asked_for, says, nowhere.fileno()])
        os.close(asked_for)
        os.close(says)
        assert answer.readline() == "ready\n"
        yield process, lambda: print(file=question, flush=True)
        process.kill()
        process.wait()


STEPS = ["make_key", "write_marker", "_reencrypt 1", "_reencrypt 2", "store_key", "write_marker 2", "drop_key"]


@pytest.mark.parametrize(("start", "step"), one_in(2, [*product(("file", "passphrase"), STEPS)]))
def test_killed_after_each_step_the_data_opens_again(start: str, step: str, tmp_path: Path) -> None:
    old = data_key(tmp_path, start, asked(PHRASE))
    fill(tmp_path, old)
    before = read(tmp_path, old)
    ended = forking.run("tests.security.rekey_process", str(tmp_path), start, PHRASE, OTHER, step)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    forget_derived_keys()
    phrases = iter([PHRASE, OTHER, PHRASE, OTHER, PHRASE, OTHER])
    key = data_key(tmp_path, "auto", lambda _new: next(phrases))
    assert read(tmp_path, key) == before


def test_while_somebody_else_has_it_open_nothing_is_changed(tmp_path: Path) -> None:
    old = data_key(tmp_path, "file")
    fill(tmp_path, old)
    with closing(Journal.open(tmp_path / "journal.db", old)) as journal:
        journal.audit("reveal", who="p-1")
        with pytest.raises(FloorctlError, match=r"error\.rekey_in_use"):
            rekey.rekey(tmp_path, "file", old, keys.nobody_to_ask)
        journal.audit("reveal", who="p-2")
    assert data_key(tmp_path, "file") == old
    assert read(tmp_path, old)[0] == 42


# -- passphrases


def test_a_passphrase_is_kept_nowhere_and_a_wrong_one_is_asked_for_again(tmp_path: Path, memory: Any) -> None:
    key = data_key(tmp_path, "passphrase", asked(PHRASE))
    for file in tmp_path.iterdir():
        assert key.hex() not in file.read_text("latin-1")
        assert PHRASE.encode() not in file.read_bytes()
    assert not memory.passwords
    forget_derived_keys()
    assert data_key(tmp_path, "auto", asked("wrong one, twice", "wrong one, thrice", PHRASE)) == key
    forget_derived_keys()
    with pytest.raises(FloorctlError, match=r"error\.passphrase_wrong"):
        data_key(tmp_path, "auto", asked("a", "b", "c"))
    with pytest.raises(FloorctlError, match=r"error\.passphrase_needed"):
        data_key(tmp_path, "auto")


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FloorctlError, match=r"error\.passphrase_short"):
        data_key(tmp_path, "passphrase", asked("十一个字符的口令啊"))
    assert not (tmp_path / keys.MARKER_FILE).exists()


# -- by commands


@pytest.fixture
def used(shell: Shell) -> Shell:
    """A terminal with a journal."""
    assert shell("audit").returncode == 0
    return shell


def test_rekey_changes_the_key_and_the_trail_says_so(used: Shell) -> None:
    before = (used.data / "data.key").read_text()
    ended = used("rekey")
    assert ended.returncode == 0, ended.stderr
    assert (used.data / "data.key").read_text() != before
    assert "rekey" in {item["what"] for item in used.json("audit")["items"]}
    assert used.json("audit", "verify")["ok"] is True


def test_a_passphrase_is_taken_from_a_file_that_is_named_and_doctor_says_so(used: Shell) -> None:
    (used.folder / "phrase").write_text(PHRASE + "\n", "utf-8")
    env = {"FLOORCTL_PASSPHRASE_FILE": str(used.folder / "phrase")}
    ended = used("rekey", "--key", "passphrase", env=env)
    assert ended.returncode == 0, ended.stderr
    assert not (used.data / "data.key").exists()
    assert "passphrase" in used("doctor", env=env).stdout
    refused = used.process("status")  # in a session of its own: no terminal to ask at
    assert refused.returncode == 1
    assert "FLOORCTL_PASSPHRASE_FILE" in refused.stderr


def test_wipe_leaves_nothing_and_loses_nothing_that_was_not_named(used: Shell) -> None:
    (used.data / "notes.txt").write_text("不是本程序的文件")
    assert used("wipe").returncode == 2  # nobody to ask
    assert used("wipe", "--yes", "--lose", "3").returncode == 4
    assert (used.data / "journal.db").exists()
    ended = used("wipe", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert [each.name for each in used.data.iterdir()] == ["notes.txt"]
    for again in (used("wipe", "--yes"), used("rekey")):
        assert again.returncode == 6
        assert str(used.data) in again.stderr and "back up" not in again.stderr

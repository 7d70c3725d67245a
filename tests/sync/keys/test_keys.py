"""The key of the data at rest."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked, NoKeyringError

from floorctl.errors import FloorctlError
from floorctl.sync.keys.data_key import data_key
from tests.keyrings import ForgetfulKeyring, MemoryKeyring, as_system_keyring


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    """A keyring in memory, which is the system's for the test."""
    with as_system_keyring(MemoryKeyring()) as keyring:
        yield keyring


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    key = data_key(folder, "file")
    assert len(key) == 32
    assert data_key(folder, "file") == key
    assert data_key(tmp_path / "another", "file") != key


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    data_key(tmp_path / "data", "file")
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    for file in (tmp_path / "data").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_auto_prefers_the_keyring_and_leaves_no_key_on_the_disk(tmp_path: Path, memory: MemoryKeyring) -> None:
    key = data_key(tmp_path, "auto")
    assert list(memory.passwords.values()) == [key.hex()]
    assert not (tmp_path / "data.key").exists()
    assert data_key(tmp_path, "file") == key  # where it is counts, not where it would be made


@pytest.mark.parametrize("trouble", [NoKeyringError(), KeyringLocked(), RuntimeError("no bus")])
def test_auto_without_a_keyring_asks_for_a_passphrase_and_leaves_no_key(
    tmp_path: Path, memory: MemoryKeyring, trouble: Exception
) -> None:
    memory.error = trouble
    asked: list[bool] = []

    def ask(new: bool) -> str:
        asked.append(new)
        return "足够长的一句数据口令 abc"

    key = data_key(tmp_path, "auto", ask)
    assert asked == [True]
    assert len(key) == 32
    assert not (tmp_path / "data.key").exists()


def test_a_keyring_that_forgets_is_not_trusted(tmp_path: Path) -> None:
    with as_system_keyring(ForgetfulKeyring()), pytest.raises(FloorctlError, match=r"error\.passphrase_needed"):
        data_key(tmp_path, "auto")
    assert not (tmp_path / "data.key.place").exists()


def test_a_keyring_that_was_asked_for_and_is_not_there_is_an_error(tmp_path: Path, memory: MemoryKeyring) -> None:
    memory.error = NoKeyringError("none")
    with pytest.raises(FloorctlError, match=r"error\.keyring_unavailable"):
        data_key(tmp_path, "keyring")


def test_a_lost_key_is_not_replaced_where_a_journal_needs_it(tmp_path: Path) -> None:
    data_key(tmp_path, "file")
    (tmp_path / "journal.db").write_bytes(b"x")
    (tmp_path / "data.key").unlink()
    with pytest.raises(FloorctlError, match=r"error\.key_missing"):
        data_key(tmp_path, "file")
    (tmp_path / "data.key.place").unlink()
    with pytest.raises(FloorctlError, match=r"error\.key_missing"):
        data_key(tmp_path, "file")


@pytest.mark.parametrize("text", ["00" * 32, "zz", "", "00" * 31])
def test_another_key_in_the_file_is_told_apart(tmp_path: Path, text: str) -> None:
    data_key(tmp_path, "file")
    (tmp_path / "data.key").write_text(text)
    with pytest.raises(FloorctlError, match=r"error\.key_wrong"):
        data_key(tmp_path, "file")


def test_a_damaged_marker_is_made_again_from_the_key(tmp_path: Path) -> None:
    key = data_key(tmp_path, "file")
    (tmp_path / "data.key.place").write_bytes(b"\xff\0 nonsense")
    assert data_key(tmp_path, "file") == key


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FloorctlError, match=r"error\.data_unwritable"):
        data_key(tmp_path / "file" / "data", "file")


def test_threads_that_make_the_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(data_key(tmp_path / "data", "file"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_in_a_file_never_imports_keyring(tmp_path: Path) -> None:
    data_key(tmp_path, "file")
    script = (
        "import sys; from pathlib import Path; from floorctl.sync.keys.data_key import data_key\n"
        f"data_key(Path({str(tmp_path)!r}), 'auto')\n"
        "assert 'keyring' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ)


def test_the_key_of_a_passphrase_is_the_same_for_ever() -> None:
    """argon2id of 64 MiB, in a process of its own: those of the tests derive cheaply."""
    derive = "derive_key('四川 一二三四五 正确的马', bytes(range(16)))"
    script = f"from floorctl.sync.keys.keys import derive_key; print({derive}.hex())"
    made = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=os.environ)
    assert made.stdout.strip() == "e3555c37b4b8a4e6e2fb3a3eac8258b8a57180a36c46dc83c86bd9dbbc3acd1e"

"""The key as a shell's completion gets it: where it lies open, and nowhere else, without a question or a trace."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from floorctl.sync.keys.at_hand import key_at_hand
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.keys.keys import KEY_FILE, MARKER_FILE, NEXT_FILE
from tests import keyrings

PASSPHRASE = "correct horse battery staple"

#: Runs in a session of its own with the desktop's keyring, which is unlocked to begin with.
IN_A_SESSION = """
import sys
from contextlib import closing
from pathlib import Path
import secretstorage
from floorctl.sync.keys.at_hand import key_at_hand
from floorctl.sync.keys.data_key import data_key
folder = Path(sys.argv[1])
key = data_key(folder, "keyring")
found = [key_at_hand(folder) == key]
with closing(secretstorage.dbus_init()) as bus:
    secretstorage.get_default_collection(bus).lock()
    found.append(key_at_hand(folder) is None)
    found.append(secretstorage.get_default_collection(bus).is_locked())
print(found)
"""


def test_a_key_in_a_file_is_at_hand_and_nothing_is_made_where_there_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert key_at_hand(folder) is None
    assert not folder.exists()
    key = data_key(folder, "file")
    before = sorted(folder.iterdir())
    assert key_at_hand(folder) == key
    assert sorted(folder.iterdir()) == before


def test_one_that_does_not_fit_is_not(tmp_path: Path) -> None:
    data_key(tmp_path, "file")
    (tmp_path / KEY_FILE).write_text("00" * 32)
    assert key_at_hand(tmp_path) is None


def test_while_the_key_is_being_changed_none_is_at_hand(tmp_path: Path) -> None:
    data_key(tmp_path, "file")
    shutil.copyfile(tmp_path / MARKER_FILE, tmp_path / NEXT_FILE)
    assert key_at_hand(tmp_path) is None


def test_a_passphrase_is_not_asked_for(tmp_path: Path) -> None:
    data_key(tmp_path, "passphrase", lambda _new: PASSPHRASE)
    assert key_at_hand(tmp_path) is None


def test_a_keyring_that_may_ask_is_not_called(tmp_path: Path) -> None:
    """Only of the Secret Service can it be found out before whether it would."""
    with keyrings.as_system_keyring(keyrings.MemoryKeyring()) as ring:
        data_key(tmp_path, "keyring")
        ring.error = AssertionError("it was called")
        assert key_at_hand(tmp_path) is None


def test_the_desktops_keyring_is_read_while_it_is_unlocked_and_left_alone_while_it_is_not(tmp_path: Path) -> None:
    programs = [shutil.which(name) for name in ("dbus-run-session", "gnome-keyring-daemon")]
    if not all(programs):
        pytest.skip("there is no keyring of a desktop here")
    keyring = "printf pw | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 & ring=$!"
    ready = "until busctl=$(dbus-send --session --print-reply --dest=org.freedesktop.DBus / "
    ready += "org.freedesktop.DBus.ListNames) && case $busctl in *freedesktop.secrets*) true;; *) false;; esac; "
    ready += "do sleep 0.1; done"
    script = f'{keyring}; {ready}; "$@"; code=$?; kill $ring; exit $code'
    ended = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, "sh", sys.executable, "-c", IN_A_SESSION, tmp_path / "data"],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "[True, True, True]\n"), ended.stderr

"""A keyring that is locked, broken, mute or tampered with: said within seconds as what it is, and nothing is lost."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError, PasswordSetError

from floorctl.errors import FloorctlError
from floorctl.floor import accounts, passwords
from floorctl.floor.floor import Floor
from floorctl.sync.keys import keyring as system_keyring
from floorctl.sync.keys import keys, rekey
from floorctl.sync.keys.data_key import data_key, forget_derived_keys
from floorctl.sync.keys.keyring import KeyringTrouble
from floorctl.sync.keys.wipe import wipe
from tests.cli.shell import ROOT, Shell
from tests.floor_access import journal_of
from tests.keyrings import LockedKeyring, MemoryKeyring, SilentKeyring
from tests.security.conftest import PASSWORDS
from tests.security.test_keys_changed import OTHER, PHRASE, asked, fill, read
from tests.simulator.running import Running

NUMBER, PASSWORD = PASSWORDS["supervisor"]


class LockedException(Exception):
    """As raised by a package below keyring that does not use keyring's errors."""


class DBusErrorResponse(Exception):
    """As raised where the D-Bus service answers with an error."""


class Impatient(BaseException):
    """Raised by some back-ends: no subclass of Exception."""


def named(value: object) -> str:
    """Return the id of a test case."""
    return value if isinstance(value, str) else type(value).__name__


LOCKED = [
    KeyringLocked(),
    LockedException("Item is locked!"),
    DBusErrorResponse("[org.freedesktop.Secret.Error.IsLocked] ('Cannot get secret of a locked object',)"),
    KeyringError("Failed to unlock the collection!"),
]
NONE = [NoKeyringError("No recommended backend was available."), InitError("Failed to connect to the bus")]
BROKEN = [
    RuntimeError("no bus"), OSError(111, "Connection refused"), KeyringError(), PasswordSetError("no"), ValueError(),
    DBusErrorResponse("[org.freedesktop.DBus.Error.NoReply]"), SystemExit(3), KeyboardInterrupt(), Impatient("x"),
    GeneratorExit(),
]  # fmt: skip
KINDS = [
    *((error, "error.keyring_unavailable_locked") for error in LOCKED),
    *((error, "error.keyring_unavailable_none") for error in NONE),
    *((error, "error.keyring_unavailable") for error in BROKEN),
]


@pytest.fixture
def use_keyring() -> Iterator[Callable[[Any], Any]]:
    """Makes a keyring the one that this process takes for the system's."""
    before = keyring.get_keyring()

    def choose(backend: Any) -> Any:
        keyring.set_keyring(backend)
        return backend

    yield choose
    keyring.set_keyring(before)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time-out of the keyring."""
    monkeypatch.setattr(system_keyring, "LIMIT", 0.2)
    monkeypatch.setattr(system_keyring, "_LEAST", 0.1)
    monkeypatch.setattr(system_keyring, "_patience", system_keyring._Patience())


def in_keyring(folder: Path) -> bytes:
    """Make data that is encrypted with a key in the keyring; return the key."""
    key = data_key(folder, "keyring")
    fill(folder, key, commands=2, orders=2)
    return key


def everything(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


# -- reading


@pytest.mark.parametrize(("error", "said"), KINDS, ids=named)
@pytest.mark.parametrize("marked", [True, False])
def test_whatever_a_keyring_raises_is_named_and_the_key_is_not_called_missing(
    error: BaseException, said: str, marked: bool, tmp_path: Path, use_keyring: Any
) -> None:
    memory = use_keyring(MemoryKeyring())
    key = in_keyring(tmp_path)
    if not marked:
        (tmp_path / keys.MARKER_FILE).unlink()
    before = everything(tmp_path)
    memory.error = error
    with pytest.raises(KeyringTrouble) as raised:
        data_key(tmp_path, "auto", asked())
    assert raised.value.key == said
    if said == "error.keyring_unavailable":
        assert str(raised.value.params["reason"]).startswith(type(error).__name__)
    assert everything(tmp_path) == before
    memory.error = None
    assert data_key(tmp_path, "auto") == key


class Wordless(Exception):
    """Raises another error when its message is asked for."""

    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize("step", ["said", "printed"])
def test_an_error_without_words_and_what_a_keyring_prints_do_no_harm(
    step: str, tmp_path: Path, use_keyring: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    memory = use_keyring(MemoryKeyring())
    key = in_keyring(tmp_path)
    if step == "said":
        memory.error = Wordless()
        with pytest.raises(KeyringTrouble) as raised:
            data_key(tmp_path)
        assert raised.value.params["reason"] == "Wordless"
        return
    asked_for = type(memory).get_password

    class Talks(type(memory)):  # type: ignore[misc]
        def get_password(self, service: str, username: str) -> Any:
            print("a word of its own")
            return asked_for(memory, service, username)

    use_keyring(Talks())
    assert data_key(tmp_path) == key
    assert capsys.readouterr().out == ""  # which may be a command's JSON


def test_an_empty_answer_is_not_a_wrong_key(tmp_path: Path, use_keyring: Any) -> None:
    memory = use_keyring(MemoryKeyring())
    in_keyring(tmp_path)

    class Blank(type(memory)):  # type: ignore[misc]
        def get_password(self, service: str, username: str) -> Any:
            return ""

    use_keyring(Blank())
    with pytest.raises(KeyringTrouble, match=r"error\.keyring_unavailable_forgetful"):
        data_key(tmp_path)


@pytest.mark.parametrize("another", [null.Keyring, LockedKeyring], ids=["switched off", "locked"])
def test_a_keyring_that_returns_nothing_is_believed_only_if_it_keeps_a_test_entry(
    another: type[Any], tmp_path: Path, use_keyring: Any
) -> None:
    use_keyring(MemoryKeyring())
    in_keyring(tmp_path)
    locked = another()
    locked.locked = True
    use_keyring(locked)
    with pytest.raises(KeyringTrouble, match=r"error\.keyring_unavailable_forgetful"):
        data_key(tmp_path, "auto")
    empty = use_keyring(MemoryKeyring())
    with pytest.raises(FloorctlError, match=r"error\.key_missing"):
        data_key(tmp_path, "auto")
    assert not empty.passwords  # what it was tried with is gone again


def test_without_a_keyring_the_key_is_not_called_missing(tmp_path: Path, use_keyring: Any) -> None:
    use_keyring(MemoryKeyring())
    in_keyring(tmp_path)
    use_keyring(fail.Keyring())
    with pytest.raises(KeyringTrouble, match=r"error\.keyring_unavailable_none"):
        data_key(tmp_path, "auto")


@pytest.mark.parametrize("value", ["", "not hex", "ab" * 31, "ab" * 32, "ab" * 33, "\x00", "键", b"\xff\xfe", 7, ["x"]])
def test_an_entry_that_was_changed_is_no_missing_one_and_stays(value: Any, tmp_path: Path, use_keyring: Any) -> None:
    memory = use_keyring(MemoryKeyring())
    in_keyring(tmp_path)
    (entry,) = memory.passwords
    memory.passwords[entry] = value
    for _ in range(2):
        with pytest.raises(FloorctlError) as raised:
            data_key(tmp_path, "auto")
        kind = "error.key_wrong" if isinstance(value, str | bytes) else "error.keyring_unavailable"
        assert raised.value.key == kind
        (tmp_path / keys.MARKER_FILE).unlink(missing_ok=True)
    assert memory.passwords == {entry: value}


def test_a_key_that_comes_as_bytes_or_in_capitals_is_the_key(tmp_path: Path, use_keyring: Any) -> None:
    memory = use_keyring(MemoryKeyring())
    key = in_keyring(tmp_path)
    (entry,) = memory.passwords
    for value in (key.hex().encode(), key.hex().upper(), f"{key.hex()}\n"):
        memory.passwords[entry] = value
        assert data_key(tmp_path, "auto") == key


def test_a_keyring_that_never_answers_is_waited_for_once_and_only_for_a_moment(
    tmp_path: Path, use_keyring: Any, impatient: None
) -> None:
    silent = SilentKeyring()
    silent.silent = False
    use_keyring(silent)
    key = in_keyring(tmp_path)
    silent.silent = True
    for _ in range(3):
        with pytest.raises(KeyringTrouble, match=r"error\.keyring_unavailable_silent"):
            data_key(tmp_path, "auto")
    silent.silent = False
    assert data_key(tmp_path, "auto") == key


def test_all_that_one_command_asks_of_it_is_answered_within_five_seconds() -> None:
    patience = system_keyring._Patience()
    waits = []
    for _ in range(3):  # doctor asks three times
        waits.append(patience.seconds())
        patience._at -= waits[-1]  # none of which was answered
        patience.ended()
    assert sum(waits) <= 5


def test_a_process_says_so_ends_and_leaves_the_terminal_as_it_was(tmp_path: Path, use_keyring: Any) -> None:
    use_keyring(MemoryKeyring())
    shell = Shell(tmp_path / "terminal")
    in_keyring(shell.data)
    ours, theirs = pty.openpty()
    try:
        before = termios.tcgetattr(theirs)
        ended = subprocess.run(
            [sys.executable, "-m", "floorctl", "status"],
            stdin=theirs,
            capture_output=True,
            encoding="utf-8",
            env=shell.environment(PYTHON_KEYRING_BACKEND="tests.keyrings.PromptingKeyring"),
            cwd=ROOT,
            timeout=60,
        )
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "does not answer" in ended.stderr
        assert "rekey --key passphrase" in ended.stderr  # how to go on
        assert "Traceback" not in ended.stderr
        assert termios.tcgetattr(theirs) == before
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_back_end_that_is_not_there_is_said(tmp_path: Path, use_keyring: Any) -> None:
    use_keyring(MemoryKeyring())
    shell = Shell(tmp_path / "terminal")
    in_keyring(shell.data)
    ended = shell.process("status", env={"PYTHON_KEYRING_BACKEND": "no.such.Keyring"})
    assert ended.returncode == 1
    assert "keyring failed: ModuleNotFoundError" in ended.stderr


# -- writing


@pytest.mark.parametrize(("error", "said"), KINDS, ids=named)
def test_a_first_start_that_the_keyring_fails_leaves_no_data_without_a_key(
    error: BaseException, said: str, tmp_path: Path, use_keyring: Any
) -> None:
    memory = use_keyring(MemoryKeyring())
    memory.error = error
    with pytest.raises(KeyringTrouble) as raised:
        data_key(tmp_path, "keyring")
    assert raised.value.key == said
    assert {each.name for each in tmp_path.iterdir()} <= {"data.key.lock"}
    forget_derived_keys()
    assert data_key(tmp_path, "auto", asked(PHRASE))  # which goes on without it
    assert keys.read_marker(tmp_path / keys.MARKER_FILE).where == "passphrase"  # type: ignore[union-attr]


def test_a_first_start_beside_one_that_never_answers_goes_on_without_it(
    tmp_path: Path, use_keyring: Any, impatient: None
) -> None:
    use_keyring(SilentKeyring())
    key = data_key(tmp_path, "auto", asked(PHRASE))
    forget_derived_keys()
    assert data_key(tmp_path, "auto", asked(PHRASE)) == key


def test_an_error_of_the_keyring_does_not_show_the_secret(use_keyring: Any) -> None:
    memory = use_keyring(MemoryKeyring())
    memory.error = RuntimeError(f"could not store {PASSWORD!r}\nbecause")
    with pytest.raises(KeyringTrouble) as raised:
        passwords.keep("https://x", NUMBER, PASSWORD)
    assert PASSWORD not in str(raised.value.params)
    assert "\n" not in str(raised.value.params)


class LosesTheSecond(MemoryKeyring):
    """Keeps only the first password that it is given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.passwords:
            super().set_password(service, username, password)


@pytest.mark.parametrize("start", ["file", "passphrase"])
def test_a_change_of_the_key_that_it_loses_half_way_is_finished_when_it_works_again(
    start: str, tmp_path: Path, use_keyring: Any
) -> None:
    old = data_key(tmp_path, start, asked(PHRASE))
    fill(tmp_path, old, commands=2, orders=2)
    before = read(tmp_path, old)
    lossy = use_keyring(LosesTheSecond())
    with pytest.raises(KeyringTrouble):
        rekey.rekey(tmp_path, "keyring", old, keys.nobody_to_ask)
    forget_derived_keys()
    working = use_keyring(MemoryKeyring())
    working.passwords = lossy.passwords
    working.error = KeyringLocked()
    with pytest.raises(KeyringTrouble, match=r"error\.keyring_unavailable_locked"):
        data_key(tmp_path, "auto", asked(PHRASE))
    working.error = None
    key = data_key(tmp_path, "auto", asked(PHRASE))
    assert read(tmp_path, key) == before
    assert [*working.passwords.values()] == [key.hex()]


def test_a_change_of_the_key_that_it_refuses_changes_nothing(tmp_path: Path, use_keyring: Any) -> None:
    old = data_key(tmp_path, "file")
    fill(tmp_path, old, commands=2, orders=2)
    memory = use_keyring(MemoryKeyring())
    memory.error = KeyringLocked()
    with pytest.raises(KeyringTrouble, match=r"error\.keyring_unavailable_locked"):
        rekey.rekey(tmp_path, "keyring", old, asked(OTHER))
    assert data_key(tmp_path, "auto") == old
    read(tmp_path, old)


@pytest.mark.parametrize("error", [KeyringLocked(), Impatient(), OSError(5, "x")], ids=named)
def test_wiping_goes_on_without_it_and_says_what_is_left(
    error: BaseException, tmp_path: Path, use_keyring: Any
) -> None:
    memory = use_keyring(MemoryKeyring())
    folder = tmp_path / "data"
    in_keyring(folder)
    memory.error = error
    with pytest.raises(FloorctlError, match=r"error\.wipe_key_left"):
        wipe(folder)
    assert not folder.exists()


def test_wiping_takes_a_key_that_is_gone_already_for_deleted(tmp_path: Path, use_keyring: Any) -> None:
    memory = use_keyring(MemoryKeyring())
    in_keyring(tmp_path)
    memory.passwords.clear()
    assert wipe(tmp_path) > 0
    assert not memory.passwords


# -- the password that was to be kept


def test_a_person_is_signed_in_where_the_password_can_not_be_kept(
    small: Running, at: Callable[..., Floor], use_keyring: Any
) -> None:
    memory = use_keyring(MemoryKeyring())
    memory.error = Impatient()
    floor = at()
    with pytest.raises(KeyringTrouble):
        floor.session.sign_in(NUMBER, PASSWORD, keep=True)
    assert floor.session.person is not None
    assert floor.session.person.person_id == "p-1001"
    assert not floor.session.opens_locked()  # as after any signing in
    assert floor.session.password_for_signing_in_again() is None


@pytest.mark.parametrize("error", [*LOCKED[:2], *BROKEN], ids=named)
def test_a_session_that_ends_waits_for_a_person_where_the_password_is_not_given_out(
    error: BaseException, small: Running, at: Callable[..., Floor], use_keyring: Any
) -> None:
    memory = use_keyring(MemoryKeyring())
    floor = at()
    floor.session.sign_in(NUMBER, PASSWORD, keep=True)
    assert floor.session.password_for_signing_in_again() == (NUMBER, PASSWORD)
    memory.error = error
    assert floor.session.password_for_signing_in_again() is None
    with pytest.raises(FloorctlError, match=r"error\.password_left"):
        floor.session.sign_out()
    assert floor.session.person is None
    memory.error = None
    floor.session.sign_in(NUMBER, PASSWORD)
    assert floor.session.password_for_signing_in_again() is None  # what was to be gone is not used
    assert accounts.kept_password(floor.config, journal_of(floor)) is None

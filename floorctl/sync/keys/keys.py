"""The key of the databases: in the system's keyring, derived from a passphrase, or in a file that only its owner reads.

A small marker file records where the key is, and its fingerprint. So a terminal whose key is in a file never imports
keyring, and a missing or wrong key is told apart from damaged data. A key is never made anew while there is a journal
that needs the old one. ``floorctl.sync.keys.rekey`` changes it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from floorctl.errors import FloorctlError, UsageError
from floorctl.files.text import decoded
from floorctl.files.writing import put
from floorctl.sync import locks
from floorctl.sync.keys import keyring
from floorctl.sync.keys.keyring import KeyringTrouble

KEY_BYTES = 32
KEY_FILE = "data.key"
MARKER_FILE = "data.key.place"
#: Exists while the key is being changed, and records where the next one is.
NEXT_FILE = "data.key.next-place"
JOURNAL_FILE, CACHE_FILE = "journal.db", "cache.db"
SHORTEST_PASSPHRASE = 12
_PASSPHRASES = 3
_SERVICE = "floorctl"


#: A function that asks for the passphrase; with True, for a new one.
Ask = Callable[[bool], str]


class Place(msgspec.Struct, frozen=True):
    """Where a key is: keyring, passphrase (with its salt) or file; and its fingerprint, never the key."""

    where: str
    fingerprint: str
    salt: str = ""

    def fits(self, key: bytes | None) -> bool:
        """Whether ``key`` has this fingerprint."""
        return key is not None and hmac.compare_digest(fingerprint(key), self.fingerprint)


def nobody_to_ask(_new: bool) -> str:
    """Refuse to ask for a passphrase: there is no person to ask.

    Raises:
        FloorctlError: ``error.passphrase_needed``.

    """
    raise FloorctlError("error.passphrase_needed")


def key_of_passphrase(place: Place, ask: Ask) -> bytes:
    """Ask for the passphrase until it yields the key.

    Raises:
        FloorctlError: ``error.passphrase_wrong``: three did not.

    """
    for _ in range(_PASSPHRASES):
        key = derive_key(ask(False), bytes.fromhex(place.salt))
        if place.fits(key):
            return key
    raise FloorctlError("error.passphrase_wrong")


def derive_key(passphrase: str, salt: bytes) -> bytes:
    """Return the key derived from a passphrase (argon2id, 64 MiB); takes a tenth of a second."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(), salt, time_cost=3, memory_cost=65_536, parallelism=4, hash_len=KEY_BYTES, type=Type.ID
    )


def make_key(data_dir: Path, source: str, ask: Ask, *, name: str = "") -> tuple[Place, bytes]:
    """Make a key and store it as ``source`` says; ``name`` tells it apart from the one in use.

    Raises:
        KeyringTrouble: it was to be in the keyring, which did not store it.
        FloorctlError: ``error.passphrase_short``; what ``ask`` raises.

    """
    if source in ("auto", "keyring"):
        key = secrets.token_bytes(KEY_BYTES)
        try:
            _write_keyring(data_dir, key, name=name)
        except KeyringTrouble:
            if source == "keyring":
                raise
        else:
            return Place("keyring", fingerprint(key)), key
    if source == "file":
        key = secrets.token_bytes(KEY_BYTES)
        put(data_dir / (KEY_FILE + name), (key.hex() + "\n").encode())
        return Place("file", fingerprint(key)), key
    passphrase, salt = ask(True), secrets.token_bytes(16)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise FloorctlError("error.passphrase_short", least=SHORTEST_PASSPHRASE)
    key = derive_key(passphrase, salt)
    return Place("passphrase", fingerprint(key), salt.hex()), key


def fingerprint(key: bytes) -> str:
    """Return a hash that identifies a key and does not reveal it."""
    return hashlib.blake2b(key, digest_size=16, person=b"floorctl-key").hexdigest()


def read_marker(path: Path) -> Place | None:
    """Return where the key is, None if the marker is missing or malformed."""
    try:
        where, *rest = path.read_text("ascii").split()
        bytes.fromhex("".join(rest))
    except (OSError, ValueError):
        return None
    wanted = {"file": 1, "keyring": 1, "passphrase": 2}.get(where)
    return Place(where, *rest) if len(rest) == wanted else None


def write_marker(path: Path, place: Place) -> None:
    """Record where the key is."""
    put(path, "".join(f"{part}\n" for part in (place.where, place.fingerprint, place.salt) if part).encode())


def read_key(data_dir: Path, where: str, *, name: str = "", sure: bool = False) -> bytes | None:
    """Return the key in the file or in the keyring, None if there is none; ``name`` as in ``make_key``.

    ``sure``: None only if the keyring is there, is open, and holds no key.

    Raises:
        KeyringTrouble: the keyring does not answer.
        FloorctlError: ``error.key_unreadable``, ``error.key_wrong`` (what is there is no key).

    """
    if where == "file":
        return _read_file(data_dir, name)
    return _read_keyring(data_dir, name=name, sure=sure)


def drop_key(data_dir: Path, where: str, *, name: str = "") -> None:
    """Delete a key from where it is stored.

    Raises:
        KeyringTrouble: it is still in the keyring, or it can't be found out.

    """
    if where == "file":
        (data_dir / (KEY_FILE + name)).unlink(missing_ok=True)
    elif where == "keyring":
        keyring.drop(_SERVICE, _account(data_dir) + name)


def store_key(data_dir: Path, where: str, key: bytes) -> None:
    """Store a key in its usual place, replacing the one that is there.

    Raises:
        KeyringTrouble: the keyring did not store it.

    """
    if where == "file":
        put(data_dir / KEY_FILE, f"{key.hex()}\n".encode("ascii"))
    elif where == "keyring":
        _write_keyring(data_dir, key)


def _read_file(data_dir: Path, name: str) -> bytes | None:
    try:
        path = data_dir / (KEY_FILE + name)
        text = decoded(path.read_bytes(), path, national=False)  # a person may have restored it with an editor
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or ""
        raise FloorctlError("error.key_unreadable", path=data_dir / KEY_FILE, reason=reason) from error
    except UsageError:
        text = "no text"
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise FloorctlError("error.key_wrong", path=data_dir)
    return key


def key_lock(data_dir: Path) -> AbstractContextManager[None]:
    """Hold the lock under which one process at a time decides what the key is."""
    return locks.exclusive_lock(data_dir / "data.key.lock")


def _account(data_dir: Path) -> str:
    return str(data_dir.absolute())


def _read_keyring(data_dir: Path, *, name: str = "", sure: bool = False) -> bytes | None:
    text = keyring.get(_SERVICE, _account(data_dir) + name, sure=sure)
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise FloorctlError("error.key_wrong", path=data_dir)
    return key


def _write_keyring(data_dir: Path, key: bytes, *, name: str = "") -> None:
    # Some back-ends accept a password and store nothing; a key lost that way would make the journal unreadable for
    # ever.
    keyring.put(_SERVICE, _account(data_dir) + name, key.hex())

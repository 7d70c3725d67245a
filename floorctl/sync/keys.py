"""The key of the data at rest: made at first use, kept in the system's keyring or in a file that only its owner reads.

A small marker says where the key is, and holds a fingerprint of it. So a terminal whose key is in a file never imports
keyring, and a key that is missing or another's is told apart from damaged data. A key is never made anew while there
is a journal that the old one locks.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.sync.database import translated

KEY_BYTES = 32
KEY_FILE = "data.key"
MARKER_FILE = "data.key.place"
JOURNAL_FILE = "journal.db"
_SERVICE = "floorctl"


def data_key(data_dir: Path, source: str = "auto") -> bytes:
    """Return the 32 bytes that unlock the databases in ``data_dir``, making folder and key at first use.

    ``source``: ``keyring``, ``file``, or ``auto`` (the keyring where there is one, else a file). A key that exists is
    used from where it is, whatever ``source`` says.

    Raises:
        FloorctlError: ``error.key_missing`` (there is a journal, and its key is gone), ``error.key_wrong`` (not the key
            that this folder was made with), ``error.keyring_unavailable``, ``error.data_unwritable``,
            ``error.disk_full``.

    """
    place = _marker(data_dir)
    if place is None:
        with translated(data_dir):
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(data_dir):
                place = _marker(data_dir) or _settle(data_dir, source)
    where, fingerprint = place
    key = _read_file(data_dir) if where == "file" else _read_keyring(data_dir)
    if key is None:
        raise FloorctlError("error.key_missing", path=data_dir)
    if not hmac.compare_digest(_fingerprint(key), fingerprint):
        raise FloorctlError("error.key_wrong", path=data_dir)
    return key


def _settle(data_dir: Path, source: str) -> tuple[str, str]:
    """Find or make the key, and write down where it is."""
    where, key = "file", _read_file(data_dir)
    if key is None and source != "file":
        where, key = "keyring", _read_keyring(data_dir, quiet=source == "auto")
    if key is None:
        if (data_dir / JOURNAL_FILE).exists():
            raise FloorctlError("error.key_missing", path=data_dir)
        key = secrets.token_bytes(KEY_BYTES)
        where = _keep(data_dir, key, source)
    place = (where, _fingerprint(key))
    _write_private(data_dir / MARKER_FILE, "\n".join(place) + "\n")
    return place


def _keep(data_dir: Path, key: bytes, source: str) -> str:
    if source != "file" and _write_keyring(data_dir, key, quiet=source == "auto"):
        return "keyring"
    _write_private(data_dir / KEY_FILE, key.hex() + "\n")
    return "file"


def _fingerprint(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=16, person=b"floorctl-key").hexdigest()


def _marker(data_dir: Path) -> tuple[str, str] | None:
    try:
        where, fingerprint = (data_dir / MARKER_FILE).read_text("ascii").split()
    except (OSError, ValueError):
        return None
    return (where, fingerprint) if where in ("file", "keyring") else None


def _read_file(data_dir: Path) -> bytes | None:
    try:
        text = (data_dir / KEY_FILE).read_text("ascii")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or ""
        raise FloorctlError("error.key_unreadable", path=data_dir / KEY_FILE, reason=reason) from error
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise FloorctlError("error.key_wrong", path=data_dir)
    return key


def _write_private(path: Path, text: str) -> None:
    """Put ``text`` at ``path`` (0600) whole or not at all, on the disk before returning."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Only one process at a time decides what the key is."""
    descriptor = os.open(data_dir / "data.key.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _account(data_dir: Path) -> str:
    return str(data_dir.absolute())


def _read_keyring(data_dir: Path, *, quiet: bool = False) -> bytes | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        text = keyring.get_password(_SERVICE, _account(data_dir))
    except (KeyringError, RuntimeError) as error:
        if quiet:
            return None
        raise FloorctlError("error.keyring_unavailable", reason=str(error)) from error
    try:
        key = bytes.fromhex(text) if text else None
    except ValueError:
        key = None
    return key if key is not None and len(key) == KEY_BYTES else None


def _write_keyring(data_dir: Path, key: bytes, *, quiet: bool) -> bool:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_SERVICE, _account(data_dir), key.hex())
    except (KeyringError, RuntimeError) as error:
        if quiet:
            return False
        raise FloorctlError("error.keyring_unavailable", reason=str(error)) from error
    # Some back-ends take a password and keep nothing; a key that is not there tomorrow would lock the journal for ever.
    return _read_keyring(data_dir, quiet=True) == key

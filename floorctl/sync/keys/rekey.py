"""Changing the key of both databases. If killed at any point, they open with the old or with the new key.

First the next key is stored beside the one in use, with a marker that records where. Then the journal is rewritten,
which SQLCipher does in one transaction: when it ends, the next key becomes the key. Whoever opens the data while the
marker is there finds out which of the two keys opens the journal, and finishes, or takes back, the change. The cache
follows; if it fails, it is fetched anew.
"""

from contextlib import closing, suppress
from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.sync.keys import keys
from floorctl.sync.keys.keyring import KeyringTrouble
from floorctl.sync.keys.keys import Ask, Place
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import Connection, readable_errors

_NEXT = ".next"


def rekey(data_dir: Path, source: str, old: bytes, ask: Ask) -> Place:
    """Make another key, stored as ``source`` says, and encrypt both databases with it. The caller holds the sync lock.

    Returns:
        Where the key is now.

    Raises:
        FloorctlError: ``error.rekey_in_use`` (another process has the journal open); those of ``make_key``; the
            databases'. An error raised before the journal was done has changed nothing.

    """
    with keys.key_lock(data_dir):
        place, key = keys.make_key(data_dir, source, ask, name=_NEXT)
        keys.write_marker(data_dir / keys.NEXT_FILE, place)
        try:
            _reencrypt(data_dir / keys.JOURNAL_FILE, old, key, "error.journal_damaged")
        except BaseException:
            _undo(data_dir, place)
            raise
        _finish(data_dir, place, old, key)
    return place


def recover(data_dir: Path, ask: Ask) -> None:
    """Finish or take back an interrupted change of the key, depending on which key opens the journal.

    Raises:
        FloorctlError: neither key opens the journal, or the passphrase that is needed is not given.

    """
    with keys.key_lock(data_dir):
        place = keys.read_marker(data_dir / keys.NEXT_FILE)
        if place is None:  # interrupted before it was written, or finished by another process meanwhile
            (data_dir / keys.NEXT_FILE).unlink(missing_ok=True)
            return
        before = keys.read_marker(data_dir / keys.MARKER_FILE)
        journal = data_dir / keys.JOURNAL_FILE
        troubles: list[FloorctlError] = []
        old = _stored_key(data_dir, before, "", troubles) if before is not None else None
        if old is not None and _opens(journal, old):
            _undo(data_dir, place)
            return
        key = _stored_key(data_dir, place, _NEXT, troubles)
        if key is not None and _opens(journal, key):
            _finish(data_dir, place, old, key)
            return
        _recover_by_passphrase(data_dir, place, before, old, ask, troubles)


def _recover_by_passphrase(
    data_dir: Path, place: Place, before: Place | None, old: bytes | None, ask: Ask, troubles: list[FloorctlError]
) -> None:
    """Recover where one of the two keys is derived from a passphrase, which has to be asked for.

    ``troubles``: why the other key could not be read; the first is raised if the passphrase's key does not open the
    journal.
    """
    journal = data_dir / keys.JOURNAL_FILE
    if all(candidate is None or candidate.where != "passphrase" for candidate in (before, place)):
        raise troubles[0] if troubles else FloorctlError("error.key_wrong", path=data_dir)
    for _ in range(3):
        passphrase = ask(False)
        for candidate in (before, place):
            if candidate is None or candidate.where != "passphrase":
                continue
            key = keys.derive_key(passphrase, bytes.fromhex(candidate.salt))
            if not candidate.fits(key):
                continue
            if not _opens(journal, key):
                if troubles:
                    raise troubles[0]
                old = key  # the cache may still be encrypted with it
                continue
            if candidate is place:
                _finish(data_dir, place, old, key)
            else:
                _undo(data_dir, place)
            return
    raise troubles[0] if troubles else FloorctlError("error.passphrase_wrong")


def _stored_key(data_dir: Path, place: Place, name: str, troubles: list[FloorctlError]) -> bytes | None:
    """Return the key of ``place`` if no passphrase is needed for it; errors in reading it are added to ``troubles``."""
    if place.where == "passphrase":
        return None
    try:
        key = keys.read_key(data_dir, place.where, name=name)
    except FloorctlError as error:
        troubles.append(error)
        return None
    return key if place.fits(key) else None


def _durable(path: Path) -> bool:
    return path.name != keys.CACHE_FILE


def _opens(path: Path, key: bytes) -> bool:
    try:
        with readable_errors(path), closing(connect(path, key, durable=_durable(path))) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except FloorctlError:
        return False
    return True


def _finish(data_dir: Path, place: Place, old: bytes | None, key: bytes) -> None:
    """Make ``key``, which already opens the journal, the key: encrypt the cache with it and record it."""
    cache = data_dir / keys.CACHE_FILE
    if old is not None and cache.exists() and not _opens(cache, key):
        with suppress(FloorctlError):  # an unreadable cache is set aside when it is next opened, and fetched anew
            _reencrypt(cache, old, key, "error.cache_damaged")
    before = keys.read_marker(data_dir / keys.MARKER_FILE)
    keys.store_key(data_dir, place.where, key)
    keys.write_marker(data_dir / keys.MARKER_FILE, place)
    if before is not None and before.where != place.where:
        _drop(data_dir, before.where)
    (data_dir / keys.NEXT_FILE).unlink(missing_ok=True)
    _drop(data_dir, place.where, name=_NEXT)


def _undo(data_dir: Path, place: Place) -> None:
    (data_dir / keys.NEXT_FILE).unlink(missing_ok=True)
    _drop(data_dir, place.where, name=_NEXT)


def _drop(data_dir: Path, where: str, *, name: str = "") -> None:
    with suppress(KeyringTrouble):  # a key that is left there opens nothing any more
        keys.drop_key(data_dir, where, name=name)


def _reencrypt(path: Path, old: bytes, key: bytes, damaged: str) -> None:
    with readable_errors(path, damaged), closing(connect(path, old, durable=_durable(path), damaged=damaged)) as db:
        # Without a log, in a mode that needs the file exclusively: fails if another process has it open.
        use_exclusively(db, path)
        db.execute(f"PRAGMA rekey = \"x'{key.hex()}'\"").fetchall()
        db.execute("PRAGMA journal_mode = WAL").fetchall()


def use_exclusively(db: Connection, path: Path) -> None:
    """Take exclusive use of the database, with all of it in its one file.

    Raises:
        FloorctlError: ``error.rekey_in_use``.

    """
    db.execute("PRAGMA busy_timeout = 2000").fetchall()
    try:
        (mode,) = db.execute("PRAGMA journal_mode = DELETE").fetchone()
    except Exception as error:
        raise FloorctlError("error.rekey_in_use", path=path) from error
    if mode != "delete":
        raise FloorctlError("error.rekey_in_use", path=path)
    db.execute("PRAGMA synchronous = FULL")

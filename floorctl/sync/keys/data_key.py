"""The key that opens the databases of a data folder: read from where it is stored, or made at first use."""

import os
from contextlib import closing
from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.sync import machine
from floorctl.sync.keys.keyring import KeyringTrouble
from floorctl.sync.keys.keys import (
    JOURNAL_FILE,
    MARKER_FILE,
    NEXT_FILE,
    Ask,
    Place,
    fingerprint,
    key_lock,
    key_of_passphrase,
    make_key,
    nobody_to_ask,
    read_key,
    read_marker,
    write_marker,
)
from floorctl.sync.keys.rekey import recover
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import readable_errors

#: Keys derived from passphrases in this process, by fingerprint: a command asks for a passphrase only once.
_derived_keys: dict[str, bytes] = {}


def data_key(data_dir: Path, source: str = "auto", ask: Ask = nobody_to_ask) -> bytes:
    """Return the 32 bytes that open the databases in ``data_dir``, making folder and key at first use.

    ``source``: ``keyring``, ``passphrase``, ``file``, or ``auto`` (the keyring if there is one, else a passphrase). A
    key that exists is used from where it is, whatever ``source`` says. ``ask`` is called if the key is derived from a
    passphrase, up to three times if the passphrase is wrong.

    Raises:
        FloorctlError: ``error.key_missing`` (there is a journal, and its key is gone), ``error.key_wrong`` (not the key
            that this folder was made with), ``error.passphrase_wrong``, ``error.passphrase_needed``,
            ``error.data_unwritable``, ``error.disk_full``; those of ``floorctl.sync.machine.check``.
        KeyringTrouble: it can't be found out whether the keyring has the key.

    """
    machine.check(data_dir)
    if (data_dir / NEXT_FILE).exists():
        recover(data_dir, ask)
    place = read_marker(data_dir / MARKER_FILE)
    if place is None:
        with readable_errors(data_dir):
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with key_lock(data_dir):
                place = read_marker(data_dir / MARKER_FILE)
                if place is None:
                    place, key = _find_or_make_key(data_dir, source, ask)
                    return key
    if place.where == "passphrase":
        if place.fingerprint not in _derived_keys:
            _derived_keys[place.fingerprint] = key_of_passphrase(place, ask)
        return _derived_keys[place.fingerprint]
    key_found = read_key(data_dir, place.where, sure=True)
    if key_found is None:
        raise FloorctlError("error.key_missing", path=data_dir)
    if not place.fits(key_found):
        raise FloorctlError("error.key_wrong", path=data_dir)
    return key_found


def forget_derived_keys() -> None:
    """Forget the keys derived from passphrases, so that the passphrase is asked for again."""
    _derived_keys.clear()


def _find_or_make_key(data_dir: Path, source: str, ask: Ask) -> tuple[Place, bytes]:
    """Find or make the key, and write down where it is."""
    needed = os.path.lexists(data_dir / JOURNAL_FILE)
    where, key = "file", read_key(data_dir, "file")
    if key is None and (needed or source not in ("file", "passphrase")):
        where = "keyring"
        try:
            key = read_key(data_dir, "keyring", sure=needed)
        except FloorctlError as error:
            # Ignored if no data depends on a key yet, or if the key is said to be elsewhere.
            trouble = isinstance(error, KeyringTrouble)
            if (source == "keyring" and (needed or trouble)) or (source == "auto" and needed):
                raise
    if key is None:
        if needed:
            raise FloorctlError("error.key_missing", path=data_dir)
        place, key = make_key(data_dir, source, ask)
    else:
        if needed:
            _check_opens(data_dir / JOURNAL_FILE, key)
        place = Place(where, fingerprint(key))
    write_marker(data_dir / MARKER_FILE, place)
    return place, key


def _check_opens(journal: Path, key: bytes) -> None:
    """Check that the key opens the journal before it is recorded as its key."""
    damaged = "error.journal_damaged"
    with readable_errors(journal, damaged), closing(connect(journal, key, durable=True, damaged=damaged)) as db:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()

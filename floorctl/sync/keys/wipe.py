"""Wiping all data of this terminal: the key first, without which the rest can't be read."""

from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from floorctl.errors import FloorctlError
from floorctl.sync.keys import keys
from floorctl.sync.keys.keyring import KeyringTrouble
from floorctl.sync.sqlite import readable_errors

#: Patterns of all files that the program puts into its data folder.
_OURS = ("cache.db*", "journal.db*", "data.key*", "sync.sock", "sync.lock", "data.in-use", "floorctl.log*")


def wipe(data_dir: Path) -> int:
    """Destroy the key and remove the program's files from ``data_dir``, and the folder if it is empty then.

    The caller holds the sync lock.

    Returns:
        How many files were removed.

    Raises:
        FloorctlError: ``error.data_unwritable``; ``error.wipe_key_left``: only the key in the keyring is left.

    """
    left = False
    with readable_errors(data_dir):
        for marker in (keys.MARKER_FILE, keys.NEXT_FILE):
            place = keys.read_marker(data_dir / marker)
            if place is not None and place.where == "keyring":
                try:
                    keys.drop_key(data_dir, "keyring", name=".next" if marker == keys.NEXT_FILE else "")
                except KeyringTrouble:
                    left = True  # without the data the key opens nothing, so the files are removed all the same
        for file in data_dir.glob("data.key*"):
            if file.is_file():
                # On disks that write in place this destroys the key; elsewhere only its name goes.
                file.write_bytes(bytes(file.stat().st_size))
        for broken_off in data_dir.glob("journal.db.restore-*"):
            rmtree(broken_off, ignore_errors=True)
        ours = [file for pattern in _OURS for file in data_dir.glob(pattern) if not file.is_dir()]
        for file in ours:
            file.unlink(missing_ok=True)
        with suppress(OSError):
            data_dir.rmdir()
    if left:
        raise FloorctlError("error.wipe_key_left", path=data_dir, n=len(ours))
    return len(ours)

"""The key as far as it can be had without asking anybody and without changing anything."""

from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.sync.keys import keyring, keys


def key_at_hand(data_dir: Path) -> bytes | None:
    """Return the key of the data in ``data_dir``; None where there is none yet, or it can't be had just like that.

    That is so for a key that is derived from a passphrase, one that is being changed, and one in a keyring that is
    locked or that might open a window.
    """
    if (data_dir / keys.NEXT_FILE).exists():
        return None
    place = keys.read_marker(data_dir / keys.MARKER_FILE)
    if place is None or place.where == "passphrase":
        return None
    try:
        if place.where == "keyring" and not keyring.is_open():
            return None
        key = keys.read_key(data_dir, place.where)
    except FloorctlError:
        return None
    return key if place.fits(key) else None

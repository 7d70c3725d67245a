"""Reads a cache file and leaves it, and everything beside it, as it is: for a reader that nobody has asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from floorctl.errors import FloorctlError
from floorctl.sync.cache.file import CacheFile
from floorctl.sync.sqlite import Connection, open_existing, readable_errors, snapshot

T = TypeVar("T")

#: With a log beside the file, another process may be writing. Its index is only read; where that is not enough, SQLite
#: makes one of its own in memory.
_BESIDE_A_LOG = "ro&readonly_shm=1"
#: Without a log, the file alone is the whole database, and SQLite needs no index beside it.
_ALONE = "ro&immutable=1"


class UnchangedFile(CacheFile):
    """The existing cache file at ``path``: no empty one is made, none is replaced, no log and no lock file appears.

    Raises:
        FloorctlError: there is none, or none that this release and this key can read.

    """

    def __init__(self, path: Path, key: bytes) -> None:
        with readable_errors(path, "error.cache_damaged"):
            modes = (_BESIDE_A_LOG, _ALONE) if _has(path, "-wal") and _has(path, "-shm") else (_ALONE,)
            self._db = _first_that_opens(path, key, modes)
            self._check_schema(self._db)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent state."""
        with snapshot(self._db):
            return work(self._db)

    def write(self, work: Callable[[Connection], T], *, continuing: bool = False) -> T:
        """Refuse to write.

        Raises:
            FloorctlError: ``error.cache_reset``, always.

        """
        raise FloorctlError("error.cache_reset")

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


def _has(path: Path, ending: str) -> bool:
    try:
        return Path(f"{path}{ending}").stat().st_size > 0
    except OSError:
        return False


def _first_that_opens(path: Path, key: bytes, modes: tuple[str, ...]) -> Connection:
    *others, last = modes
    for mode in others:
        try:
            return open_existing(path, mode, key, durable=False)
        except Exception:  # noqa: S112  the last way reads what the last checkpoint left
            continue
    return open_existing(path, last, key, durable=False)

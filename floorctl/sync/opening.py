"""Opening an encrypted database of the terminal: makes and checks the file, and puts aside a foreign log."""

import os
import threading
from contextlib import suppress
from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.sync import stray_log
from floorctl.sync.sqlite import (
    BULK_PAGE,
    SMALL_PAGE,
    UNWRITABLE_CODES,
    Connection,
    DatabaseError,
    code_of,
    is_replaced,
    open_existing,
    readable_errors,
)

#: Held while a database is opened: closing any descriptor of a file releases the locks of this process on it.
_opening = threading.RLock()


def connect(
    path: Path, key: bytes, *, durable: bool, readonly: bool = False, damaged: str = "error.database_damaged"
) -> Connection:
    """Open the encrypted database at ``path``, making an empty one (0600) if there is none.

    ``key`` is 32 bytes used as they are, so that opening derives nothing. ``durable``, for the journal: a commit is on
    the disk when it returns (synchronous FULL). Otherwise, for the cache: only after the next checkpoint (NORMAL), and
    in larger pages. A database made in one way can't be opened in the other. ``damaged`` is the error key for damage.

    Raises:
        DamagedError: ``error.key_wrong`` or ``damaged``.
        FloorctlError: ``error.data_unwritable``, ``error.disk_full``.

    """
    # One at a time: reading the file while another thread opens it would release that one's locks.
    with readable_errors(path, damaged), _opening:
        check_place(path)
        if is_replaced(path):
            raise FloorctlError("error.data_replaced", path=path)
        if not readonly:
            _make_private(path)
        if _has_log(path):
            stray_log.put_aside_foreign_logs(
                path, key, page=SMALL_PAGE if durable else BULK_PAGE, thorough=durable, damaged=damaged
            )
        return _open(path, key, durable=durable, readonly=readonly)


def check_place(path: Path) -> None:
    """Check that neither the database's name nor those of its log files are taken by a folder or a dangling link.

    Raises:
        FloorctlError: ``error.data_is_folder``, ``error.data_link``.

    """
    for file in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))):
        if file.is_dir():
            raise FloorctlError("error.data_is_folder", path=file)
    if path.is_symlink() and not path.exists():
        raise FloorctlError("error.data_link", path=path, target=os.path.realpath(path))


def _make_private(path: Path) -> None:
    """Make the file with mode 0600 if there is none.

    An existing file is not opened for this: closing it would release the locks of this process on it. SQLite gives the
    -wal and -shm files the mode of the database, so this one is what counts.
    """
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _has_log(path: Path) -> bool:
    """Whether a non-empty log or journal, which SQLite would apply to the file, is beside it."""
    for ending in ("-wal", "-journal"):
        with suppress(OSError):
            if Path(os.path.realpath(path) + ending).stat().st_size:
                return True
    return False


def _open(path: Path, key: bytes, *, durable: bool, readonly: bool) -> Connection:
    try:
        return open_existing(path, "ro" if readonly else "rw", key, durable=durable)
    except DatabaseError as error:
        # A WAL database in a read-only folder has no place for its shared memory; the main file can still be read.
        if code_of(error) not in UNWRITABLE_CODES or not path.exists() or os.access(path.parent, os.W_OK):
            raise
    return open_existing(path, "ro&immutable=1", key, durable=durable)

"""Locks between processes; a file system without locks is reported as such, not as another process holding one."""

import errno
import fcntl
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from floorctl.errors import FloorctlError

#: Error numbers of an unsupported operation. For other errors (failing disk, lost server) only the system's message is
#: shown.
_UNKNOWN = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.ENODEV})


def lock(descriptor: int, path: Path, *, shared: bool = False, wait: bool = False) -> bool:
    """Lock the open file; return False if another process has the lock and ``wait`` is false.

    Raises:
        FloorctlError: ``error.no_locks`` (the file system of ``path`` has none); ``error.data_failed``.

    """
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _failed(error, path) from error
    return True


def check_range_locks(descriptor: int, path: Path) -> None:
    """Check that byte-range locks work: SQLite uses them, and would wait long where there are none.

    Raises:
        FloorctlError: as ``lock``.

    """
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(descriptor, fcntl.LOCK_UN)
    except (BlockingIOError, PermissionError):
        pass  # another process holds one, so they work
    except OSError as error:
        raise _failed(error, path) from error


def _failed(error: OSError, path: Path) -> FloorctlError:
    reason = error.strerror or ""
    # Only an unsupported operation means that there are no locks; any other error is one of the file.
    key = "error.no_locks" if error.errno in _UNKNOWN else "error.data_failed"
    return FloorctlError(key, path=path.parent if key == "error.no_locks" else path, reason=reason)


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file ``path``, waiting for it and making the file if it is missing.

    Raises:
        OSError: the file can't be made.
        FloorctlError: as ``lock``.

    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        lock(descriptor, path, wait=True)
        yield
    finally:
        os.close(descriptor)


def unfit_error(folder: Path) -> FloorctlError | None:
    """Return an error for what the file system of ``folder`` lacks that a database needs, else None.

    Tried on a temporary file. For use after a failure and by ``doctor``: SQLite reports neither what failed nor that it
    is permanent.
    """
    try:
        with TemporaryFile(dir=folder) as probe:
            file = probe.fileno()
            os.ftruncate(file, mmap.PAGESIZE)
            tries: tuple[tuple[str, Callable[[], object]], ...] = (
                ("error.no_locks", lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
                ("error.no_locks", lambda: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
                ("error.no_sync", lambda: os.fsync(file)),
                ("error.no_shared_memory", lambda: mmap.mmap(file, mmap.PAGESIZE).close()),
            )
            for key, attempt in tries:
                try:
                    attempt()
                except OSError as error:
                    if error.errno in _UNKNOWN:
                        return FloorctlError(key, path=folder, reason=error.strerror or "")
                    if error.errno == errno.EIO:
                        return FloorctlError("error.disk_fails", path=folder, reason=error.strerror or "")
    except OSError:
        return None  # no room or no permission: reported elsewhere
    return None

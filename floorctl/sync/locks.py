"""Locks between processes, and file systems that know none: said as that, never as another window."""

import errno
import fcntl
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from floorctl.errors import FloorctlError

#: What a file system answers to what it does not know. Of other errors (the disk fails, the server is gone) only the
#: system's own words are told.
_UNKNOWN = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.ENODEV})


def lock(descriptor: int, path: Path, *, shared: bool = False, wait: bool = False) -> bool:
    """Lock the open file; False where another has it and is not waited for.

    Raises:
        FloorctlError: ``error.no_locks`` (the file system of ``path`` knows none); ``error.data_failed``.

    """
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _failed(error, path) from error
    return True


def try_parts(descriptor: int, path: Path) -> None:
    """Try the other kind of locks, of parts of a file, which databases use: they would wait long for what never comes.

    Raises:
        FloorctlError: as ``lock``.

    """
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(descriptor, fcntl.LOCK_UN)
    except (BlockingIOError, PermissionError):
        pass  # somebody else tries
    except OSError as error:
        raise _failed(error, path) from error


def _failed(error: OSError, path: Path) -> FloorctlError:
    reason = error.strerror or ""
    # Whatever else a lock fails of, it is not that somebody has it.
    key = "error.no_locks" if error.errno in _UNKNOWN else "error.data_failed"
    return FloorctlError(key, path=path.parent if key == "error.no_locks" else path, reason=reason)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time, waited for; ``path`` is the file of the lock, made where it is missing.

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


def unfit(folder: Path) -> FloorctlError | None:
    """What the file system of ``folder`` lacks that a database needs, tried on a file of its own; None if nothing.

    For after a failure, and for ``doctor``: SQLite tells neither what failed nor that it is for ever.
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
        return None  # no room, no right: which others say
    return None

"""Connections to encrypted SQLite files, and SQLite's errors turned into errors that people can read."""

import ctypes
import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol
from urllib.parse import quote
from weakref import WeakSet

from sqlcipher3 import dbapi2

from floorctl.errors import FloorctlError
from floorctl.sync.locks import unfit_error

#: Milliseconds to wait for another process that is writing.
BUSY_TIMEOUT = 15_000
#: Bytes in a page. In the cache, which takes in much, every page is encrypted, signed and written by itself: half as
#: many pages make a first sync a fifth faster. The journal's small commits are better off with small pages.
BULK_PAGE, SMALL_PAGE = 8192, 4096

#: SQLite's primary result codes. Which sentence "damaged" becomes depends on the file.
_FULL, _READONLY, _IOERR, _CORRUPT, _CANTOPEN, _NOTADB, _PERM, _BUSY, _LOCKED = 13, 8, 10, 11, 14, 26, 3, 5, 6
_PROTOCOL = 15
#: Codes that SQLite returns, among other reasons, where the file system lacks locks, fsync or shared memory.
_MAYBE_UNFIT = frozenset({_IOERR, _CANTOPEN, _PERM, _BUSY, _LOCKED, _PROTOCOL})
DAMAGED_CODES = frozenset({_CORRUPT, _NOTADB})
#: SQLite's messages for some of them.
_WORDS = {
    "database or disk is full": _FULL, "disk I/O error": _IOERR, "malformed": _CORRUPT, "not a database": _NOTADB,
    "readonly database": _READONLY, "unable to open": _CANTOPEN, "is locked": _BUSY,
}  # fmt: skip
UNWRITABLE_CODES = frozenset({_READONLY, _CANTOPEN, _PERM})
_FULL_ERRNO = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

DatabaseError = dbapi2.DatabaseError


class Cursor(Protocol):
    """The part of a DB-API cursor that is used."""

    rowcount: int
    lastrowid: int

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """The part of a DB-API connection that is used (sqlcipher3 carries no types)."""

    in_transaction: bool

    def execute(self, sql: str, parameters: Any = ...) -> Cursor: ...
    def executemany(self, sql: str, parameters: Any) -> Cursor: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


class LogsPutAside:
    """Logs that this process put aside because they did not belong to the database beside them.

    ``unreported``: not yet shown to a person. ``unrecorded``: not yet in the audit trail.
    """

    def __init__(self) -> None:
        self.unreported: list[Path] = []
        self.unrecorded: list[Path] = []


logs_put_aside = LogsPutAside()


class DamagedError(FloorctlError):
    """The file is no database that this key opens, or part of it no longer reads as it was written."""


class InputOutputError(FloorctlError):
    """The system could not read or write the file or one of those beside it, for another reason than lack of room."""


def is_open_here(path: Path) -> bool:
    """Whether this process has the file open as a database."""
    try:
        status = path.stat()
    except OSError:
        return False
    with _tracking:
        return any(connection.file == (status.st_dev, status.st_ino) for connection in _open_here)


class _TrackedConnection(dbapi2.Connection):  # type: ignore[misc]  # sqlcipher3 carries no types
    """A connection that counts as open until it is closed or collected. ``file``: device and inode.

    After ``watch``, it notices that another file was put in the place of its own, or over it: writing, and applying the
    log on close, would destroy that file.
    """

    file: tuple[int, int] = (0, 0)
    path = Path()
    _folder: tuple[int, int] = (0, 0)
    _renumbered: tuple[int, int] | None = None
    _watched: int | None = None
    _salt = b""

    def watch(self, path: Path) -> None:
        """Remember the file by its first random bytes, once it has them."""
        with _tracking:
            if self.file not in _salt_files:
                _salt_files[self.file] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self.path, self._watched = path, _salt_files[self.file]
            self._folder = _identity(path.parent)

    def unwatch(self) -> None:
        """Stop watching: the file is being replaced on purpose."""
        self._watched = None

    def is_replaced(self) -> bool:
        """Whether another file is in the place of this connection's file."""
        if self._watched is None:
            return False
        now = os.pread(self._watched, _SALT, 0)
        if not self._salt:
            self._salt = now
        if now != self._salt:
            return True
        try:
            now_there = _identity(self.path)
        except OSError:
            return False
        if now_there in (self.file, self._renumbered):
            return False
        if os.fstat(self._watched).st_nlink and self._begins_the_same():
            self._renumbered = now_there
            return False
        return True

    def _begins_the_same(self) -> bool:
        """Whether the file of that name begins as the own one does: some file systems renumber files now and then.

        The descriptor stays open: closing any descriptor of a file releases the locks on it.
        """
        try:
            return os.pread(os.open(self.path, os.O_RDONLY | os.O_CLOEXEC), _SALT, 0) == self._salt
        except OSError:
            return True

    def is_replaced_in(self, folder: tuple[int, int]) -> bool:
        """Whether the file was replaced in this folder, and not in another folder of that name."""
        return self._folder == folder and self.is_replaced()

    def close(self) -> None:
        """Close the connection; does nothing if it is closed already.

        One whose file was replaced stays open to the end of the process: its log stays as it is, and is put aside by
        whoever opens the file next.
        """
        if self.is_replaced():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
            return
        super().close()
        with _tracking:
            _open_here.discard(self)
            # Closing any descriptor of a file releases all locks of this process on it.
            if self.file in _salt_files and not any(connection.file == self.file for connection in _open_here):
                os.close(_salt_files.pop(self.file))
            self._watched = None


#: Length of the salt at the beginning of a database: random, and not encrypted.
_SALT = 16
_open_here: WeakSet[_TrackedConnection] = WeakSet()
#: Descriptors through which the salts of watched files are read.
_salt_files: dict[tuple[int, int], int] = {}
_tracking = threading.Lock()


def is_replaced(path: Path) -> bool:
    """Whether a connection of this process to ``path`` has another file than is there now."""
    with _tracking:
        connections = [connection for connection in _open_here if connection.path == path]
        if not connections:
            return False
        folder = _identity(path.parent)
        return any(connection.is_replaced_in(folder) for connection in connections)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def unwatch(db: Connection) -> None:
    """Stop watching the file of ``db``: it is being replaced on purpose."""
    if isinstance(db, _TrackedConnection):
        db.unwatch()


def open_existing(path: Path, mode: str, key: bytes, *, durable: bool) -> Connection:
    """Return a connection to the existing file, in ``mode`` (``rw`` or one of ``ro``); raises SQLite's errors."""
    db: Any = dbapi2.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT / 1000,
        factory=_TrackedConnection,
    )
    try:
        status = path.stat()
        db.file = (status.st_dev, status.st_ino)
        with _tracking:
            _open_here.add(db)
        # SQLCipher logs to standard error, which is the terminal; the exceptions carry the same.
        db.execute("PRAGMA cipher_log = off")
        db.execute("PRAGMA cipher_log_level = NONE")
        db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        if not durable:
            db.execute(f"PRAGMA cipher_page_size = {BULK_PAGE}").fetchall()
        if mode != "rw":
            db.execute("PRAGMA query_only = ON")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        else:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            if durable:
                db.watch(path)
                db.is_replaced()
    except BaseException:
        db.close()
        raise
    opened: Connection = db
    return opened


def code_of(error: BaseException) -> int:
    """Return SQLite's primary result code behind ``error``, 0 if there is none."""
    code = int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if not code and isinstance(error, DatabaseError):  # sqlcipher3's ``backup`` gives only the message
        code = next((known for words, known in _WORDS.items() if words in str(error)), 0)
    return code


@contextmanager
def readable_errors(path: Path, damaged: str = "error.database_damaged") -> Iterator[None]:
    """Turn SQLite's and the system's errors about ``path`` into readable ones; ``damaged`` is the key for damage."""
    try:
        yield
    except DatabaseError as error:
        raise _readable(error, path, damaged) from error
    except OSError as error:
        if error.errno in _FULL_ERRNO:
            raise FloorctlError("error.disk_full", path=path, reason=error.strerror or "") from error
        if (lacks := unfit_error(path if path.is_dir() else path.parent)) is not None:
            raise lacks from error
        raise FloorctlError("error.data_unwritable", path=path, reason=error.strerror or "") from error


def _readable(error: BaseException, path: Path, damaged: str) -> FloorctlError:
    code = code_of(error)
    if code in DAMAGED_CODES and is_replaced(path):
        return FloorctlError("error.data_replaced", path=path)
    if code == _NOTADB and damaged != "error.cache_damaged" and _looks_encrypted(path):
        return DamagedError("error.key_wrong", path=path)
    if code in DAMAGED_CODES:
        return DamagedError(damaged, path=path)
    if code == _FULL or (code == _IOERR and _is_full(path)):
        return FloorctlError("error.disk_full", path=path, reason="")
    if code in _MAYBE_UNFIT and (lacks := unfit_error(path.parent)) is not None:
        return InputOutputError(lacks.key, **lacks.params) if code == _IOERR else lacks
    if code in UNWRITABLE_CODES:
        return FloorctlError("error.data_unwritable", path=path, reason=_why_unwritable(path) or str(error))
    if code == _IOERR:
        return InputOutputError("error.data_failed", path=path, reason=str(error))
    if code in (_BUSY, _LOCKED):
        return FloorctlError("error.data_busy", path=path)
    return FloorctlError("error.data_failed", path=path, reason=str(error))


def _why_unwritable(path: Path) -> str:
    """Return the system's message for the cause, if it can be found: SQLite names only the operation."""
    with suppress(OSError):
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            return os.strerror(errno.EROFS)
    for file in (path.parent, path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))):
        if file.exists() and not os.access(file, os.W_OK):
            return os.strerror(errno.EACCES)
    return ""


def _looks_encrypted(path: Path) -> bool:
    """Whether the file could be a whole database under another key: full pages that start with random bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return False
    # Random bytes are mostly invalid UTF-8; text that is cut off has one error at the end.
    text = start[:256].decode("utf-8", "replace").count("\ufffd") < 8
    return len(start) == 4096 and b"\0" * 64 not in start and not text


def _is_full(path: Path) -> bool:
    """Whether an input/output error is one of room: SQLite reports only "no space left" as a full disk.

    It does not where the -shm file could not grow, where a quota is used up, and where files may grow no larger.
    """
    try:
        space = os.statvfs(path.parent)
        if space.f_bavail * space.f_frsize < 1 << 20 or _is_as_large_as_allowed(path):
            return True
        with TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(1 << 16))
    except OSError as error:
        return error.errno in _FULL_ERRNO
    return False


def _is_as_large_as_allowed(path: Path) -> bool:
    import resource

    largest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if largest == resource.RLIM_INFINITY:
        return False
    parts = (path.with_name(path.name + ending) for ending in ("", "-wal", "-shm"))
    return any(part.stat().st_size + (1 << 16) > largest for part in parts if part.exists())


@contextmanager
def transaction(db: Connection) -> Iterator[Connection]:
    """Run a write transaction: all of it or nothing.

    Raises:
        FloorctlError: ``error.data_replaced``.

    """
    if isinstance(db, _TrackedConnection) and db.is_replaced():
        raise FloorctlError("error.data_replaced", path=db.path)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back after some errors (a full disk).
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def savepoint(db: Connection) -> Iterator[Connection]:
    """Run a part of a transaction that may fail on its own, without the rest: all of it or nothing."""
    db.execute("SAVEPOINT part")
    try:
        yield db
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK TO part")
        raise
    finally:
        if db.in_transaction:
            db.execute("RELEASE part")


@contextmanager
def snapshot(db: Connection) -> Iterator[Connection]:
    """Run several reads on one state of the database."""
    db.execute("BEGIN")
    try:
        yield db
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")

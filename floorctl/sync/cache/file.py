"""The file cache.db, shared by one writer and many readers; a file that can't be used is replaced by an empty one."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TypeVar

from floorctl.errors import FloorctlError
from floorctl.sync.locks import exclusive_lock
from floorctl.sync.opening import check_place, connect
from floorctl.sync.schema import statements
from floorctl.sync.sqlite import Connection, DamagedError, InputOutputError, readable_errors, snapshot, transaction

#: Raised with every change of the tables or of what is computed when an order is stored: a cache of another schema is
#: deleted, and its data fetched again.
SCHEMA = 9
#: Seconds for which a damaged cache that was set aside is kept.
KEPT_ASIDE = 24 * 3600.0
_IDLE_READERS = 4
#: Attempts on a file that can't be used, or that another process is replacing: more than two, since two processes may
#: each find that out and both put a new file there.
_TRIES = 4
#: The name in the table ``meta`` under which the id of the data is stored.
_DATA_ID = "born"

T = TypeVar("T")


class CacheReset(FloorctlError):
    """The cache's data is gone (the file was replaced, or emptied by another process): ask again from ``cursor``."""


class OtherSchemaError(FloorctlError):
    """The file is a sound cache, but with the tables of another release."""


class CacheFile:
    """Runs work on the current cache file, and replaces one that can't be used by an empty one.

    A damaged file is set aside for a day; one of another release is deleted, since no release would read the copy.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key
        self._writing = threading.RLock()
        self._pooling = threading.Lock()
        self._writer: tuple[int, Connection] | None = None
        self._idle: list[tuple[int, Connection]] = []
        self._closed = False
        #: Identifies the data that this object continues; empty data gets another id.
        self._data_id: str | None = None
        self._delete_leftovers()
        if self._inode() == 0:
            self._replace(0, keep=False)
        self._data_id = self.read(_data_id)

    # -- running work

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent state, or on an empty cache if the file can't be used."""
        for _ in range(_TRIES - 1):
            inode = self._inode()
            try:
                return self._read(work)
            except (DamagedError, OtherSchemaError) as error:
                self._replace(inode, keep=isinstance(error, DamagedError))
            except InputOutputError:
                self._wait_for_replacement()
        return self._read(work)

    def write(self, work: Callable[[Connection], T], *, continuing: bool = False) -> T:
        """Run ``work`` in one transaction. ``continuing``: it builds on what this object has read before.

        Raises:
            CacheReset: ``continuing``, and that is no longer there.

        """
        with self._writing:
            for _ in range(_TRIES - 1):
                inode = self._inode()
                try:
                    return self._write(work, continuing)
                except (DamagedError, OtherSchemaError) as error:
                    self._replace(inode, keep=isinstance(error, DamagedError))
                    if continuing:
                        self._data_id = self.read(_data_id)
                        raise CacheReset(error.key, **error.params) from error
                except InputOutputError:
                    self._wait_for_replacement()
            return self._write(work, continuing)

    def renew_data_id(self, db: Connection) -> None:
        """Record, inside a ``write``, that all data is deleted on purpose."""
        self._data_id = uuid.uuid4().hex
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_DATA_ID, self._data_id))

    def _read(self, work: Callable[[Connection], T]) -> T:
        with readable_errors(self.path, "error.cache_damaged"):
            inode, db = self._borrow()
            try:
                with snapshot(db):
                    result = work(db)
            except BaseException:
                db.close()
                raise
            self._give_back(inode, db)
            return result

    def _write(self, work: Callable[[Connection], T], continuing: bool) -> T:
        with readable_errors(self.path, "error.cache_damaged"):
            inode = self._inode()
            if self._writer is None or self._writer[0] != inode:
                if self._writer is not None:
                    self._writer[1].close()
                    self._writer = None
                self._writer = (inode, self._connect())
            db = self._writer[1]
            try:
                with transaction(db):
                    if continuing:
                        self._check_data_id(db)
                    return work(db)
            except (DamagedError, CacheReset):
                raise
            except Exception as error:
                if getattr(error, "sqlite_errorcode", None) is not None:
                    self._writer = None
                    db.close()
                raise

    def _check_data_id(self, db: Connection) -> None:
        data_id = _data_id(db)
        if data_id != self._data_id:
            self._data_id = data_id
            raise CacheReset("error.cache_reset")

    def _borrow(self) -> tuple[int, Connection]:
        inode = self._inode()
        stale = []
        reader = None
        with self._pooling:
            while self._idle and reader is None:
                candidate = self._idle.pop()
                if candidate[0] == inode:
                    reader = candidate
                else:
                    stale.append(candidate[1])
        for db in stale:
            db.close()
        return reader or (inode, self._connect())

    def _give_back(self, inode: int, db: Connection) -> None:
        with self._pooling:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append((inode, db))
                return
        db.close()

    def _connect(self) -> Connection:
        db = connect(self.path, self._key, durable=False)
        try:
            self._check_schema(db)
            # Bulk loading writes thousands of pages a transaction; the default checkpoint interval would cost a third
            # of the time.
            db.execute("PRAGMA wal_autocheckpoint = 4000")
        except BaseException:
            db.close()
            raise
        return db

    def _check_schema(self, db: Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA:
            raise OtherSchemaError("error.cache_reset")

    def close(self) -> None:
        """Close all connections. A connection in use is closed when its work is done."""
        with self._writing, self._pooling:
            self._closed = True
            for _, db in self._idle:
                db.close()
            self._idle.clear()
            if self._writer is not None:
                self._writer[1].close()
                self._writer = None

    # -- the file itself

    def _inode(self) -> int:
        """Return the inode of the cache file; 0 if it is missing or empty."""
        try:
            status = self.path.stat()
        except OSError:
            return 0
        return status.st_ino if status.st_size else 0

    def _replace(self, unusable: int, *, keep: bool) -> None:
        """Put an empty cache in the place of the one with inode ``unusable``, unless another process already has.

        ``unusable`` was read before the work that found it out: the file there now may already be the new one.
        ``keep``: set the old file aside.
        """
        with readable_errors(self.path, "error.cache_damaged"), self._locked():
            check_place(self.path)
            if self._inode() != unusable:
                return
            aside = self.path.with_name(f"{self.path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
            # The old log first: SQLite would take it for the log of the new database.
            for ending in ("-wal", "-shm", ""):
                part = self.path.with_name(self.path.name + ending)
                with suppress(FileNotFoundError):
                    if keep:
                        part.replace(aside.with_name(aside.name + ending))
                    else:
                        part.unlink()
            self._create()

    def _wait_for_replacement(self) -> None:
        """Wait until no other process is putting a new cache in place.

        Meanwhile its files appear and vanish one by one, and opening them fails with an input/output error.
        """
        with readable_errors(self.path, "error.cache_damaged"), self._locked():
            pass

    def _create(self) -> None:
        new = self.path.with_name(f"{self.path.name}.new-{os.getpid()}-{threading.get_ident()}")
        new.unlink(missing_ok=True)
        db = connect(new, self._key, durable=False)
        try:
            with transaction(db):
                for statement in statements("cache"):
                    db.execute(statement)
                db.executemany("INSERT INTO meta VALUES (?, ?)", [("live", "a"), (_DATA_ID, uuid.uuid4().hex)])
                db.execute(f"PRAGMA user_version = {SCHEMA}")
        finally:
            db.close()
        # Renamed when complete: any cache.db has all its tables.
        new.replace(self.path)

    def _locked(self) -> AbstractContextManager[None]:
        return exclusive_lock(self.path.with_name(self.path.name + ".lock"))

    def _delete_leftovers(self) -> None:
        """Delete what was set aside more than a day ago, and half-made files of killed processes."""
        for pattern in (f"{self.path.name}.*-*", f"{self.path.name}-*.aside-*"):
            for leftover in self.path.parent.glob(pattern):
                with suppress(OSError):
                    if time.time() - leftover.stat().st_mtime > KEPT_ASIDE:
                        leftover.unlink()


def _data_id(db: Connection) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (_DATA_ID,)).fetchone()
    return None if row is None else str(row[0])

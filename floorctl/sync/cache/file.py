"""The file cache.db: opened or made, set aside when damaged, shared by one writer and many readers."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TypeVar

from floorctl.errors import FloorctlError
from floorctl.sync.locks import alone
from floorctl.sync.opening import check_place, connect
from floorctl.sync.schema import statements
from floorctl.sync.sqlite import Connection, DamagedError, InputOutputError, snapshot, transaction, translated

#: Raised with every change of the tables or of what is computed when an order is stored; an older cache is then set
#: aside and fetched again.
SCHEMA = 5
#: Seconds for which a cache that was set aside is kept.
KEPT_ASIDE = 24 * 3600.0
_IDLE_READERS = 4
#: Attempts on a file that turns out damaged, or that another process is replacing: more than two, since two processes
#: may each find damage and both put a new file there.
_TRIES = 4

T = TypeVar("T")


class CacheReset(FloorctlError):
    """The cache's data is gone (damaged and set aside, or emptied by another process): ask again from ``cursor``."""


class CacheFile:
    """Runs work on the current cache file, and replaces a damaged one by an empty one.

    ``recovered`` names the file that was set aside, None if there was none.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.recovered: str | None = None
        self._key = key
        self._writing = threading.RLock()
        self._pooling = threading.Lock()
        self._writer: tuple[int, Connection] | None = None
        self._idle: list[tuple[int, Connection]] = []
        self._closed = False
        self._born: str | None = None
        self._sweep()
        if self._inode() == 0:
            self._replace(0)
        self._born = self.read(lambda db: _meta(db, "born"))

    # -- running work

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent state, or on an empty cache if the file is damaged."""
        for _ in range(_TRIES - 1):
            inode = self._inode()
            try:
                return self._read(work)
            except DamagedError:
                self._replace(inode)
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
                except DamagedError as error:
                    self._replace(inode)
                    if continuing:
                        self._born = self.read(lambda db: _meta(db, "born"))
                        raise CacheReset("error.cache_damaged", path=self.path) from error
                except InputOutputError:
                    self._wait_for_replacement()
            return self._write(work, continuing)

    def reborn(self, db: Connection) -> None:
        """Note, inside a ``write``, that all data is deleted on purpose."""
        self._born = uuid.uuid4().hex
        db.execute("INSERT OR REPLACE INTO meta VALUES ('born', ?)", (self._born,))

    def _read(self, work: Callable[[Connection], T]) -> T:
        with translated(self.path, "error.cache_damaged"):
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
        with translated(self.path, "error.cache_damaged"):
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
                        self._check_born(db)
                    return work(db)
            except (DamagedError, CacheReset):
                raise
            except Exception as error:
                if getattr(error, "sqlite_errorcode", None) is not None:
                    self._writer = None
                    db.close()
                raise

    def _check_born(self, db: Connection) -> None:
        born = _meta(db, "born")
        if born != self._born:
            self._born = born
            raise CacheReset("error.cache_reset")

    def _borrow(self) -> tuple[int, Connection]:
        inode = self._inode()
        stale = []
        found = None
        with self._pooling:
            while self._idle and found is None:
                candidate = self._idle.pop()
                if candidate[0] == inode:
                    found = candidate
                else:
                    stale.append(candidate[1])
        for db in stale:
            db.close()
        return found or (inode, self._connect())

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
            raise DamagedError("error.cache_damaged", path=self.path)

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
        try:
            found = self.path.stat()
        except OSError:
            return 0
        return found.st_ino if found.st_size else 0

    def _replace(self, damaged: int) -> None:
        """Put an empty cache in the place of the one with inode ``damaged``, unless another process already has.

        ``damaged`` was read before the work that found the damage: the file there now may already be the new one.
        """
        with translated(self.path, "error.cache_damaged"), self._alone():
            check_place(self.path)
            if self._inode() != damaged:
                return
            if damaged:
                aside = self.path.with_name(f"{self.path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
                self.recovered = aside.name
            # The old log first: SQLite would take it for the log of the new database.
            for ending in ("-wal", "-shm"):
                part = self.path.with_name(self.path.name + ending)
                if damaged:
                    with suppress(FileNotFoundError):
                        part.replace(aside.with_name(aside.name + ending))
                else:
                    part.unlink(missing_ok=True)
            if damaged:
                self.path.replace(aside)
            self._create()

    def _wait_for_replacement(self) -> None:
        """Wait until no other process is putting a new cache in place.

        Meanwhile its files appear and vanish one by one, and opening them fails with an input/output error.
        """
        with translated(self.path, "error.cache_damaged"), self._alone():
            pass

    def _create(self) -> None:
        made = self.path.with_name(f"{self.path.name}.new-{os.getpid()}-{threading.get_ident()}")
        made.unlink(missing_ok=True)
        db = connect(made, self._key, durable=False)
        try:
            with transaction(db):
                for statement in statements("cache"):
                    db.execute(statement)
                db.executemany("INSERT INTO meta VALUES (?, ?)", [("live", "a"), ("born", uuid.uuid4().hex)])
                db.execute(f"PRAGMA user_version = {SCHEMA}")
        finally:
            db.close()
        # Renamed when complete: any cache.db has all its tables.
        made.replace(self.path)

    def _alone(self) -> AbstractContextManager[None]:
        return alone(self.path.with_name(self.path.name + ".lock"))

    def _sweep(self) -> None:
        """Delete what was set aside more than a day ago, and half-made files of killed processes."""
        for pattern in (f"{self.path.name}.*-*", f"{self.path.name}-*.aside-*"):
            for leftover in self.path.parent.glob(pattern):
                with suppress(OSError):
                    if time.time() - leftover.stat().st_mtime > KEPT_ASIDE:
                        leftover.unlink()


def _meta(db: Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])

"""The platform's database, a SQLite file, a temporary one, or PostgreSQL; and the claim to run its floor."""

import fcntl
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from floorctl.errors import FloorctlError

_POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")
# Arbitrary numbers, the same in every process, for PostgreSQL's advisory locks.
_CLAIM = 7_012_345
_SCHEMA = 7_012_346
_BUSY_SECONDS = 10.0


def on_postgres(url: str | Path | None) -> bool:
    """Whether ``url`` is that of a PostgreSQL database, which several processes may serve."""
    return isinstance(url, str) and url.startswith(_POSTGRES)


class Database:
    """An engine and the resources to release when it is closed.

    ``url`` is a path, a PostgreSQL URL, or None for a temporary file that is deleted on close.

    Raises:
        FloorctlError: the file or the server can't be opened, or does not hold a platform's data.

    """

    def __init__(self, url: str | Path | None) -> None:
        self._temporary: Path | None = None
        self._claim_file: int | None = None
        self._claim_connection: Connection | None = None
        self.path: Path | None = None
        self.postgres = on_postgres(url)
        self.name = "PostgreSQL" if self.postgres else str(url)
        try:
            self.engine = self._postgres(str(url)) if self.postgres else self._sqlite(url)
        except (OSError, ArgumentError) as error:
            raise FloorctlError("error.platform_data_unusable", data=self.name, reason=_reason(error)) from error

    def create(self, metadata: Any) -> None:
        """Create the tables that are missing.

        Raises:
            FloorctlError: see the class.

        """
        try:
            with self.engine.begin() as connection:
                if self.postgres:  # two processes that start together must not create the same table twice
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA})"))
                metadata.create_all(connection)
        except DBAPIError as error:
            raise FloorctlError("error.platform_data_unusable", data=self.name, reason=_reason(error)) from error

    def claim(self) -> bool:
        """Become the one process that runs the simulated floor; return False if another one is.

        The claim ends with the process, however it ends.

        Raises:
            FloorctlError: ``error.no_locks``.

        """
        if self.postgres:
            connection = self.engine.connect()
            if not connection.execute(text(f"SELECT pg_try_advisory_lock({_CLAIM})")).scalar_one():
                connection.close()
                return False
            connection.commit()
            self._claim_connection = connection
            return True
        assert self.path is not None
        file = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError as error:
            os.close(file)
            raise FloorctlError("error.no_locks", path=self.path.parent, reason=error.strerror or "") from error
        self._claim_file = file
        return True

    def keeps_claim(self) -> bool:
        """Whether this process still has the claim: PostgreSQL drops it when the connection breaks."""
        if self._claim_connection is None:
            return self._claim_file is not None
        try:
            self._claim_connection.execute(text("SELECT 1"))
            self._claim_connection.commit()
        except DBAPIError:
            self._claim_connection.invalidate()
            self._claim_connection.close()
            self._claim_connection = None
            return False
        return True

    def close(self) -> None:
        """Close every connection; a temporary file is removed."""
        if self._claim_connection is not None:
            # The lock belongs to the session: returned to the pool, the connection would keep it.
            self._claim_connection.invalidate()
            self._claim_connection.close()
            self._claim_connection = None
        self.engine.dispose()
        if self._claim_file is not None:
            os.close(self._claim_file)
            self._claim_file = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _postgres(self, url: str) -> Engine:
        server = url.partition("://")[2]
        return create_engine(
            f"postgresql+psycopg://{server}",
            pool_size=12,
            max_overflow=20,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
        )

    def _sqlite(self, path: str | Path | None) -> Engine:
        if path is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="floorctl-platform-"))
            path = self._temporary / "platform.db"
        self.path = Path(path).expanduser().absolute()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Created here and not by SQLite, so that others can't read it, not even for a moment.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        engine = create_engine(
            f"sqlite:///{self.path}", pool_size=12, max_overflow=20, connect_args={"timeout": _BUSY_SECONDS}
        )
        # A temporary platform's data need not survive a power cut; other data must.
        synchronous = "OFF" if self._temporary else "FULL"

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            # Transactions are begun below: the module would begin them late, and read without one.
            connection.isolation_level = None
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={synchronous}",
                "cache_size=-32768",
                "mmap_size=268435456",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine


def _reason(error: Exception) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]

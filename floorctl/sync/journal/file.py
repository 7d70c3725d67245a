"""The file journal.db: made as a whole, migrated with a backup, and never deleted or replaced by the program."""

import os
import shutil
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.files.writing import folder_to_disk
from floorctl.sync import audit_chain, stray_log
from floorctl.sync.journal.migrations import SCHEMA, STEPS
from floorctl.sync.journal.rows import newest
from floorctl.sync.locks import exclusive_lock
from floorctl.sync.opening import check_place, connect
from floorctl.sync.schema import statements
from floorctl.sync.sqlite import Connection, DamagedError, logs_put_aside, readable_errors, transaction

DAMAGED = "error.journal_damaged"
_ATTEMPTS_AT_QUIET = 50
_PAGE = 4096


def open_journal(
    path: Path, key: bytes, *, schema: int = SCHEMA, steps: Mapping[int, Callable[[Connection], None]] = STEPS
) -> Connection:
    """Open the journal, making it if there is none and migrating an older one.

    Raises:
        DamagedError: ``error.journal_damaged`` or ``error.key_wrong``; the file stays as it is.
        FloorctlError: ``error.journal_newer`` (made by a later release), ``error.data_unwritable``,
            ``error.disk_full``.

    """
    check_place(path)
    if not path.exists():
        _create(path, key, schema)
    elif path.stat().st_size < _PAGE:
        # SQLite would take it for a new, empty database.
        raise DamagedError(DAMAGED, path=path)
    db = connect(path, key, durable=True, damaged=DAMAGED)
    try:
        with readable_errors(path, DAMAGED):
            # Commands are few and small: frequent checkpoints leave little in a log that might get lost.
            db.execute("PRAGMA wal_autocheckpoint = 100")
            if _version(db) != schema:
                _migrate(db, path, schema, steps)
            _record_lost_commands(db, path)
            _record_logs_put_aside(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _version(db: Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _create(path: Path, key: bytes, schema: int) -> None:
    with readable_errors(path, DAMAGED), _locked(path):
        if path.exists():
            return
        new = path.with_name(f"{path.name}.new")
        for leftover in (new, *(new.with_name(new.name + ending) for ending in ("-wal", "-shm", "-journal"))):
            if leftover.exists():
                leftover.replace(leftover.with_name(f"{leftover.name}.left-{time.strftime('%Y%m%dT%H%M%S')}"))
        for log in (path.with_name(path.name + ending) for ending in ("-wal", "-journal")):
            if log.exists():
                # A log without its database may hold people's commands, so it is kept under another name.
                stray_log.put_aside(path, log)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)  # only an index of the log
        db = connect(new, key, durable=True)
        try:
            with transaction(db):
                for statement in statements("journal"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {schema}")
        finally:
            db.close()
        new.replace(path)
        folder_to_disk(path.parent)


def _migrate(db: Connection, path: Path, schema: int, steps: Mapping[int, Callable[[Connection], None]]) -> None:
    with _locked(path), _quiet(db, path):
        before = _version(db)
        if before > schema:
            raise FloorctlError("error.journal_newer", path=path, found=before, known=schema)
        if before == schema:
            return
        _back_up(path, before)
        for version in range(before, schema):
            steps[version](db)
        db.execute(f"PRAGMA user_version = {schema}")


@contextmanager
def _quiet(db: Connection, path: Path) -> Iterator[None]:
    """Run a transaction that starts with an empty log, so that a copy of the main file is complete."""
    log = Path(os.path.realpath(path) + "-wal")
    for _ in range(_ATTEMPTS_AT_QUIET):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with transaction(db):
            if not log.exists() or log.stat().st_size == 0:
                yield
                return
        time.sleep(0.1)
    raise FloorctlError("error.data_busy", path=path)


def _back_up(path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.before-{version + 1}-{time.strftime('%Y%m%dT%H%M%S')}")
    with path.open("rb") as source, os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    folder_to_disk(path.parent)


def _locked(path: Path) -> AbstractContextManager[None]:
    return exclusive_lock(path.with_name(path.name + ".lock"))


def _record_logs_put_aside(db: Connection, path: Path) -> None:
    """Record in the trail that a log was put aside: it may hold people's commands."""
    path = Path(os.path.realpath(path))
    for aside in [
        log
        for log in logs_put_aside.unrecorded
        if log.name.startswith(path.name) and os.path.realpath(log.parent) == str(path.parent)
    ]:
        with transaction(db):
            audit_chain.append(db, "log_aside", who="", detail={"file": aside.name})
        logs_put_aside.unrecorded.remove(aside)


# -- noticing lost commands: their highest number is also stored beside the journal


def store_last_number(path: Path, seq: int) -> None:
    """Store the number of the latest command beside the journal. It proves nothing, but reveals a loss."""
    with suppress(OSError):
        descriptor = os.open(_last_number_file(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, struct.pack(">Q", seq), 0)
        finally:
            os.close(descriptor)


def _last_number_file(path: Path) -> Path:
    return path.with_name(path.name + ".mark")


def _record_lost_commands(db: Connection, path: Path) -> None:
    try:
        (last_number,) = struct.unpack(">Q", _last_number_file(path).read_bytes())
    except (OSError, struct.error):
        return
    if last_number <= newest(db):
        return
    with suppress(FloorctlError), readable_errors(path), transaction(db):
        held = newest(db)
        if last_number > held:
            event = db.execute(
                "INSERT INTO event (command_seq, at, what, detail) VALUES (0, ?, 'lost', ?)",
                (time.time(), str(last_number - held)),
            )
            audit_chain.append(db, "lost", who="", detail={"commands": last_number - held}, event_seq=event.lastrowid)
            keep_numbers_free(db, last_number)


def keep_numbers_free(db: Connection, last: int) -> None:
    """Reserve the numbers up to ``last``: commands that had them are missing here, and must not be confused with
    others.
    """
    held = newest(db)
    if held and last > held:
        db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'command'", (last,))
    elif last > held:
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('command', ?)", (last,))

"""Restoring a backup of the journal: checked first, the replaced file kept, later decisions carried over.

The platform continues from its own state, whatever the journal holds. So commands that wait in the backup and were
applied, or dropped, since then are marked as such; those made since then are in the kept file. The trail continues with
an entry that names that file, by which its end and the one that the platform has can be told from a cut trail.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

from floorctl.errors import FloorctlError, NotFoundError, UsageError
from floorctl.files.writing import folder_to_disk, making
from floorctl.sync import audit_chain
from floorctl.sync.journal import file as journal_file
from floorctl.sync.journal import trail_ends
from floorctl.sync.journal.journal import Journal
from floorctl.sync.journal.migrations import SCHEMA
from floorctl.sync.journal.restore_leftovers import KEPT, SCRATCH, delete_leftovers
from floorctl.sync.journal.rows import newest
from floorctl.sync.keys.rekey import use_exclusively
from floorctl.sync.opening import check_place, connect
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import (
    DAMAGED_CODES,
    Connection,
    DamagedError,
    DatabaseError,
    code_of,
    readable_errors,
    transaction,
    unwatch,
)
from floorctl.sync.stray_log import in_use

_LOGS = ("-wal", "-shm", "-journal")
_UNSENT = ("waiting", "sending", "refused", "conflict")


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a restore. ``kept``: the file with what was replaced, None if there was nothing.

    ``made_at``: when the backup's last entry was made. ``entries``: number of entries of the trail that are only in the
    kept file, and ``unsent``, number of undecided commands that are only there; None if it can't be read. ``settled``:
    commands that wait in the backup and were applied or dropped since. ``waiting``: commands that wait now.
    """

    kept: Path | None
    made_at: datetime | None
    entries: int | None
    unsent: int | None
    settled: int
    waiting: int


def restore_backup(file: Path, journal: Path, key: bytes) -> Restored:
    """Restore the backup ``file`` in place of ``journal``. The caller holds the sync lock.

    Raises:
        NotFoundError: ``error.restore_no_file``.
        UsageError: ``error.restore_itself``, ``error.restore_no_backup`` (no journal that this key opens),
            ``error.restore_cache``.
        FloorctlError: ``error.restore_damaged``, ``error.restore_no_room``, ``error.journal_newer``;
            ``error.rekey_in_use``; the databases'. If it raises, nothing has changed.

    """
    with suppress(OSError):
        if file.samefile(journal):
            raise UsageError("error.restore_itself", path=file)
    check_place(journal)
    with _disk_full_as_not_restored(journal), readable_errors(journal), ExitStack() as after:
        delete_leftovers(journal)
        scratch = Path(mkdtemp(prefix=SCRATCH, dir=journal.parent))
        after.callback(shutil.rmtree, scratch, ignore_errors=True)
        fetched, new = scratch / "fetched.db", scratch / "journal.db"
        _fetch(file, fetched)
        _check(file, fetched, key)
        _copy(fetched, new, key)
        if in_use(journal):
            raise FloorctlError("error.rekey_in_use", path=journal.parent)
        current = _open_current(journal, key, after)
        kept = _free_name(journal) if journal.exists() else None
        restored = _bring_up_to_date(new, key, current, kept)
        if kept is not None:
            _keep_replaced(journal, kept, current)
        if current is not None:
            unwatch(current)
        new.replace(journal)
        folder_to_disk(journal.parent)
    _record_end(journal, key)
    return restored


@contextmanager
def _disk_full_as_not_restored(journal: Path) -> Iterator[None]:
    """Report a full disk as "nothing was restored", whichever file could not be written."""
    try:
        yield
    except FloorctlError as error:
        if error.key not in ("error.disk_full", "error.file_no_room"):
            raise
        raise FloorctlError("error.restore_no_room", path=journal.parent) from error


def _fetch(file: Path, fetched: Path) -> None:
    """Copy the backup with the log beside it, so that the backup itself is not changed."""
    if not file.is_file():
        raise NotFoundError("error.restore_no_file", path=file)
    try:
        for ending in ("", "-wal"):
            source = file.with_name(file.name + ending)
            if source.exists():
                with making(fetched.with_name(fetched.name + ending), private=True) as copy, source.open("rb") as whole:
                    shutil.copyfileobj(whole, copy.file, 1 << 20)
    except OSError as error:
        raise UsageError("error.file_unreadable", path=file, reason=error.strerror or "") from error


def _copy(fetched: Path, new: Path, key: bytes) -> None:
    """Copy into a new database, with page signatures of its own, so that its logs differ from the backup's."""
    with (
        closing(connect(fetched, key, durable=True)) as origin,
        closing(connect(new, key, durable=True)) as target,
    ):
        copying: Any = origin
        target.execute("PRAGMA journal_mode = DELETE").fetchone()
        copying.backup(target)


def _check(file: Path, copy: Path, key: bytes) -> None:
    if copy.stat().st_size < 4096:
        raise UsageError("error.restore_no_backup", path=file)
    try:
        with closing(connect(copy, key, durable=True)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
            whole = not db.execute("PRAGMA cipher_integrity_check").fetchall()
            (schema,) = db.execute("PRAGMA user_version").fetchone()
            whole = whole and db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    except (DamagedError, DatabaseError) as error:
        if _is_cache(copy, key):
            raise UsageError("error.restore_cache", path=file) from error
        if isinstance(error, DatabaseError) and code_of(error) not in DAMAGED_CODES:
            raise  # an error of the disk that it was copied to, for instance
        damaged = isinstance(error, DatabaseError) or error.key != "error.key_wrong"
        raise UsageError("error.restore_damaged" if damaged else "error.restore_no_backup", path=file) from error
    if not whole:
        raise UsageError("error.restore_damaged", path=file)
    if "command" not in tables:
        raise UsageError("error.restore_no_backup", path=file)
    if schema > SCHEMA:
        raise FloorctlError("error.journal_newer", path=file, found=schema, known=SCHEMA)


def _is_cache(copy: Path, key: bytes) -> bool:
    with suppress(FloorctlError, DatabaseError), closing(connect(copy, key, durable=False, readonly=True)):
        return True
    return False


def _open_current(journal: Path, key: bytes, after: ExitStack) -> Connection | None:
    """Return the current journal, locked and without a log; None if there is none that can be read."""
    if not journal.exists():
        return None
    try:
        db = connect(journal, key, durable=True)
        after.callback(db.close)
        db.execute("SELECT count(*) FROM audit").fetchone()
        db.execute("SELECT count(*) FROM command").fetchone()
        use_exclusively(db, journal)
        db.execute("BEGIN EXCLUSIVE")
    except (DamagedError, DatabaseError):
        return None
    except FloorctlError as error:
        if code_of(error.__cause__ or error) in DAMAGED_CODES:
            return None
        raise
    return db


def _free_name(journal: Path) -> Path:
    name = f"{journal.name}{KEPT}{time.strftime('%Y%m%dT%H%M%S')}"
    names = (journal.with_name(f"{name}-{n}" if n else name) for n in range(1000))
    return next(free for free in names if not free.exists())


def _bring_up_to_date(new: Path, key: bytes, current: Connection | None, kept: Path | None) -> Restored:
    """Carry over into the backup what was decided since, and add an entry to its trail."""
    with (
        closing(Journal.open(new, key)) as journal,  # migrates an older one
        closing(connect(new, key, durable=True)) as db,
    ):
        settled = 0
        entries = unsent = None
        (last,) = db.execute("SELECT max(at) FROM audit").fetchone()
        if current is not None:
            settled = _carry_over(journal, current)
            known = {id_ for (id_,) in db.execute("SELECT id FROM command").fetchall()}
            open_now = current.execute("SELECT id FROM command WHERE state IN (?, ?, ?, ?)", _UNSENT).fetchall()
            unsent = sum(id_ not in known for (id_,) in open_now)
            common, all_now = (
                {bytes(hash_) for (hash_,) in database.execute("SELECT hash FROM audit").fetchall()}
                for database in (db, current)
            )
            entries = len(all_now - common)
            with transaction(db):
                journal_file.keep_numbers_free(db, newest(current))
                # Sessions and accounts stay those of today: a restore signs nobody else in.
                db.execute("DELETE FROM setting")
                remembered = current.execute("SELECT name, value FROM setting").fetchall()
                db.executemany("INSERT INTO setting VALUES (?, ?)", remembered)
        made_at = None if last is None else datetime.fromtimestamp(last, UTC)
        journal.audit(
            "restored",
            who="",
            detail={
                "file": kept.name if kept else "",
                "entries": entries or 0,
                "from": made_at.isoformat(timespec="seconds") if made_at else "",
            },
        )
        counts = journal.counts()
    with closing(connect(new, key, durable=True)) as db:  # one file, without a log
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
    return Restored(
        kept=kept,
        made_at=made_at,
        entries=entries,
        unsent=unsent,
        settled=settled,
        waiting=counts.get("waiting", 0) + counts.get("sending", 0),
    )


def _carry_over(journal: Journal, current: Connection) -> int:
    """Apply or drop commands that wait in the backup as they were since; return how many."""
    settled = 0
    for item in journal.items(_UNSENT):
        row = current.execute(
            "SELECT state, undecided, outcome_version, applied_at, reason FROM command WHERE id = ?", (item.id,)
        ).fetchone()
        if row is None or row[0] not in ("applied", "dropped"):
            continue
        state, undecided, version, applied_at, reason = row
        if state == "applied":
            at = datetime.fromisoformat(applied_at)
            journal.mark_applied(item.id, wire.Outcome(id=item.id, applied_at=at, version=version))
            if not undecided:
                journal.mark_seen(item.id)
        elif item.state != "sending":
            journal.drop(item.id, reason or "")
        else:
            continue
        settled += 1
    return settled


def _keep_replaced(journal: Path, kept: Path, current: Connection | None) -> None:
    """Rename the current journal; a log that could not be applied is renamed with it."""
    try:
        os.link(journal, kept)
    except OSError:
        with making(kept, private=True) as copy, journal.open("rb") as whole:
            shutil.copyfileobj(whole, copy.file, 1 << 20)
    if current is None:
        for ending in _LOGS:
            with suppress(FileNotFoundError):
                journal.with_name(journal.name + ending).replace(kept.with_name(kept.name + ending))


def _record_end(journal: Path, key: bytes) -> None:
    """Record the end of the new trail beside the journal; the last head that the platform has stays there."""
    with readable_errors(journal), closing(connect(journal, key, durable=True)) as db:
        trail_ends.record_end(journal, audit_chain.head(db))

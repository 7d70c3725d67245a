"""The journal: every command that people made, on the disk before its making is reported; never rebuilt."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from floorctl.errors import FloorctlError, RefusedError
from floorctl.models.command import ON_ITS_WAY, OUTBOX_STATES, PARKED, Command
from floorctl.sync import audit_chain
from floorctl.sync.draft import DraftKey
from floorctl.sync.journal import drafts, file, settings, trail_ends
from floorctl.sync.journal import rows as journal_rows
from floorctl.sync.journal.decisions import Decisions
from floorctl.sync.journal.drafts import Drafts
from floorctl.sync.journal.ordering import stands_on
from floorctl.sync.journal.rows import COLUMNS
from floorctl.sync.journal.signatures import Signatures
from floorctl.sync.journal.trail import Trail
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection, readable_errors, savepoint, transaction
from floorctl.sync.stored_session import StoredSession

T = TypeVar("T")
#: Bytes by which a command may still grow: a longer base version, the audit trail's head.
_ROOM = 160


class Journal(Decisions, Drafts, Signatures, Trail):
    """The journal of one terminal. Thread-safe, and several processes may have it open and append to it.

    Every method may raise FloorctlError: ``error.journal_damaged``, ``error.disk_full``, ``error.data_unwritable``,
    ``error.data_busy``. A method that raises has changed nothing.
    """

    def __init__(self, db: Connection, path: Path, key: bytes) -> None:
        self._db = db
        self._path = path
        self._key = key
        self._lock = threading.RLock()
        self._own_changes = 0
        #: The end of the audit trail when this process last recorded it beside the journal.
        self._recorded_end: audit_chain.Head | None = None

    @classmethod
    def open(cls, path: Path, key: bytes) -> "Journal":
        """Open the journal at ``path``, making it if there is none (see ``open_journal`` for what it raises)."""
        return cls(file.open_journal(path, key), path, key)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._lock, readable_errors(self._path, file.DAMAGED):
            return work(self._db)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self._lock, readable_errors(self._path, file.DAMAGED):
            with savepoint(self._db) if self._db.in_transaction else self._transaction():
                result = work(self._db)
            self._own_changes += 1
            return result

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run a transaction; then record the end of its audit trail beside the journal."""
        with transaction(self._db):
            began = audit_chain.head(self._db)
            yield
            ended = audit_chain.head(self._db)
            # If this process recorded the former end itself, and no entry followed, the file need not be read.
            continues = ended != began and (
                began == self._recorded_end or trail_ends.follows(self._path, self._db, ended)
            )
        if continues:
            trail_ends.record_end(self._path, ended)
            self._recorded_end = ended

    def write_together(self, calls: Iterable[Callable[[], T]]) -> list[T | FloorctlError]:
        """Run several writing calls as one transaction, which waits for the disk once.

        Returns each call's result or, if it raised, its error; a call that raised has changed nothing, the others have.
        If this method itself raises, no call has.
        """
        results: list[T | FloorctlError] = []
        with self._lock, readable_errors(self._path, file.DAMAGED), self._transaction():
            for call in calls:
                try:
                    results.append(call())
                except FloorctlError as error:
                    if not self._db.in_transaction:  # a full disk ends the transaction, undoing the calls before
                        raise
                    results.append(error)
        return results

    @property
    def edition(self) -> tuple[int, int]:
        """A value that changes with every write, by this process or another."""
        return self._read(lambda db: (int(db.execute("PRAGMA data_version").fetchone()[0]), self._own_changes))

    # -- making commands

    def append(
        self,
        command: Command,
        *,
        by: str,
        automatic: bool = False,
        after: int | None = None,
        saw: int | None = None,
        finishes: DraftKey | None = None,
        same_elsewhere: bool = False,
        before: dict[str, Any] | None = None,
        undoes: str | None = None,
    ) -> OutboxItem:
        """Store a command; it is on the disk when this returns.

        ``saw`` is the entity's version on the screen (0: it was not there), the command's ``base_version`` if left out;
        pass it for commands without a base version too, so that later ones can build on them. ``after`` is found here:
        the newest command on the same entity that is not over, or was not when the version ``saw`` was displayed. A
        command whose id is known already is not stored again. ``finishes``: the draft that it was made from, which is
        deleted in the same transaction. ``same_elsewhere``: another terminal may make the very same command, so it
        carries nothing of this one. ``before``: what it replaces; ``undoes``: the command that it takes back, in whose
        history that is recorded.

        Raises:
            RefusedError: ``error.command_too_large``: the contract allows 64 KiB.

        """
        if len(msgspec.json.encode(command)) > wire.MAX_COMMAND_BYTES - _ROOM:
            raise RefusedError("error.command_too_large", limit=wire.MAX_COMMAND_BYTES // 1024)

        saw = command.base_version if saw is None else saw

        def work(db: Connection) -> OutboxItem:
            if finishes is not None:
                drafts.remove(db, finishes)
            if (known := journal_rows.find(db, command.id)) is not None:
                return known
            item = OutboxItem(
                id=command.id,
                seq=0,
                place=0,
                kind=command.kind,
                target=command.target,
                data=command.data,
                state="waiting",
                made_at=command.made_at,
                made_by=by,
                base_version=command.base_version,
                saw_version=saw,
                automatic=automatic,
                after=journal_rows.newest_on(db, command.target, saw or 0) if after is None else after,
                audit_head=None if same_elsewhere else audit_chain.head_to_send(db),
                before=before,
                undoes=undoes,
            )
            if undoes is not None and (undone := journal_rows.find(db, undoes)) is not None:
                journal_rows.note(db, undone, "undone", command.id, by=by)
            return journal_rows.insert(db, item)

        item = self._write(work)
        file.store_last_number(self._path, item.seq)
        return item

    # -- sending

    def sendable(self, limit: int = 100) -> list[OutboxItem]:
        """Return the commands that can be sent now: per entity the first that is not applied, unless it is parked."""
        return self._select(
            f"SELECT {COLUMNS} FROM command c INDEXED BY command_turn WHERE undecided = 1"  # noqa: S608
            " AND state IN ('waiting', 'sending') AND NOT EXISTS ("
            "  SELECT 1 FROM command e INDEXED BY command_target WHERE e.undecided = 1 AND e.state <> 'applied'"
            "  AND e.target_kind = c.target_kind AND e.target_id = c.target_id"
            "  AND (e.place < c.place OR e.place = c.place AND e.seq < c.seq)"
            ") ORDER BY place, seq LIMIT ?",
            (limit,),
        )

    def predecessor(self, item: OutboxItem) -> OutboxItem | None:
        """Return the earlier command on the same entity that was not over when ``item`` was made."""
        if item.after is None:
            return None
        items = self._select(f"SELECT {COLUMNS} FROM command WHERE seq = ?", (item.after,))  # noqa: S608
        return items[0] if items else None

    def claim(self, id_: str, base_version: int | None) -> bytes:
        """Mark a command as being sent, and return its body: the same bytes on every later try.

        ``base_version`` (see ``base_to_send``) is used only the first time.

        Raises:
            NotFoundError: ``error.no_such_command``.
            RefusedError: ``error.command_over``: it is not waiting to be sent.

        """

        def work(db: Connection) -> bytes:
            item = journal_rows.get(db, id_, ON_ITS_WAY)
            (body,) = db.execute("SELECT body FROM command WHERE seq = ?", (item.seq,)).fetchone()
            if body is not None and item.state == "sending":
                return bytes(body)
            changes: dict[str, Any] = {"state": "sending"}
            if body is None:
                body = msgspec.json.encode(item.command(base_version))
                before = journal_rows.at(db, item.after)
                changes |= {"body": body, "stands_on": base_version or stands_on(item, before)}
            journal_rows.update(db, item, "sending", **changes)
            return bytes(body)

        return self._write(work)

    def mark_applied(self, id_: str, outcome: wire.Outcome) -> None:
        """Record that the platform has applied it; it is undecided until the feed shows its outcome (``mark_seen``)."""
        sent_heads: list[str] = []

        def work(db: Connection) -> None:
            item = journal_rows.get(db, id_)
            if item.state != "applied":
                journal_rows.update(
                    db,
                    item,
                    "applied",
                    state="applied",
                    undecided=int(outcome.version is not None),
                    outcome_version=outcome.version,
                    applied_at=outcome.applied_at.isoformat(),
                    settled_at=time.time(),
                    problem=None,
                    reason=None,
                )
                if item.audit_head:
                    sent_heads.append(item.audit_head)

        self._write(work)
        for head in sent_heads:
            trail_ends.record_platform_head(self._path, head)

    def park(self, id_: str, state: str, problem: wire.Problem) -> None:
        """Record the platform's refusal (``refused`` or ``conflict``); the command waits for a person's decision.

        Raises:
            ValueError: another state.

        """
        if state not in PARKED:
            raise ValueError(state)
        current = problem.current
        if current is not None and not bytes(current.data):
            problem = replace(problem, current=replace(current, data=msgspec.Raw(b"null")))

        def work(db: Connection) -> None:
            item = journal_rows.get(db, id_, ON_ITS_WAY)
            journal_rows.update(
                db,
                item,
                state,
                problem.title,
                state=state,
                problem=msgspec.json.encode(problem),
                attempts=item.attempts + 1,
            )

        self._write(work)

    def mark_failed(self, id_: str, reason: str) -> None:
        """Record that no valid answer came: the command waits again, with the body that it was sent with."""

        def work(db: Connection) -> None:
            item = journal_rows.get(db, id_, ON_ITS_WAY)
            # A failure that repeats is recorded once.
            what = "failed" if item.reason != reason else None
            journal_rows.update(db, item, what, reason, state="waiting", attempts=item.attempts + 1, reason=reason)

        self._write(work)

    def mark_seen(self, *ids: str) -> None:
        """Record that the feed shows the commands' outcomes; they are no longer laid over it."""

        def work(db: Connection) -> None:
            for id_ in ids:
                item = journal_rows.find(db, id_)
                if item is not None and item.state == "applied" and item.undecided:
                    journal_rows.update(db, item, None, undecided=0)

        if ids:
            self._write(work)

    def applied_since(self, since: float) -> list[OutboxItem]:
        """Return the commands applied since ``since`` (seconds since 1970) that changed an entity."""
        return self._select(
            f"SELECT {COLUMNS} FROM command WHERE state = 'applied' AND settled_at >= ?"  # noqa: S608
            " AND outcome_version IS NOT NULL ORDER BY seq",
            (since,),
        )

    def send_again(self, *ids: str) -> None:
        """Let commands that the platform applied and lost wait again, to be sent with the same bytes."""

        def work(db: Connection) -> None:
            for id_ in ids:
                item = journal_rows.find(db, id_)
                if item is not None and item.state == "applied":
                    journal_rows.update(
                        db,
                        item,
                        "lost_there",
                        state="waiting",
                        undecided=1,
                        outcome_version=None,
                        applied_at=None,
                        settled_at=None,
                    )

        if ids:
            self._write(work)

    # -- reading

    def get(self, id_: str) -> OutboxItem | None:
        """Return a command, None if there is none with this id."""
        return self._read(lambda db: journal_rows.find(db, id_))

    def items(
        self, states: Collection[str] | None = None, limit: int | None = None, newest_first: bool = False
    ) -> list[OutboxItem]:
        """Return commands in the order in which they were made, of some states or all."""
        wanted = [] if states is None else [state for state in OUTBOX_STATES if state in states]
        where = "1"
        if states is not None:
            if not wanted:
                return []
            among = f"AND state IN ({', '.join('?' * len(wanted))})"
            where = (
                f"seq IN (SELECT seq FROM command INDEXED BY command_turn WHERE undecided = 1 {among}"  # noqa: S608
                f" UNION ALL SELECT seq FROM command INDEXED BY command_over WHERE undecided = 0 {among})"
            )
        return self._select(
            f"SELECT {COLUMNS} FROM command WHERE {where}"  # noqa: S608
            f" ORDER BY seq {'DESC' if newest_first else 'ASC'} LIMIT ?",
            (*wanted, *wanted, -1 if limit is None else limit),
        )

    def newest(self, limit: int, before_seq: int | None = None) -> list[OutboxItem]:
        """Return people's latest commands, newest first, older than ``before_seq`` if given; without those of rules."""
        return self._select(
            f"SELECT {COLUMNS} FROM command WHERE automatic = 0 AND seq < ? ORDER BY seq DESC LIMIT ?",  # noqa: S608
            (2**62 if before_seq is None else before_seq, limit),
        )

    def numbered(self, seq: int) -> OutboxItem | None:
        """Return the command with this number, None if there is none."""
        return self._read(lambda db: journal_rows.at(db, min(seq, 2**62)))

    def pending(self) -> list[OutboxItem]:
        """Return the commands laid over the feed's data, by turn: waiting, sending, or applied and not yet seen."""
        return self._select(
            f"SELECT {COLUMNS} FROM command INDEXED BY command_turn WHERE undecided = 1"  # noqa: S608
            " AND state IN ('waiting', 'sending', 'applied') ORDER BY place, seq",
            (),
        )

    def targets(self, kind: str) -> frozenset[str]:
        """Return the ids of the targets of this terminal's commands of ``kind``, without parked or dropped ones."""
        rows = self._read(
            lambda db: db.execute(
                "SELECT target_id FROM command WHERE kind = ? AND state IN ('waiting', 'sending', 'applied')", (kind,)
            ).fetchall()
        )
        return frozenset(id_ for (id_,) in rows)

    def counts(self) -> dict[str, int]:
        """Return the number of commands in each state."""
        rows = self._read(
            lambda db: db.execute(
                "SELECT state, count(*) FROM command INDEXED BY command_turn WHERE undecided = 1 GROUP BY state"
                " UNION ALL"
                " SELECT state, count(*) FROM command INDEXED BY command_over WHERE undecided = 0 GROUP BY state"
            ).fetchall()
        )
        counts = dict.fromkeys(OUTBOX_STATES, 0)
        for state, commands in rows:
            counts[state] += commands
        return counts

    @property
    def lost(self) -> int:
        """Number of commands that were in the journal and are missing now (its log was removed); normally 0."""
        rows = self._read(lambda db: db.execute("SELECT detail FROM event WHERE what = 'lost'").fetchall())
        return sum(int(detail) for (detail,) in rows)

    def history(self, id_: str) -> list[tuple[datetime, str, str | None]]:
        """Return a command's history since it was made: time (this machine's clock), what, and the detail."""
        rows = self._read(
            lambda db: db.execute(
                "SELECT e.at, e.what, e.detail FROM event e JOIN command c ON c.seq = e.command_seq"
                " WHERE c.id = ? ORDER BY e.seq",
                (id_,),
            ).fetchall()
        )
        return [(settings.local_time(at), what, detail) for at, what, detail in rows]

    def _select(self, sql: str, values: Iterable[object]) -> list[OutboxItem]:
        return self._read(lambda db: [journal_rows.item_of(row) for row in db.execute(sql, tuple(values)).fetchall()])

    # -- settings and session

    def setting(self, name: str, default: Any = None) -> Any:
        """Return the JSON value stored under ``name``."""
        return self._read(lambda db: settings.get(db, name, default))

    def set_setting(self, name: str, value: Any) -> None:
        """Store a JSON value; None deletes it."""
        self._write(lambda db: settings.put(db, name, value))

    def session(self) -> StoredSession | None:
        """Return the session of the person signed in, None if nobody is."""
        return self._read(settings.session)

    def save_session(
        self, session: wire.Session, platform: str, employee_no: str = "", *, offline: bool = False
    ) -> None:
        """Store who signed in, at which platform; ``offline``: while that could not be reached."""
        self._write(lambda db: settings.save_session(db, session, platform, employee_no, offline=offline))

    def forget_session(self) -> None:
        """Delete the session of the person signed in."""
        self._write(settings.forget_session)

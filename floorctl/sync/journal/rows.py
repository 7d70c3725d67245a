"""Commands as rows of the journal: read, added, changed, each change with its event."""

# ruff: noqa: S608  what is put into statements is names from here; values are bound

import time
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from floorctl.errors import NotFoundError, RefusedError
from floorctl.models.base import Ref
from floorctl.models.command import OUTBOX_STATES
from floorctl.rules.commands import registry
from floorctl.sync import audit_chain
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection

#: Most finished commands on one entity that may have come between its display and the act that follows.
_LATELY = 20
COLUMNS = (
    "id, seq, place, kind, target_kind, target_id, data, state, made_at, made_by, attempts, problem, base_version,"
    ' outcome_version, automatic, undecided, saw_version, stands_on, "after", audit_head, applied_at, settled_at,'
    " reason, replaces, replaced_by, before, undoes"
)


def item_of(row: tuple[Any, ...]) -> OutboxItem:
    """Return the command in a row of ``COLUMNS``."""
    (
        id_, seq, place, kind, target_kind, target_id, data, state, made_at, made_by, attempts, problem, base_version,
        outcome_version, automatic, undecided, saw_version, standing, after, audit_head, applied_at, settled_at, reason,
        replaces, replaced_by, before, undoes,
    ) = row  # fmt: skip
    return OutboxItem(
        id=id_,
        seq=seq,
        place=place,
        kind=kind,
        target=Ref(target_kind, target_id),
        data=msgspec.json.decode(data),
        state=state,
        made_at=datetime.fromisoformat(made_at),
        made_by=made_by,
        attempts=attempts,
        problem=None if problem is None else wire.problem_decoder.decode(problem),
        base_version=base_version,
        outcome_version=outcome_version,
        automatic=bool(automatic),
        undecided=bool(undecided),
        saw_version=saw_version,
        stands_on=standing,
        after=after,
        audit_head=audit_head,
        applied_at=None if applied_at is None else datetime.fromisoformat(applied_at),
        settled_at=settled_at,
        reason=reason,
        replaces=replaces,
        replaced_by=replaced_by,
        before=None if before is None else msgspec.json.decode(before),
        undoes=undoes,
    )


def find(db: Connection, id_: str) -> OutboxItem | None:
    """Return the command with this id, None if there is none."""
    row = db.execute(f"SELECT {COLUMNS} FROM command WHERE id = ?", (id_,)).fetchone()
    return None if row is None else item_of(row)


def at(db: Connection, seq: int | None) -> OutboxItem | None:
    """Return the command with this number, None if there is none."""
    row = db.execute(f"SELECT {COLUMNS} FROM command WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else item_of(row)


def get(
    db: Connection, id_: str, states: Collection[str] = OUTBOX_STATES, otherwise: str = "error.command_over"
) -> OutboxItem:
    """Return the command with this id, if it is in one of ``states``.

    Raises:
        NotFoundError: ``error.no_such_command``.
        RefusedError: ``otherwise``.

    """
    item = find(db, id_)
    if item is None:
        raise NotFoundError("error.no_such_command", id=id_)
    if item.state not in states:
        raise RefusedError(otherwise, id=item.seq, state=item.state)
    return item


def newest_on(db: Connection, target: Ref, saw: int) -> int | None:
    """Return the number of the last command on an entity that is not over, or ended after version ``saw`` was
    displayed.

    Between display and act another process may send commands and receive their outcomes: the act builds on those, as
    long as every version since is from this terminal.
    """
    newest = "SELECT seq, state, outcome_version FROM command INDEXED BY command_target WHERE undecided = ?"
    newest += " AND target_kind = ? AND target_id = ? ORDER BY place DESC, seq DESC LIMIT ?"
    waiting = db.execute(newest, (1, target.kind, target.id, 1)).fetchone()
    if waiting is not None:
        return int(waiting[0])
    over = db.execute(newest, (0, target.kind, target.id, _LATELY)).fetchall()
    ours = {version: seq for seq, state, version in over if state == "applied" and (version or 0) > saw}
    return int(ours[max(ours)]) if ours and set(ours) == set(range(saw + 1, max(ours) + 1)) else None


def insert(db: Connection, item: OutboxItem) -> OutboxItem:
    """Add a command and number it; without a place it gets its own number.

    Its making needs no event: the row and the audit trail record it, and every further page makes a durable commit
    slower.
    """
    seq = newest(db) + 1
    item = replace(item, seq=seq, place=item.place or seq)
    db.execute(
        "INSERT INTO command (seq, place, id, kind, target_kind, target_id, data, made_at, made_by, automatic,"
        ' audit_head, base_version, saw_version, "after", state, undecided, attempts, replaces, before, undoes)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?)",
        (
            seq,
            item.place,
            item.id,
            item.kind,
            item.target.kind,
            item.target.id,
            msgspec.json.encode(item.data),
            item.made_at.isoformat(),
            item.made_by,
            int(item.automatic),
            item.audit_head,
            item.base_version,
            item.saw_version,
            item.after,
            item.state,
            item.replaces,
            None if item.before is None else msgspec.json.encode(item.before),
            item.undoes,
        ),
    )
    _tell(db, item, "made", None, who=item.made_by)
    return item


def newest(db: Connection) -> int:
    """Return the highest number ever given to a command."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'command'").fetchone()
    return int(row[0]) if row else 0


def note(db: Connection, item: OutboxItem, what: str, detail: str | None, *, by: str) -> None:
    """Record that ``what`` happened to a command whose row stays as it is; ``by``: who decided so."""
    _event(db, item, what, detail, who=by)


def hand_down_before(db: Connection, dropped: OutboxItem) -> None:
    """Give the ``before`` of a dropped command to the next one on the same part, which now replaces that value."""
    if dropped.before is None:
        return
    kind = registry.find(dropped.kind)
    later = db.execute(
        f"SELECT {COLUMNS} FROM command INDEXED BY command_target WHERE undecided = 1 AND target_kind = ?"
        " AND target_id = ? AND seq > ? AND kind = ? ORDER BY place, seq",
        (dropped.target.kind, dropped.target.id, dropped.seq, dropped.kind),
    ).fetchall()
    for item in map(item_of, later):
        if item.before is not None and (kind is None or kind.part(item.data) == kind.part(dropped.data)):
            before = msgspec.json.encode(dropped.before)
            db.execute("UPDATE command SET before = ? WHERE seq = ?", (before, item.seq))
            return


def update(
    db: Connection, item: OutboxItem, what: str | None, detail: str | None = None, *, by: str = "", **columns: Any
) -> None:
    """Change a command, and record ``what`` happened; ``by``: who decided so, empty if nobody did.

    Without ``what``, only columns that the audit trail does not cover may change.
    """
    sets = ", ".join(f"{name} = ?" for name in columns)
    db.execute(f"UPDATE command SET {sets} WHERE seq = ?", (*columns.values(), item.seq))
    if what is not None:
        _event(db, item, what, detail, who=by)


def _event(db: Connection, item: OutboxItem, what: str, detail: str | None, *, who: str) -> None:
    now = time.time()
    event = db.execute(
        "INSERT INTO event (command_seq, at, what, detail) VALUES (?, ?, ?, ?)", (item.seq, now, what, detail)
    )
    _tell(db, item, what, detail, who=who, at=now, event_seq=event.lastrowid)


def _tell(
    db: Connection,
    item: OutboxItem,
    what: str,
    detail: str | None,
    *,
    who: str,
    at: float | None = None,
    event_seq: int | None = None,
) -> None:
    """Add the audit trail's entry."""
    words: dict[str, Any] = {"command": item.id, "kind": item.kind} | ({"detail": detail} if detail else {})
    if item.automatic:
        words["automatic"] = True
    audit_chain.append(
        db, what, who=who, subject=item.target, detail=words, command_seq=item.seq, event_seq=event_seq, at=at
    )

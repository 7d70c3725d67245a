"""The audit trail as rows of the journal: who did what and when; each entry's hash covers the entry before.

An entry is written in the transaction of what it records, so that neither exists without the other. Its hash covers the
entry before, its own contents, the command that it is about as the act left it, and the event that records it. Whoever
changes, removes or adds such a row afterwards has to compute every later entry anew, and the heads that were sent to
the platform with the commands would still differ.

Not covered, since they concern sending and not the act: a command's count of attempts, what it waits for, and whether
its outcome has come in. Nor is what it replaced; that it was taken back is an event of its own.
"""

import hashlib
import time
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from floorctl.models.base import Ref
from floorctl.sync.sqlite import Connection

_BEFORE_ALL = bytes(32)
#: Columns of a command's row that are hashed, in this order. Waiting and sending count as one state, since failed
#: attempts switch between them.
_COVERED = (
    "seq, place, id, kind, target_kind, target_id, data, made_at, made_by, automatic, audit_head, base_version,"
    " saw_version, CASE state WHEN 'sending' THEN 'waiting' ELSE state END, body, stands_on, outcome_version,"
    " applied_at, settled_at, problem, reason, replaces, replaced_by"
)
_EVENT = "seq, command_seq, at, what, detail"
_ENTRY = "seq, at, who, what, subject_kind, subject_id, detail, command_seq, row, event_seq, hash"
_UNDECIDED = {"waiting": 1, "refused": 1, "conflict": 1, "dropped": 0}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the trail. ``at`` is in seconds since 1970 by this machine's clock; ``hash`` is hexadecimal."""

    seq: int
    at: float
    who: str
    what: str
    subject: Ref
    detail: dict[str, Any]
    hash: str


class Head(msgspec.Struct, frozen=True):
    """The end of a trail: number and hash of its last entry (0 and zero bytes if it is empty)."""

    seq: int
    hash: bytes


class Flaw(msgspec.Struct, frozen=True):
    """The first entry that does not verify.

    ``how``: changed, removed (no entry has this number), inserted (a row that no entry covers), row (the command or
    event that it covers differs now, or is gone), cut (the trail ends before it, or continues otherwise than it did).
    """

    seq: int
    how: str
    what: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the trail verifies. ``entries``: how many do. ``flaw``: the first that does not, None if all do.

    ``head`` is the hash of the last entry, ``platform_head`` the last that the platform has (hexadecimal, empty: none),
    so that the two can be compared there. ``end_stored``: whether the end of the trail is also stored outside the
    journal; without it only the platform can show whether entries were cut off at the end.
    """

    entries: int
    flaw: Flaw | None
    head: str
    platform_head: str
    end_stored: bool
    #: For each backup that was restored: the file with what came after it, and how many entries that were.
    restored: tuple[tuple[str, int], ...] = ()
    #: File with the entry that the platform received last, if it is no longer in this trail.
    platform_head_file: str = ""


def append(
    db: Connection,
    what: str,
    *,
    who: str,
    subject: Ref | None = None,
    detail: Mapping[str, Any] | None = None,
    command_seq: int | None = None,
    event_seq: int | None = None,
    at: float | None = None,
) -> int:
    """Add an entry, inside the transaction of what it records; return its number."""
    last = head(db)
    row = None if command_seq is None else command_digest(db, command_seq)
    values = (
        last.seq + 1, time.time() if at is None else at, who, what, subject.kind if subject else "",
        subject.id if subject else "", msgspec.json.encode(detail or {}), command_seq, row, event_seq,
    )  # fmt: skip
    event = None if event_seq is None else _event(db, event_seq)
    hashed = _hash(last.hash, values, event)
    db.execute(f"INSERT INTO audit ({_ENTRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, hashed))  # noqa: S608
    return last.seq + 1


def head(db: Connection) -> Head:
    """Return the end of the trail."""
    row = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(0, _BEFORE_ALL) if row is None else Head(int(row[0]), bytes(row[1]))


def head_to_send(db: Connection) -> str | None:
    """Return the head as a command carries it (hexadecimal); None if the trail is empty."""
    ended = head(db)
    return ended.hash.hex() if ended.seq else None


def hash_at(db: Connection, seq: int) -> bytes | None:
    """Return the hash of the entry with this number, None if there is none."""
    row = db.execute("SELECT hash FROM audit WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else bytes(row[0])


def has_hash(db: Connection, hashed: bytes) -> bool:
    """Whether an entry has this hash; reads the whole trail."""
    return db.execute("SELECT 1 FROM audit WHERE hash = ?", (hashed,)).fetchone() is not None


def entries(db: Connection, *, limit: int, offset: int = 0, without: Collection[str] = ()) -> list[Entry]:
    """Return a window of the trail, newest first, without the kinds in ``without``."""
    marks = ", ".join("?" * len(without))
    rows = db.execute(
        f"SELECT {_ENTRY} FROM audit WHERE what NOT IN ({marks}) ORDER BY seq DESC LIMIT ? OFFSET ?",  # noqa: S608
        (*without, limit, offset),
    ).fetchall()
    return [_entry(row) for row in rows]


def count(db: Connection, *, without: Collection[str] = ()) -> int:
    """Return the number of entries, without the kinds in ``without``."""
    marks = ", ".join("?" * len(without))
    return int(db.execute(f"SELECT count(*) FROM audit WHERE what NOT IN ({marks})", tuple(without)).fetchone()[0])  # noqa: S608


def uses_since(db: Connection, at: float) -> dict[str, int]:
    """Return how often data was revealed and exported since ``at`` (seconds since 1970)."""
    rows = db.execute(
        "SELECT what, count(*) FROM audit WHERE what IN ('reveal', 'export') AND at >= ? GROUP BY what", (at,)
    ).fetchall()
    return {"reveal": 0, "export": 0} | dict(rows)


def begin(db: Connection) -> None:
    """Begin a trail in a journal that already has commands: the rows that exist are covered as they are."""
    (events,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    append(db, "begun", who="", detail={"events": events, "digest": _events_digest(db, events).hex()})
    for (seq,) in db.execute("SELECT seq FROM command ORDER BY seq").fetchall():
        append(db, "known", who="", command_seq=seq)


def command_digest(db: Connection, seq: int) -> bytes | None:
    """Return the digest of a command's row as it is now, None if it is gone."""
    row = db.execute(f"SELECT {_COVERED} FROM command WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
    return None if row is None else _digest(row)


def verify(db: Connection) -> tuple[int, Flaw | None]:
    """Read the whole trail in one state of the journal; return how many entries verify, and the first that does not."""
    last, before = 0, _BEFORE_ALL
    rows: dict[int, tuple[int, bytes | None]] = {}
    recorded: dict[int, int] = {}
    known_events = 0
    events = {row[0]: row for row in db.execute(f"SELECT {_EVENT} FROM event")}  # noqa: S608
    for seq, *values, hashed in db.execute(f"SELECT {_ENTRY} FROM audit ORDER BY seq"):  # noqa: S608
        if seq != last + 1:
            return last, Flaw(last + 1, "removed")
        *_, command_seq, row, event_seq = values
        event = None if event_seq is None else events.get(event_seq)
        if event_seq is not None and event is None:
            return last, Flaw(seq, "row", f"event {event_seq}")
        if _hash(before, (seq, *values), event) != hashed:
            return last, Flaw(seq, "changed")
        if command_seq is not None:
            rows[command_seq] = (seq, row)
        if event_seq is not None:
            recorded[event_seq] = seq
        if seq == 1 and values[2] == "begun":
            begun = msgspec.json.decode(values[5])
            known_events = int(begun["events"])
            if _events_digest(db, known_events).hex() != begun["digest"]:
                return 0, Flaw(1, "row", "event")
        last, before = seq, hashed
    flaws = [*_commands_that_differ(db, rows), *_events_without_entry(events, recorded, known_events)]
    if flaws:
        first = min(flaws, key=lambda flaw: flaw.seq or last + 1)
        return max(0, (first.seq or last + 1) - 1), first
    return last, None


def _commands_that_differ(db: Connection, rows: dict[int, tuple[int, bytes | None]]) -> list[Flaw]:
    flaws = []
    missing = dict(rows)
    for *covered, undecided in db.execute(f"SELECT {_COVERED}, undecided FROM command"):  # noqa: S608
        seq, state = covered[0], covered[13]
        entry, digest = missing.pop(seq, (0, None))
        if not entry:
            flaws.append(Flaw(0, "inserted", f"command {covered[2]}"))
        elif digest != _digest(covered) or _UNDECIDED.get(state, undecided) != undecided:
            flaws.append(Flaw(entry, "row", f"command {covered[2]}"))
    flaws += [Flaw(entry, "row", f"command #{seq}") for seq, (entry, _) in missing.items()]
    return flaws


def _events_without_entry(events: dict[int, tuple[Any, ...]], recorded: dict[int, int], known: int) -> list[Flaw]:
    return [Flaw(0, "inserted", f"event {seq}") for seq in events if seq > known and seq not in recorded]


def _event(db: Connection, seq: int) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = db.execute(f"SELECT {_EVENT} FROM event WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
    return row


def _events_digest(db: Connection, newest: int) -> bytes:
    rows = db.execute(f"SELECT {_EVENT} FROM event WHERE seq <= ? ORDER BY seq", (newest,)).fetchall()  # noqa: S608
    return _digest(rows)


def _digest(values: Any) -> bytes:
    return hashlib.sha256(msgspec.msgpack.encode(values)).digest()


def _hash(before: bytes, values: tuple[Any, ...], event: tuple[Any, ...] | None) -> bytes:
    return _digest((before, values, event))


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, at, who, what, kind, id_, detail, _command, _row, _event_seq, hashed = row
    return Entry(
        seq=seq,
        at=at,
        who=who,
        what=what,
        subject=Ref(kind, id_),
        detail=msgspec.json.decode(detail),
        hash=bytes(hashed).hex(),
    )

"""The journal's settings: the sessions of people, and small JSON values."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from floorctl.sync import audit_chain
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection
from floorctl.sync.stored_session import StoredSession

SESSION = "session"
#: Prefix, before the person's id, for sessions of people other than the one signed in whose commands are unsent.
SECOND_SESSION = "session_beside."


_session = msgspec.json.Decoder(StoredSession)


def get(db: Connection, name: str, default: Any) -> Any:
    """Return the JSON value stored under ``name``, ``default`` if there is none."""
    raw = _raw(db, name)
    return default if raw is None else msgspec.json.decode(raw)


def put(db: Connection, name: str, value: Any) -> None:
    """Store a JSON value; None deletes it."""
    if value is None:
        db.execute("DELETE FROM setting WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, msgspec.json.encode(value)))


def session(db: Connection) -> StoredSession | None:
    """Return the session of the person signed in, None if nobody is."""
    raw = _raw(db, SESSION)
    return None if raw is None else _session.decode(raw)


def save_session(
    db: Connection, signed_in: wire.Session, platform: str, employee_no: str = "", *, offline: bool = False
) -> None:
    """Store who signed in. If the answer has no token (who am I), the known one is kept."""
    before = session(db)
    same = before is not None and before.person_id == signed_in.person_id
    kept = before.token_for(platform) if before is not None and same else None
    if not employee_no and before is not None and same:
        employee_no = before.employee_no
    if before is not None and not same:
        audit_chain.append(db, "sign_out", who=before.person_id, detail={"for": signed_in.person_id})
    audit_chain.append(db, "sign_in", who=signed_in.person_id, detail={"roles": signed_in.roles, "offline": offline})
    put(db, SESSION, StoredSession.of(signed_in, platform, employee_no, kept))


def forget_session(db: Connection) -> None:
    """Delete the session of the person signed in."""
    before = session(db)
    if before is not None:
        audit_chain.append(db, "sign_out", who=before.person_id)
        put(db, SESSION, None)


def second_session(db: Connection, person_id: str) -> StoredSession | None:
    """Return the session kept for somebody else than the person signed in, whose commands are unsent."""
    raw = _raw(db, SECOND_SESSION + person_id)
    return None if raw is None else _session.decode(raw)


def save_second_session(db: Connection, stored: StoredSession) -> None:
    """Keep a session for its person's unsent commands."""
    put(db, SECOND_SESSION + stored.person_id, stored)


def _raw(db: Connection, name: str) -> bytes | None:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def local_time(seconds: float) -> datetime:
    """Return seconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)

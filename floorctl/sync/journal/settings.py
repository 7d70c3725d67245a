"""What the terminal has to remember besides commands: who is signed in, and small JSON values."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from floorctl.sync import audit_chain
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection
from floorctl.sync.stored_session import StoredSession

SESSION = "session"
#: Sessions of people who signed something here and are not the one signed in: this and the person's id.
BESIDE = "session_beside."


_session = msgspec.json.Decoder(StoredSession)


def get(db: Connection, name: str, default: Any) -> Any:
    """A JSON value."""
    raw = _raw(db, name)
    return default if raw is None else msgspec.json.decode(raw)


def put(db: Connection, name: str, value: Any) -> None:
    """Keep a JSON value; None forgets it."""
    if value is None:
        db.execute("DELETE FROM setting WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, msgspec.json.encode(value)))


def session(db: Connection) -> StoredSession | None:
    """Who is signed in."""
    raw = _raw(db, SESSION)
    return None if raw is None else _session.decode(raw)


def save_session(
    db: Connection, signed_in: wire.Session, platform: str, employee_no: str = "", *, offline: bool = False
) -> None:
    """Remember who signed in. An answer without a token (who am I) keeps the one that there is."""
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
    """Nobody is signed in any more."""
    before = session(db)
    if before is not None:
        audit_chain.append(db, "sign_out", who=before.person_id)
        put(db, SESSION, None)


def session_beside(db: Connection, person_id: str) -> StoredSession | None:
    """The session of somebody whose commands have yet to go out, beside the one signed in."""
    raw = _raw(db, BESIDE + person_id)
    return None if raw is None else _session.decode(raw)


def save_session_beside(db: Connection, stored: StoredSession) -> None:
    """Keep a session for what its person has done."""
    put(db, BESIDE + stored.person_id, stored)


def _raw(db: Connection, name: str) -> bytes | None:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def local_time(seconds: float) -> datetime:
    """Seconds since 1970 as a point in time."""
    return datetime.fromtimestamp(seconds, UTC)

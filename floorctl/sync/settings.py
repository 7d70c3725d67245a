"""What the terminal has to remember besides commands: who is signed in, and small JSON values."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from floorctl.models.base import Time
from floorctl.sync import wire
from floorctl.sync.database import Connection

SESSION = "session"


class StoredSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, at which platform."""

    token: str | None
    person_id: str
    name: str
    roles: tuple[str, ...]
    floor: str
    expires_at: Time
    platform: str


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


def save_session(db: Connection, signed_in: wire.Session, platform: str) -> None:
    """Remember who signed in. An answer without a token (who am I) keeps the one that there is."""
    before = session(db)
    kept = before.token if before is not None and before.person_id == signed_in.person_id else None
    put(
        db,
        SESSION,
        StoredSession(
            token=signed_in.token or kept,
            person_id=signed_in.person_id,
            name=signed_in.name,
            roles=signed_in.roles,
            floor=signed_in.floor,
            expires_at=signed_in.expires_at,
            platform=platform,
        ),
    )


def _raw(db: Connection, name: str) -> bytes | None:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def local_time(seconds: float) -> datetime:
    """Seconds since 1970 as a point in time."""
    return datetime.fromtimestamp(seconds, UTC)

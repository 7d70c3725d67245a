"""Drafts in the journal: on the disk when ``save_draft`` returns, deleted when they are sent or dropped."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from floorctl.sync.draft import Draft, DraftKey
from floorctl.sync.sqlite import Connection

T = TypeVar("T")


class Drafts(ABC):
    """The part of the journal for drafts; raises what the journal raises."""

    @abstractmethod
    def _read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal."""

    @abstractmethod
    def _write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal in one transaction."""

    def draft(self, key: DraftKey) -> Draft | None:
        """Return the draft as it was last saved, None if there is none."""
        row = self._read(
            lambda db: db.execute(
                "SELECT kind, subject, person_id, saved_at, data FROM draft"
                " WHERE kind = ? AND subject = ? AND person_id = ?",
                _values(key),
            ).fetchone()
        )
        return None if row is None else _draft(row)

    def drafts(self, kind: str, person_id: str) -> list[Draft]:
        """Return all drafts of this kind and person, the one saved last first."""
        rows = self._read(
            lambda db: db.execute(
                "SELECT kind, subject, person_id, saved_at, data FROM draft WHERE kind = ? AND person_id = ?"
                " ORDER BY saved_at DESC, subject",
                (kind, person_id),
            ).fetchall()
        )
        return [_draft(row) for row in rows]

    def save_draft(self, draft: Draft) -> None:
        """Save a draft, replacing what was saved before."""
        self._write(
            lambda db: db.execute(
                "INSERT OR REPLACE INTO draft (kind, subject, person_id, saved_at, data) VALUES (?, ?, ?, ?, ?)",
                (*_values(draft.key), draft.saved_at.isoformat(), draft.data),
            )
        )

    def drop_draft(self, key: DraftKey) -> None:
        """Delete a draft, if there is one."""
        self._write(lambda db: remove(db, key))


def remove(db: Connection, key: DraftKey) -> None:
    """Delete a draft inside an existing transaction."""
    db.execute("DELETE FROM draft WHERE kind = ? AND subject = ? AND person_id = ?", _values(key))


def _values(key: DraftKey) -> tuple[str, str, str]:
    return key.kind, key.subject, key.person_id


def _draft(row: tuple[Any, ...]) -> Draft:
    kind, subject, person_id, saved_at, data = row
    return Draft(DraftKey(kind, subject, person_id), datetime.fromisoformat(saved_at), bytes(data))

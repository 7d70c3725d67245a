"""The parts of the journal that services use, as protocols: the import contract "one way to the databases" lets only
``desk``, ``read_model`` and ``terminal`` import the journal itself.

``floorctl.sync.journal.journal.Journal`` implements all of them; ``floorctl.floor.terminal`` passes it to the services.
Every method reads or writes the disk, and raises FloorctlError if the journal can't be read or written; a method that
raises has changed nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from floorctl.models.base import Ref
    from floorctl.sync.audit_chain import Entry, Verdict
    from floorctl.sync.draft import Draft, DraftKey
    from floorctl.sync.outbox_item import OutboxItem
    from floorctl.sync.platform.wire import Session
    from floorctl.sync.stored_session import StoredSession


class Commands(Protocol):
    """Reads the commands of this terminal. Decisions about them are made through ``Desk``."""

    def get(self, id_: str, /) -> OutboxItem | None:
        """Return one command, or None if there is none with this id."""

    def items(
        self, states: Collection[str] | None = None, limit: int | None = None, newest_first: bool = False
    ) -> list[OutboxItem]:
        """Return commands in the order in which they were made; only those in ``states`` if given."""

    def newest(self, limit: int, before_seq: int | None = None) -> list[OutboxItem]:
        """Return the last commands of people (not of rules), newest first; those before ``before_seq`` if given."""

    def numbered(self, seq: int, /) -> OutboxItem | None:
        """Return the command with this sequence number in the journal, or None."""

    def targets(self, kind: str, /) -> frozenset[str]:
        """Return the ids of the targets of this terminal's commands of ``kind``, without those that had no effect."""

    def counts(self) -> dict[str, int]:
        """Return the number of commands in each state."""

    def history(self, id_: str, /) -> list[tuple[datetime, str, str | None]]:
        """Return the steps of a command since it was made: when (this machine's clock), what, and the detail."""


class Drafts(Protocol):
    """Half-done forms and lines of text, kept on the disk."""

    def draft(self, key: DraftKey, /) -> Draft | None:
        """Return the draft as last saved, or None."""

    def drafts(self, kind: str, person_id: str) -> list[Draft]:
        """Return a person's drafts of one kind, the last saved first."""

    def save_draft(self, draft: Draft, /) -> None:
        """Save a draft, replacing the one with the same key."""

    def drop_draft(self, key: DraftKey, /) -> None:
        """Delete a draft; does nothing if there is none."""


class AuditTrail(Protocol):
    """Adds entries to the audit trail, reads and verifies it."""

    def audit(self, what: str, *, who: str, subject: Ref | None = None, detail: Mapping[str, Any] | None = None) -> int:
        """Add an entry and return its number; it is on the disk when this returns."""

    def trail(self, *, limit: int, offset: int = 0, without: Collection[str] = ()) -> tuple[list[Entry], int]:
        """Return a window of the trail, newest first, and the number of all entries."""

    def uses_since(self, at: float, /) -> dict[str, int]:
        """Return how often something was revealed and exported since ``at`` (seconds since 1970)."""

    def verify_trail(self) -> Verdict:
        """Read the whole trail and return whether it verifies."""


class Signatures(Protocol):
    """Unsent signatures, and the sessions under which they are sent."""

    def unsent_signatures(self) -> list[OutboxItem]:
        """Return the unsent signatures in the order in which they were made."""

    def session_of(self, person_id: str, /) -> StoredSession | None:
        """Return the session under which this person's commands are sent; None if they have to sign in first."""


class Settings(Protocol):
    """JSON values that the terminal keeps."""

    def setting(self, name: str, default: Any = None, /) -> Any:
        """Return the value kept under ``name``."""

    def set_setting(self, name: str, value: Any, /) -> None:
        """Keep a value; None deletes it."""


class Sessions(Settings, Protocol):
    """The session of the person signed in, and those kept for people whose commands are not sent yet."""

    def session(self) -> StoredSession | None:
        """Return the session of the person signed in, or None."""

    def save_session(self, session: Session, /, platform: str, employee_no: str = "", *, offline: bool = False) -> None:
        """Store who signed in and at which platform; ``offline``: without the platform, which could not be reached."""

    def forget_session(self) -> None:
        """Delete the session of the person signed in."""

    def unsent_people(self) -> frozenset[str]:
        """Return the ids of people with unsent commands; commands of rules don't count."""

    def keep_second_session(self, stored: StoredSession, /) -> None:
        """Keep a second session until its person's commands have been sent."""

    def forget_second_session(self, person_id: str, /) -> StoredSession | None:
        """Delete the second session of this person and return it, so that the caller can end it at the platform."""

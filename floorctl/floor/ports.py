"""The parts of the journal that services are given: each knows what it asks for, and not the database behind it.

``floorctl.sync.journal.journal.Journal`` is all of them; ``floorctl.floor.terminal`` hands it out. Every method touches
the disk, and raises FloorctlError where the journal can't be read or written; what raised has not happened.
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
    """The commands of this terminal, as they are read. What is decided about them goes over ``Desk``."""

    def get(self, id_: str, /) -> OutboxItem | None:
        """One command, None where there is none with this id."""

    def items(
        self, states: Collection[str] | None = None, limit: int | None = None, newest_first: bool = False
    ) -> list[OutboxItem]:
        """Commands in the order in which they were made, of some states or all."""

    def newest(self, limit: int, before_seq: int | None = None) -> list[OutboxItem]:
        """What people did here last, newest first, older than ``before_seq`` if given; what rules did is left out."""

    def numbered(self, seq: int, /) -> OutboxItem | None:
        """The command at this place in the journal, or None."""

    def targets(self, kind: str, /) -> frozenset[str]:
        """Ids of what commands of ``kind`` from here were aimed at, those that came to nothing left out."""

    def counts(self) -> dict[str, int]:
        """How many commands there are in each state."""

    def history(self, id_: str, /) -> list[tuple[datetime, str, str | None]]:
        """What happened to a command since it was made: when (this machine's clock), what, and the detail."""


class Drafts(Protocol):
    """Half-done forms and lines of text."""

    def draft(self, key: DraftKey, /) -> Draft | None:
        """The form as it was last saved, None where there is none."""

    def drafts(self, kind: str, person_id: str) -> list[Draft]:
        """A person's drafts of one kind, the one saved last first."""

    def save_draft(self, draft: Draft, /) -> None:
        """Keep a form as it stands now, in the place of what was saved before."""

    def drop_draft(self, key: DraftKey, /) -> None:
        """Throw a form away; nothing where there is none."""


class AuditTrail(Protocol):
    """The audit trail."""

    def audit(self, what: str, *, who: str, subject: Ref | None = None, detail: Mapping[str, Any] | None = None) -> int:
        """Add an entry; it is on the disk when this returns. Its number."""

    def trail(self, *, limit: int, offset: int = 0, without: Collection[str] = ()) -> tuple[list[Entry], int]:
        """A window of the trail, newest first, and how many entries there are in all."""

    def uses_since(self, at: float, /) -> dict[str, int]:
        """How often something was revealed and exported since ``at`` (seconds since 1970)."""

    def verify_trail(self) -> Verdict:
        """Read the whole trail, and say whether it verifies."""


class Signatures(Protocol):
    """Signatures that are on their way, and the sessions that they go out under."""

    def unsent_signatures(self) -> list[OutboxItem]:
        """The signatures that are on their way, in the order in which they were given."""

    def session_of(self, person_id: str, /) -> StoredSession | None:
        """The session that this person's commands go out under; None where the platform has to give one first."""


class Settings(Protocol):
    """JSON values that the terminal remembers."""

    def setting(self, name: str, default: Any = None, /) -> Any:
        """The value that was kept under ``name``."""

    def set_setting(self, name: str, value: Any, /) -> None:
        """Keep a value; None forgets it."""


class Sessions(Settings, Protocol):
    """Who is signed in, and the sessions that are kept beside for what has yet to be sent."""

    def session(self) -> StoredSession | None:
        """Who is signed in."""

    def save_session(self, session: Session, /, platform: str, employee_no: str = "", *, offline: bool = False) -> None:
        """Remember who signed in, at which platform; ``offline``: while that could not be reached."""

    def forget_session(self) -> None:
        """Nobody is signed in any more."""

    def unsent_people(self) -> frozenset[str]:
        """Those of whom something is on its way; what a rule did is nobody's."""

    def keep_session_beside(self, stored: StoredSession, /) -> None:
        """Keep a session until what its person did has been sent."""

    def forget_session_beside(self, person_id: str, /) -> StoredSession | None:
        """Forget the session kept for this person; returns it, so that it can be ended."""

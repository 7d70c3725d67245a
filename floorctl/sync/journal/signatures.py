"""The sessions under which commands are sent: that of the person who made the command, if there still is one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TypeVar

from floorctl.rules.commands import registry
from floorctl.sync.journal import settings
from floorctl.sync.journal.rows import COLUMNS
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.sqlite import Connection
from floorctl.sync.stored_session import StoredSession

T = TypeVar("T")


class Signatures(ABC):
    """The part of the journal that finds the session to send a command under; raises what the journal raises.

    That is the session of the person signed in, if they made the command, else one that was kept for its maker. If
    there is none, a command that signs waits for it; any other is sent under the session of the person signed in.
    """

    @abstractmethod
    def _read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal."""

    @abstractmethod
    def _write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal in one transaction."""

    @abstractmethod
    def _select(self, sql: str, values: Iterable[object]) -> list[OutboxItem]:
        """Return the commands that a statement selects."""

    def unsent_signatures(self) -> list[OutboxItem]:
        """Return the commands that sign and are waiting or being sent, in the order in which they were made."""
        kinds = sorted(kind.name for kind in registry.kinds() if kind.signs)
        return self._select(
            f"SELECT {COLUMNS} FROM command INDEXED BY command_turn WHERE undecided = 1"  # noqa: S608
            f" AND state IN ('waiting', 'sending') AND kind IN ({', '.join('?' * len(kinds))}) ORDER BY seq",
            kinds,
        )

    def unsent_people(self) -> frozenset[str]:
        """Return the ids of people with commands that are waiting or being sent; those of rules do not count."""
        rows = self._read(
            lambda db: db.execute(
                "SELECT DISTINCT made_by FROM command INDEXED BY command_turn WHERE undecided = 1"
                " AND state IN ('waiting', 'sending') AND automatic = 0"
            ).fetchall()
        )
        return frozenset(person for (person,) in rows)

    def session_of(self, person_id: str) -> StoredSession | None:
        """Return the session to send this person's commands under; None if the platform has to give one first.

        A person who signed in here during an outage has none there yet.
        """

        def work(db: Connection) -> StoredSession | None:
            signed_in, second = settings.session(db), settings.second_session(db, person_id)
            if signed_in is not None and signed_in.person_id == person_id and signed_in.token:
                return signed_in
            return second if second is not None and second.token else None

        return self._read(work)

    def keep_second_session(self, stored: StoredSession) -> None:
        """Keep a session until its person's commands have been sent."""
        self._write(lambda db: settings.save_second_session(db, stored))

    def forget_second_session(self, person_id: str) -> StoredSession | None:
        """Delete the session kept for this person; return it, so that it can be ended."""

        def work(db: Connection) -> StoredSession | None:
            kept = settings.second_session(db, person_id)
            settings.put(db, settings.SECOND_SESSION + person_id, None)
            return kept

        return self._write(work)

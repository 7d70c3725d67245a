"""The one way of an act: checked as the platform would check it, written to the journal, laid over what is shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError, NotAllowedError, NotFoundError, RefusedError
from floorctl.floor.refused import refused_fields
from floorctl.floor.views import Changed, OutboxItem, Signed
from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry, roles
from floorctl.rules.commands.refusal import Refused
from floorctl.sync.outbox_item import new_command_id

if TYPE_CHECKING:
    from floorctl.floor.events import Events
    from floorctl.floor.kept_texts import KeptTexts
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session
    from floorctl.floor.status import Status
    from floorctl.models.base import Entity
    from floorctl.sync.draft import DraftKey
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.machine import Claim


class Desk:
    """Takes every act of either front end and of the alert rules. Thread-safe; writes to the disk.

    ``submit``, ``retry`` and ``drop`` raise the same errors:

    Raises:
        NotAllowedError: nobody is signed in, or their roles don't allow it.
        NotFoundError: what it acts on is not in the data.
        RefusedError: a rule that the platform would apply says no; ``params["fields"]`` says which and why.

    """

    def __init__(
        self,
        session: Session,
        read_model: ReadModel,
        journal: Journal,
        status: Status,
        events: Events,
        texts: KeptTexts,
        claim: Claim | None = None,
    ) -> None:
        self._session = session
        self._read_model = read_model
        self._journal = journal
        self._status = status
        self._events = events
        self._texts = texts
        #: Says whether this computer still uses the data folder.
        self._claim = claim
        #: Held from the look at what there is until the command is in the journal: of two acts at once (keys pressed
        #: together), the second sees the first.
        self.acting = threading.RLock()
        #: In each thread, when the act began whose commands are being made, and their ids.
        self._group = threading.local()

    def may(self, kind: str) -> bool:
        """*memory* Whether the person signed in may do commands of ``kind``; what they may not do is not offered."""
        person = self._session.person
        return not self._session.read_only and person is not None and roles.allowed(kind, person.roles)

    def require(self, kind: str, target_id: str = "", *, person: Signed | None = None) -> Signed:
        """The person who may do commands of ``kind``: ``person``, or who is signed in if left out.

        Ask it before looking at anything else: whom a role keeps from an act hears nothing of its other troubles.

        Raises:
            NotAllowedError: nobody is signed in, or their roles don't allow it.

        """
        if self._session.read_only:
            raise NotAllowedError("error.read_only")
        person = person or self._session.person
        if person is None:
            self._note_denied(kind, target_id, "not_signed_in")
            raise NotAllowedError("error.not_signed_in")
        if not roles.allowed(kind, person.roles):
            self._note_denied(kind, target_id, "role", person)
            raise NotAllowedError("error.role_may_not", command=kind)
        return person

    def submit(
        self,
        kind: str,
        target_id: str,
        data: dict[str, Any],
        *,
        person: Signed | None = None,
        automatic: bool = False,
        finishes: DraftKey | None = None,
        command_id: str | None = None,
        made_at: datetime | None = None,
        on_version: bool = False,
        undoes: str | None = None,
    ) -> OutboxItem:
        """Do one command of the contract; it is on the disk, and shown, when this returns.

        ``person``: in whose name, if not of the one signed in. ``automatic``: a rule does it. ``finishes``: the draft
        that it was made from, dropped in the same moment. ``command_id`` and ``made_at`` are given where the same
        thing done elsewhere has to be the same command. ``on_version``: it holds only for what the person sees, also
        where its kind holds whatever the version. ``undoes``: the command that it takes back.
        """
        # Here, and not above: who only looks at the floor does not wait for the rules of every act to be read.
        from floorctl.rules.commands.apply import check

        person = self.require(kind, target_id, person=person)
        with self.acting:
            if self._claim is not None:
                self._claim.check()
            declared = registry.kind(kind)
            target = Ref(declared.target, target_id)
            if wrong := check(kind, data):
                raise refused_fields(wrong)
            seen = self._read_model.get(ENTITIES[target.kind], target_id)
            if seen is None and not declared.creates:
                raise NotFoundError(f"error.no_such_{target.kind}", id=target_id)
            version, entity = (seen.version, seen.value) if seen else (0, None)
            command = Command(
                id=command_id or new_command_id(),
                kind=kind,
                target=target,
                made_at=made_at or getattr(self._group, "at", None) or self._status.now(),
                data=data,
                base_version=(version or None) if on_version or declared.base else None,
            )
            self._try(command, entity, person, automatic=automatic)
            item = self._journal.append(
                command,
                by=person.person_id,
                automatic=automatic,
                saw=version,
                finishes=finishes,
                same_elsewhere=command_id is not None,
                undoes=undoes,
                before=declared.before(entity, data),
            )
            self._read_model.refresh()
        self._taken(item)
        self._announce(target, item.id)
        return item

    def _try(self, command: Command, entity: Entity | None, person: Signed, *, automatic: bool) -> None:
        """Apply ``command`` to what the person sees, as the platform will; the result is thrown away."""
        from floorctl.rules.commands.apply import apply

        try:
            apply(command, entity, by=person.person_id, at=self._status.now(), lookup=self._read_model.lookup)
        except Refused as refused:
            if not automatic:
                self._note_denied(command.kind, command.target.id, "refused", person)
            raise refused_fields(refused.errors) from refused

    # -- what was parked

    def retry(self, command_id: str, data: dict[str, Any] | None = None) -> OutboxItem:
        """Do a parked command again on what stands now, with other ``data`` if given, in the name of who says so."""
        from floorctl.rules.commands.apply import check

        item = self._item(command_id)
        person = self.require(item.kind)
        kind = registry.kind(item.kind)
        if kind.signs and item.made_by != person.person_id:
            raise RefusedError("error.signature_of_another", name=self._read_model.person_name(item.made_by))
        seen = self._read_model.get(ENTITIES[item.target.kind], item.target.id)
        on_version = kind.base or item.base_version is not None
        if data is not None and (wrong := check(item.kind, data)):
            raise refused_fields(wrong)
        again = self._journal.retry(
            command_id,
            data=data,
            base_version=(seen.version or None) if seen and on_version else None,
            made_at=self._status.now(),
            by=person.person_id,
            before=kind.before(seen.value if seen else None, data or item.data),
        )
        self._read_model.refresh()
        self._taken(again)
        self._announce(item.target, item.id, again.id)
        return again

    def drop(self, command_id: str, reason: str) -> None:
        """Set a command aside for good; it stays in the journal with the reason."""
        item = self._item(command_id)
        person = self.require(item.kind)
        self._journal.drop(command_id, reason, by=person.person_id)
        self._read_model.refresh()
        self._texts.landed((reason,))
        self._announce(item.target, item.id)

    def _item(self, command_id: str) -> OutboxItem:
        item = self._journal.get(command_id)
        if item is None:
            raise NotFoundError("error.no_such_command", id=command_id)
        return item

    # -- several commands that are one act

    @contextmanager
    def as_one(self) -> Iterator[list[str]]:
        """What this thread submits inside is one act of the person, whose commands are listed and undone together.

        Yields:
            The ids of the commands that are in the journal by now; it grows while they are made.

        """
        if getattr(self._group, "at", None) is not None:
            yield self._group.made
            return
        self._group.at, self._group.made = self._status.now(), []
        try:
            yield self._group.made
        finally:
            self._group.at = None

    # -- afterwards

    def _taken(self, item: OutboxItem) -> None:
        if getattr(self._group, "at", None) is not None:
            self._group.made.append(item.id)
        self._texts.landed(item.data.values())

    def _announce(self, target: Ref, *command_ids: str) -> None:
        self._events.tell(Changed({target.kind: frozenset({target.id}), "outbox": frozenset(command_ids)}))
        self._events.tell(self._status.changed())
        self._events.wake_sender()

    def _note_denied(self, kind: str, target_id: str, why: str, person: Signed | None = None) -> None:
        """Write an attempt that was denied into the audit trail; where that can't be written it stays denied."""
        found = registry.find(kind)
        subject = Ref("" if found is None else found.target, target_id)
        with suppress(FloorctlError):
            who = person.person_id if person else ""
            self._journal.audit("denied", who=who, subject=subject, detail={"kind": kind, "why": why})

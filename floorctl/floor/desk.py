"""The single write path: check a command, append it to the journal, update the overlay and notify subscribers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError, NotAllowedError, NotFoundError, RefusedError
from floorctl.floor.error_words import refused_fields
from floorctl.floor.views import Changed, OutboxItem, Signed
from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry, roles
from floorctl.rules.commands.capability import SETTING
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
    """Accepts every act of either front end and of the alert rules. Thread-safe; writes to the disk.

    ``submit``, ``retry`` and ``drop`` raise the same errors:

    Raises:
        NotAllowedError: nobody is signed in, or their roles don't allow it.
        NotFoundError: the target is not in the data.
        RefusedError: a rule that the platform would apply refuses it; ``params["fields"]`` names fields and reasons.

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
        #: Checks that this computer still owns the data folder.
        self._claim = claim
        #: Held from reading the target until the command is in the journal, so that of two simultaneous acts (keys
        #: pressed together) the second is based on the result of the first.
        self.acting = threading.RLock()
        #: Per thread: when the current group of commands (``as_one``) began, and the ids of its commands.
        self._group = threading.local()
        #: What the platform, of an older contract, has refused as unknown.
        self._unsupported: frozenset[str] = frozenset()
        self.look_at_platform()

    def look_at_platform(self) -> None:
        """Read again what the platform cannot do; the engine writes it down when a command is refused as unknown."""
        with suppress(FloorctlError):
            self._unsupported = frozenset(self._journal.setting(SETTING, []))

    def can(self, needed: str) -> bool:
        """*memory* Whether the platform takes commands of a kind (alerts: ``alert_capability``), as far as known."""
        return needed not in self._unsupported

    def may(self, kind: str) -> bool:
        """*memory* Whether the person signed in may submit commands of ``kind``, and the platform takes them.

        Keys of other kinds are not offered.
        """
        person = self._session.person
        return (
            not self._session.read_only and person is not None and roles.allowed(kind, person.roles) and self.can(kind)
        )

    def require(self, kind: str, target_id: str = "", *, person: Signed | None = None) -> Signed:
        """Return the person who may submit commands of ``kind``: ``person``, or the person signed in if left out.

        Call it before any other check, so that a person whose role forbids an act sees no other error about it.

        Raises:
            NotAllowedError: nobody is signed in, their roles don't allow it, or the platform does not know the kind.

        """
        person = self._require_role(kind, target_id, person)
        if not self.can(kind):
            raise NotAllowedError("error.platform_cannot", command=kind)
        return person

    def _require_role(self, kind: str, target_id: str = "", person: Signed | None = None) -> Signed:
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
        """Do one command of the contract; it is in the journal and in the overlay when this returns.

        ``person``: who does it, if not the person signed in. ``automatic``: a rule does it. ``finishes``: the draft
        that it was made from, deleted in the same transaction. ``command_id`` and ``made_at``: pass them where several
        terminals make the same command independently and the platform has to see one. ``on_version``: send the base
        version that the person sees, also for kinds that don't require one. ``undoes``: the id of the command that it
        takes back.
        """
        # Imported here because it imports the rules of every kind, which a process that only reads doesn't need.
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
        """Apply ``command`` to what the person sees, as the platform will, and discard the result.

        Raises:
            RefusedError: a rule refuses it.

        """
        from floorctl.rules.commands.apply import apply

        try:
            apply(command, entity, by=person.person_id, at=self._status.now(), lookup=self._read_model.lookup)
        except Refused as refused:
            if not automatic:
                self._note_denied(command.kind, command.target.id, "refused", person)
            raise refused_fields(refused.errors) from refused

    # -- parked commands

    def retry(
        self, command_id: str, data: dict[str, Any] | None = None, *, changes: Mapping[str, Any] | None = None
    ) -> OutboxItem:
        """Submit a parked command again on the current version, for the person signed in.

        ``data``: other data in place of the command's. ``changes``: fields that replace those of the same name; None as
        a field's value leaves it out.
        """
        from floorctl.rules.commands.apply import check

        item = self._item(command_id)
        if changes is not None:
            data = {name: value for name, value in {**item.data, **changes}.items() if value is not None}
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
        """Drop a parked command for good; it stays in the journal with the reason."""
        item = self._item(command_id)
        person = self._require_role(item.kind)  # also what the platform cannot do can be dropped
        self._journal.drop(command_id, reason, by=person.person_id)
        self._read_model.refresh()
        self._texts.landed((reason,))
        self._announce(item.target, item.id)

    def _item(self, command_id: str) -> OutboxItem:
        item = self._journal.get(command_id)
        if item is None:
            raise NotFoundError("error.no_such_command", id=command_id)
        return item

    # -- several commands in one act

    @contextmanager
    def as_one(self) -> Iterator[list[str]]:
        """Group the commands that this thread submits inside the block into one act, listed and undone together.

        Yields:
            The ids of the group's commands in the journal so far; the list grows as they are submitted.
        """
        if getattr(self._group, "at", None) is not None:
            yield self._group.made
            return
        self._group.at, self._group.made = self._status.now(), []
        try:
            yield self._group.made
        finally:
            self._group.at = None

    # -- after a command

    def _taken(self, item: OutboxItem) -> None:
        if getattr(self._group, "at", None) is not None:
            self._group.made.append(item.id)
        self._texts.landed(item.data.values())

    def _announce(self, target: Ref, *command_ids: str) -> None:
        self._events.tell(Changed({target.kind: frozenset({target.id}), "outbox": frozenset(command_ids)}))
        self._events.tell(self._status.changed())
        self._events.wake_sender()

    def _note_denied(self, kind: str, target_id: str, why: str, person: Signed | None = None) -> None:
        """Add a denied attempt to the audit trail; a trail that can't be written changes nothing."""
        found = registry.find(kind)
        subject = Ref("" if found is None else found.target, target_id)
        with suppress(FloorctlError):
            who = person.person_id if person else ""
            self._journal.audit("denied", who=who, subject=subject, detail={"kind": kind, "why": why})

"""What a person does: each act is checked, written to the journal, and only then shown."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError, NotAllowedError, NotFoundError, RefusedError, UsageError
from floorctl.floor.refused import refused_fields
from floorctl.floor.views import Changed, OutboxItem, Signed
from floorctl.models import ENTITIES, Alert, Command, Department, Order, Queue, Ref, Seat
from floorctl.rules.commands import registry, roles
from floorctl.rules.commands.refusal import Refused
from floorctl.rules.orders import deadlines
from floorctl.sync.journal.journal import DraftKey, Journal, new_command_id
from floorctl.sync.machine import Claim

if TYPE_CHECKING:
    from floorctl.floor.kept_texts import KeptTexts
    from floorctl.floor.read_model import ReadModel


class Acts(ABC):
    """The acts of Floor. Every one returns the journal's item and raises the same errors.

    Raises:
        NotAllowedError: nobody is signed in, or their roles don't allow it.
        NotFoundError: what it acts on is not in the data.
        RefusedError: a rule that the platform would apply says no; ``params["fields"]`` says which and why.
        UsageError: the arguments make no sense.

    """

    _journal: Journal
    #: That this computer uses the data folder.
    _claim: Claim | None = None
    read_model: "ReadModel"
    #: What was typed and not taken yet.
    texts: "KeptTexts"
    #: Nothing can be done here: a wall display only shows.
    read_only: bool = False
    #: Held from the look at what there is until what is done is in the journal: of two acts at once, which keys pressed
    #: together are, the second one sees the first.
    _acting: threading.RLock
    #: In each thread, when the act began whose commands are being made.
    _together: threading.local

    @property
    @abstractmethod
    def person(self) -> Signed | None:
        """Who is signed in."""

    @abstractmethod
    def now(self) -> datetime:
        """Platform time."""

    @abstractmethod
    def _announce(self, changed: Changed) -> None:
        """Tell subscribers and the syncing process that the journal has something new."""

    @abstractmethod
    def order_id(self, number_or_id: str) -> str:
        """The id of the order with this number or id."""

    def may(self, kind: str) -> bool:
        """True where the person signed in may do commands of ``kind``; what they may not do is not offered."""
        return not self.read_only and self.person is not None and roles.allowed(kind, self.person.roles)

    def act(
        self, kind: str, target_id: str, data: dict[str, Any], *, automatic: bool = False,
        finishes: DraftKey | None = None, command_id: str | None = None, made_at: datetime | None = None,
        on_version: bool = False, undoes: str | None = None,
    ) -> OutboxItem:  # fmt: skip
        """Do one command of the contract: check it as the platform would, and put it in the journal, on disk.

        ``finishes``: the draft that it was made from, dropped in the same moment. ``command_id`` and ``made_at`` are
        given where the same thing done elsewhere has to be the same command. ``on_version``: it holds only for what the
        person sees, also where its kind holds whatever the version. ``undoes``: the command that it takes back.
        """
        return self._act_as(
            self._allowed(kind, target_id), kind, target_id, data,
            automatic=automatic, finishes=finishes, command_id=command_id, made_at=made_at, on_version=on_version,
            undoes=undoes,
        )  # fmt: skip

    def _act_as(
        self, person: Signed, kind: str, target_id: str, data: dict[str, Any], *, automatic: bool = False,
        finishes: DraftKey | None = None, command_id: str | None = None, made_at: datetime | None = None,
        on_version: bool = False, undoes: str | None = None,
    ) -> OutboxItem:  # fmt: skip
        """``act`` in the name of ``person``, whose roles have been looked at."""
        with self._acting:
            item = self._put_down(
                person, kind, target_id, data,
                automatic=automatic, finishes=finishes, command_id=command_id, made_at=made_at,
                on_version=on_version, undoes=undoes,
            )  # fmt: skip
        return self._done(item)

    @contextmanager
    def as_one(self) -> Iterator[list[str]]:
        """What this thread does in it is one act of the person, whose commands are listed and taken back together.

        Yields:
            The ids of the commands that are in the journal by now; it grows while they are made.

        """
        if getattr(self._together, "at", None) is not None:
            yield self._together.made
            return
        self._together.at, self._together.made = self.now(), []
        try:
            yield self._together.made
        finally:
            self._together.at = None

    def _made(self, command_id: str) -> None:
        if getattr(self._together, "at", None) is not None:
            self._together.made.append(command_id)

    def _done(self, item: OutboxItem) -> OutboxItem:
        self._made(item.id)
        target = item.target
        self.texts.landed(item.data.values())
        self._announce(Changed({target.kind: frozenset({target.id}), "outbox": frozenset({item.id})}))
        return item

    def _put_down(
        self, person: Signed, kind: str, target_id: str, data: dict[str, Any], *, automatic: bool = False,
        finishes: DraftKey | None = None, command_id: str | None = None, made_at: datetime | None = None,
        on_version: bool = False, undoes: str | None = None,
    ) -> OutboxItem:  # fmt: skip
        # Here, and not above: who only looks at the floor does not wait for the rules of every act to be read.
        from floorctl.rules.commands.apply import apply, check

        if self._claim is not None:
            self._claim.check()
        declared = registry.kind(kind)
        target = Ref(declared.target, target_id)
        if wrong := check(kind, data):
            raise refused_fields(wrong)
        seen = self.read_model.get(ENTITIES[target.kind], target_id)
        if seen is None and not declared.creates:
            raise NotFoundError(f"error.no_such_{target.kind}", id=target_id)
        now = self.now()
        version = seen.version if seen else 0
        command = Command(
            id=command_id or new_command_id(),
            kind=kind,
            target=target,
            made_at=made_at or getattr(self._together, "at", None) or now,
            data=data,
            base_version=(version or None) if on_version or declared.base else None,
        )
        try:
            apply(
                command,
                seen.value if seen else None,
                by=person.person_id,
                at=now,
                lookup=self.read_model.lookup,
            )
        except Refused as refused:
            if not automatic:
                self._note_denied(kind, target_id, "refused")
            raise refused_fields(refused.errors) from refused
        item = self._journal.append(
            command, by=person.person_id, automatic=automatic, saw=version, finishes=finishes,
            same_elsewhere=command_id is not None, undoes=undoes,
            before=declared.before(seen.value if seen else None, data),
        )  # fmt: skip
        self.read_model.refresh()
        return item

    def _allowed(self, kind: str, target_id: str = "") -> Signed:
        """Who is signed in; asked first: whom a role keeps from an act hears nothing of its other troubles."""
        person = self.person
        if self.read_only:
            raise NotAllowedError("error.read_only")
        if person is None:
            self._note_denied(kind, target_id, "not_signed_in")
            raise NotAllowedError("error.not_signed_in")
        if not roles.allowed(kind, person.roles):
            self._note_denied(kind, target_id, "role")
            raise NotAllowedError("error.role_may_not", command=kind)
        return person

    def _note_denied(self, kind: str, target_id: str, why: str) -> None:
        """Leave word of a try that came to nothing; a trail that can't be written doesn't change that it did."""
        found = registry.find(kind)
        subject = Ref("" if found is None else found.target, target_id)
        with suppress(FloorctlError):
            who = self.person.person_id if self.person else ""
            self._journal.audit("denied", who=who, subject=subject, detail={"kind": kind, "why": why})

    # --- orders

    def urge(
        self, order: str, level: int | None = None, note: str | None = None, *, confirmed: bool = False
    ) -> OutboxItem:
        """催办. Without ``level``, the proposed one. The same level twice within an hour needs ``confirmed``."""
        person = self._allowed("order.urge")
        order_id = self.order_id(order)
        with self._acting:
            entity, limit = self._order(order_id)
            now = self.now()
            chosen = level or deadlines.proposed_urge_level(entity, limit, now) or 1
            if not confirmed and deadlines.urge_too_soon(entity, chosen, now):
                raise RefusedError("error.urged_within_the_hour", number=entity.number, level=chosen)
            item = self._put_down(person, "order.urge", order_id, {"level": chosen} | _given(note=note))
        return self._done(item)

    def dispatch(
        self,
        order: str,
        department_ids: Sequence[str],
        lead: str | None = None,
        due_at: datetime | None = None,
    ) -> OutboxItem:
        """派单 to ``department_ids``; ``lead`` is the one in charge, the first if left out."""
        self._allowed("order.dispatch")
        known = self.read_model.all(Department)
        if missing := [each for each in department_ids if each not in known]:
            raise NotFoundError("error.no_such_department", id=missing[0])
        data = {
            "department_ids": list(department_ids),
            "lead_department_id": lead or next(iter(department_ids), ""),
        }
        return self.act(
            "order.dispatch",
            self.order_id(order),
            data | _given(due_at=due_at.isoformat() if due_at else None),
        )

    def review(self, order: str, errors: Sequence[str] = ()) -> OutboxItem:
        """初审: ``errors`` says what was wrong; empty where it was right."""
        return self.act("order.review", self.order_id(order), {"errors": list(errors)})

    def call_back(
        self, order: str, outcome: str, satisfaction: int | None = None, note: str | None = None
    ) -> OutboxItem:
        """回访, with its outcome, and the satisfaction (5 to 1) where the citizen was reached."""
        data = {"outcome": outcome} | _given(satisfaction=satisfaction, note=note)
        return self.act("order.callback", self.order_id(order), data)

    def mark_problem(self, order: str, problem: str) -> OutboxItem:
        """问题工单: what the agent did wrong."""
        return self.act("order.problem", self.order_id(order), {"problem": problem})

    # --- alerts

    def acknowledge(self, alert_id: str, note: str | None = None) -> OutboxItem:
        """确认 an alert."""
        return self.act("alert.acknowledge", alert_id, _given(note=note))

    def step(self, alert_id: str, kind: str, note: str) -> OutboxItem:
        """Mark a rung of an alert's ladder as done."""
        return self.act("alert.step", alert_id, {"step": kind, "note": note})

    def close_alert(self, alert_id: str, note: str) -> OutboxItem:
        """Close an alert; refused while a step is open."""
        return self.act("alert.close", alert_id, {"note": note})

    # --- seats

    def set_seat_state(self, seat_id: str, state: str, reason: str | None = None) -> OutboxItem:
        """强制示闲, 示忙 or 签出."""
        return self.act("seat.state", seat_id, {"state": state} | _given(reason=reason))

    def set_skills(self, seat_id: str, queue_ids: Sequence[str]) -> OutboxItem:
        """技能调整: the queues that the seat serves from now on, first choice first."""
        self._allowed("seat.skills")
        known = self.read_model.all(Queue)
        if missing := [each for each in queue_ids if each not in known]:
            raise NotFoundError("error.no_such_queue", id=missing[0])
        return self.act("seat.skills", seat_id, {"skills": list(queue_ids)})

    def restore_skills(self, seat_id: str) -> OutboxItem:
        """技能恢复: the seat serves its usual queues again.

        Raises:
            UsageError: which they are is not known.

        """
        self._allowed("seat.skills")
        seat = self.read_model.value(Seat, seat_id)
        if seat is None:
            raise NotFoundError("error.no_such_seat", id=seat_id)
        usual = self.read_model.usual_queues(seat.person_id)
        if not usual:
            raise UsageError("error.usual_queues_unknown", seat=seat.number)
        return self.act("seat.skills", seat_id, {"skills": list(usual)})

    def listen(self, seat_id: str, mode: str) -> OutboxItem:
        """监听 (listen), 密语 (whisper), 插话 (barge) or 强拆 (release)."""
        return self.act("seat.listen", seat_id, {"mode": mode})

    def cancel_pause(self, seat_id: str, shift_id: str, index: int) -> OutboxItem:
        """停休: cancel one planned pause of the person at this seat."""
        return self.act("pause.cancel", seat_id, {"shift_id": shift_id, "pause": index})

    def message(self, seat_ids: Sequence[str], text: str) -> OutboxItem:
        """Show ``text`` on these agents' screens."""
        self._allowed("floor.message")
        if not seat_ids:
            raise NotFoundError("error.no_such_seat", id="")
        return self.act("floor.message", seat_ids[0], {"text": text, "seat_ids": list(seat_ids)})

    # --- what was parked

    def retry(self, command_id: str, data: dict[str, Any] | None = None) -> OutboxItem:
        """Do a parked command again on what stands now, with other ``data`` if given; it is theirs who decides so."""
        from floorctl.rules.commands.apply import check

        item = self._outbox_item(command_id)
        person = self._allowed(item.kind)
        kind = registry.kind(item.kind)
        if kind.signs and item.made_by != person.person_id:
            raise RefusedError("error.signature_of_another", name=self.read_model.person_name(item.made_by))
        seen = self.read_model.get(ENTITIES[item.target.kind], item.target.id)
        on_version = kind.base or item.base_version is not None
        base = (seen.version or None) if seen and on_version else None
        if data is not None and (wrong := check(item.kind, data)):
            raise refused_fields(wrong)
        again = self._journal.retry(
            command_id, data=data, base_version=base, made_at=self.now(), by=person.person_id,
            before=kind.before(seen.value if seen else None, data or item.data),
        )  # fmt: skip
        self._made(again.id)
        self.texts.landed(again.data.values())
        self._settled(item, again.id)
        return again

    def drop(self, command_id: str, reason: str) -> None:
        """Set a command aside for good; it stays in the journal with the reason."""
        item = self._outbox_item(command_id)
        person = self._allowed(item.kind)
        self._journal.drop(command_id, reason, by=person.person_id)
        self.texts.landed((reason,))
        self._settled(item, command_id)

    def _settled(self, item: OutboxItem, command_id: str) -> None:
        self.read_model.refresh()
        ids = frozenset({item.id, command_id})
        self._announce(Changed({item.target.kind: frozenset({item.target.id}), "outbox": ids}))

    def _outbox_item(self, command_id: str) -> OutboxItem:
        item = self._journal.get(command_id)
        if item is None:
            raise NotFoundError("error.no_such_command", id=command_id)
        return item

    def _order(self, order_id: str) -> tuple[Order, datetime | None]:
        order = self.read_model.value(Order, order_id)
        if order is None:
            raise NotFoundError("error.no_such_order", id=order_id)
        return order, self.limit_of(order)

    @abstractmethod
    def limit_of(self, order: Order) -> datetime | None:
        """The department's limit for this order."""

    def alert(self, alert_id: str) -> Alert:
        """The alert as the person sees it."""
        alert = self.read_model.value(Alert, alert_id)
        if alert is None:
            raise NotFoundError("error.no_such_alert", id=alert_id)
        return alert


def _given(**values: Any) -> dict[str, Any]:
    """Only what was given: the contract marks the rest as what may be left out."""
    return {name: value for name, value in values.items() if value is not None}

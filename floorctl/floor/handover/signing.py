"""The two signatures of a handover: give it, take it, and withdraw the first while nobody has taken it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError, NotAllowedError, RefusedError
from floorctl.floor.handover.handover import states_of
from floorctl.floor.views import HandoverView, OutboxItem, Signed
from floorctl.i18n import t
from floorctl.models.base import Ref
from floorctl.rules.handover import shifts
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.text.durations import lasting

if TYPE_CHECKING:
    from floorctl.floor.desk import Desk
    from floorctl.floor.handover.handover import Handovers
    from floorctl.floor.kept_texts import KeptTexts
    from floorctl.floor.ports import Commands, Signatures
    from floorctl.floor.session import Session
    from floorctl.floor.status import Status

#: States of commands that the platform has not applied.
_NOT_SENT = ("waiting", "sending", "conflict", "refused")


class Signing:
    """Signs handovers. Reads the disk; the acts raise what ``Desk`` does."""

    def __init__(
        self,
        handovers: Handovers,
        session: Session,
        status: Status,
        commands: Commands,
        signatures: Signatures,
        desk: Desk,
        texts: KeptTexts,
    ) -> None:
        self._handovers = handovers
        self._session = session
        self._status = status
        self._commands = commands
        self._signatures = signatures
        self._desk = desk
        self._texts = texts
        self.now = status.now

    def signs_early(self, shift: ShiftOf) -> timedelta | None:
        """Return how long before its end the shift would be given now; None if that needs no reason."""
        return shifts.early_by(self._handovers.counting().hours(shift)[1], self.now())

    def give(self, shift: ShiftOf | None = None, reason: str = "") -> list[OutboxItem]:
        """交班: sign the summary of a shift and its open items. Returns the commands, the signature last.

        Items that are carried over automatically are written first, so that the signature covers them. Giving a shift
        more than half an hour before its end needs a ``reason``, which is put at the head of the signed summary.

        Raises:
            RefusedError: it has been given already, the shift has not begun, or it is early and there is no reason.

        """
        from floorctl.floor.handover.carried import CAME
        from floorctl.floor.handover.summary import early, markdown

        self._desk.require("handover.give")
        view = self._handovers.get(shift)
        if view.state != "open" and not self.signs_anew(view):
            raise RefusedError("error.handover_given", name=view.given_name)
        if self._handovers.counting().hours(view.shift)[0] > self.now():
            raise RefusedError("error.handover_too_early")
        before, reason = self.signs_early(view.shift), reason.strip()
        if before is not None and not reason:
            raise RefusedError("error.handover_reason_needed", left=lasting(before.total_seconds()))
        summary = self._handovers.summary(self._handovers.figures(view.shift))
        signed = markdown(summary if before is None else [early(before, reason), *summary])
        unwritten = self._handovers.unwritten(view.shift) if view.state == "open" else []
        fresh = [(item.id, item.text, item.ref) for item in unwritten]
        if not view.items and not view.version:
            fresh = [(f"{CAME}nothing", t("handover.carried.nothing"), None)]
        done = []
        for item_id, text, ref in fresh:
            data: dict[str, Any] = {"item_id": item_id, "text": text}
            if ref is not None:
                data["ref"] = {"kind": ref.kind, "id": ref.id}
            # Automatic: if another terminal has written the same item meanwhile, no person has to decide about it.
            done.append(self._desk.submit("handover.note", view.id, data, automatic=True))
        signature = self._desk.submit("handover.give", view.id, {"summary": signed})
        self._texts.landed((reason,))
        return [*done, signature]

    def withdraw(self, shift: ShiftOf | None = None, reason: str = "") -> OutboxItem | None:
        """Withdraw one's signature for a shift while nobody has taken the handover.

        A signature that has not been sent is dropped, and None is returned. For one that has been sent the contract has
        no command: a note to the next shift says who withdraws it and why, and is returned. The platform shows the
        handover as given until they sign again (``give``).

        Raises:
            RefusedError: it is not given, it is taken, it is another's signature, or it is being sent at this moment.

        """
        self._desk.require("handover.give")
        view = self._handovers.get(shift)
        person = self._to_withdraw(view)
        unsent = [item for item in self._unsent_of(view.id, "handover.give") if item.made_by == person.person_id]
        for item in unsent:
            self._desk.drop(item.id, reason)
        if unsent:
            return None
        # Imported here because a process that only reads doesn't need it.
        from floorctl.floor.handover.summary import shift_words

        words = t("handover.withdrawn", name=person.name, shift=shift_words(view.shift), reason=reason)
        states = states_of(self._handovers.all())
        data = {"item_id": shifts.withdrawal_id(view.id, self.now()), "text": words}
        note = self._desk.submit("handover.note", self._handovers.id_of(shifts.first_open(view.to, states)), data)
        self._texts.landed((reason,))
        return note

    def signs_anew(self, view: HandoverView) -> bool:
        """Whether the person signed in withdrew their signature after it was sent, so that they have to sign again."""
        me = self._session.person.person_id if self._session.person else None
        return view.state == "given" and bool(view.withdrawn) and view.given_by == me

    def move_late_notes(self) -> list[OutboxItem]:
        """Add notes that came too late, for a shift that another terminal had given, to the next open handover.

        The platform refused those notes. Each of them that the person signed in wrote is submitted again, and the
        refused one is dropped with a reason that names the new place. Returns the new notes.
        """
        person = self._session.person
        if self._session.read_only or person is None or not self._status.connection().refused:
            return []
        from floorctl.floor.handover.summary import shift_words

        signed = {held.id: shift for shift, held in self._handovers.all().items() if held.value.state != "open"}
        moved = []
        for item in self._commands.items(("refused",), newest_first=True):
            late = item.kind == "handover.note" and not item.automatic and item.made_by == person.person_id
            if late and item.target.id in signed:
                ref = item.data.get("ref")
                about = Ref(ref["kind"], ref["id"]) if ref else None
                note = self._handovers.note(item.data["text"], about, signed[item.target.id])
                into = shift_words(self._handovers.written_into(note))
                shift = shift_words(signed[item.target.id])
                self._desk.drop(item.id, t("handover.said.noted_later", shift=shift, into=into))
                moved.append(note)
        return moved

    def given_by_me(self) -> ShiftOf | None:
        """Return the last shift that the person signed in gave and nobody has taken; None if there is none."""
        me = self._session.person.person_id if self._session.person else None
        handovers = self._handovers.all().items()
        given = [shift for shift, held in handovers if held.value.state == "given" and held.value.given_by == me]
        return max(given, key=shifts.place, default=None)

    def _to_withdraw(self, view: HandoverView) -> Signed:
        person = self._session.person
        if person is None:
            raise NotAllowedError("error.not_signed_in")
        if view.state == "open":
            raise RefusedError("error.handover_not_given")
        if view.state == "taken":
            raise RefusedError("error.handover_taken", name=view.taken_name)
        if view.given_by != person.person_id:
            raise RefusedError("error.handover_given_by_another", name=view.given_name)
        if view.withdrawn:
            raise RefusedError("error.handover_withdrawn")
        return person

    def can_withdraw(self, view: HandoverView) -> None:
        """*memory* Raise what ``withdraw`` would; for checking before the reason is asked for."""
        self._to_withdraw(view)

    def _unsent_of(self, handover_id: str, kind: str) -> list[OutboxItem]:
        """Return the signatures of a handover that the platform has not applied."""
        waiting = self._commands.items(_NOT_SENT, newest_first=True)
        return [item for item in waiting if item.kind == kind and item.target.id == handover_id]

    def take(self, shift: ShiftOf | None = None) -> OutboxItem:
        """接班: take a handover, signed by the person signed in.

        Raises:
            RefusedError: it has not been given, has been taken, or was given by the same person.

        """
        return self._take(None, shift)

    def take_as(self, employee_no: str, password: str, shift: ShiftOf | None = None) -> OutboxItem:
        """接班 by a second person, who signs in for this signature only; waits for the network.

        In an outage a sign-in here within the last 7 days is enough. The signature is then kept, and sent when they
        have signed in at the platform.
        """
        self._allowed_beside()
        self._to_take(shift)
        person = self._session.sign_in_beside(employee_no, password)
        try:
            return self._take(person, shift)
        except FloorctlError:
            self._session.end_beside(person.person_id)
            raise

    def sign_in_for_signatures(self, employee_no: str, password: str) -> list[OutboxItem]:
        """Sign a person in to send their signatures that wait for it, and return those. Waits for the network.

        Raises:
            RefusedError: no signature of theirs waits.
            FloorctlError: the platform can't be reached.

        """
        self._allowed_beside()
        # Read first: once there is a session, the sync may send them at any moment.
        waiting = self._signatures.unsent_signatures()
        person = self._session.sign_in_beside(employee_no, password)
        theirs = [item for item in waiting if item.made_by == person.person_id]
        if not theirs:
            self._session.end_beside(person.person_id)
            raise RefusedError("error.no_signature_waits", name=person.name)
        if self._signatures.session_of(person.person_id) is None and self._unsent(theirs):
            raise FloorctlError("error.network_unreachable")
        return theirs

    def _unsent(self, signatures: Sequence[OutboxItem]) -> bool:
        unsent = {item.id for item in self._signatures.unsent_signatures()}
        return any(item.id in unsent for item in signatures)

    def _allowed_beside(self) -> None:
        """Check that somebody is signed in, which a second signer needs.

        Raises:
            NotAllowedError: nobody is, or this terminal is read-only.

        """
        if self._session.read_only:
            raise NotAllowedError("error.read_only")
        if self._session.person is None:
            raise NotAllowedError("error.not_signed_in")

    def _take(self, person: Signed | None, shift: ShiftOf | None) -> OutboxItem:
        self._desk.require("handover.take", person=person)
        return self._desk.submit("handover.take", self._to_take(shift), {}, person=person)

    def _to_take(self, shift: ShiftOf | None) -> str:
        """Return the id of the handover to take: of ``shift``, or of the last one given if left out.

        Raises:
            RefusedError: it has not been given.

        """
        handovers = self._handovers.all()
        states = states_of(handovers)
        if shift is None:
            given = [ended for ended, state in states.items() if state == "given"]
            shift = max(given, key=shifts.place) if given else shifts.to_hand_over(self.now(), states)
        if states.get(shift, "open") == "open":
            raise RefusedError("error.handover_not_given")
        return handovers[shift].id

"""The handover at the end of a shift: reading it, adding notes and ticking items off. Signing is in ``signing``."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from floorctl.config import Config
from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.names import named, target
from floorctl.floor.views import HandoverItemView, HandoverView, OutboxItem
from floorctl.models.base import Held, Ref
from floorctl.models.command import PARKED
from floorctl.models.handover import Handover, HandoverItem
from floorctl.models.order_filter import EVERY, OrderFilter
from floorctl.models.orders import Order
from floorctl.rules.commands import roles
from floorctl.rules.handover import shifts
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.rules.orders.deadlines import dispatch_clock_runs
from floorctl.rules.privacy import mask_text, masked_title
from floorctl.sync.outbox_item import new_command_id
from floorctl.text import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from floorctl.calendar import WorkCalendar
    from floorctl.floor.alerts.alerts import Alerts
    from floorctl.floor.assessment.assessment import Assessment
    from floorctl.floor.desk import Desk
    from floorctl.floor.handover.carried import Carried
    from floorctl.floor.handover.shift_counting import ShiftCounting
    from floorctl.floor.handover.summary import Section
    from floorctl.floor.handover.unfinished import StandingMatters
    from floorctl.floor.hot_spots.reads import HotSpotReads
    from floorctl.floor.missed_calls import MissedCalls
    from floorctl.floor.orders import Orders
    from floorctl.floor.outbox import Outbox
    from floorctl.floor.ports import Signatures
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.seats import Seats
    from floorctl.floor.session import Session
    from floorctl.rules.assessment.month import Month
    from floorctl.rules.handover.shift_figures import ShiftFigures
    from floorctl.rules.handover.unfinished import Unfinished

#: Handovers by the shift that they end.
ByShift = dict[ShiftOf, Held[Handover]]


class Handovers:
    """Reads handovers and writes their items. Reads the disk; acts raise what ``Desk`` does.

    Where ``shift`` is left out, it is the shift whose handover is due: the previous shift until its handover is taken,
    for up to two hours after the change of shift, else the current one.
    """

    def __init__(
        self,
        config: Config,
        calendar: WorkCalendar,
        read_model: ReadModel,
        signatures: Signatures,
        session: Session,
        desk: Desk,
        *,
        orders: Orders,
        alerts: Alerts,
        missed_calls: MissedCalls,
        seats: Seats,
        outbox: Outbox,
        assessment: Assessment,
        hot_spots: HotSpotReads,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._calendar = calendar
        self._read_model = read_model
        self._signatures = signatures
        self._session = session
        self._desk = desk
        self._orders = orders
        self._alerts = alerts
        self._missed_calls = missed_calls
        self._seats = seats
        self._outbox = outbox
        self._assessment = assessment
        self._hot_spots = hot_spots
        self.now = now

    # -- reading

    def all(self) -> ByShift:
        """Return every handover by the shift that it ends, pending commands included."""
        return {shifts.shift_of(held.value): held for held in self._read_model.all(Handover).values()}

    def shift_meant(self) -> ShiftOf:
        """Return the shift whose handover is due now."""
        return shifts.to_hand_over(self.now(), states_of(self.all()))

    def unsigned(self) -> list[ShiftOf]:
        """Return the earlier shifts whose handover lacks a signature, oldest first."""
        return shifts.unsigned(states_of(self.all()), self.now())

    def get(self, shift: ShiftOf | None = None) -> HandoverView:
        """Return the handover of a shift, with everything that is carried over."""
        handovers = self.all()
        shift = shift or shifts.to_hand_over(self.now(), states_of(handovers))
        nothing = Handover(
            day=shift.day, from_shift=shift.name, to_shift=shifts.after(shift).name, state="open", items=()
        )
        held = handovers.get(shift) or Held(shifts.handover_id(shift), 0, nothing)
        entity = held.value
        items = [replace(_written(held.id, item), about=self._about(item.ref)) for item in entity.items]
        if entity.state == "open":
            items = self._in_readers_language(items)
            items += [_computed(item, handovers, shift) for item in self._unwritten(shift, handovers, items)]
        from floorctl.floor.handover.carried import SORTS

        name = self._read_model.person_name
        return HandoverView(
            id=held.id,
            version=held.version,
            shift=shift,
            to=shifts.after(shift),
            state=entity.state,
            items=tuple(sorted(map(self._as_read, items), key=lambda item: SORTS.index(item.why))),
            summary=entity.summary and self._note_as_read(entity.summary),
            given_by=entity.given_by,
            given_name=name(entity.given_by),
            given_at=entity.given_at,
            taken_by=entity.taken_by,
            taken_name=name(entity.taken_by),
            taken_at=entity.taken_at,
            pending=held.pending,
            awaits=self.signatures_await(held.id),
            withdrawn=self._note_as_read(_withdrawn(held.id, entity, handovers)),
        )

    def figures(self, shift: ShiftOf | None = None) -> ShiftFigures:
        """Return the figures of a shift, and what is unfinished now.

        Reads the orders of more than a month: call it in a worker thread, and not every second.
        """
        counted = self.counting().figures(shift or self.shift_meant())
        return replace(counted, unfinished=self._unfinished())

    def _unfinished(self) -> Unfinished:
        from floorctl.rules.handover.unfinished import Unfinished

        return Unfinished(self.now(), self._standing_matters().groups())

    def _standing_matters(self) -> StandingMatters:
        from floorctl.floor.handover.unfinished import StandingMatters

        return StandingMatters(
            self._orders,
            self._alerts,
            self._missed_calls,
            self._seats,
            self._hot_spots,
            self._read_model,
            self.now(),
            self.counting().roster_at(self.now()),
        )

    def unwritten(self, shift: ShiftOf) -> list[Carried]:
        """Return what is carried over automatically and is not in the shift's handover yet, unmasked: to be signed."""
        handovers = self.all()
        held = handovers.get(shift)
        written = [] if held is None else [_written(held.id, item) for item in held.value.items]
        return self._unwritten(shift, handovers, written)

    def _unwritten(self, shift: ShiftOf, handovers: ByShift, written: Sequence[HandoverItemView]) -> list[Carried]:
        known = {(item.why, item.ref) for item in written if item.ref} | {(item.id, None) for item in written}
        return [item for item in self._carried(shift, handovers) if not known & {(item.why, item.ref), (item.id, None)}]

    def _note_as_read(self, note: str) -> str:
        """Return what staff wrote to each other as the person signed in reads it.

        Whoever may reveal personal data works with these notes and reads them as they are; for others, and on a
        read-only terminal, the numbers in them are masked.
        """
        person = self._session.person
        in_full = not self._session.read_only and person is not None and roles.allowed(roles.REVEAL, person.roles)
        return note if in_full else mask_text(note)

    def _as_read(self, item: HandoverItemView) -> HandoverItemView:
        by_staff = item.why in ("note", "left") and not (
            item.ref is not None and self._read_model.confidential(item.ref.kind, item.ref.id)
        )
        return replace(item, text=self._note_as_read(item.text) if by_staff else mask_text(item.text))

    def summary(self, figures: ShiftFigures) -> list[Section]:
        """*memory* Return the figures of a shift in words, as they would be signed."""
        from floorctl.floor.handover.summary import sections

        return sections(figures, self._queue_name)

    def signatures_await(self, handover_id: str) -> tuple[str, ...]:
        """Return the names of people who have to sign in at the platform before their signature can be sent."""
        waiting = {
            item.made_by
            for item in self._signatures.unsent_signatures()
            if item.target.id == handover_id and self._signatures.session_of(item.made_by) is None
        }
        return tuple(sorted(self._read_model.person_name(each) for each in waiting))

    def counting(self) -> ShiftCounting:
        """Return what counts the figures of shifts, limited to what the person signed in may read."""
        from floorctl.floor.handover.shift_counting import ShiftCounting

        person = self._session.person
        scores = person is not None and "inspection" in roles.readable(person.roles)
        return ShiftCounting(
            self._read_model,
            self._config,
            self._calendar,
            self.now(),
            base=self._base_of,
            scores=scores,
        )

    def _base_of(self, month: Month) -> Fraction | None:
        try:
            view = self._assessment.score(month)
        except NotFoundError:  # the month has not begun, or is before the contract
            return None
        return view.base if view.contract_begins is None else None

    def _queue_name(self, queue_id: str | None) -> str:
        return named(self._read_model, "queue", queue_id or "", self._config.zone)

    # -- items that are carried over automatically

    def _carried(self, shift: ShiftOf, handovers: ByShift) -> list[Carried]:
        from floorctl.floor.handover import carried

        before = handovers.get(shifts.before(shift))
        found = [carried.left(item) for item in carried.undone(before.value.items)] if before else []
        return [
            *found,
            *carried.grouped(self._ladders()),
            *carried.grouped(self._parked()),
            *carried.grouped(self._due(shift)),
        ]

    def _ladders(self) -> list[Carried]:
        from floorctl.floor.handover import carried

        zone = self._config.zone
        waiting = [(view.next_due_at, view.id, view) for view in self._alerts.all() if view.next_due_at is not None]
        in_order = sorted(waiting, key=lambda one: one[:2])
        return [carried.open_escalation(each, view.alert, view.heading, zone) for _, each, view in in_order]

    def _in_readers_language(self, items: list[HandoverItemView]) -> list[HandoverItemView]:
        """Replace the texts of alert items, written in any terminal's language, by those in the reader's language."""
        made = {each.ref: each.text for each in self._ladders()}
        return [replace(item, text=made.get(item.ref, item.text)) if item.why == "ladder" else item for item in items]

    def _parked(self) -> list[Carried]:
        from floorctl.floor.handover import carried

        items = [item for item in self._outbox.items(PARKED) if item.target.kind != "handover"]
        return [
            carried.parked(item.kind, item.target, self._target_name(item), item.state, self._name(item.made_by))
            for item in items
        ]

    def _due(self, shift: ShiftOf) -> list[Carried]:
        """Return orders whose limit or dispatch clock runs out before the end of the next shift, each once."""
        from floorctl.floor.handover import carried

        now, zone = self.now(), self._config.zone
        hours = self.counting().hours
        until = max(hours(shifts.after(shift))[1], hours(shifts.shift_at(now))[1])
        seconds = (until - now).total_seconds()
        found: dict[str, Carried] = {}
        waiting = self._orders.page(OrderFilter(to_dispatch=True), sort="dispatch_due", limit=EVERY).items
        for view in waiting:
            due = view.dispatch_due_at
            if due is not None and due <= until and dispatch_clock_runs(view.order):
                found[view.id] = carried.due_dispatch(view.id, view.order, due, zone)
        for view in self._orders.page(OrderFilter(due_within=seconds), sort="limit", limit=EVERY).items:
            if view.id not in found and view.due_at is not None:
                found[view.id] = carried.due_order(view.id, view.order, view.due_at, view.department_name, zone)
        return list(found.values())

    def _about(self, ref: Ref | None) -> str:
        """Return number and title of the order that a note is about; empty for anything else."""
        order = self._read_model.value(Order, ref.id) if ref is not None and ref.kind == "order" else None
        return "" if order is None else f"{order.number}  {masked_title(order)}"

    def _target_name(self, item: OutboxItem) -> str:
        return target(self._read_model, item, self._config.zone)

    def _name(self, person_id: str) -> str:
        return self._read_model.person_name(person_id)

    # -- acts

    def note(self, text: str, ref: Ref | None = None, shift: ShiftOf | None = None) -> OutboxItem:
        """Add a note for the next shift; creates the handover if there is none.

        It is added to the handover of ``shift`` if that is open, else to the first open one after it, because a given
        handover is signed and does not change. ``written_into`` returns which it was.
        """
        self._desk.require("handover.note")
        states = states_of(self.all())
        shift = shifts.first_open(shift or shifts.to_hand_over(self.now(), states), states)
        data: dict[str, Any] = {"item_id": new_command_id(), "text": text}
        if ref is not None:
            data["ref"] = {"kind": ref.kind, "id": ref.id}
        return self._desk.submit("handover.note", self.id_of(shift), data)

    def written_into(self, item: OutboxItem) -> ShiftOf:
        """Return the shift to whose handover a note was added."""
        found = (shift for shift, held in self.all().items() if held.id == item.target.id)
        return next(found, shifts.shift_at(self.now()))

    def tick(self, item: HandoverItemView, *, done: bool = True) -> OutboxItem:
        """Tick an item off, or untick it.

        Raises:
            RefusedError: the item is carried over automatically and not written yet; it goes when its cause is settled.

        """
        self._desk.require("handover.item")
        if not item.of:
            raise RefusedError("error.handover_item_goes_by_itself")
        return self._desk.submit("handover.item", item.of, {"item_id": item.item_id, "done": done})

    def id_of(self, shift: ShiftOf) -> str:
        """Return the id of the handover of a shift, even if it does not exist yet."""
        held = self.all().get(shift)
        return held.id if held else shifts.handover_id(shift)

    def item(self, which: str, view: HandoverView) -> HandoverItemView:
        """Return the item of ``view`` with this id, or with this number in the list (from 1).

        Raises:
            NotFoundError: there is none.

        """
        which, numbered = typed.compact(which), dict(enumerate(view.items, 1))
        for item in view.items:
            if item.id == which:
                return item
        if (number := typed.ordinal(which)) in numbered:
            return numbered[number]
        raise NotFoundError("error.no_such_handover_item", id=which)


def _withdrawn(handover_id: str, given: Handover, handovers: ByShift) -> str:
    """Return the text with which the giver withdrew the current signature; empty if they did not."""
    if given.given_at is None:
        return ""
    signed = int(given.given_at.timestamp() * 1000) / 1000  # cut to milliseconds, like the time in the withdrawal's id
    items = (item for held in handovers.values() for item in held.value.items)
    taken_back = [(at, item.text) for item in items if (at := shifts.withdrawn_at(item.id, handover_id)) is not None]
    at, text = max(taken_back, default=(0.0, ""))
    return text if at >= signed else ""


def states_of(handovers: ByShift) -> dict[ShiftOf, str]:
    """Return the state of each handover by shift."""
    return {shift: held.value.state for shift, held in handovers.items()}


def _written(of: str, item: HandoverItem) -> HandoverItemView:
    from floorctl.floor.handover.carried import sort_of

    return HandoverItemView(
        item.id, item.text, item.done, item.ref, sort_of(item), written=True, of=of, item_id=item.id
    )


def _computed(item: Carried, handovers: ByShift, shift: ShiftOf) -> HandoverItemView:
    """Return the view of an item that is carried over automatically; what was left undone can be ticked off."""
    before = handovers.get(shifts.before(shift))
    of = before.id if item.why == "left" and before else ""
    return HandoverItemView(
        item.id, item.text, done=False, ref=item.ref, why=item.why, written=False, of=of, item_id=item.was
    )

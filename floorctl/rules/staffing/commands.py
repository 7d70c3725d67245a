"""Acts on staffing: surges, and shifts of a roster."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from floorctl.models.alerts import Surge, SurgeAction
from floorctl.models.base import Entity, Str20k, Time
from floorctl.models.floor import Queue, Seat
from floorctl.models.team import Pause, Person, Shift
from floorctl.rules.commands.act import Act, Effects, existing
from floorctl.rules.commands.payload import Id, Payload, Words
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL, S
from floorctl.rules.commands.undo import Done, Opposite, Stays, Undo


def _shift_before(shift: Entity | None, _data: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"shift": msgspec.to_builtins(shift)} if isinstance(shift, Shift | None) else None


def _assign_back(done: Done) -> Opposite:
    was = done.replaced["shift"]
    if not isinstance(done.entity, Shift) or done.entity != msgspec.convert(done.data, Shift):
        raise Stays("changed")
    if was is None:
        return Opposite(kind="shift.remove", target_id=done.target_id, data={"reason": done.reason})
    return Opposite(kind="shift.assign", target_id=done.target_id, data=was)


def _remove_back(done: Done) -> Opposite:
    was = done.replaced["shift"]
    if done.entity is not None:
        raise Stays("changed")
    return Opposite(kind="shift.assign", target_id=done.target_id, data=was)


class SurgeStart(Payload, frozen=True, kw_only=True):
    """启动话务应急: the reason, and the queue concerned (None: the whole floor)."""

    reason: Words
    queue_id: Id | None = None


@command("surge.start", data=SurgeStart, roles=SL, creates=True)
def start_surge(act: Act, target: Entity | None, data: SurgeStart) -> Effects:
    """启动话务应急: create a surge."""
    if target is not None:
        if isinstance(target, Surge) and (target.reason, target.queue_id) == (data.reason, data.queue_id):
            return {}
        raise refused("target", "id_taken")
    if data.queue_id is not None:
        act.find("queue", data.queue_id, Queue, "queue_id")
    return act.becomes(Surge(reason=data.reason, queue_id=data.queue_id, started_at=act.at, actions=()))


class SurgeAct(Payload, frozen=True, kw_only=True):
    """One measure taken in a surge."""

    kind: Literal["reskill", "call_in", "cancel_pause", "note"]
    seat_id: Id | None = None
    person_id: Id | None = None
    detail: Str20k | None = None


@command("surge.act", data=SurgeAct, roles=SL, terms={"kind": "surge_action"})
def act_in_surge(act: Act, target: Entity | None, data: SurgeAct) -> Effects:
    """Add a measure to a surge that has not ended."""
    surge = existing(target, Surge)
    added = SurgeAction(
        kind=data.kind, at=act.at, by=act.by, seat_id=data.seat_id, person_id=data.person_id, detail=data.detail
    )
    if any(each.at >= act.command.made_at and replace(each, at=act.at) == added for each in surge.actions):
        return {}
    if surge.ended_at is not None:
        raise refused("target", "surge_over")
    if data.seat_id is not None:
        act.find("seat", data.seat_id, Seat, "seat_id")
    if data.person_id is not None:
        act.find("person", data.person_id, Person, "person_id")
    return act.becomes(replace(surge, actions=(*surge.actions, added)))


class SurgeEnd(Payload, frozen=True, kw_only=True):
    """结束话务应急: an optional note."""

    note: Str20k | None = None


@command("surge.end", data=SurgeEnd, roles=SL, base=True)
def end_surge(act: Act, target: Entity | None, data: SurgeEnd) -> Effects:
    """结束话务应急: end the surge; a note is added as its last action."""
    surge = existing(target, Surge)
    if surge.ended_at is not None:
        return {}
    last = (SurgeAction(kind="note", at=act.at, by=act.by, detail=data.note),) if data.note else ()
    return act.becomes(replace(surge, ended_at=act.at, actions=surge.actions + last))


class ShiftAssign(Payload, frozen=True, kw_only=True):
    """One shift of a roster."""

    person_id: Id
    name: Literal["morning", "middle", "evening", "night"]
    starts_at: Time
    ends_at: Time
    lead: bool = False
    pauses: tuple[Pause, ...] = ()


@command(
    "shift.assign",
    data=ShiftAssign,
    roles=S,
    base_checked=True,
    creates=True,
    volatile=True,
    terms={"name": "shift"},
    undo=Undo(before=_shift_before, back=_assign_back),
)
def assign_shift(act: Act, target: Entity | None, data: ShiftAssign) -> Effects:
    """Create a shift of a roster, or replace the shift with this id."""
    if target is not None:
        existing(target, Shift)
    act.find("person", data.person_id, Person, "person_id")
    if data.ends_at <= data.starts_at:
        raise refused("ends_at", "ends_before_start")
    for at, pause in enumerate(data.pauses):
        if not data.starts_at <= pause.starts_at < pause.ends_at <= data.ends_at:
            raise refused(f"pauses[{at}]", "pause_outside")
    return act.becomes(
        Shift(
            person_id=data.person_id,
            name=data.name,
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            lead=data.lead,
            pauses=data.pauses,
        )
    )


class ShiftRemove(Payload, frozen=True, kw_only=True):
    """An optional reason for removing a shift."""

    reason: Str20k | None = None


@command("shift.remove", data=ShiftRemove, roles=S, base=True, undo=Undo(before=_shift_before, back=_remove_back))
def remove_shift(act: Act, target: Entity | None, data: ShiftRemove) -> Effects:
    """Remove a shift from the roster."""
    existing(target, Shift)
    return act.becomes(None)

"""Acts on seats: force a state, change skills, listen in, cancel a pause, message the agents."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from floorctl.models.base import Entity, Str20k
from floorctl.models.floor import SIGNED_OUT, Queue, Seat
from floorctl.models.team import Shift
from floorctl.rules.commands.act import Act, Effects, existing
from floorctl.rules.commands.payload import Id, Payload, Words
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL
from floorctl.rules.commands.undo import Done, Opposite, Stays, Undo

#: The states that the contract lets a person force (besides signing out).
_FORCED = ("ready", "not_ready")


def _state_before(seat: Entity | None, _data: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"state": seat.state} if isinstance(seat, Seat) else None


def _state_back(done: Done) -> Opposite:
    was, left = done.replaced["state"], done.data["state"]
    if was == left:
        raise Stays("nothing")
    if left == SIGNED_OUT:
        raise Stays("signed_out")
    if not isinstance(done.entity, Seat) or done.entity.state != left:
        raise Stays("changed")
    if was not in _FORCED:
        raise Stays("state")
    return Opposite(kind="seat.state", target_id=done.target_id, data={"state": was})


def _skills_before(seat: Entity | None, _data: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"skills": list(seat.skills)} if isinstance(seat, Seat) else None


def _skills_back(done: Done) -> Opposite:
    was, seat = done.replaced["skills"], done.entity
    if not isinstance(seat, Seat) or list(seat.skills) != list(dict.fromkeys(done.data["skills"])):
        raise Stays("changed")
    if was == list(seat.skills):
        raise Stays("nothing")
    return Opposite(kind="seat.skills", target_id=done.target_id, data={"skills": was})


def _pause_back(done: Done) -> Opposite:
    shift_id, index = str(done.data["shift_id"]), int(done.data["pause"])
    shift = done.lookup("shift", shift_id)
    if not isinstance(shift, Shift) or index >= len(shift.pauses) or not shift.pauses[index].cancelled:
        raise Stays("changed")
    if shift.pauses[index].starts_at <= done.now:
        raise Stays("begun")
    pauses = list(shift.pauses)
    pauses[index] = replace(pauses[index], cancelled=False)
    data = msgspec.to_builtins(replace(shift, pauses=tuple(pauses)))
    return Opposite(kind="shift.assign", target_id=shift_id, data=data)


class SeatState(Payload, frozen=True, kw_only=True):
    """强制示闲, 示忙, 签出: the state to force."""

    state: Literal["ready", "not_ready", "signed_out"]
    reason: Str20k | None = None


@command(
    "seat.state",
    data=SeatState,
    roles=SL,
    base_checked=True,
    terms={"state": "seat_state"},
    listed="state",
    undo=Undo(before=_state_before, back=_state_back, alone=True),
)
def state(act: Act, target: Entity | None, data: SeatState) -> Effects:
    """强制示闲, 示忙, 签出. A running call is never cut: not_ready takes effect after it, other states are refused."""
    seat = existing(target, Seat)
    if seat.state == data.state:
        return {}
    if seat.call is not None and data.state != "not_ready":
        raise refused("state", "call_up")
    if data.state == SIGNED_OUT:
        return act.becomes(replace(seat, state=SIGNED_OUT, since=act.at, person_id=None, shift_id=None))
    if seat.person_id is None:
        raise refused("state", "nobody_signed_in")
    return act.becomes(replace(seat, state=data.state, since=act.at))


class SeatSkills(Payload, frozen=True, kw_only=True):
    """技能调整: the queues that the seat is to serve, first choice first."""

    skills: tuple[Id, ...]


@command(
    "seat.skills",
    data=SeatSkills,
    roles=SL,
    base=True,
    volatile=True,
    names={"skills": "queue"},
    listed="skills",
    question="queues",
    undo=Undo(before=_skills_before, back=_skills_back),
)
def skills(act: Act, target: Entity | None, data: SeatSkills) -> Effects:
    """技能调整: replace the seat's queues; a repeated queue counts at its first position."""
    seat = existing(target, Seat)
    for at, queue_id in enumerate(data.skills):
        act.find("queue", queue_id, Queue, f"skills[{at}]")
    return act.becomes(replace(seat, skills=tuple(dict.fromkeys(data.skills))))


class SeatListen(Payload, frozen=True, kw_only=True):
    """监听, 密语, 插话, 强拆: how to join the seat's call."""

    mode: Literal["listen", "whisper", "barge", "release"]


@command("seat.listen", data=SeatListen, roles=SL, terms={"mode": "listen_mode"})
def listen(act: Act, target: Entity | None, data: SeatListen) -> Effects:
    """监听, 密语, 插话 change no entity; 强拆 ends the call and puts the agent into wrap-up."""
    seat = existing(target, Seat)
    if seat.call is None:
        raise refused("mode", "no_call")
    if data.mode != "release":
        return {}
    return act.becomes(replace(seat, state="wrap_up", since=act.at, call=None))


class PauseCancel(Payload, frozen=True, kw_only=True):
    """停休. ``pause``: the break's index in the shift."""

    shift_id: Id
    pause: Annotated[int, Meta(ge=0)]


@command("pause.cancel", data=PauseCancel, roles=SL, target="seat", elsewhere=True, undo=Undo(back=_pause_back))
def cancel_pause(act: Act, target: Entity | None, data: PauseCancel) -> Effects:
    """停休: cancel the break in the shift; the seat does not change."""
    seat = existing(target, Seat)
    shift = act.find("shift", data.shift_id, Shift, "shift_id")
    if seat.person_id is not None and shift.person_id != seat.person_id:
        raise refused("shift_id", "shift_of_another")
    if data.pause >= len(shift.pauses):
        raise refused("pause", "no_such_pause")
    pauses = list(shift.pauses)
    pauses[data.pause] = replace(pauses[data.pause], cancelled=True)
    return {("shift", data.shift_id): replace(shift, pauses=tuple(pauses))}


class FloorMessage(Payload, frozen=True, kw_only=True):
    """A message to the agents' screens; ``seat_ids`` None: to all."""

    text: Words
    seat_ids: tuple[Id, ...] | None = None


@command("floor.message", data=FloorMessage, roles=SL, target="seat")
def message(act: Act, target: Entity | None, data: FloorMessage) -> Effects:
    """Check the seats of a message to the agents' screens; it changes no entity."""
    existing(target, Seat)
    for at, seat_id in enumerate(data.seat_ids or ()):
        act.find("seat", seat_id, Seat, f"seat_ids[{at}]")
    return {}

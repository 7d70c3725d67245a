"""Acts on seats: force a state, change skills, listen in, cancel a pause, message the agents."""

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.floor import SIGNED_OUT, Queue, Seat
from floorctl.models.team import Shift
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, before
from floorctl.rules.commands.refusal import refused


def state(act: Act, target: Entity | None, data: payloads.SeatState) -> Effects:
    """强制示闲, 示忙, 签出. A call that is up is never cut: the seat goes not ready behind it, the rest is refused."""
    seat = before(target, Seat)
    if seat.state == data.state:
        return {}
    if seat.call is not None and data.state != "not_ready":
        raise refused("state", "call_up")
    if data.state == SIGNED_OUT:
        return act.becomes(replace(seat, state=SIGNED_OUT, since=act.at, person_id=None, shift_id=None))
    if seat.person_id is None:
        raise refused("state", "nobody_signed_in")
    return act.becomes(replace(seat, state=data.state, since=act.at))


def skills(act: Act, target: Entity | None, data: payloads.SeatSkills) -> Effects:
    """技能调整; a queue named twice counts where it stands first."""
    seat = before(target, Seat)
    for at, queue_id in enumerate(data.skills):
        act.find("queue", queue_id, Queue, f"skills[{at}]")
    return act.becomes(replace(seat, skills=tuple(dict.fromkeys(data.skills))))


def listen(act: Act, target: Entity | None, data: payloads.SeatListen) -> Effects:
    """监听, 密语, 插话 change nothing that is kept; 强拆 ends the call, and the agent is in wrap-up."""
    seat = before(target, Seat)
    if seat.call is None:
        raise refused("mode", "no_call")
    if data.mode != "release":
        return {}
    return act.becomes(replace(seat, state="wrap_up", since=act.at, call=None))


def cancel_pause(act: Act, target: Entity | None, data: payloads.PauseCancel) -> Effects:
    """停休: the shift's pause is cancelled; the seat itself stays as it is."""
    seat = before(target, Seat)
    shift = act.find("shift", data.shift_id, Shift, "shift_id")
    if seat.person_id is not None and shift.person_id != seat.person_id:
        raise refused("shift_id", "shift_of_another")
    if data.pause >= len(shift.pauses):
        raise refused("pause", "no_such_pause")
    pauses = list(shift.pauses)
    pauses[data.pause] = replace(pauses[data.pause], cancelled=True)
    return {("shift", data.shift_id): replace(shift, pauses=tuple(pauses))}


def message(act: Act, target: Entity | None, data: payloads.FloorMessage) -> Effects:
    """A message goes to the agents' screens and changes no entity."""
    before(target, Seat)
    for at, seat_id in enumerate(data.seat_ids or ()):
        act.find("seat", seat_id, Seat, f"seat_ids[{at}]")
    return {}

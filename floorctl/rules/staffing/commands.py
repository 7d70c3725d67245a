"""Acts on staffing and the contract's facts: surges, shifts of a roster, facts for the monthly assessment."""

from msgspec.structs import replace

from floorctl.models.alerts import Surge, SurgeAction
from floorctl.models.assessment import FACT_KINDS, Fact
from floorctl.models.base import Entity
from floorctl.models.floor import Queue, Seat
from floorctl.models.team import Person, Shift
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, before
from floorctl.rules.commands.refusal import refused


def record_fact(act: Act, target: Entity | None, data: Fact) -> Effects:
    """A fact, once: its id can't be taken for another one."""
    if target is not None:
        if target == data:
            return {}
        raise refused("target", "id_taken")
    if data.kind not in FACT_KINDS:
        raise refused("kind", "unknown_fact", kind=data.kind)
    if data.passed is not None and data.sat is not None and data.passed > data.sat:
        raise refused("passed", "passed_over_sat")
    return act.becomes(data)


def remove_fact(act: Act, target: Entity | None, data: payloads.Reason) -> Effects:
    """A fact taken back."""
    before(target, Fact)
    return act.becomes(None)


def start_surge(act: Act, target: Entity | None, data: payloads.SurgeStart) -> Effects:
    """启动话务应急."""
    if target is not None:
        if isinstance(target, Surge) and (target.reason, target.queue_id) == (data.reason, data.queue_id):
            return {}
        raise refused("target", "id_taken")
    if data.queue_id is not None:
        act.find("queue", data.queue_id, Queue, "queue_id")
    return act.becomes(Surge(reason=data.reason, queue_id=data.queue_id, started_at=act.at, actions=()))


def act_in_surge(act: Act, target: Entity | None, data: payloads.SurgeAct) -> Effects:
    """One more thing done, while the surge lasts."""
    surge = before(target, Surge)
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


def end_surge(act: Act, target: Entity | None, data: payloads.SurgeEnd) -> Effects:
    """结束话务应急; a note becomes its last action."""
    surge = before(target, Surge)
    if surge.ended_at is not None:
        return {}
    last = (SurgeAction(kind="note", at=act.at, by=act.by, detail=data.note),) if data.note else ()
    return act.becomes(replace(surge, ended_at=act.at, actions=surge.actions + last))


def assign_shift(act: Act, target: Entity | None, data: payloads.ShiftAssign) -> Effects:
    """One shift of a roster, new or in the place of what its id held."""
    if target is not None:
        before(target, Shift)
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


def remove_shift(act: Act, target: Entity | None, data: payloads.ShiftRemove) -> Effects:
    """A shift taken off the roster."""
    before(target, Shift)
    return act.becomes(None)

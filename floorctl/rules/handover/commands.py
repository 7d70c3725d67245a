"""Acts of the handover 交接班: note an item, tick it off, give, take."""

import re
from datetime import date, datetime, timedelta, timezone

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.handover import Handover, HandoverItem
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, before, require_state
from floorctl.rules.commands.refusal import refused
from floorctl.rules.handover.shifts import NEXT_SHIFT, shift_at

_ID = re.compile(r"ho-(\d{4}-\d{2}-\d{2})-(morning|middle|evening|night)")
# China has one time and no summer time; it only names the shift of a handover whose id does not.
_CHINA = timezone(timedelta(hours=8))


def _new(handover: str, at: datetime) -> Handover:
    day, shift = shift_at(at.astimezone(_CHINA))
    if named := _ID.fullmatch(handover):
        try:
            day, shift = date.fromisoformat(named.group(1)), named.group(2)
        except ValueError as error:
            raise refused("target.id", "no_such_day") from error
    return Handover(day=day, from_shift=shift, to_shift=NEXT_SHIFT[shift], state="open", items=())


def note(act: Act, target: Entity | None, data: payloads.HandoverNote) -> Effects:
    """One more item, until the handover is signed; makes the handover where there is none."""
    handover = _new(act.id, act.command.made_at) if target is None else before(target, Handover)
    for each in handover.items:
        if each.id == data.item_id:
            if (each.text, each.ref) == (data.text, data.ref):
                return {}
            raise refused("item_id", "id_taken")
    require_state(handover.state, ("open",), "handover_state")
    added = HandoverItem(id=data.item_id, text=data.text, ref=data.ref, done=False)
    return act.becomes(replace(handover, items=(*handover.items, added)))


def item(act: Act, target: Entity | None, data: payloads.HandoverItemDone) -> Effects:
    """An item ticked off, or put back; after signing too, since the next shift does the work."""
    handover = before(target, Handover)
    if all(each.id != data.item_id for each in handover.items):
        raise refused("item_id", "not_found")
    items = tuple(replace(each, done=data.done) if each.id == data.item_id else each for each in handover.items)
    return act.becomes(replace(handover, items=items))


def give(act: Act, target: Entity | None, data: payloads.HandoverGive) -> Effects:
    """交班: signed by the one who leaves; as long as nobody has taken it, they may sign another summary."""
    handover = before(target, Handover)
    signs_anew = handover.state == "given" and handover.given_by == act.by and handover.summary != data.summary
    require_state(handover.state, ("given",) if signs_anew else ("open",), "handover_state")
    return act.becomes(replace(handover, state="given", summary=data.summary, given_by=act.by, given_at=act.at))


def take(act: Act, target: Entity | None, data: payloads.Nothing) -> Effects:
    """接班: signed by the one who comes, who is someone else."""
    handover = before(target, Handover)
    require_state(handover.state, ("given",), "handover_state")
    if act.by == handover.given_by:
        raise refused("target", "same_person")
    return act.becomes(replace(handover, state="taken", taken_by=act.by, taken_at=act.at))

"""Acts of the handover 交接班: note an item, tick it off, give, take."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from msgspec.structs import replace

from floorctl.models.base import Entity, Ref, Str20k
from floorctl.models.handover import Handover, HandoverItem
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Id, Payload, Words
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL
from floorctl.rules.commands.undo import Done, Opposite, Stays, Undo
from floorctl.rules.handover.shifts import NEXT_SHIFT, shift_at

_ID = re.compile(r"ho-(\d{4}-\d{2}-\d{2})-(morning|middle|evening|night)")
# China has one time zone without summer time. Used only to derive the shift of a handover whose id does not name it.
_CHINA = timezone(timedelta(hours=8))


def _new(handover: str, at: datetime) -> Handover:
    day, shift = shift_at(at.astimezone(_CHINA))
    if named := _ID.fullmatch(handover):
        try:
            day, shift = date.fromisoformat(named.group(1)), named.group(2)
        except ValueError as error:
            raise refused("target.id", "no_such_day") from error
    return Handover(day=day, from_shift=shift, to_shift=NEXT_SHIFT[shift], state="open", items=())


def _item_before(handover: Entity | None, data: Mapping[str, Any]) -> dict[str, Any] | None:
    done = _done(handover, data)
    return {"done": done[0]} if done else None


def _item_back(done: Done) -> Opposite:
    was = done.replaced["done"]
    if _done(done.entity, done.data) != [done.data["done"]]:
        raise Stays("changed")
    if was == done.data["done"]:
        raise Stays("nothing")
    data = {"item_id": done.data["item_id"], "done": was}
    return Opposite(kind="handover.item", target_id=done.target_id, data=data)


def _done(handover: Entity | None, data: Mapping[str, Any]) -> list[bool]:
    items = handover.items if isinstance(handover, Handover) else ()
    return [each.done for each in items if each.id == data.get("item_id")]


class HandoverNote(Payload, frozen=True, kw_only=True):
    """A matter for the next shift; the terminal chooses ``item_id``."""

    item_id: Id
    text: Words
    ref: Ref | None = None


@command("handover.note", data=HandoverNote, roles=SL, creates=True)
def note(act: Act, target: Entity | None, data: HandoverNote) -> Effects:
    """Add an item to a handover that is not signed yet; create the handover if there is none."""
    handover = _new(act.id, act.command.made_at) if target is None else existing(target, Handover)
    for each in handover.items:
        if each.id == data.item_id:
            if (each.text, each.ref) == (data.text, data.ref):
                return {}
            raise refused("item_id", "id_taken")
    require_state(handover.state, ("open",), "handover_state")
    added = HandoverItem(id=data.item_id, text=data.text, ref=data.ref, done=False)
    return act.becomes(replace(handover, items=(*handover.items, added)))


class HandoverItemDone(Payload, frozen=True, kw_only=True):
    """Whether an item is done."""

    item_id: Id
    done: bool


@command(
    "handover.item",
    data=HandoverItemDone,
    roles=SL,
    base_checked=True,
    undo=Undo(before=_item_before, back=_item_back, part="item_id"),
)
def item(act: Act, target: Entity | None, data: HandoverItemDone) -> Effects:
    """Tick an item off, or undo that; also after signing, since the next shift does the work."""
    handover = existing(target, Handover)
    if all(each.id != data.item_id for each in handover.items):
        raise refused("item_id", "not_found")
    items = tuple(replace(each, done=data.done) if each.id == data.item_id else each for each in handover.items)
    return act.becomes(replace(handover, items=items))


class HandoverGive(Payload, frozen=True, kw_only=True):
    """交班: the summary that is signed."""

    summary: Str20k


@command("handover.give", data=HandoverGive, roles=SL, base=True, signs=True, stays="withdraw")
def give(act: Act, target: Entity | None, data: HandoverGive) -> Effects:
    """交班: sign as the outgoing shift. The signer may sign another summary until the handover is taken."""
    handover = existing(target, Handover)
    signs_anew = handover.state == "given" and handover.given_by == act.by and handover.summary != data.summary
    require_state(handover.state, ("given",) if signs_anew else ("open",), "handover_state")
    return act.becomes(replace(handover, state="given", summary=data.summary, given_by=act.by, given_at=act.at))


class HandoverTake(Payload, frozen=True, kw_only=True):
    """接班: no data; the signer is the person signed in."""


@command("handover.take", data=HandoverTake, roles=SL, base=True, signs=True)
def take(act: Act, target: Entity | None, data: HandoverTake) -> Effects:
    """接班: sign as the incoming shift; refused for the person who gave it."""
    handover = existing(target, Handover)
    require_state(handover.state, ("given",), "handover_state")
    if act.by == handover.given_by:
        raise refused("target", "same_person")
    return act.becomes(replace(handover, state="taken", taken_by=act.by, taken_at=act.at))

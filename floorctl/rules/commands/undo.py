"""What takes an act back: of each kind of command the one with the opposite effect, as far as the contract has one.

What stood there before is noted when the act is done (``before``); whether it is still as the act left it is looked
at when it is taken back (``opposite``), so that nobody else's change is overwritten.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from floorctl.models import Entity, Fact, Handover, Seat, Shift
from floorctl.models.knowledge import Article
from floorctl.rules.commands.refusal import Refused

if TYPE_CHECKING:
    from floorctl.rules.commands.act import Lookup

#: The states that the contract lets a person force.
_FORCED = ("ready", "not_ready")


class Opposite(msgspec.Struct, frozen=True, kw_only=True):
    """The command that takes another one back."""

    kind: str
    target_id: str
    data: dict[str, Any]


class Stays(Exception):
    """An act stays. ``why``: no_opposite, withdraw, changed, begun, nothing, unknown, state, signed_out."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def before(kind: str, entity: Entity | None, data: dict[str, Any]) -> dict[str, Any] | None:
    """What a command of ``kind`` replaces in its target, to be kept with it; None where nothing need be known."""
    match kind, entity:
        case "seat.skills", Seat():
            return {"skills": list(entity.skills)}
        case "seat.state", Seat():
            return {"state": entity.state}
        case "handover.item", Handover():
            done = [each.done for each in entity.items if each.id == data.get("item_id")]
            return {"done": done[0]} if done else None
        case "shift.assign" | "shift.remove", Shift() | None:
            return {"shift": msgspec.to_builtins(entity)}
        case "fact.remove", Fact():
            return {"fact": msgspec.to_builtins(entity)}
        case "article.state", Article():
            return {"state": entity.state}
    return None


def about(kind: str, data: dict[str, Any]) -> str:
    """Which part of its target a command is about; empty: all that its kind changes."""
    return str(data.get("item_id", "")) if kind == "handover.item" else ""


def opposite(
    kind: str, target_id: str, data: dict[str, Any], was: dict[str, Any] | None, entity: Entity | None, *,
    now: datetime, lookup: "Lookup", reason: str,
) -> Opposite:  # fmt: skip
    """The command that takes one back, on ``entity``, its target as it stands. ``was``: what ``before`` said then.

    ``reason`` is given where the contract wants one.

    Raises:
        Stays: there is none.

    """
    if kind == "pause.cancel":
        return _restored(data, now, lookup)
    if kind == "fact.record":
        if entity != _fact(data):
            raise Stays("changed")
        return Opposite(kind="fact.remove", target_id=target_id, data={"reason": reason})
    undo = _UNDO.get(kind)
    if undo is None:
        raise Stays("withdraw" if kind == "handover.give" else "no_opposite")
    if was is None:
        raise Stays("unknown")
    other, changed = undo(data, was, entity, reason)
    return Opposite(kind=other, target_id=target_id, data=changed)


def _restored(data: dict[str, Any], now: datetime, lookup: "Lookup") -> Opposite:
    shift_id, index = str(data["shift_id"]), int(data["pause"])
    shift = lookup("shift", shift_id)
    if not isinstance(shift, Shift) or index >= len(shift.pauses) or not shift.pauses[index].cancelled:
        raise Stays("changed")
    if shift.pauses[index].starts_at <= now:
        raise Stays("begun")
    pauses = list(shift.pauses)
    pauses[index] = replace(pauses[index], cancelled=False)
    return Opposite(
        kind="shift.assign", target_id=shift_id, data=msgspec.to_builtins(replace(shift, pauses=tuple(pauses)))
    )


def _fact(data: dict[str, Any]) -> Entity | None:
    # Here, and not above: who only looks at the floor does not wait for the rules of every act to be read.
    from floorctl.rules.commands import payloads

    try:
        return payloads.read("fact.record", data)  # type: ignore[return-value]
    except Refused:
        return None


#: (data of the command, what was before, its target now, reason) → kind and data of the opposite.
_Data = dict[str, Any]
_Command = tuple[str, _Data]
_Undo = Callable[[_Data, _Data, Entity | None, str], _Command]


def _skills(data: _Data, was: _Data, entity: Entity | None, _reason: str) -> _Command:
    if not isinstance(entity, Seat) or list(entity.skills) != list(dict.fromkeys(data["skills"])):
        raise Stays("changed")
    if was["skills"] == list(entity.skills):
        raise Stays("nothing")
    return "seat.skills", {"skills": was["skills"]}


def _state(data: _Data, was: _Data, entity: Entity | None, _reason: str) -> _Command:
    if was["state"] == data["state"]:
        raise Stays("nothing")
    if data["state"] == "signed_out":
        raise Stays("signed_out")
    if not isinstance(entity, Seat) or entity.state != data["state"]:
        raise Stays("changed")
    if was["state"] not in _FORCED:
        raise Stays("state")
    return "seat.state", {"state": was["state"]}


def _item(data: _Data, was: _Data, entity: Entity | None, _reason: str) -> _Command:
    items = entity.items if isinstance(entity, Handover) else ()
    done = [each.done for each in items if each.id == data["item_id"]]
    if done != [data["done"]]:
        raise Stays("changed")
    if was["done"] == data["done"]:
        raise Stays("nothing")
    return "handover.item", {"item_id": data["item_id"], "done": was["done"]}


def _assigned(data: _Data, was: _Data, entity: Entity | None, reason: str) -> _Command:
    if not isinstance(entity, Shift) or entity != msgspec.convert(data, Shift):
        raise Stays("changed")
    if was["shift"] is None:
        return "shift.remove", {"reason": reason}
    return "shift.assign", was["shift"]


def _shift_removed(_data: _Data, was: _Data, entity: Entity | None, _reason: str) -> _Command:
    if entity is not None:
        raise Stays("changed")
    return "shift.assign", was["shift"]


def _fact_removed(_data: _Data, was: _Data, entity: Entity | None, _reason: str) -> _Command:
    if entity is not None:
        raise Stays("changed")
    return "fact.record", was["fact"]


def _article(data: _Data, was: _Data, entity: Entity | None, _reason: str) -> _Command:
    if not isinstance(entity, Article) or entity.state != data["state"]:
        raise Stays("changed")
    if was["state"] == data["state"]:
        raise Stays("nothing")
    return "article.state", {"state": was["state"]}


_UNDO: dict[str, _Undo] = {
    "seat.skills": _skills,
    "seat.state": _state,
    "handover.item": _item,
    "shift.assign": _assigned,
    "shift.remove": _shift_removed,
    "fact.remove": _fact_removed,
    "article.state": _article,
}

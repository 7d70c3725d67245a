"""Decisions on orders that got stuck 卡单: a return, an extension, a conference, a redo (contract 1.1)."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from floorctl.models.base import Entity, Str2k, Time
from floorctl.models.orders import Conference, Department, Extension, Order, Redo, Return
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Id, Payload
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL
from floorctl.rules.orders.stuck import open_extension, open_return

#: Text that a person has to enter, with the lengths that the contract allows for reasons and minutes.
_Reason = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=r"\S")]
_Minutes = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"\S")]


def _returned(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": "returned" if data.get("upheld") else "dispatched", **data}


class OrderReturn(Payload, frozen=True, kw_only=True):
    """Decision on a return 退单: ``upheld``: it was the wrong department; else the order goes back to it."""

    upheld: bool
    note: Str2k | None = None


@command("order.return", data=OrderReturn, roles=SL, base=True, leaves=_returned, since="1.1")
def decide_return(act: Act, target: Entity | None, data: OrderReturn) -> Effects:
    """退单: decide the newest return; upheld, the order waits for another dispatch, which costs dispatch accuracy."""
    order = existing(target, Order)
    newest = open_return(order)
    if newest is None:
        raise refused("target", "no_open_return")
    decided: Return = replace(newest, upheld=data.upheld, decided_by=act.by, decided_at=act.at, note=data.note)
    log = (*order.return_log[:-1], decided)
    if data.upheld:
        return act.becomes(replace(order, return_log=log, dispatch_correct=False))
    return act.becomes(replace(order, return_log=log, state="dispatched"))


class OrderExtend(Payload, frozen=True, kw_only=True):
    """Decision on an extension 延期. ``until``: the new limit where it is granted; None: the one asked for."""

    granted: bool
    until: Time | None = None
    note: Str2k | None = None


@command("order.extend", data=OrderExtend, roles=SL, base=True, since="1.1")
def decide_extension(act: Act, target: Entity | None, data: OrderExtend) -> Effects:
    """延期: decide the extension that the department asked for; granted, its end is the order's limit."""
    order = existing(target, Order)
    asked = open_extension(order)
    if asked is None:
        raise refused("target", "no_open_extension")
    # What was asked for may be over by the time that it is granted; a time that somebody chooses may not, since a
    # decision can't be taken back.
    if data.granted and data.until is not None and data.until <= act.command.made_at:
        raise refused("until", "due_in_the_past")
    until = data.until or asked.until
    decided: Extension = replace(asked, granted=data.granted, decided_by=act.by, decided_at=act.at)
    if not data.granted:
        return act.becomes(replace(order, extension=decided))
    return act.becomes(replace(order, extension=replace(decided, until=until), due_at=until))


class OrderConfer(Payload, frozen=True, kw_only=True):
    """Minutes of a conference 会商: the departments, the lead among them (None: not agreed), what was agreed."""

    department_ids: Annotated[tuple[Id, ...], Meta(min_length=1)]
    lead_department_id: Id | None = None
    minutes: _Minutes


@command(
    "order.confer",
    data=OrderConfer,
    roles=SL,
    base=True,
    names={"lead_department_id": "department"},
    leaves=lambda _data: {},
    since="1.1",
)
def confer(act: Act, target: Entity | None, data: OrderConfer) -> Effects:
    """会商: record what was agreed; the next dispatch proposes its lead. The order's state stays."""
    order = existing(target, Order)
    if data.lead_department_id is not None and data.lead_department_id not in data.department_ids:
        raise refused("lead_department_id", "lead_not_among")
    for at, department_id in enumerate(data.department_ids):
        act.find("department", department_id, Department, f"department_ids[{at}]")
    held = Conference(
        at=act.at,
        by=act.by,
        department_ids=tuple(dict.fromkeys(data.department_ids)),
        lead_department_id=data.lead_department_id,
        minutes=data.minutes,
    )
    if any(replace(each, at=act.at) == held and each.at >= act.command.made_at for each in order.conferences):
        return {}
    return act.becomes(replace(order, conferences=(*order.conferences, held)))


class OrderRedo(Payload, frozen=True, kw_only=True):
    """重办: why, and the new limit (None: of the same length as the first, from now on)."""

    reason: _Reason
    due_at: Time | None = None


@command(
    "order.redo",
    data=OrderRedo,
    roles=SL,
    base=True,
    leaves=lambda data: {"state": "dispatched", **data},
    since="1.1",
)
def redo(act: Act, target: Entity | None, data: OrderRedo) -> Effects:
    """重办: send a handled order back to the same departments; handling and call-back are to be done again."""
    order = existing(target, Order)
    require_state(order.state, ("handled", "closed"), "order_state")
    if data.due_at is not None and data.due_at <= act.command.made_at:
        raise refused("due_at", "due_in_the_past")
    return act.becomes(
        replace(
            order,
            state="dispatched",
            redos=(*order.redos, Redo(at=act.at, by=act.by, reason=data.reason)),
            due_at=data.due_at or order.due_at,
            handled_at=None,
            callback_at=None,
            callback_outcome=None,
            satisfaction=None,
            closed_at=None,
        )
    )

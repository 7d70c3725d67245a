"""并单: linking an order to the one that it repeats, and taking the link away (contract 1.1)."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.orders import Order
from floorctl.rules.commands.act import Act, Effects, existing
from floorctl.rules.commands.payload import Id, Payload
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL
from floorctl.rules.commands.undo import Done, Opposite, Stays, Undo


class OrderLink(Payload, frozen=True, kw_only=True):
    """并单: the order that the target repeats."""

    parent_id: Id


class OrderUnlink(Payload, frozen=True, kw_only=True):
    """取消并单: it has no data."""


def _parent_before(order: Entity | None, _data: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"parent_id": order.parent_id} if isinstance(order, Order) else None


def _linked_back(done: Done) -> Opposite:
    """Return the command that restores the parent from before."""
    was, order = done.replaced["parent_id"], done.entity
    if not isinstance(order, Order) or order.parent_id != done.data.get("parent_id"):
        raise Stays("changed")
    if was == order.parent_id:
        raise Stays("nothing")
    if was is None:
        return Opposite(kind="order.unlink", target_id=done.target_id, data={})
    return Opposite(kind="order.link", target_id=done.target_id, data={"parent_id": was})


_UNDO = Undo(before=_parent_before, back=_linked_back)


@command(
    "order.link",
    data=OrderLink,
    roles=SL,
    base=True,
    names={"parent_id": "order"},
    listed="parent_id",
    undo=_UNDO,
    since="1.1",
)
def link(act: Act, target: Entity | None, data: OrderLink) -> Effects:
    """并单: link an order to the one that it repeats, which may not be a repetition itself."""
    order = existing(target, Order)
    if data.parent_id == act.id:
        raise refused("parent_id", "own_parent")
    parent = act.find("order", data.parent_id, Order, "parent_id")
    if parent.parent_id is not None:
        raise refused("parent_id", "parent_is_repetition")
    return act.becomes(replace(order, parent_id=data.parent_id))


@command(
    "order.unlink",
    data=OrderUnlink,
    roles=SL,
    base=True,
    leaves=lambda _data: {"parent_id": None},
    undo=_UNDO,
    since="1.1",
)
def unlink(act: Act, target: Entity | None, _data: OrderUnlink) -> Effects:
    """取消并单: the order stands for itself again."""
    return act.becomes(replace(existing(target, Order), parent_id=None))


def parent_of(orders: Mapping[str, Order]) -> str:
    """Return the id of the one of ``orders`` that the others repeat: the earliest received."""
    return min(orders, key=lambda each: (orders[each].received_at, orders[each].number, each))

"""The orders that are likely about the same matter as another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from floorctl.models.base import Held
from floorctl.models.orders import Order
from floorctl.rules.orders.callers import around, caller_key
from floorctl.rules.orders.twins import (
    THRESHOLD,
    Matter,
    Reason,
    Traits,
    likeness,
    lookup,
    matter,
    score,
    traits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OrderView

#: Orders that are compared with one, besides those of the same caller; names that they are looked up by.
_COMPARED, _NAMES = 30, 6
_MOST_OF_CALLER = 50


class Likely(msgspec.Struct, frozen=True):
    """An order that is likely about the same matter as another one, its ``score`` of 0 to 1, and why (or why not)."""

    order: OrderView
    score: float
    reasons: tuple[Reason, ...]


def likely_repetitions(read_model: ReadModel, orders: Orders, order_id: str, limit: int) -> list[Likely]:
    """See ``Repetitions.likely``."""
    held = read_model.get(Order, order_id)
    if held is None:
        return []
    own = matter(held.value)
    taken = traits(own)
    found = sorted(
        ((score(taken, other), each, other) for each, other in _compared(read_model, held, own)),
        key=lambda one: (-one[0], -one[1].value.received_at.timestamp(), one[1].id),
    )
    chosen = [one for one in found if one[0] >= THRESHOLD][:limit]
    views = orders.views([each for _, each, _ in chosen], orders.now())
    return [
        Likely(view, scored, likeness(taken, other).reasons)
        for view, (scored, _, other) in zip(views, chosen, strict=True)
    ]


def _compared(read_model: ReadModel, held: Held[Order], own: Matter) -> Iterator[tuple[Held[Order], Traits]]:
    """The orders to compare with ``held``, taken apart, without those that are linked to it."""
    since, until = around(held.value.received_at)
    alike = read_model.orders_alike(held.id, *lookup(own, _NAMES), since, until, _COMPARED)
    candidates = {each.id: each for each in alike}
    caller = None if held.value.confidential else caller_key(held.value)
    if caller is not None:
        of_caller = read_model.orders_of_caller(caller, since, until, _MOST_OF_CALLER)
        candidates |= {each.id: each for each in of_caller}
    group = {held.id, held.value.parent_id or held.id}
    for each in candidates.values():
        if each.id not in group and each.value.parent_id not in group:
            yield each, traits(matter(each.value))

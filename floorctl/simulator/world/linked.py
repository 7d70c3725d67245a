"""Orders that repeat another one (并单): what is done is done on that one, and they follow it to its end."""

from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from floorctl.models.orders import Order

#: Minutes after which a repetition follows what has happened to the order that it repeats.
_AFTER = (15.0, 50.0)
_OVER = ("closed", "answered")


def follows(order: Order) -> bool:
    """Return whether an order goes with the one that it repeats instead of its own way; its review is its own."""
    return order.parent_id is not None and order.state not in ("received", "review")


def step(order: Order, parent: Order, rng: Random, after: datetime) -> tuple[datetime, Order] | None:
    """Return when a repetition next looks at its ``parent`` and the order then, unchanged if nothing happened there.

    None if the repetition is over.
    """
    if order.state in _OVER:
        return None
    at = after + timedelta(minutes=rng.uniform(*_AFTER))
    if parent.state in ("handled", *_OVER):
        ended = replace(order, state="closed", closed_at=at, handled_at=order.handled_at or at, callback_required=False)
        return at, replace(
            ended,
            result=order.result or parent.result,
            dispatched_at=order.dispatched_at or at,
            lead_department_id=order.lead_department_id or parent.lead_department_id,
            department_ids=order.department_ids or parent.department_ids,
        )
    if order.state in ("ready", "returned") and parent.state in ("dispatched", "accepted"):
        return at, replace(
            order,
            state="dispatched",
            dispatched_at=order.dispatched_at or at,
            lead_department_id=parent.lead_department_id,
            department_ids=parent.department_ids,
            due_at=parent.due_at,
        )
    return at, order

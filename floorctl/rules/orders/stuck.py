"""卡单: what on an order waits for our decision (contract 1.1): a return, an extension, a redo."""

from floorctl.models.orders import Extension, Order, Return
from floorctl.rules.orders.deadlines import unhandled

#: What an order may wait for, the most pressing first: an extension has to be decided before the limit.
STUCK = ("extension", "return", "redo")
#: Satisfaction up to which a redo is proposed.
UNSATISFIED = 2


def open_return(order: Order) -> Return | None:
    """Return the undecided return of an order; None if there is none, or the platform tells nothing of its returns."""
    newest = order.return_log[-1] if order.return_log and order.state == "returned" else None
    return newest if newest is not None and newest.upheld is None else None


def open_extension(order: Order) -> Extension | None:
    """Return the undecided extension of an order that is still to be handled; None if there is none."""
    asked = order.extension
    return asked if asked is not None and asked.granted is None and unhandled(order) else None


def redo_proposed(order: Order) -> bool:
    """Return whether the citizen was not satisfied with an order that is handled or closed."""
    return order.state in ("handled", "closed") and order.satisfaction is not None and order.satisfaction <= UNSATISFIED


def stuck(order: Order) -> str:
    """Return what the order waits for: one of ``STUCK``, empty if nothing."""
    if open_extension(order) is not None:
        return "extension"
    if open_return(order) is not None:
        return "return"
    return "redo" if redo_proposed(order) else ""

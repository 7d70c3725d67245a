"""并单: an order's likely repetitions, the caller's orders, its repetitions, and linking what is about one matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError, RefusedError
from floorctl.models.base import Held
from floorctl.models.orders import Order
from floorctl.rules.orders.callers import SAME_CALLER_WITHIN, around, caller_key
from floorctl.rules.orders.repetitions import parent_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.floor.desk import Desk
    from floorctl.floor.likely import Likely
    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OrderView, OutboxItem

#: How far apart two orders of one caller may be received to be listed beside each other.
CALLERS_DAYS = SAME_CALLER_WITHIN
#: The most orders of one caller that are listed.
_MOST_OF_CALLER = 50


class Repetitions:
    """Reads what belongs to an order, and links orders. Reads the disk; the acts raise what ``Desk`` raises."""

    def __init__(self, orders: Orders, read_model: ReadModel, desk: Desk) -> None:
        self._orders = orders
        self._read_model = read_model
        self._desk = desk

    def of_caller(self, order_id: str) -> list[OrderView]:
        """The other orders of the same caller, received within 90 days of this one, newest first.

        Confidential orders have and are no such others: it would tell who their caller is.
        """
        held = self._read_model.get(Order, order_id)
        return [] if held is None else self._orders.views(self._of_caller(held), self._orders.now())

    def likely(self, order_id: str, *, limit: int = 10) -> list[Likely]:
        """The orders that are likely about the same matter as this one and not linked to it, the likeliest first.

        Compared are the orders of the same caller within 90 days, and those that share rare words with it. Of orders
        that are not in the search index yet only the caller's are found.
        """
        from floorctl.floor.likely import likely_repetitions  # its words take milliseconds, which most commands save

        return likely_repetitions(self._read_model, self._orders, order_id, limit)

    def children(self, order_id: str) -> list[OrderView]:
        """The orders that repeat this one, oldest first."""
        return self._orders.views(self._read_model.repetitions(order_id), self._orders.now())

    def _of_caller(self, held: Held[Order]) -> list[Held[Order]]:
        caller = None if held.value.confidential else caller_key(held.value)
        if caller is None:
            return []
        found = self._read_model.orders_of_caller(caller, *around(held.value.received_at), _MOST_OF_CALLER + 1)
        return [each for each in found if each.id != held.id and not each.value.confidential][:_MOST_OF_CALLER]

    # -- acts

    def parent(self, order_ids: Sequence[str]) -> OrderView:
        """The order that the others would be linked to by ``gather``.

        Raises:
            NotFoundError: none of them is held here.

        """
        leading = self._leading(order_ids)
        found = leading[parent_of({each: held.value for each, held in leading.items()})]
        return self._orders.views([found], self._orders.now())[0]

    def gather(self, order_ids: Sequence[str]) -> list[OutboxItem]:
        """并单: link these orders to the earliest of them, as one act.

        Of a repetition the order that it repeats takes part; what is linked takes its own repetitions along.

        Raises:
            RefusedError: ``error.already_linked``: they are linked already.

        """
        self._desk.require("order.link")
        with self._desk.acting, self._desk.as_one():
            leading = self._leading(order_ids)
            parent_id = parent_of({each: held.value for each, held in leading.items()})
            made = [item for each in leading if each != parent_id for item in self._link(each, parent_id)]
        if not made:
            raise RefusedError("error.already_linked", number=leading[parent_id].value.number)
        return made

    def link(self, order: str, parent: str) -> list[OutboxItem]:
        """并单: link one order to ``parent``, or to the order that this repeats itself; its repetitions come along.

        Raises:
            RefusedError: ``error.already_linked``: it is linked to that already, or is what ``parent`` repeats.

        """
        self._desk.require("order.link")
        with self._desk.acting, self._desk.as_one():
            order_id, parent_id = self._orders.id_of(order), self._orders.leading_id(parent)
            held = self._held(order_id)
            if held.value.parent_id == parent_id or (order_id == parent_id != self._orders.id_of(parent)):
                raise RefusedError("error.already_linked", number=self._held(parent_id).value.number)
            return self._link(order_id, parent_id)

    def unlink(self, order: str) -> OutboxItem:
        """取消并单: the order stands for itself again.

        Raises:
            RefusedError: ``error.not_linked``: it is no repetition.

        """
        self._desk.require("order.unlink")
        with self._desk.acting:
            held = self._held(self._orders.id_of(order))
            if held.value.parent_id is None:
                raise RefusedError("error.not_linked", number=held.value.number)
            return self._desk.submit("order.unlink", held.id, {})

    def _link(self, order_id: str, parent_id: str) -> list[OutboxItem]:
        # Its repetitions first: at no time do they repeat an order that is a repetition itself.
        moved = [each.id for each in self._read_model.repetitions(order_id) if each.id != parent_id]
        return [self._desk.submit("order.link", each, {"parent_id": parent_id}) for each in (*moved, order_id)]

    def _leading(self, order_ids: Sequence[str]) -> dict[str, Held[Order]]:
        held = (self._read_model.leading(self._held(self._orders.id_of(each))) for each in order_ids)
        return {each.id: each for each in held}

    def _held(self, order_id: str) -> Held[Order]:
        held = self._read_model.get(Order, order_id)
        if held is None:
            raise NotFoundError("error.no_such_order", id=order_id)
        return held

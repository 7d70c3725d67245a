"""Decisions on orders that got stuck 卡单: returns, extensions, conferences and redos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError
from floorctl.floor.command_data import without_none
from floorctl.floor.views import Changed
from floorctl.models.orders import Department, Order
from floorctl.rules.assessment.month import Month

if TYPE_CHECKING:
    from floorctl.floor.assessment.assessment import Assessment
    from floorctl.floor.assessment.views import AccuracyCost
    from floorctl.floor.desk import Desk
    from floorctl.floor.events import Events
    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OutboxItem


class Decisions:
    """Decides what waits on an order, which is named by its number or id. The acts raise what ``Desk`` raises."""

    def __init__(
        self, read_model: ReadModel, orders: Orders, assessment: Assessment, desk: Desk, events: Events, zone: tzinfo
    ) -> None:
        self._read_model = read_model
        self._orders = orders
        self._assessment = assessment
        self._zone = zone
        self._desk = desk
        self._events = events

    def decide_return(self, order: str, *, upheld: bool, note: str | None = None) -> OutboxItem:
        """退单: uphold the newest return (it was the wrong department), or send the order back to the department."""
        self._desk.require("order.return")
        return self._desk.submit(
            "order.return", self._orders.id_of(order), {"upheld": upheld} | without_none(note=note)
        )

    def decide_extension(
        self, order: str, *, granted: bool, until: datetime | None = None, note: str | None = None
    ) -> OutboxItem:
        """延期: grant the extension, until ``until`` or else as it was asked for, or refuse it."""
        self._desk.require("order.extend")
        data = {"granted": granted} | without_none(until=until.isoformat() if until else None, note=note)
        return self._desk.submit("order.extend", self._orders.id_of(order), data)

    def confer(self, order: str, department_ids: Sequence[str], lead: str | None, minutes: str) -> OutboxItem:
        """会商: record what the departments agreed; ``lead``: None where they agreed on none.

        Raises:
            NotFoundError: one of the departments is not in the data.

        """
        self._desk.require("order.confer")
        known = self._read_model.all(Department)
        if missing := [each for each in department_ids if each not in known]:
            raise NotFoundError("error.no_such_department", id=missing[0])
        data = {"department_ids": list(department_ids), "minutes": minutes} | without_none(lead_department_id=lead)
        return self._desk.submit("order.confer", self._orders.id_of(order), data)

    def redo(
        self, order: str, reason: str, due_at: datetime | None = None, *, supervised: bool = False
    ) -> list[OutboxItem]:
        """重办: send a handled order back to its departments; ``due_at``: its new limit, None: as long as the first.

        ``supervised``: and urge it at the highest level 督办 at once.
        """
        self._desk.require("order.redo")
        order_id = self._orders.id_of(order)
        data = {"reason": reason} | without_none(due_at=due_at.isoformat() if due_at else None)
        with self._desk.as_one():
            made = [self._desk.submit("order.redo", order_id, data)]
            if supervised:
                made.append(self._desk.submit("order.urge", order_id, {"level": 3, "note": reason}))
        return made

    def leave(self, order: str) -> None:
        """Leave a handled order as it is: this terminal does not propose a redo for this answer of the citizen again.

        Raises:
            NotFoundError: the order is not in the cache.

        """
        self._desk.require("order.redo")
        held = self._read_model.get(Order, self._orders.id_of(order))
        if held is None:
            raise NotFoundError("error.no_such_order", id=order)
        self._read_model.leave(held, self._orders.now())
        self._events.tell(Changed({"order": frozenset({held.id})}))

    def cost_of_upholding(self, order_ids: Sequence[str]) -> list[AccuracyCost]:
        """Return what upholding these returns costs, by the month of the dispatch; empty if they are counted already.

        Months that have no score are left out.
        """
        held = self._read_model.many(Order, order_ids).values()
        months = Counter(
            Month.of(held_order.value.dispatched_at.astimezone(self._zone).date())
            for held_order in held
            if held_order.value.dispatched_at is not None and held_order.value.dispatch_correct is not False
        )
        costs = []
        for month, wrong in sorted(months.items()):
            with suppress(NotFoundError):
                costs.append(self._assessment.cost_of_wrong_dispatches(month, wrong))
        return costs

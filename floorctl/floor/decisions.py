"""Decisions on orders that got stuck 卡单: returns, extensions, conferences and redos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError
from floorctl.floor.command_data import without_none
from floorctl.models.orders import Department

if TYPE_CHECKING:
    from floorctl.floor.desk import Desk
    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OutboxItem


class Decisions:
    """Decides what waits on an order, which is named by its number or id. The acts raise what ``Desk`` raises."""

    def __init__(self, read_model: ReadModel, orders: Orders, desk: Desk) -> None:
        self._read_model = read_model
        self._orders = orders
        self._desk = desk

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

    def redo(self, order: str, reason: str, due_at: datetime | None = None) -> OutboxItem:
        """重办: send a handled order back to its departments; ``due_at``: its new limit, None: as long as the first."""
        self._desk.require("order.redo")
        data = {"reason": reason} | without_none(due_at=due_at.isoformat() if due_at else None)
        return self._desk.submit("order.redo", self._orders.id_of(order), data)

"""Redos that were proposed and that a person at this terminal left out: the platform has no command for that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.rules.commands.capability import SETTING as UNSUPPORTED
from floorctl.rules.orders.stuck import REDO_PROPOSED_FOR, redo_since, stuck

if TYPE_CHECKING:
    from floorctl.floor.ports import Settings
    from floorctl.models.orders import Order

#: Name of the setting: order id → since when the redo was proposed.
_SETTING = "left_redos"
#: A platform that does not know one of these knows none of them.
_SAME_CONTRACT = frozenset({"order.redo", "order.return", "order.extend", "order.confer"})


class LeftRedos:
    """Which proposals of a redo are not shown any more. Reads the disk. A later answer of the citizen is a new one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def can(self) -> bool:
        """Return whether the platform takes redos, as far as known; where it does not, none is proposed."""
        return _SAME_CONTRACT.isdisjoint(self._settings.setting(UNSUPPORTED, []))

    def ids(self) -> dict[str, str]:
        """Return the orders: id → since when the redo that was left out was proposed."""
        left: dict[str, str] = self._settings.setting(_SETTING, {})
        return left

    def holds(self, order_id: str, order: Order) -> bool:
        """Return whether the redo proposed on an order was left out, or is none that the platform takes."""
        return stuck(order) == "redo" and (not self.can() or is_left(order_id, order, self.ids()))

    def add(self, order_id: str, order: Order, now: datetime) -> None:
        """Leave out the redo that is proposed on an order; forget those that are not proposed any more anyway."""
        kept = {id_: at for id_, at in self.ids().items() if now - datetime.fromisoformat(at) <= REDO_PROPOSED_FOR}
        self._settings.set_setting(_SETTING, kept | {order_id: redo_since(order).isoformat()})


def is_left(order_id: str, order: Order, left: dict[str, str]) -> bool:
    """Return whether the redo proposed on an order was left out."""
    return order_id in left and stuck(order) == "redo" and left[order_id] == redo_since(order).isoformat()

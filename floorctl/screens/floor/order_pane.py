"""``LatestOrders``: the orders that are latest, beside the plan on wide terminals."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.text.durations import lasting
from floorctl.text.order_limits import UNCERTAIN
from floorctl.widgets import looks
from floorctl.widgets.order_list import limit_cell
from floorctl.widgets.painted import brief
from floorctl.widgets.rows import Column, Row
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView


class LatestOrders(PlainTable):
    """A table of orders: overdue first, then by due time."""

    def __init__(self, floor: "Floor") -> None:
        columns = (
            Column(t("floor.orders.number"), 14),
            Column(t("floor.orders.late"), 10, right=True),
            Column(t("floor.orders.title"), 16, grow=3, wish=30),
            Column(t("floor.orders.department"), 12, grow=2, rank=4, wish=20),
        )
        super().__init__(columns, self._page, empty=t("floor.orders.none"))
        self._floor = floor
        self._views: dict[str, OrderView] = {}

    def view(self, order_id: str | None) -> "OrderView | None":
        """Return the order of a loaded row, else None."""
        return self._views.get(order_id or "")

    async def _page(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        page = await asyncio.to_thread(self._floor.orders.page, sort="latest", offset=offset, limit=limit)
        self._views = (self._views if offset else {}) | {view.id: view for view in page.items}
        return [self._as_row(view) for view in page.items], page.total

    def _as_row(self, view: "OrderView") -> Row:
        late = ("", looks.TEXT)
        mark = UNCERTAIN if view.due.uncertain else ""
        if view.overdue:
            late = (f"‼{mark or ' '}{lasting(view.overdue_seconds)}", looks.RED)
        elif view.order.parent_id is not None:
            late = limit_cell(view, self._floor.now())
        elif view.due_at is not None:
            left = (view.due_at - self._floor.now()).total_seconds()
            late = (mark + lasting(left), looks.AMBER if view.due_soon else looks.QUIET)
        title, number = brief(view.order.title), brief(view.order.number)
        return Row(view.id, (number, late, title, brief(view.department_name)))

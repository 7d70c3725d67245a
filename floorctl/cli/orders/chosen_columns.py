"""The table of ``orders --view`` with the columns that the view has in the cockpit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.cli.orders.stuck import stuck_row
from floorctl.cli.output import Cell, Column
from floorctl.cli.rows import title_of
from floorctl.cli.words import moment
from floorctl.i18n import t, term
from floorctl.models.own_view import ORDER_COLUMNS
from floorctl.rules.orders.deadlines import unhandled
from floorctl.text.durations import lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from floorctl.cli.documents import Shapes
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView

_RIGHT = ("limit", "due", "age", "received")


def table_of(chosen: Sequence[str]) -> tuple[list[Column], Callable[[Floor, Shapes, OrderView], list[str | Cell]]]:
    """Return the columns, and the function that makes a row; the number is always the first or where it was put."""
    names = [*chosen] if "number" in chosen else ["number", *chosen]
    columns = [
        Column(
            t(f"orders.column.{name}"),
            align="right" if name in _RIGHT else "left",
            keep=name != "title",
            names=name == "number",
        )
        for name in names
    ]

    def row(floor: Floor, shapes: Shapes, view: OrderView) -> list[str | Cell]:
        cells = _cells(floor, shapes, view)
        return [cells[name] for name in names]

    return columns, row


def _cells(floor: Floor, shapes: Shapes, view: OrderView) -> dict[str, str | Cell]:
    order, now, leading = shapes.seen(view), floor.now(), view.leading
    style = "bold red" if view.overdue else "yellow" if view.due_soon else ""
    left = 0.0 if leading.due_at is None else (leading.due_at - now).total_seconds()
    limit = f"▲ {lasting(leading.overdue_seconds)}" if leading.overdue else lasting(left)
    ended = leading.due_at is None or not unhandled(leading.order) or leading.order.parent_id is not None
    _, waits_for, left_to_decide, asked, asked_by, why, *_ = stuck_row(floor, shapes, view)
    cells: tuple[str | Cell, ...] = (
        "" if ended else Cell(limit, style),
        "" if view.dispatch_state == "none" else term("dispatch_state", view.dispatch_state),
        "" if ended else Cell(moment(leading.due_at, now), style),
        order.number,
        "" if order.urgency == "normal" else term("urgency", order.urgency),
        title_of(view, order),
        term("order_state", leading.order.state),
        term("urge_level", str(leading.urge_level)) if leading.urge_level else "",
        leading.department_name,
        t("orders.days", n=max(0, ((order.handled_at or now) - order.received_at).days)),
        term("order_type", order.type),
        order.line,
        moment(order.received_at, now),
        left_to_decide,
        waits_for,
        asked_by,
        why,
        asked,
    )
    return dict(zip(ORDER_COLUMNS, cells, strict=True))

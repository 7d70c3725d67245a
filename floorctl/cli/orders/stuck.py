"""``orders --stuck``: columns and rows of orders that wait for a decision, and the words for what one waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.cli.output import Cell, Column
from floorctl.cli.rows import columns, time_left, titled
from floorctl.cli.words import moment
from floorctl.i18n import t, term
from floorctl.rules.orders.stuck import reason
from floorctl.text.durations import clock_words

if TYPE_CHECKING:
    from datetime import datetime

    from floorctl.cli.documents import Shapes
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView

_STYLES = {"late": "bold red", "due_soon": "yellow"}


def stuck_columns() -> list[Column]:
    """The columns of ``orders --stuck``."""
    return columns(
        ("number", "keep"),
        ("waits_for", "keep"),
        ("decide_left", "right keep"),
        ("asked", "right keep 1"),
        ("asked_by", "1"),
        ("why", ""),
        ("proposed", "keep 3"),
        ("title", "2"),
        ("pending", "keep 4"),
    )


def stuck_row(floor: Floor, shapes: Shapes, view: OrderView) -> list[str | Cell]:
    """The row of one order that waits for a decision."""
    order, now, stuck = shapes.seen(view), floor.now(), view.stuck
    if stuck is None:  # decided meanwhile
        return [order.number, *[""] * 6, order.title, ""]
    style = _STYLES.get(stuck.lamp, "")
    citizen = t("stuck.citizen", satisfaction=term("satisfaction", str(order.satisfaction)))
    return [
        order.number,
        Cell(term("stuck", stuck.kind), style),
        Cell("" if stuck.due_at is None else time_left(stuck.due_at, now), style),
        moment(stuck.since, now),
        view.stuck_by or citizen,
        reason(order),
        term("proposal", stuck.proposed) if stuck.proposed else "",
        titled(order),
        t("cli.pending_mark") if view.pending else "",
    ]


def stuck_words(view: OrderView, now: datetime) -> str:
    """What an order waits for, from whom, and the time left for it; empty for nothing."""
    stuck = view.stuck
    if stuck is None:
        return ""
    words = [term("stuck", stuck.kind), view.stuck_by, clock_words(stuck.due_at, now)]
    if stuck.until is not None:
        words.append(t("stuck.asked_until", time=moment(stuck.until, now)))
    if stuck.proposed:
        words.append(t("stuck.proposed", what=term("proposal", stuck.proposed)))
    return "  ".join(word for word in words if word)

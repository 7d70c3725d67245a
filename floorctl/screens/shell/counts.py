"""The counts in the bottom line: orders, and the day's samples."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.segment import Segment

from floorctl.i18n import t
from floorctl.rules.orders.deadlines import dispatch_lamp
from floorctl.text.durations import next_dispatch_words
from floorctl.widgets import looks

if TYPE_CHECKING:
    from floorctl.models.order_filter import OrderCounts

#: State of the dispatch clock that runs out first → its colour.
_CLOCK_STYLES = {"waiting": looks.TEXT, "due_soon": looks.AMBER, "late": looks.RED}


def day_counts(counts: tuple[int, int] | None) -> list[Segment]:
    """Return ``质检 今日 18/42`` for (planned, scored); empty where nothing is planned or known."""
    planned, scored = counts or (0, 0)
    if not planned:
        return []
    done = looks.GREEN if scored >= planned else looks.STRONG
    return [Segment(t("quality.counts.name") + " ", looks.QUIET), Segment(f"{scored}/{planned}  ", done)]


def order_counts(counts: "OrderCounts | None", now: datetime) -> list[Segment]:
    """Return ``工单 超时 12 将超时 5 …`` as of ``now``; only the name while nothing has been counted."""
    line = [Segment(t("ui.counts.orders") + "  ", looks.QUIET)]
    if counts is None:
        return line

    def count(key: str, number: int, style: Any) -> None:
        line.append(Segment(t(key) + " ", looks.QUIET))
        line.append(Segment(f"{number}  ", style if number else looks.TEXT))

    count("ui.counts.overdue", counts.overdue, looks.RED)
    count("ui.counts.due_soon", counts.due_soon, looks.AMBER)
    count("ui.counts.to_dispatch", counts.to_dispatch, looks.STRONG)
    if counts.earliest_dispatch_due_at is not None:
        until = counts.earliest_dispatch_due_at - now
        style, left = _CLOCK_STYLES[dispatch_lamp(until)], until.total_seconds()
        line[-1] = Segment(f"{counts.to_dispatch} ", looks.STRONG)
        line.append(Segment(next_dispatch_words(left) + "  ", style))
    count("ui.counts.to_call_back", counts.to_call_back, looks.STRONG)
    if counts.stuck:
        count("ui.counts.stuck", counts.stuck, looks.STRONG)
    return line

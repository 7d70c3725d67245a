"""What an order waits for 卡单, and what was decided on it: cells of the list and lines of the detail."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from rich.style import Style

from floorctl.i18n import t, term
from floorctl.rules.orders.decided import BY_DEPARTMENT, events
from floorctl.rules.orders.stuck import WAITS_FOR, reason
from floorctl.text.durations import WIDEST, lasting
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import labelled, paragraph
from floorctl.widgets.rows import Cell, Column, widest

if TYPE_CHECKING:
    from floorctl.floor.views import OrderView
    from floorctl.models.orders import Order

#: The columns of a list of orders that wait for a decision.
BY_STUCK = (
    "clock", "waits_for", "number", "urgency", "title", "asked_by", "why", "asked", "state", "department",
)  # fmt: skip
#: Those of them that other lists do not have.
COLUMNS = ("clock", "waits_for", "asked_by", "why", "asked")
_LAMPS = {
    "none": ("○", looks.QUIET), "waiting": ("○", looks.GREEN), "due_soon": ("◐", looks.AMBER), "late": ("‼", looks.RED),
}  # fmt: skip


def columns() -> dict[str, Column]:
    """Return name → column of ``COLUMNS``, without titles."""
    return {
        "clock": Column("", 2 + widest(map(lasting, WIDEST))),
        "waits_for": Column("", widest(term("stuck", each) for each in WAITS_FOR)),
        "asked_by": Column("", 12, grow=2, rank=1, wish=18, most=30),
        "why": Column("", 14, grow=3, rank=2, wish=30, most=60),
        "asked": Column("", 11, rank=3),
    }


def stuck_cell(name: str, view: "OrderView", now: datetime) -> Cell:
    """Return a cell of ``COLUMNS``; all are empty for an order that waits for nothing."""
    stuck = view.stuck
    if stuck is None:
        return ""
    match name:
        case "clock":
            return clock_cell(view, now)
        case "waits_for":
            return visible(term("stuck", stuck.kind)), looks.STRONG
        case "asked_by":
            return visible(asked_by(view)), looks.TEXT
        case "why":
            return visible(reason(view.order)), looks.TEXT
        case _:
            return when(stuck.since, now), looks.QUIET


def clock_cell(view: "OrderView", now: datetime) -> tuple[str, Style]:
    """Return the lamp and the time left to decide, or past that; only the lamp where there is no clock."""
    stuck = view.stuck
    if stuck is None:
        return "", looks.FAINT
    glyph, style = _LAMPS.get(stuck.lamp, _LAMPS["none"])
    left = "" if stuck.due_at is None else lasting(abs((stuck.due_at - now).total_seconds()))
    return f"{glyph} {left}".rstrip(), style


def asked_by(view: "OrderView") -> str:
    """Return who asks for the decision: a department, or the citizen with the answer to the call-back."""
    return view.stuck_by or t("stuck.citizen", satisfaction=term("satisfaction", str(view.order.satisfaction)))


def waiting_lines(view: "OrderView", order: "Order", now: datetime, width: int) -> list[Line]:
    """Return the lines of what the order waits for: from whom, the clock, what is proposed, and why; else none."""
    stuck = view.stuck
    if stuck is None:
        return []
    clock, style = clock_cell(view, now)
    line: Line = [
        seg(visible(term("stuck", stuck.kind)) + " ", looks.AMBER),
        seg(visible(asked_by(view)) + "  ", looks.TEXT),
    ]
    if stuck.due_at is not None:
        line += [seg(t("stuck.decide_by") + " ", looks.QUIET), seg(clock + "  ", style)]
    if stuck.until is not None:
        line.append(seg(t("stuck.asked_until", time=when(stuck.until, now)) + "  ", looks.TEXT))
    lines = [line]
    if stuck.proposed:
        lines.append([seg(t("stuck.proposed", what=term("proposal", stuck.proposed)), looks.SKY)])
    why = reason(order)
    return lines + (paragraph(why, width, looks.TEXT) if why else [])


def conference_lines(order: "Order", department: Callable[[str | None], str], width: int) -> list[Line]:
    """Return the lines of the latest conference: its departments, its lead and the minutes; none without one."""
    if not order.conferences:
        return []
    latest = order.conferences[-1]
    words = "、".join(department(each) for each in latest.department_ids)
    lines = labelled(t("stuck.conferences"), words, width)
    if latest.lead_department_id is not None:
        lead = t("stuck.conference_lead", lead=visible(department(latest.lead_department_id)))
        lines += paragraph(lead, width, looks.SKY)
    return lines + paragraph(latest.minutes, width)


def stuck_events(
    order: "Order", now: datetime, department: Callable[[str | None], str], person: Callable[[str | None], str]
) -> Iterator[tuple[datetime, str, Style, str | None]]:
    """Yield what was asked and decided: time, words, colour and note."""
    for event in events(order):
        name = visible((department if event.what in BY_DEPARTMENT else person)(event.by))
        until = "" if event.until is None else when(event.until, now)
        words = t(f"orders.event.{event.what}", name=name, until=until)
        yield event.at, words, looks.AMBER if event.what in BY_DEPARTMENT else looks.TEXT, event.note or None

"""Columns and rows of the tables that lists print: two functions for each list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from floorctl.cli.output import Cell, Column
from floorctl.cli.words import moment
from floorctl.i18n import t, term
from floorctl.rules.alerts.escalation import Lamp, lamp
from floorctl.rules.floor.metrics import is_below_target
from floorctl.rules.orders.deadlines import dispatch_clock_runs
from floorctl.text.durations import lasting, mean_time, running, time_left_words
from floorctl.text.numbers import NOTHING, count_text, percent
from floorctl.text.order_limits import UNCERTAIN

if TYPE_CHECKING:
    from datetime import datetime

    from floorctl.cli.documents import Shapes
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView, CommandView, OrderView, QueueView, SeatView
    from floorctl.models.orders import Order

_SEVERITY_STYLE = {"critical": "bold red", "warning": "yellow"}
_LIMIT_STYLE = {"alert": "bold red", "warning": "yellow"}
_DISPATCH_STYLE = {"late": "bold red", "due_soon": "yellow"}
#: State of a step's clock → the style of the time left, in the cockpit's colours.
_STEP_STYLE: dict[Lamp, str] = {"due": "", "due_soon": "yellow", "late": "bold red"}
#: Columns of numbers that identify things.
_NAMES = ("id", "number", "seat")
_OUTBOX_STYLE = {"refused": "bold red", "conflict": "bold red", "waiting": "yellow"}


def columns(*wanted: tuple[str, str]) -> list[Column]:
    """Columns from (name, options): ``("time", "right keep 2")`` is headed by ``cli.column.time`` and has rank 2."""
    return [
        Column(
            t(f"cli.column.{name}"),
            align="right" if "right" in how else "left",
            keep="keep" in how,
            fold="fold" in how,
            rank=next((int(word) for word in how.split() if word.isdigit()), 0),
            names=name in _NAMES,
        )
        for name, how in wanted
    ]


def seat_columns() -> list[Column]:
    """The columns of ``seats``."""
    return columns(
        ("zone", "keep"),
        ("seat", "keep"),
        ("state", "keep"),
        ("time", "right keep"),
        ("person", "keep 1"),
        ("queues", "keep 2"),
        ("caller", "keep 2"),
        ("pending", "keep 3"),
    )


def seat_row(floor: Floor, shapes: Shapes, view: SeatView) -> list[str | Cell]:
    """The row of one seat."""
    seat = shapes.seen(view)
    style = _LIMIT_STYLE.get(view.limit, "")
    caller = (seat.call.caller or "") if seat.call else ""
    return [
        seat.zone,
        seat.number,
        Cell(f"{term('seat_glyph', seat.state)} {term('seat_state', seat.state)}", style),
        Cell(view.lasts() + (" ▲" if style else ""), style),
        view.person_name,
        ("⇄ " if view.moved else "") + t("cli.list_comma").join(floor.names.of("queue", each) for each in seat.skills),
        caller,
        _mark(view.pending),
    ]


def queue_columns() -> list[Column]:
    """The columns of ``queues``."""
    return columns(
        ("queue", "keep"),
        ("line", "keep 5"),
        ("waiting", "right keep"),
        ("longest", "right keep"),
        ("target", "right keep"),
        ("answered", "right keep"),
        ("abandoned", "right keep 2"),
        ("asa", "right keep 4"),
        ("aht", "right keep 3"),
        ("offered", "right keep 1"),
    )


def queue_row(_floor: Floor, shapes: Shapes, view: QueueView) -> list[str | Cell]:
    """The row of one queue."""
    queue = shapes.seen(view)
    low = is_below_target(view.service_level, queue.target_level)
    return [
        queue.name,
        queue.line,
        str(queue.waiting),
        view.marked("longest_wait_seconds", _running(view.longest_wait_seconds)),
        Cell(
            view.marked("service_level", percent(view.service_level)) + (" ▼" if low else ""), "yellow" if low else ""
        ),
        view.marked("answer_rate", percent(view.answer_rate)),
        view.marked("abandon_rate", percent(view.abandon_rate)),
        view.marked("asa_seconds", mean_time(view.asa_seconds)),
        view.marked("aht_seconds", mean_time(view.aht_seconds)),
        count_text(queue.offered),
    ]


def titled(order: Order) -> str:
    """An order's title, after a mark where it is confidential."""
    return f"[{t('orders.confidential')}] {order.title}" if order.confidential else order.title


def order_columns() -> list[Column]:
    """The columns of ``orders``."""
    return columns(
        ("number", "keep"),
        ("line", "keep 5"),
        ("urgency", "keep 1"),
        ("state", "keep"),
        ("due", "right keep"),
        ("late", "right keep"),
        ("dispatch", "keep 4"),
        ("urged", "keep 3"),
        ("department", "2"),
        ("title", ""),
        ("pending", "keep 4"),
    )


def dispatch_columns() -> list[Column]:
    """The columns of ``orders`` where it lists orders by their dispatch clock."""
    return columns(
        ("number", "keep"),
        ("dispatch_left", "right keep"),
        ("dispatch_due", "right keep"),
        ("urgency", "keep 1"),
        ("state", "keep"),
        ("line", "keep 5"),
        ("due", "right keep 4"),
        ("title", ""),
        ("pending", "keep 4"),
    )


def time_left(due: datetime, now: datetime) -> str:
    """The time left until ``due``; after ▲, as for everything late, the time since."""
    left = (due - now).total_seconds()
    return lasting(left) if left >= 0 else f"▲ {lasting(-left)}"


def dispatch_row(floor: Floor, shapes: Shapes, view: OrderView) -> list[str | Cell]:
    """The row of one order with its dispatch clock."""
    order, now = shapes.seen(view), floor.now()
    due = view.dispatch_due_at if dispatch_clock_runs(order) else None
    style = _DISPATCH_STYLE.get(view.dispatch_state, "")
    special = "" if order.urgency == "normal" else "yellow" if order.urgency == "special" else "bold red"
    return [
        order.number,
        Cell(time_left(due, now) if due is not None else NOTHING, style),
        Cell(moment(due, now), style),
        Cell(term("urgency", order.urgency), special),
        term("order_state", view.leading.order.state),
        order.line,
        _due(view.leading, now),
        title_of(view, order),
        _mark(view.pending),
    ]


def title_of(view: OrderView, order: Order) -> str:
    """The title; of a repetition, behind the number of its main order, whose state and limit the row has."""
    title = titled(order)
    return title if view.parent is None else f"↳ {view.parent.order.number}  {title}"


def _due(view: OrderView, now: datetime) -> str:
    """The department's limit, with a mark where the holidays of its year are not known."""
    return (UNCERTAIN if view.due.uncertain else "") + moment(view.due_at, now)


def order_row(floor: Floor, shapes: Shapes, view: OrderView) -> list[str | Cell]:
    """The row of one order."""
    order = shapes.seen(view)
    style = "bold red" if view.overdue else "yellow" if view.due_soon else ""
    special = "" if order.urgency == "normal" else "yellow" if order.urgency == "special" else "bold red"
    dispatch = "" if view.dispatch_state == "none" else term("dispatch_state", view.dispatch_state)
    return [
        order.number,
        order.line,
        Cell(term("urgency", order.urgency), special),
        term("order_state", view.leading.order.state),
        Cell(_due(view.leading, floor.now()), style),
        Cell("▲ " + lasting(view.overdue_seconds) if view.overdue else "", style),
        Cell(dispatch, _DISPATCH_STYLE.get(view.dispatch_state, "")),
        term("urge_level", str(view.leading.urge_level)) if view.leading.urge_level else "",
        view.leading.department_name,
        title_of(view, order),
        _mark(view.pending),
    ]


def alert_columns() -> list[Column]:
    """The columns of ``alerts``."""
    return columns(
        ("id", "right keep"),
        ("severity", "keep"),
        ("raised", "right keep"),
        ("state", "keep 3"),
        ("title", ""),
        ("next_step", "keep 1"),
        ("due", "right keep 2"),
        ("left", "right keep 1"),
        ("pending", "keep 2"),
    )


def alert_row(numbers: Mapping[str, str], floor: Floor, shapes: Shapes, view: AlertView) -> list[str | Cell]:
    """The row of one alert; ``numbers``: id → the alert's short number."""
    alert = view.alert
    now, due = floor.now(), view.next_due_at
    style = _SEVERITY_STYLE.get(alert.severity, "")
    return [
        numbers.get(view.id, ""),
        Cell(term("severity", alert.severity), style),
        moment(alert.raised_at, now),
        term("alert_state", alert.state),
        view.words.seen(shapes.grant),
        term("step", view.next_step.kind) if view.next_step else "",
        moment(due, now) if due else "",
        Cell(time_left_words(due, now), _STEP_STYLE[lamp(due, now)]) if due else "",
        _mark(view.pending),
    ]


def outbox_columns() -> list[Column]:
    """The columns of ``outbox list``."""
    return columns(
        ("id", "right keep"),
        ("made", "right keep"),
        ("state", "keep"),
        ("command", "keep 1"),
        ("target_of", "fold 2"),
        ("person", "keep 4"),
        ("attempts", "right keep 5"),
        ("problem", "3"),
    )


def outbox_row(floor: Floor, shapes: Shapes, item: CommandView) -> list[str | Cell]:
    """The row of one command."""
    problem = shapes.seen(item).problem
    return [
        str(item.seq),
        moment(item.made_at, floor.now()),
        Cell(term("outbox_state", item.state), _OUTBOX_STYLE.get(item.state, "")),
        term("command", item.kind),
        floor.names.target(item),
        floor.names.who_did(item.made_by, automatic=item.automatic),
        str(item.attempts),
        problem.title if problem else "",
    ]


def _running(seconds: float | None) -> str:
    return NOTHING if seconds is None else running(seconds)


def _mark(pending: tuple[str, ...]) -> str:
    return t("cli.pending_mark") if pending else ""

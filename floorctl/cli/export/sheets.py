"""The columns of an export: titles, widths and the functions for their cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from floorctl.i18n import t, term
from floorctl.rules.orders.departments import MEASURES, rate
from floorctl.text.numbers import half_up, percent, whole

if TYPE_CHECKING:
    from fractions import Fraction

    from floorctl.cli.documents import Shapes
    from floorctl.floor.departments import DepartmentView
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView, CommandView, OrderView, QueueView, SeatView
    from floorctl.sync.audit_chain import Entry

#: The format of a cell: text, wrapped text, a time, a whole number, a number with one decimal.
Kind = Literal["text", "wrapped", "time", "whole", "tenths"]
Value = str | int | float | datetime | None


@dataclass(frozen=True)
class Field:
    """One column. ``width`` is in characters of a spreadsheet's column."""

    name: str
    kind: Kind
    width: int
    value: Callable[[Floor, Shapes, Any], Value]

    @property
    def title(self) -> str:
        """The column's head in the current language."""
        return t(f"export.column.{self.name}")


def _text(name: str, field: str, width: int, kind: Kind = "text") -> Field:
    """The column for a text of an order."""
    return Field(name, kind, width, lambda _f, shapes, view: getattr(shapes.seen(view), field) or "")


def _citizen(name: str, width: int) -> Field:
    def value(_floor: Floor, shapes: Shapes, view: OrderView) -> str:
        citizen = shapes.seen(view).citizen
        return (getattr(citizen, name) or "") if citizen else ""

    return Field(name, "text", width, value)


def _time(name: str) -> Field:
    return Field(name.removesuffix("_at"), "time", 17, lambda _f, _s, view: getattr(view.order, name))


def _dispatch(_floor: Floor, _shapes: Shapes, view: OrderView) -> str:
    return "" if view.dispatch_state == "none" else term("dispatch_state", view.dispatch_state)


def _category(floor: Floor, _shapes: Shapes, view: OrderView) -> str:
    return " / ".join(floor.names.category_path(view.order.category_id))


def _others(floor: Floor, _shapes: Shapes, view: OrderView) -> str:
    others = (each for each in view.order.department_ids if each != view.order.lead_department_id)
    return t("cli.list_comma").join(floor.names.department(each) for each in others)


def _callback(_floor: Floor, _shapes: Shapes, view: OrderView) -> str:
    outcome = view.order.callback_outcome
    return term("callback_outcome", outcome) if outcome else ""


_ORDERS = (
    _text("number", "number", 16),
    Field("line", "text", 8, lambda _f, _s, view: view.order.line),
    Field("urgency", "text", 10, lambda _f, _s, view: term("urgency", view.order.urgency)),
    Field("state", "text", 10, lambda _f, _s, view: term("order_state", view.order.state)),
    Field("type", "text", 8, lambda _f, _s, view: term("order_type", view.order.type)),
    _text("title", "title", 40, "wrapped"),
    Field("department", "text", 24, lambda _f, _s, view: view.department_name),
    Field("due", "time", 17, lambda _f, _s, view: view.due_at),
    Field("overdue_hours", "tenths", 12, lambda _f, _s, view: view.overdue_seconds / 3600 if view.overdue else None),
    Field("dispatch_due", "time", 17, lambda _f, _s, view: view.dispatch_due_at),
    Field("dispatch", "text", 12, _dispatch),
    Field("urged", "text", 10, lambda _f, _s, v: term("urge_level", str(v.urge_level)) if v.urge_level else ""),
    _time("received_at"),
    _time("reviewed_at"),
    _time("dispatched_at"),
    _time("accepted_at"),
    _time("handled_at"),
    _time("closed_at"),
    Field("category", "text", 24, _category),
    Field("others", "text", 24, _others),
    _text("region", "region", 12),
    Field("agent", "text", 10, lambda _f, _s, view: view.agent_name),
    _citizen("name", 10),
    _citizen("phone", 14),
    _citizen("id_no", 20),
    _citizen("address", 30),
    Field("returns", "whole", 8, lambda _f, _s, view: view.order.returns),
    Field("callback", "text", 12, _callback),
    Field("callback_at", "time", 17, lambda _f, _s, view: view.order.callback_at),
    Field("satisfaction", "whole", 8, lambda _f, _s, view: view.order.satisfaction),
    _text("content", "content", 60, "wrapped"),
    _text("result", "result", 60, "wrapped"),
)


def _subject(floor: Floor, _shapes: Shapes, view: AlertView) -> str:
    ref = view.alert.subject
    return f"{term('kind', ref.kind)} {floor.names.of(ref.kind, ref.id)}"


_ALERTS = (
    Field("severity", "text", 8, lambda _f, _s, view: term("severity", view.alert.severity)),
    Field("kind", "text", 16, lambda _f, _s, view: term("alert_kind", view.alert.kind)),
    Field("title", "wrapped", 44, lambda _f, shapes, view: view.words.seen(shapes.grant)),
    Field("subject", "text", 26, _subject),
    Field("state", "text", 10, lambda _f, _s, view: term("alert_state", view.alert.state)),
    Field("raised", "time", 17, lambda _f, _s, view: view.alert.raised_at),
    Field("acknowledged", "time", 17, lambda _f, _s, view: view.alert.acknowledged_at),
    Field("acknowledged_by", "text", 12, lambda floor, _s, view: floor.names.person(view.alert.acknowledged_by)),
    Field("next_step", "text", 16, lambda _f, _s, view: term("step", view.next_step.kind) if view.next_step else ""),
    Field("step_due", "time", 17, lambda _f, _s, view: view.next_due_at),
    Field("detail", "wrapped", 60, lambda _f, shapes, view: shapes.seen(view).detail or ""),
)


def _skills(floor: Floor, _shapes: Shapes, view: SeatView) -> str:
    return t("cli.list_comma").join(floor.names.of("queue", each) for each in view.seat.skills)


def _caller(_floor: Floor, shapes: Shapes, view: SeatView) -> str:
    call = shapes.seen(view).call
    return (call.caller or "") if call else ""


_SEATS = (
    Field("zone", "text", 8, lambda _f, _s, view: view.seat.zone),
    Field("seat", "text", 8, lambda _f, _s, view: view.seat.number),
    Field("state", "text", 10, lambda _f, _s, view: term("seat_state", view.seat.state)),
    Field("since", "time", 17, lambda _f, _s, view: view.seat.since),
    Field("minutes", "tenths", 12, lambda _f, _s, view: None if view.ahead else view.seconds_in_state / 60),
    Field("person", "text", 12, lambda _f, _s, view: view.person_name),
    Field("team", "text", 10, lambda _f, _s, view: view.team),
    Field("queues", "text", 28, _skills),
    Field("caller", "text", 14, _caller),
)


def _share(name: str) -> Field:
    def value(_floor: Floor, _shapes: Shapes, view: QueueView) -> str:
        share: Fraction | None = getattr(view, name)
        return view.marked(name, percent(share))

    return Field(name, "text", 12, value)


def _longest(_floor: Floor, _shapes: Shapes, view: QueueView) -> int | None:
    return None if view.longest_wait_seconds is None else whole(view.longest_wait_seconds)


_QUEUES = (
    Field("queue", "text", 16, lambda _f, shapes, view: shapes.seen(view).name),
    Field("line", "text", 8, lambda _f, _s, view: view.queue.line),
    Field("waiting", "whole", 8, lambda _f, _s, view: view.queue.waiting),
    Field("longest", "whole", 12, _longest),
    Field("offered", "whole", 8, lambda _f, _s, view: view.queue.offered),
    Field("answered", "whole", 8, lambda _f, _s, view: view.queue.answered),
    Field("abandoned", "whole", 8, lambda _f, _s, view: view.queue.abandoned),
    _share("service_level"),
    _share("answer_rate"),
    _share("abandon_rate"),
    Field("asa", "tenths", 14, lambda _f, _s, view: view.asa_seconds),
    Field("aht", "tenths", 14, lambda _f, _s, view: view.aht_seconds),
)  # fmt: skip


def _measure(name: str) -> tuple[Field, Field]:
    """The columns of a measure of the departments: how many, and their share in percent."""

    def share(_floor: Floor, _shapes: Shapes, view: DepartmentView) -> float | None:
        value = rate(view.counts, name)
        return None if value is None else float(half_up(value * 100, 1))

    return (
        Field(name, "whole", 10, lambda _f, _s, view: getattr(view.counts, name)),
        Field(f"{name}_rate", "tenths", 12, share),
    )


_DEPARTMENTS = (
    Field("unit", "text", 28, lambda _f, _s, view: view.name),
    Field("orders_sent", "whole", 10, lambda _f, _s, view: view.counts.dispatched),
    *(field for measure in MEASURES for field in _measure(measure)),
)


def _target(floor: Floor, _shapes: Shapes, item: CommandView) -> str:
    return f"{term('kind', item.target.kind)} {floor.names.target(item)}"


def _problem(_floor: Floor, shapes: Shapes, item: CommandView) -> str:
    problem = shapes.seen(item).problem
    return problem.title if problem else ""


_OUTBOX = (
    Field("made", "time", 17, lambda _f, _s, item: item.made_at),
    Field("outbox_state", "text", 10, lambda _f, _s, item: term("outbox_state", item.state)),
    Field("command", "text", 18, lambda _f, _s, item: term("command", item.kind)),
    Field("target", "text", 26, _target),
    Field("person", "text", 12, lambda floor, _s, item: floor.names.who_did(item.made_by, automatic=item.automatic)),
    Field("attempts", "whole", 10, lambda _f, _s, item: item.attempts),
    Field("problem", "wrapped", 40, _problem),
    Field("id", "text", 38, lambda _f, _s, item: item.id),
)


def _about(floor: Floor, entry: Entry) -> tuple[str, str]:
    from floorctl.floor.audit_words import entry_words

    return entry_words(entry.what, entry.subject.kind, entry.subject.id, entry.detail, floor.names.of)


_AUDIT = (
    Field("entry", "whole", 8, lambda _f, _s, entry: entry.seq),
    Field("at", "time", 17, lambda _f, _s, entry: datetime.fromtimestamp(entry.at, UTC)),
    Field(
        "person",
        "text",
        12,
        lambda floor, _s, entry: floor.names.who_did(entry.who, automatic=bool(entry.detail.get("automatic"))),
    ),
    Field("act", "text", 14, lambda _f, _s, entry: term("audit", entry.what)),
    Field("target", "text", 26, lambda floor, _s, entry: _about(floor, entry)[0]),
    Field("said", "wrapped", 60, lambda floor, _s, entry: _about(floor, entry)[1]),
    Field("hash", "text", 66, lambda _f, _s, entry: entry.hash),
)

SHEETS: dict[str, tuple[Field, ...]] = {
    "departments": _DEPARTMENTS,
    "orders": _ORDERS, "alerts": _ALERTS, "seats": _SEATS, "queues": _QUEUES, "outbox": _OUTBOX, "audit": _AUDIT,
}  # fmt: skip

"""``order NUMBER``: one order and its history."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Reason, shapes_for
from floorctl.cli.orders.stuck import stuck_words
from floorctl.cli.rows import titled
from floorctl.errors import Exit
from floorctl.i18n import t, term
from floorctl.rules.orders.decided import BY_DEPARTMENT, events
from floorctl.text.durations import lasting
from floorctl.text.numbers import NOTHING
from floorctl.text.order_limits import basis_words, uncertain_words

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView
    from floorctl.models.orders import Order

#: Steps of the history that departments do; people do the others.
_BY_DEPARTMENT = BY_DEPARTMENT | {"accepted", "handled"}


def show(
    run: Invocation,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="cli.argument.number")],
    reason: Reason = "",
) -> Exit | None:
    """One order by its number or id."""
    with closing(run.floor()) as floor:
        view = floor.orders.get(number)
        shapes = shapes_for(run, floor, "order", view.id, reason=reason, confidential=view.record.confidential)
        if run.output.json:
            status = floor.status.connection()
            head = {"as_of": shapes.time(status.as_of), "live": status.mode == "live"}
            happened = [
                {"at": shapes.time(at), "what": what, "by": by, "note": note}
                for at, what, by, note in history(shapes.seen(view))
            ]
            repeats = {"repetitions": [each.id for each in floor.repetitions.children(view.id)]}
            run.output.document(head | shapes.order(view) | repeats | {"history": happened})
        else:
            for line in _lines(floor, shapes, view):
                run.output.answer(line)
        say_age(run.output, floor)
    return None


def history(order: Order) -> list[tuple[datetime, str, str, str]]:
    """The order's history, oldest first: (time, step, id of who did it, note)."""
    stages = [
        (order.received_at, "received", order.agent_id or "", ""),
        (order.reviewed_at, "reviewed", "", t("cli.list_comma").join(order.review_errors)),
        (order.dispatched_at, "dispatched", "", ""),
        (order.accepted_at, "accepted", order.lead_department_id or "", ""),
        (order.handled_at, "handled", order.lead_department_id or "", ""),
        (order.callback_at, "called_back", "", ""),
        (order.closed_at, "closed", "", ""),
    ]
    stages += [(event.at, event.what, event.by, event.note) for event in events(order)]
    stages += [(urge.at, f"urged_{urge.level}", urge.by, urge.note or "") for urge in order.urges]
    return sorted((at, what, by, note) for at, what, by, note in stages if at is not None)


def _lines(floor: Floor, shapes: Shapes, view: OrderView) -> list[str]:
    order, now = shapes.seen(view), floor.now()

    def full(at: datetime | None) -> str:
        return NOTHING if at is None else at.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M:%S")

    due = full(view.due_at)
    if view.overdue:
        due += "  " + t("cli.order.overdue_by", time=lasting(view.overdue_seconds))
    elif view.due_soon:
        due += "  " + t("cli.order.due_soon")
    basis = basis_words(view.due.basis, view.due.source)
    if view.due_at is not None and view.due.uncertain:
        basis += "  " + uncertain_words(view.due_at.astimezone(now.tzinfo))
    facts: list[tuple[str, str]] = [
        ("number", order.number),
        ("title", titled(order)),
        ("line", term("line", order.line)),
        ("type", term("order_type", order.type)),
        ("urgency", term("urgency", order.urgency)),
        ("channel", term("channel", order.channel)),
        ("state", term("order_state", order.state) + (f"  {t('cli.pending_mark')}" if view.pending else "")),
        ("main_order", "" if view.parent is None else
            f"{view.parent.order.number}  {term('order_state', view.parent.order.state)}  {full(view.parent.due_at)}"),
        ("repeats", t("cli.list_comma").join(each.order.number for each in floor.repetitions.children(view.id))),
        ("category", " / ".join(floor.names.category_path(order.category_id))),
        ("region", order.region or ""),
        ("department", view.department_name),
        ("others", t("cli.list_comma").join(
            floor.names.department(each) for each in order.department_ids if each != order.lead_department_id
        )),
        ("due", due),
        ("due_basis", basis),
        ("stuck", stuck_words(view, now)),
        ("dispatch_due", "" if view.dispatch_state == "none" else
            f"{full(view.dispatch_due_at)}  {term('dispatch_state', view.dispatch_state)}"),
        ("person", view.agent_name),
        ("citizen", _citizen(shapes, view)),
        ("returns", str(order.returns) if order.returns else ""),
        ("callback", term("callback_outcome", order.callback_outcome) if order.callback_outcome else
            t("cli.order.callback_wanted") if order.callback_required else ""),
        ("satisfaction", str(order.satisfaction) if order.satisfaction else ""),
        ("problem", order.problem or ""),
        ("content", order.content),
        ("result", order.result),
    ]  # fmt: skip
    labelled = [(t(f"cli.field.{name}"), value) for name, value in facts if value]
    from floorctl.cli.layout import labelled_lines

    lines = labelled_lines(labelled)
    lines += ["", t("cli.order.history")]
    for at, what, by, note in history(order):
        who = (floor.names.department if what in _BY_DEPARTMENT else floor.names.person)(by)
        words = [full(at), t(f"cli.history.{what}"), who, note]
        lines.append("  " + "  ".join(word for word in words if word))
    return lines


def _citizen(shapes: Shapes, view: OrderView) -> str:
    if shapes.seen(view).citizen is None:
        return ""
    known: dict[str, Any] = shapes.order(view)["citizen"]
    return "  ".join(str(known[name]) for name in ("name", "phone", "id_no", "address") if known.get(name))

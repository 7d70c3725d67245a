"""The detail of one order as lines: its limits, the request, the handling, and its history in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models.command import PARKED
from floorctl.models.masked import MASKED, Sight
from floorctl.rules.orders.deadlines import unhandled
from floorctl.rules.orders.decided import BY_DEPARTMENT, events
from floorctl.text.durations import lasting
from floorctl.text.order_limits import basis_words, uncertain_words
from floorctl.text.safe import visible
from floorctl.text.times import local_time, when
from floorctl.widgets import looks
from floorctl.widgets.order_list import dispatch_cell, limit_cell
from floorctl.widgets.order_related import Related, hint_lines, parent_lines, related_lines
from floorctl.widgets.painted import Line, seg, spread, width_of
from floorctl.widgets.pane import heading, labelled, paragraph
from floorctl.widgets.stuck import conference_lines, stuck_events, waiting_lines

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import CommandView, OrderView
    from floorctl.models.orders import Order


@dataclass(frozen=True)
class OrderDetail:
    """An order with the names shown beside it. ``acts``: this terminal's commands on it that are pending or parked."""

    view: "OrderView"
    category: tuple[str, ...]
    departments: tuple[str, ...]
    names: dict[str, str]
    acts: tuple["CommandView", ...]
    #: Names of the departments that asked for something or met about it.
    others: dict[str, str] = field(default_factory=dict)

    def department(self, department_id: str | None) -> str:
        """Return the department's name; the id if the name is not known."""
        return self.others.get(department_id or "", department_id or "")

    def name(self, person_id: str | None) -> str:
        """Return the person's name; the id if the name is not known."""
        return self.names.get(person_id or "", person_id or "")


def read_detail(floor: "Floor", order_id: str) -> OrderDetail | None:
    """Read one order with everything that its detail shows; None if it is gone. Reads the disk."""
    try:
        return detail_of(floor, floor.orders.get(order_id))
    except FloorctlError:
        return None


def detail_of(floor: "Floor", view: "OrderView") -> OrderDetail:
    """Read what the detail of an order shows beside the order itself. Reads the disk."""
    order = view.order
    acts = []
    for command_id in view.pending:
        try:
            acts.append(floor.outbox.item(command_id))
        except FloorctlError:  # applied meanwhile
            continue
    parked = [item for item in floor.outbox.items(PARKED) if item.target.id == view.id]
    decided = [*events(order)]
    departments = {event.by for event in decided if event.what in BY_DEPARTMENT}
    people = {event.by for event in decided} - departments
    departments |= {each for conference in order.conferences for each in conference.department_ids}
    people |= {urge.by for urge in order.urges} | {item.made_by for item in (*acts, *parked)}
    return OrderDetail(
        view=view,
        category=floor.names.category_path(order.category_id),
        departments=tuple(floor.names.department(each) for each in order.department_ids),
        names={each: floor.names.person(each) for each in people},
        acts=(*acts, *parked),
        others={each: floor.names.department(each) for each in departments},
    )


def order_lines(
    detail: OrderDetail, now: datetime, width: int, *, sight: Sight = MASKED, related: Related | None = None
) -> list[Line]:
    """Return the lines of the order in ``width`` cells; personal data is masked unless ``sight`` has a grant.

    ``related``: what belongs to it; None while that is read, and where it is not shown.
    """
    order = detail.view.record.seen(sight.grant)
    lines: list[Line] = [_head(order, sight, width)]
    lines += paragraph(order.title, width, looks.STRONG)
    lines += parent_lines(detail.view, width)
    if related is not None and detail.view.order.parent_id is None:
        lines += hint_lines(related, width)
    lines += _limits(detail.view.leading, now)
    lines += _limit_basis(detail.view.leading, now, width)
    lines += waiting_lines(detail.view, order, now, width)
    lines += _acts(detail, now, width)
    lines.append(heading(t("orders.section.request"), width))
    lines += _request(detail, order, width)
    if order.content:
        lines += paragraph(order.content, width)
    lines.append(heading(t("orders.section.handling"), width))
    lines += _handling(detail, order, width)
    lines += conference_lines(order, detail.department, width)
    if order.result:
        lines += labelled(t("orders.field.result"), order.result, width)
    if order.problem:
        lines += labelled(t("orders.field.problem"), order.problem, width, style=looks.RED)
    if related is not None:
        lines += related_lines(related, now, width)
    lines.append(heading(t("orders.section.history"), width))
    for at, words, style, note in sorted(_history(detail, order, now), key=lambda event: event[0]):
        lines.append([seg(f"{_stamp(at, now)}  ", looks.QUIET), seg(words, style)])
        if note:
            lines += paragraph(note, width, looks.QUIET, indent=" " * 13)
    return lines


def _head(order: "Order", sight: Sight, width: int) -> Line:
    line: Line = [seg(visible(order.number) + " ", looks.SKY)]
    if order.confidential:
        line += [seg(f" {t('orders.confidential')} ", looks.ALERT), seg(" ")]
    if order.urgency != "normal":
        style = looks.ALERT if order.urgency == "special_urgent" else looks.WARNING
        line += [seg(f" {visible(term('urgency', order.urgency))} ", style), seg(" ")]
    words = [visible(term("order_type", order.type)), visible(term("order_state", order.state)), visible(order.line)]
    # The remaining seconds of revealed personal data must stay visible, so other words are left out first.
    revealed = t("orders.revealed", seconds=int(sight.seconds))
    left: Line = [seg("  " + revealed, looks.WARNING)] if sight.grant is not None else []
    while len(words) > 1 and width_of([*line, *left]) + cell_len(" · ".join(words)) > width:
        words.pop()
    line.append(seg(" · ".join(words), looks.TEXT))
    return spread(line, left, width) if left else line


def _limits(view: "OrderView", now: datetime) -> list[Line]:
    line: Line = []
    lines = [line]
    text, style = limit_cell(view, now)
    if view.due_at is not None:
        due = when(view.due_at, now)
        line += [seg(t("orders.field.limit") + " ", looks.QUIET), seg(due + " ", looks.TEXT)]
        if view.overdue:
            line.append(seg("‼ " + t("orders.late_by", ago=lasting(view.overdue_seconds)), looks.RED))
        elif text:
            line.append(seg(("▲ " if view.due_soon else "") + t("orders.left", left=text[2:]), style))
    lamp, style = dispatch_cell(view.order, view.dispatch_state, now)
    if lamp:
        lines.append([seg(t("orders.field.dispatch") + " ", looks.QUIET), seg(lamp, style)])
    if view.urge_level and unhandled(view.order):
        line.append(seg("   " + term("urge_level", str(view.urge_level)), looks.LILAC))
    return lines


def _limit_basis(view: "OrderView", now: datetime, width: int) -> list[Line]:
    """Return what the limit rests on, and that it may change where the holidays of its year are not known."""
    if view.due_at is None:
        return []
    words = basis_words(view.due.basis, view.due.source)
    lines = labelled(t("orders.field.limit_basis"), words, width, style=looks.QUIET)
    if view.due.uncertain:
        lines += paragraph(uncertain_words(local_time(view.due_at, now)), width, looks.AMBER)
    return lines


def _acts(detail: OrderDetail, now: datetime, width: int) -> list[Line]:
    lines: list[Line] = []
    for item in detail.acts:
        parked = item.state in PARKED
        words = t(
            "orders.act_waits",
            act=term("command", item.kind),
            at=when(item.made_at, now),
            state=term("outbox_state", item.state),
        )
        lines += paragraph(("✗ " if parked else "↑ ") + words, width, looks.RED if parked else looks.SKY)
    return lines


def _request(detail: OrderDetail, order: "Order", width: int) -> list[Line]:
    citizen = order.citizen
    parts: list[tuple[str, str | None]] = []
    if citizen is not None:
        name = "  ".join(part for part in (citizen.name, citizen.phone) if part)
        parts += [
            ("orders.field.citizen", name),
            ("orders.field.id_no", citizen.id_no),
            ("orders.field.address", citizen.address),
        ]
    parts += [
        ("orders.field.category", " › ".join(detail.category)),
        ("orders.field.region", order.region),
        ("orders.field.channel", term("channel", order.channel)),
        ("orders.field.agent", detail.view.agent_name),
    ]
    return [line for key, text in parts if text for line in labelled(t(key), text, width)]


def _handling(detail: OrderDetail, order: "Order", width: int) -> list[Line]:
    others = [
        name
        for each, name in zip(order.department_ids, detail.departments, strict=False)
        if each != order.lead_department_id
    ]
    parts = [
        ("orders.field.lead", detail.view.department_name),
        ("orders.field.others", "、".join(others)),
        ("orders.field.returns", str(order.returns) if order.returns else ""),
        ("orders.field.review_errors", "；".join(order.review_errors)),
    ]
    if order.callback_outcome:
        outcome = term("callback_outcome", order.callback_outcome)
        if order.satisfaction:
            outcome += " · " + term("satisfaction", str(order.satisfaction))
        parts.append(("orders.field.callback", outcome))
    elif order.callback_required and order.state == "handled":
        parts.append(("orders.field.callback", t("orders.callback_waits")))
    lines = [line for key, text in parts if text for line in labelled(t(key), text, width)]
    return lines or [[seg(t("orders.nobody_yet"), looks.QUIET)]]


#: Time, description, colour, note (None: none).
_Event = tuple[datetime, str, Style, str | None]


def _history(detail: OrderDetail, order: "Order", now: datetime) -> Iterator[_Event]:
    yield from stuck_events(order, now, detail.department, detail.name)
    for key, at, style in (
        ("received", order.received_at, looks.TEXT),
        ("reviewed", order.reviewed_at, looks.TEXT),
        ("dispatched", order.dispatched_at, _dispatch_style(detail.view)),
        ("accepted", order.accepted_at, looks.TEXT),
        ("handled", order.handled_at, _handled_style(detail.view)),
        ("called_back", order.callback_at, looks.TEXT),
        ("closed", order.closed_at, looks.TEXT),
    ):
        if at is not None:
            late = style is looks.RED
            yield at, t(f"orders.event.{key}") + (f" · {t('orders.event.late')}" if late else ""), style, None
    for urge in order.urges:
        level = term("urge_level", str(urge.level))
        words = t("orders.event.urged", level=level, name=visible(detail.name(urge.by)))
        yield urge.at, words, looks.LILAC, urge.note


def _dispatch_style(view: "OrderView") -> Style:
    return looks.RED if view.order.dispatched_at is not None and view.dispatch_state == "late" else looks.TEXT


def _handled_style(view: "OrderView") -> Style:
    order = view.order
    late = order.handled_at is not None and view.due_at is not None and order.handled_at > view.due_at
    return looks.RED if late else looks.TEXT


def _stamp(at: datetime, now: datetime) -> str:
    return f"{local_time(at, now):%m-%d %H:%M}"


def copied(view: "OrderView", now: datetime, sight: Sight) -> str:
    """Return the line for the clipboard: number, title, department, limit; the citizen only while revealed.

    A confidential order is copied masked even then.
    """
    grant = None if view.record.confidential else sight.grant
    order = view.record.seen(grant)
    citizen = order.citizen if grant is not None else None
    parts = [
        order.number,
        order.title,
        view.department_name,
        t("orders.field.limit") + " " + when(view.due_at, now) if view.due_at else "",
        (citizen.name or "") if citizen else "",
        (citizen.phone or "") if citizen else "",
    ]
    return "  ".join(visible(part) for part in parts if part)

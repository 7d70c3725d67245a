"""``seats``, ``queues``, ``orders`` and ``alerts``: lists from the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.handles import alert_numbers
from floorctl.cli.invocation import Invocation, application, command
from floorctl.cli.listing import show
from floorctl.cli.words import at_least, chosen, one_of, span
from floorctl.errors import Exit, NotFoundError
from floorctl.i18n import t
from floorctl.models.alerts import SEVERITIES
from floorctl.models.floor import LINES, SEAT_STATES
from floorctl.models.order_filter import EVERY, ORDER_SORTS, OrderFilter
from floorctl.models.orders import ORDER_STATES, URGENCIES
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.cli.output import Output
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView, OrderPage, SeatView

app = application()

_SEAT_SORTS = ("number", "state", "time")
_ALERT_SORTS = ("urgency", "severity", "raised", "due")
_ALERT_STATES = ("open", "acknowledged", "closed")
_ROOM = 100

_Limit = Annotated[int, typer.Option("--limit", metavar="N", help="cli.option.limit")]
_Line = Annotated[list[str] | None, typer.Option("--line", metavar="LINE", help="cli.option.line")]


@command(app, "seats", reveal=True)
def seats(
    run: Invocation,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.seat_state")] = None,
    zone: Annotated[list[str] | None, typer.Option("--zone", metavar="ZONE", help="cli.option.zone")] = None,
    line: _Line = None,
    moved: Annotated[bool, typer.Option("--moved", help="cli.option.moved")] = False,
    sort: Annotated[str, typer.Option("--sort", metavar="ORDER", help="cli.option.seat_sort")] = "number",
    limit: _Limit = 0,
) -> Exit | None:
    """Every seat, its state and how long it has been in it."""
    order = one_of(sort, "sort", _SEAT_SORTS, "--sort")
    select = seats_chosen(state, zone, line, moved=moved)
    with closing(run.floor()) as floor:
        views = select(floor)
        if order == "time":
            views.sort(key=lambda view: -view.seconds_in_state)
        elif order == "state":
            rank = {each: at for at, each in enumerate(SEAT_STATES)}
            views.sort(key=lambda view: rank.get(view.seat.state, len(rank)))
        show(run, floor, views, limit, Shapes.seat, rows.seat_columns(), rows.seat_row)
    return None


@command(app, "queues")
def queues(run: Invocation, line: _Line = None, limit: _Limit = 0) -> Exit | None:
    """Every queue with its metrics since midnight."""
    lines = chosen(line, "line", LINES, "--line")
    with closing(run.floor()) as floor:
        views = [view for view in floor.queues.all() if not lines or view.queue.line in lines]
        show(run, floor, views, limit, Shapes.queue, rows.queue_columns(), rows.queue_row)
    return None


@command(app, "orders", reveal=True)
def orders(
    run: Invocation,
    overdue: Annotated[bool, typer.Option("--overdue", help="cli.option.order_overdue")] = False,
    due_within: Annotated[
        str | None, typer.Option("--due-within", metavar="TIME", help="cli.option.due_within")
    ] = None,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.order_state")] = None,
    line: _Line = None,
    department: Annotated[
        str | None, typer.Option("--department", metavar="NAME", help="cli.option.department")
    ] = None,
    urgency: Annotated[
        list[str] | None, typer.Option("--urgency", metavar="URGENCY", help="cli.option.urgency")
    ] = None,
    to_dispatch: Annotated[bool, typer.Option("--to-dispatch", help="cli.option.to_dispatch")] = False,
    to_call_back: Annotated[bool, typer.Option("--to-call-back", help="cli.option.to_call_back")] = False,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="cli.option.search")] = "",
    sort: Annotated[str | None, typer.Option("--sort", metavar="ORDER", help="cli.option.order_sort")] = None,
    limit: _Limit = _ROOM,
) -> Exit | None:
    """Orders, the latest first; those to dispatch by the dispatch clock."""
    at_least(limit, 0, "--limit")
    select = orders_chosen(
        overdue=overdue, due_within=due_within, state=state, line=line, department=department, urgency=urgency,
        to_dispatch=to_dispatch, to_call_back=to_call_back, search=search,
    )  # fmt: skip
    sorts = [*ORDER_SORTS, *(f"-{each}" for each in ORDER_SORTS)]
    order = one_of(sort or own_sort(to_dispatch=to_dispatch), "sort", sorts, "--sort")
    with closing(run.floor()) as floor:
        page = floor.orders.page(select(floor), sort=order, limit=limit or EVERY)
        by_dispatch = order.removeprefix("-") == "dispatch_due"
        columns = rows.dispatch_columns() if by_dispatch else rows.order_columns()
        row = rows.dispatch_row if by_dispatch else rows.order_row
        show(run, floor, page.items, 0, Shapes.order, columns, row, total=page.total)
        warn_of_search(run.output, page)
    return None


def warn_of_search(output: Output, page: OrderPage) -> None:
    """Say on standard error where a search did not look through all orders."""
    if page.more:
        output.warn(t("cli.search_newest"))
    if page.known is not None:
        output.warn(t("cli.search_so_far", known=page.known[0], total=page.known[1]))


@command(app, "alerts", reveal=True)
def alerts(
    run: Invocation,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.alert_state")] = None,
    severity: Annotated[
        list[str] | None, typer.Option("--severity", metavar="SEVERITY", help="cli.option.severity")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="cli.option.alert_overdue")] = False,
    due_within: Annotated[
        str | None, typer.Option("--due-within", metavar="TIME", help="cli.option.step_due_within")
    ] = None,
    sort: Annotated[str, typer.Option("--sort", metavar="ORDER", help="cli.option.alert_sort")] = "urgency",
    limit: _Limit = 0,
) -> Exit | None:
    """The alerts that are not closed, the most urgent first."""
    order = one_of(sort, "sort", _ALERT_SORTS, "--sort")
    select = alerts_chosen(state, severity, overdue=overdue, due_within=due_within)
    with closing(run.floor()) as floor:
        now = floor.now()
        views = select(floor)
        if order == "severity":
            views.sort(key=lambda view: SEVERITIES.index(view.alert.severity), reverse=True)
        elif order == "raised":
            views.sort(key=lambda view: view.alert.raised_at, reverse=True)
        elif order == "due":
            views.sort(key=lambda view: (view.next_due_at is None, view.next_due_at or now))
        row = partial(rows.alert_row, alert_numbers(floor))
        show(run, floor, views, limit, Shapes.alert, rows.alert_columns(), row)
    return None


def seats_chosen(
    state: Sequence[str] | None, zone: Sequence[str] | None, line: Sequence[str] | None, *, moved: bool
) -> Callable[[Floor], list[SeatView]]:
    """What the options of ``seats`` choose, once there is a floor.

    Raises:
        UsageError: an option's value is none of the known ones.
    """
    states = chosen(state, "seat_state", SEAT_STATES, "--state")
    lines = chosen(line, "line", LINES, "--line")
    zones = set(typed.parts(zone or ()))

    def select(floor: Floor) -> list[SeatView]:
        queue_lines = {view.id: view.queue.line for view in floor.queues.all()}
        return [
            view
            for view in floor.seats.all()
            if (not states or view.seat.state in states)
            and (not zones or typed.plain(view.seat.zone) in zones)
            and (not lines or any(queue_lines.get(each) in lines for each in view.seat.skills))
            and (view.moved or not moved)
        ]

    return select


def own_sort(*, to_dispatch: bool) -> str:
    """What a list of orders is sorted by where nothing else is asked for."""
    return "dispatch_due" if to_dispatch else "latest"


def orders_chosen(
    *, overdue: bool, due_within: str | None, state: Sequence[str] | None, line: Sequence[str] | None,
    department: str | None, urgency: Sequence[str] | None, to_dispatch: bool, to_call_back: bool, search: str,
) -> Callable[[Floor], OrderFilter]:  # fmt: skip
    """What the options of ``orders`` choose, once there is a floor.

    Raises:
        UsageError: an option's value is none of the known ones.
    """
    states = chosen(state, "order_state", ORDER_STATES, "--state")
    lines = chosen(line, "line", LINES, "--line")
    urgencies = chosen(urgency, "urgency", URGENCIES, "--urgency")
    within = None if due_within is None else span(due_within, "--due-within")

    def select(floor: Floor) -> OrderFilter:
        return OrderFilter(
            overdue=overdue,
            due_within=within,
            state=states,
            line=lines,
            department=None if department is None else department_id(floor, department),
            urgency=urgencies,
            to_dispatch=to_dispatch,
            to_call_back=to_call_back,
            search=search,
        )

    return select


def alerts_chosen(
    state: Sequence[str] | None, severity: Sequence[str] | None, *, overdue: bool, due_within: str | None
) -> Callable[[Floor], list[AlertView]]:
    """What the options of ``alerts`` choose, once there is a floor.

    Raises:
        UsageError: an option's value is none of the known ones.
    """
    states = chosen(state, "alert_state", _ALERT_STATES, "--state")
    severities = chosen(severity, "severity", SEVERITIES, "--severity")
    within = None if due_within is None else span(due_within, "--due-within")

    def select(floor: Floor) -> list[AlertView]:
        now = floor.now()

        def fits(view: AlertView) -> bool:
            left = None if view.next_due_at is None else (view.next_due_at - now).total_seconds()
            return (
                (not states or view.alert.state in states)
                and (not severities or view.alert.severity in severities)
                and (not overdue or (left is not None and left < 0))
                and (within is None or (left is not None and 0 <= left <= within))
            )

        views = floor.alerts.all(closed="closed" in states)
        return [view for view in views if fits(view)]

    return select


def department_id(floor: Floor, name_or_id: str) -> str:
    """The department with this id or name, or the only one whose name holds it.

    Raises:
        NotFoundError: there is none, or there are several.
    """
    known = floor.names.departments()
    for each, department in known:
        if typed.same(name_or_id, each) or typed.same(name_or_id, department.name):
            return each
    wanted = typed.plain(name_or_id)
    found = [(each, department.name) for each, department in known if wanted and wanted in typed.plain(department.name)]
    if len(found) == 1:
        return found[0][0]
    if found:
        names = t("cli.list_comma").join(name for _, name in found[:5])
        raise NotFoundError("error.several_departments", name=name_or_id, names=names)
    raise NotFoundError("error.no_such_department", id=name_or_id)

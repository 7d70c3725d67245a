"""``orders``: a list of orders, from the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit, Line, Reason, show
from floorctl.cli.orders.chosen_columns import table_of
from floorctl.cli.orders.stuck import stuck_columns, stuck_row
from floorctl.cli.orders.twins import show_twins
from floorctl.cli.parser import application, command
from floorctl.cli.words import at_least, chosen, one_of, span
from floorctl.errors import Exit, NotFoundError, UsageError
from floorctl.i18n import t
from floorctl.models.floor import LINES
from floorctl.models.order_filter import EVERY, ORDER_SORTS, OrderFilter
from floorctl.models.orders import ORDER_STATES, URGENCIES
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.cli.output import Cell, Column, Output
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderPage, OrderView
    from floorctl.models.own_view import OwnView

app = application()

_ROOM = 100


@command(app, "orders", reveal=True)
def orders(
    run: Invocation,
    overdue: Annotated[bool, typer.Option("--overdue", help="cli.option.order_overdue")] = False,
    due_within: Annotated[
        str | None, typer.Option("--due-within", metavar="TIME", help="cli.option.due_within")
    ] = None,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.order_state")] = None,
    line: Line = None,
    department: Annotated[
        str | None, typer.Option("--department", metavar="NAME", help="cli.option.department")
    ] = None,
    urgency: Annotated[
        list[str] | None, typer.Option("--urgency", metavar="URGENCY", help="cli.option.urgency")
    ] = None,
    to_dispatch: Annotated[bool, typer.Option("--to-dispatch", help="cli.option.to_dispatch")] = False,
    to_call_back: Annotated[bool, typer.Option("--to-call-back", help="cli.option.to_call_back")] = False,
    stuck: Annotated[bool, typer.Option("--stuck", help="cli.option.stuck")] = False,
    hot: Annotated[bool, typer.Option("--hot", help="cli.option.hot")] = False,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="cli.option.search")] = "",
    twins: Annotated[str | None, typer.Option("--twins", metavar="NUMBER", help="cli.option.twins")] = None,
    view: Annotated[str | None, typer.Option("--view", metavar="VIEW", help="cli.option.own_view")] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="ORDER", help="cli.option.order_sort")] = None,
    limit: Limit = _ROOM,
    reason: Reason = "",
) -> Exit | None:
    """Orders, the latest first; those to dispatch by the dispatch clock, stuck ones by what they wait for."""
    at_least(limit, 0, "--limit")
    if hot:
        from floorctl.cli.orders.hot import show_hot

        show_hot(run, limit)
        return None
    select = orders_chosen(
        overdue=overdue,
        due_within=due_within,
        state=state,
        line=line,
        department=department,
        urgency=urgency,
        to_dispatch=to_dispatch,
        to_call_back=to_call_back,
        stuck=stuck,
        search=search,
    )
    sorts = [*ORDER_SORTS, *(f"-{each}" for each in ORDER_SORTS)]
    order = one_of(sort or own_sort(to_dispatch=to_dispatch, stuck=stuck), "sort", sorts, "--sort")
    with closing(run.floor()) as floor:
        if twins is not None:
            if sort is not None or view is not None or select(floor) != OrderFilter():
                raise UsageError("error.twins_alone")
            show_twins(run, floor, twins, limit)
            return None
        own = None if view is None else floor.own_views.get(view)
        wanted = select(floor) if own is None else floor.own_views.narrowed(own, select(floor))
        order = own.sort if own is not None and sort is None else order
        page = floor.orders.page(wanted, sort=order, limit=limit or EVERY)
        columns, row = _table(order.removeprefix("-"), own, stuck=stuck)
        show(run, floor, page.items, 0, Shapes.order, columns, row, total=page.total, reason=reason)
        warn_of_search(run.output, page)
    return None


def _table(
    sort: str, own: OwnView | None, *, stuck: bool
) -> tuple[list[Column], Callable[[Floor, Shapes, OrderView], list[str | Cell]]]:
    """The columns and the rows of a list in this order: those that the order or a view of one's own is about."""
    if own is not None and own.columns:
        return table_of(own.columns)
    if stuck:
        return stuck_columns(), stuck_row
    if sort == "dispatch_due":
        return rows.dispatch_columns(), rows.dispatch_row
    return rows.order_columns(), rows.order_row


def warn_of_search(output: Output, page: OrderPage) -> None:
    """Warn where a search did not examine all orders."""
    if page.more:
        output.warn(t("cli.search_newest"))
    if page.known is not None:
        output.warn(t("cli.search_so_far", known=page.known[0], total=page.known[1]))


def own_sort(*, to_dispatch: bool, stuck: bool = False) -> str:
    """The default order of a list of orders."""
    if stuck:
        return "stuck"
    return "dispatch_due" if to_dispatch else "latest"


def orders_chosen(
    *,
    overdue: bool,
    due_within: str | None,
    state: Sequence[str] | None,
    line: Sequence[str] | None,
    department: str | None,
    urgency: Sequence[str] | None,
    to_dispatch: bool,
    to_call_back: bool,
    search: str,
    stuck: bool = False,
) -> Callable[[Floor], OrderFilter]:
    """Return a function that makes the filter for a floor's orders from the options of ``orders``.

    Raises:
        UsageError: an option's value is not one of the known ones.
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
            stuck=stuck,
            search=search,
        )

    return select


def department_id(floor: Floor, name_or_id: str) -> str:
    """Return the id of the department with this id or name, or of the only one whose name contains it.

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

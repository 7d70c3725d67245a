"""``OrderList``: a list of orders with the columns that fit its width; and the texts of its cells."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.cells import cell_len
from rich.style import Style

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import ORDER_STATES, ORDER_TYPES
from floorctl.rules.orders.deadlines import (
    aged_until,
    ageing_band,
    dispatch_clock_runs,
    dispatch_due_at,
    unhandled,
    waits_for_call_back,
    waits_for_dispatch,
)
from floorctl.text.durations import WIDEST, lasting
from floorctl.text.order_limits import UNCERTAIN
from floorctl.text.safe import visible
from floorctl.text.times import local_time, when
from floorctl.widgets import looks, stuck
from floorctl.widgets.rows import EXTRA, Cell, Column, Row, widest
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView
    from floorctl.models.orders import Order

#: Before what is shown of the order that a repetition repeats.
MARK = "↳"
#: Ageing band → a bar that grows with the age.
_BARS = {"under_1": "▁", "1_to_3": "▃", "3_to_7": "▅", "over_7": "▇"}
_BAND_STYLES = {"under_1": looks.QUIET, "1_to_3": looks.TEXT, "3_to_7": looks.AMBER, "over_7": looks.RED}
_URGENCY_STYLES = {"special": looks.WARNING, "special_urgent": looks.RED + Style(bold=True)}
_LAMPS = {"waiting": ("○", looks.GREEN), "due_soon": ("◐", looks.AMBER), "late": ("●", looks.RED)}
_VIEWS_KEPT = 2_000

#: Columns of the list; sorted by the dispatch clock, the clock with its time of day comes first.
_COLUMNS = (
    "limit", "due", "number", "urgency", "title", "state", "progress", "department", "age", "type", "line", "received",
)  # fmt: skip
_BY_DISPATCH = (
    "dispatch",
    "due",
    "number",
    "urgency",
    "title",
    "state",
    "department",
    "age",
    "type",
    "line",
    "received",
    "limit",
)
_URGENCIES = ("special", "special_urgent")


def _columns(sort: str) -> dict[str, Column]:
    """Return name → column of a list in this order, wide enough for every text in the present language."""
    lasts = widest(map(lasting, WIDEST))
    states = [term("order_state", state) for state in ORDER_STATES if state != "handled"]
    states += [t("orders.state.handled"), t("orders.state.to_call_back")]
    progress = max(cell_len(t("orders.urged", n=3)), 3 + lasts)
    columns = {
        "limit": Column("", 2 + lasts, rank=6 if sort == "dispatch_due" else 0),
        "dispatch": Column("", 3 + lasts + 12),
        "due": Column("", 11, rank=6),
        "number": Column("", 14),
        "urgency": Column(
            "", widest(t(f"orders.urgency.{each}") for each in _URGENCIES), rank=4 if sort == "stuck" else 1
        ),
        "title": Column("", 16, grow=3, wish=30, most=60),
        "state": Column("", widest(states), rank=2 if sort == "latest" else 3),
        "progress": Column("", progress, rank=3),
        "department": Column("", 12, grow=2, rank=4, wish=20, most=30),
        "age": Column("", 6, right=True, rank=5),
        "type": Column("", widest(term("order_type", each) for each in ORDER_TYPES), rank=7),
        "line": Column("", 5, rank=8),
        "received": Column("", 11, rank=9),
        **stuck.columns(),
    }
    shown = {"dispatch_due": _BY_DISPATCH, "stuck": stuck.BY_STUCK}.get(sort, _COLUMNS)
    return {name: replace(columns[name], title=t(f"orders.column.{name}")) for name in shown}


def _chosen(names: tuple[str, ...]) -> dict[str, Column]:
    """Return the columns that a person chose, and the number; where they do not all fit, the last are left out."""
    every = _columns("stuck") | _columns("dispatch_due") | _columns("latest")
    shown = names if "number" in names else ("number", *names)
    ranks = {name: 0 if name in ("number", "title") else min(at, EXTRA - 1) for at, name in enumerate(shown)}
    return {name: replace(every[name], rank=ranks[name]) for name in shown}


def limit_cell(view: "OrderView", now: datetime) -> tuple[str, Style]:
    """Return the time past the department's limit or left, and its colour; "" once the order is handled.

    A limit counted into a year whose holidays are not known has its mark before the time. A repetition has the limit of
    the order that it repeats, after a mark and never in colour: that one is what is late.
    """
    if view.order.parent_id is not None:
        text = limit_cell(view.parent, now)[0] if view.parent is not None else ""
        return f"{MARK} {text.strip('‼▲ ')}", looks.QUIET
    mark = UNCERTAIN if view.due.uncertain else " "
    if view.overdue:
        return f"‼{mark}{lasting(view.overdue_seconds)}", looks.RED
    if view.due_at is None or not unhandled(view.order):
        return "", looks.FAINT
    left = lasting((view.due_at - now).total_seconds())
    if view.due_soon:
        return f"▲{mark}{left}", looks.AMBER
    return f" {mark}{left}", looks.QUIET


def dispatch_cell(order: "Order", state: str, now: datetime) -> tuple[str, Style]:
    """Return lamp and time left of the dispatch clock (three hours) while it runs; ↩ for a returned order."""
    due = dispatch_due_at(order)
    if not waits_for_dispatch(order):
        return "", looks.FAINT
    if due is None or not dispatch_clock_runs(order):
        return "↩", looks.AMBER
    glyph, style = _LAMPS.get(state, ("○", looks.QUIET))
    left = (due - now).total_seconds()
    return f"{glyph if left >= 0 else '‼'} {lasting(abs(left))}", style


def dispatch_clock_cell(order: "Order", state: str, now: datetime) -> tuple[str, Style]:
    """Return ``dispatch_cell`` with the time of day at which the dispatch clock runs out."""
    words, style = dispatch_cell(order, state, now)
    due = dispatch_due_at(order)
    return (words if due is None or not dispatch_clock_runs(order) else f"{words} {when(due, now)}"), style


def state_cell(order: "Order") -> tuple[str, Style]:
    """Return the short word and colour of the state; for a handled order, whether it waits for its call-back."""
    if order.state != "handled":
        return visible(term("order_state", order.state)), looks.TEXT if unhandled(order) else looks.QUIET
    if waits_for_call_back(order):
        return t("orders.state.to_call_back"), looks.TEXT
    return t("orders.state.handled"), looks.QUIET


class OrderList(PlainTable):
    """Orders that match ``wanted``, sorted by ``sort``, in the columns that fit the width.

    Orders are read in threads. ``view`` returns the order of a loaded row as of the time of reading.
    """

    def __init__(self, floor: "Floor", *, empty: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            (), self._read, empty=empty or t("orders.none"), kind=t("ui.rows.order"), gone=self._read_one, id=id
        )
        self.floor = floor
        self.wanted = OrderFilter()
        self.sort = "latest"
        #: Time of reading → filter, in place of ``wanted`` for filters that depend on the time.
        self.wanted_now: Callable[[datetime], OrderFilter] | None = None
        #: Whether the search has more hits than are read.
        self.more = False
        #: (searchable orders, all orders); None: all are searchable, or there is no search.
        self.known: tuple[int, int] | None = None
        #: Names of the columns that a person chose; empty: the usual ones.
        self.columns_chosen: tuple[str, ...] = ()
        self._views: dict[str, OrderView] = {}
        self._shown: tuple[str, ...] = ()
        self._arrange()

    def view(self, order_id: str | None) -> "OrderView | None":
        """Return the order of a loaded row, else None."""
        return self._views.get(order_id or "")

    def sort_by(self, sort: str) -> None:
        """Sort by ``sort``, with the columns for it, from the next ``reload`` on."""
        self.sort = sort
        self._arrange()

    def choose_columns(self, names: tuple[str, ...]) -> None:
        """Show these columns, and the number, from the next ``reload`` on; none: the usual ones."""
        self.columns_chosen = names
        self._arrange()

    @property
    def columns_shown(self) -> tuple[str, ...]:
        """Names of the columns, also of those that do not fit the width."""
        return self._shown

    def _arrange(self) -> None:
        usual = _columns(self.sort.removeprefix("-"))
        columns = _chosen(self.columns_chosen) if self.columns_chosen else usual
        self._shown = tuple(columns)
        self.set_columns([*columns.values()])

    async def _read(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        now = self.floor.now()
        wanted = self.wanted if self.wanted_now is None else self.wanted_now(now)
        items, total = await asyncio.to_thread(self._page, wanted, offset, limit)
        if len(self._views) > _VIEWS_KEPT:
            self._views.clear()
        rows = []
        for view in items:
            self._views[view.id] = view
            rows.append(self._order_row(view, now))
        return rows, total

    async def _read_one(self, order_id: str) -> Row | None:
        """Return the row of an order that left the list under the cursor, as it is now; None if it is gone."""
        try:
            view = await asyncio.to_thread(self.floor.orders.get, order_id)
        except FloorctlError:
            return None
        self._views[view.id] = view
        return self._order_row(view, self.floor.now())

    def _order_row(self, view: "OrderView", now: datetime) -> Row:
        return Row(view.id, tuple(_cell(name, view, now) for name in self._shown))

    async def found_anywhere(self, search: str) -> int:
        """Return the number of orders in all views that match ``search``."""
        _, total = await asyncio.to_thread(self._page, OrderFilter(search=search), 0, 1)
        return total

    def _page(self, wanted: OrderFilter, offset: int, limit: int) -> "tuple[list[OrderView], int]":
        page = self.floor.orders.page(wanted, sort=self.sort, offset=offset, limit=limit)
        self.more, self.known = page.more, page.known
        if page.total == 0 and wanted.search and wanted == OrderFilter(search=wanted.search):
            # The text index is filled in the background; a complete order number is found without it.
            with contextlib.suppress(FloorctlError):
                return [self.floor.orders.get(wanted.search)], 1
        return page.items, page.total


def _cell(name: str, view: "OrderView", now: datetime) -> Cell:  # noqa: C901  (one case a column)
    order, leading = view.order, view.leading
    if name in stuck.COLUMNS:
        return stuck.stuck_cell(name, view, now)
    match name:
        case "limit":
            return limit_cell(view, now)
        case "due":
            due = leading.due_at if unhandled(leading.order) else None
            return ("" if due is None else when(due, now)), looks.RED if view.overdue else looks.TEXT
        case "number":
            mark = "↑" if view.pending else " "
            return f"{visible(order.number)}{mark}", looks.SKY if view.pending else looks.TEXT
        case "urgency":
            if order.urgency == "normal":
                return ""
            known = order.urgency in _URGENCY_STYLES
            word = t(f"orders.urgency.{order.urgency}") if known else visible(order.urgency)
            return word, _URGENCY_STYLES.get(order.urgency, looks.QUIET)
        case "title":
            mark = f"[{t('orders.confidential')}] " if order.confidential else ""
            return mark + visible(order.title), looks.STRONG if view.overdue else looks.TEXT
        case "state":
            return state_cell(leading.order)
        case "dispatch":
            return dispatch_clock_cell(order, view.dispatch_state, now)
        case "progress":
            if leading.urge_level and unhandled(leading.order) and not waits_for_dispatch(leading.order):
                return t("orders.urged", n=leading.urge_level), looks.LILAC
            return dispatch_cell(order, view.dispatch_state, now)
        case "department":
            return visible(leading.department_name), looks.TEXT
        case "age":
            band = ageing_band(order, now)
            days = max(0, (aged_until(order, now) - order.received_at).days)
            return t("orders.days", n=days) + _BARS[band], _BAND_STYLES[band] if unhandled(order) else looks.QUIET
        case "type":
            return visible(term("order_type", order.type)), looks.TEXT
        case "line":
            return visible(order.line), looks.QUIET
        case _:
            return f"{local_time(order.received_at, now):%m-%d %H:%M}", looks.QUIET

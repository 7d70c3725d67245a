"""工单: the orders screen with the list, the order under the cursor beside it, and the acts on orders."""

import time
from collections.abc import Awaitable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import ScreenSuspend
from textual.timer import Timer
from textual.widgets import Input

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.floor.own_views import of_view
from floorctl.models.base import Ref
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import URGENCIES
from floorctl.models.own_view import VIEW_SORTS, OwnView
from floorctl.rules.commands.roles import REVEAL
from floorctl.screens.orders import actions, conference, deciding, filters, linking
from floorctl.screens.orders.own_tabs import OwnTabs, ask_columns, keep_or_change
from floorctl.screens.orders.siblings import SIBLINGS, letters, open_sibling
from floorctl.screens.orders.strip import OrderStrip, so_far, tabs
from floorctl.screens.shell.list_detail import ListDetailScreen
from floorctl.screens.shell.order_questions import noted_order
from floorctl.screens.shell.revealing import Revealed, reveal
from floorctl.text import typed
from floorctl.widgets.order_detail import OrderDetail, copied, order_lines, read_detail
from floorctl.widgets.order_list import OrderList
from floorctl.widgets.order_related import Related, read_related
from floorctl.widgets.painted import Line
from floorctl.widgets.pane import Pane

if TYPE_CHECKING:
    from floorctl.floor.views import ConnectionStatus

_LINES = ("", "12345", "12333", "12320")
_TYPING_PAUSE = 0.12
#: Seconds for which what belongs to an order stays as it was read, while the order itself is read after each change.
_RELATED_STAYS = 5.0


class OrdersScreen(ListDetailScreen[OrderDetail]):
    """The list of orders, its views and filters, and the order under the cursor.

    Coming from another screen resets view, filters, marks and search, and puts the cursor on the order that is latest.
    """

    NAME_KEY: ClassVar[str] = "orders.name"
    CSS_PATH = "screen.tcss"
    TYPED_AHEAD: ClassVar[bool] = True
    LIST = "#orders"
    DETAIL = "#order"
    KINDS = frozenset({"order", "outbox", "department", "person"})
    RELOAD_EVERY = 1.0
    NEEDS: ClassVar[Mapping[str, str]] = {
        "act('urge')": "order.urge", "act('dispatch')": "order.dispatch", "act('review')": "order.review",
        "act('call_back')": "order.callback", "act('mark_problem')": "order.problem", "link": "order.link",
        "decide": "order.return", "confer": "order.confer",
        "reveal": REVEAL,
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "act('urge')", "orders.key.urge"),
        Binding("d", "act('dispatch')", "orders.key.dispatch"),
        Binding("v", "act('review')", "orders.key.review"),
        Binding("c", "act('call_back')", "orders.key.call_back"),
        Binding("b", "act('mark_problem')", "orders.key.problem"),
        Binding("g", "decide", "orders.key.decide"),
        Binding("G", "confer", "orders.key.confer"),
        Binding("j", "link", "orders.key.link"),
        Binding("r", "reveal", "orders.key.reveal"),
        Binding("y", "copy", "orders.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
        Binding("o", "sort", "orders.key.sort"),
        Binding("tab", "next_view(1)", "orders.key.next_view"),
        Binding("shift+tab", "next_view(-1)", "orders.key.previous_view", show=False),
        Binding("A", "view('all')", "orders.key.all"),
        Binding("O", "view('overdue')", "orders.key.overdue"),
        Binding("S", "view('due_soon')", "orders.key.due_soon"),
        Binding("D", "view('to_dispatch')", "orders.key.to_dispatch"),
        Binding("C", "view('to_call_back')", "orders.key.to_call_back"),
        Binding("X", "view('stuck')", "orders.key.stuck"),
        *letters(),
        Binding("V", "own_view", "orders.key.own_view"),
        Binding("F", "columns", "orders.key.columns"),
        Binding("L", "line", "orders.key.line"),
        Binding("U", "urgency", "orders.key.urgency"),
        Binding("P", "department", "orders.key.department"),
        Binding("T", "state", "orders.key.state"),
        Binding("3", "latest", "orders.key.latest", show=False),
        Binding("f", "filter", "orders.key.search"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.view = "all"
        self.sort = "latest"
        self.line = ""
        self.urgency = ""
        self.department: str | None = None
        self.states: tuple[str, ...] = ()
        #: When the orders shown were sent to the department; None: at any time.
        self.sent: tuple[datetime, datetime] | None = None
        #: The sibling (its view, and what it showed) that these orders are behind, to which Esc goes back.
        self._behind: tuple[str, object] | None = None
        self.away = False
        self._search = ""
        self._was_filling = False
        #: Number of orders that match the search in all views; None if not counted, or not more than in this view.
        self._anywhere: int | None = None
        self._revealed = Revealed()
        #: What belongs to the order beside the list, as last read; it may still be that of the one before.
        self._related = Related("")
        self._related_until = 0.0
        self._typing: Timer | None = None
        self.own = OwnTabs()

    def compose_body(self) -> ComposeResult:
        """Compose the strip, as wide as the screen for its tabs, over the list with the order beside it."""
        yield OrderStrip()
        with Horizontal(id="orders-body"):
            with Vertical(id="orders-side"):
                orders = OrderList(self.floor, id="orders")
                orders.wanted_now = self.wanted
                yield orders
            yield Pane(id="order")

    @property
    def orders(self) -> OrderList:
        """The list of orders."""
        return self.query_one(self.LIST, OrderList)

    # -- what is shown --------------------------------------------------------------------------------------------

    def wanted(self, now: datetime) -> OrderFilter:
        """Return the present filter; due soon is relative to ``now``."""
        return OrderFilter(
            **of_view(self.view, self.floor.orders.due_soon_seconds),
            line=(self.line,) if self.line else (),
            urgency=(self.urgency,) if self.urgency else (),
            department=self.department,
            state=self.states,
            search=self._search,
            sent=self.sent,
        )

    def on_mount(self) -> None:
        """Show the list."""
        self._show_filtered()

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        """Mask revealed personal data when another screen comes into sight."""
        self._revealed.end()

    def arrive(self) -> None:
        """Reset view, filters, marks and search after another screen."""
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.view, self.sort, self.line, self.urgency, self.department, self.states = "all", "latest", "", "", None, ()
        self.sent = self._behind = self.own.chosen = None
        self.orders.choose_columns(())
        self.remove_class("reading")
        self.orders.clear_marks()
        if self.filter_text:
            self.clear_filter()
        self._search = ""
        self.orders.focus()
        self._show_filtered()

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Repeat a search while the first sync fills the cache, because it may find more."""
        if self._search and (status.first_sync is not None or self._was_filling):
            self.reload_soon()
        self._was_filling = status.first_sync is not None

    def on_tick(self, now: datetime) -> None:
        """Reload the list each minute (its times are in minutes), and count down revealed personal data each second."""
        if now.second == 0:
            self.reload_soon()
        self._repaint_strip()
        if self._revealed.began:
            if not self._revealed.about:
                self._revealed.end()
            self.pane.repaint()

    def filter_changed(self, text: str) -> None:
        """Search while typing, after a pause of ``_TYPING_PAUSE`` seconds."""
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING_PAUSE if text else 0.01, lambda: self._search_for(typed.plain(text)))

    def _search_for(self, text: str) -> None:
        if text != self._search:
            self._search = text
            self._show_filtered()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search at once on Enter, and hold the following keys until the result is shown, which they are meant for."""
        if event.input.id == "filter-text":
            if self._typing is not None:
                self._typing.stop()
            self._search = typed.plain(event.value)
            self.cockpit.hold_keys("screen")
            self._show_filtered()

    def _show_filtered(self) -> None:
        self.orders.sort_by(self.sort)
        self._anywhere = None
        self._repaint_strip()
        if not self.typing:
            self.cockpit.hold_keys("screen")  # keys pressed now are meant for the new list
        self.begin_newest(partial(self.reload, to_top=True), "list")

    def reload_now(self) -> None:
        """Read the list again without cancelling a search that is being read."""
        self.reload_begins()
        self.begin_newest(self.reload, "list-again")

    async def reload(self, *, to_top: bool = False) -> None:
        """Read the list and the order under the cursor again."""
        self.reload_begins()
        try:
            await self.orders.reload(to_top=to_top)
            await self._look_elsewhere()
        except FloorctlError as error:
            self.say(sentence(error), severity="error")
        if to_top:
            self.cockpit.release_keys("screen")
        self._repaint_strip()
        if self.own.due:
            self.begin_newest(self.show_own_tabs, "own")
        await self.show_detail()

    async def _look_elsewhere(self) -> None:
        """Count the orders that match the search in all views, to show that there are more outside of this view."""
        search = self._search
        if not search or not self._narrowed:
            self._anywhere = None
            return
        found = await self.orders.found_anywhere(search)
        if search == self._search:
            self._anywhere = found if found > self.orders.total else None

    @property
    def _narrowed(self) -> bool:
        """Whether a view or a filter hides orders, so that a search may miss some."""
        return self.view != "all" or bool(self.line or self.urgency or self.department or self.states or self.sent)

    def _repaint_strip(self) -> None:
        strip = self.query_one(OrderStrip)
        if self.own.forget_others(self.floor.session.person_id):
            self.reload_soon()
        strip.view, strip.sort, strip.counts = self.own.name or self.view, self.sort, self.cockpit.counts
        strip.own = self.own.tabs(self.as_view(self.own.chosen.name) if self.own.chosen else None)
        strip.total = self.orders.total if self.orders.loaded else None
        strip.marked = len(self.orders.marked)
        strip.filters = filters.words(self.floor, self.wanted(self.floor.now()))
        strip.searchable = filters.searchable(self.floor, self.orders.known) if self._search else None
        undecided = f"◌ {so_far(strip.searchable)}" if strip.searchable is not None else ""
        if undecided != self.orders.undecided:
            self.orders.undecided = undecided
            self.orders.repaint()
        strip.anywhere, strip.more = self._anywhere, bool(self._search) and self.orders.more
        self.orders.narrowed_to = filters.narrowed_to(self.view, strip.filters)
        strip.repaint()

    # -- the order beside the list --------------------------------------------------------------------------------

    def moved(self, row_id: str | None) -> None:
        """Show the order under the cursor, and mask what was revealed of another."""
        self._repaint_strip()
        if row_id != self._revealed.about:
            self._revealed.end()
        if self.detail is None or self.detail.view.id != row_id:
            super().moved(row_id)

    async def read_detail(self, row_id: str) -> OrderDetail | None:
        """Read an order with everything that its detail shows; None if it is gone."""
        return await self.read(read_detail, self.floor, row_id)

    async def show_detail(self) -> None:
        """Show the order under the cursor, and then what belongs to it; if it is gone, leave the reading layout."""
        await super().show_detail()
        if self.detail is None:
            self.remove_class("reading")
        elif self._related.order_id != (order_id := self.detail.view.id) or time.monotonic() > self._related_until:
            self.begin_newest(partial(self._show_related, order_id), "related")

    async def _show_related(self, order_id: str) -> None:
        self._related = await self.read(read_related, self.floor, order_id)
        self._related_until = time.monotonic() + _RELATED_STAYS
        self.pane.repaint()

    def detail_lines(self, width: int) -> list[Line]:
        """Return the lines of the order; personal data is masked unless it is revealed."""
        detail = self.detail
        if detail is None:
            return []
        sight = self._revealed.sight(detail.view.id)
        related = self._related if self._related.order_id == detail.view.id else None
        return order_lines(detail, self.floor.now(), width, sight=sight, related=related)

    def go_back(self) -> None:
        """Reset view, filters and search if any is set, else go back; from the orders behind a sibling, to that."""
        if self._behind is not None:
            behind = self._behind
            self._begin_anew()
            open_sibling(self, *behind)
        elif self._narrowed or self._search or self.own.chosen is not None:
            self._begin_anew()
        else:
            super().go_back()

    def show_one(self, order_id: str, behind: tuple[str, object] | None = None) -> None:
        """Reset the filters and search for the number of the order ``order_id``; Esc goes back to ``behind``."""
        self.away = False
        self.begin(self._find(order_id, behind))

    async def _find(self, order_id: str, behind: tuple[str, object] | None) -> None:
        try:
            view = await self.read(self.floor.orders.get, order_id)
        except FloorctlError as error:
            self.say(sentence(error), severity="warning")
            self.cockpit.release_keys("screen")
            return
        self._begin_anew()
        self._behind = behind
        self.show_filter(view.order.number)
        self._search_for(view.order.number)
        self.begin_reading()

    # -- filters --------------------------------------------------------------------------------------------------

    def action_latest(self) -> None:
        """Reset everything and go to the order that is latest."""
        self._begin_anew()

    def action_view(self, name: str) -> None:
        """Show the view ``name``; if it is shown already, show all orders."""
        self.show_view("all" if (self.own.name or self.view) == name else name)

    def action_sibling(self, view: str) -> None:
        """Open a view that is a screen of its own."""
        open_sibling(self, view)

    def show_sent(self, department: str, sent: tuple[datetime, datetime], behind: object) -> None:
        """Show the orders sent to a department in a span of time; Esc goes back to the departments as they were."""
        self._begin_anew()
        self.department, self.sent, self._behind = department, sent, ("departments", behind)
        self._show_filtered()

    def show_view(self, name: str) -> None:
        """Show the view ``name``: a list of orders, or a screen of its own."""
        if name in SIBLINGS:
            open_sibling(self, name)
            return
        if (own := self.own.get(name)) is not None:
            self._show_own(own)
            return
        if self.own.chosen is not None:
            self._begin_anew()
        self.view = name
        if name == "all" and self._anywhere is not None:  # the strip says that this key shows matches hidden by filters
            self.line, self.urgency, self.department, self.states = "", "", None, ()
        # Orders to dispatch are due by the dispatch clock (three hours), not by the department's limit (days).
        own_sorts = {"to_dispatch": "dispatch_due", "stuck": "stuck"}
        if self.view in own_sorts or self.sort in own_sorts.values():
            self.sort = own_sorts.get(self.view, "latest")
        self._show_filtered()

    def action_next_view(self, step: int) -> None:
        """Show the view ``step`` places further."""
        names = [tab.name for tab in tabs(None, self.own.tabs())]
        here = self.own.name or self.view
        self.show_view(names[((names.index(here) if here in names else 0) + step) % len(names)])

    @on(OrderStrip.Chosen)
    def _view_clicked(self, event: OrderStrip.Chosen) -> None:
        self.action_view(event.view)

    def action_sort(self) -> None:
        """Sort by the next entry of ``VIEW_SORTS``."""
        sorts = [sort for sort in VIEW_SORTS if sort != "stuck" or self.view == "stuck"]
        self.sort = sorts[(sorts.index(self.sort) + 1) % len(sorts)]
        self._show_filtered()

    def action_line(self) -> None:
        """Filter by the next line, after the last by none."""
        self.line = _LINES[(_LINES.index(self.line) + 1) % len(_LINES)]
        self._show_filtered()

    def action_urgency(self) -> None:
        """Filter by the next urgency, highest first: special urgent, special, normal, then none."""
        steps = ("", *reversed(URGENCIES))
        self.urgency = steps[(steps.index(self.urgency) + 1) % len(steps)]
        self._show_filtered()

    def action_department(self) -> None:
        """Ask for a department to filter by; if one is set, remove that filter."""
        if self.department is not None:
            self.department = None
            self._show_filtered()
        else:
            self.begin_asking(self._choose_department())

    async def _choose_department(self) -> None:
        if (chosen := await filters.ask_department(self)) is not None:
            self.department = chosen
            self._show_filtered()

    def action_state(self) -> None:
        """Ask for the states to filter by."""
        self.begin_asking(self._choose_states())

    async def _choose_states(self) -> None:
        if (chosen := await filters.ask_states(self)) is not None:
            self.states = chosen
            self._show_filtered()

    # -- views of one's own ---------------------------------------------------------------------------------------

    def as_view(self, name: str) -> OwnView:
        """Return what is shown as a view with this name."""
        return OwnView(
            name=name,
            view=self.view,
            sort=self.sort,
            line=self.line,
            urgency=self.urgency,
            state=self.states,
            department=self.department,
            search=self._search,
            columns=self.orders.columns_chosen,
        )

    def _show_own(self, own: OwnView) -> None:
        self._begin_anew()
        self.own.chosen = own
        self.view, self.sort, self.line, self.urgency = own.view, own.sort, own.line, own.urgency
        self.states, self.department = own.state, own.department
        self.orders.choose_columns(own.columns)
        if own.search:
            self.show_filter(own.search)
            self._search = own.search
        self._show_filtered()

    async def show_own_tabs(self) -> None:
        """Read and count the views of one's own again."""
        try:
            await self.own.read(self)
        except FloorctlError as error:
            self.say(sentence(error), severity="error")
        self._repaint_strip()

    def action_own_view(self) -> None:
        """Keep what is shown as a view, or change the view of one's own that is shown."""
        self.begin_asking(self._keep_or_change(), for_text=self.own.chosen is None)

    async def _keep_or_change(self) -> None:
        chosen = self.own.chosen
        if not await keep_or_change(self, self.own, self.as_view(chosen.name if chosen else "-")):
            return
        await self.show_own_tabs()
        if chosen is not None and self.own.chosen is None:
            self.show_view("all")

    def action_columns(self) -> None:
        """Choose the columns of the list."""
        self.begin_asking(self._choose_columns())

    async def _choose_columns(self) -> None:
        if (chosen := await ask_columns(self, self.orders.columns_shown)) is not None:
            self.orders.choose_columns(chosen)
            self._show_filtered()

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_act(self, name: str) -> None:
        """Run the function ``name`` of ``actions`` on the marked orders, else on the one under the cursor."""
        # Take the targets now: the list may change while questions are asked.
        if targets := self.orders.targets():
            self.begin_asking(self._after(getattr(actions, name)(self, targets)), for_text=name == "mark_problem")

    def action_link(self) -> None:
        """Link the marked orders, or the one under the cursor, to others about the same matter; unlink repetitions."""
        if targets := self.orders.targets():
            self.begin_asking(self._after(linking.link(self, targets)))

    def action_decide(self) -> None:
        """Decide what the marked orders, or the one under the cursor, wait for."""
        if targets := self.orders.targets():
            self.begin_asking(self._after(deciding.decide(self, targets)))

    def action_confer(self) -> None:
        """Record a conference on the order under the cursor, or the first that is marked."""
        if targets := self.orders.targets():
            self.begin_asking(self._after(conference.confer(self, targets)))

    async def _after(self, act: Awaitable[bool]) -> None:
        if await act:
            self.orders.clear_marks()
        self._related_until = 0.0
        self.orders.ask()  # also after a refusal: the order may be gone
        await self.reload()

    def note_about(self) -> tuple[Ref, str] | None:
        """Return the first marked order, or the one under the cursor, as the subject of a note."""
        view = self.orders.view(self.orders.target)
        return noted_order(view) if view is not None else None

    def action_reveal(self) -> None:
        """Reveal one order's personal data for a limited time; recorded in the audit trail."""
        if self.detail is not None and self.floor.session.person is not None:
            self.begin(self._reveal(self.detail.view.id))

    async def _reveal(self, order_id: str) -> None:
        confidential = self.detail is not None and self.detail.view.record.confidential
        if (grant := await reveal(self, "order", order_id, confidential=confidential)) is None:
            return
        self._revealed.begin(order_id, grant)
        if not self.has_class("wide"):
            self.begin_reading()
        self.pane.repaint()

    def action_copy(self) -> None:
        """Copy the marked orders, or the one under the cursor, one line each."""
        now, revealed = self.floor.now(), self._revealed.about
        views = [view for each in self.orders.targets() if (view := self.orders.view(each)) is not None]
        ids = [view.id for view in views]
        lines = [copied(view, now, self._revealed.sight(view.id)) for view in views]
        self.copy("order", ids, lines, revealed=revealed in ids)

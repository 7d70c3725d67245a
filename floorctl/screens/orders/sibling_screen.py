"""``SiblingScreen``: the base of a view of the orders that is a screen of its own, beneath the tabs of all views."""

from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.orders.siblings import SIBLINGS, letters, open_sibling
from floorctl.screens.orders.strip import ViewTabs, tabs
from floorctl.screens.shell.list_detail import ListDetailScreen
from floorctl.widgets.painted import Line
from floorctl.widgets.top_screen import top_screen

D = TypeVar("D")


class SiblingScreen(ListDetailScreen[D]):
    """A view beside the lists of orders. A subclass sets ``VIEW`` and yields its list and its pane in ``compose_view``.

    It is opened anew each time. The keys of the views go from it to any other one; Esc goes back to Orders as it was.
    """

    #: Its name in ``SIBLINGS``.
    VIEW: ClassVar[str]
    BINDINGS: ClassVar[list[BindingType]] = [
        *letters(),
        Binding("A", "view('all')", "orders.key.all"),
        Binding("O", "view('overdue')", "orders.key.overdue"),
        Binding("S", "view('due_soon')", "orders.key.due_soon"),
        Binding("D", "view('to_dispatch')", "orders.key.to_dispatch"),
        Binding("C", "view('to_call_back')", "orders.key.to_call_back"),
        Binding("X", "view('stuck')", "orders.key.stuck"),
        Binding("tab", "next_view(1)", "orders.key.next_view"),
        Binding("shift+tab", "next_view(-1)", "orders.key.previous_view", show=False),
        Binding("3", "latest", "orders.key.latest", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        """Yield the tabs above the view."""
        yield ViewTabs(self.VIEW)
        with Container(id="view-body"):
            yield from self.compose_view()

    def compose_view(self) -> ComposeResult:
        """Yield the list and the pane of its detail."""
        yield from ()

    def say_below(self, left: Line, right: Line) -> None:
        """Show ``left`` and, where there is room, ``right`` in the line below the tabs."""
        strip = self.query_one(ViewTabs)
        strip.left, strip.right = left, right
        strip.repaint()

    async def reload(self) -> None:
        """Read the list and the detail again; from the first time on, the keys typed ahead act on them."""
        await super().reload()
        self.cockpit.release_keys("view")

    def refresh_bars(self) -> None:
        """Repaint the bars and, with the present counts, the tabs."""
        super().refresh_bars()
        for strip in self.query(ViewTabs):
            own = self.orders_beneath.own.tabs()
            if (strip.counts, strip.own) != (self.cockpit.counts, own):
                strip.counts, strip.own = self.cockpit.counts, own
                strip.repaint()

    @property
    def interruptible(self) -> bool:
        """Whether an alarm may cover it: as on Orders, beneath a dialog or with an open line it may not."""
        return self is top_screen(self.app) and not self.typing and not self.cockpit.expects_keys

    def go_back(self) -> None:
        """Go back to Orders as it was."""
        self.leave()
        self.cockpit.pop_screen()

    # -- other views ----------------------------------------------------------------------------------------------

    @property
    def orders_beneath(self) -> OrdersScreen:
        """The screen of the lists, on top of which this one is."""
        return next(each for each in self.app.screen_stack if isinstance(each, OrdersScreen))

    def to_orders(self) -> OrdersScreen:
        """Go back to Orders, and return that screen so that it can be told what to show."""
        orders = self.orders_beneath
        self.go_back()
        return orders

    def action_sibling(self, view: str) -> None:
        """Show another sibling; the letter of this one goes back to Orders."""
        if view == self.VIEW:
            self.go_back()
        else:
            open_sibling(self, view)

    def action_view(self, name: str) -> None:
        """Show a list of orders."""
        if name in SIBLINGS:
            self.action_sibling(name)
        else:
            self.to_orders().show_view(name)

    def action_latest(self) -> None:
        """Go to the order that is latest."""
        self.to_orders().action_latest()

    def action_next_view(self, step: int) -> None:
        """Show the view ``step`` places further."""
        names = [tab.name for tab in tabs(None, self.orders_beneath.own.tabs())]
        self.action_view(names[(names.index(self.VIEW) + step) % len(names)])

    @on(ViewTabs.Chosen)
    def _view_clicked(self, event: ViewTabs.Chosen) -> None:
        if event.view != self.VIEW:
            self.action_view(event.view)

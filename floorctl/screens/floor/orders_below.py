"""``OrdersBelow``: orders due for dispatch and for call-back, below the seats where they leave rows free."""

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical

from floorctl.i18n import t
from floorctl.models.order_filter import OrderFilter
from floorctl.widgets import looks
from floorctl.widgets.order_list import OrderList
from floorctl.widgets.painted import Line, Painted, seg

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: Fewest rows to be shown in: a title, a header and a row for each of the two lists.
LEAST_ROWS = 6
#: View of the orders screen → its filter and its sort order.
_LISTS = {
    "to_dispatch": (OrderFilter(to_dispatch=True), "dispatch_due"),
    "to_call_back": (OrderFilter(to_call_back=True), "latest"),
}


class _Title(Painted):
    """A line with the name of the list below it and the number of its orders."""

    DEFAULT_CSS = "_Title { height: 1; width: 1fr; }"

    def __init__(self, words: str, orders: OrderList) -> None:
        super().__init__()
        self._words = words
        self._orders = orders

    def picture(self, width: int, height: int) -> list[Line]:
        """Return one line: name, number, and a rule to the right edge."""
        words = f" {self._words} {self._orders.total:,} " if self._orders.loaded else f" {self._words} "
        return [[seg(words, looks.HEADER), seg("─" * max(0, width - cell_len(words)), looks.FAINT)]]


class OrdersBelow(Vertical):
    """Two lists of orders. ``fit`` sets the height or hides them; ``reload`` reads them."""

    DEFAULT_CSS = "OrdersBelow { height: 0; width: 1fr; display: none; }"

    def __init__(self, floor: "Floor") -> None:
        super().__init__()
        self.lists = {name: OrderList(floor, id=f"below-{name.replace('_', '-')}") for name in _LISTS}
        for name, (wanted, sort) in _LISTS.items():
            self.lists[name].wanted = wanted
            self.lists[name].sort_by(sort)

    def compose(self) -> ComposeResult:
        """Compose each list below its title."""
        for name, orders in self.lists.items():
            yield _Title(t(f"orders.view.{name}"), orders)
            yield orders

    def fit(self, rows: int) -> bool:
        """Use ``rows`` rows, or hide if they are too few; return True if this shows a hidden pane."""
        shown, before = rows >= LEAST_ROWS, bool(self.display)
        if shown != before:
            if not shown and any(orders.has_focus for orders in self.lists.values()):
                self.screen.focus_previous("SeatPlan, SeatTable")  # a hidden list must not receive keys
            self.display = shown
        if not shown:
            return False
        first, second = self.lists.values()
        left = rows - len(self.lists)
        # The first list gets the rows that the second does not need.
        high = max(2, min(1 + max(1, first.total), max(left // 2, left - 1 - max(1, second.total))))
        for widget, height in ((self, rows), (first, high), (second, left - high)):
            if widget.styles.height is None or widget.styles.height.value != height:
                widget.styles.height = height
        return not before

    async def reload(self) -> None:
        """Read both lists again."""
        for orders in self.lists.values():
            await orders.reload()
        for title in self.query(_Title):
            title.repaint()

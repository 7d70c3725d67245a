"""``OrderStrip``: the two lines above the list of orders with the views, their counts and the filters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.models.order_filter import OrderCounts

#: View → the field of ``OrderCounts`` shown beside it ("": none).
VIEWS = {"all": "", **{name: name for name in ("overdue", "due_soon", "to_dispatch", "to_call_back")}}
_COUNT_STYLES = {"overdue": looks.RED, "due_soon": looks.AMBER}


def so_far(searchable: tuple[int, int]) -> str:
    """Return words for ``searchable``: (searchable orders, all orders)."""
    known, orders = searchable
    return t("orders.search_so_far", done=f"{known:,}", total=f"{orders:,}" if orders else "?")


class OrderStrip(Painted):
    """``全部  超时 12  将超时 5  待派 9  待回访 31``, and below it total, filters and sort order.

    The screen sets the attributes and calls ``repaint``.
    """

    @dataclass
    class Chosen(Message):
        """A view was clicked on."""

        view: str

    def __init__(self) -> None:
        super().__init__()
        self.view = "all"
        self.counts: OrderCounts | None = None
        self.total: int | None = None
        #: Number of orders that match the search in all views, if more than in this view; else None.
        self.anywhere: int | None = None
        #: Whether the search has more hits than are read, so that the numbers cover only the newest.
        self.more = False
        self.marked = 0
        self.sort = "latest"
        #: Visible words for each filter that is set.
        self.filters: tuple[str, ...] = ()
        #: (searchable orders, all orders); None: all are searchable, or there is no search.
        self.searchable: tuple[int, int] | None = None
        self._spans: list[tuple[int, int, str]] = []

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the line of views and the line below it."""
        views: Line = [seg(" ")]
        self._spans = []
        at = 1
        for name, counted in VIEWS.items():
            words = t(f"orders.view.{name}")
            count = "" if self.counts is None or not counted else f"{getattr(self.counts, counted):,}"
            chosen = name == self.view
            pieces = [seg(f"{'▸' if chosen else ' '}{words} ", looks.TITLE if chosen else looks.TEXT)]
            if count:
                style = _COUNT_STYLES.get(name, looks.STRONG) if count != "0" else looks.QUIET
                pieces.append(seg(f"{count} ", looks.TITLE if chosen else style))
            cells = sum(cell_len(piece.text) for piece in pieces)
            self._spans.append((at, at + cells, name))
            views += [*pieces, seg(" ")]
            at += cells + 1
        # 0 hits are not final while orders are still unindexed.
        unknown = self.total is None or (not self.total and self.searchable is not None)
        total = "" if unknown else t("orders.total", n=self.total)
        below: Line = [seg("  " + total, looks.TEXT)]
        if self.total is not None and self.anywhere is not None:
            below = [seg("  " + t("orders.elsewhere", here=self.total, all=self.anywhere), looks.AMBER)]
        # Filters come first, so that they are not cut off: the numbers refer to them.
        for words in self.filters:
            below += [seg("  "), seg(f"▸{words}", looks.SKY)]
        if self.marked:
            below.append(seg("  " + t("orders.marked", n=self.marked), looks.MARKED))
        if self.more:
            below.append(seg("  " + t("orders.search_newest"), looks.AMBER))
        if self.searchable is not None:
            below.append(seg(f"  ◌ {so_far(self.searchable)}", looks.AMBER))
        order = [seg(t("orders.sorted", sort=t(f"orders.sort.{self.sort}")) + " ", looks.QUIET)]
        room = width_of([*below, *order]) <= width
        return [views, spread(below, order if room else [], width)]

    def on_click(self, event: Click) -> None:
        """Post ``Chosen`` for the view that was clicked on."""
        if event.y == 0:
            for start, end, name in self._spans:
                if start <= event.x < end:
                    self.post_message(self.Chosen(name))

"""The two lines above the list of orders: the views with their counts, and what the list is narrowed to."""

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

#: View → the count that stands beside it.
VIEWS = {"all": "", **{name: name for name in ("overdue", "due_soon", "to_dispatch", "to_call_back")}}
_COUNT_STYLES = {"overdue": looks.RED, "due_soon": looks.AMBER}


def so_far(searchable: tuple[int, int]) -> str:
    """How much of all orders a search knows."""
    known, orders = searchable
    return t("orders.search_so_far", done=f"{known:,}", total=f"{orders:,}" if orders else "?")


class OrderStrip(Painted):
    """``全部  超时 12  将超时 5  待派 9  待回访 31`` and below it the total, the order and the filters."""

    @dataclass
    class Chosen(Message):
        """A click on a view."""

        view: str

    def __init__(self) -> None:
        super().__init__()
        self.view = "all"
        self.counts: OrderCounts | None = None
        self.total: int | None = None
        #: How many fit the search in all views, where that is more than fit it here.
        self.anywhere: int | None = None
        #: Whether the search has more hits than it goes through: then its numbers are of the newest.
        self.more = False
        self.marked = 0
        self.sort = "latest"
        #: What the list is narrowed to, in words that may be shown.
        self.filters: tuple[str, ...] = ()
        #: How many of all orders a search knows; None: it knows them all, or nothing is searched for.
        self.searchable: tuple[int, int] | None = None
        self._spans: list[tuple[int, int, str]] = []

    def picture(self, width: int, height: int) -> list[Line]:
        """The views; the rest."""
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
        # None found so far is no number yet.
        unknown = self.total is None or (not self.total and self.searchable is not None)
        total = "" if unknown else t("orders.total", n=self.total)
        below: Line = [seg("  " + total, looks.TEXT)]
        if self.total is not None and self.anywhere is not None:
            below = [seg("  " + t("orders.elsewhere", here=self.total, all=self.anywhere), looks.AMBER)]
        # What was typed stands first: where there is little room, it is seen what the numbers are of.
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
        """A click on a view chooses it."""
        if event.y == 0:
            for start, end, name in self._spans:
                if start <= event.x < end:
                    self.post_message(self.Chosen(name))

"""The two lines above the views of the orders: the tabs with their counts, and what the chosen view shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message

from floorctl.i18n import t
from floorctl.models.own_view import ORDER_VIEWS
from floorctl.screens.orders.siblings import SIBLINGS
from floorctl.screens.orders.tab import Tab
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.models.order_filter import OrderCounts

#: Views that are lists of orders → the field of ``OrderCounts`` shown beside each ("": none).
VIEWS = {name: "" if name == "all" else name for name in ORDER_VIEWS}
_BEFORE, _AFTER = "‹ ", " ›"


def so_far(searchable: tuple[int, int]) -> str:
    """Return words for ``searchable``: (searchable orders, all orders)."""
    known, orders = searchable
    return t("orders.search_so_far", done=f"{known:,}", total=f"{orders:,}" if orders else "?")


def tabs(counts: "OrderCounts | None", own: Sequence[Tab] = ()) -> list[Tab]:
    """Return the tabs of all views, in the order in which Tab goes through them; ``own``: a person's own, the last."""
    fields = [*VIEWS.items(), *((view, view) for view in SIBLINGS)]
    counted = {name: getattr(counts, field, None) if field else None for name, field in fields}
    shown = [
        Tab(name, t(f"orders.view.{name}"), "" if counted[name] is None else f"{counted[name]:,}") for name in counted
    ]
    return [*shown, *own]


def tabs_line(shown: Sequence[Tab], chosen: str, width: int) -> tuple[Line, list[tuple[int, int, str]]]:
    """Return the line of tabs, and (start, end, view) of what a click chooses.

    Where they do not fit, those around the chosen one are shown, and an arrow stands for those before or after.
    """
    drawn = [_drawn(tab, chosen=tab.name == chosen) for tab in shown]
    first, last = _in_sight([width_of(pieces) + 1 for pieces in drawn], _index(shown, chosen), width - 1)
    line: Line = [seg(" ")]
    spans = []
    if first:
        line = [seg(_BEFORE, looks.SKY)]
        spans.append((0, cell_len(_BEFORE), shown[first - 1].name))
    at = width_of(line)
    for tab, pieces in zip(shown[first:last], drawn[first:last], strict=True):
        cells = width_of(pieces)
        spans.append((at, at + cells, tab.name))
        line += [*pieces, seg(" ")]
        at += cells + 1
    if last < len(shown):
        line[-1] = seg(_AFTER, looks.SKY)
        spans.append((at - 1, at - 1 + cell_len(_AFTER), shown[last].name))
    return line, spans


def _index(shown: Sequence[Tab], chosen: str) -> int:
    return next((at for at, tab in enumerate(shown) if tab.name == chosen), 0)


def _drawn(tab: Tab, *, chosen: bool) -> Line:
    pieces = [seg(f"{'▸' if chosen else ' '}{tab.words} ", looks.TITLE if chosen else looks.TEXT)]
    if tab.count:
        pieces.append(seg(f"{tab.count} ", looks.TITLE if chosen else tab.style))
    return pieces


def _in_sight(cells: Sequence[int], chosen: int, room: int) -> tuple[int, int]:
    """Return the range of tabs, among them the chosen one, that fit: as many as possible, from the first on."""
    if sum(cells) <= room:
        return 0, len(cells)
    # Both arrows may have to stand beside them; a cell of the second replaces the gap after the last tab.
    room -= cell_len(_BEFORE) + cell_len(_AFTER) - 2
    first = 0
    while True:
        last = first + 1
        while last < len(cells) and sum(cells[first : last + 1]) <= room:
            last += 1
        if chosen < last or first == chosen:
            return first, last
        first += 1


class ViewTabs(Painted):
    """The line of tabs, and a line below it: ``left`` and ``right``, which a subclass may make itself (``below``).

    The screen sets the attributes and calls ``repaint``.
    """

    DEFAULT_CSS = "ViewTabs { height: 2; width: 1fr; }"

    @dataclass
    class Chosen(Message):
        """A view was clicked on."""

        view: str

    def __init__(self, view: str = "all") -> None:
        super().__init__()
        self.view = view
        self.counts: OrderCounts | None = None
        #: The tabs of the person's own views.
        self.own: Sequence[Tab] = ()
        self.left: Line = []
        self.right: Line = []
        self._spans: list[tuple[int, int, str]] = []

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the line of tabs and the line below it."""
        line, self._spans = tabs_line(tabs(self.counts, self.own), self.view, width)
        return [line, self.below(width)]

    def below(self, width: int) -> Line:
        """Return the line below the tabs; ``right`` is left out where both do not fit."""
        fits = width_of([*self.left, *self.right]) <= width
        return spread(self.left, self.right if fits else [], width)

    def on_click(self, event: Click) -> None:
        """Post ``Chosen`` for the view that was clicked on."""
        if event.y == 0:
            for start, end, name in self._spans:
                if start <= event.x < end:
                    self.post_message(self.Chosen(name))


class OrderStrip(ViewTabs):
    """``全部  超时 12  将超时 5  待派 9  待回访 31 …``, and below it total, filters and sort order."""

    def __init__(self) -> None:
        super().__init__()
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

    def below(self, width: int) -> Line:
        """Return the line of total, filters and sort order."""
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
        return spread(below, order if width_of([*below, *order]) <= width else [], width)

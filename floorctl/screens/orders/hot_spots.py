"""热点: the matters about which more people call than chance allows, with how they came and the orders behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from floorctl.i18n import t
from floorctl.models.base import Ref
from floorctl.screens.orders.hot_spot_plot import course_lines
from floorctl.screens.orders.sibling_screen import SiblingScreen
from floorctl.text import hot_spots, typed
from floorctl.text.numbers import count_text, usual_number
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import Pane, heading, labelled, paragraph
from floorctl.widgets.rows import Column, Row
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.hot_spots.views import HotSpots, HotSpotView, Part
    from floorctl.floor.views import OrderView

_LABEL = 12
_PLOT_HEIGHT = 6


@dataclass(frozen=True)
class HotSpotDetail:
    """A matter, how its callers came, and the orders behind it, the newest first."""

    view: "HotSpotView"
    course: "list[Part]"
    orders: "list[OrderView]"


class HotSpotsScreen(SiblingScreen[HotSpotDetail]):
    """A row for each matter that swells; Enter chooses one of its orders, which is shown among the orders."""

    NAME_KEY: ClassVar[str] = "hot_spots.name"
    CSS_PATH = "hot_spots.tcss"
    VIEW = "hot_spots"
    LIST = "#hot-spots"
    DETAIL = "#hot-spot"
    KINDS = frozenset({"order", "category"})
    WIDE = 110
    RELOAD_EVERY = 2.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "hot_spots.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, HotSpotView] = {}
        #: The matter that the first reading puts the cursor on.
        self._to_show = ""

    def compose_view(self) -> ComposeResult:
        """Yield the table, and the pane with the matter under the cursor."""
        yield PlainTable(
            _columns(),
            self._load,
            empty=t("hot_spots.none"),
            kind=t("hot_spots.rows"),
            locate=self._locate,
            id="hot-spots",
        )
        yield Pane(id="hot-spot")

    def on_mount(self) -> None:
        """Count."""
        self.reload_now()

    def restore(self, matter_id: str) -> None:
        """Show again the matter whose order was opened."""
        self._to_show = matter_id

    # -- what is shown --------------------------------------------------------------------------------------------

    async def reload(self) -> None:
        """Read again, and say on how much history it rests."""
        await super().reload()
        if self._to_show and (at := await self._locate(self._to_show)) is not None:
            await self.table.go_to(at)
        self._to_show = ""
        found = self.floor.hot_spots.last()
        if found.enough:
            words = [seg("  " + t("hot_spots.total", n=len(self._views)), looks.TEXT)]
        else:
            words = [seg("  " + _too_short(found), looks.AMBER)]
        self.say_below(words, [seg(t("hot_spots.history", n=found.held) + " ", looks.QUIET)])

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        words = typed.words(self.filter_text)
        found = await self.read(self.floor.hot_spots.all)
        self.table.empty = t("hot_spots.none") if found.enough else _too_short(found)
        self._views = {
            view.id: view
            for view in found.swelling
            if typed.contains(hot_spots.about(view.category, view.region), words)
        }
        views = list(self._views.values())
        return [self._row(view) for view in views[offset : offset + limit]], len(views)

    async def _locate(self, matter_id: str) -> int | None:
        return next((at for at, each in enumerate(self._views) if each == matter_id), None)

    def _row(self, view: "HotSpotView") -> Row:
        severity = _severity(view)
        return Row(
            view.id,
            (
                (looks.SEVERITY_GLYPHS[severity], looks.SEVERITIES[severity]),
                (visible(hot_spots.matter(view.category)), looks.STRONG),
                visible(hot_spots.place(view.region)),
                (count_text(view.callers), looks.AMBER),
                usual_number(view.expected),
                t(f"hot_spots.window.{view.window}"),
                when(view.since, self.floor.now()),
            ),
        )

    async def read_detail(self, row_id: str) -> HotSpotDetail | None:
        """Return the matter under the cursor with its course and its orders."""
        view = self._views.get(row_id)
        return None if view is None else await self.read(_detail, self.floor, view)

    def detail_lines(self, width: int) -> list[Line]:
        """Return what swells, a plot of its callers, and its orders."""
        detail = self.detail
        if detail is None:
            return []
        view, now = detail.view, self.floor.now()
        lines = paragraph(hot_spots.about(view.category, view.region), width, looks.STRONG)
        if len(view.category) > 1:
            lines += labelled(t("hot_spots.field.category"), " / ".join(view.category), width, at=_LABEL)
        callers = hot_spots.callers(view.callers, view.expected)
        lines += labelled(
            t("hot_spots.field.callers"), f"{callers} · {t(f'hot_spots.window.{view.window}')}", width, at=_LABEL
        )
        lines += labelled(t("hot_spots.field.since"), when(view.since, now), width, at=_LABEL)
        lines += labelled(t("hot_spots.field.latest"), when(view.latest, now), width, at=_LABEL)
        if view.word is not None:
            lines += labelled(t("hot_spots.field.word"), view.word, width, at=_LABEL, style=looks.RED)
        lines.append(heading(t("hot_spots.section.course"), width))
        lines += course_lines(detail.course, width, _PLOT_HEIGHT)
        lines.append(heading(t("hot_spots.section.orders", n=view.count), width))
        for order in detail.orders:
            lines += paragraph(f"{order.order.number}  {_when_and_what(order, self.floor)}", width)
        return lines

    # -- keys -----------------------------------------------------------------------------------------------------

    def open_row(self, row_id: str) -> None:
        """Ask which of its orders to show."""
        self.begin_asking(self._open(row_id))

    async def _open(self, row_id: str) -> None:
        detail = await self.read_detail(row_id)
        if detail is None or not detail.orders:
            return
        options = [
            Option(order.id, visible(order.order.number), visible(_when_and_what(order, self.floor)))
            for order in detail.orders
        ]
        about = visible(hot_spots.about(detail.view.category, detail.view.region))
        if (chosen := await self.ask(Pick(t("hot_spots.ask.order", about=about), options))) is not None:
            self.to_orders().show_one(chosen[0], behind=(self.VIEW, row_id))

    def note_about(self) -> tuple[Ref, str] | None:
        """Return the matter under the cursor as the subject of a note: its first order, and what it is about."""
        view = self._views.get(self.table.cursor_id or "")
        if view is None:
            return None
        return Ref("order", view.first_order_id), visible(hot_spots.about(view.category, view.region))

    def action_copy(self) -> None:
        """Copy the marked matters, or the one under the cursor, one line each."""
        views = [view for each in self.table.targets() if (view := self._views.get(each)) is not None]
        now = self.floor.now()
        lines = [
            "  ".join(
                (
                    visible(hot_spots.about(view.category, view.region)),
                    hot_spots.callers(view.callers, view.expected),
                    t(f"hot_spots.window.{view.window}"),
                    when(view.since, now),
                )
            )
            for view in views
        ]
        self.copy("order", [order_id for view in views for order_id in view.order_ids], lines)


def _too_short(found: "HotSpots") -> str:
    return t("hot_spots.too_short", n=found.held, least=found.needed)


def _severity(view: "HotSpotView") -> str:
    return "warning" if view.critical_since is None else "critical"


def _detail(floor: "Floor", view: "HotSpotView") -> HotSpotDetail:
    orders = floor.orders.many(view.order_ids)
    return HotSpotDetail(view, floor.hot_spots.course(view), orders[::-1])


def _when_and_what(order: "OrderView", floor: "Floor") -> str:
    return f"{when(order.order.received_at, floor.now())}  {order.order.title}"


def _columns() -> list[Column]:
    return [
        Column("", 1),
        Column(t("hot_spots.column.matter"), 10, grow=1, wish=20, most=40),
        Column(t("hot_spots.column.place"), 8, wish=12, most=24),
        Column(t("hot_spots.column.callers"), 6, right=True),
        Column(t("hot_spots.column.usual"), 6, right=True),
        Column(t("hot_spots.column.window"), 8),
        Column(t("hot_spots.column.since"), 11),
    ]

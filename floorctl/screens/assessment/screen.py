"""考核: the assessment screen with the contract's score item by item, costs, next steps, facts, year and payment."""

from collections.abc import Coroutine, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.rules.assessment.month import Month, contract_month
from floorctl.screens.assessment import facts as assessment_facts
from floorctl.screens.assessment.lines import Lines
from floorctl.screens.assessment.reading import ItemData, MonthData, read_item, read_month
from floorctl.screens.assessment.rows import (
    BONUS,
    bonus_lines,
    bonus_row,
    cost_columns,
    cost_head,
    cost_row,
    fact_columns,
    fact_row,
    in_order,
    item_columns,
    item_lines,
    item_row,
    next_words,
)
from floorctl.screens.assessment.year_plot import YearPlot
from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.numbers import points_text
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import Pane
from floorctl.widgets.rows import Row, matching_rows
from floorctl.widgets.score_head import ScoreHead
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import FactView, Item
    from floorctl.floor.views import ConnectionStatus

#: Least height (rows) for large digits, and for the item's explanation and the year beneath the list; with less height
#: the year is opened by a key.
TALL = 34
#: Values of ``AssessmentScreen.body``.
BODIES = ("items", "costs", "facts", "year")


class AssessmentScreen(CockpitScreen):
    """The score of the running month, or of another month that was selected.

    It is no ``ListDetailScreen``: it has three lists, one in sight at a time, and Enter opens another list instead of
    a detail.

    Arriving resets the screen to the running month's items, except when coming back from an order that was opened from
    the list of costs.
    """

    NAME_KEY: ClassVar[str] = "assessment.name"
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#items"
    NEEDS: ClassVar[Mapping[str, str]] = {"record": "fact.record", "remove": "fact.remove"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "month(-1)", "assessment.key.month_before"),
        Binding("right", "month(1)", "assessment.key.month_after"),
        Binding("6", "running", "assessment.key.running", show=False),
        Binding("e", "explain", "assessment.key.explain"),
        Binding("i", "record", "assessment.key.record"),
        Binding("x", "remove", "assessment.key.remove"),
        Binding("t", "facts", "assessment.key.facts"),
        Binding("v", "year", "assessment.key.year"),
        Binding("y", "copy", "assessment.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        #: The month shown; None: the running one at the time of reading.
        self.month: Month | None = None
        self.body = "items"
        self.month_data: MonthData | None = None
        self.item_data: ItemData | None = None
        self._comes_back = False
        #: Lists that the next completed reload moves to their first row.
        self._to_top: set[str] = set()

    def compose_body(self) -> ComposeResult:
        """Compose the head, the items, the item's explanation and the year, the costs, the facts."""
        yield ScoreHead()
        with Vertical(id="assessment-list"):
            yield PlainTable(
                item_columns(80),
                self._load_items,
                empty=t("assessment.first_sync_list"),
                kind=t("ui.rows.metric"),
                id="items",
            )
            yield Lines(id="next-step")
        with Horizontal(id="assessment-side"):
            yield Pane(id="item")
            yield YearPlot()
        yield Lines(id="cost-head")
        yield PlainTable(
            cost_columns(), self._load_costs, empty=t("assessment.no_costs"), kind=t("ui.rows.cost"), id="costs"
        )
        yield PlainTable(
            fact_columns(), self._load_facts, empty=t("assessment.no_facts"), kind=t("ui.rows.fact"), id="facts"
        )

    def table(self, body: str | None = None) -> PlainTable:
        """Return the list of ``body`` (None: of the present body)."""
        body = body or self.body
        return self.query_one(f"#{body if body in ('costs', 'facts') else 'items'}", PlainTable)

    # -- what is shown --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the items."""
        self._show_body("items")

    def on_resize(self, event: Resize) -> None:
        """Set the tall layout if there is room, and reload because columns depend on the width."""
        self.set_class(event.size.height >= TALL, "tall")
        self._reload_soon()

    def arrive(self) -> None:
        """Show the running month's items, unless the person comes back from an order opened from the costs."""
        comes_back, self._comes_back = self._comes_back and self.cockpit.came_from == "orders", False
        if not comes_back:
            self.action_running()

    def on_changed(self, changed: Changes) -> None:
        """Reload if a score, a fact, a person or the outbox changed."""
        if not changed or changed.keys() & {"assessment", "fact", "person", "outbox"}:
            self._reload_soon()

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Reload once the first sync is over."""
        if self.month_data is not None and self.month_data.view.no_orders_known and status.first_sync is None:
            self._reload_soon()

    def filter_changed(self, text: str) -> None:
        """Show the rows that contain ``text``."""
        self._to_top.add(self.body)
        self._reload_soon()

    def _reload_soon(self) -> None:
        self.begin_newest(self._reload, "assessment")

    async def _reload(self) -> None:
        self.month_data = data = await self.read(read_month, self.floor, self.month)
        start = self.floor.config.contract.start
        self.query_one(ScoreHead).show(data.view, data.before, contract_month(start, data.view.month))
        self.query_one(YearPlot).show(() if data.view.unknown else data.months, data.view)
        begins = data.view.contract_begins
        none = t("assessment.first_sync_list") if begins is None else t("assessment.begins", start=begins)
        self.table("items").empty = none
        self.table("items").set_columns(item_columns(self.size.width, data.view))
        to_top = frozenset(self._to_top)
        await self.table("items").reload(to_top="items" in to_top)
        await self._show_item()
        for body in ("costs", "facts"):
            await self.table(body).reload(to_top=body in to_top)
        self._to_top -= to_top  # only now: if this reload is cancelled, the next one still needs them
        self.refresh_bars()

    @on(PlainTable.Moved, "#items")
    def _moved(self, event: PlainTable.Moved) -> None:
        event.stop()
        # If the item is the same, ``_reload`` reads it again itself.
        if self.item_data is None or event.id != self.item_data.item_id:
            self.begin_newest(self._show_item, "item")

    async def _show_item(self) -> None:
        """Read the item under the cursor and show its explanation, next steps and costs."""
        item_id = self.table("items").cursor_id
        if self.month_data is None or item_id is None:
            return
        if item_id != BONUS:
            self.item_data = await self.read(read_item, self.floor, item_id, self.month_data.view.month)
        self.query_one("#item", Pane).show(self._item_lines, about=item_id)
        self.query_one("#next-step", Lines).show(self._next_line)
        self.query_one("#cost-head", Lines).show(self._cost_head)

    # -- rows -----------------------------------------------------------------------------------------------------

    async def _load_items(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        if self.month_data is None or self.month_data.view.unknown:
            return [], 0
        view, before, width = self.month_data.view, self.month_data.before, self.size.width
        rows = [item_row(item, view, before, width) for item in in_order(view)]
        rows.append(bonus_row(view, self.month_data.praise, before))
        return self._page(rows, offset, limit, filtered=self.body == "items")

    async def _load_costs(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        data, zone = self._data_of(self._item_under_cursor()), self.floor.config.zone
        return self._page([cost_row(cost, zone) for cost in (data.costs if data else ())], offset, limit)

    async def _load_facts(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        facts = self.month_data.facts if self.month_data is not None else ()
        rows = [fact_row(view, self.floor.names.person(view.fact.person_id)) for view in facts]
        return self._page(rows, offset, limit)

    def _page(
        self, rows: Sequence[Row], offset: int, limit: int, *, filtered: bool = True
    ) -> tuple[Sequence[Row], int]:
        matching = matching_rows(rows, self.filter_text) if filtered else list(rows)
        return matching[offset : offset + limit], len(matching)

    def _item_under_cursor(self) -> "Item | None":
        item_id = self.table("items").cursor_id
        if self.month_data is None or item_id is None or item_id == BONUS:
            return None
        return self.month_data.view.item(item_id)

    def _data_of(self, item: "Item | None") -> ItemData | None:
        """Return what was read about ``item``; None while another item's data is held."""
        return self.item_data if self.item_data and item and self.item_data.item_id == item.id else None

    def _item_lines(self, width: int) -> list[Line]:
        if self.month_data is None:
            return []
        item = self._item_under_cursor()
        if item is None:
            return bonus_lines(self.month_data.view, self.month_data.praise, width)
        data = self._data_of(item)
        return item_lines(
            item, self.month_data.view, data.explained if data else None, data.costs if data else (), width
        )

    def _next_line(self, width: int) -> list[Line]:
        item = self._item_under_cursor()
        if item is None or self.month_data is None:
            return []
        line: Line = []
        for words, style in next_words(item, self.month_data.view):
            line.append(seg(words + "   ", style))
        return [line]

    def _cost_head(self, width: int) -> list[Line]:
        item = self._item_under_cursor()
        data = self._data_of(item)
        if item is None or data is None or self.month_data is None:
            return []
        return cost_head(item, self.month_data.view, data.explained, len(data.costs), width)

    def counts(self) -> list[Segment]:
        """Return the points lost, the points that can be won back, and the key hints."""
        hint = Segment(f"   {t('assessment.hint')} ", looks.QUIET)
        if self.month_data is None or self.month_data.view.unknown:
            return [hint]
        view = self.month_data.view
        lost = sum((item.lost for item in view.items), Fraction(0))
        line = [Segment(t("assessment.summary.lost", points=points_text(lost)), looks.RED if lost else looks.TEXT)]
        if not view.final:
            back = sum((item.lost for item in view.items if item.next_gain is not None), Fraction(0))
            words = t("assessment.summary.back", points=points_text(back))
            line.append(Segment("  " + words, looks.GREEN if back else looks.TEXT))
        return [*line, hint]

    # -- navigation -----------------------------------------------------------------------------------------------

    def _show_body(self, body: str) -> None:
        if self.filter_text and body != self.body:
            self.clear_filter()
        self.body = body
        for name in BODIES:
            self.set_class(name == body, name)
        self.focus_body()
        self.refresh_bars()

    def go_back(self) -> None:
        """Go back to the items, and from there to the floor (Esc)."""
        if self.body == "items":
            super().go_back()
        else:
            self._show_body("items")

    def focus_body(self) -> None:
        """Focus the list in sight; nothing while the year is shown."""
        self.leave_line(self.table() if self.body != "year" else None)

    def action_running(self) -> None:
        """Show the running month's items, the cursor on the first."""
        self.month = None
        self._to_top.add("items")
        self._show_body("items")
        self._reload_soon()

    def action_month(self, months: int) -> None:
        """Show the month ``months`` later (negative: earlier), between the contract's start and the running month."""
        running = Month.of(self.floor.now().date())
        month = (self.month or running).plus(months)
        if (begins := self.floor.assessment.contract_begins(running)) is not None:
            self.say(t("assessment.begins", start=begins))
            return
        if month < Month.of(self.floor.config.contract.start) or month > running:
            self.say(t("assessment.no_month" if month > running else "assessment.no_contract"))
            return
        self.month = month if month != running else None
        self.ask_tables()
        self._reload_soon()

    def action_facts(self) -> None:
        """Toggle between the month's facts and the items."""
        self._show_body("items" if self.body == "facts" else "facts")
        self._to_top.add(self.body)
        self._reload_soon()

    def action_year(self) -> None:
        """Toggle between the year across the whole screen and the items."""
        self._show_body("items" if self.body == "year" else "year")

    @on(PlainTable.Opened, "#items")
    def _open_item(self, event: PlainTable.Opened) -> None:
        event.stop()
        if event.id == BONUS:
            self.action_facts()
            return
        self._show_body("costs")
        self._to_top.add("costs")
        self._reload_soon()

    @on(PlainTable.Opened, "#costs")
    def _open_cost(self, event: PlainTable.Opened) -> None:
        event.stop()
        kind, _, entity_id = event.id.partition(":")
        self.begin(self._go_to(kind, entity_id))

    async def _go_to(self, kind: str, entity_id: str) -> None:
        if kind == "order":
            try:
                await self.read(self.floor.orders.get, entity_id)
            except FloorctlError:
                self.say(t("orders.gone"), severity="warning")
                return
            self._comes_back = True
            self.cockpit.show_one("orders", entity_id)
        elif kind == "fact":
            self._show_body("facts")
            self.table().ask()
            await self._reload()
            facts = self.month_data.facts if self.month_data else ()
            at = next((at for at, fact in enumerate(facts) if fact.id == entity_id), 0)
            await self.table().go_to(at)
        elif (row := self.table("costs").row_at(self.table("costs").cursor)) is not None:
            self.say("  ".join(row.texts))

    @on(PlainTable.Opened, "#facts")
    def _open_fact(self, event: PlainTable.Opened) -> None:
        event.stop()
        view = self.month_data.fact(event.id) if self.month_data else None
        if view is not None:
            name = self.floor.names.person(view.fact.person_id)
            self.app.push_screen(assessment_facts.FactPanel(view, name))

    def action_explain(self) -> None:
        """Show how the score of the item under the cursor is computed."""
        if (item := self._item_under_cursor()) is not None and self.month_data is not None:
            self.begin_asking(self._explain(item.id, self.month_data.view.month))

    async def _explain(self, item_id: str, month: Month) -> None:
        explained = await self.read(self.floor.assessment.explain, item_id, month)
        title = f"{term('metric', item_id)} · {t('assessment.month', year=month.year, month=month.month)}"
        self.app.push_screen(assessment_facts.Explain(title, explained))

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_record(self) -> None:
        """Ask for a fact and record it."""
        self.begin_asking(self._after(assessment_facts.record(self, self.month)))

    def action_remove(self) -> None:
        """Remove the first marked fact, or the one under the cursor."""
        if not self.may("fact.remove"):
            return
        if self.body == "costs":
            kind, _, entity_id = (self.table().target or "").partition(":")
            fact_id = entity_id if kind == "fact" else None
        else:
            fact_id = self.table().target if self.body == "facts" else None
        view = self.month_data.fact(fact_id) if self.month_data else None
        if view is None:
            self.say(t("assessment.no_fact_here"))
            return
        self.begin_asking(self._remove(view))

    async def _remove(self, view: "FactView") -> None:
        if await assessment_facts.remove(self, view):
            self.table("facts").unmark(view.id)
            self.table("costs").unmark(f"fact:{view.id}")
            await self._reload()

    async def _after(self, act: Coroutine[Any, Any, bool]) -> None:
        if await act:
            await self._reload()

    def action_copy(self) -> None:
        """Copy the marked rows, or the one under the cursor, one line each."""
        rows = self.table().target_rows()
        ids = [row.id for row in rows]
        if self.body == "costs" and all(row_id.startswith("order:") for row_id in ids):
            kind, ids = "order", [row_id.removeprefix("order:") for row_id in ids]
        elif self.body == "costs":
            kind, ids = "assessment", [item.id] if (item := self._item_under_cursor()) is not None else []
        else:
            kind = "fact" if self.body == "facts" else "assessment"
        self.copy(kind, ids, [row.line for row in rows])

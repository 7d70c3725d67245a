"""单位: the departments compared, by the orders that were sent to them in a span of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize

from floorctl.floor.departments import DEPARTMENT_SORTS
from floorctl.i18n import t, term
from floorctl.rules.orders.departments import MEASURES, DepartmentCounts, judged, rate
from floorctl.screens.orders.sibling_screen import SiblingScreen
from floorctl.text import typed
from floorctl.text.numbers import NOTHING, count_text, percent, trimmed
from floorctl.text.safe import visible
from floorctl.widgets import looks
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import Pane, heading, labelled, paragraph
from floorctl.widgets.rows import Cell, Column, Row
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.departments import DepartmentView

_DAY = timedelta(days=1)
#: Years from and until which days can be typed, as by command.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
#: Least width of the column of a measure: ``100.0%`` and, where there is room, its count.
_RATE, _RATE_AND_COUNT = 6, 14
#: Least terminal columns for rates with their counts.
_COUNTS_FROM = 200
_SPANS = ("month", "last_month", "week", "quarter", "year", "other")


@dataclass(frozen=True)
class Shown:
    """What the screen showed when its orders were opened, to come back to."""

    first: date
    last: date
    sort: str
    department: str


class DepartmentsScreen(SiblingScreen["DepartmentView"]):
    """A row for each department with the rates that it is compared by; Enter shows the orders behind it."""

    NAME_KEY: ClassVar[str] = "departments.name"
    CSS_PATH = "departments.tcss"
    VIEW = "departments"
    LIST = "#departments"
    DETAIL = "#department"
    KINDS = frozenset({"order", "outbox", "department"})
    WIDE = 130
    RELOAD_EVERY = 5.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "month(-1)", "departments.key.month_before"),
        Binding("right", "month(1)", "departments.key.month_after"),
        Binding("t", "span", "departments.key.span"),
        Binding("o", "sort", "departments.key.sort"),
        Binding("y", "copy", "departments.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.first = self.last = date.min
        self.sort = DEPARTMENT_SORTS[0]
        self._views: dict[str, DepartmentView] = {}
        #: The department that the first reading puts the cursor on.
        self._to_show = ""

    def compose_view(self) -> ComposeResult:
        """Yield the table, and the pane with the department under the cursor."""
        yield PlainTable(
            _columns(0),
            self._load,
            empty=t("departments.none"),
            kind=t("departments.rows"),
            locate=self._locate,
            id="departments",
        )
        yield Pane(id="department")

    def on_mount(self) -> None:
        """Show this month, unless the screen is told to show another span."""
        if self.first == date.min:
            self.first, self.last = self.floor.departments.this_month()
        self.reload_now()

    def restore(self, shown: Shown) -> None:
        """Show again what was shown when the orders of a department were opened."""
        self.first, self.last, self.sort, self._to_show = shown.first, shown.last, shown.sort, shown.department

    def on_resize(self, event: Resize) -> None:
        """Show the counts beside the rates where there is room."""
        self.table.set_columns(_columns(event.size.width))
        self.reload_soon()

    # -- what is shown --------------------------------------------------------------------------------------------

    async def reload(self) -> None:
        """Count again, and say for which days."""
        await super().reload()
        if self._to_show and (at := await self._locate(self._to_show)) is not None:
            await self.table.go_to(at)
        self._to_show = ""
        self.say_below(
            [
                seg("  " + t("departments.span", first=f"{self.first}", last=f"{self.last}"), looks.TEXT),
                seg("  " + t("departments.total", n=len(self._views)), looks.QUIET),
            ],
            [seg(t("orders.sorted", sort=_word(self.sort)) + " ", looks.QUIET)],
        )

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        words = typed.words(self.filter_text)
        views = await self.read(self.floor.departments.compared, self.first, self.last, sort=self.sort, search=words)
        self._views = {view.id: view for view in views}
        counts = self.size.width >= _COUNTS_FROM
        return [_row(view, counts=counts) for view in views[offset : offset + limit]], len(views)

    async def _locate(self, department_id: str) -> int | None:
        return next((at for at, each in enumerate(self._views) if each == department_id), None)

    async def read_detail(self, row_id: str) -> "DepartmentView | None":
        """Return the department under the cursor."""
        return self._views.get(row_id)

    def detail_lines(self, width: int) -> list[Line]:
        """Return each measure with its counts, and whom to call."""
        view = self.detail
        if view is None:
            return []
        lines = paragraph(view.name, width, looks.STRONG)
        lines += labelled(_word("dispatched"), count_text(view.counts.dispatched), width, at=14)
        for measure in MEASURES:
            lines += labelled(_word(measure), _in_full(view.counts, measure), width, at=14)
        if view.counts.passed_on:
            lines += paragraph(t("departments.passed_on", n=view.counts.passed_on), width, looks.QUIET)
        known = dict(self.floor.names.departments()).get(view.id)
        if known is not None:
            lines.append(heading(t("departments.section.unit"), width))
            lines += labelled(t("departments.field.level"), term("department_level", known.level), width, at=14)
            lines += labelled(t("departments.field.region"), known.region or NOTHING, width, at=14)
            lines += labelled(t("departments.field.phone"), known.duty_phone or NOTHING, width, at=14)
        hours = self.floor.config.work.accept_hours
        lines += paragraph(t("departments.how", hours=trimmed(hours, 1)), width, looks.QUIET)
        return lines

    def open_row(self, row_id: str) -> None:
        """Show the department's orders of these days; Esc comes back here."""
        shown = Shown(self.first, self.last, self.sort, row_id)
        span = self.floor.departments.span(self.first, self.last)
        self.to_orders().show_sent(row_id, span, shown)

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_month(self, step: int) -> None:
        """Show the month before or after the one of the first day, at most this one."""
        start = self.first.replace(day=1)
        other = (start - _DAY).replace(day=1) if step < 0 else (start + 31 * _DAY).replace(day=1)
        self._show(*self._month(other))

    def _month(self, start: date) -> tuple[date, date]:
        this, today = self.floor.departments.this_month()
        return (this, today) if start >= this else (start, (start + 31 * _DAY).replace(day=1) - _DAY)

    def _show(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.ask_tables()
        self.reload_now()

    def action_span(self) -> None:
        """Ask for the span of days."""
        self.begin_asking(self._choose_span())

    async def _choose_span(self) -> None:
        options = [Option(each, t(f"departments.spans.{each}")) for each in _SPANS]
        chosen = await self.ask(Pick(t("departments.ask.span"), options))
        if chosen == ("other",):
            await self._ask_days()
        elif chosen is not None:
            self._show(*self._span(chosen[0]))

    async def _ask_days(self) -> None:
        shown = f"{self.first} {self.last}"
        text = await self.ask_text(t("departments.ask.days"), purpose="departments.days", subject="", value=shown)
        if text is None:
            return
        try:
            first, last = map(typed.day, text.split())
        except ValueError:
            first, last = date.max, date.min
        if first.year < _FIRST_YEAR or last < first or last.year > _LAST_YEAR:
            self.say(t("departments.not_days"), severity="warning")
        else:
            await self.read(self.floor.texts.landed, (text,))
            self._show(first, last)

    def _span(self, name: str) -> tuple[date, date]:
        start, today = self.floor.departments.this_month()
        match name:
            case "last_month":
                return self._month((start - _DAY).replace(day=1))
            case "week":
                return today - 6 * _DAY, today
            case "quarter":
                return start.replace(month=start.month - (start.month - 1) % 3), today
            case "year":
                return start.replace(month=1), today
            case _:
                return start, today

    def action_sort(self) -> None:
        """Sort by the next column, the worst first."""
        self.sort = DEPARTMENT_SORTS[(DEPARTMENT_SORTS.index(self.sort) + 1) % len(DEPARTMENT_SORTS)]
        self.ask_tables()
        self.reload_now()

    def action_copy(self) -> None:
        """Copy the marked departments, or the one under the cursor, one line each."""
        views = [view for each in self.table.targets() if (view := self._views.get(each)) is not None]
        lines = [
            "  ".join([visible(view.name), *(f"{_word(each)} {_in_full(view.counts, each)}" for each in MEASURES)])
            for view in views
        ]
        self.copy("department", [view.id for view in views], lines)


def _word(column: str) -> str:
    return t(f"departments.column.{column}")


def _columns(width: int) -> list[Column]:
    cells = _RATE_AND_COUNT if width >= _COUNTS_FROM else _RATE
    return [
        Column(_word("name"), 16, grow=1, wish=24, most=40),
        Column(_word("dispatched"), 6, right=True),
        *(Column(_word(measure), cells, right=True) for measure in MEASURES),
    ]


def _row(view: "DepartmentView", *, counts: bool) -> Row:
    return Row(
        view.id,
        (
            (visible(view.name), looks.STRONG),
            count_text(view.counts.dispatched),
            *(_cell(view.counts, measure, with_count=counts) for measure in MEASURES),
        ),
    )


def _cell(counts: DepartmentCounts, measure: str, *, with_count: bool) -> Cell:
    words = percent(rate(counts, measure))
    return f"{count_text(getattr(counts, measure))}  {words:>6}" if with_count else words


def _in_full(counts: DepartmentCounts, measure: str) -> str:
    part, whole = count_text(getattr(counts, measure)), count_text(judged(counts, measure))
    return t("departments.rate", rate=percent(rate(counts, measure)), part=part, whole=whole)

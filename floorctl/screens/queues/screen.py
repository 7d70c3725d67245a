"""队列: the queues screen with each queue's figures since midnight and of the last half hour, and a plot of its day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.widgets import Static

from floorctl.i18n import t
from floorctl.rules.floor import metrics
from floorctl.rules.floor.counts import Counts
from floorctl.screens.queues.day_plot import DayPlot
from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.durations import mean_time, running
from floorctl.text.numbers import NOTHING, count_text, percent, percent_in_full
from floorctl.text.safe import CONTRADICTED
from floorctl.text.typed import folded
from floorctl.widgets import looks
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain
from floorctl.widgets.rows import Cell, Column, Row
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.views import ConnectionStatus, QueueView
    from floorctl.models.floor import Interval

_ALL = "*"

#: Column → (least width in cells, least terminal width that shows it). Only the first is aligned left.
_COLUMNS: dict[str, tuple[int, int]] = {
    "name": (11, 0),
    "waiting": (4, 0),
    "longest": (7, 0),
    "offered": (6, 0),
    "answer_rate": (6, 0),
    "service_level": (7, 0),
    "last_half_hour": (7, 0),
    "abandoned": (6, 0),
    "asa": (7, 100),
    "aht": (7, 0),
}
#: Least terminal width for the full title of the column of the last half hour.
_FULL_TITLE = 110
#: Cells reserved for the name before the other columns get wider.
_NAME_ROOM = 16


class QueuesScreen(CockpitScreen):
    """A row for each queue and one for all; beneath, the crew and the day's plot of the queue under the cursor.

    It is no ``ListDetailScreen``: rows and plot are computed from the same quarter hours, which are read once for all
    queues, and the plot is always in sight, so that Enter has nothing to open.
    """

    NAME_KEY: ClassVar[str] = "queues.name"
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "PlainTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "day(-1)", "queues.key.day_before"),
        Binding("right", "day(1)", "queues.key.day_after"),
        Binding("y", "copy", "queues.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._days_back = 0
        #: Names of the columns that the width has room for.
        self._column_names: list[str] = []
        #: Queue id → quarter hours of the day shown.
        self._intervals: dict[str, list[Interval]] = {}
        #: Queue id → agents that the forecast needs now.
        self._needed_agents: dict[str, int] = {}

    def compose_body(self) -> ComposeResult:
        """Compose the table, the line of the crew, and the plot."""
        yield PlainTable(self._columns_for(0), self._load, empty=t("queues.none"), kind=t("ui.rows.queue"), id="queues")
        yield Static(id="crew")
        yield DayPlot()

    @property
    def table(self) -> PlainTable:
        """The list of queues."""
        return self.query_one("#queues", PlainTable)

    def _columns_for(self, width: int) -> list[Column]:
        """Return the columns for a terminal of ``width`` cells."""
        self._column_names = [name for name, (_, least) in _COLUMNS.items() if width >= least]
        titles = {}
        for name in self._column_names:
            short = "_short" if name == "last_half_hour" and width < _FULL_TITLE else ""
            titles[name] = t(f"queues.column.{name}{short}")
        cells = {name: max(_COLUMNS[name][0], cell_len(title)) for name, title in titles.items()}
        # The figures share spare cells, the name gets none, so that figures stay near their name.
        spare = width - sum(cells.values()) - 2 * len(cells) - _NAME_ROOM
        apart = max(0, spare // len(cells)) if width >= _FULL_TITLE else 0
        return [
            Column(title, cells[name] + (apart if name != "name" else 0), grow=name == "name", right=name != "name")
            for name, title in titles.items()
        ]

    def on_resize(self, event: Resize) -> None:
        """Set the columns for the new width."""
        self.table.set_columns(self._columns_for(event.size.width))
        if self.table.loaded:
            self.begin(self.table.reload())

    def on_mount(self) -> None:
        """Read today's quarter hours and the agents needed."""
        self.begin_newest(self._read_day, "day")
        self.begin(self._read_needed_agents())

    def on_changed(self, changed: Changes) -> None:
        """Read quarter hours again if one changed; reload the table if a queue changed."""
        if not changed or "interval" in changed:
            self.begin_newest(self._read_day, "day")
        elif "queue" in changed:
            self.begin(self.table.reload())

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Reload: waits stop or continue with the connection."""
        self.begin(self.table.reload())

    def on_tick(self, now: datetime) -> None:
        """Update the waits; each quarter hour, read the agents needed."""
        self.begin(self.table.reload())
        self._show_crew()
        if now.second == 0 and now.minute % 15 == 0:
            self.begin(self._read_needed_agents())

    def filter_changed(self, text: str) -> None:
        """Show the queues whose name or line contains ``text``."""
        self.begin(self.table.reload(to_top=True))

    def on_plain_table_moved(self, _event: PlainTable.Moved) -> None:
        """Plot the day of the queue under the cursor."""
        self._show_plot()

    def action_day(self, days: int) -> None:
        """Show the day ``days`` later (negative: earlier), at most today."""
        self._days_back = max(0, self._days_back - days)
        self.begin_newest(self._read_day, "day")

    def action_copy(self) -> None:
        """Copy the queue under the cursor as a line of text."""
        table = self.table
        if (row := table.row_at(table.cursor)) is not None:
            titled = zip((column.title for column in table.columns), row.texts, strict=True)
            line = "  ".join(f"{title} {text}".strip() for title, text in titled)
            ids = [view.id for view in self._matching_queues()] if row.id == _ALL else [row.id]
            self.copy("queue", ids, [line])

    # -- rows -----------------------------------------------------------------------------------------------------

    def _matching_queues(self) -> "list[QueueView]":
        words = folded(self.filter_text)
        return [view for view in self.floor.queues.all() if words in folded(f"{view.queue.name} {view.queue.line}")]

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        queues = self._matching_queues()
        rows = [self._queue_row(view) for view in queues]
        if len(queues) > 1:
            rows.append(self._sum_row(queues))
        return rows, len(rows)

    def _queue_row(self, view: "QueueView") -> Row:
        queue = view.queue
        recent = metrics.last_30_minutes(self._intervals.get(view.id, []), view.id, self.floor.now())
        late = view.longest_wait_seconds is not None and view.longest_wait_seconds > queue.target_seconds
        over = queue.waiting > self.floor.config.alerts.queue_waiting
        return self._row(
            view.id,
            brief(view.queue.name),
            (f"{queue.waiting}{'▲' if over else ''}", looks.ALERT if over else looks.STRONG),
            self._wait(view.longest_wait_seconds, late, doubt="longest_wait_seconds" in view.doubts),
            count_text(queue.offered),
            view.marked("answer_rate", percent(view.answer_rate)),
            # No amber for the day's rate: only the last half hour can still be influenced.
            _rate(view.service_level, queue.target_level, looks.TEXT, doubt="service_level" in view.doubts),
            self._last_half_hour(recent, queue.target_level),
            view.marked("abandon_rate", percent(view.abandon_rate)),
            view.marked("asa_seconds", mean_time(view.asa_seconds)),
            view.marked("aht_seconds", mean_time(view.aht_seconds)),
        )

    def _row(self, row_id: str, *cells: Cell, style: Style | None = None) -> Row:
        """Return a row with the cells of the present columns; ``cells`` has one for each of ``_COLUMNS``."""
        named = dict(zip(_COLUMNS, cells, strict=True))
        return Row(row_id, tuple(named[name] for name in self._column_names), style)

    def _sum_row(self, queues: "Sequence[QueueView]") -> Row:
        counts = metrics.combine((view.queue for view in queues), self.floor.status.shown_at())
        recent = metrics.last_30_minutes(
            [each for view in queues for each in self._intervals.get(view.id, [])], None, self.floor.now()
        )
        wait = metrics.longest_wait(counts, self.floor.status.shown_at())
        return self._row(
            _ALL,
            t("queues.all_but", n=counts.left_out) if counts.left_out else t("queues.all"),
            f"{counts.waiting}",
            self._wait(wait, late=False),
            count_text(counts.offered),
            percent(metrics.answer_rate(counts)),
            percent(metrics.service_level(counts)),
            percent(metrics.service_level(recent)) if not self._days_back else "",
            percent(metrics.abandon_rate(counts)),
            mean_time(metrics.asa(counts)),
            mean_time(metrics.aht(counts)),
            style=looks.HEADER,
        )

    def _last_half_hour(self, recent: Counts, target: float) -> Cell:
        """Return the service level of the last half hour; "" if another day is shown."""
        if self._days_back:
            return ""
        rate = metrics.service_level(recent)
        return _rate(rate, target, looks.WARNING, doubt=rate is None and recent.left_out > 0)

    def _wait(self, seconds: float | None, late: bool, *, doubt: bool = False) -> tuple[str, Style]:
        if seconds is None:
            return CONTRADICTED if doubt else NOTHING, looks.TEXT
        if self.floor.status.connection().mode != "live":
            return running(seconds), looks.STALE
        return running(seconds) + ("▲" if late else ""), looks.WARNING if late else looks.TEXT

    # -- the day --------------------------------------------------------------------------------------------------

    def _day_shown(self) -> date:
        return (self.floor.now() - timedelta(days=self._days_back)).date()

    async def _read_needed_agents(self) -> None:
        self._needed_agents = await self.read(self.floor.staffing.needed_agents)
        self._show_crew()

    async def _read_day(self) -> None:
        day = self._day_shown()
        for view in self.floor.queues.all():
            self._intervals[view.id] = await self.read(self.floor.queues.intervals, view.id, day)
        await self.table.reload()
        self.table.styles.height = self.table.total + 1
        self._show_plot()

    def _show_crew(self) -> None:
        """Show ``12345 综合：需 4、能接 9、空闲 5`` for the queue under the cursor, else for all."""
        queue_id = self.table.cursor_id or _ALL
        crews = metrics.crews(view.seat for view in self.floor.seats.all())
        pieces = []
        for view in self._matching_queues() if not self._days_back else ():
            if queue_id not in (_ALL, view.id):
                continue
            crew, needed = crews.get(view.id, metrics.Crew()), self._needed_agents.get(view.id)
            key = "queues.crew" if needed is not None else "queues.crew_unforecast"
            words = t(key, needed=needed or 0, able=crew.able, idle=crew.idle)
            target = t(
                "queues.target", level=percent_in_full(view.queue.target_level), seconds=view.queue.target_seconds
            )
            pieces.append(f" {brief(view.queue.name)} {words}" + (f"    {target}" if queue_id != _ALL else ""))
        self.query_one("#crew", Static).update(plain("   ".join(pieces)))

    def _show_plot(self) -> None:
        self._show_crew()
        queue_id = self.table.cursor_id or _ALL
        queues = [view for view in self._matching_queues() if queue_id in (_ALL, view.id)]
        name = brief(queues[0].queue.name) if queue_id != _ALL and queues else t("queues.all")
        intervals = [each for view in queues for each in self._intervals.get(view.id, [])]
        target = queues[0].queue.target_level if queues else 0.0
        seconds = queues[0].queue.target_seconds if queues else 0
        title = t("queues.plot", name=name, day=f"{self._day_shown():%Y-%m-%d}")
        now = None if self._days_back else self.floor.now()
        self.query_one(DayPlot).show(title, intervals, target, seconds, self.floor.config.zone, now)


def _rate(rate: Fraction | None, target: float, missed: Style, *, doubt: bool) -> tuple[str, Style]:
    if doubt:
        return CONTRADICTED, looks.TEXT
    low = metrics.is_below_target(rate, target)
    return percent(rate) + ("▼" if low else ""), missed if low else looks.TEXT

"""质检, the quality screen: the day's plan, its progress, scores with appeals, double scores, calibration, results."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import ScreenSuspend

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.rules.commands.roles import readable
from floorctl.screens.quality import actions, sample_actions
from floorctl.screens.quality.detail import lines_of
from floorctl.screens.quality.lists import GROUPS, VIEWS, Listing, Request, columns, month_after, read, rows
from floorctl.screens.quality.sample import can_score, read_opened, read_order_of
from floorctl.screens.quality.tabs import Tab, Tabs
from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.counts import day_counts
from floorctl.screens.shell.list_detail import ListDetailScreen
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.numbers import score_text
from floorctl.widgets import looks
from floorctl.widgets.order_detail import OrderDetail
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import Pane
from floorctl.widgets.rows import Row, matching_rows
from floorctl.widgets.table import PlainTable
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from floorctl.floor.quality.views import DoubleScore, SampleView

#: View → kind of its rows' ids for the audit trail. Rows of the other views are sums over many scores and have no id to
#: name.
_COPIED = {"plan": "sample", "scores": "inspection", "contests": "command", "calibration": "sample"}
_KEYS = {"plan": "P", "progress": "G", "scores": "S", "contests": "X", "calibration": "C", "results": "R"}


class QualityScreen(ListDetailScreen[tuple[str, OrderDetail | None]]):
    """The lists of quality inspection. On arrival the cursor is on today's next sample; Enter opens it for scoring."""

    NAME_KEY: ClassVar[str] = "quality.name"
    CSS_PATH = "screen.tcss"
    TYPED_AHEAD: ClassVar[bool] = True
    LIST = "#list"
    DETAIL = "#thing"
    KINDS = frozenset({"sample", "inspection", "rubric", "outbox", "person"})
    RELOAD_AFTER = 0.15
    NEEDS: ClassVar[Mapping[str, str]] = {
        "skip": "sample.skip",
        "appeal": "inspection.appeal",
        "decide": "inspection.decide",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_view(1)", "quality.key.next_view"),
        Binding("shift+tab", "next_view(-1)", "quality.key.previous_view", show=False),
        *(Binding(key, f"view('{name}')", f"quality.key.view_{name}") for name, key in _KEYS.items()),
        Binding("left", "period(-1)", "quality.key.before"),
        Binding("right", "period(1)", "quality.key.after"),
        Binding("i", "mine", "quality.key.mine"),
        Binding("b", "group", "quality.key.group"),
        Binding("o", "skip", "quality.key.skip"),
        Binding("p", "play", "quality.key.play"),
        Binding("e", "appeal", "quality.key.appeal"),
        Binding("v", "decide", "quality.key.decide"),
        Binding("y", "copy", "quality.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
        Binding("5", "next_sample", "quality.key.next_sample", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.request = Request()
        #: What was read last and for which request. It stays on the screen while another request is read.
        self.listing, self.shown_request = Listing(), self.request
        self._rows: list[Row] = []
        self._double_scores = 0
        self._appeals = 0
        self._left_for_form = self._to_first = True
        self._to_top = False
        #: Whether the list is being read, and whether something has changed since the reading began.
        self._reading = self._stale = False

    def compose_body(self) -> ComposeResult:
        """Yield the views, the list and the detail."""
        yield Tabs(id="views")
        with Container(id="quality-body"):
            yield PlainTable(
                columns("plan"),
                self._load,
                empty=t("quality.none.plan"),
                kind=t("quality.kind_of.plan"),
                locate=self._locate,
                id="list",
            )
            yield Pane(id="thing")

    @property
    def month(self) -> str:
        """The month that is shown (``2026-11``)."""
        return self.request.month or f"{self.floor.now():%Y-%m}"

    # -- display --------------------------------------------------------------------------------------------------

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        """Record whether a form replaced the list, or only a dialog is on top."""
        self._left_for_form = isinstance(top := top_screen(self.app), CockpitScreen) and top is not self

    def arrive(self) -> None:
        """Start with today's plan."""
        self.request = Request()
        self.remove_class("reading")
        if self.filter_text:
            self.clear_filter()
        self.table.focus()

    def on_changed(self, changed: Changes) -> None:
        """Read again; on return from a form, with the cursor on today's next sample."""
        if changed:
            super().on_changed(changed)
        else:
            self._to_first |= self._left_for_form and self.request.view == "plan"
            self.reload_now()

    def reload_now(self) -> None:
        """Read the list, and once more if something changes meanwhile.

        A reading is never cancelled: a steady flow of changes would otherwise keep it from ever completing.
        """
        self.reload_begins()
        self._stale = True
        if not self._reading:
            self._reading = True
            self.begin(self._reload_until_fresh())

    async def _reload_until_fresh(self) -> None:
        try:
            while self._stale:
                self._stale = False
                await self.reload()
        finally:
            self._reading = False

    async def reload(self) -> None:
        """Read what is asked for, and show it unless another request was made meanwhile."""
        request = replace(self.request, month=self.month)
        try:
            listing, double_scores, appeals = await self.read(self._read, request)
        except FloorctlError as error:
            self.say(sentence(error), severity="error")
            listing, double_scores, appeals = Listing(), 0, 0
        if request != replace(self.request, month=self.month):
            return  # another request was made meanwhile
        self.listing, self.shown_request = listing, request
        self._double_scores, self._appeals = double_scores, appeals
        person = self.floor.session.person
        listed = rows(request, listing, self.floor.now(), person.person_id if person else None)
        self._rows = matching_rows(listed, self.filter_text)
        self.set_class(request.view == "progress", "whole")  # its rows show everything, so there is no detail
        self.table.set_columns(columns(request.view, request.group))
        self.table.kind = t(f"quality.kind_of.{request.view}")
        self.table.empty = t("quality.none.viewer") if self._sees_nothing else t(f"quality.none.{request.view}")
        await self.table.reload(to_top=self._to_top or self._to_first)
        self._to_top = False
        if self._to_first:
            self._to_first = False
            at = await self._locate(listing.first or "")
            await self.table.go_to(at or 0)
        self._repaint_views()
        self.refresh_bars()
        self.cockpit.release_keys("screen")
        await self.show_detail()

    def _read(self, request: Request) -> tuple[Listing, int, int]:
        if self._sees_nothing:  # the cache may still hold another person's data
            return Listing(), 0, 0
        listing = read(self.floor, request)
        appeals = (
            self.floor.quality.inspections(states=("appealed",)) if self.floor.desk.may("inspection.decide") else []
        )
        return listing, len(self.floor.quality.double_scores()), len(appeals)

    @property
    def _sees_nothing(self) -> bool:
        """Whether the person's roles may not read scores."""
        person = self.floor.session.person
        return "inspection" not in readable(person.roles if person else ())

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        return self._rows[offset : offset + limit], len(self._rows)

    async def _locate(self, row_id: str) -> int | None:
        return next((at for at, row in enumerate(self._rows) if row.id == row_id), None)

    def _repaint_views(self) -> None:
        counts = {"contests": self._double_scores, "scores": self._appeals}
        tabs = [Tab(name, _KEYS[name], t(f"quality.view.{name}"), counts.get(name, 0)) for name in VIEWS]
        left: Line = [seg(" " + self._period(), looks.STRONG)]
        if self.request.view == "results":
            left.append(seg("  ▸" + t(f"quality.group.{self.request.group}"), looks.SKY))
        if self.request.view == "plan" and self.request.mine:
            left.append(seg("  ▸" + t("quality.mine"), looks.SKY))
        if self.filter_text:
            left.append(seg(f"  ▸“{self.filter_text}”", looks.SKY))
        overall = getattr(self.listing.summary, "overall", None)
        right: Line = [seg(t(f"quality.rows.{self.request.view}", n=self.table.total) + " ", looks.QUIET)]
        if self.request.view == "results" and overall is not None:
            right = [seg(t("quality.overall", n=overall.count, mean=score_text(overall.mean)) + " ", looks.TEXT)]
        self.query_one(Tabs).show(tabs, self.request.view, left, right)

    def _period(self) -> str:
        if self.request.view in ("plan", "progress"):
            return f"{self.request.day or self.floor.now().date():%Y-%m-%d}"
        return self.month if self.request.view != "contests" else ""

    def counts(self) -> list[Segment]:
        """Return ``质检 今日 18/42`` and the keys of the view."""
        hint = t(f"quality.hint.{self.request.view}")
        return [*day_counts(self.cockpit.quality), Segment(hint, looks.QUIET)]

    # -- the row under the cursor ---------------------------------------------------------------------------------

    async def read_detail(self, row_id: str) -> tuple[str, OrderDetail | None] | None:
        """Read the order behind a sample, once while the cursor is on it; return it with the sample's id."""
        if self.shown_request.view != "plan":
            return None
        if self.detail is not None and self.detail[0] == row_id:
            return self.detail
        order = await self.read(read_order_of, self.floor, row_id) if self._has_order(row_id) else None
        return row_id, order

    def _has_order(self, row_id: str) -> bool:
        view = self.listing.entries.get(row_id)
        return view is not None and bool(view.sample.order_id or view.sample.target.kind == "order")

    def detail_lines(self, width: int) -> list[Line]:
        """Return the lines about the row under the cursor, with the order behind it where it was read."""
        row_id = self.table.cursor_id or ""
        order = self.detail[1] if self.detail is not None and self.detail[0] == row_id else None
        name_of = self.floor.names.person
        return lines_of(
            self.shown_request, self.listing, row_id, order, self.floor.now(), width, self.pane.size.height, name_of
        )

    def _under_cursor(self, view: str) -> Any:
        """Return what the row under the cursor shows; None where another view than ``view`` is shown."""
        return self.listing.entries.get(self.table.seen_id or "") if self.shown_request.view == view else None

    def _target_entry(self, view: str) -> Any:
        """Return what an act is about: the first marked row's, else the cursor's; None where another view is shown."""
        return self.listing.entries.get(self.table.target or "") if self.shown_request.view == view else None

    @property
    def _row_gone(self) -> bool:
        """Whether the row under the cursor no longer exists; shows a warning if so."""
        return self.table.gone_id not in (None, *self.listing.entries) and self.says_gone(self.table)

    def open_row(self, row_id: str) -> None:
        """Score a sample, settle a double score, else focus the detail."""
        if self._row_gone:
            return
        view = self._under_cursor("plan")
        if view is not None and self.floor.desk.may("inspection.submit") and can_score(view):
            self.open_form(view.id)
        elif self._waits_for_me():
            self.open_form(self.table.seen_id or "")
        elif self.shown_request.view == "contests" and self.floor.desk.may("inspection.decide"):
            self._settle(self._under_cursor("contests"))
        elif self.pane.picture(max(10, self.pane.size.width), 3):
            self.begin_reading()

    def _waits_for_me(self) -> bool:
        """Whether the row under the cursor is a calibration that this person has not scored yet."""
        view = self._under_cursor("calibration")
        return view is not None and view.mine and self.floor.desk.may("inspection.submit")

    def open_form(self, sample_id: str) -> None:
        """Open a sample for scoring; keys typed meanwhile are held for the form."""
        self.cockpit.hold_keys()
        self.begin(self._open_form(sample_id))

    async def _open_form(self, sample_id: str) -> None:
        from floorctl.screens.quality.form import ScoringScreen

        try:
            opened = await self.read(read_opened, self.floor, sample_id)
        except FloorctlError as error:
            self.say(sentence(error), severity="error")
            self.cockpit.release_keys()
        else:
            self.app.push_screen(ScoringScreen(opened))

    def go_back(self) -> None:
        """Go from another view to today's plan first."""
        if self.request == Request():
            super().go_back()
        else:
            self._show_request(Request())

    # -- views ----------------------------------------------------------------------------------------------------

    def _show_request(self, request: Request) -> None:
        changed = request != self.request
        self.request = request
        self.remove_class("reading")
        self.table.focus()
        self._to_first = changed and request.view == "plan"
        self._to_top = changed
        self.reload_now()

    def action_view(self, name: str) -> None:
        """Show another view."""
        self._show_request(replace(self.request, view=name))

    def action_next_view(self, step: int) -> None:
        """Show the view ``step`` places beside this one."""
        self.action_view(VIEWS[(VIEWS.index(self.request.view) + step) % len(VIEWS)])

    @on(Tabs.Chosen)
    def _view_clicked(self, event: Tabs.Chosen) -> None:
        self.action_view(event.name)

    def action_period(self, step: int) -> None:
        """Go to the day before or after, in views of a month to the month; never into the future."""
        today = self.floor.now().date()
        if self.request.view in ("plan", "progress"):
            day = min(today, (self.request.day or today) + timedelta(days=step))
            self._show_request(replace(self.request, day=None if day == today else day))
        elif self.request.view != "contests":
            month = month_after(self.month, step)
            self._show_request(replace(self.request, month="" if month >= f"{today:%Y-%m}" else month))

    def action_mine(self) -> None:
        """Switch between my samples and all."""
        if self.request.view == "plan":
            self._show_request(replace(self.request, mine=not self.request.mine))

    def action_group(self) -> None:
        """Show the next grouping of the results: ``GROUPS`` in order."""
        if self.request.view == "results":
            self._show_request(
                replace(self.request, group=GROUPS[(GROUPS.index(self.request.group) + 1) % len(GROUPS)])
            )

    def action_next_sample(self) -> None:
        """Go back to today's next sample."""
        self._show_request(Request())
        self._to_first = True

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_skip(self) -> None:
        """Take the first marked sample, or the one under the cursor, off the plan."""
        if self.may("sample.skip") and not self._row_gone and (view := self._target_entry("plan")) is not None:
            self.begin_asking(self.after_one(self._skip(view), view.id), for_text=True)

    async def _skip(self, view: "SampleView") -> bool:
        if not can_score(view):
            self.say(t("quality.not_open"), severity="warning")
            return False
        return await sample_actions.skip(self, view)

    def action_play(self) -> None:
        """Play the recording of the first marked sample, or of the one under the cursor."""
        if not self._row_gone and (view := self._target_entry("plan")) is not None:
            self.begin(sample_actions.play(self, view))

    def action_appeal(self) -> None:
        """Appeal against the first marked score, or the one under the cursor."""
        if self.may("inspection.appeal") and not self._row_gone:
            appeal = actions.appeal(self, self._target_entry("scores"))
            self.begin_asking(self.after_one(appeal, self.table.target), for_text=True)

    def action_decide(self) -> None:
        """Decide on an appeal or a double score: the first marked, else the one under the cursor."""
        if not self.may("inspection.decide") or self._row_gone:
            return
        if self.shown_request.view == "contests":
            self._settle(self._target_entry("contests"))
        else:
            self.begin_asking(self.after_one(actions.decide(self, self._target_entry("scores")), self.table.target))

    def _settle(self, double: "DoubleScore | None") -> None:
        if double is not None:  # None: the row left the list a moment ago
            self.begin_asking(self.after_one(actions.settle(self, double), double.command_id))

    async def after_one(self, act: Awaitable[bool], row_id: str | None) -> None:
        """Await an act on one row; if it was done, read again, in the plan with the cursor on the next sample."""
        if await act:
            self.table.unmark(row_id)
            self._to_first = self.request.view == "plan"
            self.reload_now()

    def action_copy(self) -> None:
        """Copy the marked rows, or the one under the cursor, a line each."""
        wanted = set(self.table.targets())
        lines = [row.line for row in self._rows if row.id in wanted]
        kind = _COPIED.get(self.shown_request.view, "")
        self.copy(kind or "inspection", [*wanted] if kind else [], lines)

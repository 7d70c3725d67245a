"""预警: the escalation ladder: what is due when, who phoned, who reported."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize, ScreenResume, ScreenSuspend

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models import Ref
from floorctl.models.alerts import SEVERITIES, STEP_KINDS
from floorctl.rules.alerts.urgency import next_to_take_up, unfinished
from floorctl.screens.alerts import actions
from floorctl.screens.shell.screen import Changes, CockpitScreen
from floorctl.text.durations import countdown
from floorctl.text.safe import cut, folded, visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.escalation import ladder_lines, time_left
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import Pane, heading, labelled, paragraph
from floorctl.widgets.rows import Column, Row, widest
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.views import AlertView

#: From this width on the ladder stands beside the list.
WIDE = 150
#: Without a ground of their own, so that the cursor's shows.
_SEVERITY_STYLES = {"critical": looks.RED + Style(bold=True), "warning": looks.WARNING, "notice": looks.SKY}
#: Cells in which an order's number stands with what it is late with; which column that is.
_LEAST_TITLE, _TITLE = 38, 3
_STATE_STYLES = {"open": looks.AMBER, "acknowledged": looks.TEXT, "closed": looks.QUIET}


class AlertsScreen(CockpitScreen):
    """In the order of ``alert_order.urgency``; every arrival begins at the one that is taken up next."""

    NAME_KEY: ClassVar[str] = "alerts.name"
    CSS_PATH = "screen.tcss"
    TYPED_AHEAD: ClassVar[bool] = True
    NEEDS: ClassVar[Mapping[str, str]] = {
        "acknowledge": "alert.acknowledge", "step": "alert.step", "choose_step": "alert.step", "close": "alert.close",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "alerts.key.acknowledge"),
        Binding("t", "step", "alerts.key.step"),
        Binding("T", "choose_step", "alerts.key.choose_step"),
        Binding("x", "close", "alerts.key.close"),
        Binding("h", "closed", "alerts.key.closed"),
        Binding("y", "copy", "alerts.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
        Binding("4", "first", "alerts.key.first", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.with_closed = False
        self._views: dict[str, AlertView] = {}
        self._waiting: dict[str, tuple[str, str]] = {}
        self._away = True
        #: The next reload puts the cursor on the one that is next; one that another cuts short leaves it to that one.
        self._to_first = False
        #: The alert that it puts the cursor on instead.
        self._wanted = ""

    def compose_body(self) -> ComposeResult:
        """The list; the ladder of the one under the cursor."""
        with Container(id="alerts-body"):
            yield PlainTable(
                _columns(),
                self._load,
                empty=t("alerts.none_open"),
                kind=t("ui.rows.alert"),
                locate=self._locate,
                gone=self._gone,
                id="alerts",
            )
            yield Pane(id="alert")

    @property
    def table(self) -> PlainTable:
        """The list."""
        return self.query_one("#alerts", PlainTable)

    # -- what is shown --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.table.focus()

    def on_resize(self, event: Resize) -> None:
        """The ladder stands beside the list where there is room, else below it."""
        self.set_class(event.size.width >= WIDE, "wide")
        self.call_after_refresh(self._reload_soon)  # as much of the titles as there is room for then

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        """Note whether another screen took our place or only a dialog stands before us."""
        self._away = self not in self.app.screen_stack

    def on_screen_resume(self, _event: ScreenResume) -> None:
        """Begin at the one that is next after another screen."""
        if self._away:
            self._away = False
            self.action_first()

    def _fitting(self) -> "list[AlertView]":
        words = folded(self.filter_text).split()
        views = self.floor.alerts(closed=self.with_closed)
        if not words:
            return views
        return [view for view in views if all(word in _words(view) for word in words)]

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        views = self._fitting()
        now = self.floor.now()
        self._views = {view.id: view for view in views}
        room = self.table.cells_of(_TITLE)
        return [_row(view, now, room) for view in views[offset : offset + limit]], len(views)

    async def _locate(self, alert_id: str) -> int | None:
        return next((at for at, each in enumerate(self._views) if each == alert_id), None)

    async def _gone(self, alert_id: str) -> Row | None:
        """The alert under the cursor where the list does not hold it any more: closed, most of the time."""
        view = actions.view_of(self.floor, alert_id)
        return None if view is None else _row(view, self.floor.now(), self.table.cells_of(_TITLE))

    def _view(self, alert_id: str | None) -> "AlertView | None":
        """The alert of a row, be it in the list or gone from under the cursor."""
        return self._views.get(alert_id or "") or actions.view_of(self.floor, alert_id)

    def on_changed(self, changed: Changes) -> None:
        """Alerts came, changed or were closed, or something of ours is on its way."""
        if not changed or changed.keys() & {"alert", "outbox", "person"}:
            self._reload_soon()

    def on_tick(self, now: datetime) -> None:
        """The countdowns."""
        self._reload_soon()

    def filter_changed(self, text: str) -> None:
        """Show those with these words."""
        self._reload_soon()

    def _reload_soon(self) -> None:
        self.begin_newest(self._reload, "alerts")

    async def _reload(self) -> None:
        await self.table.reload(to_top=self._to_first)
        if self._to_first:
            self._to_first = False
            views, may_step = list(self._views.values()), self.floor.may("alert.step")
            first = self._views.get(self._wanted) or next_to_take_up(views, self.floor.now(), may_step=may_step)
            self._wanted = ""
            if first is not None:
                await self.table.go_to(views.index(first))
            self.cockpit.release_keys("screen")
        await self._show_alert()

    @on(PlainTable.Moved)
    def _moved(self, event: PlainTable.Moved) -> None:
        event.stop()
        self.begin_newest(self._show_alert, "alert")

    async def _show_alert(self) -> None:
        view = self._view(self.table.cursor_id)
        if view is not None and view.pending:
            self._waiting = await self.read(self._read_waiting, view)
        self.query_one("#alert", Pane).show(self._lines, about=view.id if view else None)

    def _read_waiting(self, view: "AlertView") -> dict[str, tuple[str, str]]:
        found = {}
        for command_id in view.pending:
            try:
                item = self.floor.outbox_item(command_id)
            except FloorctlError:  # sent and seen meanwhile
                continue
            found[command_id] = (item.kind, item.state)
        return found

    def _lines(self, width: int) -> list[Line]:
        view = self._view(self.table.cursor_id)
        if view is None:
            return []
        alert, now = view.alert, self.floor.now()
        glyph = looks.SEVERITY_GLYPHS.get(alert.severity, "·")
        style = looks.SEVERITIES.get(alert.severity, looks.TEXT)
        kind = f"{term('alert_kind', alert.kind)} · {term('alert_state', alert.state)}"
        lines: list[Line] = [
            [
                seg(f" {glyph} {visible(term('severity', alert.severity))} ", style),
                seg("  " + visible(kind), looks.TEXT),
            ]
        ]
        lines += paragraph(view.title, width, looks.STRONG)
        # What was written when it was raised is what was true then; a kind that is not known here has nothing else.
        raised_as = alert.title if alert.title != view.title else ""
        if alert.detail and not raised_as:
            lines += paragraph(alert.detail, width)
        for command_id in view.pending:
            act, state = self._waiting.get(command_id, ("", ""))
            if act:
                words = f"↑ {term('command', act)} · {term('outbox_state', state)}"
                lines.append([seg(visible(words), looks.SKY)])
        lines.append(heading(t("alerts.section.ladder"), width))
        lines += ladder_lines(alert, now, width, self.floor.person_name) or paragraph(
            t("alerts.no_steps"), width, looks.QUIET
        )
        lines.append(heading(t("alerts.section.record"), width))
        source = t("alerts.raised_by", at=when(alert.raised_at, now), source=term("alert_source", view.source))
        lines += labelled(t("alerts.raised"), source, width)
        if raised_as:
            lines += labelled(t("alerts.raised_as"), f"{raised_as}  {alert.detail or ''}".rstrip(), width)
        taken_up = t("alerts.not_acknowledged")
        if alert.acknowledged_at is not None:
            who = self.floor.person_name(alert.acknowledged_by)
            taken_up = t("alerts.acknowledged_by", at=when(alert.acknowledged_at, now), name=who)
        lines += labelled(t("alerts.acknowledged"), taken_up, width)
        subject = t(
            _subject_key(alert.subject.kind),
            kind=term("kind", alert.subject.kind),
            id=self.floor.named(alert.subject.kind, alert.subject.id),
        )
        lines += labelled(t("alerts.section.subject"), f"{subject}  ({t('alerts.open_subject')})", width)
        return lines

    def counts(self) -> list[Segment]:
        """How many wait for whom, and the keys."""
        views = self.floor.alerts()
        now = self.floor.now()
        steps = [step for view in views for step in view.alert.steps if step.done_at is None]
        late = sum(step.due_at < now for step in steps)
        words = t(
            "alerts.summary",
            open=sum(view.alert.state == "open" for view in views),
            acknowledged=sum(view.alert.state == "acknowledged" for view in views),
            steps=len(steps),
        )
        line = [Segment(words, looks.TEXT)]
        if late:
            line.append(Segment(t("alerts.summary_late", late=late), looks.RED))
        if self.floor.live_rules_paused():
            line.append(Segment("   ‖ " + t("floor.rules_paused"), looks.AMBER))
        if self.with_closed:
            line.append(Segment("   ▸" + t("alerts.showing_closed"), looks.SKY))
        return [*line, Segment("   " + t("alerts.hint"), looks.QUIET)]

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_first(self) -> None:
        """The cursor on the one that is taken up next, else on the first."""
        self.table.clear_marks()
        self._to_first = True
        self.cockpit.hold_keys("screen")
        self._reload_soon()

    def show_one(self, alert_id: str) -> None:
        """Put the cursor on one alert, whatever the list was narrowed to; on the next one where that is not there."""
        view = actions.view_of(self.floor, alert_id)
        if view is None:
            self.say(t("alerts.gone"), severity="warning")
        elif view.alert.state == "closed":
            self.with_closed = True
        self._wanted = alert_id
        if self.query("#alerts"):  # else it is about to come into sight for the first time, and begins there
            self._away = False
            self.clear_filter()
            self.table.ask()
            self.action_first()
            self.refresh_bars()

    def action_acknowledge(self) -> None:
        """Take up the marked alerts, or the one under the cursor."""
        self._act(actions.acknowledge, self.table.targets())

    def action_close(self) -> None:
        """Close the marked alerts, or the one under the cursor."""
        self._act(actions.close, self.table.targets())

    def action_step(self) -> None:
        """The next step of the first marked alert, or of the one under the cursor, is done."""
        self.begin_asking(self._step(self.table.target), for_text=True)

    def action_choose_step(self) -> None:
        """Another step than the next one is done."""
        self.begin_asking(self._step(self.table.target, choose=True))

    async def _step(self, alert_id: str | None, *, choose: bool = False) -> None:
        """Steps are noted one alert at a time: the others stay marked."""
        if await actions.step_done(self, alert_id, choose=choose):
            self.table.unmark(alert_id)
            await self._reload()

    def _act(self, act: Callable[[CockpitScreen, Sequence[str]], Awaitable[bool]], targets: list[str]) -> None:
        if targets:
            self.begin_asking(self._after(act(self, targets)))

    async def _after(self, act: Awaitable[bool]) -> None:
        if await act:
            self.table.clear_marks()
            await self._reload()

    def action_closed(self) -> None:
        """With or without those that are closed."""
        self.with_closed = not self.with_closed
        self.table.ask()
        self._reload_soon()
        self.refresh_bars()

    def note_about(self) -> tuple[Ref, str] | None:
        """The first marked alert, or the one under the cursor."""
        view = self._view(self.table.target)
        if view is None:
            return None
        return Ref("alert", view.id), t("handover.about.alert", title=cut(visible(view.title), 56))

    @on(PlainTable.Opened)
    def _opened(self, event: PlainTable.Opened) -> None:
        event.stop()
        self.begin(actions.open_subject(self, event.id))

    def action_copy(self) -> None:
        """Copy the marked alerts, or the one under the cursor, a line each."""
        now = self.floor.now()
        lines = [
            f"{when(view.alert.raised_at, now)} {visible(view.title)} {visible(view.alert.detail or '')}".strip()
            for each in self.table.targets()
            if (view := self._view(each)) is not None
        ]
        self.copy("alert", self.table.targets(), lines)


def _columns() -> tuple[Column, ...]:
    """The glyphs say what the words of severity and state say, where there is no room for those."""
    long_times = (t("alerts.late", ago=countdown(each)) for each in (3_599.0, 86_399.0, 99 * 86_400.0 + 86_399.0))
    return (
        Column("", 2),
        Column(t("alerts.column.severity"), widest(term("severity", each) for each in SEVERITIES), rank=1),
        Column(t("alerts.column.raised"), 5),
        Column(t("alerts.column.title"), _LEAST_TITLE, grow=1),
        Column(t("alerts.column.due"), widest(_short("step", each) for each in STEP_KINDS)),
        Column(t("alerts.column.left"), widest(long_times)),
        Column(t("alerts.column.state"), 1 + widest(_short("state", each) for each in _STATE_STYLES), rank=2),
    )


def _row(view: "AlertView", now: datetime, room: int) -> Row:
    alert = view.alert
    glyph = looks.SEVERITY_GLYPHS.get(alert.severity, "·")
    tick = {"open": " ", "acknowledged": "✓"}.get(alert.state, "·")
    closed = alert.state == "closed"
    due = time_left(view.next_due_at if not closed else None, now)
    step = _short("step", view.next_step.kind) if view.next_step is not None and not closed else ""
    mark = "↑" if view.pending else ""
    style = looks.QUIET if closed else _SEVERITY_STYLES.get(alert.severity, looks.TEXT)
    return Row(
        view.id,
        (
            (f"{glyph}{tick}", style),
            (visible(term("severity", alert.severity)), style),
            (when(alert.raised_at, now)[:5], looks.QUIET),
            (view.told.within(room), looks.STRONG if unfinished(alert) else looks.QUIET if closed else looks.TEXT),
            (step, looks.TEXT),
            due,
            (mark + _short("state", alert.state), _STATE_STYLES.get(alert.state, looks.TEXT)),
        ),
    )


def _short(area: str, value: str) -> str:
    """A shorter word for a column; the shared one for what this release does not know."""
    key = f"alerts.{area}.{value}"
    words = t(key)
    return visible(term("step" if area == "step" else "alert_state", value)) if words == key else words


def _words(view: "AlertView") -> str:
    alert = view.alert
    parts = (
        view.title,
        alert.title,
        alert.detail or "",
        term("alert_kind", alert.kind),
        term("severity", alert.severity),
    )
    return folded(" ".join(parts))


def _subject_key(kind: str) -> str:
    return f"alerts.subject.{kind}" if kind in ("order", "seat", "queue", "resource") else "alerts.subject.other"

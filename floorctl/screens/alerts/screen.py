"""预警: the alerts screen with the list, each alert's escalation (what is due when, who did what), and the acts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models.alerts import SEVERITIES, STEP_KINDS
from floorctl.models.base import Ref
from floorctl.rules.alerts.urgency import next_to_take_up, unfinished
from floorctl.screens.alerts import actions
from floorctl.screens.shell.list_detail import ListDetailScreen
from floorctl.text import typed
from floorctl.text.durations import WIDEST, countdown
from floorctl.text.safe import cut, visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.escalation import escalation_lines, time_left
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import Pane, heading, labelled, paragraph
from floorctl.widgets.rows import Column, Row, widest
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.views import AlertView

#: Without a background, so that the cursor's background shows.
_SEVERITY_STYLES = {"critical": looks.RED + Style(bold=True), "warning": looks.WARNING, "notice": looks.SKY}
#: Least width (cells) of the title, which fits an order's number and what is late; index of that column.
_LEAST_TITLE, _TITLE = 38, 3
_STATE_STYLES = {"open": looks.AMBER, "acknowledged": looks.TEXT, "closed": looks.QUIET}


class AlertsScreen(ListDetailScreen[dict[str, tuple[str, str]]]):
    """Alerts in the order of ``floorctl.rules.alerts.urgency``; arriving puts the cursor on the one to take up next."""

    NAME_KEY: ClassVar[str] = "alerts.name"
    CSS_PATH = "screen.tcss"
    TYPED_AHEAD: ClassVar[bool] = True
    LIST = "#alerts"
    DETAIL = "#alert"
    KINDS = frozenset({"alert", "outbox", "person"})
    WIDE = 150
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
        #: The next reload that completes puts the cursor on the alert to take up next.
        self._to_first = False
        #: Id of an alert that it puts the cursor on instead; "": none.
        self._alert_to_show = ""

    def compose_body(self) -> ComposeResult:
        """Compose the list, and the pane with the alert under the cursor."""
        with Container(id="alerts-body"):
            yield PlainTable(
                _columns(),
                self._load,
                empty=t("alerts.none_open"),
                kind=t("ui.rows.alert"),
                locate=self._locate,
                gone=self._gone_row,
                id="alerts",
            )
            yield Pane(id="alert")

    # -- what is shown --------------------------------------------------------------------------------------------

    def on_resize(self, _event: Resize) -> None:
        """Reload, because the texts of titles depend on their width."""
        self.call_after_refresh(self.reload_soon)

    def arrive(self) -> None:
        """Put the cursor on the alert to take up next."""
        self.action_first()

    def reload_soon(self) -> None:
        """Reload at once: alerts are in memory, so changes need not be collected first."""
        self.reload_now()

    def _matching_views(self) -> "list[AlertView]":
        words = typed.words(self.filter_text)
        views = self.floor.alerts.all(closed=self.with_closed)
        return [view for view in views if typed.contains(_searched_text(view), words)] if words else views

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        views = self._matching_views()
        now = self.floor.now()
        self._views = {view.id: view for view in views}
        room = self.table.cells_of(_TITLE)
        return [_row(view, now, room) for view in views[offset : offset + limit]], len(views)

    async def _locate(self, alert_id: str) -> int | None:
        return next((at for at, row_id in enumerate(self._views) if row_id == alert_id), None)

    async def _gone_row(self, alert_id: str) -> Row | None:
        """Return the row of an alert that left the list under the cursor, mostly because it was closed."""
        view = actions.view_of(self.floor, alert_id)
        return None if view is None else _row(view, self.floor.now(), self.table.cells_of(_TITLE))

    def _view(self, alert_id: str | None) -> "AlertView | None":
        """Return the alert of a row, also of one that left the list under the cursor."""
        return self._views.get(alert_id or "") or actions.view_of(self.floor, alert_id)

    def on_tick(self, now: datetime) -> None:
        """Reload to update the countdowns."""
        self.reload_soon()

    async def reload(self) -> None:
        """Read the list again; move the cursor if ``action_first`` or ``show_one`` asked for it."""
        await self.table.reload(to_top=self._to_first)
        if self._to_first:
            self._to_first = False
            views, may_step = list(self._views.values()), self.floor.desk.may("alert.step")
            first = self._views.get(self._alert_to_show) or next_to_take_up(views, self.floor.now(), may_step=may_step)
            self._alert_to_show = ""
            if first is not None:
                await self.table.go_to(views.index(first))
            self.cockpit.release_keys("screen")
        await self.show_detail()

    async def read_detail(self, row_id: str) -> dict[str, tuple[str, str]] | None:
        """Return the pending commands on an alert: command id → (kind, state in the outbox)."""
        view = self._view(row_id)
        return await self.read(self._read_waiting, view) if view is not None and view.pending else {}

    def _read_waiting(self, view: "AlertView") -> dict[str, tuple[str, str]]:
        waiting = {}
        for command_id in view.pending:
            try:
                item = self.floor.outbox.item(command_id)
            except FloorctlError:  # applied meanwhile
                continue
            waiting[command_id] = (item.kind, item.state)
        return waiting

    def detail_lines(self, width: int) -> list[Line]:
        """Return the lines of the alert, its escalation and its record."""
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
        # The text from when it was raised may be outdated; it stands here only if there is no present title instead.
        raised_as = alert.title if alert.title != view.title else ""
        if alert.detail and not raised_as:
            lines += paragraph(alert.detail, width)
        for command_id in view.pending:
            act, state = (self.detail or {}).get(command_id, ("", ""))
            if act:
                words = f"↑ {term('command', act)} · {term('outbox_state', state)}"
                lines.append([seg(visible(words), looks.SKY)])
        lines.append(heading(t("alerts.section.ladder"), width))
        lines += escalation_lines(alert, now, width, self.floor.names.person) or paragraph(
            t("alerts.no_steps"), width, looks.QUIET
        )
        lines.append(heading(t("alerts.section.record"), width))
        source = t("alerts.raised_by", at=when(alert.raised_at, now), source=term("alert_source", view.source))
        lines += labelled(t("alerts.raised"), source, width)
        if raised_as:
            lines += labelled(t("alerts.raised_as"), f"{raised_as}  {alert.detail or ''}".rstrip(), width)
        taken_up = t("alerts.not_acknowledged")
        if alert.acknowledged_at is not None:
            who = self.floor.names.person(alert.acknowledged_by)
            taken_up = t("alerts.acknowledged_by", at=when(alert.acknowledged_at, now), name=who)
        lines += labelled(t("alerts.acknowledged"), taken_up, width)
        subject = t(
            _subject_key(alert.subject.kind),
            kind=term("kind", alert.subject.kind),
            id=self.floor.names.of(alert.subject.kind, alert.subject.id),
        )
        lines += labelled(t("alerts.section.subject"), f"{subject}  ({t('alerts.open_subject')})", width)
        return lines

    def counts(self) -> list[Segment]:
        """Return the numbers of open and acknowledged alerts and of steps, and the key hints."""
        views = self.floor.alerts.all()
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
        if self.floor.status.live_rules_paused():
            line.append(Segment("   ‖ " + t("floor.rules_paused"), looks.AMBER))
        if self.with_closed:
            line.append(Segment("   ▸" + t("alerts.showing_closed"), looks.SKY))
        return [*line, Segment("   " + t("alerts.hint"), looks.QUIET)]

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_first(self) -> None:
        """Put the cursor on the alert to take up next, else on the first."""
        self.table.clear_marks()
        self._to_first = True
        self.cockpit.hold_keys("screen")
        self.reload_soon()

    def show_one(self, alert_id: str) -> None:
        """Clear the filter and put the cursor on the alert ``alert_id``; if it is gone, on the one to take up next."""
        view = actions.view_of(self.floor, alert_id)
        if view is None:
            self.say(t("alerts.gone"), severity="warning")
        elif view.alert.state == "closed":
            self.with_closed = True
        self._alert_to_show = alert_id
        if self.query("#alerts"):  # not composed yet: arriving will use ``_wanted``
            self.away = False
            self.clear_filter()
            self.table.ask()
            self.action_first()
            self.refresh_bars()

    def action_acknowledge(self) -> None:
        """Acknowledge the marked alerts, or the one under the cursor."""
        if targets := self.table.targets():
            self.begin_asking(self.after(actions.acknowledge(self, targets)))

    def action_close(self) -> None:
        """Close the marked alerts, or the one under the cursor."""
        if targets := self.table.targets():
            self.begin_asking(self.after(actions.close(self, targets)))

    def action_step(self) -> None:
        """Mark the next step of the first marked alert, or of the one under the cursor, as done."""
        target = self.table.target
        self.begin_asking(self.after_one(actions.step_done(self, target), target), for_text=True)

    def action_choose_step(self) -> None:
        """Ask which step to mark as done."""
        target = self.table.target
        self.begin_asking(self.after_one(actions.step_done(self, target, choose=True), target))

    def action_closed(self) -> None:
        """Toggle whether closed alerts are listed."""
        self.with_closed = not self.with_closed
        self.table.ask()
        self.reload_soon()
        self.refresh_bars()

    def note_about(self) -> tuple[Ref, str] | None:
        """Return the first marked alert, or the one under the cursor, as the subject of a note."""
        view = self._view(self.table.target)
        if view is None:
            return None
        return Ref("alert", view.id), t("handover.about.alert", title=cut(visible(view.title), 56))

    def open_row(self, row_id: str) -> None:
        """Go to the subject of the alert."""
        self.begin(actions.open_subject(self, row_id))

    def action_copy(self) -> None:
        """Copy the marked alerts, or the one under the cursor, one line each."""
        now = self.floor.now()
        lines = [
            f"{when(view.alert.raised_at, now)} {visible(view.title)} {visible(view.alert.detail or '')}".strip()
            for alert_id in self.table.targets()
            if (view := self._view(alert_id)) is not None
        ]
        self.copy("alert", self.table.targets(), lines)


def _columns() -> tuple[Column, ...]:
    """Return the columns; severity and state can be left out, because the glyphs show both."""
    times_left = (t("alerts.late", ago=countdown(seconds)) for seconds in WIDEST)
    return (
        Column("", 2),
        Column(t("alerts.column.severity"), widest(term("severity", value) for value in SEVERITIES), rank=1),
        Column(t("alerts.column.raised"), 5),
        Column(t("alerts.column.title"), _LEAST_TITLE, grow=1),
        Column(t("alerts.column.due"), widest(_short("step", value) for value in STEP_KINDS)),
        Column(t("alerts.column.left"), widest(times_left)),
        Column(t("alerts.column.state"), 1 + widest(_short("state", value) for value in _STATE_STYLES), rank=2),
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
            (view.text.within(room), looks.STRONG if unfinished(alert) else looks.QUIET if closed else looks.TEXT),
            (step, looks.TEXT),
            due,
            (mark + _short("state", alert.state), _STATE_STYLES.get(alert.state, looks.TEXT)),
        ),
    )


def _short(area: str, value: str) -> str:
    """Return the short word for a column; for a value unknown to this release, the general word."""
    key = f"alerts.{area}.{value}"
    words = t(key)
    return visible(term("step" if area == "step" else "alert_state", value)) if words == key else words


def _searched_text(view: "AlertView") -> str:
    alert = view.alert
    parts = (
        view.title,
        alert.title,
        alert.detail or "",
        term("alert_kind", alert.kind),
        term("severity", alert.severity),
    )
    return " ".join(parts)


def _subject_key(kind: str) -> str:
    return f"alerts.subject.{kind}" if kind in ("order", "seat", "queue", "resource") else "alerts.subject.other"

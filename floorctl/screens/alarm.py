"""What an alert does beyond standing on the rail: the bell once, and the whole screen when nobody takes it up."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.config import Alerts, duration
from floorctl.i18n import t
from floorctl.screens.dialog import Dialog
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.views import AlertView

_AGAIN_AFTER = timedelta(minutes=1)


class AlertWatch:
    """Decides when the bell sounds and which alert takes the whole screen. Knows no clock and no terminal."""

    def __init__(self, config: Alerts) -> None:
        self._config = config
        self._full_after = timedelta(seconds=duration(config.critical_full_screen_after))
        self._heard: set[str] | None = None
        self._shown: dict[str, datetime] = {}

    def bell(self, alerts: "list[AlertView]", now: datetime) -> bool:
        """True where an open alert is new since the last call; never for those that were there at the start.

        In the quiet hours, notices are silent.
        """
        unseen = {view.id: view.alert.severity for view in alerts if view.alert.state == "open"}
        if self._heard is None:
            self._heard = set(unseen)
            return False
        new = unseen.keys() - self._heard
        self._heard |= new
        quiet = self._quiet(now)
        return any(not quiet or unseen[each] != "notice" for each in new)

    def whole_screen(self, alerts: "list[AlertView]", now: datetime) -> "AlertView | None":
        """The oldest critical alert that nobody has acknowledged in time; once put off, again after a minute."""
        late = [
            view
            for view in alerts
            if view.alert.state == "open"
            and view.alert.severity == "critical"
            and now - view.alert.raised_at >= self._full_after
            and now - self._shown.get(view.id, now - _AGAIN_AFTER) >= _AGAIN_AFTER
        ]
        return min(late, key=lambda view: view.alert.raised_at, default=None)

    def put_off(self, alert_id: str, now: datetime) -> None:
        """Someone saw it and said later."""
        self._shown[alert_id] = now

    def _quiet(self, now: datetime) -> bool:
        start, end, at = self._config.quiet_hours_start, self._config.quiet_hours_end, now.time()
        return start <= at < end if start <= end else at >= start or at < end


class Alarm(Dialog[bool]):
    """A critical alert over the whole screen; answers True where it is taken up."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer(True)", "ui.key.alert"),
        Binding("escape", "answer(False)", "ui.key.back"),
    ]

    def __init__(self, view: "AlertView", now: datetime) -> None:
        super().__init__()
        self.view = view
        self.minutes = int((now - view.alert.raised_at).total_seconds() // 60)

    def compose(self) -> ComposeResult:
        """What it is and since when, large enough to be read from across the floor."""
        alert = self.view.alert
        raised = alert.raised_at.astimezone(self.app.floor.config.zone)  # type: ignore[attr-defined]
        with Vertical(classes="alarm"):
            yield Static(Content("‼  " + t("ui.alarm.title", n=self.minutes)), classes="alarm-title")
            yield Static(Content(f"{raised:%H:%M}  ") + plain(alert.title), classes="alarm-text")
            if alert.detail:
                yield Static(plain(alert.detail, keep_newlines=True), classes="alarm-detail")
            yield Static(Content(t("ui.alarm.keys")), classes="alarm-keys")

    def action_answer(self, take_up: bool) -> None:
        """Close with the answer."""
        self.dismiss(take_up)

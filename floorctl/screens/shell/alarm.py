"""The bell and the alarm: an alert that nobody acknowledges in time covers the whole screen."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.clock import elapsed
from floorctl.config import Alerts
from floorctl.i18n import t, term
from floorctl.models.alerts import Step
from floorctl.rules.alerts.urgency import takes_whole_screen
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.safe import cut
from floorctl.text.times import when
from floorctl.widgets.escalation import time_left
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.floor.views import AlertView
    from floorctl.screens.shell.base import BaseScreen
    from floorctl.screens.shell.cockpit import Cockpit

#: Seconds until an answered alarm returns, and until any other may appear. Real time, not the platform's:
#: they are meant for a person, and ``demo --speed`` must not shorten them.
AGAIN_AFTER = 60.0
OTHERS_AFTER = 20.0
#: Least seconds since the last key before an alarm may appear, so that it does not receive a key that was meant for
#: something else.
_HAND_RESTS = 1.5


class AlertWatch:
    """Decides when the bell sounds and which alert covers the screen. Independent of the terminal."""

    def __init__(self, config: Alerts, monotonic: Callable[[], float] | None = None) -> None:
        self._config = config
        self._monotonic = monotonic or elapsed
        self._full_after = timedelta(seconds=config.critical_full_screen_after.seconds)
        self._heard: set[str] | None = None
        #: Alert id → monotonic time at which its alarm was last answered.
        self._answered: dict[str, float] = {}
        self._dues: dict[str, tuple[Step, ...]] = {}

    def bell(self, alerts: "list[AlertView]", now: datetime) -> bool:
        """Return whether an open alert is new since the last call; False on the first call.

        During quiet hours, new notices do not count.
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
        """Return the first alert that must be answered within minutes and was not acknowledged in time; None: no alarm.

        An answered alarm returns after ``AGAIN_AFTER`` seconds while its alert is still open; no other one appears
        within ``OTHERS_AFTER`` seconds of an answer. ``alerts`` are in their display order.
        """
        at = self._monotonic()
        if any(at - answered < OTHERS_AFTER for answered in self._answered.values()):
            return None
        return next(
            (
                view
                for view in alerts
                if takes_whole_screen(view.alert, now, self._full_after)
                and at - self._answered.get(view.id, at - AGAIN_AFTER) >= AGAIN_AFTER
            ),
            None,
        )

    def moved(self, alerts: "list[AlertView]") -> "list[tuple[AlertView, Step, Step]]":
        """Return the open steps whose due time changed since the last call, as (alert, step before, step now)."""
        before, self._dues = self._dues, {view.id: view.alert.steps for view in alerts}
        return [
            (view, old, new)
            for view in alerts
            for old, new in zip(before.get(view.id, ()), view.alert.steps, strict=False)
            if old.kind == new.kind and new.done_at is None and old.due_at != new.due_at
        ]

    def answered(self, alert_id: str) -> None:
        """Record that a person answered the alarm of this alert, or is about to see it."""
        self._answered[alert_id] = self._monotonic()

    def _quiet(self, now: datetime) -> bool:
        start, end, at = self._config.quiet_hours_start, self._config.quiet_hours_end, now.time()
        return start <= at < end if start <= end else at >= start or at < end


class Alarm(Dialog[bool]):
    """A critical alert over the whole screen, with its running times; the result is True where it is taken up.

    It closes by itself when anybody acknowledges or closes the alert.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer(True)", "ui.key.alert"),
        Binding("escape", "answer(False)", "ui.key.back"),
    ]

    def __init__(self, view: "AlertView", now: datetime) -> None:
        super().__init__()
        self.view = view
        self._now = now

    def compose(self) -> ComposeResult:
        """Yield title, time and due time in a size that is readable from a distance."""
        alert = self.view.alert
        with Vertical(classes="alarm"):
            yield Static(self._unheeded(), classes="alarm-title")
            yield Static(
                Content(f"{when(alert.raised_at, self._now)}  ") + plain(self.view.title), classes="alarm-text"
            )
            yield Static(self._left(), classes="alarm-left")
            if alert.detail:
                yield Static(plain(alert.detail, keep_newlines=True), classes="alarm-detail")
            yield Static(Content(t("ui.alarm.keys")), classes="alarm-keys")

    def _unheeded(self) -> Content:
        minutes = int((self._now - self.view.alert.raised_at).total_seconds() // 60)
        return Content("‼  " + t("ui.alarm.title", n=minutes))

    def _left(self) -> Content:
        step = self.view.alert.next_step
        if step is None:
            return Content("")
        text, _ = time_left(step.due_at, self._now)
        due = t("ui.alarm.due", step=term("step", step.kind), at=when(step.due_at, self._now), left=text)
        return Content.styled(brief(due), "$error" if step.due_at < self._now else "$warning")

    def heed(self, alerts: "Sequence[AlertView]", now: datetime) -> None:
        """Update the times; close where the alert is no longer open."""
        view = next((each for each in alerts if each.id == self.view.id), None)
        if view is None or view.alert.state != "open":
            self.dismiss(False)
        else:
            self.view, self._now = view, now
            for words, made in ((".alarm-title", self._unheeded()), (".alarm-left", self._left())):
                for line in self.query(words).results(Static):  # none while the app is leaving
                    line.update(made)

    def action_answer(self, take_up: bool) -> None:
        """Close with the answer."""
        self.dismiss(take_up)


def heed_alerts(app: "Cockpit", watch: AlertWatch) -> None:
    """Sound the bell for new alerts, update or close open alarms, and raise an alarm that is due.

    Does nothing on a read-only terminal (wall display): nobody is there to answer.
    """
    if app.floor.session.read_only:
        return
    now, alerts = app.floor.now(), app.floor.alerts.all()
    if watch.bell(alerts, now) and app.floor.config.terminal.bell:
        app.bell()
    moved = watch.moved(alerts)
    if moved and app.floor.desk.may("alert.step"):  # only for a role that may do the steps
        view, old, new = moved[0]  # the most urgent one; the escalation of each alert shows its own times
        words = {"before": when(old.due_at, now), "after": when(new.due_at, now), "step": term("step", new.kind)}
        app.say(t("ui.alert.limit_moved", title=cut(brief(view.title), 40), **words), timeout=10)
    for standing in app.screen_stack:
        if isinstance(standing, Alarm):
            standing.heed(alerts, now)
    if not app.floor.desk.may("alert.acknowledge"):  # no alarm for a role that may not acknowledge
        return
    late = watch.whole_screen(alerts, now)
    # No alarm while a password or a note is typed, or between two keys; it is tried again each second.
    screen, rests = app.in_sight, app.idle.rested_for() >= _HAND_RESTS
    if late is not None and rests and screen is not None and screen.interruptible:
        screen.begin(_raise_alarm(app, screen, watch, late, now))


async def _raise_alarm(
    app: "Cockpit", screen: "BaseScreen", watch: AlertWatch, late: "AlertView", now: datetime
) -> None:
    watch.answered(late.id)
    take_up = await app.push_screen_wait(Alarm(late, now))
    watch.answered(late.id)
    if take_up:
        screen.take_up_alert(late.id)

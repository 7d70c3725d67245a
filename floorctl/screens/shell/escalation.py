"""Take up an alert: acknowledge it, then mark the done steps of its escalation, each with a note."""

from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from floorctl.i18n import t, term
from floorctl.rules.alerts.urgency import next_to_take_up
from floorctl.screens.shell import acting
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.safe import cut
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.escalation import limit_moved, time_left
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import PlainInput, plain

if TYPE_CHECKING:
    from floorctl.floor.kept_texts import TextKey
    from floorctl.floor.views import AlertView
    from floorctl.models.alerts import Step
    from floorctl.screens.shell.asking import AskingScreen
    from floorctl.screens.shell.cockpit import Cockpit


#: The dialog's result for "take up the next alert".
_NEXT = ("", "")


def alert_to_take_up(screen: "AskingScreen", alert_id: str | None) -> "AlertView | None":
    """Return the alert with this id (None: the next one); None, after a warning, where there is none."""
    alerts = screen.floor.alerts.all()
    if alert_id is None:
        view = next_to_take_up(alerts, screen.floor.now(), may_step=screen.floor.desk.may("alert.step"))
    else:
        view = next((each for each in alerts if each.id == alert_id), None)
    if view is None:
        screen.say(t("ui.alert.none" if alert_id is None else "alerts.closed_already"))
    elif view.alert.state != "open" and (view.next_step is None or not screen.floor.desk.may("alert.step")):
        screen.say(t("alerts.already"))
    return view


def take_up(screen: "AskingScreen", alert_id: str | None) -> None:
    """Acknowledge an alert (None: the next one) and, if it has open steps, ask which one is done.

    The dialog opens before the acknowledgement is on the disk, so that keys typed ahead go to it.
    """
    view = alert_to_take_up(screen, alert_id)
    if view is None:
        return
    if view.next_step is not None and screen.floor.desk.may("alert.step"):
        following = _after(screen, view)
        dialog = EscalationDialog(view, screen.floor.texts.key("alert.step", view.id), following)

        def done(answer: tuple[str, str] | None) -> None:
            screen.write_texts()
            if answer == _NEXT:
                take_up(screen, following.id if following is not None else None)
            elif answer is not None:
                screen.begin(_mark(screen, view, *answer))

        screen.app.push_screen(dialog, done)
    if view.alert.state == "open":
        said = t("ui.alert.acknowledged", title=cut(brief(view.title), 40))
        screen.begin(acting.run(screen, screen.floor.alerts.acknowledge, view.id, said=said))


def _after(screen: "AskingScreen", view: "AlertView") -> "AlertView | None":
    """Return the next alert behind this one in the list: a step that waits for somebody else must not hide it."""
    alerts = screen.floor.alerts.all()
    behind = [each.id for each in alerts].index(view.id) + 1
    return next_to_take_up(alerts[behind:], screen.floor.now(), may_step=True)


async def _mark(screen: "AskingScreen", view: "AlertView", kind: str, note: str) -> None:
    said = t("ui.alert.step_done", step=term("step", kind), title=cut(brief(view.title), 40))
    await acting.run(screen, screen.floor.alerts.step, view.id, kind, note, said=said)


class EscalationDialog(Dialog[tuple[str, str] | None]):
    """The steps of one alert: a digit chooses the step that is done, then a note is typed and submitted by Enter."""

    AUTO_FOCUS = ""  # digits choose first; the note's line opens with the choice
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"choose({digit})", show=False) for digit in range(1, 10)),
        Binding("a", "next", "ui.key.next_alert"),
        Binding("escape", "give_up", "ui.key.back"),
    ]

    def __init__(self, view: "AlertView", key: "TextKey | None", following: "AlertView | None" = None) -> None:
        super().__init__()
        self.following = following
        self.view = view
        #: Index of the chosen step.
        self.chosen: int | None = None
        #: Key of the note's draft.
        self._key = key

    def compose(self) -> ComposeResult:
        """Yield the alert, its steps and the line for the note."""
        alert = self.view.alert
        with Vertical(classes="dialog wide"):
            glyph = looks.SEVERITY_GLYPHS.get(alert.severity, "·")
            yield Static(Content(f"{glyph} ") + plain(self.view.title), classes="question")
            if alert.detail:
                yield Static(plain(alert.detail, keep_newlines=True), classes="block")
            for at, step in enumerate(alert.steps):
                yield Label(self._step(at, step), id=f"step-{at}", classes="option")
            note = PlainInput(placeholder=t("ui.alert.note"), prose=True)
            note.display = False
            yield note
            draft = Static(id="draft", classes="keys")
            draft.display = False
            yield draft
            if self.following is not None:
                following = t("ui.alert.next_one", title=cut(brief(self.following.title), 60))
                yield Static(Content(following), classes="block")
            yield Static(Content(t("ui.alert.choose_step")), id="ladder-keys", classes="keys")

    def _step(self, at: int, step: "Step") -> Content:
        now = self.app.floor.now()  # type: ignore[attr-defined]
        name = term("step", step.kind)
        name = brief(name) + " " * max(1, 14 - cell_len(name))
        if step.done_at is not None:
            who = self.app.floor.names.person(step.done_by)  # type: ignore[attr-defined]
            done = t("ui.alert.done_by", at=when(step.done_at, now), name=brief(who), note=brief(step.note or ""))
            return Content.assemble(("✓  " + name, "$success"), (done, "$foreground 70%"))
        left, style = time_left(step.due_at, now)
        mark = "▸" if at == self.chosen else " "
        due = t("ui.alert.due", at=when(step.due_at, now)) + limit_moved(self.view.alert, step, now)
        return Content.assemble(
            (f"{at + 1}{mark} ", "bold $primary"), name, (f"{due} ", "$foreground 70%"), (left, str(style))
        )

    def on_mount(self) -> None:
        """Update the times and show what others do while the dialog is open."""
        self.set_interval(1.0, self._go_on)

    def _go_on(self) -> None:
        alerts = self.app.floor.alerts.all(closed=True)  # type: ignore[attr-defined]
        view = next((each for each in alerts if each.id == self.view.id), None)
        if view is not None and len(view.alert.steps) == len(self.view.alert.steps):
            self.view = view
        self._show_steps()

    def _show_steps(self) -> None:
        for at, step in enumerate(self.view.alert.steps):
            for line in self.query(f"#step-{at}").results(Label):
                line.update(self._step(at, step))

    def action_choose(self, digit: int) -> None:
        """Choose the step with this digit and open the line for its note."""
        steps = self.view.alert.steps
        if digit > len(steps) or steps[digit - 1].done_at is not None:
            return
        self.chosen = digit - 1
        self._show_steps()
        line = self.query_one(PlainInput)
        if not line.display:
            line.value = self._app.floor.texts.offered(self._key)
            line.cursor_position = len(line.value)
            draft = self.query_one("#draft", Static)
            draft.update(plain(self._app.draft_words(self._key)))
            draft.display = bool(line.value)
        line.display = True
        self._say_keys("ui.alert.note_keys")
        self.set_focus(line)  # at once: the note may be typed ahead

    @property
    def _app(self) -> "Cockpit":
        return cast("Cockpit", self.app)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep the note as a draft: the step may be done by somebody else before the note is submitted."""
        event.stop()
        if self.chosen is not None:
            self._app.keep_line(self._key, event.value)
            if event.value.strip():
                self._say_keys("ui.alert.note_keys")
            else:
                self.query_one("#draft", Static).update(plain(t("ui.ask.draft_gone")))

    def _say_keys(self, key: str, *, missing: bool = False) -> None:
        """Show the keys that act now, or with ``missing`` that the note is empty."""
        for keys in self.query("#ladder-keys").results(Static):
            keys.update(Content(t(key)))
            keys.set_class(missing, "insists")

    def on_click(self, event: object) -> None:
        """Treat a click on a step as its digit."""
        widget = getattr(event, "widget", None)
        if widget is not None and (widget.id or "").startswith("step-"):
            self.action_choose(int(widget.id.removeprefix("step-")) + 1)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the chosen step and its note."""
        event.stop()
        note = event.value.strip()
        if note and self.chosen is not None:
            self._app.floor.texts.put(self._key, note, taken=True)
            self.dismiss((self.view.alert.steps[self.chosen].kind, note))
        elif self.chosen is not None:
            self._say_keys("ui.alert.note_missing", missing=True)

    def action_next(self) -> None:
        """Leave this alert acknowledged and take up the next one."""
        if self.following is not None:
            self.dismiss(_NEXT)

    def action_give_up(self) -> None:
        """Close without a step done; the alert stays acknowledged, and the note stays a draft."""
        if self.chosen is not None:
            self._app.keep_line(self._key, self.query_one(PlainInput).value)
        self.dismiss(None)

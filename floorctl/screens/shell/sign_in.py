"""The dialog to sign in, and to unlock the terminal after a time without input."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.screens.shell import acting
from floorctl.screens.shell.locking import LockDialog
from floorctl.text import typed
from floorctl.text.safe import visible
from floorctl.widgets.plain import NEXT_LINE, PlainInput, plain

if TYPE_CHECKING:
    from floorctl.screens.shell.cockpit import Cockpit


class SignIn(LockDialog):
    """Employee number and password. Esc closes it to read the stored data, unless the terminal is locked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "look", "ui.key.back")]

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.locked = locked
        self.set_class(locked, "locked")
        self.busy = False
        self._message = ""

    def compose(self) -> ComposeResult:
        """Yield the two lines and the status."""
        app = cast("Cockpit", self.app)
        url = app.floor.config.platform.url
        with Vertical(classes="dialog"):
            yield Static(Content(t("ui.sign_in.locked" if self.locked else "ui.sign_in.title")), classes="question")
            where = t("ui.sign_in.platform", url=visible(url)) if url else t("ui.sign_in.no_platform")
            yield Static(Content(f"{where}\n{app.accounts}".rstrip()), classes="block")
            yield Static(Content(t("ui.sign_in.employee_no")), classes="field")
            yield PlainInput(id="employee-no", leads_on=NEXT_LINE)
            yield Static(Content(t("ui.sign_in.password")), classes="field")
            yield PlainInput(id="password", password=True)
            yield Static(Content(""), id="said")
            yield Static(Content(t("ui.sign_in.keys_locked" if self.locked else "ui.sign_in.keys")), classes="keys")

    def keep_out(self) -> None:
        """Lock the terminal with this dialog: nothing is shown and Esc does nothing until a password is given."""
        self.locked = True
        self.add_class("locked")
        self._forget_typed()
        for name, words in ((".question", "ui.sign_in.locked"), (".keys", "ui.sign_in.keys_locked")):
            for line in self.query(name).results(Static):
                line.update(Content(t(words)))

    def _forget_typed(self) -> None:
        for line in self.query(PlainInput):
            line.value = ""

    def on_mount(self) -> None:
        """Show where signing in cannot work now, and update that."""
        self._say_whether_it_can_work()
        self.set_interval(0.5, self._say_whether_it_can_work)
        if self.locked:
            cast("Cockpit", self.app).forget_copied()

    def _say_whether_it_can_work(self) -> None:
        app = cast("Cockpit", self.app)
        if app.idle.too_long() and not self.busy:
            self._forget_typed()  # nobody else may complete a half-typed password
        status = app.floor.status.connection()
        away = status.mode == "offline" and status.as_of is not None and not app.has_not_asked
        words = t("ui.sign_in.offline_locked" if self.locked else "ui.sign_in.offline")
        if away and not self._message:
            self._say(words)
        elif not away and self._message == words:
            self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go from the number to the password on Enter, and from there send both to the platform."""
        event.stop()
        if event.input.id == "employee-no":
            self.set_focus(self.query_one("#password"))  # at once: the password may be typed ahead
        elif not self.busy:
            number = typed.plain(self.query_one("#employee-no", PlainInput).value)
            if not number:
                self.set_focus(self.query_one("#employee-no"))
                self._say(t("handover.ask.number_missing"))
            elif not event.input.value:
                self._say(t("handover.ask.password_missing"))
            else:
                self.busy = True  # at once: a second Enter would sign in again
                self._say(t("ui.sign_in.wait"))
                self.run_worker(self._sign_in(number, event.input))

    async def _sign_in(self, number: str, password: Input) -> None:
        app = cast("Cockpit", self.app)
        session = app.floor.session
        before = session.person
        try:
            outcome = await acting.attempt(session.unlock if self.locked else session.sign_in, number, password.value)
        finally:
            self.busy = False
        if isinstance(outcome, FloorctlError):
            password.value = ""
            self._say(sentence(outcome))
            return
        app.let_in(self, outcome.result, before)

    def _say(self, text: str) -> None:
        self._message = text
        for line in self.query("#said").results(Static):  # none while it is closing
            line.update(plain(text))

    def say_of_line(self, text: str) -> None:
        """Show it in the dialog: notifications are not shown on a locked terminal."""
        self._say(text)

    def action_look(self) -> None:
        """Close the dialog to read the stored data without signing in."""
        if not self.locked:
            self.dismiss(False)

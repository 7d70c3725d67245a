"""Signing in, and unlocking after the terminal stood idle."""

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.screens.shell.asking import sentence
from floorctl.screens.shell.locking import LockDialog
from floorctl.text.safe import as_typed, visible
from floorctl.widgets.plain import NEXT_LINE, PlainInput, plain

if TYPE_CHECKING:
    from floorctl.screens.shell.cockpit import Cockpit

#: Seconds in which what another person left open is closed; nothing is drawn meanwhile.
_CLOSING = 0.4


class SignIn(LockDialog):
    """Employee number and password. Esc leaves it for what is stored here; a locked terminal can't be left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "look", "ui.key.back")]

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.locked = locked
        self.set_class(locked, "locked")
        self.busy = False
        self._said = ""

    def compose(self) -> ComposeResult:
        """The two lines, and how things stand."""
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
        """Whoever was asked has gone: nothing is shown, and Esc leads nowhere, until a password is given."""
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
        """Say so where signing in can't work now, for as long as it can't."""
        self._say_whether_it_can_work()
        self.set_interval(0.5, self._say_whether_it_can_work)
        if self.locked:
            cast("Cockpit", self.app).forget_copied()

    def _say_whether_it_can_work(self) -> None:
        app = cast("Cockpit", self.app)
        if app.idle.too_long() and not self.busy:
            self._forget_typed()  # half a password waits for nobody else to end it
        status = app.floor.status.connection()
        away = status.mode == "offline" and status.as_of is not None and not app.has_not_asked
        words = t("ui.sign_in.offline_locked" if self.locked else "ui.sign_in.offline")
        if away and not self._said:
            self._say(words)
        elif not away and self._said == words:
            self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes from the number to the password, and from there to the platform."""
        event.stop()
        if event.input.id == "employee-no":
            self.set_focus(self.query_one("#password"))  # at once: the password may be typed ahead
        elif not self.busy:
            number = as_typed(self.query_one("#employee-no", PlainInput).value)
            if not number:
                self.set_focus(self.query_one("#employee-no"))
                self._say(t("handover.ask.number_missing"))
            elif not event.input.value:
                self._say(t("handover.ask.password_missing"))
            else:
                self.busy = True  # at once: a second Enter would sign in a second time
                self._say(t("ui.sign_in.wait"))
                self.run_worker(self._sign_in(number, event.input))

    async def _sign_in(self, number: str, password: Input) -> None:
        app = cast("Cockpit", self.app)
        try:
            before = app.floor.session.person
            sign_in = app.floor.session.unlock if self.locked else app.floor.session.sign_in
            person = await asyncio.to_thread(sign_in, number, password.value)
        except FloorctlError as error:
            password.value = ""
            self._say(sentence(error))
            return
        finally:
            self.busy = False
        app.idle.touched()
        self.locked = False
        another = before is None or person.person_id != before.person_id
        if another:
            app.delay_update(_CLOSING)  # no picture shows the new one what the old one typed, while it is closed
        self.dismiss(True)
        app.load_texts()
        if another:
            app.call_later(app.leave_dialogs)
            app.say(t("ui.sign_in.welcome", name=visible(person.name)))

    def _say(self, text: str) -> None:
        self._said = text
        for line in self.query("#said").results(Static):  # none where it is being left
            line.update(plain(text))

    def say_of_line(self, text: str) -> None:
        """Say it here: where it is locked, notes are not shown."""
        self._say(text)

    def action_look(self) -> None:
        """Look at what is stored here without signing in."""
        if not self.locked:
            self.dismiss(False)

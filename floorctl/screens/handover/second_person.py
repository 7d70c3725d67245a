"""``SecondPerson``: a dialog in which a second person signs once; the person signed in stays signed in."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.screens.shell import acting
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text import typed
from floorctl.widgets.plain import NEXT_LINE, PlainInput, plain

if TYPE_CHECKING:
    from floorctl.screens.shell.cockpit import Cockpit


class SecondPerson(Dialog[bool]):
    """Calls ``sign`` with number and password in a worker thread and shows its refusals; returns whether it signed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, so that Enter moves to the password before the next key: nothing of it may show in the number.
        Binding("enter", "next", "ui.key.take", priority=True),
        Binding("up", "go('employee-no')", "handover.key.number", priority=True),
        Binding("down", "go('password')", "handover.key.password", priority=True),
        Binding("escape", "give_up", "ui.key.back"),
    ]

    def __init__(self, title: str, explain: str, sign: Callable[[str, str], object]) -> None:
        super().__init__()
        self.heading = title
        self.explain = explain
        self._sign = sign
        self._busy = False

    def compose(self) -> ComposeResult:
        """Compose what is signed, the two lines, the message and the key hints."""
        with Vertical(classes="dialog"):
            yield Static(plain(self.heading, keep_newlines=True), classes="question")
            explain = f"{self.explain}\n{cast('Cockpit', self.app).accounts}".rstrip()
            yield Static(plain(explain, keep_newlines=True), classes="block")
            yield Static(Content(t("ui.sign_in.employee_no")), classes="field")
            yield PlainInput(id="employee-no", leads_on=NEXT_LINE)
            yield Static(Content(t("ui.sign_in.password")), classes="field")
            yield PlainInput(id="password", password=True)
            yield Static(Content(""), id="said")
            yield Static(Content(t("handover.ask.keys")), classes="keys")

    def action_next(self) -> None:
        """Go from the number to the password, and from there sign; if one is empty, show which."""
        password = self.query_one("#password", PlainInput)
        number = self.query_one("#employee-no", PlainInput)
        if self._busy:
            return
        if self.focused is not password:
            self.set_focus(password)
        elif not number.value.strip():
            self.set_focus(number)
            self._say(t("handover.ask.number_missing"))
        elif not password.value:
            self._say(t("handover.ask.password_missing"))
        else:
            self._busy = True  # set before the worker starts: a second Enter would sign twice
            self.run_worker(self._try(typed.plain(number.value), password))

    def action_go(self, line: str) -> None:
        """Focus the line with the id ``line``, so that a wrong number can be corrected."""
        self.set_focus(self.query_one(f"#{line}", PlainInput))

    def say_of_line(self, text: str) -> None:
        """Show a message about a line, such as about pasted text."""
        self._say(text)

    def _say(self, text: str) -> None:
        for line in self.query("#said").results(Static):  # none while the dialog closes
            line.update(plain(text))

    async def _try(self, number: str, password: PlainInput) -> None:
        self._say(t("ui.sign_in.wait"))
        try:
            outcome = await acting.attempt(self._sign, number, password.value)
        finally:
            password.value = ""
            self._busy = False
        if isinstance(outcome, FloorctlError):
            self._say(sentence(outcome))
        else:
            self.dismiss(True)

    def action_give_up(self) -> None:
        """Close with False, but not while ``sign`` runs: its outcome would be unknown."""
        if self._busy:
            self._say(t("handover.ask.busy"))
        else:
            self.dismiss(False)

"""A second person signs in for one signature; whoever is signed in stays so."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.screens.base import sentence
from floorctl.screens.dialog import Dialog
from floorctl.widgets.plain import PlainInput, plain


class SecondPerson(Dialog[bool]):
    """Number and password; ``sign`` is done with them in a worker thread, and what it refuses is said here."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        # At once, not when the line has told of it: of a password typed on nothing must show in the number.
        Binding("enter", "next", "ui.key.take", priority=True),
        Binding("escape", "give_up", "ui.key.back"),
    ]

    def __init__(self, title: str, explain: str, sign: Callable[[str, str], object]) -> None:
        super().__init__()
        self.heading = title
        self.explain = explain
        self._sign = sign
        self._busy = False

    def compose(self) -> ComposeResult:
        """What is signed, the two lines, how it went."""
        with Vertical(classes="dialog"):
            yield Static(plain(self.heading, keep_newlines=True), classes="question")
            yield Static(plain(self.explain, keep_newlines=True), classes="block")
            yield Static(Content(t("ui.sign_in.employee_no")), classes="field")
            yield PlainInput(id="employee-no")
            yield Static(Content(t("ui.sign_in.password")), classes="field")
            yield PlainInput(id="password", password=True)
            yield Static(Content(""), id="said")
            yield Static(Content(t("handover.ask.keys")), classes="keys")

    def action_next(self) -> None:
        """Enter goes from the number to the password, and from there to the signature."""
        password = self.query_one("#password", PlainInput)
        if self.focused is not password:
            self.set_focus(password)
        elif not self._busy:
            number = self.query_one("#employee-no", PlainInput).value.strip()
            if number and password.value:
                self._busy = True  # at once: a second Enter would sign a second time
                self.run_worker(self._try(number, password))

    async def _try(self, number: str, password: PlainInput) -> None:
        line = self.query_one("#said", Static)
        line.update(plain(t("ui.sign_in.wait")))
        try:
            await asyncio.to_thread(self._sign, number, password.value)
        except FloorctlError as error:
            line.update(plain(sentence(error)))
            return
        finally:
            password.value = ""
            self._busy = False
        self.dismiss(True)

    def action_give_up(self) -> None:
        """Close without a signature."""
        if not self._busy:
            self.dismiss(False)

"""F1 in a demonstration: an account of each role, what the role does, and signing in as it by one more key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.screens.demonstration.demonstration import DemoAccount
from floorctl.screens.shell import acting
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.safe import fit, visible
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.floor.views import Signed
    from floorctl.screens.shell.cockpit import Cockpit

_ROLE_CELLS = 12
#: Errors of a sign-in that the platform was not asked about.
_NEEDS_LINE = ("error.unknown_offline", "error.network_unreachable")


class Accounts(Dialog[None]):
    """One account of each role. A digit, Enter on its row or a click signs in as it, also where the terminal is locked.

    What waits to be sent stays in the journal, signed by whoever did it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"sign_in({digit - 1})", show=False) for digit in range(1, 5)),
        Binding("up", "move(-1)", "ui.key.up"),
        Binding("down", "move(1)", "ui.key.down"),
        Binding("enter", "sign_in", "demo.key.sign_in"),
        Binding("escape", "close", "ui.key.back"),
    ]

    def __init__(self, accounts: Sequence[DemoAccount]) -> None:
        super().__init__()
        self._accounts = accounts
        self._cursor = 0
        self._busy = False
        self._message = ""

    @property
    def cockpit(self) -> "Cockpit":
        """The app, typed as ``Cockpit``."""
        return cast("Cockpit", self.app)

    def compose(self) -> ComposeResult:
        """Yield two lines per account: who, and what the role does."""
        with Vertical(classes="dialog wide"):
            yield Static(Content(t("demo.accounts.title")), classes="question")
            for at in range(len(self._accounts)):
                yield Static(id=f"account-{at}", classes="option account")
            yield Static(id="said")
            yield Static(Content(t("demo.accounts.keys")), classes="keys")

    def on_mount(self) -> None:
        """Put the cursor on who is signed in; say from time to time whether the line is there."""
        ours = [at for at, account in enumerate(self._accounts) if self._is_signed_in(account)]
        self._cursor = ours[0] if ours else 0
        self._show_rows()
        self._show_line()
        self.set_interval(0.5, self._show_line)

    def _is_signed_in(self, account: DemoAccount) -> bool:
        person = self.cockpit.floor.session.person
        return person is not None and person.person_id == account.person_id

    def _show_rows(self) -> None:
        for at, account in enumerate(self._accounts):
            mark = "▸" if at == self._cursor else " "
            signed_in = t("demo.accounts.signed_in") if self._is_signed_in(account) else ""
            who = f"{mark} {at + 1}  {fit(account.role_words, _ROLE_CELLS)}"
            line = f"{who}{account.employee_no}  {account.password}  {signed_in}"
            does = f"     {t(f'demo.role.{account.role}')}"
            for row in self.query(f"#account-{at}").results(Static):
                style = "bold" if at == self._cursor else ""
                row.update(Content.assemble((line.rstrip(), style), "\n", (does, "$foreground 70%")))

    def _show_line(self) -> None:
        """Say that signing in needs the line, while it is cut and nothing else is said."""
        words = t("demo.accounts.offline")
        if self.cockpit.floor.status.connection().mode == "offline" and not self.cockpit.has_not_asked:
            if not self._message:
                self._say(words)
        elif self._message == words:
            self._say("")

    def _say(self, text: str) -> None:
        self._message = text
        for line in self.query("#said").results(Static):  # none while it is closing
            line.update(plain(text))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._cursor = max(0, min(len(self._accounts) - 1, self._cursor + rows))
        self._show_rows()

    def action_close(self) -> None:
        """Close the dialog; who is signed in stays."""
        self.dismiss(None)

    def on_click(self, event: Click) -> None:
        """Sign in as the account that was clicked."""
        name = (event.widget.id if event.widget is not None else None) or ""
        if name.startswith("account-"):
            self.action_sign_in(int(name.removeprefix("account-")))

    def action_sign_in(self, at: int | None = None) -> None:
        """Sign in as an account (None: the one under the cursor)."""
        if self._busy or (at is not None and at >= len(self._accounts)):
            return
        self._cursor = self._cursor if at is None else at
        self._show_rows()
        account = self._accounts[self._cursor]
        if self._is_signed_in(account) and not self.cockpit.is_locked:
            self.dismiss(None)
            self.cockpit.say(t("demo.accounts.same", role=account.role_words))
            return
        self._busy = True  # at once: a second digit would sign in again
        self.cockpit.hold_keys("person")
        self._say(t("ui.sign_in.wait"))
        self.run_worker(self._sign_in(account))

    async def _sign_in(self, account: DemoAccount) -> None:
        cockpit = self.cockpit
        session = cockpit.floor.session
        before: Signed | None = session.person
        enter = session.unlock if cockpit.is_locked else session.sign_in
        try:
            outcome = await acting.attempt(enter, account.employee_no, account.password)
        finally:
            self._busy = False
        if not isinstance(outcome, FloorctlError):
            name = visible(outcome.result.name)
            welcome = t("demo.accounts.now", role=account.role_words, name=name)
            cockpit.let_in(self, outcome.result, before, welcome=welcome)
            cockpit.call_later(cockpit.release_keys, "person")
            return
        cockpit.forget_keys()  # they were meant for whoever was to be signed in
        if outcome.key in _NEEDS_LINE:
            self._say(t("demo.accounts.needs_line", role=account.role_words))
        else:
            self._say(visible(sentence(outcome)))

"""What a demonstration floor has that others have not: accounts that are no secret, and a line that can be cut."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from floorctl.i18n import t, term


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demonstration; its password follows from the seed and is no secret."""

    role: str
    person_id: str
    employee_no: str
    password: str

    @property
    def role_words(self) -> str:
        """The role in words."""
        return term("role", self.role)


@dataclass(frozen=True)
class Demonstration:
    """A floor to practise on.

    ``go_live`` starts to sync. ``cut`` and ``mend`` cut and mend the line to the platform; they write to a pipe, and
    raise FloorctlError where the platform has ended. ``line_breaks``: seconds after the cockpit opened at which the
    line breaks by itself. ``has_ended``: whether the platform has ended, which no cut line looks different from.
    """

    scenario: str
    #: When the floor begins.
    begins: time
    accounts: tuple[DemoAccount, ...]
    go_live: Callable[[], object]
    cut: Callable[[], None]
    mend: Callable[[], None]
    line_breaks: float | None = None
    has_ended: Callable[[], bool] = lambda: False

    def account_of(self, role: str) -> DemoAccount:
        """Return the account with ``role``."""
        return next(account for account in self.accounts if account.role == role)

    def opening_lines(self) -> list[str]:
        """Return the three lines that are shown at the beginning: what happens, what to try, which key."""
        return t(f"demo.opening.{self.scenario}", at=f"{self.begins:%H:%M}").split("\n")

    def sign_in_words(self) -> str:
        """Return the words about the accounts for the dialogs in which one signs in."""
        roles = ("supervisor", "shift_lead")
        accounts = {role: self.account_of(role) for role in roles}
        return t("demo.sign_in", **{role: f"{each.employee_no} {each.password}" for role, each in accounts.items()})

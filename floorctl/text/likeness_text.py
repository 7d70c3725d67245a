"""Why two orders are likely to be about one matter, in words."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from floorctl.i18n import t
from floorctl.text.safe import visible


class Reason(Protocol):
    """A reason as a code, with the orders' own words or the days between them."""

    @property
    def code(self) -> str:
        """The code: a key under ``rules.likeness``."""

    @property
    def words(self) -> Sequence[str]:
        """The words that both orders have."""

    @property
    def days(self) -> int:
        """The whole days between their receipts."""


def likeness_reason(reason: Reason) -> str:
    """Return the sentence of one reason."""
    if reason.code == "days_apart":
        return t("rules.likeness.days_apart", n=reason.days) if reason.days else t("rules.likeness.same_day")
    if reason.words:
        return t(f"rules.likeness.{reason.code}", words=t("rules.likeness.comma").join(map(visible, reason.words)))
    return t(f"rules.likeness.{reason.code}")


def likeness_reasons(reasons: Iterable[Reason]) -> str:
    """Return all reasons in one line."""
    return t("rules.likeness.semicolon").join(map(likeness_reason, reasons))

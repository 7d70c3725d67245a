"""What a department's limit rests on, in words."""

from datetime import datetime

from floorctl.i18n import t
from floorctl.text.safe import visible

#: Stands before a limit that may turn out to be another day, once the holidays of its year are known.
UNCERTAIN = "≈"


def basis_words(basis: str, source: str) -> str:
    """Return what a limit rests on: the platform, an extension, or the regulation (``source``) by which it is counted.

    Empty for an order without a limit.
    """
    if basis == "counted":
        return visible(source) or t("orders.limit.own")
    return "" if basis == "none" else t(f"orders.limit.{basis}")


def uncertain_words(at: datetime) -> str:
    """Return the sentence for a limit counted into a year whose holidays are not known; ``at``: in the floor's zone."""
    return t("orders.limit.uncertain", mark=UNCERTAIN, year=at.year)

"""The running month's score for every screen: in the top bar, and for the banner about the end of the contract."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import ScoreView
    from floorctl.floor.floor import Floor


class ScoreWatch:
    """The score counted last, and that of the month before, which it is compared with.

    It is compared by months, as in the contract; no earlier state of the running month is stored.
    """

    def __init__(self) -> None:
        self.view: ScoreView | None = None
        self.before: ScoreView | None = None

    def count(self, floor: "Floor") -> bool:
        """Count again and return whether anything has changed. Reads the disk: call in a worker thread."""
        seen = self.view, self.before
        self.view = floor.assessment.score()
        self.before = month_before(floor, self.view)
        return (self.view, self.before) != seen

    @property
    def waits(self) -> bool:
        """Whether there is no score yet because the first sync is not complete."""
        return self.view is not None and self.view.no_orders_known

    @property
    def termination_right(self) -> bool:
        """Whether the purchaser may end the contract by the score counted last."""
        return self.view is not None and self.view.termination_right


def month_before(floor: "Floor", view: "ScoreView") -> "ScoreView | None":
    """Return the score of the month before ``view``'s; None before the contract's start or without data."""
    month = view.month.plus(-1)
    start = floor.config.contract.start
    if view.no_orders_known or (month.year, month.month) < (start.year, start.month):
        return None
    before = floor.assessment.score(month)
    return None if before.item("service_ability").no_data else before

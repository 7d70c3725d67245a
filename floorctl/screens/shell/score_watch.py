"""The running month's score as every screen shows it: in the line at the top, and as a banner where it must be seen."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import ScoreView
    from floorctl.floor.floor import Floor


class ScoreWatch:
    """Keeps the score that was counted last, and that of the month before, which it is compared with.

    The month before, and not yesterday: what stood yesterday is kept nowhere, and the contract compares months.
    """

    def __init__(self) -> None:
        self.view: ScoreView | None = None
        self.before: ScoreView | None = None

    def count(self, floor: "Floor") -> bool:
        """Count again; True where anything has changed. Reads the disk: for a worker thread."""
        seen = self.view, self.before
        self.view = floor.assessment.score()
        self.before = month_before(floor, self.view)
        return (self.view, self.before) != seen

    @property
    def waits(self) -> bool:
        """Whether there is no score yet because the first sync is not over."""
        return self.view is not None and self.view.no_orders_known

    @property
    def termination_right(self) -> bool:
        """Whether the purchaser may end the contract as things stand."""
        return self.view is not None and self.view.termination_right


def month_before(floor: "Floor", view: "ScoreView") -> "ScoreView | None":
    """The month before that of ``view``; None where the contract had not begun, or nothing is known of that month."""
    month = view.month.plus(-1)
    start = floor.config.contract.start
    if view.no_orders_known or (month.year, month.month) < (start.year, start.month):
        return None
    before = floor.assessment.score(month)
    return None if before.item("service_ability").no_data else before

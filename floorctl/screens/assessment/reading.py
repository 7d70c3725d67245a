"""What the assessment's screen shows, as it was read at one moment. Reads the disk: for worker threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from floorctl.rules.assessment.scoring import BONUSES
from floorctl.screens.shell.score_watch import month_before

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import CostView, ExplainView, FactView, Month, MonthBrief, ScoreView
    from floorctl.floor.floor import Floor


@dataclass(frozen=True)
class Shown:
    """A month, the one before it, the months of its contract year, its facts with the newest first."""

    view: "ScoreView"
    before: "ScoreView | None"
    months: "Sequence[MonthBrief]"
    facts: "Sequence[FactView]"

    @property
    def praise(self) -> "list[FactView]":
        """The facts that the bonus is made of."""
        return [each for each in self.facts if each.fact.kind in BONUSES]

    def fact(self, fact_id: str | None) -> "FactView | None":
        """One of the month's facts."""
        return next((each for each in self.facts if each.id == fact_id), None)


@dataclass(frozen=True)
class Looked:
    """One item: how its score comes about, and what counts against it."""

    item_id: str
    explained: "ExplainView | None"
    costs: "Sequence[CostView]"


def read_month(floor: "Floor", month: "Month | None") -> Shown:
    """Read ``month`` (None: the running one)."""
    view = floor.assessment.score(month)
    return Shown(
        view=view,
        before=month_before(floor, view),
        months=floor.assessment.year(view.month),
        facts=sorted(floor.assessment.facts(view.month), key=lambda each: (each.fact.day, each.id), reverse=True),
    )


def read_item(floor: "Floor", item_id: str, month: "Month") -> Looked:
    """Read one item of ``month``."""
    return Looked(item_id, floor.assessment.explain(item_id, month), floor.assessment.costs(item_id, month))

"""Data that the assessment screen shows, read together. The functions read the disk: call them in worker threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from floorctl.rules.assessment.scoring import BONUSES
from floorctl.screens.shell.score_watch import month_before

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import CostView, ExplainView, FactView, Month, MonthBrief, ScoreView
    from floorctl.floor.floor import Floor


@dataclass(frozen=True)
class MonthData:
    """A month's score, that of the month before, the months of its contract year, and its facts, newest first."""

    view: "ScoreView"
    before: "ScoreView | None"
    months: "Sequence[MonthBrief]"
    facts: "Sequence[FactView]"

    @property
    def praise(self) -> "list[FactView]":
        """The facts that count for the bonus."""
        return [each for each in self.facts if each.fact.kind in BONUSES]

    def fact(self, fact_id: str | None) -> "FactView | None":
        """Return the month's fact with this id, or None."""
        return next((each for each in self.facts if each.id == fact_id), None)


@dataclass(frozen=True)
class ItemData:
    """One item: the explanation of its score, and what cost its points."""

    item_id: str
    explained: "ExplainView | None"
    costs: "Sequence[CostView]"


def read_month(floor: "Floor", month: "Month | None") -> MonthData:
    """Read what the screen shows of ``month`` (None: the running one)."""
    view = floor.assessment.score(month)
    return MonthData(
        view=view,
        before=month_before(floor, view),
        months=floor.assessment.year(view.month),
        facts=sorted(floor.assessment.facts(view.month), key=lambda each: (each.fact.day, each.id), reverse=True),
    )


def read_item(floor: "Floor", item_id: str, month: "Month") -> ItemData:
    """Read explanation and costs of one item of ``month``."""
    return ItemData(item_id, floor.assessment.explain(item_id, month), floor.assessment.costs(item_id, month))

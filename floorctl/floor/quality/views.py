"""What the front ends display of quality inspection 质检: immutable values. Scores are out of 100, times aware."""

from datetime import date, datetime
from fractions import Fraction

import msgspec

from floorctl.models.masked import Masked
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.rules.quality.form import Form, RubricChange
from floorctl.rules.quality.results import Agreed, Result, Spread
from floorctl.rules.quality.sampling import Drawn

__all__ = [
    "AgentProgress", "CalibrationView", "DoubleScore", "Form", "InspectionView", "InspectorProgress", "PlanView",
    "Progress",    "QualityResults", "ResultRow", "RubricChange", "RubricView", "SampleView", "SpreadView",
]  # fmt: skip


class RubricView(msgspec.Struct, frozen=True):
    """A rubric with its id and version."""

    id: str
    version: int
    rubric: Rubric


class InspectionView(msgspec.Struct, frozen=True):
    """A score. ``appeal_until``: the last moment for an appeal; ``appeal_open``: an appeal is still possible.

    ``sample_name``: the day and number of its sample (``11-28/12``), empty where that is not held here.
    """

    id: str
    version: int
    record: Masked[Inspection]
    agent_name: str
    inspector_name: str
    passed: bool
    appeal_open: bool
    appeal_until: datetime
    pending: tuple[str, ...] = ()
    sample_name: str = ""

    @property
    def inspection(self) -> Inspection:
        """The score, numbers in its comments and its appeal masked."""
        return self.record.shown


class SampleView(msgspec.Struct, frozen=True):
    """A sample to score and those of its scores that this person may see (a calibration is blind).

    ``drafted``: this person has a draft of its form here. ``submitted_here``: their score of it is pending or at the
    platform. ``asked``: they are to score it: it is planned for them or for nobody, or is a calibration of a day on
    which they inspect. ``number``: its number in the plan of its day, from 1. The state of a calibration is ``open``
    for whoever has not scored it until all have.
    """

    id: str
    version: int
    record: Masked[Sample]
    agent_name: str
    inspector_name: str
    drafted: bool
    inspections: tuple[InspectionView, ...] = ()
    submitted_here: bool = False
    asked: bool = False
    number: int = 0
    pending: tuple[str, ...] = ()

    @property
    def sample(self) -> Sample:
        """The sample, its personal data masked."""
        return self.record.shown


class InspectorProgress(msgspec.Struct, frozen=True):
    """One inspector's day, calibrations included. ``person_id`` is empty for samples without an inspector."""

    person_id: str
    name: str
    planned: int
    scored: int


class AgentProgress(msgspec.Struct, frozen=True):
    """One agent's day, and the number of samples still to be scored this month."""

    person_id: str
    name: str
    planned: int
    scored: int
    owed_this_month: int


class Progress(msgspec.Struct, frozen=True):
    """The progress of a day's plan; skipped samples are neither planned nor scored.

    A calibration is one sample, scored once every rater has scored; ``by_inspector`` counts it for each rater.
    """

    day: date
    planned: int
    scored: int
    by_inspector: tuple[InspectorProgress, ...]
    by_agent: tuple[AgentProgress, ...]


class SpreadView(msgspec.Struct, frozen=True):
    """The spread of one item's scores, with the item's title."""

    title: str
    spread: Spread


class CalibrationView(msgspec.Struct, frozen=True):
    """A sample scored by several. ``waiting_for``: names of raters who have not scored; ``name``: as 11-28/12.

    Unless ``unlocked``, ``inspections`` holds only this person's own, and there is neither agreement nor kappa.
    """

    sample_id: str
    sample: Sample
    agent_name: str
    inspections: tuple[InspectionView, ...]
    spreads: tuple[SpreadView, ...]
    kappa: Fraction | None
    unlocked: bool
    waiting_for: tuple[str, ...] = ()
    agreed: Agreed | None = None
    name: str = ""
    #: It awaits this person's score.
    mine: bool = False


class DoubleScore(msgspec.Struct, frozen=True):
    """Two scores of one sample: the accepted one, and ours (``command_id``), which the platform refused.

    ``record`` is the second. ``takeable``: a supervisor can still replace the other by ours; ``why_not``: else the
    reason, a catalogue key.
    """

    command_id: str
    sample: SampleView
    first: InspectionView
    record: Masked[Inspection]
    second_name: str
    takeable: bool
    why_not: str = ""

    @property
    def second(self) -> Inspection:
        """The second score, numbers in its comments masked."""
        return self.record.shown


class PlanView(msgspec.Struct, frozen=True):
    """A day's draw by a seed, compared with the platform's plan of that day.

    ``since`` and ``until``: the time in which candidates were received; ``candidates``: their number. ``in_plan``: ids
    of the orders and calls in the platform's plan (without calibrations); ``not_drawn``: its samples that this draw
    does not contain.
    """

    day: date
    seed: str
    since: datetime
    until: datetime
    candidates: int
    drawn: tuple[Drawn, ...]
    in_plan: frozenset[str]
    not_drawn: tuple[str, ...]

    def planned(self, target_id: str) -> bool:
        """Whether the platform's plan contains this order or call."""
        return target_id in self.in_plan


class ResultRow(msgspec.Struct, frozen=True):
    """A result with its name, the change of the mean since the month before, and the means over time (oldest first).

    ``reasons``: why an agent is due for coaching: below_pass, fatal, falling.
    """

    key: str
    name: str
    result: Result
    trend: Fraction | None = None
    history: tuple[tuple[str, Fraction], ...] = ()
    reasons: tuple[str, ...] = ()


class QualityResults(msgspec.Struct, frozen=True):
    """A month's results. ``overall`` is None where there are no scores; ``top`` and ``below_pass`` are the 奖惩 lists.

    Calibrations are left out: they compare inspectors, not agents. ``history`` of agents, teams, lines and items has an
    entry for each month (``2026-11``), that of ``by_month`` for each day of the month. In ``by_item`` a mean is the
    share of the item's points out of 100, and the pass rate that of full marks.
    """

    month: str
    overall: Result | None
    by_agent: tuple[ResultRow, ...] = ()
    by_team: tuple[ResultRow, ...] = ()
    by_line: tuple[ResultRow, ...] = ()
    by_item: tuple[ResultRow, ...] = ()
    by_month: tuple[ResultRow, ...] = ()
    top: tuple[ResultRow, ...] = ()
    below_pass: tuple[ResultRow, ...] = ()
    for_coaching: tuple[ResultRow, ...] = ()

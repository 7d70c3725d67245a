"""What the front ends are shown of quality inspection 质检, as immutable values. Scores are out of 100, times aware."""

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
    """A score. ``appeal_until``: the last moment for an appeal; ``appeal_open``: it can still be appealed now.

    ``sample_name``: the day and number of its sample (``11-28/12``), empty where that is not known here.
    """

    id: str
    version: int
    inspection: Inspection
    agent_name: str
    inspector_name: str
    passed: bool
    appeal_open: bool
    appeal_until: datetime
    pending: tuple[str, ...] = ()
    sample_name: str = ""


class SampleView(msgspec.Struct, frozen=True):
    """A sample to score and its scores, as far as this person may see them (calibration is blind).

    ``drafted``: the person has a half-done form of it here. ``submitted_here``: a score of theirs for it is on its way
    or already with the platform. ``asked``: it is theirs to score: planned for them or for nobody, or a calibration of
    a day on which they inspect. ``number``: its place in the plan of its day, from 1. A calibration is ``open`` to
    whoever has not scored it until all have.
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
    """One inspector's day, calibrations included. ``person_id`` is empty for samples that are nobody's yet."""

    person_id: str
    name: str
    planned: int
    scored: int


class AgentProgress(msgspec.Struct, frozen=True):
    """One agent's day, and how many of the month's samples are still to be scored."""

    person_id: str
    name: str
    planned: int
    scored: int
    owed_this_month: int


class Progress(msgspec.Struct, frozen=True):
    """How far a day's plan has come; skipped samples count neither as planned nor as scored.

    A calibration is one sample, scored once everybody asked has; ``by_inspector`` counts it for each of them.
    """

    day: date
    planned: int
    scored: int
    by_inspector: tuple[InspectorProgress, ...]
    by_agent: tuple[AgentProgress, ...]


class SpreadView(msgspec.Struct, frozen=True):
    """The spread of one item with its title."""

    title: str
    spread: Spread


class CalibrationView(msgspec.Struct, frozen=True):
    """One sample scored by several. ``waiting_for``: names of those asked who have not scored; ``name``: as 11-28/12.

    Where it is not ``unlocked``, ``inspections`` holds only the person's own, and there is neither agreement nor kappa.
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
    #: It waits for the score of the person who looks.
    mine: bool = False


class DoubleScore(msgspec.Struct, frozen=True):
    """Two scores of one sample: the one that stands, and ours that the platform refused (the command ``command_id``).

    ``takeable``: a supervisor can still have ours replace the other; ``why_not`` is a key of the catalogue where not.
    """

    command_id: str
    sample: SampleView
    first: InspectionView
    second: Inspection
    second_name: str
    takeable: bool
    why_not: str = ""


class PlanView(msgspec.Struct, frozen=True):
    """A day's draw by a seed, and how it compares with the platform's plan of that day.

    ``since`` and ``until``: when what could be drawn was received; ``candidates``: how many that were. ``in_plan``: ids
    of the orders and calls in the platform's plan (calibration left out); ``not_drawn``: its samples that this draw
    does not have.
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
        """Whether the platform's plan has this order or call."""
        return target_id in self.in_plan


class ResultRow(msgspec.Struct, frozen=True):
    """A result with its name, how the mean changed since the month before, and its means over time (oldest first).

    ``reasons``: why an agent is due for coaching: below_pass, fatal, falling.
    """

    key: str
    name: str
    result: Result
    trend: Fraction | None = None
    history: tuple[tuple[str, Fraction], ...] = ()
    reasons: tuple[str, ...] = ()


class QualityResults(msgspec.Struct, frozen=True):
    """A month's results. ``overall`` is None where nobody was scored; ``top`` and ``below_pass`` are the 奖惩 lists.

    Calibration is left out: it compares inspectors, not agents. ``history`` of agents, teams, lines and items holds
    months (``2026-11``), that of ``by_month`` the days of each month. In ``by_item`` a mean is the share of the item's
    points out of 100, and the pass rate that of full marks.
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

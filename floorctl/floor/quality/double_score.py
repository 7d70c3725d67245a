"""Double scores: two inspectors scored one sample while nobody could tell them.

The platform keeps the first score. The second stays, complete, in the journal of the terminal where it was given until
a supervisor there decides: either the first stays, or it is appealed and revised to the second's points, since the
contract has no other way to correct a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from floorctl.floor.quality.book import QualityBook
from floorctl.floor.quality.views import DoubleScore, InspectionView, SampleView
from floorctl.models.base import Ref
from floorctl.models.masked import Masked
from floorctl.models.quality import Inspection, ItemScore
from floorctl.rules.privacy import masked
from floorctl.rules.quality import scoring
from floorctl.sync.outbox_item import OutboxItem

#: States in which a score can still be revised.
_OPEN = ("submitted", "appealed")


def double_scores(book: QualityBook, parked: Iterable[OutboxItem], name: dict[str, str]) -> Iterator[DoubleScore]:
    """Yield those of the ``parked`` scores whose sample somebody else had scored; ``name``: person id → name."""
    for item in parked:
        sample = book.sample_view(str(item.data.get("sample_id", "")))
        if sample is None:
            continue
        first = next((view for view in sample.inspections if view.inspection.inspector_id != item.made_by), None)
        second = refused_score(book, item, sample)
        if first is None or second is None or sample.sample.reason == "calibration":
            continue
        why_not = _why_not(first, second)
        yield DoubleScore(
            command_id=item.id,
            sample=sample,
            first=first,
            record=Masked(
                second,
                masked,
                Ref("command", item.id),
                Ref("sample", sample.id),
                confidential=partial(getattr, sample.record, "confidential"),
            ),
            second_name=name.get(item.made_by, item.made_by),
            takeable=not why_not,
            why_not=why_not,
        )


def refused_score(book: QualityBook, item: OutboxItem, sample: SampleView) -> Inspection | None:
    """Return the score that a refused command contains; None where it can't be read, or its rubric is not held here."""
    try:
        scores = msgspec.convert(item.data.get("scores", []), tuple[ItemScore, ...])
        fatal = msgspec.convert(item.data.get("fatal", []), tuple[str, ...])
    except msgspec.ValidationError:
        return None
    rubric = book.rubrics.get(str(item.data.get("rubric_id", "")))
    if rubric is None:
        return None
    return Inspection(
        sample_id=sample.id,
        rubric_id=rubric.id,
        rubric_version=int(item.data.get("rubric_version", 0)),
        agent_id=sample.sample.agent_id,
        inspector_id=item.made_by,
        scores=scores,
        total=float(scoring.total(rubric.rubric, scores, fatal)),
        state="submitted",
        submitted_at=item.made_at,
        fatal=fatal,
        comment=item.data.get("comment"),
    )


def _why_not(first: InspectionView, second: Inspection) -> str:
    if first.inspection.state not in _OPEN:
        return "error.contest_decided"
    # A decision replaces the points only; the fatal errors stay those of the first.
    if set(first.inspection.fatal) != set(second.fatal):
        return "error.contest_fatal"
    return "error.contest_same" if scoring.same_points(first.inspection.scores, second.scores) else ""

"""Quality inspection 质检: the rubric, the samples to be scored and their scores."""

from datetime import date
from typing import Annotated

import msgspec

from floorctl.models.base import Entity, Ref, Seconds, Time

SAMPLE_STATES = ("open", "scored", "skipped")
SAMPLE_REASONS = ("random", "complaint", "new_agent", "low_score", "calibration")
INSPECTION_STATES = ("submitted", "appealed", "upheld", "revised")


class RubricItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of the scoring form. ``points``: the maximum, given in multiples of ``step``."""

    id: str
    title: str
    points: Seconds
    step: Annotated[float, msgspec.Meta(gt=0)] = 0.5
    guide: str | None = None
    may_not_apply: bool = False


class RubricSection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A titled group of items."""

    title: str
    items: tuple[RubricItem, ...]


class FatalError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """致命差错: any of these makes the total zero."""

    id: str
    title: str


class Rubric(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """质检评分标准: the scoring form, with its sections of items and its fatal errors."""

    title: str
    pass_mark: float
    sections: tuple[RubricSection, ...]
    effective_from: date | None = None
    fatal: tuple[FatalError, ...] = ()


class TranscriptLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One utterance, ``at`` seconds after the start of the call. ``speaker`` is agent or citizen."""

    speaker: str
    at: float
    text: str


class SampleCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The call that a sample is about."""

    line: str | None = None
    started_at: Time | None = None
    seconds: float | None = None
    recording_url: str | None = None
    transcript: tuple[TranscriptLine, ...] = ()


class Sample(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """质检任务: a call or order that an inspector is to score on ``day``. ``state``: open, scored or skipped."""

    day: date
    target: Ref
    agent_id: str
    reason: str
    state: str
    inspector_id: str | None = None
    call: SampleCall | None = None
    order_id: str | None = None


class ItemScore(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points given for one item; None where the item does not apply."""

    item_id: str
    points: float | None = None
    comment: str | None = None


class Appeal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """申诉: the agent's appeal against a score, and its decision."""

    by: str | None = None
    at: Time | None = None
    reason: str | None = None
    decided_by: str | None = None
    decided_at: Time | None = None
    decision: str | None = None


class Inspection(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """质检成绩: a scored sample. ``state``: submitted, appealed, upheld or revised."""

    sample_id: str
    rubric_id: str
    rubric_version: int
    agent_id: str
    inspector_id: str
    scores: tuple[ItemScore, ...]
    total: Annotated[float, msgspec.Meta(ge=0, le=100)]
    state: str
    submitted_at: Time
    fatal: tuple[str, ...] = ()
    comment: str | None = None
    appeal: Appeal | None = None

"""Facts: what the monthly assessment counts and cannot derive from orders, seats or people."""

from datetime import date
from typing import Annotated

import msgspec

from floorctl.models.base import Count, Entity

FACT_KINDS = (
    "onboarding_exam", "onboarding_training", "training", "team_event", "learning_board", "service_star",
    "media_exposure", "data_leak", "data_misuse", "task_missed", "dishonesty", "province_criticism",
    "purchaser_criticism", "province_praise", "purchaser_praise", "office_praise", "national_media", "public_praise",
)  # fmt: skip


class Fact(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """One fact; facts with the same ``matter`` count once."""

    kind: str
    day: date
    matter: str | None = None
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    passed: Count | None = None
    sat: Count | None = None
    days: Count | None = None
    person_id: str | None = None
    title: str | None = None
    evidence: str | None = None

"""A floor that is opened at whatever time of day holds nothing that has not happened yet."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from floorctl.simulator.seed.seed import seed_history
from tests.scope import one_in
from tests.simulator.simulated_floor import TEN, Floor, floor

#: What is planned, or is a limit: the only times that lie ahead.
PLANNED = {
    "due_at", "next_due_at", "starts_at", "ends_at", "expires_on", "verify_by", "until", "appeal_until", "planned_at",
    "rubric.effective_from", "shift.day", "resource.expected_at",
}  # fmt: skip


def ahead(kind: str, entity: Any, now: datetime, path: str = "") -> list[tuple[str, object]]:
    """The fields of ``entity`` that say a time after ``now``."""
    found: list[tuple[str, object]] = []
    if isinstance(entity, msgspec.Struct):
        for name in entity.__struct_fields__:
            if name not in PLANNED and f"{kind}.{name}" not in PLANNED:
                found += ahead(kind, getattr(entity, name), now, f"{path}.{name}")
    elif isinstance(entity, (tuple, list)):
        for each in entity:
            found += ahead(kind, each, now, path)
    elif isinstance(entity, datetime):
        if entity > now:
            found.append((f"{kind}{path}", entity))
    elif hasattr(entity, "isoformat") and entity > now.date():
        found.append((f"{kind}{path}", entity))
    return found


def all_ahead(opened: Floor, now: datetime) -> list[tuple[str, str, object]]:
    kinds = (
        "order", "alert", "seat", "queue", "interval", "sample", "inspection", "handover", "fact", "surge", "article",
        "correction", "call", "missed_call", "person", "resource", "rubric", "shift",
    )  # fmt: skip
    return [
        (each, where, at)
        for kind in kinds
        for each, entity in opened.all(kind).items()
        for where, at in ahead(kind, entity, now)
    ]


_TIMES = ((0, 4), (1, 30), (7, 59), (8, 10), (9, 0), (10, 0), (14, 42), (16, 5), (19, 19), (23, 58))


@pytest.mark.parametrize(
    ("seats", "hour", "minute"),
    [*((49, *time) for time in one_in(2, _TIMES)), *((500, *time) for time in one_in(5, _TIMES))],
)
def test_nothing_that_is_seeded_lies_ahead(seats: int, hour: int, minute: int) -> None:
    now = TEN.replace(hour=hour, minute=minute)
    with floor(now, seats=seats, orders=600) as opened:
        seed_history(opened.store, days=4)  # which leaves all that was there when the floor opened
        assert all_ahead(opened, now) == []


def test_nothing_that_the_floor_does_later_lies_ahead_of_its_clock() -> None:
    with floor(orders=600) as opened:
        for hours in (1, 6, 8):
            opened.go(hours * 3600, every=600)
            now = opened.clock.at + timedelta(seconds=1)
            assert all_ahead(opened, now) == []

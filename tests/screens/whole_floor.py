"""A real Floor with something on every screen: seats, queues, alerts of every kind, orders, samples, scores."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from floorctl.floor.floor import Floor
from floorctl.models.alerts import Alert
from floorctl.models.base import Entity, Ref
from floorctl.models.team import Person
from tests.quality_stage import inspection, sample
from tests.rules import small_floor as scored
from tests.screens.filled_floor import NOW, alert, order, people
from tests.screens.floor_stage import STARTED, FloorStage
from tests.sync import storage

T = TypeVar("T")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def whole_floor(folder: Path, language: str) -> Floor:
    """Forty seats at work, orders that are days late, alerts about orders, queues, seats and lines, a day's samples."""
    stage = FloorStage(folder, language=language)
    held = {key: entity for key, (_, entity) in stage.platform.items()}
    agents = {each: person for (_, each), person in held.items() if isinstance(person, Person) and each != "p-1001"}
    for kind, each, entity in people():
        if (kind, each) not in held:
            stage.put((kind, each), entity)
    for person_id in agents:
        stage.change(("person", person_id), team="一组")
    for n in range(1, 50):
        stage.change(("seat", f"s-{n:02}"), skills=("q-12345", "q-12333", "q-12320")[: 1 + n % 3])
    for n in range(60):
        stage.put(("order", f"o-20260304{n:05}"), _later(order(n), STARTED - NOW))
    for n in range(6):
        stage.put(("alert", f"f-{n}"), _later(alert(n), STARTED - NOW))
    for n, raised in enumerate(_alerts()):
        stage.put(("alert", f"x-{n}"), raised)
    for (kind, each), entity in _samples([*agents][:9]).items():
        stage.put((kind, each), entity)
    stage.feed()
    return stage.floor


def _later(value: T, by: timedelta) -> T:
    """``value`` with every time in it that much later."""
    found: Any = value
    if isinstance(found, datetime):
        found = found + by
    elif isinstance(found, tuple):
        found = tuple(_later(each, by) for each in found)
    elif isinstance(found, msgspec.Struct):
        fields = {name: getattr(found, name) for name in found.__struct_fields__}
        found = msgspec.structs.replace(found, **{name: _later(each, by) for name, each in fields.items()})
    answer: T = found
    return answer


def _alerts() -> list[Alert]:
    kinds = [("order_overdue", "warning", Ref("order", f"o-20260304{n:05}"), "工单超时") for n in range(8)] + [
        ("dispatch_overdue", "warning", Ref("order", "o-2026030400002"), "派单将超时"),
        ("service_level", "warning", Ref("queue", "q-12345"), "12345 综合 近30分钟15秒接通率 65.8%"),
        ("staffing_gap", "notice", Ref("queue", "q-12333"), "12333 人社 缺 3 人"),
        ("queue_surge", "warning", Ref("queue", "q-12345"), "12345 综合话务激增"),
        ("long_call", "notice", Ref("seat", "s-05"), "长通话 05"),
        ("trunk_full", "warning", Ref("resource", "r-1"), "中继占用 27/30"),
    ]
    return [
        Alert(
            kind=kind,
            severity=severity,
            title=title,
            subject=subject,
            state="open",
            steps=(),
            raised_at=STARTED - MINUTE * (20 + n) - timedelta(days=n == 3),
        )
        for n, (kind, severity, subject, title) in enumerate(kinds)
    ]


def _samples(agents: list[str]) -> dict[tuple[str, str], Entity]:
    """Return samples of the platform's present day."""
    today, later = STARTED.date(), STARTED - storage.NOW
    found: dict[tuple[str, str], Entity] = {("rubric", "r-1"): scored.rubric()}
    for n, agent in enumerate(agents):
        reason = ("random", "complaint", "new_agent", "low_score", "calibration")[n % 5]
        done = n > 5
        state = "scored" if done else "open"
        drawn = sample(n, agent_id=agent, reason=reason, inspector_id="p-1001", state=state)
        found["sample", f"sm-{n}"] = msgspec.structs.replace(_later(drawn, later), day=today)
        if done:
            found["inspection", f"in-{n}"] = _later(inspection(f"sm-{n}", agent_id=agent, inspector_id="p-2001"), later)
    return found

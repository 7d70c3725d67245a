"""A real Floor with something on every screen: seats, queues, alerts of every kind, orders, samples, scores."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from floorctl.floor import Floor
from floorctl.models import Alert, Entity, Interval, Person, Ref
from floorctl.models.quality import Inspection, Sample
from tests.quality_stage import inspection, sample
from tests.rules import floor as scored

from .filled_floor import MINUTE, NOW, filled_floor
from .small_floor import SmallFloor


def whole_floor(folder: Path, language: str) -> Floor:
    """Forty seats at work, orders that are days late, alerts about orders, queues, seats and lines, a day's samples."""
    floor, feed = filled_floor(folder, language=language)
    small = SmallFloor()
    later = NOW - small.started

    def moved(at: datetime | None) -> datetime | None:
        return at + later if at is not None else None

    found: list[tuple[str, str, Entity]] = []
    for person_id, name in small.names.items():
        found.append(("person", person_id, Person(
            employee_no=person_id[2:], name=name, post="agent", education="bachelor", hired_on=NOW.date(), team="一组",
        )))  # fmt: skip
    for seat_id, seat in small._seats.items():
        call = msgspec.structs.replace(seat.call, started_at=seat.call.started_at + later) if seat.call else None
        skills = ("q-12345", "q-12333", "q-12320")[: 1 + int(seat.number) % 3]
        found.append(
            ("seat", seat_id, msgspec.structs.replace(seat, since=seat.since + later, call=call, skills=skills))
        )
    for queue_id, queue in small._queues.items():
        waits = moved(queue.oldest_wait_since)
        found.append(("queue", queue_id, msgspec.structs.replace(queue, oldest_wait_since=waits)))
        found += _day(queue_id)
    found += [("resource", each, thing) for each, thing in small._resources.items()]
    found += _alerts()
    feed.send(*found)
    feed.send(*_samples(small))
    return floor


def _day(queue_id: str) -> list[tuple[str, str, Entity]]:
    at = NOW.replace(minute=NOW.minute // 15 * 15, second=0) - 48 * 15 * MINUTE
    return [
        (
            "interval", f"{queue_id}-{n}",
            Interval(queue_id=queue_id, start=at + 15 * n * MINUTE, offered=41, answered=40, abandoned=1,
                     answered_in_target=29, handle_seconds=8000.0, staffed_seconds=9000.0),
        )
        for n in range(49)
    ]  # fmt: skip


def _alerts() -> list[tuple[str, str, Entity]]:
    kinds = [("order_overdue", "warning", Ref("order", f"o-20260304{n:05}"), "工单超时") for n in range(8)] + [
        ("dispatch_overdue", "warning", Ref("order", "o-2026030400002"), "派单将超时"),
        ("service_level", "warning", Ref("queue", "q-12345"), "12345 综合 近30分钟15秒接通率 65.8%"),
        ("staffing_gap", "notice", Ref("queue", "q-12333"), "12333 人社 缺 3 人"),
        ("queue_surge", "warning", Ref("queue", "q-12345"), "12345 综合话务激增"),
        ("long_call", "notice", Ref("seat", "s-05"), "长通话 05"),
        ("trunk_full", "warning", Ref("resource", "r-1"), "中继占用 27/30"),
    ]
    return [
        ("alert", f"x-{n}", Alert(kind=kind, severity=severity, title=title, subject=subject, state="open", steps=(),
                                  raised_at=NOW - MINUTE * (20 + n) - timedelta(days=n == 3)))
        for n, (kind, severity, subject, title) in enumerate(kinds)
    ]  # fmt: skip


def _samples(small: SmallFloor) -> list[tuple[str, str, Entity | dict[str, Any]]]:
    agents = [*small.names][:9]
    found: list[tuple[str, str, Entity | dict[str, Any]]] = [("rubric", "r-1", scored.rubric())]
    for n, agent in enumerate(agents):
        reason = ("random", "complaint", "new_agent", "low_score", "calibration")[n % 5]
        done = n > 5
        fields = sample(n, day=NOW.date().isoformat(), agent_id=agent, reason=reason, inspector_id="p-1001")
        fields["state"] = "scored" if done else "open"
        found.append(("sample", f"sm-{n}", msgspec.json.decode(json.dumps(fields), type=Sample)))
        if done:
            given = inspection(f"sm-{n}", agent_id=agent, inspector_id="p-2001",
                               submitted_at=(NOW - timedelta(hours=1)).isoformat())  # fmt: skip
            found.append(("inspection", f"in-{n}", msgspec.json.decode(json.dumps(given), type=Inspection)))
    return found

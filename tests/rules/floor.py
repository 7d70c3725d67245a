"""A small floor for the tests of the rules: one of everything, with the fields that matter given by name."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.models import (
    Alert,
    Article,
    Category,
    Command,
    Correction,
    Department,
    Entity,
    Fact,
    Handover,
    Inspection,
    Order,
    Pause,
    Person,
    Queue,
    Ref,
    Resource,
    Rubric,
    Sample,
    Seat,
    Shift,
    Step,
    Surge,
)
from floorctl.models.floor import Call
from floorctl.models.quality import FatalError, RubricItem, RubricSection

ZONE = ZoneInfo("Asia/Shanghai")
#: A Monday that is worked, at 14:00 on the floor's clock.
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=ZONE)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def seat(**given: Any) -> Seat:
    fields = {
        "number": "01",
        "zone": "A",
        "kind": "general",
        "state": "ready",
        "since": NOW - MINUTE,
        "skills": ("q-12345",),
    }
    return Seat(**{**fields, "person_id": "p-1", "shift_id": "sh-1", **given})


def talking(**given: Any) -> Seat:
    call = Call(id="c-1", line="12345", started_at=NOW - MINUTE, caller="13812345678")
    return seat(**{"state": "talking", "call": call, **given})


def queue(**given: Any) -> Queue:
    counts = {"waiting": 0, "offered": 0, "answered": 0, "abandoned": 0, "answered_in_target": 0}
    return Queue(**{"name": "综合", "line": "12345", "target_seconds": 15, "target_level": 0.9, **counts, **given})


def order(**given: Any) -> Order:
    fields = {"number": "20260302000001", "line": "12345", "channel": "phone", "type": "help", "urgency": "normal"}
    return Order(**{**fields, "state": "review", "title": "路灯不亮", "received_at": NOW - HOUR, **given})


def rubric() -> Rubric:
    return Rubric(
        title="评分标准",
        pass_mark=85,
        sections=(
            RubricSection(
                title="服务规范",
                items=(
                    RubricItem(id="open", title="开头语", points=4),
                    RubricItem(id="listen", title="倾听", points=8),
                ),
            ),
            RubricSection(
                title="业务解答",
                items=(RubricItem(id="once", title="一次性告知", points=10, may_not_apply=True),),
            ),
        ),
        fatal=(FatalError(id="abuse", title="辱骂顶撞"),),
    )


def alert(**given: Any) -> Alert:
    fields = {"kind": "special_order", "severity": "warning", "title": "特殊", "subject": Ref("order", "o-1")}
    steps = (Step(kind="phone_department", due_at=NOW), Step(kind="follow_up", due_at=NOW + HOUR))
    return Alert(**{**fields, "raised_at": NOW - MINUTE, "state": "open", "steps": steps, **given})


def inspection(**given: Any) -> Inspection:
    fields = {"sample_id": "sa-1", "rubric_id": "r-1", "rubric_version": 1, "agent_id": "p-9", "inspector_id": "p-4"}
    return Inspection(**{**fields, "scores": (), "total": 80.0, "state": "submitted", "submitted_at": NOW, **given})


def sample(**given: Any) -> Sample:
    fields = {"day": NOW.date(), "target": Ref("call", "c-9"), "agent_id": "p-9", "reason": "random", "state": "open"}
    return Sample(**{**fields, **given})


def shift(**given: Any) -> Shift:
    pauses = (Pause(kind="break", starts_at=NOW + HOUR, ends_at=NOW + HOUR + 15 * MINUTE),)
    fields = {
        "person_id": "p-1",
        "name": "morning",
        "starts_at": NOW - HOUR,
        "ends_at": NOW + 6 * HOUR,
        "pauses": pauses,
    }
    return Shift(**{**fields, **given})


def person(**given: Any) -> Person:
    fields = {
        "employee_no": "1",
        "name": "张三",
        "post": "agent",
        "education": "bachelor",
        "hired_on": date(2025, 1, 1),
    }
    return Person(**{**fields, **given})


def world() -> dict[tuple[str, str], Entity]:
    """One of everything, by kind and id."""
    return {
        ("seat", "s-01"): seat(),
        ("queue", "q-12345"): queue(),
        ("queue", "q-12333"): queue(name="人社", line="12333"),
        ("resource", "trunk"): Resource(kind="trunk", name="中继", capacity=30, in_use=10),
        ("person", "p-1"): person(),
        ("shift", "sh-1"): shift(),
        ("department", "d-1"): Department(name="住建局", level="city"),
        ("department", "d-2"): Department(name="城管局", level="city"),
        ("category", "c-1"): Category(path=("城建",)),
        ("order", "o-1"): order(),
        ("alert", "a-1"): alert(),
        ("rubric", "r-1"): rubric(),
        ("sample", "sa-1"): sample(),
        ("inspection", "i-1"): inspection(),
        ("handover", "ho-2026-03-02-morning"): Handover(
            day=NOW.date(), from_shift="morning", to_shift="evening", state="open", items=()
        ),
        ("fact", "f-1"): Fact(kind="training", day=NOW.date()),
        ("surge", "su-1"): Surge(reason="暴雨", started_at=NOW - HOUR, actions=()),
        ("article", "k-1"): Article(
            title="社保", topic="hrss", state="review", updated_at=NOW - DAY, department_id="d-1"
        ),
        ("correction", "co-1"): Correction(
            article_id="k-1", text="错", raised_by="p-1", raised_at=NOW - DAY, state="open"
        ),
    }


def command(kind: str, target: tuple[str, str], made_at: datetime = NOW, /, **data: Any) -> Command:
    return Command(
        id="018f0000-0000-7000-8000-000000000000", kind=kind, target=Ref(*target), made_at=made_at, data=data
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

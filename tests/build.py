"""Builders of entities, sessions and configurations for all tests, with defaults for what a test does not set.

``Entities(now)`` builds them as of a time. Arguments override the defaults and may be in the program's form or the
wire's: a time as text with an offset, a tuple as a list, a struct as a mapping. An unknown field name fails the test;
fields and values that break the contract are passed to ``as_sent``, the wire form.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from floorctl.config import Config, Platform, Terminal
from floorctl.models.alerts import Alert, Step, Surge
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity, Ref
from floorctl.models.floor import Call, Interval, Queue, Resource, Seat
from floorctl.models.handover import Handover, HandoverItem
from floorctl.models.knowledge import Article, Correction
from floorctl.models.orders import Category, Department, Extension, MissedCall, Order, Return
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Pause, Person, Shift
from floorctl.sync.platform import wire

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: A URL where no platform listens.
NOWHERE = "http://127.0.0.1:9"

E = TypeVar("E", bound=msgspec.Struct)


def _made(type_: type[E], usual: Mapping[str, Any], given: Mapping[str, Any]) -> E:
    unknown = given.keys() - set(type_.__struct_fields__)
    assert not unknown, f"{type_.__name__} has no {sorted(unknown)}"
    plain = msgspec.to_builtins({**usual, **given}, builtin_types=(datetime, date))
    return msgspec.convert(plain, type_)


def as_sent(entity: Entity, **odd: Any) -> dict[str, Any]:
    """Return an entity as the platform sends it, with the ``odd`` fields and values added."""
    return {**msgspec.to_builtins(entity), **odd}


class Entities:
    """Builds entities as of ``now``, each method with defaults that its arguments override."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    # -- the floor

    def seat(self, **given: Any) -> Seat:
        usual = {
            "number": "01", "zone": "A区", "kind": "general", "state": "ready", "since": self.now - MINUTE,
            "skills": ("q-12345",), "person_id": "p-1", "shift_id": "sh-1",
        }  # fmt: skip
        return _made(Seat, usual, given)

    def call(self, **given: Any) -> Call:
        usual = {"id": "c-1", "line": "12345", "started_at": self.now - MINUTE, "caller": "13812345678"}
        return _made(Call, usual, given)

    def talking(self, **given: Any) -> Seat:
        """Return a seat that is on a call."""
        return self.seat(**{"state": "talking", "call": self.call(), **given})

    def queue(self, **given: Any) -> Queue:
        counts = {"waiting": 0, "offered": 0, "answered": 0, "abandoned": 0, "answered_in_target": 0}
        usual = {"name": "综合", "line": "12345", "target_seconds": 15, "target_level": 0.9, **counts}
        return _made(Queue, usual, given)

    def interval(self, **given: Any) -> Interval:
        counts = {"offered": 0, "answered": 0, "abandoned": 0, "answered_in_target": 0}
        usual = {"queue_id": "q-12345", "start": self.now, "handle_seconds": 0.0, "staffed_seconds": 0.0, **counts}
        return _made(Interval, usual, given)

    def resource(self, **given: Any) -> Resource:
        return _made(Resource, {"kind": "trunk", "name": "中继", "capacity": 30, "in_use": 10}, given)

    # -- people

    def person(self, **given: Any) -> Person:
        usual = {
            "employee_no": "2001", "name": "张三", "post": "agent", "education": "bachelor",
            "hired_on": date(2025, 1, 1),
        }  # fmt: skip
        return _made(Person, usual, given)

    def pause(self, after: timedelta = HOUR, **given: Any) -> Pause:
        """Return a break of 15 minutes that begins ``after`` ``now``."""
        starts = self.now + after
        return _made(Pause, {"kind": "break", "starts_at": starts, "ends_at": starts + 15 * MINUTE}, given)

    def shift(self, **given: Any) -> Shift:
        """Return a shift of eight hours that began an hour ago, with one break in an hour."""
        usual = {
            "person_id": "p-1", "name": "morning", "starts_at": self.now - HOUR, "ends_at": self.now + 7 * HOUR,
            "pauses": (self.pause(),),
        }  # fmt: skip
        return _made(Shift, usual, given)

    # -- orders

    def order(self, n: int = 1, /, **given: Any) -> Order:
        """Return the order with number ``n``, received an hour ago, not reviewed."""
        usual = {
            "number": f"{n:012d}", "line": "12345", "channel": "phone", "type": "help", "urgency": "normal",
            "state": "review", "title": "小区门口路灯不亮", "received_at": self.now - HOUR,
        }  # fmt: skip
        return _made(Order, usual, given)

    def returned(self, **given: Any) -> Return:
        """Return a return of an hour ago that nobody has decided."""
        usual = {"at": self.now - HOUR, "department_id": "d-1", "reason": "不属于本单位职责"}
        return _made(Return, usual, given)

    def extension(self, **given: Any) -> Extension:
        """Return an extension by two days that nobody has decided."""
        usual = {
            "asked_at": self.now - HOUR, "department_id": "d-1", "reason": "需现场核查", "until": self.now + 2 * DAY,
        }  # fmt: skip
        return _made(Extension, usual, given)

    def missed_call(self, **given: Any) -> MissedCall:
        """Return a missed call of an hour ago that nobody has called back."""
        usual = {
            "line": "12345", "caller": "13812345678", "at": self.now - HOUR, "waited_seconds": 42.0, "state": "open",
        }  # fmt: skip
        return _made(MissedCall, usual, given)

    def department(self, **given: Any) -> Department:
        return _made(Department, {"name": "住建局", "level": "city"}, given)

    def category(self, **given: Any) -> Category:
        return _made(Category, {"path": ("城建", "路灯")}, given)

    # -- alerts

    def step(self, kind: str = "phone_department", after: timedelta = timedelta(0), **given: Any) -> Step:
        """Return a step that is due ``after`` ``now``."""
        return _made(Step, {"kind": kind, "due_at": self.now + after}, given)

    def alert(self, **given: Any) -> Alert:
        """Return an alert about an order, raised a minute ago, without steps."""
        usual = {
            "kind": "special_order", "severity": "warning", "title": "特殊工单", "subject": Ref("order", "o-1"),
            "raised_at": self.now - MINUTE, "state": "open", "steps": (),
        }  # fmt: skip
        return _made(Alert, usual, given)

    def surge(self, **given: Any) -> Surge:
        return _made(Surge, {"reason": "暴雨", "started_at": self.now - HOUR, "actions": ()}, given)

    # -- quality

    def rubric(self, **given: Any) -> Rubric:
        """Return a rubric of three items (4, 8 and 10 points; the last may not apply) and one fatal error."""
        items = (
            {"id": "open", "title": "开头语", "points": 4},
            {"id": "listen", "title": "倾听", "points": 8},
            {"id": "once", "title": "一次性告知", "points": 10, "may_not_apply": True},
        )
        sections = ({"title": "服务规范", "items": items[:2]}, {"title": "业务解答", "items": items[2:]})
        usual = {
            "title": "评分标准", "pass_mark": 85, "sections": sections,
            "fatal": ({"id": "abuse", "title": "辱骂顶撞"},),
        }  # fmt: skip
        return _made(Rubric, usual, given)

    def sample(self, **given: Any) -> Sample:
        usual = {
            "day": self.now.date(), "target": Ref("call", "c-9"), "agent_id": "p-9", "reason": "random",
            "state": "open",
        }  # fmt: skip
        return _made(Sample, usual, given)

    def inspection(self, **given: Any) -> Inspection:
        usual = {
            "sample_id": "sa-1", "rubric_id": "r-1", "rubric_version": 1, "agent_id": "p-9", "inspector_id": "p-4",
            "scores": (), "total": 80.0, "state": "submitted", "submitted_at": self.now,
        }  # fmt: skip
        return _made(Inspection, usual, given)

    # -- other entities

    def handover(self, **given: Any) -> Handover:
        usual = {
            "day": self.now.date(), "from_shift": "morning", "to_shift": "evening", "state": "open", "items": (),
        }  # fmt: skip
        return _made(Handover, usual, given)

    def handover_item(self, **given: Any) -> HandoverItem:
        return _made(HandoverItem, {"id": "it-1", "text": "回访", "done": False}, given)

    def fact(self, **given: Any) -> Fact:
        return _made(Fact, {"kind": "training", "day": self.now.date()}, given)

    def article(self, **given: Any) -> Article:
        usual = {"title": "社保", "topic": "hrss", "state": "review", "updated_at": self.now - DAY}
        return _made(Article, usual, given)

    def correction(self, **given: Any) -> Correction:
        usual = {
            "article_id": "k-1", "text": "电话有误", "raised_by": "p-1", "raised_at": self.now - DAY, "state": "open",
        }  # fmt: skip
        return _made(Correction, usual, given)

    # -- the session

    def session(self, role: str = "supervisor", person: str = "p-1001", token: str = "t", **given: Any) -> wire.Session:
        """Return a session with one role (none with ""), valid for eight hours."""
        usual = {
            "person_id": person, "name": "钱进", "roles": (role,) if role else (), "floor": "四川12345",
            "expires_at": self.now + 8 * HOUR, "server_time": self.now, "token": token,
        }  # fmt: skip
        return _made(wire.Session, usual, given)


def config(folder: Path, *, language: str = "zh-CN", **options: Any) -> Config:
    """Return a terminal's configuration with its data in ``folder`` and its key in a file.

    ``options``: those of ``[platform]`` (``url``, ``timeout``, ``ca_file``) and of ``[terminal]``.
    """
    platform = {name: options.pop(name) for name in Platform.__struct_fields__ if name in options}
    terminal = {"name": "A区-1", "data_dir": str(folder), "key": "file", **options}
    return Config(language=language, platform=Platform(**platform), terminal=Terminal(**terminal))

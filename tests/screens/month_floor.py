"""A real Floor in the middle of a March whose score was worked out by hand, and a February before it.

March 2026, contract year from January:

| item | counts | lost |
|---|---|---|
| review errors | 8 of 200 reviewed, 4 % | 0.5 |
| dispatch timeliness | 3 late | 1.5 |
| dispatch accuracy | 198 of 200, 99 % | 0 |
| call-back rate | 44 of 50, 88 % | 0.4 |
| service ability | 5 problem orders of 200, 2.5 % | 0 |
| attrition | nobody of 20 | 0 |
| education | 1 below junior college | 0.5 |
| onboarding exam | none: no data | 0 |
| onboarding period | a course of 17 days: a warning | 0 |
| training | 3 of 5 sessions | 2 |
| team building, learning board, service star | one each due at the month's end | 0 |
| major incidents | a task missed | 1 |

Base 94.1, bonus 0.5 (a citizen's praise), total 94.6. February: 10 orders without a slip, no training, 94.5.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from floorctl.config import Config, Contract
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity
from floorctl.models.base import Entity as Base
from floorctl.models.team import Person
from tests.build import Entities, config
from tests.floor_access import journal_of
from tests.screens.filled_floor import Feed, order

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 18, 10, 0, tzinfo=ZONE)
HOUR = timedelta(hours=1)
BASE, BONUS = "94.1", "0.5"


def march_orders() -> list[tuple[str, str, Base]]:
    """200 orders received since the 2nd, reviewed and dispatched an hour later each, with the slips of the table."""
    found: list[tuple[str, str, Base]] = []
    for n in range(200):
        received = datetime(2026, 3, 2, 8, 0, tzinfo=ZONE) + n * 1.5 * HOUR
        fields: dict[str, Any] = {
            "state": "dispatched", "received_at": received, "reviewed_at": received + HOUR / 2,
            "dispatched_at": received + (4 * HOUR if n < 3 else HOUR), "handled_at": None, "result": "",
            "callback_required": False, "due_at": NOW + 48 * HOUR, "number": f"20260302{n:05}", "urges": (),
        }  # fmt: skip
        if n < 8:
            fields["review_errors"] = ("分类错误",)
        if n in (20, 21):
            fields["dispatch_correct"] = False
        if 30 <= n < 80:
            fields |= {"state": "handled", "callback_required": True, "handled_at": received + 5 * HOUR}
            if n < 74:
                fields |= {"callback_outcome": "reached"}
        if 100 <= n < 105:
            fields["problem"] = "答复口径有误"
        found.append(("order", f"o-{n}", order(n, **fields)))
    return found


def february_orders() -> list[tuple[str, str, Base]]:
    """Ten orders without a slip."""
    at = datetime(2026, 2, 10, 9, 0, tzinfo=ZONE)
    return [
        (
            "order",
            f"o-feb-{n}",
            order(
                n,
                number=f"20260210{n:05}",
                state="dispatched",
                received_at=at,
                reviewed_at=at,
                dispatched_at=at,
                handled_at=None,
                callback_required=False,
                due_at=NOW + 48 * HOUR,
                urges=(),
            ),
        )
        for n in range(10)
    ]


def staff() -> list[tuple[str, str, Base]]:
    """Twenty agents, one of them below junior college, and the supervisor, whose post does not count."""
    known: dict[str, Any] = {"hired_on": date(2025, 12, 1)}
    agents: list[tuple[str, str, Base]] = [
        (
            "person",
            f"p-{2001 + n}",
            Person(
                employee_no=f"{2001 + n}",
                name=f"话务{n:02}",
                post="agent",
                education="below_college" if n == 7 else "bachelor",
                **known,
            ),
        )
        for n in range(20)
    ]
    manager = Person(employee_no="1001", name="钱进", post="floor_manager", education="below_college", **known)
    return [*agents, ("person", "p-1001", manager)]


def facts() -> list[tuple[str, str, Entity]]:
    """Three trainings, a course of 17 days, a missed task, a praise."""
    trained = [
        ("fact", f"f-training-{n}", Fact(kind="training", day=date(2026, 3, 3 + n * 4), title=f"政策培训 {n}"))
        for n in range(3)
    ]
    return [
        *trained,
        ("fact", "f-course", Fact(kind="onboarding_training", day=date(2026, 3, 6), days=17, title="第一期")),
        ("fact", "f-task", Fact(kind="task_missed", day=date(2026, 3, 9), title="迎检材料漏报", evidence="督办3号")),
        ("fact", "f-praise", Fact(kind="public_praise", day=date(2026, 3, 10), title="锦旗一面")),
    ]  # fmt: skip


def open_month(
    folder: Path, *, language: str = "zh-CN", role: str = "supervisor", price: str = "0", at: datetime = NOW
) -> Floor:
    """A floor with empty data, signed in, its clock at ``at``."""
    contracted = settings(folder, language=language, price=price)
    floor = open_terminal(contracted)
    journal_of(floor).save_session(Entities(at).session(role), platform="http://127.0.0.1")
    floor.close()
    floor = open_terminal(contracted)
    floor.clock.observe(at)
    return floor


def settings(folder: Path, *, language: str = "zh-CN", price: str = "0") -> Config:
    """The configuration of a terminal whose contract began with the year."""
    contract = Contract(start=date(2026, 1, 1), price=price)
    return replace(config(folder, language=language, bell=False), contract=contract)


def month_floor(folder: Path, **options: Any) -> tuple[Floor, Feed]:
    """The floor of the table above."""
    floor = open_month(folder, **options)
    feed = Feed(floor)
    feed.send(*staff())
    feed.send(*february_orders(), *march_orders())
    feed.send(*facts())
    return floor, feed

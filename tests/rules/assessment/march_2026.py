"""March 2026 on a platform, with everything that the contract counts in it known: 10,000 orders, people and facts."""

import hashlib
import itertools
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text

from floorctl.models.assessment import Fact
from floorctl.models.base import Entity
from floorctl.models.team import Person
from floorctl.simulator.clock import Anchor
from floorctl.simulator.http.accounts import accounts
from floorctl.simulator.http.sessions import Sessions
from floorctl.simulator.store.store import Store
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.platform import wire
from tests.build import HOUR, MINUTE, Entities

ZONE = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)
MADE = Entities(datetime(2026, 3, 10, 10, tzinfo=ZONE))
SUPERVISOR = next(each for each in accounts(7) if "supervisor" in each.roles)


def at(text_: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text_}").replace(tzinfo=ZONE)


class Group(NamedTuple):
    """Orders of one sort, how many, and what each of them counts as in March (see ``COUNTED``)."""

    what: str
    n: int
    counts: str
    fields: dict[str, Any]


def times(received: datetime, reviewed: datetime | None = None, dispatched: datetime | None = None, **more: Any) -> Any:
    """The fields of an order that was received, reviewed and dispatched then."""
    return {
        "received_at": received,
        "reviewed_at": reviewed,
        "dispatched_at": dispatched,
        "state": "dispatched",
        **more,
    }


def handled(at_: datetime, outcome: str | None, **more: Any) -> dict[str, Any]:
    state = "closed" if outcome == "reached" else "handled"
    return {"state": state, "handled_at": at_, "callback_required": True, "callback_outcome": outcome, **more}


TEN = at("03-10T10:00")
IN_TIME = times(TEN, TEN + 20 * MINUTE, TEN + 80 * MINUTE)
LAST_NIGHT = at("03-31T22:00")

#: The letters of ``counts``: received, Problem, reViewed, Error, dispatched, Wrong, Late, reQuired, Missed.
GROUPS = [
    Group("in time, handled and called back", 7866, "rvdq", IN_TIME | handled(TEN + 24 * HOUR, "reached")),
    Group("found wrong by the review", 300, "rved", IN_TIME | {"review_errors": ("归口错误",)}),
    Group("dispatched after exactly three hours", 50, "rvd", times(TEN, TEN, TEN + 3 * HOUR)),
    Group("a second more than three hours", 3, "rvdl", times(TEN, TEN, TEN + 3 * HOUR + SECOND)),
    Group("late over midnight", 4, "rvdl", times(TEN, at("03-12T22:30"), at("03-13T02:00"))),
    Group("late over the month's end: April's", 5, "rv", times(TEN, LAST_NIGHT, LAST_NIGHT + 4 * HOUR)),
    Group("reviewed in February, late in March", 6, "dl", times(
        at("02-28T23:00"), at("02-28T23:30"), at("03-01T03:00"))),
    Group("out with the first moment of April", 1, "rv", times(TEN, LAST_NIGHT - HOUR, at("04-01T00:00:01"))),
    Group("out in the last second of March", 1, "rvl", times(TEN, LAST_NIGHT - HOUR - SECOND, at("04-01T09:00"))),
    Group("still waiting", 2, "rvl", times(TEN, TEN, state="ready")),
    Group("sent to the wrong department", 399, "rvdw", IN_TIME | {"dispatch_correct": False}),
    Group("handled and never called back", 990, "rvdqm", IN_TIME | handled(TEN + 24 * HOUR, None)),
    Group("called, but not reached", 50, "rvdq", IN_TIME | handled(TEN + 24 * HOUR, "no_answer")),
    Group("handled in April's first moment", 2, "rvd", IN_TIME | handled(at("04-01T00:00:00"), None)),
    Group("a problem order", 300, "rpvd", IN_TIME | {"problem": "漏项"}),
    Group("February's, handled in March's last second", 20, "q", times(
        at("02-20T10:00"), at("02-20T10:10"), at("02-20T11:00"), **handled(at("03-31T23:59:59"), "reached"))),
    Group("a problem order of February's last second", 1, "vd", times(
        at("02-28T23:59:59"), at("03-01T00:10"), at("03-01T01:00"), problem="漏项")),
]  # fmt: skip

#: A letter of ``Group.counts`` by what it is counted as.
COUNTED = {
    "received": "r", "problems": "p", "reviewed": "v", "errors": "e", "dispatched": "d", "wrong": "w", "late": "l",
    "required": "q", "missed": "m",
}  # fmt: skip


def counted(what: str) -> int:
    return sum(group.n for group in GROUPS if COUNTED[what] in group.counts)


def people() -> Iterator[tuple[str, str, Person]]:
    def person(number: int, hired: str = "2025-01-06", left: str | None = None, **more: Any) -> tuple[str, str, Person]:
        fields = {"employee_no": str(number), "name": f"员工{number}", "hired_on": hired, "left_on": left}
        return "person", f"p-{number}", MADE.person(**fields, **more)

    yield from (person(number) for number in range(3000, 3019))
    yield person(3019, education="below_college")
    yield person(4001, left="2026-03-01", education="below_college", post="dispatcher")  # the first day is a day
    yield person(4002, left="2026-03-31", post="knowledge")  # and so is the last
    yield person(4003, left="2026-02-28")
    yield person(4004, left="2026-04-01")
    yield person(4005, hired="2026-03-31")
    yield person(4006, hired="2026-04-01", education="below_college")
    yield person(4007, hired="2026-03-10", left="2026-03-10")
    yield person(4008, left="2026-03-05", post="hr", education="below_college")


def facts() -> Iterator[tuple[str, str, Fact]]:
    found: list[tuple[str, str, dict[str, Any]]] = [
        ("onboarding_exam", "03-02", {"sat": 10, "passed": 8}), ("onboarding_exam", "03-20", {"sat": 7, "passed": 3}),
        ("onboarding_exam", "04-01", {"sat": 9, "passed": 0}),
        ("onboarding_training", "03-02", {"days": 14}), ("onboarding_training", "03-02", {"days": 15}),
        ("onboarding_training", "03-02", {"days": 20}),
        ("training", "03-01", {}), ("training", "03-31", {"count": 3}), ("training", "04-01", {"count": 9}),
        ("team_event", "02-11", {}), ("service_star", "03-31", {}), ("learning_board", "04-01", {}),
        ("media_exposure", "03-03", {"matter": "泄露"}), ("data_leak", "03-04", {"matter": "泄露"}),
        ("task_missed", "03-31", {}), ("task_missed", "02-28", {}), ("dishonesty", "04-01", {}),
        ("purchaser_praise", "03-05", {}), ("public_praise", "03-06", {"count": 11}),
        ("public_praise", "03-07", {"matter": "锦旗"}), ("office_praise", "03-08", {"matter": "锦旗"}),
    ]  # fmt: skip
    for number, (kind, day, more) in enumerate(found):
        yield "fact", f"f-{number}", MADE.fact(kind=kind, day=f"2026-{day}", **more)
    yield "fact", "f-last-year", MADE.fact(kind="learning_board", day="2025-12-31")


def march() -> Iterator[tuple[str, str, Entity]]:
    number = itertools.count(1)
    for group in GROUPS:
        for _ in range(group.n):
            each = next(number)
            yield "order", f"o-{each}", MADE.order(each, **group.fields)
    yield from people()
    yield from facts()


def platform_data(path: Path, now: datetime, entities: Iterable[tuple[str, str, Entity]]) -> Path:
    """A platform's data at ``path`` whose clock says ``now``, with a supervisor signed in."""
    store = Store(path)
    Sessions(store).enrol([SUPERVISOR])
    with store.transaction() as changing:
        token = hashlib.sha256(b"token-of-supervisor").hexdigest()
        row = {"token": token, "number": SUPERVISOR.employee_no, "terminal": "t"}
        changing.execute(text("INSERT INTO session VALUES (:token, :number, :terminal, 4e9)"), row)
        changing.set_setting("clock", Anchor(now, time.time(), 1.0))
        changing.put_many(entities)
    store.close()
    return path


def sign_in(data: Path, url: str) -> None:
    """Somebody signed in at this terminal's ``data`` folder."""
    data.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(data / "journal.db", data_key(data, "file"))
    session = wire.Session(
        person_id=f"p-{SUPERVISOR.employee_no}",
        name="王芳",
        roles=("supervisor",),
        floor="四川12345",
        expires_at=at("12-31T00:00"),
        server_time=at("03-01T00:00"),
        token="token-of-supervisor",
    )
    journal.save_session(session, platform=url)
    journal.close()

"""A floor whose figures are ties or have no end: 5 of 16, a mean of 83.125, 12.5 seconds, 1 of 3.

``tie_floor`` fills a data folder. ``by_command`` runs a command of the real program on it, and ``on_screen`` opens the
cockpit on it, so that a test can compare what the two print. Both take the platform's time from the folder.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from floorctl.floor.terminal import open_terminal
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity
from tests.build import HOUR, MINUTE, Entities
from tests.cli.shell import Shell
from tests.screens.looking import CockpitPilot, at_rest, cockpit
from tests.screens.month_floor import NOW, month_floor, settings

#: Columns and lines of the screens that figures are read from: nothing is left out for want of room.
SIZE = (200, 60)
PRICE = "1234567"
MADE = Entities(NOW)
Sent = tuple[str, str, Entity]


def tie_floor(folder: Path) -> None:
    """Fill ``folder`` with the month of ``month_floor`` and with calls, seats, samples and scores."""
    floor, feed = month_floor(folder, price=PRICE)
    with closing(floor):
        feed.send(*_queues(), *_seats(), *_resources(), *_facts(), *_alerts())
        feed.send(*_people(), *_scores(), *_samples_of_today())


def by_command(folder: Path, *arguments: str) -> str:
    """Return what a command prints as text on the data in ``folder``."""
    shell = Shell(folder.parent / "shell", language="zh-CN")
    text = shell.config.read_text("utf-8").replace(str(shell.data), str(folder))
    shell.config.write_text(f'{text}\n[contract]\nstart = 2026-01-01\nprice = "{PRICE}"\n', "utf-8")
    ended = shell(*arguments, env={"COLUMNS": "300"})
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@asynccontextmanager
async def on_screen(folder: Path, *keys: str) -> AsyncIterator[CockpitPilot]:
    """Open the cockpit on the data in ``folder``, and press ``keys``."""
    with closing(open_terminal(settings(folder, price=PRICE))) as floor:
        async with cockpit(floor, SIZE) as pilot:
            for key in keys:
                await pilot.press(key)
                await at_rest(pilot)
            yield pilot


_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?%?|—")


def figures(text: str) -> list[str]:
    """Return the numbers in ``text``, and — where there is none: without signs, which the front ends place apart."""
    return _FIGURE.findall(text)


def row(text: str, name: str) -> str:
    """Return what stands behind ``name`` in the one line of ``text`` that begins with it, behind blanks and frames."""
    found = [line.strip(" │▌▸·") for line in text.splitlines()]
    (line,) = [each for each in found if re.match(rf"{re.escape(name)}( |$)", each)]
    return line.removeprefix(name)


# -- what is on it


def _queues() -> Iterator[Sent]:
    """Three queues: rates that are ties, one just at its target, one on which nobody has called."""
    ago = timedelta(hours=1, minutes=12, seconds=20)
    for queue_id, name, line, fields in (
        ("q-tie", "综合", "12345", {
            "offered": 2000, "answered": 625, "answered_in_target": 1, "abandoned": 1375, "waiting": 3,
            "oldest_wait_since": NOW - ago, "wait_seconds": 625 * 2.5, "handle_seconds": 625 * 214.5,
            "target_level": 0.85,
        }),
        ("q-target", "人社", "12333", {
            "offered": 10, "answered": 9, "answered_in_target": 9, "abandoned": 1, "wait_seconds": 9.0,
            "handle_seconds": 600.0, "target_level": 0.9,
        }),
        ("q-none", "卫健", "12320", {"target_level": 0.85}),
    ):  # fmt: skip
        yield "queue", queue_id, MADE.queue(name=name, line=line, **fields)
        if fields.get("offered"):
            start = NOW.replace(hour=9, minute=0)
            counts = {"offered": 16, "answered": 5, "answered_in_target": 5, "abandoned": 11, "handle_seconds": 62.5}
            yield "interval", f"i-{queue_id}", MADE.interval(queue_id=queue_id, start=start, **counts)


def _seats() -> Iterator[Sent]:
    for n, state in enumerate(("ready", "ready", "talking", "wrap_up", "ringing", "hold")):
        seat = MADE.seat(number=f"{n + 1:02}", state=state, person_id=f"p-{2001 + n}", shift_id=None, skills=("q-tie",))
        yield "seat", f"s-{n + 1}", seat


def _resources() -> Iterator[Sent]:
    yield "resource", "r-1", MADE.resource(capacity=32, in_use=5)
    yield "resource", "r-2", MADE.resource(kind="licence", name="授权", capacity=49, in_use=46)


def _facts() -> Iterator[Sent]:
    """In February a course that costs 0.25, so that the year's mean is a tie; in March an exam that 1 of 3 passed."""
    yield "fact", "f-short", Fact(kind="onboarding_training", day=date(2026, 2, 3), days=12, title="第零期")
    yield "fact", "f-exam", Fact(kind="onboarding_exam", day=date(2026, 3, 4), sat=3, passed=1, title="第一期")


def _alerts() -> Iterator[Sent]:
    steps = (MADE.step("phone_department", 90 * MINUTE), MADE.step("follow_up", 2 * HOUR))
    yield "alert", "a-1", MADE.alert(kind="special_urgent_order", severity="critical", steps=steps)
    yield "alert", "a-2", MADE.alert(kind="dispatch_overdue", title="派单将超时")


def _people() -> Iterator[Sent]:
    yield "person", "p-1002", MADE.person(employee_no="1002", name="李检", post="hr")
    yield "rubric", "r-1", MADE.rubric()


def _scores() -> Iterator[Sent]:
    """One agent has a mean of 83.125, 5 of 16 passed, 0.125 below last month; another's three scores all passed."""
    tie = [90.0] * 5 + [80.0] * 11
    yield from _month_of_scores("tie", "p-2001", tie, NOW - 24 * HOUR)
    yield from _month_of_scores("last", "p-2001", [83.25], NOW - 30 * 24 * HOUR)
    yield from _month_of_scores("best", "p-2002", [92.12, 92.13, 92.13], NOW - 24 * HOUR)
    # In the shift that runs: a mean of 87.5.
    yield from _month_of_scores("now", "p-2003", [85.0, 90.0], NOW - MINUTE)


def _month_of_scores(name: str, agent: str, totals: list[float], at: datetime) -> Iterator[Sent]:
    for n, total in enumerate(totals):
        points = {"open": 4, "listen": 8 if total >= 85 else 5.5, "once": 10 if n % 3 else None}
        scores = [{"item_id": item, "points": given} for item, given in points.items()]
        fields: dict[str, Any] = {"agent_id": agent, "inspector_id": "p-1002"}
        sample = MADE.sample(day=at.date(), state="scored", **fields)
        yield "sample", f"sm-{name}-{n}", sample
        yield (
            "inspection",
            f"in-{name}-{n}",
            MADE.inspection(sample_id=f"sm-{name}-{n}", scores=scores, total=total, submitted_at=at, **fields),
        )


def _samples_of_today() -> Iterator[Sent]:
    for n in range(14):
        yield "sample", f"sm-open-{n}", MADE.sample(agent_id="p-2004", inspector_id="p-1002")

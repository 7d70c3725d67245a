"""Each scenario of the demonstration keeps its promise on the screen, in the time that it says.

The floor runs faster than this machine's clock where the promise is in minutes of the floor.
"""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from floorctl.calendar import WorkCalendar
from tests import forking
from tests.e2e.floor_terminal import PROGRAM
from tests.e2e.test_demo import Home
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    here = Home(tmp_path / "home")
    yield here
    wait_until(lambda: not here.processes(), seconds=30, why="for the demonstration to end")


def demo(home: Home, scenario: str, *options: str, orders: str = "300", rows: int = 36) -> Terminal:
    """A demonstration of ``scenario`` in English, on a small history unless the promise is about it."""
    size = ["--orders", orders] if orders else []
    argv = [*PROGRAM, "demo", "--lang", "en", "--scenario", scenario, *size, *options]
    return Terminal(argv, columns=120, rows=rows, env=home.env)


def live(text: str) -> bool:
    """Whether the floor is on the screen, live."""
    return "● live" in text and "12345 " in text


def waiting(text: str) -> int:
    """The most callers that a queue on the screen says are waiting."""
    return max((int(each) for each in re.findall(r"Waiting\s+(\d+)", text)), default=0)


def clock(text: str) -> str:
    """The time of day that the top line shows."""
    found = re.search(r"● live (\d\d:\d\d)", text)
    assert found is not None, text
    return found[1]


def day(home: Home) -> datetime:
    """The floor's time, from a command beside the cockpit."""
    return datetime.fromisoformat(home.told("status")["as_of"])


def act(home: Home, *argv: str) -> None:
    """Do something by command beside the cockpit, which may be the one that sends it."""
    (folder,) = home.temporary.glob("floorctl-demo-*")
    env = {**os.environ, **home.env}
    ended = forking.run("floorctl", "--config", str(folder / "floorctl.toml"), *argv, stdin="", timeout=60, env=env)
    assert ended.returncode in (0, 3), ended.stderr


def calm(home: Home) -> None:
    """Acknowledge what is critical, so that it does not cover the screen after five minutes."""
    for alert in home.told("alerts")["items"]:
        if alert["severity"] == "critical":
            act(home, "ack", alert["id"])


def training(home: Home) -> float:
    """The points that the month has lost for missing training sessions."""
    (item,) = (each for each in home.told("assess")["items"] if each["id"] == "training")
    return float(item["lost"])


def test_day_is_a_good_weekday_morning_with_a_year_that_tells_something(home: Home) -> None:
    with demo(home, "day", orders="") as cockpit:
        text = cockpit.wait_for(live, seconds=90)
        assert clock(text) >= "10:20"
        at = day(home)
        assert WorkCalendar(ZONE).is_working_day(at.date())
        assert at.weekday() in (1, 2, 3, 4)
        status = home.told("status")
        assert sum(queue["offered"] for queue in status["queues"]) > 250
        assert 5 <= status["orders"]["overdue"] <= 60
        cockpit.press("6")
        cockpit.wait_for(lambda text: re.search(r"First-review errors +\d", text) is not None, seconds=90)
        year = home.told("assess", "year")
        ended = [float(month["base"]) for month in year["months"] if month["final"]]
        assert len(ended) >= 3
        assert len(set(ended)) > len(ended) / 2
        assert 80 < sum(ended) / len(ended) < 97


def test_surge_doubles_the_arrivals_within_two_minutes(home: Home) -> None:
    with demo(home, "surge", "--speed", "4") as cockpit:
        before = cockpit.wait_for(live, seconds=60)
        assert clock(before) < "10:22"
        calm(home)
        seen = cockpit.wait_for(lambda text: waiting(text) >= 5, seconds=60)
        assert clock(seen) <= "10:24"
        # Every channel of the trunk is taken: who calls now hears that the line is busy.
        cockpit.wait_for(lambda text: re.search(r"in use (29|30)/30", text) is not None, seconds=60)


def test_outage_breaks_the_line_after_a_minute_by_itself(home: Home) -> None:
    with demo(home, "outage") as cockpit:
        cockpit.wait_for(live, seconds=60)
        offline = cockpit.wait_for(lambda text: "○ offline" in text, seconds=75)
        assert "data of 10:21" in offline or "data of 10:2" in offline
        cockpit.press("f9")
        cockpit.wait_for(live, seconds=30)


def test_flood_brings_forty_callers_about_one_burst_pipe(home: Home) -> None:
    with demo(home, "flood", "--speed", "8") as cockpit:
        cockpit.wait_for(live, seconds=60)
        calm(home)
        cockpit.wait_for(lambda text: waiting(text) >= 3, seconds=70)
        wait_until(
            lambda: len(home.told("orders", "--search", "爆裂", "--limit", "100")["items"]) >= 25,
            seconds=100,
            why="for the orders about the burst pipe",
        )
        cockpit.press("3")
        cockpit.wait_for(lambda text: "Acceptance" in text or "Overdue" in text)
        cockpit.press("/")
        cockpit.press("爆裂")
        cockpit.wait_for(lambda text: text.count("爆裂") >= 8, seconds=30)


def test_weekend_is_a_day_off_with_fewer_people_who_suffice(home: Home) -> None:
    with demo(home, "weekend") as cockpit:
        cockpit.wait_for(live, seconds=60)
        at = day(home)
        assert not WorkCalendar(ZONE).is_working_day(at.date())
        status = home.told("status")
        assert status["seats"]["signed_out"] >= 25
        offered, answered = (sum(queue[name] for queue in status["queues"]) for name in ("offered", "answered"))
        assert 60 < offered < 400
        assert answered / offered > 0.9


def test_night_has_a_handful_of_people(home: Home) -> None:
    with demo(home, "night") as cockpit:
        assert clock(cockpit.wait_for(live, seconds=60)) >= "02:40"
        seats = home.told("status")["seats"]
        assert 2 <= sum(seats.values()) - seats["signed_out"] <= 5


def test_handover_is_ten_minutes_before_the_shifts_end_and_the_lead_is_signed_in(home: Home) -> None:
    with demo(home, "handover") as cockpit:
        assert clock(cockpit.wait_for(live, seconds=60)) in ("15:50", "15:51")
        assert home.signed_in() == {"shift_lead"}
        cockpit.press("7")
        cockpit.wait_for(lambda text: "Morning" in text and "Evening" in text)


def test_month_end_has_two_points_to_save(home: Home) -> None:
    with demo(home, "month-end", orders="2000") as cockpit:
        cockpit.wait_for(live, seconds=90)
        at = day(home).date()
        calendar = WorkCalendar(ZONE)
        assert calendar.is_working_day(at)
        assert calendar.add_working_days(day(home), 1).month != at.month
        cockpit.press("6")
        cockpit.wait_for(lambda text: re.search(r"−2\b", text) is not None, seconds=30)
        assert training(home) == 2
        for number in (1, 2):
            act(home, "assess", "record", "training", "--title", f"补训 {number}")
        wait_until(lambda: training(home) == 0, seconds=30, why="for both points to be saved")
        cockpit.wait_for(lambda text: re.search(r"−2\b", text) is None, seconds=30)


def test_big_has_five_hundred_seats(home: Home) -> None:
    with demo(home, "big", rows=50) as cockpit:
        cockpit.wait_for(live, seconds=120)
        status = home.told("status")
        assert sum(status["seats"].values()) == 500
        assert status["seats"]["talking"] > 50

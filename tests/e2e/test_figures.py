"""What the cockpit shows is what the platform says at that moment: every seat, queue, overdue order and alert."""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from floorctl.calendar import WorkCalendar
from floorctl.i18n import t, term, use_language
from floorctl.models.orders import Order
from floorctl.rules.orders import deadlines
from floorctl.sync.platform.wire import read_entity
from tests import loopback
from tests.e2e.floor_terminal import FloorTerminal
from tests.platforms import PlatformProcess, Platforms
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

SPEED = 20
#: How long a change may be under way from the platform's commit to the terminal's cells, in seconds of a busy machine.
UNDER_WAY = 2.0


class Recorder:
    """Every state that the feed showed, with the moment at which it came."""

    def __init__(self, platform: PlatformProcess) -> None:
        self._changes = f"{platform.url}/v1/changes"
        self._headers = {"Authorization": f"Bearer {platform.token('viewer')}"}
        self.states: dict[tuple[str, str], list[tuple[float, dict[str, Any] | None]]] = defaultdict(list)
        self.times: list[tuple[float, datetime]] = []
        self.lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with (
            loopback.client(timeout=None) as client,
            client.stream("GET", f"{self._changes}/stream", headers=self._headers) as answer,
        ):
            try:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        self._take(json.loads(line[5:]))
            except httpx.HTTPError:
                return

    def _take(self, page: dict[str, Any]) -> None:
        now = time.monotonic()
        with self.lock:
            self.times.append((now, datetime.fromisoformat(page["server_time"])))
            for change in page["changes"]:
                self.states[(change["kind"], change["id"])].append((now, change.get("data")))

    def caught_up(self) -> float:
        """Wait until it has what the platform had told anybody by now; returns the moment.

        The terminal may hear of a change first. A page's time is taken after its rows were read, so only the second one
        that is of a later time was surely read later.
        """
        answer = loopback.request("GET", self._changes, params={"limit": 1}, headers=self._headers)
        answer.raise_for_status()
        told = datetime.fromisoformat(answer.json()["server_time"])
        wait_until(lambda: self._pages_since(told) >= 2, seconds=30)
        return time.monotonic()

    def wait_for_news(self) -> None:
        """Wait until seats and queues are other than they are now."""
        before = self._states_of("seat"), self._states_of("queue")
        wait_until(lambda: before[0] < self._states_of("seat") and before[1] < self._states_of("queue"), seconds=60)

    def _states_of(self, wanted: str) -> int:
        with self.lock:
            return sum(len(states) for (kind, _), states in self.states.items() if kind == wanted)

    def _pages_since(self, told: datetime) -> int:
        with self.lock:
            return sum(time_then > told for _, time_then in self.times[-100:])

    def platform_times(self, since: float, until: float) -> list[datetime]:
        """What the platform's clock said between two moments."""
        with self.lock:
            return [time_then for at, time_then in self.times if since <= at <= until]

    def during(self, kind: str, since: float, until: float) -> dict[str, list[dict[str, Any]]]:
        """Every state that each entity of ``kind`` was in between two moments."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self.lock:
            for (each_kind, each), states in self.states.items():
                if each_kind != kind:
                    continue
                before = [data for at, data in states if at < since][-1:]
                within = [data for at, data in states if since <= at <= until]
                found[each] = [data for data in before + within if data is not None]
        return found


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms("--speed", str(SPEED)) as process:
        yield process


def seats_on(screen: str) -> dict[str, str]:
    """Seat number → the word for its state, as the plan shows them."""
    return dict(re.findall(r"(?:^|[ ▌✓])(\d{2})[ ⇄][○◎●◍▷◐◇·▲]([\u4e00-\u9fff]{2})", screen, re.MULTILINE))


def signed_out_on(screen: str) -> int:
    """How many seats the plan names by their number alone: those that are signed out and expected by nobody."""
    return sum(int(number) for number in re.findall(rf"[·▾] {term('seat_state', 'signed_out')} (\d+)", screen))


def alarmed(cockpit: Terminal, screen: str) -> bool:
    """Whether an alarm had come over the screen; it is put off."""
    if there := "严重预警" in screen:
        cockpit.press("escape", pause=1.1)
    return there


def shows_the_floor(cockpit: Terminal, screen: str) -> bool:
    """Whether the whole floor is in sight."""
    return not alarmed(cockpit, screen) and "┬" in screen and len(seats_on(screen)) + signed_out_on(screen) >= 49


def shows_the_alerts(cockpit: Terminal, screen: str) -> bool:
    """Whether the list of alerts is in sight."""
    return not alarmed(cockpit, screen) and "级别" in screen


#: What the subject of an alert is named by in the alert's title.
_NAMED_BY = {"order": "number", "seat": "number", "queue": "name", "resource": "name"}


def read(cockpit: Terminal, recorder: Recorder, fits: Callable[[str], object]) -> tuple[float, str, float]:
    """The screen, and the moments between which all that it may show was recorded."""
    before = time.monotonic()
    text = cockpit.wait_for(fits)
    return before - UNDER_WAY, text, recorder.caught_up()


def test_the_cockpits_figures_equal_the_feed_for_every_seat_queue_overdue_order_and_alert(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    use_language("zh-CN")
    here = FloorTerminal(tmp_path / "terminal", platform)
    here.login()
    recorder = Recorder(platform)
    assert here.run("sync", "--once").returncode == 0
    for alert in here.json("alerts")["items"]:
        # At this speed a critical one would soon take the whole screen.
        if alert["severity"] == "critical" and alert["state"] == "open":
            assert here.run("ack", alert["id"]).returncode == 0
    with here.cockpit(columns=200, rows=60) as cockpit:
        cockpit.wait_for("● 实时", seconds=20)
        compared = 0
        for _ in range(12):
            recorder.wait_for_news()
            before, screen, after = read(cockpit, recorder, lambda text: shows_the_floor(cockpit, text))
            compare_seats(seats_on(screen), signed_out_on(screen), recorder.during("seat", before, after))
            compare_queues(screen, recorder.during("queue", before, after))
            compare_overdue(screen, recorder, before, after)
            compared += 1
        assert compared == 12

        cockpit.press("4")
        cockpit.wait_for("级别")
        recorder.wait_for_news()
        before, screen, after = read(cockpit, recorder, lambda text: shows_the_alerts(cockpit, text))
        alerts = recorder.during("alert", before, after)
        subjects = [
            states[0]["subject"]
            for states in alerts.values()
            if states and all(state["state"] != "closed" for state in states)
        ]
        names = {
            recorder.during(subject["kind"], before, after)[subject["id"]][-1][_NAMED_BY[subject["kind"]]]
            for subject in subjects
            if subject["kind"] in _NAMED_BY
        }
        assert names
        assert [name for name in names if name not in screen] == []


def compare_seats(shown: dict[str, str], signed_out: int, states: dict[str, list[dict[str, Any]]]) -> None:
    assert len(shown) + signed_out == len(states)
    for each in states.values():
        number = each[-1]["number"]
        allowed = {term("seat_state", data["state"]) for data in each}
        found = shown.get(number, term("seat_state", "signed_out"))
        if found == t("floor.missing"):  # somebody left it before the end of their shift
            found = term("seat_state", "signed_out")
        assert found in allowed, (number, found, allowed)


def compare_queues(screen: str, states: dict[str, list[dict[str, Any]]]) -> None:
    lines = screen.splitlines()
    titles = next(line for line in lines if "12345 综合" in line and "┬" in line)
    row = lines[lines.index(titles) + 1]
    waiting = [int(found) for found in re.findall(r"等待\s+(\d+)", row)]
    rates = re.findall(r"接通\s+([\d.]+%|—)", lines[lines.index(titles) + 5])
    for at, queue_id in enumerate(("q-12345", "q-12333", "q-12320")):
        each = states[queue_id]
        assert waiting[at] in {data["waiting"] for data in each}
        answered = {f"{100 * data['answered'] / data['offered']:.1f}%" for data in each if data["offered"]}
        assert rates[at] in answered, (rates[at], answered)


def compare_overdue(screen: str, recorder: Recorder, since: float, until: float) -> None:
    found = re.search(r"工单\s+超时\s+(\d+)", screen.splitlines()[-1])
    assert found, screen
    calendar = _calendar()
    times = recorder.platform_times(since, until)
    # Of each order, the terminal showed one of the states and one of the times that this window has.
    least = most = 0
    for states in recorder.during("order", since, until).values():
        late = {
            deadlines.overdue(order, deadlines.limit_at(order, calendar), now)
            for order in map(as_order, states)
            for now in (times[0], times[-1])
        }
        least += late == {True}
        most += True in late
    assert least <= int(found[1]) <= most, (found[1], least, most)


def as_order(data: dict[str, Any]) -> Order:
    order = read_entity("order", json.dumps(data).encode())
    assert isinstance(order, Order)
    return order


def _calendar() -> WorkCalendar:
    from floorctl.config import Config

    config = Config()
    work = config.work
    return WorkCalendar(config.zone, work.day_starts, work.day_ends, work.holidays, work.extra_workdays)

"""What the cockpit shows is what the platform says at that moment: every seat, queue, overdue order and alert."""

import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
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
#: Readings of the floor's screen that have to agree with the feed.
READINGS = 12
#: Seconds within which a screen has to agree with a feed that stands still. The platform is stopped for as long, so a
#: slow machine makes the test slower and no figure wrong.
SETTLED = 20.0
#: Attempts at a reading. One can fail without a fault of the cockpit: the platform was stopped after it had written a
#: page to one of its two followers and not yet to the other.
ATTEMPTS = 3


class Recorder:
    """The last state of every entity in the feed, and the platform time of the last page."""

    def __init__(self, platform: PlatformProcess) -> None:
        self._changes = f"{platform.url}/v1/changes"
        self._headers = {"Authorization": f"Bearer {platform.token('viewer')}"}
        self._states: dict[tuple[str, str], dict[str, Any] | None] = {}
        self._changed: Counter[str] = Counter()
        self._server_time: datetime | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with (
            loopback.client(timeout=None) as client,
            client.stream("GET", f"{self._changes}/stream", headers=self._headers) as answer,
        ):
            try:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        self._apply(json.loads(line[5:]))
            except httpx.HTTPError:
                return

    def _apply(self, page: dict[str, Any]) -> None:
        with self._lock:
            self._server_time = datetime.fromisoformat(page["server_time"])
            for change in page["changes"]:
                self._states[(change["kind"], change["id"])] = change.get("data")
                self._changed[change["kind"]] += 1

    def wait_for_news(self) -> None:
        """Wait until a seat and a queue have changed."""
        before = self._changed.copy()
        wait_until(lambda: all(self._changed[kind] > before[kind] for kind in ("seat", "queue")), seconds=60)

    @property
    def server_time(self) -> datetime:
        """The platform time of the last page."""
        assert self._server_time is not None
        return self._server_time

    def entities(self, kind: str) -> dict[str, dict[str, Any]]:
        """The entities of ``kind`` by id."""
        with self._lock:
            return {
                id_: data for (its_kind, id_), data in self._states.items() if its_kind == kind and data is not None
            }


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
    """Return whether an alarm had come over the screen; it is put off."""
    if there := "严重预警" in screen:
        cockpit.press("escape", pause=1.1)
    return there


def shows_the_floor(cockpit: Terminal, screen: str) -> bool:
    """Whether the whole floor is in sight."""
    return not alarmed(cockpit, screen) and "┬" in screen and len(seats_on(screen)) + signed_out_on(screen) >= 49


#: The attribute by which an alert's title names the alert's subject.
_NAMED_BY = {"order": "number", "seat": "number", "queue": "name", "resource": "name"}


def agrees_with_the_feed(platform: PlatformProcess, cockpit: Terminal, differences: Callable[[str], list[str]]) -> None:
    """Check that the screen comes to agree with the feed while the platform stands still.

    ``differences(screen)`` lists what is not as in the feed.

    Raises:
        AssertionError: with the differences that remained.
    """
    for _ in range(ATTEMPTS):
        platform.signal(signal.SIGSTOP)
        try:
            until = time.monotonic() + SETTLED
            while found := differences(screen := cockpit.text()):
                if time.monotonic() > until:
                    break
                time.sleep(0.05)
            else:
                return
        finally:
            platform.signal(signal.SIGCONT)
        time.sleep(1)
    raise AssertionError("\n".join([*found, screen]))


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

        def differences_on_the_floor(screen: str) -> list[str]:
            if not shows_the_floor(cockpit, screen):
                return ["the floor is not in sight"]
            return [
                *seat_differences(screen, recorder.entities("seat")),
                *queue_differences(screen, recorder.entities("queue")),
                *overdue_differences(screen, recorder),
            ]

        for _ in range(READINGS):
            recorder.wait_for_news()
            agrees_with_the_feed(platform, cockpit, differences_on_the_floor)

        cockpit.press("4")
        cockpit.wait_for("级别")
        recorder.wait_for_news()
        agrees_with_the_feed(platform, cockpit, lambda screen: alert_differences(screen, recorder))


def seat_differences(screen: str, seats: dict[str, dict[str, Any]]) -> list[str]:
    """Compare the state of every seat."""
    shown = seats_on(screen)
    signed_out = term("seat_state", "signed_out")
    found = []
    for seat in seats.values():
        cell = shown.get(seat["number"], signed_out)
        if cell == t("floor.missing"):  # signed out before the end of their shift
            cell = signed_out
        if cell != term("seat_state", seat["state"]):
            found.append(f"seat {seat['number']}: {cell} on the screen, {seat['state']} in the feed")
    if len(shown) + signed_out_on(screen) != len(seats):
        found.append(
            f"{len(shown)} seats and {signed_out_on(screen)} signed out on the screen, {len(seats)} in the feed"
        )
    return found


def queue_differences(screen: str, queues: dict[str, dict[str, Any]]) -> list[str]:
    """Compare how many wait and the connection rate of every queue."""
    lines = screen.splitlines()
    titles = next(line for line in lines if "12345 综合" in line and "┬" in line)
    row = lines[lines.index(titles) + 1]
    waiting = [int(number) for number in re.findall(r"等待\s+(\d+)", row)]
    rates = re.findall(r"接通\s+([\d.]+%|—)", lines[lines.index(titles) + 5])
    found = []
    for at, queue_id in enumerate(("q-12345", "q-12333", "q-12320")):
        queue = queues[queue_id]
        rate = f"{percent(queue['answered'], queue['offered'])}%" if queue["offered"] else "—"
        if (waiting[at], rates[at]) != (queue["waiting"], rate):
            found.append(
                f"{queue_id}: {waiting[at]}, {rates[at]} on the screen, {queue['waiting']}, {rate} in the feed"
            )
    return found


def percent(part: int, whole: int) -> Decimal:
    """Return a rate in per cent to one decimal, half up."""
    return (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def overdue_differences(screen: str, recorder: Recorder) -> list[str]:
    """Compare the number of overdue orders; the terminal's clock goes on while the platform stands still."""
    shown = re.search(r"工单\s+超时\s+(\d+)", screen.splitlines()[-1])
    if shown is None:
        return ["no number of overdue orders"]
    orders = [as_order(data) for data in recorder.entities("order").values()]
    calendar = _calendar()

    def overdue_at(now: datetime) -> int:
        return sum(deadlines.overdue(order, deadlines.limit_at(order, calendar), now) for order in orders)

    least = overdue_at(recorder.server_time)
    most = overdue_at(recorder.server_time + timedelta(seconds=SPEED * SETTLED))
    if least <= int(shown[1]) <= most:
        return []
    return [f"{shown[1]} overdue on the screen, {least} to {most} in the feed"]


def alert_differences(screen: str, recorder: Recorder) -> list[str]:
    """Look for the subject of every alert that is not closed."""
    subjects = [alert["subject"] for alert in recorder.entities("alert").values() if alert["state"] != "closed"]
    names = {
        recorder.entities(subject["kind"])[subject["id"]][_NAMED_BY[subject["kind"]]]
        for subject in subjects
        if subject["kind"] in _NAMED_BY
    }
    if not names:
        return ["no alert in the feed"]
    return [f"no alert about {name} on the screen" for name in names if name not in screen]


def as_order(data: dict[str, Any]) -> Order:
    order = read_entity("order", json.dumps(data).encode())
    assert isinstance(order, Order)
    return order


def _calendar() -> WorkCalendar:
    from floorctl.config import Config

    config = Config()
    return config.work_calendar()

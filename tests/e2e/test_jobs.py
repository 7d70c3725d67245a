"""What a person in charge must be able to do from the floor screen, in no more keys than they were promised."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from floorctl.i18n import term, use_language
from tests.e2e.floor_terminal import FloorTerminal
from tests.e2e.test_outage import ask, send
from tests.platforms import PlatformProcess, Platforms
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

Entities = dict[str, dict[str, Any]]


class Keys:
    """A cockpit, and how many keys may still be pressed."""

    def __init__(self, cockpit: Terminal, most: int) -> None:
        self.cockpit = cockpit
        self._left = most

    def press(self, *keys: str, pause: float = 0.15) -> None:
        """Press keys.

        Raises:
            AssertionError: more than were promised.
        """
        assert len(keys) <= self._left, f"{keys} would be {len(keys) - self._left} keys too many"
        self._left -= len(keys)
        self.cockpit.press(*keys, pause=pause)

    def type(self, text: str) -> None:
        """Type what only the person can know: it is not counted."""
        assert text.isprintable()
        self.cockpit.press(*text, pause=0.02)


@pytest.fixture(scope="module")
def here(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> FloorTerminal:
    """A supervisor's terminal, all orders in its cache; each test opens the cockpit there anew."""
    use_language("zh-CN")
    terminal = FloorTerminal(tmp_path_factory.mktemp("terminal"), platform)
    terminal.sign_in_and_sync()
    return terminal


@pytest.fixture
def cockpit(here: FloorTerminal, platform: PlatformProcess) -> Iterator[Terminal]:
    """The cockpit on the floor screen, live."""
    quieten(here)
    with here.cockpit(columns=140, rows=44) as terminal:
        terminal.wait_for(lambda text: "● 实时" in text and "现场" in text and "将超时" in text, seconds=30)
        yield terminal


def quieten(here: FloorTerminal) -> None:
    """Take up critical alerts, which take the whole screen when nobody does."""
    for alert in here.json("alerts")["items"]:
        if alert["severity"] == "critical" and alert["state"] == "open":
            assert here.run("ack", alert["id"]).returncode == 0


def feed(platform: PlatformProcess, *kinds: str) -> Entities:
    """Everything of these kinds as the platform has it, by id."""
    return {id_: change["data"] for (_, id_), change in platform.snapshot(*kinds)[0].items()}


def me(platform: PlatformProcess) -> str:
    return "p-" + platform.accounts["supervisor"][0]


def becomes(platform: PlatformProcess, kind: str, holds: Callable[[Entities], object], why: str) -> None:
    wait_until(lambda: holds(feed(platform, kind)), seconds=20, why=why)


def latest(here: FloorTerminal, n: int) -> list[dict[str, Any]]:
    """The orders that are latest, by the command that lists them."""
    found: list[dict[str, Any]] = here.json("orders", "--overdue", "--limit", str(n))["items"]
    return found


def test_seats_queues_and_whether_they_are_live_are_seen_without_a_key(
    platform: PlatformProcess, cockpit: Terminal
) -> None:
    seats, queues = feed(platform, "seat"), feed(platform, "queue")
    text = cockpit.wait_for(lambda text: all(queue["name"] in text for queue in queues.values()))
    assert "● 实时" in text
    # Seats at which nobody works are a number beside their zone; the others are drawn with the word of their state.
    at_work = [seat for seat in seats.values() if seat["state"] != "signed_out"]
    for seat in at_work:
        assert re.search(rf"{seat['number']}[ ⇄]", text)
    assert sum(text.count(term("seat_state", state)) for state in {seat["state"] for seat in at_work}) >= len(at_work)
    out = sum(int(number) for number in re.findall(rf"[·▾] {term('seat_state', 'signed_out')} (\d+)", text))
    assert abs(out + len(at_work) - len(seats)) <= 3  # some come and go between the two looks
    assert text.count("等待") >= len(queues)


@contextmanager
def a_floor(platforms: Platforms, folder: Path) -> Iterator[tuple[PlatformProcess, FloorTerminal]]:
    """A platform and a terminal of one test's own: it changes what a second try would find."""
    use_language("zh-CN")
    with platforms() as platform:
        here = FloorTerminal(folder / "terminal", platform)
        here.sign_in_and_sync()
        yield platform, here


def test_how_old_it_is_is_seen_without_a_key_when_it_is_not_live(platforms: Platforms, tmp_path: Path) -> None:
    with a_floor(platforms, tmp_path) as (platform, here), here.cockpit() as cockpit:
        cockpit.wait_for("● 实时", seconds=30)
        platform.stop()
        cockpit.wait_for(r"○ 离线.*显示 \d\d:\d\d:\d\d 的数据", seconds=20)


def test_the_latest_order_takes_one_key(here: FloorTerminal, cockpit: Terminal) -> None:
    expected = latest(here, 1)[0]["number"]
    Keys(cockpit, 1).press("3")
    # At the top and under the cursor.
    cockpit.wait_for(lambda text: any("▌" in line and expected in line.partition("│")[0] for line in text.splitlines()))


def test_urging_the_three_latest_orders_takes_five_keys(platforms: Platforms, tmp_path: Path) -> None:
    """However fast they come: on a floor where nobody has urged any of them within the hour, so nothing is asked."""
    with a_floor(platforms, tmp_path) as (platform, here), here.cockpit(columns=140, rows=44) as cockpit:
        cockpit.wait_for(lambda text: "● 实时" in text and "将超时" in text, seconds=30)
        before = feed(platform, "order")
        wanted = {order["id"] for order in here.json("orders", "--limit", "3")["items"]}
        Keys(cockpit, 5).press("3", "space", "space", "space", "u", pause=0)

        def urged_now(orders: Entities) -> set[str]:
            return {
                id_
                for id_, order in orders.items()
                if len(order.get("urges", [])) > len(before.get(id_, {}).get("urges", []))
                and order["urges"][-1]["by"] == me(platform)
            }

        becomes(platform, "order", lambda orders: len(urged_now(orders)) == 3, "for three urges")
        assert urged_now(feed(platform, "order")) == wanted


def test_the_alert_that_is_next_is_taken_up_and_the_department_phoned_in_four_keys_and_the_note(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal
) -> None:
    alert_id = raise_special_alert(here, cockpit, platform)
    keys = Keys(cockpit, 4)
    keys.press("a")
    text = cockpit.wait_for(term("step", "phone_department"))
    steps = feed(platform, "alert")[alert_id]["steps"]
    digit = next(at for at, step in enumerate(steps, 1) if step["kind"] == "phone_department")
    assert f"{digit}" in text
    keys.press(str(digit))
    keys.type("已电话通知住建局值班室")
    keys.press("enter")

    def done(alerts: Entities) -> bool:
        alert = alerts[alert_id]
        step = next(each for each in alert["steps"] if each["kind"] == "phone_department")
        return alert.get("acknowledged_by") == me(platform) and step.get("note") == "已电话通知住建局值班室"

    becomes(platform, "alert", done, "for the acknowledgement and the step")


def raise_special_alert(here: FloorTerminal, cockpit: Terminal, platform: PlatformProcess) -> str:
    """Another terminal raises an alert whose ladder begins with phoning the department; no step is later."""
    subject, number = next(
        (id_, order["number"]) for id_, order in feed(platform, "order").items() if order["state"] == "dispatched"
    )
    now = datetime.fromisoformat(platform.snapshot("queue")[1])
    alert_id = f"special_order:{subject}:{now:%Y-%m-%d}"
    data = {
        "kind": "special_order",
        "severity": "warning",
        "title": "特殊紧急工单待通知",
        "subject": {"kind": "order", "id": subject},
        "raised_at": (now - timedelta(hours=20)).isoformat(),
    }
    send(platform, "alert.raise", ("alert", alert_id), data, None)
    becomes(platform, "alert", lambda alerts: alert_id in alerts, "for the alert")
    # The rail marks it as the one that the key takes up.
    cockpit.wait_until_seen(rf"a ▲ .*{number}")
    return alert_id


def keep_still(platform: PlatformProcess, cockpit: Terminal, number: str) -> None:
    """Have the agent at a seat not ready, and the cockpit show it: it takes no call while somebody moves it.

    What is decided on a seat holds for it as it was seen; where it rings in that moment, it is a conflict.
    """
    seat_id = next(id_ for id_, each in feed(platform, "seat").items() if each["number"] == number)

    def stays(seats: Entities) -> bool:
        seat = seats[seat_id]
        if seat.get("call"):
            ask(platform, "seat.listen", ("seat", seat_id), {"mode": "release"}, None)  # refused if it ended
        elif seat["state"] != "not_ready":
            ask(platform, "seat.state", ("seat", seat_id), {"state": "not_ready"}, None)
        return seat["state"] == "not_ready" and not seat.get("call")

    becomes(platform, "seat", stays, "for the agent not to be ready")
    cockpit.wait_until_seen(rf"▌{number}[ ⇄]◇{term('seat_state', 'not_ready')}")


def test_a_seat_is_moved_to_another_queue_in_four_keys(platform: PlatformProcess, cockpit: Terminal) -> None:
    queues = sorted(feed(platform, "queue"))
    keys = Keys(cockpit, 4)
    keys.press("down")
    chosen = cockpit.wait_for(r"▌\d\d")
    keep_still(platform, cockpit, chosen.partition("▌")[2][:2])
    seats = feed(platform, "seat")
    keys.press("k")
    text = cockpit.wait_for("接听哪些队列")
    asked = re.search(r"坐席 (\d+) [^坐\n]*· 接听哪些队列", text)
    assert asked
    has = next(seat["skills"] for seat in seats.values() if seat["number"] == asked[1])
    keys.press("2" if has != [queues[1]] else "1")
    keys.press("enter")

    def moved(now: Entities) -> list[str]:
        return [id_ for id_, seat in now.items() if seat["skills"] != seats[id_]["skills"]]

    becomes(platform, "seat", lambda now: len(moved(now)) == 1, "for one seat to be moved")
    seat = moved(now := feed(platform, "seat"))[0]
    assert len(now[seat]["skills"]) == 1
    assert now[seat]["skills"][0] in queues
    assert seats[seat]["number"] in text


def test_the_breaks_of_a_team_are_cancelled_in_four_keys(platform: PlatformProcess, cockpit: Terminal) -> None:
    seats = feed(platform, "seat")
    before = feed(platform, "shift")
    keys = Keys(cockpit, 4)
    people = feed(platform, "person")
    now = datetime.fromisoformat(platform.snapshot("queue")[1])
    early, late = now + timedelta(minutes=2), now + timedelta(minutes=118)

    def cancelled(shifts: Entities) -> set[str]:
        return {
            id_
            for id_, shift in shifts.items()
            for at, pause in enumerate(shift["pauses"])
            if pause.get("cancelled") and not before[id_]["pauses"][at].get("cancelled")
        }

    def open_of(team: set[str]) -> set[str]:
        return {
            seat["shift_id"]
            for seat in seats.values()
            if seat.get("person_id") in team
            and seat.get("shift_id")
            and any(
                not pause.get("cancelled")
                and pause["kind"] == "break"
                and early < datetime.fromisoformat(pause["starts_at"]) < late
                for pause in before[seat["shift_id"]]["pauses"]
            )
        }

    keys.press("p")
    offered = re.findall(r"([1-9])\s+(\S+?) \d+ 人", cockpit.wait_for(r"1\s+\S+? \d+ 人"))
    digit, team, wanted = next(
        (digit, team, open_)
        for digit, name in offered
        if (open_ := open_of(team := {id_ for id_, person in people.items() if person.get("team") == name}))
    )
    keys.press(digit)
    keys.press("w")
    cockpit.wait_for("120")
    keys.press("y")
    becomes(platform, "shift", lambda shifts: cancelled(shifts) >= wanted, "for the team's breaks")
    of_others = {
        seat["shift_id"] for seat in seats.values() if seat.get("person_id") not in team and seat.get("shift_id")
    }
    assert not cancelled(feed(platform, "shift")) & of_others


def test_the_months_score_takes_one_key_and_what_cost_its_points_two(here: FloorTerminal, cockpit: Terminal) -> None:
    from tests.e2e.test_assessment_live import shows

    keys = Keys(cockpit, 2)
    keys.press("6")
    cockpit.wait_for(lambda text: shows(text, here.json("assess")), seconds=30)
    costly = next(line.split()[1] for line in cockpit.text().splitlines() if line.startswith("▌"))
    keys.press("enter")
    text = cockpit.wait_for(lambda text: costly in text and re.search(r"涉及 \d+ 项，共失 [\d.]+ 分", text))
    item = next(each for each in here.json("assess")["items"] if term("metric", each["id"]) == costly)
    assert f"共失 {item['lost']} 分" in text
    assert item["lost"] != "0"


def text_of(order: dict[str, Any]) -> str:
    """What of an order can be searched for."""
    citizen = order.get("citizen") or {}
    texts = (order.get(each) for each in ("content", "region", "result", "problem"))
    parts = (order["number"], order["title"], *texts, *citizen.values())
    return "\n".join(str(part) for part in parts if part)


def what_to_type(order: dict[str, Any], what: str) -> str:
    if what == "two characters":
        return str(order["title"][4:6])
    return str(order["number"] if what == "number" else order["citizen"][what])


@pytest.mark.parametrize("what", ["number", "phone", "name", "two characters"])
def test_any_order_is_found_with_one_key_and_the_text(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal, what: str
) -> None:
    orders = list(feed(platform, "order").values())
    wanted = next(
        order
        for order in orders
        if len(order["title"]) > 8 and {"phone", "name"} <= (order.get("citizen") or {}).keys()
    )
    typed = what_to_type(wanted, what)
    fitting = {order["number"] for order in orders if typed in text_of(order)}
    assert wanted["number"] in fitting
    assert len(fitting) < len(orders) / 2
    # The index is filled in idle moments; who searches meanwhile is told so.
    wait_until(
        lambda: here.json("orders", "--search", typed, "--limit", "1")["total"] >= len(fitting), seconds=90, why=typed
    )
    keys = Keys(cockpit, 1)
    keys.press("f")
    keys.type(typed)

    def found(text: str) -> bool:
        *lines, _foot = text.splitlines()
        shown = {order["number"] for order in orders for line in lines if order["number"] in line.partition("│")[0]}
        return bool(shown) and shown <= fitting and (len(fitting) > 20 or wanted["number"] in shown)

    cockpit.wait_for(found)


@pytest.mark.parametrize("key", ["f", "3/"])
def test_text_typed_at_once_after_the_key_is_text_and_no_letter_of_it_acts(
    platform: PlatformProcess, here: FloorTerminal, cockpit: Terminal, key: str
) -> None:
    sent = here.kinds_done()
    for each in key[:-1]:
        cockpit.press(each)
        cockpit.wait_for("将超时")
        time.sleep(1)
    cockpit.process.write(f"{key[-1]}2026 usdakp f/1".encode())
    cockpit.wait_for("/2026 usdakp f/1")
    assert here.kinds_done() == sent


def test_a_key_too_many_is_noticed() -> None:
    class _Deaf:
        def press(self, *keys: str, pause: float) -> None:
            time.sleep(0)

    keys = Keys(_Deaf(), 2)  # type: ignore[arg-type]
    keys.press("3", "u")
    with pytest.raises(AssertionError, match="too many"):
        keys.press("u")

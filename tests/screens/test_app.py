"""The cockpit app: going between screens, bell, alarm, a crash report without data, quitting."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from textual.events import Resize
from textual.geometry import Size
from textual.worker import WorkerFailed

from floorctl.config import Alerts
from floorctl.floor.views import AlertView
from floorctl.models.alerts import Alert, Step
from floorctl.screens.app import CockpitApp
from floorctl.screens.shell.alarm import Alarm, AlertWatch
from tests.screens.filled_floor import filled_floor, order
from tests.screens.floor_stage import STARTED, FloorStage
from tests.screens.looking import at_rest, cockpit, piloted, press, text, until
from tests.screens.on_terminal import on_terminal, paint
from tests.still_time import StillClock

#: What a terminal is told last: to show again what was there before the cockpit.
LEFT = "\x1b[?1049l"


async def test_number_keys_go_to_the_screens_from_anywhere(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        for key, name in (("2", "队列"), ("1", "现场"), ("3", "工单"), ("2", "队列"), ("1", "现场")):
            await press(pilot, [key])
            await until(pilot, lambda name=name: text(pilot.app).lstrip().startswith(name))


@pytest.mark.parametrize("keys", [[], ["question_mark"]], ids=["screen", "dialog"])
async def test_sizes_that_wait_while_pictures_are_held_back_do_not_take_turns_without_end(
    floor_stage: FloorStage, keys: list[str]
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, keys)
        screen, laid_out = pilot.app.screen, 0

        def count(_: object) -> None:
            nonlocal laid_out
            laid_out += 1
            if laid_out >= 50:
                pytest.fail("nothing else would ever have its turn")

        screen.screen_layout_refresh_signal.subscribe(pilot.app, count, immediate=True)
        with pilot.app.batch_update():
            for size in (Size(100, 30), Size(80, 24), pilot.app.size):
                screen.post_message(Resize(size, size))
                screen.call_later(lambda: None)
            await at_rest(pilot)
        assert laid_out < 50
        assert screen.size == pilot.app.size


async def test_a_dialog_keeps_the_number_keys_to_itself(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["m", "2", "3"])
        assert pilot.app.current_mode == "floor"


async def test_going_to_a_screen_closes_what_was_open(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["question_mark"])
        pilot.app.action_go("queues")
        await until(pilot, lambda: text(pilot.app).lstrip().startswith("队列"))
        await press(pilot, ["1"])
        assert len(pilot.app.screen_stack) == 1


def only(stage: FloorStage, at: datetime, severity: str) -> list[AlertView]:
    """Close all alerts, put one raised ``at`` on the platform, and return the open ones."""
    steps = (Step(kind="phone_department", due_at=at + timedelta(minutes=15)),)
    alert = msgspec.structs.replace(
        cast(Alert, stage.platform["alert", "a-2"][1]), severity=severity, raised_at=at, steps=steps
    )
    for each in ("a-1", "a-2", "a-3"):
        stage.change(("alert", each), state="closed")
    stage.put(("alert", "x"), alert)
    stage.feed()
    return stage.floor.alerts.all()


def watch(clock: Callable[[], float] | None = None, **config: Any) -> AlertWatch:
    """Return a watch that has seen that there is no alert."""
    found = AlertWatch(Alerts(**config), clock)
    assert not found.bell([], STARTED)
    return found


def test_the_bell_sounds_once_for_an_alert_and_not_for_those_there_at_the_start(floor_stage: FloorStage) -> None:
    alerts, watching = only(floor_stage, STARTED, "warning"), watch()
    assert watching.bell(alerts, STARTED)
    assert not watching.bell(alerts, STARTED)
    assert not AlertWatch(Alerts()).bell(alerts, STARTED)


@pytest.mark.parametrize(("severity", "hour", "rings"), [
    ("notice", 23, False), ("notice", 3, False), ("notice", 12, True), ("warning", 23, True), ("critical", 3, True),
])  # fmt: skip
def test_notices_are_silent_at_night(floor_stage: FloorStage, severity: str, hour: int, rings: bool) -> None:
    at = STARTED.replace(hour=hour)
    watching = watch(quiet_hours_start=clock_time(22), quiet_hours_end=clock_time(7))
    assert watching.bell(only(floor_stage, at, severity), at) is rings


def test_only_a_critical_alert_left_alone_for_five_minutes_takes_the_screen_and_again_a_minute_later(
    floor_stage: FloorStage,
) -> None:
    clock = StillClock()
    alerts, watching = only(floor_stage, STARTED, "critical"), watch(clock)
    assert watching.whole_screen(alerts, STARTED + timedelta(minutes=4, seconds=59)) is None
    late = STARTED + timedelta(minutes=5)
    assert watching.whole_screen(alerts, late) is not None
    watching.answered("x")
    clock.jump(59.0)
    assert watching.whole_screen(alerts, late) is None
    clock.jump(1.0)
    assert watching.whole_screen(alerts, late) is not None
    assert watch().whole_screen(only(floor_stage, STARTED, "warning"), late) is None


async def test_the_alarm_fills_the_screen_and_leads_to_the_alert(floor_stage: FloorStage) -> None:
    floor_stage.go(minutes=3)
    async with cockpit(floor_stage.floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await until(pilot, lambda: "严重预警 6 分钟未确认" in text(pilot.app))
        await press(pilot, ["a"])
        await until(pilot, lambda: floor_stage.acts)
        assert floor_stage.acts == [("alert.acknowledge", "a-1", {})]


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=" ".join)
def test_a_crash_says_where_and_shows_no_data(tmp_path: Path, debug: list[str]) -> None:
    with on_terminal(tmp_path, "--die", *debug) as terminal:
        terminal.press("2")
        terminal.wait_for(lambda _: b"--debug" in terminal.raw)
        status = terminal.process.wait()
        seen = terminal.raw.decode("utf-8", "replace")
    tail = seen[seen.rfind(LEFT) :]
    assert "RuntimeError" in tail
    assert "--debug" in tail
    assert ("in action_go" in tail) is bool(debug)
    assert "errors shown" not in tail
    assert "13812345678" not in tail
    assert ("secret" in tail) is bool(debug)  # the name, in the line of code
    assert status == 1


@pytest.mark.real_time  # the reading thread waits for the screens
async def test_a_list_that_is_still_read_when_the_cockpit_closes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with cockpit(floor) as pilot:
            await press(pilot, ["3"])
            await until(pilot, lambda: "共 60 件" in text(pilot.app))
            read, reading = floor.orders.page, threading.Event()

            def read_until_the_screen_in_sight_has_gone(*args: Any, **kwargs: Any) -> Any:
                reading.set()
                end = time.monotonic() + 10
                while pilot.app.screen_stack and time.monotonic() < end:
                    time.sleep(0.0005)
                return read(*args, **kwargs)

            monkeypatch.setattr(floor.orders, "page", read_until_the_screen_in_sight_has_gone)
            feed.send(("order", "o-1", order(1)))
            await until(pilot, reading.is_set)
            await press(pilot, ["1"])
    finally:
        floor.close()


async def test_a_cockpit_that_closes_does_not_lock_any_more(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    try:
        async with cockpit(floor) as pilot:
            app = pilot.app
        app.action_lock()
        assert app.screen_stack == []
    finally:
        floor.close()


async def test_a_crash_in_a_worker_tells_the_kind_and_the_place_of_its_own_error(
    floor_stage: FloorStage, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        raise RuntimeError("secret")

    app = CockpitApp(floor_stage.floor)
    with pytest.raises(WorkerFailed):
        async with piloted(app) as pilot:
            pilot.app.run_worker(work())
            await at_rest(pilot)
    said = capsys.readouterr().err
    assert f"RuntimeError，{__name__}:" in said
    assert "secret" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with on_terminal(tmp_path) as terminal:
        terminal.process.kill(number)
        terminal.wait_for(lambda _: LEFT.encode() in terminal.raw)
        assert terminal.process.wait() == 0


def test_one_seat_that_changes_costs_at_most_400_bytes(tmp_path: Path) -> None:
    with on_terminal(tmp_path) as terminal:
        paint(terminal)
        before = len(terminal.raw)
        terminal.process.kill(signal.SIGUSR1)
        terminal.wait_for(r"10 ●通话")
        paint(terminal)
        sent = bytes(terminal.raw[before:])
    assert "通话".encode() in sent
    assert len(sent) <= 400


def colours(written: bytes) -> set[str]:
    """Return the numbers in the colour and style sequences of ``written``."""
    return {code for found in re.findall(rb"\x1b\[([\d;]*)m", written) for code in found.decode().split(";")}


def test_no_color_means_none_and_the_cursor_is_still_seen(tmp_path: Path) -> None:
    with on_terminal(tmp_path, NO_COLOR="1") as terminal:
        codes = colours(bytes(terminal.raw))
    assert codes <= {"", "0", "1", "2", "4", "7", "39", "49"}
    assert "7" in codes


@pytest.mark.parametrize(("term", "most"), [("xterm", 107), ("xterm-256color", 255)])
def test_terminals_of_few_colours_get_what_they_know(tmp_path: Path, term: str, most: int) -> None:
    with on_terminal(tmp_path, TERM=term, COLORTERM="") as terminal:
        seen = bytes(terminal.raw)
    assert "通话" in seen.decode(errors="ignore")  # it may be in the middle of a character
    assert max(int(code) for code in colours(seen) if code) <= most
    assert b";2;" not in b"".join(re.findall(rb"\x1b\[[\d;]+m", seen))


def test_control_q_leaves(tmp_path: Path) -> None:
    with on_terminal(tmp_path) as terminal:
        terminal.press("ctrl+q")
        terminal.wait_for(lambda _: LEFT.encode() in terminal.raw)
        assert terminal.process.wait() == 0


def test_the_first_paint_imports_no_network_and_no_database() -> None:
    code = "import sys, floorctl.screens.app, floorctl.screens.floor.screen; print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for slow in ("httpx", "sqlmodel", "sqlalchemy", "keyring", "pypinyin", "starlette", "plotext", "rich.traceback"):
        assert f"'{slow}'" not in out

"""The cockpit itself: going between screens, the bell, the alarm, crashing without a word of data, leaving."""

import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import ptyprocess
import pytest
from textual.events import Resize
from textual.geometry import Size
from textual.worker import WorkerFailed

from floorctl.app import CockpitApp
from floorctl.config import Alerts
from floorctl.models import Step
from floorctl.screens.alarm import Alarm, AlertWatch

from .filled_floor import filled_floor, order
from .looking import cockpit, press, text, until
from .small_floor import SmallFloor

CHILD = """
import signal, sys
from tests.screens.small_floor import SmallFloor
from floorctl.app import CockpitApp
floor = SmallFloor()
app = CockpitApp(floor)
def die(name):
    secret = "13812345678"
    raise RuntimeError(secret)
if "die" in sys.argv:
    app.action_go = die
signal.signal(signal.SIGUSR1, lambda *_: floor.put_seat("s-10", state="talking", since=floor.now()))
code = app.run()
sys.exit(app.return_code or code or 0)
"""


def in_terminal(*args: str, **more: str) -> ptyprocess.PtyProcess:
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2]), **more}
    return ptyprocess.PtyProcess.spawn([sys.executable, "-c", CHILD, *args], dimensions=(36, 120), env=env)


def read_until(terminal: ptyprocess.PtyProcess, word: str, *, seconds: float = 15) -> str:
    seen, end = b"", time.monotonic() + seconds
    while word.encode() not in seen and time.monotonic() < end:
        try:
            seen += terminal.read(65536)
        except EOFError:
            break
    return seen.decode("utf-8", "replace")


async def test_number_keys_go_to_the_screens_from_anywhere() -> None:
    async with cockpit(SmallFloor()) as pilot:
        for key, name in (("2", "队列"), ("1", "现场"), ("3", "工单"), ("2", "队列"), ("1", "现场")):
            await press(pilot, [key])
            await until(pilot, lambda name=name: text(pilot.app).lstrip().startswith(name))


@pytest.mark.parametrize("keys", [[], ["question_mark"]], ids=["screen", "dialog"])
async def test_sizes_that_wait_while_pictures_are_held_back_do_not_take_turns_without_end(keys: list[str]) -> None:
    async with cockpit(SmallFloor()) as pilot:
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
            await pilot.pause(0.2)
        assert laid_out < 50
        assert screen.size == pilot.app.size


async def test_a_dialog_keeps_the_number_keys_to_itself() -> None:
    async with cockpit(SmallFloor()) as pilot:
        await press(pilot, ["m", "2", "3"])
        assert pilot.app.current_mode == "floor"


async def test_going_to_a_screen_closes_what_was_open() -> None:
    async with cockpit(SmallFloor()) as pilot:
        await press(pilot, ["question_mark"])
        pilot.app.action_go("queues")  # type: ignore[attr-defined]
        await pilot.pause(0.1)
        await press(pilot, ["1"])
        assert len(pilot.app.screen_stack) == 1


def _watch(severity: str, at: datetime, **config: Any) -> tuple[AlertWatch, SmallFloor]:
    floor = SmallFloor()
    watch = AlertWatch(Alerts(**config))
    assert not watch.bell([], at)
    import msgspec

    steps = (Step(kind="phone_department", due_at=at + timedelta(minutes=15)),)
    alert = msgspec.structs.replace(floor.alert_entities["a-2"], severity=severity, raised_at=at, steps=steps)
    floor.alert_entities = {"x": alert}
    return watch, floor


def test_the_bell_sounds_once_for_an_alert_and_not_for_those_there_at_the_start() -> None:
    noon = SmallFloor().started
    watch, floor = _watch("warning", noon)
    assert watch.bell(floor.alerts(), noon)
    assert not watch.bell(floor.alerts(), noon)
    assert not AlertWatch(Alerts()).bell(floor.alerts(), noon)


@pytest.mark.parametrize(("severity", "hour", "rings"), [
    ("notice", 23, False), ("notice", 3, False), ("notice", 12, True), ("warning", 23, True), ("critical", 3, True),
])  # fmt: skip
def test_notices_are_silent_at_night(severity: str, hour: int, rings: bool) -> None:
    at = SmallFloor().started.replace(hour=hour)
    watch, floor = _watch(severity, at, quiet_hours_start=clock_time(22), quiet_hours_end=clock_time(7))
    assert watch.bell(floor.alerts(), at) is rings


def test_only_a_critical_alert_left_alone_for_five_minutes_takes_the_screen_and_again_a_minute_later() -> None:
    at = SmallFloor().started
    watch, floor = _watch("critical", at)
    clock = [1000.0]
    watch._monotonic = lambda: clock[0]
    assert watch.whole_screen(floor.alerts(), at + timedelta(minutes=4, seconds=59)) is None
    late = at + timedelta(minutes=5)
    assert watch.whole_screen(floor.alerts(), late) is not None
    watch.answered("x")
    clock[0] += 59.0
    assert watch.whole_screen(floor.alerts(), late) is None
    clock[0] += 1.0
    assert watch.whole_screen(floor.alerts(), late) is not None
    warning, other = _watch("warning", at)
    assert warning.whole_screen(other.alerts(), late) is None


async def test_the_alarm_fills_the_screen_and_leads_to_the_alert() -> None:
    floor = SmallFloor()
    floor.clock_at += timedelta(minutes=3)
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await until(pilot, lambda: "严重预警 6 分钟未确认" in text(pilot.app))
        await press(pilot, ["a"])
        await until(pilot, lambda: floor.acts)
        assert floor.acts == [("acknowledge", "a-1")]


def test_a_crash_says_where_and_shows_no_data() -> None:
    terminal = in_terminal("die")
    read_until(terminal, "14:32")
    terminal.write(b"2")
    seen = read_until(terminal, "--debug")
    tail = seen[seen.rfind("\x1b[?1049l") :]
    assert "RuntimeError" in tail
    assert "--debug" in tail
    assert "13812345678" not in tail
    assert "secret" not in tail
    terminal.wait()
    assert terminal.exitstatus == 1


@pytest.mark.real_time  # the reading thread waits for the screens
async def test_a_list_that_is_still_read_when_the_cockpit_closes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with cockpit(floor) as pilot:
            await press(pilot, ["3"])
            await until(pilot, lambda: "共 60 件" in text(pilot.app))
            read, reading = floor.orders, threading.Event()

            def read_until_the_screen_in_sight_has_gone(*args: Any, **kwargs: Any) -> Any:
                reading.set()
                end = time.monotonic() + 10
                while pilot.app.screen_stack and time.monotonic() < end:
                    time.sleep(0.0005)
                return read(*args, **kwargs)

            monkeypatch.setattr(floor, "orders", read_until_the_screen_in_sight_has_gone)
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
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def work() -> None:
        raise RuntimeError("secret")

    app = CockpitApp(SmallFloor())
    with pytest.raises(WorkerFailed):
        async with app.run_test() as pilot:
            pilot.app.run_worker(work())
            await pilot.pause(0.1)
    said = capsys.readouterr().err
    assert f"RuntimeError，{__name__}:" in said
    assert "secret" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    terminal = in_terminal()
    read_until(terminal, "14:32")
    terminal.kill(number)
    read_until(terminal, "\x1b[?1049l")
    terminal.wait()
    assert terminal.exitstatus == 0


def test_one_seat_that_changes_costs_at_most_400_bytes() -> None:
    terminal = in_terminal()
    read_until(terminal, "14:32")
    while select.select([terminal.fd], [], [], 2)[0]:  # the first picture, the notices about it, and then quiet
        terminal.read(65536)
    terminal.kill(signal.SIGUSR1)
    sent = b""
    while select.select([terminal.fd], [], [], 2)[0]:
        sent += terminal.read(65536)
    terminal.write(b"\x11")
    assert "通话" in sent.decode()
    assert len(sent) <= 400


def test_no_color_means_none_and_the_cursor_is_still_seen() -> None:
    terminal = in_terminal(NO_COLOR="1")
    seen = read_until(terminal, "键位")
    terminal.write(b"\x11")
    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", seen) for code in found.split(";")}
    assert codes <= {"", "0", "1", "2", "4", "7", "39", "49"}
    assert "7" in codes


@pytest.mark.parametrize(("term", "most"), [("xterm", 107), ("xterm-256color", 255)])
def test_terminals_of_few_colours_get_what_they_know(term: str, most: int) -> None:
    terminal = in_terminal(TERM=term, COLORTERM="")
    seen = read_until(terminal, "键位")
    terminal.write(b"\x11")
    codes = {int(code) for found in re.findall(r"\x1b\[([\d;]+)m", seen) for code in found.split(";")}
    assert "通话" in seen
    assert max(codes) <= most
    assert ";2;" not in "".join(re.findall(r"\x1b\[[\d;]+m", seen))


def test_control_q_leaves() -> None:
    terminal = in_terminal()
    read_until(terminal, "14:32")
    terminal.write(b"\x11")
    read_until(terminal, "\x1b[?1049l")
    terminal.wait()
    assert terminal.exitstatus == 0


def test_the_first_paint_imports_no_network_and_no_database() -> None:
    code = "import sys, floorctl.app, floorctl.screens.floor; print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for slow in ("httpx", "sqlmodel", "sqlalchemy", "keyring", "pypinyin", "starlette", "plotext", "rich.traceback"):
        assert f"'{slow}'" not in out

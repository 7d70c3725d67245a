"""The alarm over the whole screen and the ladder behind it: for whom and for what, counting, closing by themselves."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from floorctl.models import Step
from floorctl.screens.alarm import Alarm, AlertWatch

from .filled_floor import Feed, open_floor
from .looking import cockpit, press, text, until
from .small_floor import SmallFloor


def special(at: datetime, **more: Any) -> Any:
    """A special urgent matter raised ``at``, to be answered within a quarter of an hour."""
    steps = tuple(
        Step(kind=kind, due_at=at + timedelta(minutes=15)) for kind in ("phone_department", "report_purchaser")
    )
    return changed(SmallFloor().alert_entities["a-1"], raised_at=at, steps=steps, **more)


@pytest.mark.parametrize(
    "fact",
    [
        {"raised_at": timedelta(days=3)},
        {"steps": ()},
        {"severity": "warning"},
        {"state": "acknowledged"},
        {"kind": "order_overdue", "steps": ()},
    ],
)
async def test_the_alarm_is_only_for_what_is_to_be_answered_in_minutes(fact: dict[str, Any]) -> None:
    floor = SmallFloor()
    at = floor.started - (fact.pop("raised_at", None) or timedelta(minutes=6))
    floor.alert_entities = {"x": changed(special(at), **fact)}
    async with cockpit(floor) as pilot:
        pilot.app._tick()  # type: ignore[attr-defined]
        await pilot.pause(0.2)
        assert not isinstance(pilot.app.screen, Alarm)
        floor.alert_entities = {"y": special(floor.started - timedelta(minutes=6))}
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))


async def test_the_alarm_is_only_for_those_who_may_act(tmp_path: Path) -> None:
    floor = open_floor(tmp_path, roles=("inspector",))
    Feed(floor).send(("alert", "x", special(floor.now() - timedelta(minutes=6))))
    async with cockpit(floor) as pilot:
        for _ in range(3):
            pilot.app._tick()  # type: ignore[attr-defined]
            await pilot.pause(0.1)
        assert not isinstance(pilot.app.screen, Alarm)
    floor.close()


async def test_the_alarm_counts_while_it_stands_and_shows_what_is_left() -> None:
    floor = SmallFloor()
    floor.alert_entities = {"x": special(floor.started - timedelta(minutes=6))}
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await until(pilot, lambda: "6 分钟未确认" in text(pilot.app))
        assert "电话通知部门 · 限 14:41 · 剩 9:00分" in text(pilot.app)
        floor.clock_at += timedelta(minutes=2, seconds=5)
        await until(pilot, lambda: "8 分钟未确认" in text(pilot.app))
        assert "剩 6:55" in text(pilot.app)
        floor.clock_at += timedelta(minutes=10)
        await until(pilot, lambda: "已超 3:05" in text(pilot.app))


@pytest.mark.parametrize("state", ["acknowledged", "closed", None])
async def test_the_alarm_closes_itself_when_another_terminal_has_answered(state: str | None) -> None:
    floor = SmallFloor()
    floor.alert_entities = {"x": special(floor.started - timedelta(minutes=6))}
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        floor.alert_entities = {} if state is None else {"x": changed(floor.alert_entities["x"], state=state)}
        floor.tell(alert=frozenset({"x"}))
        await until(pilot, lambda: not isinstance(pilot.app.screen, Alarm))
        await pilot.pause(0.3)
        assert not isinstance(pilot.app.screen, Alarm)
        assert floor.acts == []


async def test_the_ladder_counts_while_it_stands_and_shows_what_others_have_done() -> None:
    floor = SmallFloor()
    floor.alert_entities = {"x": special(floor.started - timedelta(minutes=1))}
    async with cockpit(floor) as pilot:
        await press(pilot, ["a"])
        await until(pilot, lambda: "剩 14:00" in text(pilot.app))
        floor.clock_at += timedelta(seconds=90)
        await until(pilot, lambda: "剩 12:30" in text(pilot.app))
        steps = floor.alert_entities["x"].steps
        done = changed(steps[0], done_at=floor.clock_at, done_by="p-2001", note="已通知")
        floor.alert_entities["x"] = changed(floor.alert_entities["x"], steps=(done, steps[1]))
        await until(pilot, lambda: "✓  电话通知部门" in text(pilot.app))


async def test_a_limit_that_moves_is_said_when_it_moves_and_as_long_as_the_step_runs() -> None:
    floor = SmallFloor()
    floor.alert_entities = {"x": special(floor.started - timedelta(minutes=2))}  # both steps by 14:45
    async with cockpit(floor) as pilot:
        await press(pilot, ["4"])
        await until(pilot, lambda: "限 14:45" in text(pilot.app))
        assert "原限" not in text(pilot.app)
        later = tuple(
            changed(step, due_at=step.due_at + timedelta(minutes=7)) for step in floor.alert_entities["x"].steps
        )
        floor.alert_entities["x"] = changed(floor.alert_entities["x"], steps=later)
        floor.tell(alert=frozenset({"x"}))
        said = "电话通知部门时限由 14:45 改为 14:52"
        await until(pilot, lambda: any(said in note.message for note in pilot.app._notifications))
        await until(pilot, lambda: "原限 14:45" in text(pilot.app))
        await press(pilot, ["1", "a"])
        await until(pilot, lambda: "原限 14:45" in text(pilot.app))


async def test_an_overdue_step_that_waits_does_not_keep_the_key_from_the_next_alert() -> None:
    floor = SmallFloor()
    waits = special(floor.started - timedelta(minutes=40), state="acknowledged", title="等对方回电")
    fresh = special(floor.started - timedelta(minutes=1), title="燃气泄漏")
    floor.alert_entities = {"waits": waits, "fresh": fresh}
    async with cockpit(floor) as pilot:
        await press(pilot, ["a"])
        await until(pilot, lambda: "等对方回电" in text(pilot.app) and "a 下一条：燃气泄漏" in text(pilot.app))
        assert floor.acts == []
        await press(pilot, ["a"])
        await until(pilot, lambda: floor.acts)
        assert floor.acts == [("acknowledge", "fresh")]
        await until(pilot, lambda: "下一条" not in text(pilot.app))
        await press(pilot, ["a", "1", "a"])  # there is none; then it is a letter of the note
        await until(pilot, lambda: pilot.app.screen.query_one("PlainInput").value == "a")  # type: ignore[attr-defined]
        assert floor.acts == [("acknowledge", "fresh")]


@pytest.mark.parametrize("key", ["escape", "a"])
async def test_an_alarm_that_was_answered_stays_away_by_the_wall_clock_though_the_day_runs_fast(key: str) -> None:
    floor = SmallFloor()
    floor.alert_entities = {"x": special(floor.started - timedelta(minutes=6))}
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await press(pilot, [key])
        await until(pilot, lambda: not isinstance(pilot.app.screen, Alarm))
        await press(pilot, ["escape"])
        # Acknowledged in vain: the platform has refused it, and it is open as before.
        floor.alert_entities = {n: special(floor.started - timedelta(minutes=6)) for n in ("x", "other")}
        for _ in range(10):  # ten minutes within a second
            floor.clock_at += timedelta(minutes=1)
            pilot.app._tick()  # type: ignore[attr-defined]
            await pilot.pause(0.1)
            assert not isinstance(pilot.app.screen, Alarm)


async def test_the_alarm_lets_a_hand_at_work_go_on_and_comes_when_it_rests() -> None:
    floor = SmallFloor()
    floor.alert_entities = {"y": special(floor.started - timedelta(minutes=6))}
    async with cockpit(floor) as pilot:
        app = pilot.app
        await until(pilot, lambda: isinstance(app.screen, Alarm))
        app.screen.dismiss(False)
        await until(pilot, lambda: not isinstance(app.screen, Alarm))
        floor.alert_entities = {"z": special(floor.started - timedelta(minutes=6))}
        app._watch = AlertWatch(floor.config.alerts)  # type: ignore[attr-defined]
        await pilot.press("slash", "a", "escape")
        app._tick()  # type: ignore[attr-defined]
        await pilot.pause(0.1)
        assert not isinstance(app.screen, Alarm), "the next Esc is for the list"
        await until(pilot, lambda: isinstance(app.screen, Alarm))

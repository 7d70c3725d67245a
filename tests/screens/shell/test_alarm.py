"""The alarm over the whole screen and the escalation behind it: for which role and alert, times, closing by itself."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace as changed
from textual.widgets import Input

from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Ref
from floorctl.screens.shell.alarm import AGAIN_AFTER, OTHERS_AFTER, Alarm
from tests.screens.floor_stage import STARTED, FloorStage, StageOf
from tests.screens.looking import at_rest, cockpit, press, said, text, until

MINUTE = timedelta(minutes=1)


def special(at: datetime, **more: Any) -> Alert:
    """Return an alert about a special urgent order raised ``at``, with a step due a quarter of an hour later."""
    steps = tuple(Step(kind=kind, due_at=at + 15 * MINUTE) for kind in ("phone_department", "report_purchaser"))
    fields: dict[str, Any] = {
        "kind": "special_urgent_order",
        "severity": "critical",
        "title": "特殊紧急工单",
        "state": "open",
        "subject": Ref("order", "o-1"),
        "raised_at": at,
        "steps": steps,
    }
    return Alert(**(fields | more))


def stand_alone(stage: FloorStage, **alerts: Alert) -> None:
    """Put ``alerts`` on the platform and close all others."""
    for key in [key for key in stage.platform if key[0] == "alert" and key[1] not in alerts]:
        stage.change(key, state="closed")
    for alert_id, alert in alerts.items():
        stage.put(("alert", alert_id), alert)
    stage.feed()


def alert_of(stage: FloorStage, alert_id: str) -> Alert:
    return cast(Alert, stage.platform["alert", alert_id][1])


async def test_the_alarm_is_only_for_what_is_to_be_answered_in_minutes(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    late = special(STARTED - 6 * MINUTE)
    others: dict[str, dict[str, Any]] = {
        "days ago": {"raised_at": STARTED - timedelta(days=3)},
        "without steps": {"steps": ()},
        "warning": {"severity": "warning"},
        "acknowledged": {"state": "acknowledged"},
        "overdue order": {"kind": "order_overdue", "steps": ()},
    }
    async with cockpit(floor_stage.floor) as pilot:
        for fact, fields in others.items():
            stand_alone(floor_stage, x=changed(late, **fields))
            await asyncio.sleep(5)
            with subtests.test(fact):
                assert not isinstance(pilot.app.screen, Alarm)
        stand_alone(floor_stage, y=late)
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))


async def test_the_alarm_is_only_for_those_who_may_act(stage_of: StageOf) -> None:
    stage = stage_of(role="inspector")
    stand_alone(stage, x=special(STARTED - 6 * MINUTE))
    async with cockpit(stage.floor) as pilot:
        await asyncio.sleep(5)
        assert not isinstance(pilot.app.screen, Alarm)


async def test_the_alarm_counts_while_it_stands_and_shows_what_is_left(floor_stage: FloorStage) -> None:
    stand_alone(floor_stage, x=special(STARTED - 6 * MINUTE))
    async with cockpit(floor_stage.floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await until(pilot, lambda: "6 分钟未确认" in text(pilot.app))
        assert "电话通知部门 · 限 14:41 · 剩 9:00分" in text(pilot.app)
        floor_stage.go(minutes=2, seconds=5)
        await until(pilot, lambda: "8 分钟未确认" in text(pilot.app))
        assert "剩 6:55" in text(pilot.app)
        floor_stage.go(minutes=10)
        await until(pilot, lambda: "已超 3:05" in text(pilot.app))


async def test_the_alarm_closes_itself_when_another_terminal_has_answered(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        for state in ("acknowledged", "closed", None):
            stand_alone(floor_stage, **{f"is-{state}": special(STARTED - 6 * MINUTE)})
            await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
            if state is None:
                floor_stage.remove(("alert", f"is-{state}"))
            else:
                floor_stage.tell(("alert", f"is-{state}"), state=state)
            await until(pilot, lambda: not isinstance(pilot.app.screen, Alarm))
            await asyncio.sleep(OTHERS_AFTER)
            with subtests.test(state=state):
                assert not isinstance(pilot.app.screen, Alarm)
        assert floor_stage.acts == []


async def test_the_ladder_counts_while_it_stands_and_shows_what_others_have_done(floor_stage: FloorStage) -> None:
    stage = floor_stage
    stand_alone(stage, x=special(STARTED - MINUTE))
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["a"])
        await until(pilot, lambda: "剩 14:00" in text(pilot.app))
        stage.go(seconds=90)
        await until(pilot, lambda: "剩 12:30" in text(pilot.app))
        first, second = alert_of(stage, "x").steps
        done = changed(first, done_at=stage.floor.now(), done_by="p-2001", note="已通知")
        stage.tell(("alert", "x"), steps=(done, second))
        await until(pilot, lambda: "✓  电话通知部门" in text(pilot.app))


async def test_a_limit_that_moves_is_said_when_it_moves_and_as_long_as_the_step_runs(floor_stage: FloorStage) -> None:
    stage = floor_stage
    stand_alone(stage, x=special(STARTED - 2 * MINUTE))  # both steps by 14:45
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["4"])
        await until(pilot, lambda: "限 14:45" in text(pilot.app))
        assert "原限" not in text(pilot.app)
        later = tuple(changed(step, due_at=step.due_at + 7 * MINUTE) for step in alert_of(stage, "x").steps)
        stage.tell(("alert", "x"), steps=later)
        moved = "电话通知部门时限由 14:45 改为 14:52"
        await until(pilot, lambda: any(moved in each for each in said(pilot.app)))
        await until(pilot, lambda: "原限 14:45" in text(pilot.app))
        await press(pilot, ["1", "a"])
        await until(pilot, lambda: "原限 14:45" in text(pilot.app))


async def test_an_overdue_step_that_waits_does_not_keep_the_key_from_the_next_alert(floor_stage: FloorStage) -> None:
    stage = floor_stage
    waits = special(STARTED - 40 * MINUTE, state="acknowledged", subject=Ref("order", "o-18"))
    stand_alone(stage, waits=waits, fresh=special(STARTED - MINUTE))
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["a"])
        await until(pilot, lambda: "2026030400140" in text(pilot.app) and "a 下一条：" in text(pilot.app))
        (following,) = [line for line in text(pilot.app).splitlines() if "下一条" in line]
        assert "燃气泄漏" in following
        assert stage.acts == []
        await press(pilot, ["a"])
        await until(pilot, lambda: stage.acts)
        assert stage.acts == [("alert.acknowledge", "fresh", {})]
        await until(pilot, lambda: "下一条" not in text(pilot.app))
        await press(pilot, ["a", "1", "a"])  # there is none; then it is a letter of the note
        await until(pilot, lambda: pilot.app.screen.query_one("PlainInput", Input).value == "a")
        assert stage.acts == [("alert.acknowledge", "fresh", {})]


@pytest.mark.parametrize("key", ["escape", "a"])
async def test_an_alarm_that_was_answered_stays_away_by_the_wall_clock_though_the_day_runs_fast(
    floor_stage: FloorStage, key: str
) -> None:
    stage, late = floor_stage, special(STARTED - 6 * MINUTE)
    stand_alone(stage, x=late)
    async with cockpit(stage.floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await press(pilot, [key])
        await until(pilot, lambda: not isinstance(pilot.app.screen, Alarm))
        await press(pilot, ["escape"])
        await at_rest(pilot)
        # Acknowledged in vain: somebody else has closed it, the platform refuses, and then it is open as before.
        stage.change(("alert", "x"), state="closed")
        stage.answer()
        assert stage.floor.outbox.counts()["refused"] == (key == "a")
        stand_alone(stage, x=late, other=late)
        assert {view.id: view.alert.state for view in stage.floor.alerts.all()} == {"x": "open", "other": "open"}
        for _ in range(10):  # ten minutes within as many seconds
            stage.go(minutes=1)
            await asyncio.sleep(1.1)
            assert not isinstance(pilot.app.screen, Alarm)
        await asyncio.sleep(AGAIN_AFTER)
        assert isinstance(pilot.app.screen, Alarm)


async def test_the_alarm_lets_a_hand_at_work_go_on_and_comes_when_it_rests(floor_stage: FloorStage) -> None:
    stand_alone(floor_stage, y=special(STARTED - 6 * MINUTE))
    async with cockpit(floor_stage.floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Alarm))
        await asyncio.sleep(OTHERS_AFTER)
        await pilot.press("slash", "a", "escape")
        stand_alone(floor_stage, z=special(STARTED - 6 * MINUTE))
        await at_rest(pilot)
        assert not isinstance(pilot.app.screen, Alarm), "the next Esc is for the list"
        await until(pilot, lambda: isinstance(pilot.app.screen, Alarm))

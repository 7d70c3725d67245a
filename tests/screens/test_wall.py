"""The wall display changes screens by itself, holds, steps and quits by key, and does nothing else."""

from pathlib import Path
from typing import cast

import msgspec
import pytest

from floorctl.errors import NotAllowedError
from floorctl.floor.terminal import open_terminal
from floorctl.models.alerts import Alert
from floorctl.screens.app import CockpitApp
from floorctl.screens.wall import WallDisplay
from tests.build import MINUTE
from tests.floor_access import journal_of
from tests.screens.filled_floor import filled_floor, open_floor
from tests.screens.floor_stage import STARTED, StageOf
from tests.screens.looking import at_rest, piloted, text, until


async def test_it_goes_round_and_space_holds_it(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path, orders=8)
    app = WallDisplay(floor, seconds=0.3)
    async with piloted(app, size=(120, 36)) as pilot:
        seen: list[str] = []

        def round_once() -> bool:
            if not seen or seen[-1] != app.current_mode:
                seen.append(app.current_mode)
            return len(seen) > len(app.shown)

        await until(pilot, round_once)
        begins = app.shown.index(seen[0])
        assert seen == [app.shown[(begins + n) % len(app.shown)] for n in range(len(seen))]
        await pilot.press("space")
        held = app.current_mode
        assert "停留" in text(app)
        await pilot.pause(3)  # ten turns
        assert app.current_mode == held
        await pilot.press("space")
        await until(pilot, lambda: app.current_mode != held)
    floor.close()


async def test_the_arrows_step_and_ctrl_q_leaves(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path, orders=8)
    app = WallDisplay(floor, seconds=60)
    async with piloted(app, size=(80, 24)) as pilot:
        assert "只读" in text(app)
        await pilot.press("right")
        await until(pilot, lambda: app.current_mode == "queues")
        await pilot.press("left", "left")
        await until(pilot, lambda: app.current_mode == app.shown[-1])
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
    floor.close()


async def test_no_key_and_no_click_does_anything(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path, orders=8)
    app = WallDisplay(floor, seconds=60)
    async with piloted(app, size=(200, 60)) as pilot:
        for mode in app.shown:
            app.action_go(mode)
            await pilot.pause()
            for key in (*"1234567890asntxgkemlpufcdvyrhw/?", "enter", "escape", "tab", "ctrl+p", "ctrl+l"):
                await pilot.press(key)
            for at in ((5, 5), (160, 10), (160, 30), (100, 40)):
                await pilot.click(offset=at)
            await pilot.pause()
            assert app.current_mode == mode
            assert len(app.screen_stack) == 1
    assert not floor.outbox.items()
    with pytest.raises(NotAllowedError, match="read_only"):
        floor.alerts.acknowledge("a-0")
    floor.close()


async def test_nothing_that_citizens_wrote_is_on_it(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path, orders=24)
    app = WallDisplay(floor, seconds=60)
    async with piloted(app, size=(200, 60)) as pilot:
        for mode in app.shown:
            app.action_go(mode)
            await at_rest(pilot)
            seen = text(app)
            for private in ("小区二次供水", "13812345678", "138****5678", "王工", "住建局值班室", "张建国"):
                assert private not in seen, (mode, private)
    floor.close()


async def test_it_is_never_locked_and_no_alarm_covers_it(stage_of: StageOf) -> None:
    stage = stage_of(lock_after="5s")
    stage.go(minutes=30)  # a critical alert, and nobody has seen to it
    app = WallDisplay(stage.floor, seconds=600)
    async with piloted(app, size=(120, 36)) as pilot:
        await until(pilot, lambda: "特殊紧急" in text(app))
        await pilot.pause(60)
        assert len(app.screen_stack) == 1
        assert "张小明" in text(app)
        assert stage.floor.session.read_only


async def test_nothing_rings_and_nothing_is_said_where_nobody_stands_to_answer_it(
    stage_of: StageOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(bell=True)
    app, rings = WallDisplay(stage.floor, seconds=60), []
    monkeypatch.setattr(app, "bell", lambda: rings.append(stage.floor.now()))
    window = open_terminal(stage.floor.config)  # in which somebody works
    try:
        act = window.desk.submit("alert.acknowledge", "a-2", {})
        async with piloted(app, size=(120, 36), notifications=True) as pilot:
            await at_rest(pilot)
            # What was done there is not taken; a new alert comes, a limit moves, and one is left alone for an hour.
            stage.tell(("alert", "a-2"), state="closed")
            stage.answer(act)
            assert stage.floor.status.connection().refused == 1
            new = msgspec.structs.replace(cast(Alert, stage.platform["alert", "a-1"][1]), raised_at=STARTED)
            stage.put(("alert", "new"), new)
            steps = cast(Alert, stage.platform["alert", "a-1"][1]).steps
            sooner = [msgspec.structs.replace(each, due_at=each.due_at - 5 * MINUTE) for each in steps]
            stage.tell(("alert", "a-1"), steps=tuple(sooner))
            stage.go(hours=1)
            await pilot.pause(5)
            assert len(app.screen_stack) == 1
            assert not app.screen.query("Toast")
            assert not rings
    finally:
        window.close()


async def test_where_nobody_is_signed_in_it_says_so_and_shows_what_there_is(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    journal_of(floor).forget_session()
    floor.close()
    floor, _ = filled_floor(tmp_path, orders=1)
    journal_of(floor).forget_session()
    floor.live.take_connection_status(floor.status.connection())
    app = WallDisplay(floor, seconds=60)
    async with piloted(app, size=(120, 36)) as pilot:
        await until(pilot, lambda: "floorctl login" in text(app))
        assert len(app.screen_stack) == 1
    floor.close()


def test_a_cockpit_is_not_read_only(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    assert CockpitApp(floor).posture() == ""
    assert floor.desk.may("order.urge")
    floor.close()

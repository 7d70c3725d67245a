"""After the machine slept or the process was stopped, the terminal is locked, data masked and the status offline."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.events import MouseDown, Paste

from floorctl.floor.floor import Floor
from floorctl.screens.app import CockpitApp
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.shell.revealing import REVEAL_SECONDS
from floorctl.screens.shell.sign_in import SignIn
from floorctl.screens.wall import WallDisplay
from tests.quality_stage import QualityStage
from tests.screens.filled_floor import filled_floor
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import at_rest, cockpit, piloted, text, until, words
from tests.screens.opened import orders_of
from tests.sleeping_machine import SleepingMachine

StageOf = Callable[..., FloorStage]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SleepingMachine:
    return SleepingMachine(monkeypatch)


def is_locked(app: CockpitApp) -> bool:
    return isinstance(app.screen, SignIn) and app.screen.locked


@pytest.mark.parametrize("minutes", [11, 8 * 60])
async def test_a_lid_that_was_closed_for_longer_than_the_lock_waits_opens_locked(
    floor_stage: FloorStage, machine: SleepingMachine, minutes: float
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        machine.sleep(minutes=minutes)
        await pilot.pause(1.1)  # nobody touches it
        assert is_locked(pilot.app)
        assert "张小明" not in text(pilot.app)
        await pilot.press("escape")
        assert is_locked(pilot.app)
    assert [entry.what for entry in floor_stage.floor.audit.trail(limit=1)[0]] == ["lock"]


@pytest.mark.parametrize("first", ["3", "k", "ctrl+p", "paste", "click"])
async def test_the_first_key_after_it_locks_and_does_nothing_else(
    floor_stage: FloorStage, machine: SleepingMachine, first: str
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        app = pilot.app
        machine.sleep(hours=8)
        if first == "paste":
            app.post_message(Paste("1001"))
        elif first == "click":
            app.post_message(MouseDown(None, 3, 8, 0, 0, 1, False, False, False, 3, 8))
        else:
            await pilot.press(first)
        await at_rest(pilot)
        assert is_locked(app)
        assert [type(screen).__name__ for screen in app.screen_stack] == ["FloorScreen", "SignIn"]
        assert not any(line.value for line in app.screen.query("PlainInput").results())  # type: ignore[attr-defined]
        await pilot.press(*"1001")  # what comes next is typed into the line
        assert app.screen.query_one("#employee-no").value == "1001"  # type: ignore[attr-defined]


async def test_no_picture_of_the_floor_is_drawn_after_it_whatever_comes_in_first(
    floor_stage: FloorStage, machine: SleepingMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    usual = App._display
    monkeypatch.setattr(
        App, "_display", lambda app, screen, what: (drawn.append(type(screen).__name__), usual(app, screen, what))[1]
    )
    async with cockpit(floor_stage.floor) as pilot:
        assert "FloorScreen" in drawn
        drawn.clear()
        machine.sleep(hours=8)
        floor_stage.tell(("seat", "seat-1"), state="talking") if ("seat", "seat-1") in floor_stage.platform else None
        pilot.app.screen.refresh(repaint=True, layout=True)
        pilot.app.refresh()
        await until(pilot, lambda: is_locked(pilot.app))
        await at_rest(pilot)
        assert "FloorScreen" not in drawn


async def test_time_awake_and_asleep_is_one_time(floor_stage: FloorStage, machine: SleepingMachine) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        machine.sleep(minutes=4)
        await pilot.press("down")
        assert not is_locked(pilot.app)  # a short nap is none
        for _ in range(2):
            machine.sleep(minutes=3)
            await pilot.pause(125)
        assert is_locked(pilot.app)


async def test_where_it_never_locks_a_closed_lid_locks_nothing(stage_of: StageOf, machine: SleepingMachine) -> None:
    async with cockpit(stage_of(lock_after="0s").floor) as pilot:
        machine.sleep(hours=8)
        await pilot.press("3")
        await at_rest(pilot)
        assert pilot.app.current_mode == "orders"


async def test_a_wall_goes_on_after_it(stage_of: StageOf, machine: SleepingMachine) -> None:
    app = WallDisplay(stage_of(lock_after="5s").floor, seconds=60)
    async with piloted(app, size=(120, 36)) as pilot:
        await at_rest(pilot)
        machine.sleep(hours=8)
        await pilot.pause(90)
        assert app.current_mode != "floor"
        assert len(app.screen_stack) == 1


async def test_whose_session_ended_before_it_finds_it_locked_too(
    floor_stage: FloorStage, machine: SleepingMachine
) -> None:
    """The dialog that asks for the password is over the floor screen, and Esc would close it."""
    async with cockpit(floor_stage.floor) as pilot:
        floor_stage.stand("signed_out")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        assert not is_locked(pilot.app)
        machine.sleep(hours=8)
        await pilot.press("escape")
        await at_rest(pilot)
        assert is_locked(pilot.app)
        assert "张小明" not in text(pilot.app)
        assert "已锁定" in text(pilot.app)


async def test_half_a_password_is_not_left_for_the_next_to_end(
    floor_stage: FloorStage, machine: SleepingMachine
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: is_locked(pilot.app))
        await pilot.press(*"1001", "enter", *"secre")
        await at_rest(pilot)
        machine.sleep(hours=8)
        await pilot.pause(1)
        assert pilot.app.screen.query_one("#password").value == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", ["sleep", "key"])
async def test_a_password_of_a_second_person_is_not_left_for_who_unlocks(
    floor_stage: FloorStage, machine: SleepingMachine, how: str
) -> None:
    signed: list[tuple[str, str]] = []
    async with cockpit(floor_stage.floor) as pilot:
        dialog = SecondPerson("?", "?", lambda *given: signed.append(given))
        pilot.app.push_screen(dialog)
        await until(pilot, lambda: pilot.app.screen is dialog)
        await pilot.press(*"1002", "enter", *"theirs")
        await at_rest(pilot)
        assert dialog.query_one("#password").value == "theirs"  # type: ignore[attr-defined]
        if how == "sleep":
            machine.sleep(hours=8)
            await pilot.press("enter")
        else:
            pilot.app.action_lock()
        await until(pilot, lambda: is_locked(pilot.app))
        assert dialog.query_one("#password").value == ""  # type: ignore[attr-defined]
        assert dialog.query_one("#employee-no").value == "1002"  # type: ignore[attr-defined]
    assert signed == []


async def test_what_is_revealed_is_masked_after_half_a_minute_of_which_some_was_slept(
    machine: SleepingMachine, tmp_path: Path
) -> None:
    floor, _ = filled_floor(tmp_path, orders=24)
    async with orders_of(floor) as (pilot, screen):
        await at_rest(pilot)
        await pilot.press("r")
        await at_rest(pilot)
        assert "13812345678" in words(screen.pane)
        machine.sleep(seconds=REVEAL_SECONDS / 2)
        await pilot.pause(1.1)
        assert "13812345678" in words(screen.pane)
        machine.sleep(seconds=REVEAL_SECONDS / 2)
        assert not screen._revealed.about  # what is copied now is masked, before anything has ticked
        await pilot.pause(1.1)
        assert "13812345678" not in words(screen.pane)
    floor.close()


async def test_what_was_live_before_it_is_not_live_after_it(floor_stage: FloorStage, machine: SleepingMachine) -> None:
    floor: Floor = floor_stage.floor
    as_of = floor.status.shown_at()
    assert floor.status.connection().mode == "live"
    machine.sleep(seconds=1)
    assert floor.status.connection().mode == "live"
    machine.sleep(minutes=9)
    assert (floor.status.connection().mode, round(floor.status.connection().offline_seconds)) == ("offline", 541)
    assert not floor.status.data_is_current()  # the alert rules wait
    assert floor.status.shown_at() == as_of
    assert floor.now() > as_of
    floor_stage.stand("live")
    assert floor.status.connection().mode == "live"


async def test_how_long_it_is_offline_counts_the_night(floor_stage: FloorStage, machine: SleepingMachine) -> None:
    app = CockpitApp(floor_stage.floor)
    async with piloted(app, size=(120, 36)) as pilot:
        floor_stage.stand("offline")
        await at_rest(pilot)
        before = app.offline_for()
        machine.sleep(minutes=5)
        assert app.offline_for() == pytest.approx(before + 300, abs=1)


async def test_a_form_that_shows_a_transcript_masks_it_again_after_it(tmp_path: Path, machine: SleepingMachine) -> None:
    from tests.screens.opened import scoring

    stage = QualityStage(tmp_path)
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("r")
        await until(pilot, lambda: screen._revealed.about)
        machine.sleep(seconds=REVEAL_SECONDS)
        assert not screen._revealed.about
    stage.floor.close()

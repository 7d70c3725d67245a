"""The mouse: a click on a line acts as its digit, the wheel scrolls."""

from textual.events import MouseScrollDown, MouseScrollUp
from textual.widget import Widget

from floorctl.screens.app import CockpitApp
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.shell.dialogs import Choose
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.help import Help
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import at_rest, cockpit, on_top, press, text, until


def wheel(app: CockpitApp, over: Widget, *, up: bool = False) -> None:
    """Turn the wheel by a notch over the middle of a widget."""
    x, y = (int(each) for each in over.region.center)
    kind = MouseScrollUp if up else MouseScrollDown
    assert app._driver is not None
    app._driver.process_message(kind(None, x, y, 0, -1 if up else 1, 0, False, False, False, x, y))


async def test_a_click_turns_a_choice_on_and_off_again(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["k"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        assert "[1] 12345 综合" in text(pilot.app)
        for option in ("#option-1", "#option-2", "#option-1"):
            await pilot.click(option)
            await at_rest(pilot)
        assert "[1] 12320 卫健" in text(pilot.app)
        assert "[ ] 12333 人社" in text(pilot.app)
        await pilot.click(".question")
        await press(pilot, ["9", "enter"])  # no such line
        await until(pilot, lambda: floor_stage.acts)
        assert floor_stage.acts == [("seat.skills", "s-01", {"skills": ["q-12320"]})]


async def test_a_click_on_a_step_of_a_ladder_opens_the_line_for_its_note(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["a"])
        await until(pilot, lambda: isinstance(pilot.app.screen, EscalationDialog))
        view = on_top(pilot, EscalationDialog).view
        await pilot.click("#step-0")
        await press(pilot, [*"told", "enter"])
        await until(pilot, lambda: floor_stage.acts)
        assert ("alert.step", view.id, {"step": view.alert.steps[0].kind, "note": "told"}) in floor_stage.acts


async def test_the_wheel_scrolls_a_long_text_and_back(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor, (80, 24)) as pilot:
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Help))
        at_first = text(pilot.app)
        pane = pilot.app.screen.focused
        assert pane is not None
        wheel(pilot.app, pane)
        await at_rest(pilot)
        assert text(pilot.app) != at_first
        wheel(pilot.app, pane, up=True)
        await at_rest(pilot)
        assert text(pilot.app) == at_first


async def test_the_wheel_takes_the_cursor_of_the_plan_along(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor, (80, 24)) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        first = plan.cursor_seat
        wheel(pilot.app, plan)
        await at_rest(pilot)
        assert plan.cursor_seat != first
        wheel(pilot.app, plan, up=True)
        await at_rest(pilot)
        assert plan.cursor_seat == first


async def test_the_palette_takes_the_line_that_the_arrows_lead_to(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["ctrl+p", *"队列", "down", "down", "up", "down", "up", "up", "up"])
        await press(pilot, ["enter"])
        await until(pilot, lambda: pilot.app.current_mode == "queues")

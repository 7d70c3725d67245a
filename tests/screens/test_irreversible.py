"""Acts that can't be undone are confirmed by `y` only: Enter confirms nothing."""

from typing import Any

import pytest

from floorctl.floor.floor import Floor
from floorctl.screens.shell.dialogs import Confirm
from floorctl.widgets.ask import Pick
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import acts, at_rest, cockpit, lines, on_top, press


async def test_enter_answers_nothing_and_y_does_it(floor_stage: FloorStage, subtests: pytest.Subtests) -> None:
    done: list[tuple[Any, ...]] = []
    async with cockpit(floor_stage.floor) as pilot:
        for keys, act in (
            (["l", "4"], ("seat.listen", "s-01", {"mode": "release"})),
            (["right", "right", "right", "e", "3"], ("seat.state", "s-04", {"state": "signed_out"})),
        ):
            with subtests.test(keys=keys):
                await press(pilot, [*keys, "enter", "enter"])
                assert isinstance(pilot.app.screen, Confirm), "the question still stands"
                assert floor_stage.acts == done
                await press(pilot, ["y"])
                await at_rest(pilot)
                done.append(act)
                assert floor_stage.acts == done


async def test_no_is_said_by_n_and_by_leaving(floor_stage: FloorStage, subtests: pytest.Subtests) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        for key in ("n", "escape", "q"):
            with subtests.test(key):
                await press(pilot, ["e", "3", "enter"])
                on_top(pilot, Confirm)
                await press(pilot, [key])
                await at_rest(pilot)
                assert not isinstance(pilot.app.screen, Confirm)
                assert not floor_stage.acts


async def test_a_question_says_which_key_is_yes_and_insists_on_it_after_enter(floor: Floor) -> None:
    async with cockpit(floor, (80, 24)) as pilot:
        await at_rest(pilot)
        pilot.app.push_screen(Confirm("?"))
        await at_rest(pilot)
        assert "Enter" not in "\n".join(lines(pilot.app))
        before = lines(pilot.app)
        await pilot.press("enter")
        await at_rest(pilot)
        assert lines(pilot.app) != before
        assert any("y" in line and "Enter" in line for line in lines(pilot.app))


async def test_enter_dispatches_to_no_department_that_nobody_chose(floor: Floor) -> None:
    async with cockpit(floor) as pilot:
        await pilot.press("3", "D")
        await at_rest(pilot)
        await pilot.press("d", "enter", "enter")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Pick)
        assert not acts(floor)
        await pilot.press("down", "enter")
        await at_rest(pilot)
        assert [kind for kind, *_ in acts(floor)] == ["order.dispatch"]


async def test_enter_calls_no_order_right_and_no_caller_satisfied(floor: Floor) -> None:
    async with cockpit(floor) as pilot:
        await press(pilot, ["3", "T", "2", "enter"])  # those that wait for their review
        await at_rest(pilot)
        await pilot.press("v", "enter", "enter")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Pick)
        assert not acts(floor)
        await pilot.press("y")
        await at_rest(pilot)
        assert [each[0::2] for each in acts(floor)] == [("order.review", {"errors": []})]
        await press(pilot, ["escape", "T", "enter"])  # any state
        await pilot.press("C")
        await at_rest(pilot)
        await pilot.press("c", "enter", "enter", "enter", "enter")
        await at_rest(pilot)
        assert len(acts(floor)) == 1, "an order is not closed by three times Enter"
        await pilot.press("1", "5", "enter")
        await at_rest(pilot)
        assert acts(floor)[-1][0::2] == ("order.callback", {"outcome": "reached", "satisfaction": 5})

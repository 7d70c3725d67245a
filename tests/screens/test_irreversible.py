"""What can't be undone needs a key that says so: Enter answers no question with yes."""

from typing import Any

import pytest

from floorctl.app import CockpitApp
from floorctl.floor import Floor
from floorctl.screens.confirm import Confirm
from floorctl.widgets.ask import Pick

from .looking import cockpit, lines, press
from .small_floor import SmallFloor
from .test_orders import acts, settled


@pytest.mark.parametrize(
    ("keys", "done"),
    [
        (("e", "3"), ("set_seat_state", "s-01", "signed_out")),
        (("l", "4"), ("listen", "s-01", "release")),
    ],
)
async def test_enter_answers_nothing_and_y_does_it(keys: tuple[str, ...], done: tuple[Any, ...]) -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, [*keys, "enter", "enter"])
        assert isinstance(pilot.app.screen, Confirm), "the question still stands"
        assert not floor.acts
        await press(pilot, ["y"])
        await settled(pilot)
        assert floor.acts == [done]


@pytest.mark.parametrize("key", ["n", "escape", "q"])
async def test_no_is_said_by_n_and_by_leaving(key: str) -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["e", "3", "enter", key])
        await settled(pilot)
        assert not isinstance(pilot.app.screen, Confirm)
        assert not floor.acts


async def test_a_question_says_which_key_is_yes_and_insists_on_it_after_enter(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        pilot.app.push_screen(Confirm("?"))
        await settled(pilot)
        assert "Enter" not in "\n".join(lines(pilot.app))
        before = lines(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        assert lines(pilot.app) != before
        assert any("y" in line and "Enter" in line for line in lines(pilot.app))


async def test_enter_dispatches_to_no_department_that_nobody_chose(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("3", "D")
        await settled(pilot)
        await pilot.press("d", "enter", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Pick)
        assert not acts(floor)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert [kind for kind, *_ in acts(floor)] == ["order.dispatch"]


async def test_enter_calls_no_order_right_and_no_caller_satisfied(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await settled(pilot)
        screen: Any = pilot.app.screen
        screen.states = ("review",)
        screen._show_filtered()
        await settled(pilot)
        await pilot.press("v", "enter", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Pick)
        assert not acts(floor)
        await pilot.press("y")
        await settled(pilot)
        assert [each[0::2] for each in acts(floor)] == [("order.review", {"errors": []})]
        await pilot.press("escape")
        screen.states = ()
        await pilot.press("C")
        await settled(pilot)
        await pilot.press("c", "enter", "enter", "enter", "enter")
        await settled(pilot)
        assert len(acts(floor)) == 1, "an order is not closed by three times Enter"
        await pilot.press("1", "5", "enter")
        await settled(pilot)
        assert acts(floor)[-1][0::2] == ("order.callback", {"outcome": "reached", "satisfaction": 5})

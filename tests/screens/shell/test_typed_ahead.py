"""Keys typed faster than a screen is there: they act on what the screen was about to show, on nothing else."""

import asyncio
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Input

from floorctl.floor.floor import Floor
from floorctl.models.alerts import Step
from floorctl.screens.alerts.screen import AlertsScreen
from floorctl.screens.app import CockpitApp
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.dialogs import Confirm
from floorctl.screens.shell.sign_in import SignIn
from tests.build import MINUTE
from tests.screens.filled_floor import Feed, alert
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import acts, at_rest, burst, cockpit, loaded, piloted, until


def latest(floor: Floor, n: int) -> list[str]:
    views = (floor.orders.get(f"o-20260304{at:05}") for at in range(60))
    return [view.id for view in sorted(views, key=lambda view: -view.overdue_seconds)[:n]]


async def test_the_three_latest_are_urged_however_fast_the_five_keys_come(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        burst(pilot, "3", "space", "space", "space", "u")
        await until(pilot, lambda: len(acts(floor)) == 3)
        assert [target for _, target, _ in acts(floor)] == latest(floor, 3)


async def test_what_is_typed_before_the_first_screen_is_there_acts_once_it_is(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = CockpitApp.on_mount

    def begin_and_type(app: CockpitApp) -> None:
        begin(app)
        assert not app.screen.is_mounted
        for key in ("3", "space"):
            app.post_message(Key(key, None))

    monkeypatch.setattr(CockpitApp, "on_mount", begin_and_type)
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await until(pilot, lambda: bool(pilot.app.screen.query("#orders")))
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        await until(pilot, lambda: screen.orders.marked)
        assert isinstance(pilot.app.screen, OrdersScreen)
        assert pilot.app.screen.orders.marked == set(latest(floor, 1))


async def test_on_coming_back_the_latest_is_urged_not_the_one_the_cursor_was_left_on(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("down", "down", "down", "down", "1")
        await at_rest(pilot)
        burst(pilot, "3", "u")
        await until(pilot, lambda: acts(floor))
        assert [target for _, target, _ in acts(floor)] == latest(floor, 1)


@pytest.mark.parametrize("key", ["3", "O", "o", "L", "U"])
async def test_what_follows_a_filter_or_a_sort_acts_on_the_list_that_it_asks_for(floor: Floor, key: str) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("down", "down", "down", "down")
        burst(pilot, key, "space")
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        await until(pilot, lambda: screen.orders.marked)
        await at_rest(pilot)
        assert screen.orders.marked == {loaded(screen.orders)[0].id}


async def test_what_follows_a_search_acts_on_what_was_found(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("slash", *"00017", "enter", "space")
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        await until(pilot, lambda: screen.orders.marked)
        assert screen.orders.marked == {"o-2026030400017"}


async def test_the_alert_that_is_next_is_taken_up_however_fast_the_keys_come(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await pilot.press("4")
        await at_rest(pilot)
        await pilot.press("down", "down", "1")
        await at_rest(pilot)
        late = alert(0, severity="warning", steps=(Step(kind="phone_department", due_at=floor.now() - MINUTE),))
        Feed(floor).send(("alert", "next", late))
        burst(pilot, "4", "a")
        await until(pilot, lambda: acts(floor))
        assert acts(floor) == [("alert.acknowledge", "next", {})]
        assert isinstance(pilot.app.screen, AlertsScreen)


async def test_keys_for_the_filter_line_are_text_although_the_list_is_ready_first(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        burst(pilot, "f", *"00017")
        await until(pilot, lambda: pilot.app.screen.filter_text == "00017")  # type: ignore[attr-defined]
        assert not acts(floor)


async def test_keys_are_not_kept_for_an_order_that_is_gone(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        pilot.app.show_one("orders", "o-nowhere")
        await at_rest(pilot)
        burst(pilot, "1")
        await until(pilot, lambda: pilot.app.current_mode == "floor")


@pytest.mark.parametrize(
    ("keys", "done"),
    [
        (("k", "2", "1", "enter"), ("seat.skills", {"skills": ["q-12333", "q-12345"]})),
        (("e", "3", "y"), ("seat.state", {"state": "signed_out"})),
        (("l", "4", "y"), ("seat.listen", {"mode": "release"})),
        (("m", *"回席", "enter"), ("floor.message", {"text": "回席", "seat_ids": ["s-01"]})),
    ],
)
async def test_what_is_typed_to_a_question_answers_it_although_it_is_not_asked_yet(
    floor_stage: FloorStage, keys: tuple[str, ...], done: tuple[str, dict[str, Any]]
) -> None:
    if keys[0] == "e":  # nobody who talks is signed out
        floor_stage.tell(("seat", "s-01"), state="ready", call=None)
    async with cockpit(floor_stage.floor) as pilot:
        burst(pilot, *keys)
        await until(pilot, lambda: floor_stage.acts)
        await at_rest(pilot)
        [(kind, target, data)] = floor_stage.acts
        assert (kind, data) == done
        assert target == "s-01"
        assert pilot.app.current_mode == "floor"


async def test_a_key_that_was_typed_on_another_screen_does_not_answer_what_opens_by_itself(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await at_rest(pilot)
        screen = pilot.app.screen
        for key in "kkkkyyyy":
            pilot.app.simulate_key(key)
            pilot.app.push_screen(Confirm("?"))
            await asyncio.sleep(0)
        await at_rest(pilot)
        assert pilot.app.is_running
        assert not acts(floor)
        assert screen in pilot.app.screen_stack


async def test_keys_that_nothing_ever_takes_are_forgotten_after_a_while_and_the_next_ones_act(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        app = pilot.app
        assert isinstance(app, CockpitApp)
        await at_rest(pilot)
        app.begins_asking(app.screen)
        app.hold_keys("dialog")
        burst(pilot, "3")
        await until(pilot, lambda: not app.expects_keys, tries=800)
        await at_rest(pilot)
        assert app.current_mode == "floor"
        burst(pilot, "4")
        await until(pilot, lambda: app.current_mode == "alerts")


@pytest.mark.parametrize("before", [(), ("4",), ("4", "down")])
async def test_of_a_password_typed_at_once_nothing_shows_in_the_number(floor: Floor, before: tuple[str, ...]) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await at_rest(pilot)
        burst(pilot, *before, "ctrl+l", *"1001", "enter", *"secret")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and len(pilot.app.screen.query(Input)) == 2)
        await until(pilot, lambda: pilot.app.screen.query_one("#password", Input).value == "secret")
        assert pilot.app.screen.query_one("#employee-no", Input).value == "1001"


async def test_a_key_typed_at_once_after_a_filter_is_taken_acts_and_is_no_text(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        screen = pilot.app.screen
        burst(pilot, "slash", *"water", "enter", "1")
        await until(pilot, lambda: pilot.app.current_mode == "floor")
        assert screen.query_one("#filter-text", Input).value == "water"


async def test_a_key_that_comes_when_the_cockpit_has_ended_goes_nowhere(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        app.begins_asking(app.screen)
        burst(pilot, "u")  # kept for the question, whose asking ends as the cockpit does
        app.exit(0)
        app.has_asked(app.screen)
    await app.on_event(Key("u", "u"))
    assert acts(floor) == []

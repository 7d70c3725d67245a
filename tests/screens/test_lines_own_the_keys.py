"""An open line of text gets all keys until Enter or Esc, on every screen, however the screen was left before."""

from pathlib import Path

import pytest
from textual.events import AppBlur, AppFocus
from textual.widgets import Input

from floorctl.floor.floor import Floor
from floorctl.screens.app import CockpitApp
from floorctl.screens.shell import keys as typed_ahead
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.shell.sign_in import SignIn
from tests.scope import one_in
from tests.screens.filled_floor import filled_floor
from tests.screens.looking import CockpitPilot, acts, at_rest, burst, is_on_top, piloted, until

#: Every screen's key; their letters act there, and digits lead to the others.
SCREENS = ("1", "2", "3", "4", "5", "6", "7", "s")
#: Letters that act somewhere, a digit, a letter that opens the search.
TYPED = "u1af"


async def search_and_leave(pilot: CockpitPilot, home: str, *leave: str) -> None:
    """Search from the screen with the key ``home``, check that the line has all that was typed, and press ``leave``."""
    await pilot.press(home)
    await at_rest(pilot)
    await pilot.press("f")
    await pilot.press(*TYPED)
    await at_rest(pilot)
    app = pilot.app
    assert app.current_mode == "orders"
    line = app.screen.query_one("#filter-text", Input)
    assert app.focused is line
    assert line.value.endswith(TYPED)
    assert not acts(app.floor)
    await pilot.press(*leave)
    await at_rest(pilot)


@pytest.mark.parametrize(
    "leave",
    one_in(2, [("escape", "escape"), ("enter",), ("ctrl+p", *"queues", "enter"), ("escape",)]),
    ids=lambda leave: "-".join(leave),
)
async def test_the_second_and_the_tenth_search_is_text_like_the_first(floor: Floor, leave: tuple[str, ...]) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await at_rest(pilot)
        for home in ("1", *SCREENS, "1"):
            await search_and_leave(pilot, home, *leave)


async def test_a_line_left_open_is_closed_for_who_comes_back(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        for home in ("3", "4", "2"):
            await pilot.press(home)
            await at_rest(pilot)
            screen = pilot.app.screen
            await pilot.press("slash", "ctrl+p", *"sync", "enter")
            await at_rest(pilot)
            await pilot.press(home)
            await at_rest(pilot)
            assert pilot.app.screen is screen
            assert not isinstance(pilot.app.focused, Input)
            assert not screen.query_one("#filter").has_class("open")
            await pilot.press("slash", "u", "1")
            await at_rest(pilot)
            assert pilot.app.screen is screen
            assert screen.query_one("#filter-text", Input).value == "u1"
            await pilot.press("escape")


@pytest.mark.parametrize("key", SCREENS)
async def test_nothing_takes_the_keys_from_an_open_line(floor: Floor, key: str) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await pilot.press(key)
        await at_rest(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, CockpitScreen)
        await pilot.press("slash")
        for each in screen.query("*"):
            if each.can_focus and not isinstance(each, Input):
                each.focus()  # as a screen does that has read what it shows
        screen.set_focus(None)
        await pilot.click(offset=(30, 10))
        pilot.app.post_message(AppBlur())
        await at_rest(pilot)
        await pilot.press("u", "a")
        pilot.app.post_message(AppFocus())
        await at_rest(pilot)
        await pilot.press("1")
        await at_rest(pilot)
        assert is_on_top(pilot, screen)
        assert screen.filter_text == "ua1"
        assert not acts(floor)
        await pilot.press("escape")
        await at_rest(pilot)
        assert not screen.filter_text
        assert not isinstance(pilot.app.focused, Input)


async def test_a_dialog_that_opens_while_the_window_is_not_in_front_has_the_keys_all_the_same(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await at_rest(pilot)
        pilot.app.post_message(AppBlur())
        await at_rest(pilot)
        await pilot.press("ctrl+l")
        await at_rest(pilot)
        pilot.app.post_message(AppFocus())
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, SignIn)
        await pilot.press("1", "0")
        assert pilot.app.screen.query_one("#employee-no", Input).value == "10"


async def test_a_click_beside_it_takes_no_keys_from_a_dialogs_line(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        await at_rest(pilot)
        await pilot.press("n")
        await at_rest(pilot)
        dialog = pilot.app.screen
        assert isinstance(dialog, AskText)
        for at in ((1, 1), (60, 18), (60, 16), (118, 34)):
            await pilot.click(offset=at)
        dialog.set_focus(None)
        await pilot.press("u", "1")
        assert dialog.query_one(Input).value == "u1"


async def test_text_for_a_line_that_never_opens_acts_on_nothing(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_ahead, "_LONGEST", 1.0)
    async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
        app = pilot.app
        await pilot.press("3")
        await at_rest(pilot)
        app.hold_keys("filter")
        burst(pilot, "u", "1")
        await until(pilot, lambda: not app.expects_keys, tries=400)
        await at_rest(pilot)
        assert app.current_mode == "orders"
        assert not acts(floor)
        await pilot.press("1")
        await until(pilot, lambda: app.current_mode == "floor")


@pytest.mark.parametrize(("home", "key"), [("1", "n"), ("3", "b"), ("4", "t"), ("1", "m")])
async def test_text_for_a_question_that_is_not_asked_acts_on_nothing(tmp_path: Path, home: str, key: str) -> None:
    floor, _ = filled_floor(tmp_path, roles=("viewer",))
    try:
        async with piloted(CockpitApp(floor), size=(120, 36)) as pilot:
            await pilot.press(home)
            await at_rest(pilot)
            mode = pilot.app.current_mode
            burst(pilot, key, *"5u2")
            await at_rest(pilot)
            assert pilot.app.current_mode == mode
            await pilot.press("2")
            await until(pilot, lambda: pilot.app.current_mode == "queues")
    finally:
        floor.close()

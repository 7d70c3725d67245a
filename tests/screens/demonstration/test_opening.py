"""The three lines with which a demonstration begins: on every screen, in no key's way, gone with Esc."""

import pytest
from rich.cells import cell_len

from floorctl.i18n import LANGUAGES, use_language
from floorctl.screens.demonstration.opening import OpeningLines
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.help import Help
from floorctl.simulator.scenarios import SCENARIOS
from tests.screens.demonstration.practice import demonstration, practising
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import CockpitPilot, at_rest, cockpit, lines, press, text, until


def are_shown(pilot: CockpitPilot) -> bool:
    """Whether the three lines stand below the top bar, whole."""
    shown = lines(pilot.app)
    return [line[2:].rstrip() for line in shown[1:4]] == demonstration().opening_lines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scenario_has_three_lines_that_fit_the_narrowest_terminal(language: str) -> None:
    try:
        use_language(language)
        for name in SCENARIOS:
            said = demonstration(scenario=name).opening_lines()
            assert len(said) == 3, name
            assert all(0 < cell_len(line) <= 76 for line in said), name
            assert "{" not in "".join(said)
            assert all(key in said[2] for key in ("?", "F1", "F9", "Esc")), name
    finally:
        use_language("zh-CN")


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_they_stand_below_the_top_line_on_every_screen(
    stage_of: StageOf, size: tuple[int, int], language: str
) -> None:
    floor = stage_of(language=language).floor
    async with practising(floor, size=size) as pilot:
        for key in ("1", "2", "3", "4", "5", "6", "7", "s"):
            await pilot.press(key)
            await at_rest(pilot)
            assert are_shown(pilot), text(pilot.app)
            assert lines(pilot.app)[0].strip()
            assert lines(pilot.app)[-1].strip()


async def test_escape_takes_them_away_everywhere_and_the_next_one_is_any_escape(floor_stage: FloorStage) -> None:
    async with practising(floor_stage.floor) as pilot:
        await press(pilot, ["3"])
        await at_rest(pilot)
        await press(pilot, ["escape"])
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, OrdersScreen), "only the lines are gone"
        assert not pilot.app.screen.query(OpeningLines)
        await press(pilot, ["escape"])
        await until(pilot, lambda: pilot.app.current_mode == "floor")
        await at_rest(pilot)
        assert not are_shown(pilot)
        await press(pilot, ["4"])
        await at_rest(pilot)
        assert not are_shown(pilot)


async def test_every_other_key_acts_while_they_are_there(floor_stage: FloorStage) -> None:
    async with practising(floor_stage.floor) as pilot:
        await press(pilot, ["slash", "0", "2", "enter"])
        await at_rest(pilot)
        assert pilot.app.in_sight is not None
        assert pilot.app.screen.query_one("#filter").has_class("open")
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Help))
        await press(pilot, ["escape"])  # what lies over the lines closes first
        await at_rest(pilot)
        assert not isinstance(pilot.app.screen, Help)
        assert are_shown(pilot)


async def test_a_click_takes_them_away(floor_stage: FloorStage) -> None:
    async with practising(floor_stage.floor) as pilot:
        await pilot.click(OpeningLines, offset=(20, 1))
        await at_rest(pilot)
        assert not pilot.app.screen.query(OpeningLines)


async def test_an_ordinary_cockpit_has_neither_the_lines_nor_the_keys(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        before = text(pilot.app)
        await press(pilot, ["f1", "f9"])
        await at_rest(pilot)
        assert text(pilot.app).splitlines()[1:] == before.splitlines()[1:]
        assert len(pilot.app.screen_stack) == 1
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Help))
        assert "F9" not in text(pilot.app)
        assert not pilot.app.screen.query(OpeningLines)

"""The help lists the keys of a screen; the palette finds every action by name, in both languages, and by initials."""

import pytest

from floorctl.screens.shell.help import Help
from floorctl.screens.shell.palette import Choices, Palette
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import SIZES, at_rest, cockpit, press, resized, text, until


async def test_help_shows_the_keys_of_the_screen_it_was_asked_on(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        for size in SIZES:
            await resized(pilot, size)
            with subtests.test(size=size):
                await press(pilot, ["1", "question_mark"])
                await until(pilot, lambda: "现场 · 键位" in text(pilot.app))
                assert "技能调整" in text(pilot.app)
                await press(pilot, ["escape", "2", "question_mark"])
                await until(pilot, lambda: "队列 · 键位" in text(pilot.app))
                assert "技能调整" not in text(pilot.app)
                assert "前一天" in text(pilot.app)
                await press(pilot, ["escape"])


async def test_help_is_in_the_language_in_use(stage_of: StageOf) -> None:
    async with cockpit(stage_of(language="en").floor) as pilot:
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Help) and "Change skills" in text(pilot.app))


@pytest.mark.parametrize("role", ["viewer", "inspector"])
async def test_neither_help_nor_palette_offers_what_may_not_be_done(stage_of: StageOf, role: str) -> None:
    async with cockpit(stage_of(role=role).floor) as pilot:
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: "现场 · 键位" in text(pilot.app))
        assert "技能调整" not in text(pilot.app)
        await press(pilot, ["escape", "ctrl+p", *"jntz"])
        choices = pilot.app.screen.query_one(Choices)
        await until(pilot, lambda: all(entry.name != "技能调整" for entry in choices.entries))
        await at_rest(pilot)
        assert all(entry.name != "技能调整" for entry in choices.entries)


async def test_the_palette_finds_an_action_by_any_of_its_names(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        for typed in ("技能", "jntz", "change sk", "SKILLS"):
            await press(pilot, ["ctrl+p"])
            await until(pilot, lambda: isinstance(pilot.app.screen, Palette))
            await press(pilot, ["space" if char == " " else char for char in typed])
            choices = pilot.app.screen.query_one(Choices)
            with subtests.test(typed=typed):
                await until(pilot, lambda choices=choices: choices.entries and choices.entries[0].name == "技能调整")
            await press(pilot, ["escape"])


async def test_the_palette_runs_what_was_chosen_here_and_elsewhere(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["ctrl+p", *"jntz", "enter"])
        await until(pilot, lambda: "接听哪些队列" in text(pilot.app))
        await press(pilot, ["2", "enter"])
        await until(pilot, lambda: floor_stage.acts)
        assert floor_stage.acts == [("seat.skills", "s-01", {"skills": ["q-12333"]})]
        await press(pilot, ["ctrl+p", *"queues", "enter"])
        await until(pilot, lambda: pilot.app.current_mode == "queues")
        await press(pilot, ["ctrl+p", *"jntz", "enter"])
        await until(pilot, lambda: pilot.app.current_mode == "floor" and "接听哪些队列" in text(pilot.app))


async def test_a_click_in_the_palette_runs_the_line(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["ctrl+p", *"Queues"])
        await until(pilot, lambda: pilot.app.screen.query_one(Choices).entries[0].name == "队列")
        await pilot.click(Choices, offset=(3, 0))
        await until(pilot, lambda: pilot.app.current_mode == "queues")

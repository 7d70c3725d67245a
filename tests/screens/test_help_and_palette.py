"""The keys of where you are, and every action by name in both languages and by pinyin initials."""

from dataclasses import replace

import pytest

from floorctl.screens.help import Help
from floorctl.screens.palette import Choices, Palette, initials

from .looking import SIZES, cockpit, press, text, until
from .small_floor import SmallFloor


@pytest.mark.parametrize("size", SIZES)
async def test_help_shows_the_keys_of_the_screen_it_was_asked_on(size: tuple[int, int]) -> None:
    async with cockpit(SmallFloor(), size) as pilot:
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: "现场 · 键位" in text(pilot.app))
        assert "技能调整" in text(pilot.app)
        await press(pilot, ["escape", "2", "question_mark"])
        await until(pilot, lambda: "队列 · 键位" in text(pilot.app))
        assert "技能调整" not in text(pilot.app)
        assert "前一天" in text(pilot.app)


async def test_help_is_in_the_language_in_use() -> None:
    floor = SmallFloor()
    floor.config = replace(floor.config, language="en")
    async with cockpit(floor) as pilot:
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Help) and "Change skills" in text(pilot.app))


@pytest.mark.parametrize("typed", ["技能", "jntz", "change sk", "SKILLS"])
async def test_the_palette_finds_an_action_by_any_of_its_names(typed: str) -> None:
    async with cockpit(SmallFloor()) as pilot:
        await press(pilot, ["ctrl+p"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Palette))
        await press(pilot, ["space" if char == " " else char for char in typed])
        choices = pilot.app.screen.query_one(Choices)
        await until(pilot, lambda: choices.entries and choices.entries[0].name == "技能调整")


async def test_the_palette_runs_what_was_chosen_here_and_elsewhere() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["ctrl+p", *"jntz", "enter"])
        await until(pilot, lambda: "接听哪些队列" in text(pilot.app))
        await press(pilot, ["2", "enter"])
        await until(pilot, lambda: floor.acts)
        await press(pilot, ["ctrl+p", *"queues", "enter"])
        await until(pilot, lambda: pilot.app.current_mode == "queues")
        await press(pilot, ["ctrl+p", *"jntz", "enter"])
        await until(pilot, lambda: pilot.app.current_mode == "floor" and "接听哪些队列" in text(pilot.app))


async def test_a_click_in_the_palette_runs_the_line() -> None:
    async with cockpit(SmallFloor()) as pilot:
        await press(pilot, ["ctrl+p", *"Queues"])
        await until(pilot, lambda: pilot.app.screen.query_one(Choices).entries[0].name == "队列")
        await pilot.click(Choices, offset=(3, 0))
        await until(pilot, lambda: pilot.app.current_mode == "queues")


@pytest.mark.parametrize(("name", "letters"), [("技能调整", "jntz"), ("坐席状态", "zxzt"), ("AHT 均时", "aht js")])
def test_initials_are_those_of_the_pinyin(name: str, letters: str) -> None:
    assert initials(name) == letters

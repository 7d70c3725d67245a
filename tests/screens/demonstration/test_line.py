"""F9 in a demonstration: it cuts the line to the platform and mends it, and says what to try."""

from collections.abc import Iterable

import pytest

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.help import Help
from floorctl.screens.shell.palette import Palette, entries
from floorctl.screens.shell.sign_in import SignIn
from floorctl.sync.connection_status import ConnectionStatus
from tests.screens.demonstration.practice import Line, demonstration, practising
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import CockpitPilot, ask_for_text, at_rest, press, said, text, until


async def pressed(pilot: CockpitPilot, keys: Iterable[str]) -> None:
    await press(pilot, keys)
    await at_rest(pilot)


async def test_it_cuts_then_mends_and_says_each_time_what_happened(floor_stage: FloorStage) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line)) as pilot:
        for _ in range(2):
            await pressed(pilot, ["f9"])
            assert line.told[-1] == "cut"
            assert said(pilot.app) == [t("demo.line.cut")]
            await pressed(pilot, ["f9"])
            assert line.told[-1] == "mend"
            assert said(pilot.app) == [t("demo.line.mended")], "what is no longer true is taken away"
    assert line.told == ["cut", "mend"] * 2


async def test_pressed_many_times_at_once_the_line_is_told_in_order(floor_stage: FloorStage) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line)) as pilot:
        await pressed(pilot, ["f9"] * 9)
        assert line.told == ["cut", "mend"] * 4 + ["cut"]
        assert said(pilot.app) == [t("demo.line.cut")]


@pytest.mark.parametrize("key", ["2", "3", "4", "5", "6", "7", "s"])
async def test_it_acts_on_every_screen(floor_stage: FloorStage, key: str) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line)) as pilot:
        await pressed(pilot, [key, "f9"])
        assert line.told == ["cut"]


async def test_it_acts_while_text_is_typed_and_in_a_dialog_and_the_text_stays(floor_stage: FloorStage) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line)) as pilot:
        dialog = await ask_for_text(pilot, "n")
        await pressed(pilot, [*"abc", "f9"])
        assert line.told == ["cut"]
        assert isinstance(pilot.app.screen, AskText)
        assert dialog.typed == "abc"
        await pressed(pilot, ["escape", "question_mark"])
        assert isinstance(pilot.app.screen, Help)
        await pressed(pilot, ["f9"])
        assert line.told == ["cut", "mend"]


async def test_a_locked_terminal_takes_none(floor_stage: FloorStage) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line)) as pilot:
        await pressed(pilot, ["ctrl+l"])
        assert isinstance(pilot.app.screen, SignIn)
        await pressed(pilot, ["f9"])
    assert line.told == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_both_keys_are_in_the_help_and_in_the_palette(stage_of: StageOf, language: str) -> None:
    line = Line()
    async with practising(stage_of(language=language).floor, demonstration(line), (120, 60)) as pilot:
        offered = {entry.name: entry.key for entry in entries(pilot.app)}
        assert offered[t("demo.key.line")] == "F9"
        assert offered[t("demo.key.accounts")] == "F1"
        await pressed(pilot, ["question_mark"])
        for key, words in (("F9", "demo.key.line"), ("F1", "demo.key.accounts"), ("^Q", "ui.key.quit")):
            assert key in text(pilot.app)
            assert t(words) in text(pilot.app)
        await pressed(pilot, ["escape", "ctrl+p"])
        assert isinstance(pilot.app.screen, Palette)
        await pressed(pilot, [*t("demo.key.line")[:6], "enter"])
        await until(pilot, lambda: line.told == ["cut"])


async def test_a_scenarios_line_breaks_once_by_itself_and_f9_mends_it(floor_stage: FloorStage) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line, "outage", line_breaks=60.0)) as pilot:
        await pilot.pause(50)
        assert line.told == []
        await pilot.pause(10)
        assert line.told == ["cut"]
        assert said(pilot.app) == [t("demo.line.broken")]
        await pressed(pilot, ["f9"])
        assert line.told == ["cut", "mend"]
        await pilot.pause(180)
        assert line.told == ["cut", "mend"]


async def test_a_line_that_was_cut_by_key_does_not_break_again(floor_stage: FloorStage) -> None:
    line = Line()
    async with practising(floor_stage.floor, demonstration(line, "outage", line_breaks=5.0)) as pilot:
        await pressed(pilot, ["f9"])
        await pilot.pause(10)
        assert line.told == ["cut"]


async def test_a_platform_that_has_ended_is_said_in_a_sentence(floor_stage: FloorStage) -> None:
    class Gone(Line):
        def cut(self) -> None:
            raise FloorctlError("error.demo_platform_ended")

    async with practising(floor_stage.floor, demonstration(Gone())) as pilot:
        await pressed(pilot, ["f9"])
        assert said(pilot.app) == [t("error.demo_platform_ended")]


async def test_a_platform_that_ends_by_itself_is_said_at_once_and_once(floor_stage: FloorStage) -> None:
    ended = False
    async with practising(floor_stage.floor, demonstration(has_ended=lambda: ended)) as pilot:
        await pilot.pause(5)
        assert said(pilot.app) == []
        ended = True
        await pilot.pause(2)
        assert said(pilot.app) == [t("error.demo_platform_ended")]
        await pilot.pause(3)
        assert said(pilot.app) == [t("error.demo_platform_ended")]


async def test_a_line_that_breaks_during_the_first_sync_is_seen_as_broken(floor_stage: FloorStage) -> None:
    floor = floor_stage.floor
    async with practising(floor) as pilot:
        floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=floor.now(), first_sync=(200, 9000)))
        await until(pilot, lambda: "首次同步 200/9,000" in text(pilot.app))
        floor.live.take_connection_status(ConnectionStatus(mode="offline", as_of=floor.now(), first_sync=(200, 9000)))
        await until(pilot, lambda: "○ 离线" in text(pilot.app))
        assert "首次同步" not in text(pilot.app)

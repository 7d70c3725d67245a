"""With the Chinese input method on, every key acts as it does without; what is typed into a line stays as it is."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.events import Key
from textual.widgets import Input

from floorctl.floor.floor import Floor
from floorctl.screens.app import CockpitApp
from floorctl.screens.registry import SCREENS
from floorctl.screens.shell.dialogs import Confirm
from floorctl.screens.shell.full_width import half_width
from floorctl.screens.shell.help import Help
from floorctl.screens.shell.palette import Choices, Palette
from floorctl.screens.wall import WallDisplay
from floorctl.tty.input import TerminalInput
from floorctl.widgets.ask import Option, Pick
from tests.quality_stage import QualityStage
from tests.screens.filled_floor import filled_floor
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import CockpitPilot, acts, at_rest, cockpit, piloted, until
from tests.screens.opened import scoring
from tests.test_docs import TABLES

#: What the keys give in full width, and the marks that Chinese input methods give for them.
WIDE = {char: chr(ord(char) + 0xFEE0) for char in string.printable[:94]} | {" ": "\u3000"}
MARKS = {"/": "、", ".": "。", "[": "【「", "]": "】」", "!": "！", "<": "《", ">": "》", "$": "￥"}


def typed(char: str) -> Key:
    """Return the key that a terminal sends for ``char``."""
    (key,) = TerminalInput().feed(char.encode())
    assert isinstance(key, Key)
    return key


NAMES = {typed(char).key: char for char in WIDE}
BOUND = sorted(
    {
        NAMES[key]
        for classes in TABLES.values()
        for cls in classes
        for binding in cls.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
        for each in binding.key.split(",")
        if (key := each.strip()) in NAMES
    }
)


async def types(pilot: CockpitPilot, chars: str) -> None:
    """Type ``chars`` as a terminal sends them."""
    for char in chars:
        pilot.app.post_message(typed(char))
        await pilot.pause(0.03)


def test_the_keys_that_are_bound_are_known() -> None:
    assert {*"/?!.[]+=- 0123456789KPGSXCRDWTaefkuyz"} <= {*BOUND}


@pytest.mark.parametrize("char", WIDE)
def test_every_key_is_known_by_its_full_width_form(char: str) -> None:
    for form in (WIDE[char], *MARKS.get(char, "")):
        meant = half_width(typed(form))
        assert meant is not None
        assert (meant.key, meant.character) == (typed(char).key, char)


@pytest.mark.parametrize("other", ["a", "7", "?", "你", "①", "é", "\u0301", "ｱ", "Ⅶ", "²", "\ufffd", "\x1b"])
def test_no_other_character_is_a_full_width_form(other: str) -> None:
    assert half_width(typed(other) if other != "\x1b" else Key("escape", "\x1b")) is None


def test_a_key_that_is_held_with_another_is_none() -> None:
    assert half_width(Key("ctrl+？", "？")) is None


DIALOGS: dict[str, Callable[[], Any]] = {
    "confirm": lambda: Confirm("?"),
    "pick": lambda: Pick("?", [Option(str(n), str(n)) for n in range(4)], several=True, need_one=False),
}


@pytest.mark.parametrize("where", [*SCREENS, "confirm", "pick"])
async def test_every_key_does_the_same_on_every_screen(
    floor_stage: FloorStage, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        app = pilot.app
        assert isinstance(app, CockpitApp)
        if where in SCREENS:
            app.action_go(where)
        else:
            app.push_screen(DIALOGS[where]())
        await at_rest(pilot)
        done: list[object] = []

        async def run_action(action: object, *_: object, **__: object) -> bool:
            done.append(action)
            return True

        monkeypatch.setattr(app, "run_action", run_action)
        acting = 0
        for char in BOUND:
            done.clear()
            await types(pilot, char)
            usual = done.copy()
            for form in (WIDE[char], *MARKS.get(char, "")):
                done.clear()
                await types(pilot, form)
                assert done == usual, (char, form)
            acting += bool(usual)
        assert acting >= 3
        monkeypatch.undo()


async def test_help_and_a_question_answered(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await types(pilot, "？")
        await until(pilot, lambda: isinstance(pilot.app.screen, Help))
        await types(pilot, "ｑ")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Help))
        await types(pilot, "ｌ４")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await at_rest(pilot)
        assert floor_stage.acts == []
        await types(pilot, "ｙ")
        await until(pilot, lambda: floor_stage.acts)
        assert floor_stage.acts == [("seat.listen", "s-01", {"mode": "release"})]


async def test_the_three_latest_are_marked_and_urged(floor: Floor) -> None:
    async with cockpit(floor) as pilot:
        await types(pilot, "３")
        await until(pilot, lambda: pilot.app.current_mode == "orders")
        await at_rest(pilot)
        await types(pilot, "\u3000\u3000\u3000ｕ")
        await until(pilot, lambda: len(acts(floor)) == 3)
        assert {kind for kind, _, _ in acts(floor)} == {"order.urge"}


async def test_a_filter_opens_and_what_is_typed_into_it_stays_as_it_was_typed(floor: Floor) -> None:
    for opens in "／、":
        async with cockpit(floor) as pilot:
            await types(pilot, f"３{opens}Ａ区\u3000ｕ？３：。")
            line = pilot.app.screen.query_one("#filter Input", Input)
            await until(pilot, lambda line=line: line.value == "Ａ区\u3000ｕ？３：。")
            assert pilot.app.current_mode == "orders"
            assert acts(floor) == []


async def test_the_palette_finds_by_full_width_letters_and_takes_none_for_a_key(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, Palette))
        await types(pilot, "ｊｎｔｚ")
        choices = pilot.app.screen.query_one(Choices)
        await until(pilot, lambda: choices.entries and choices.entries[0].name == "技能调整")


async def test_a_form_is_scored_and_its_comment_is_kept_as_it_was_typed(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await types(pilot, "ｆＢ６")
        await until(pilot, lambda: isinstance(screen.focused, Input))
        await types(pilot, "没\u3000报，工号６")
        await pilot.press("enter")
        await at_rest(pilot)
        form = stage.floor.scoring.form("sm-1")
        assert form.points["listen"] == 6
        assert form.comments == {"listen": "没\u3000报，工号６"}


async def test_the_wall_is_held_and_left(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path, orders=8)
    app = WallDisplay(floor, seconds=60)
    async with piloted(app, size=(80, 24)) as pilot:
        await types(pilot, "\u3000")
        await until(pilot, lambda: app.held)
        await types(pilot, "？３ｕ")
        assert app.current_mode == "floor"
        await types(pilot, "ｑ")
        await until(pilot, lambda: not app.is_running)
    floor.close()

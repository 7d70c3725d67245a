"""Pasting into a line: the text goes in whole, in whatever form it comes; what does not fit is counted."""

import ast
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.events import Paste
from textual.screen import Screen

import floorctl
from floorctl.floor.floor import Floor
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.palette import Palette
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.shell.sign_in import SignIn
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.pasted import in_one_line
from floorctl.widgets.plain import LONGEST_INPUT
from tests.quality_stage import QualityStage
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import CockpitPilot, at_rest, focused_line, said, text, until
from tests.screens.opened import cockpit_with, fact_form, scoring, second_person

BREAKS = ["\r\n", "\n", "\r", "\r\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r\n\r\n"]
SIZE = (100, 30)


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
@pytest.mark.parametrize("around", ["{}", "{br}{}", "{}{br}", "{br}{br}{}{br}"])
def test_lines_are_joined_by_a_blank_whatever_ends_them(line_break: str, around: str) -> None:
    found = in_one_line(around.format(f"A{line_break}乙", br=line_break), 100)
    assert (found.text, found.rest, found.hidden) == ("A 乙", "", 0)


@pytest.mark.parametrize(
    ("pasted", "stands"),
    [
        ("a\tb", "a b"),
        ("a\t\tb", "a  b"),
        ("　　段一\r\n　　段二", "　　段一 　　段二"),
        ("a\xa0b", "a\xa0b"),
        ("１２：３０　好", "１２：３０　好"),
        ("", ""),
        ("\r\n", ""),
        (" \n ", "   "),
    ],
)
def test_white_space_and_full_width_forms_stay(pasted: str, stands: str) -> None:
    assert in_one_line(pasted, 100).text == stands


@given(pasted=st.text(st.characters(exclude_categories=["Cs"])), room=st.integers(0, 20))
@example(pasted="\x1b[31m红\u202e", room=20)
@example(pasted="👩\u200d🔧❤\ufe0f", room=20)
def test_nothing_pasted_is_lost_without_being_counted(pasted: str, room: int) -> None:
    found = in_one_line(pasted, room)
    assert len(found.text) <= room
    whole = found.text + found.rest
    assert whole.isprintable() or all(char.isspace() or char.isprintable() for char in whole)
    letters = [char for char in pasted if not char.isspace() and char.isprintable()]
    looks_only = sum(letters.count(char) for char in "\u200d\ufe0e\ufe0f\u20e3")
    assert sum(not char.isspace() for char in whole) >= len(letters) - looks_only - sum(
        0x1F3FB <= ord(char) <= 0x1F3FF for char in letters
    )
    again = in_one_line(whole, len(whole))
    assert (again.rest, again.hidden) == ("", 0)


def test_every_line_of_the_program_is_one_that_takes_whole_pastes() -> None:
    package, theirs = Path(floorctl.__file__).parent, {"Input", "TextArea", "MaskedInput"}
    naming = [path for path in package.rglob("*.py") if any(name in path.read_text("utf-8") for name in theirs)]
    assert package / "widgets" / "plain.py" in naming
    for path in naming:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            assert getattr(called, "id", getattr(called, "attr", "")) not in theirs, path
            bases = [getattr(base, "id", "") for base in node.bases] if isinstance(node, ast.ClassDef) else []
            assert path.name in ("plain.py", "plain_area.py") or not theirs & {*bases}, path


async def paste(pilot: CockpitPilot, pasted: str) -> None:
    pilot.app.post_message(Paste(pasted))
    await at_rest(pilot)


def asking() -> AskText:
    return AskText("?")


def pick() -> Pick:
    return Pick("?", [Option(str(n), f"部门 {n} A") for n in range(12)])


OPENED: dict[str, tuple[Callable[[], Screen[Any]] | None, tuple[str, ...]]] = {
    **{f"filter of {key}": (None, (key, "slash")) for key in "1234567s"},
    "search": (None, ("f",)),
    "palette": (Palette, ()),
    "palette by key": (None, ("ctrl+p",)),
    "note": (None, ("n",)),
    "problem of an order": (None, ("3", "b")),
    "text": (asking, ()),
    "list to choose from": (pick, ()),
    "sign in": (SignIn, ()),
    "second person": (second_person, ()),
    "fact": (fact_form, ()),
}


@pytest.mark.parametrize("where", OPENED)
async def test_a_paste_of_several_lines_stands_whole_in_every_line(floor: Floor, where: str) -> None:
    dialog, keys = OPENED[where]
    async with cockpit_with(floor, dialog, *keys) as pilot:
        opened, before = focused_line(pilot), focused_line(pilot).value
        await paste(pilot, "\r\nA甲\tq\r\nB乙\n")
        assert opened.value == before + "A甲 q B乙"
        assert pilot.app.screen.focused is opened


async def test_the_note_of_a_step_takes_it_whole(floor: Floor) -> None:
    async with cockpit_with(floor, None) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, CockpitScreen)
        screen.take_up_alert(next(view.id for view in floor.alerts.all() if view.next_step is not None))
        await until(pilot, lambda: isinstance(pilot.app.screen, EscalationDialog))
        await pilot.press("1")
        await at_rest(pilot)
        await paste(pilot, "A\r\nB")
        assert focused_line(pilot).value == "A B"


async def test_a_comment_of_the_form_takes_it_whole_and_says_what_did_not_fit(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("c")
        await paste(pilot, "A\r\nB")
        assert screen.line.value == "A B"
        await paste(pilot, "x" * LONGEST_INPUT)
        assert len(screen.line.value) == LONGEST_INPUT
        assert "还有 3 个字" in text(pilot.app)


async def test_what_does_not_fit_is_counted_and_goes_into_the_next_line_with_ctrl_v(floor: Floor) -> None:
    async with cockpit_with(floor, asking) as pilot:
        book = "".join(f"{n:06}\r\n" for n in range(1_000_000 // 8))
        joined = book.replace("\r\n", " ").strip()
        await paste(pilot, book)
        assert focused_line(pilot).value == joined[:LONGEST_INPUT]
        assert any(str(len(joined) - LONGEST_INPUT) in words for words in said(pilot.app))
        await pilot.press("ctrl+u", "ctrl+v")
        await at_rest(pilot)
        assert focused_line(pilot).value == joined[LONGEST_INPUT : 2 * LONGEST_INPUT]


async def test_the_rest_of_a_paste_is_not_for_who_unlocks_the_terminal(floor: Floor) -> None:
    async with cockpit_with(floor, asking) as pilot:
        await paste(pilot, "x" * (LONGEST_INPUT + 1))
        assert pilot.app.rest_of_paste
        await pilot.press("ctrl+l")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, SignIn)
        assert not pilot.app.rest_of_paste
        await pilot.press("ctrl+v")
        await at_rest(pilot)
        assert focused_line(pilot).value == ""


async def test_what_is_typed_into_a_full_line_is_said_not_to_go_in(floor: Floor) -> None:
    async with cockpit_with(floor, lambda: AskText("?", value="x" * LONGEST_INPUT)) as pilot:
        await pilot.press("end", "y")
        await at_rest(pilot)
        assert any("已满" in words for words in said(pilot.app))


async def test_what_cannot_be_shown_is_counted(floor: Floor) -> None:
    async with cockpit_with(floor, asking) as pilot:
        await paste(pilot, "红\x1b\u202e字❤\ufe0f")
        assert focused_line(pilot).value == "红字❤"
        assert any("2 个看不见的字符" in words for words in said(pilot.app))


@pytest.mark.parametrize("locked", [False, True])
async def test_a_copied_password_loses_its_line_end_and_is_refused_with_a_line_break_inside(
    floor: Floor, locked: bool
) -> None:
    async with cockpit_with(floor, lambda: SignIn(locked=locked)) as pilot:
        await pilot.press("1", "enter")
        await at_rest(pilot)
        password = focused_line(pilot)
        assert password.id == "password"
        await paste(pilot, "geheim 1\r\n")
        assert password.value == "geheim 1"
        password.value = ""
        for wrong in ("ge\nheim", "ge\theim", "ge\x1bheim"):
            await paste(pilot, wrong)
            assert password.value == ""
            assert "粘贴的密码里有换行" in text(pilot.app)


@pytest.mark.parametrize("dialog", [SignIn, second_person])
async def test_a_password_that_is_too_long_leaves_nothing_behind(floor: Floor, dialog: Any) -> None:
    async with cockpit_with(floor, dialog) as pilot:
        await pilot.press("1", "enter")
        await at_rest(pilot)
        await paste(pilot, "x" * (LONGEST_INPUT + 7))
        assert "7 个字没有放进来" in text(pilot.app)
        assert not pilot.app.rest_of_paste


async def test_a_text_of_several_lines_that_is_changed_keeps_its_words_apart(floor: Floor) -> None:
    async with cockpit_with(floor, lambda: AskText("?", value="甲\n乙\t丙")) as pilot:
        assert focused_line(pilot).value == "甲 乙 丙"


async def test_a_number_in_full_width_digits_signs_in_and_a_second_person_signs(floor: Floor) -> None:
    signed: list[str] = []

    def dialog() -> SecondPerson:
        return SecondPerson("?", "?", lambda number, _: signed.append(number))

    async with cockpit_with(floor, dialog) as pilot:
        await paste(pilot, "　１００２ \r\n")
        await pilot.press("enter", *"right", "enter")
        await until(pilot, lambda: signed)
    assert signed == ["1002"]


@pytest.mark.parametrize(("key", "words"), [("1", "０５"), ("2", "１２３４５"), ("3", "１７"), ("4", "ｗ１２３４５")])
async def test_a_filter_in_full_width_forms_finds_what_the_usual_ones_find(
    floor_stage: FloorStage, key: str, words: str
) -> None:
    found = []
    for typed in (words, unicodedata.normalize("NFKC", words)):
        async with cockpit_with(floor_stage.floor, None, key, "slash") as pilot:
            await paste(pilot, typed)
            await pilot.press("enter")
            await at_rest(pilot)
            found.append("".join(unicodedata.normalize("NFKC", text(pilot.app).partition("\n")[2]).split()))
    assert found[0] == found[1]

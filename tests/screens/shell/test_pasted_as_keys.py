"""Text pasted on a terminal that sends it as keys: a line break in it sends nothing, and no letter of it acts."""

from typing import Any

import pytest
from textual.events import Key, Paste

from floorctl.floor.floor import Floor
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.shell.dialogs import AskText
from floorctl.tty.bursts import KeyInText, may_go_on
from floorctl.tty.input import TerminalInput
from tests.quality_stage import QualityStage
from tests.screens.looking import CockpitPilot, acts, at_rest, focused_line, said, text, until
from tests.screens.opened import cockpit_with, fact_form, scoring


async def comes(pilot: CockpitPilot, *pieces: str) -> None:
    """Let the driver read ``pieces``, one after another."""
    taken = TerminalInput()
    for piece in pieces:
        for message in taken.feed(piece.encode()):
            pilot.app.post_message(message)
        await at_rest(pilot)


PASTES = [
    ("A\rB", "A B"), ("A\nB", "A B"), ("A\r\nB", "A B"), ("A\r\n\r\nB", "A B"), ("A\tB", "A B"),
    ("第一行\r第二行", "第一行 第二行"), ("\u3000段一\r\n\u3000段二", "\u3000段一 \u3000段二"),
    ("one\rtwo\rthree", "one two three"), ("a\xa0b\u2003c", "a\xa0b\u2003c"),
    ("u\ru\ru\r", None), ("u p d\r\nu\r\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("pasted", "stands"), PASTES, ids=[ascii(pasted) for pasted, _ in PASTES])
async def test_a_note_takes_all_lines_and_only_an_enter_at_the_end_sends_it(
    floor: Floor, pasted: str, stands: str | None
) -> None:
    async with cockpit_with(floor, None, "n") as pilot:
        await comes(pilot, pasted)
        if stands is not None:
            assert focused_line(pilot).value == stands
            assert not acts(floor)
        else:
            await until(pilot, lambda: bool(acts(floor)))
            [(kind, _, data)] = acts(floor)
            assert (kind, data["text"]) == ("handover.note", " ".join(pasted.split()))


@pytest.mark.parametrize("keys", [("3", "slash"), ("f",), ("ctrl+p",)], ids=["filter", "search", "palette"])
@pytest.mark.parametrize("pasted", ["A\r\nu", "甲\r乙u", "one\rurge them"])
async def test_what_is_pasted_into_other_lines_is_text_where_no_hand_types_so(
    floor: Floor, keys: tuple[str, ...], pasted: str
) -> None:
    async with cockpit_with(floor, None, *keys) as pilot:
        await comes(pilot, pasted)
        assert focused_line(pilot).value == pasted.replace("\r\n", " ").replace("\r", " ")
        assert not acts(floor)


async def test_a_fast_hand_goes_on_with_keys_behind_a_search(floor: Floor) -> None:
    async with cockpit_with(floor, None, "3") as pilot:
        await comes(pilot, "/00017\r u")
        await until(pilot, lambda: bool(acts(floor)))
        assert [(kind, target) for kind, target, _ in acts(floor)] == [("order.urge", "o-2026030400017")]


@pytest.mark.parametrize("lines", [3, 400])
async def test_a_long_text_where_no_line_is_open_acts_on_nothing(floor: Floor, lines: int) -> None:
    async with cockpit_with(floor, None, "3") as pilot:
        before = text(pilot.app)
        await comes(pilot, "u p d a 1 2 Space y Y 4 强制签出\r\n" * lines)
        assert not acts(floor)
        assert pilot.app.current_mode == "orders"
        # All but the bars: the minutes in them go on.
        assert text(pilot.app).splitlines()[1:-1] == before.splitlines()[1:-1]


async def test_a_long_text_goes_into_an_open_line_whole_and_is_not_sent(floor: Floor) -> None:
    async with cockpit_with(floor, None, "n") as pilot:
        await comes(pilot, "water main broken in the street\r\n" * 4)
        assert focused_line(pilot).value == " ".join(["water main broken in the street"] * 4)
        assert not acts(floor)


async def test_a_comment_of_the_form_takes_lines_that_no_hand_types(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("c")
        await comes(pilot, "快\r\n慢")
        assert screen.line.value == "快 慢"


@pytest.mark.parametrize("end", ["", "\r"])
async def test_number_and_password_typed_by_a_program_are_two_lines(floor: Floor, end: str) -> None:
    signed: list[tuple[str, str]] = []
    for between in ("\r", "\t"):
        async with cockpit_with(floor, lambda: SecondPerson("?", "?", lambda *both: signed.append(both))) as pilot:
            await comes(pilot, f"1002{between}a long password")
            assert focused_line(pilot).id == "password"
            assert focused_line(pilot).value == "a long password"
            await comes(pilot, end or "\r")
    assert signed == [("1002", "a long password")] * 2


async def test_of_a_password_of_several_lines_nothing_is_taken_or_tried(floor: Floor) -> None:
    signed: list[object] = []
    async with cockpit_with(floor, lambda: SecondPerson("?", "?", lambda *both: signed.append(both))) as pilot:
        await comes(pilot, "1002\r", "half of it\rand the rest\r")
        assert focused_line(pilot).value == ""
        assert "粘贴的密码里有换行" in text(pilot.app)
        await comes(pilot, "right\r")
    assert signed == [("1002", "right")]


async def test_tab_leads_to_the_next_field_of_a_form(floor: Floor) -> None:
    async with cockpit_with(floor, fact_form) as pilot:
        await comes(pilot, "title\t3")
        assert focused_line(pilot).id == "field-count"


async def test_a_full_line_says_so_once(floor: Floor) -> None:
    async with cockpit_with(floor, lambda: AskText("?", value="x" * 1999)) as pilot:
        await pilot.press("end")
        await comes(pilot, "abcdefgh")
        assert len([words for words in said(pilot.app) if "已满" in words]) == 1


def test_bursts_are_told_from_keys() -> None:
    def kinds(data: str) -> list[Any]:
        return [
            (type(each).__name__, each.key if isinstance(each, Key) else "")
            for each in TerminalInput().feed(data.encode())
        ]

    assert kinds("\r") == [("Key", "enter")]
    assert kinds("\r\r") == [("Key", "enter")] * 2
    assert kinds("ab\r") == [("Key", "a"), ("Key", "b"), ("Key", "enter")]
    assert kinds("a\r\n") == [("Key", "a"), ("Key", "enter")]
    assert kinds("a\rb") == [("Key", "a"), ("KeyInText", "enter"), ("Key", "b")]
    assert kinds("\rb") == [("Key", "enter"), ("Key", "b")]
    assert kinds("a\r\x1b[A") == [("Key", "a"), ("Key", "enter"), ("Key", "up")]
    assert kinds("x" * 200 + "\r")[-1] == ("Key", "enter"), "a long line that is sent is sent"
    assert kinds("x" * 50 + "\r" + "y" * 50) == [("Paste", "")]
    assert KeyInText.handler_name == Key.handler_name
    assert Paste.handler_name != Key.handler_name


@pytest.mark.parametrize(
    ("data", "goes_on"),
    [(b"\r", False), (b"a", False), (b"a\r", True), (b"x" * 4095, True), (b"\x1b[A", False), (b"\x1bOM\r", False)],
)
def test_only_what_may_be_the_first_part_of_a_text_is_waited_for(data: bytes, goes_on: bool) -> None:
    assert may_go_on(data) is goes_on


def test_a_long_text_of_one_line_is_text_and_a_key_that_is_held_down_is_a_key() -> None:
    pasted = "a long text without any end of a line that holds q, u and 4 and goes on and on; 一行很长的文字"
    (whole,) = TerminalInput().feed(pasted.encode())
    assert isinstance(whole, Paste)
    assert whole.text == pasted
    held = list(TerminalInput().feed(b"jk" * 500))
    assert len(held) == 1000
    assert all(isinstance(each, Key) for each in held)

"""Replacements on terminals with two-cell ambiguous characters: none is left, widths stay, signs stay distinct."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import category, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual._border import BORDER_CHARS

from floorctl.i18n import term
from floorctl.tty.glyphs import safe, safe_at_first
from floorctl.widgets import looks

ROOT = Path(__file__).parents[2] / "floorctl"
#: What the program writes for people that a terminal might not have in one cell.
_SIGN = ("S", "P")
#: Modules with tables of what people type.
_OF_OTHERS = ("glyphs.py", "typed.py", "full_width.py")
#: What programs of others write, and what is one cell wide everywhere: the money, and a control character shown.
_NOT_DRAWN = frozenset("\ufeff\x85\ufffd¿¥␛␡")


def test_every_character_is_as_wide_as_before_and_none_is_ambiguous() -> None:
    wrong = [
        f"U+{code:04X} {drawn!r}"
        for code in [*range(0xA0, 0xD800), *range(0xE000, 0x20000), *range(0xE0100, 0xE01F0)]
        if cell_len(drawn := safe(chr(code))) != cell_len(chr(code)) or any(east_asian_width(c) == "A" for c in drawn)
    ]
    assert wrong == []


def _strings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def _drawn_by_the_program() -> dict[str, str]:
    """Return every sign that the program, its catalogues and Textual's borders draw, with a place where it is."""
    found: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if "simulator" not in path.parts and path.name not in _OF_OTHERS:
            for text in _strings(path):
                found |= dict.fromkeys(text, path.name)
    for path in sorted(ROOT.rglob("*.po")):
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', path.read_text("utf-8")):
            found |= dict.fromkeys(text, path.name)
    for border in BORDER_CHARS.values():
        found |= dict.fromkeys("".join("".join(row) for row in border), "a border")
    return {
        char: where
        for char, where in found.items()
        if not char.isascii()
        and char not in _NOT_DRAWN
        and cell_len(char) == 1
        and (east_asian_width(char) == "A" or category(char)[0] in _SIGN)
    }


def test_each_sign_that_the_program_draws_has_one_of_ascii_in_its_place() -> None:
    drawn = _drawn_by_the_program()
    assert {"○", "│", "…", "▲", "╭", "█"} <= drawn.keys()
    lacking = {char: where for char, where in drawn.items() if not safe(char).isascii() or safe(char) == "?"}
    assert lacking == {}


@pytest.mark.parametrize(
    "signs",
    [
        [*dict.fromkeys(term("seat_glyph", state) for state in (
            "ready", "ringing", "talking", "hold", "outbound", "wrap_up", "not_ready"))],
        [*looks.SEVERITY_GLYPHS.values(), "✓", " "],  # alerts, and those acknowledged
        ["○", "◐", "●"],  # the time left for an order
        ["●", "○", "◌"],  # live, offline, the first sync
        ["≠", "✗", "»", "…", "✓", "·"],  # commands
        ["✓", "✎", "○", "–", "·"],  # samples
        ["✓", "!", "✗"],  # what doctor says
        ["✓", "▶", "○"],  # steps
        ["✓", "□"],  # items of a handover
        ["◆", "✕", " "], ["▌", "·", " "],  # marks of a list, and its cursor
        ["▾", "▸"], ["▲", "▼"], ["↑", "↓", "←", "→"],
        [" ", *"▁▂▃▄▅▆▇█"], ["█", "░"], ["▒", "█", "░"],  # heights and shares
    ],
    ids="".join,
)  # fmt: skip
def test_what_is_told_apart_by_a_sign_still_is(signs: list[str]) -> None:
    assert len({safe(each) for each in signs}) == len(signs)


@given(st.text(st.characters(max_codepoint=126)) | st.text(st.sampled_from("\x1b[?;12mHh]8\\\x07 a")))
def test_what_controls_the_terminal_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("已完成 2 件，共 3 件。", "已完成 2 件，共 3 件。"),  # what is always two cells wide, or one
        ("ｶﾀｶﾅ 한글 👍 שלום", "ｶﾀｶﾅ 한글 👍 שלום"),
        ("“催办”——见①…", '"催办"--见1~'),
        ("Lǐ Yào, é ü ß", "Li Yao, e u s"),
        ("Ёлка Ω", "Elka O"),
        ("⑩ ½ Ⅷ", "? ? ?"),  # a part of a number would be another number
        ("╭─╮ ┃ ┼ ═", "+-+ | + -"),
        ("⣿⠀⣀", "# :"),
    ],
)
def test_words_stay_words(text: str, drawn: str) -> None:
    assert safe(text) == drawn


def test_text_in_ascii_costs_nothing() -> None:
    """Most lines are ASCII; they are returned as they are."""
    text = "x" * 1000
    assert safe(text) is text


@pytest.mark.parametrize(
    ("glyphs", "environment", "encoding", "is_safe"),
    [
        ("auto", {}, "utf-8", False),
        ("auto", {"VTE_CJK_WIDTH": "wide"}, "utf-8", True),
        ("auto", {"VTE_CJK_WIDTH": "narrow"}, "UTF-8", False),
        ("auto", {"RUNEWIDTH_EASTASIAN": "1"}, "utf8", True),
        ("auto", {"RUNEWIDTH_EASTASIAN": "0"}, "utf-8", False),
        ("auto", {}, "gb18030", True),
        ("unicode", {"VTE_CJK_WIDTH": "wide"}, "gbk", False),
        ("ascii", {}, "utf-8", True),
    ],
)
def test_what_is_known_before_the_terminal_was_asked(
    monkeypatch: pytest.MonkeyPatch, glyphs: str, environment: dict[str, str], encoding: str, is_safe: bool
) -> None:
    for name in ("VTE_CJK_WIDTH", "RUNEWIDTH_EASTASIAN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert safe_at_first(glyphs, encoding) is is_safe

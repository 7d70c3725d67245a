"""Text from outside: whatever it is, what comes out is visible, inert, one line, and as wide as it was asked to be."""

import json
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from wcwidth import wcwidth

from floorctl.text.safe import cut, fit, visible

HOSTILE: list[str] = json.loads((Path(__file__).parent.parent / "data" / "hostile.json").read_text("utf-8"))
#: Everything that there is, with the halves of surrogate pairs, and more of what does harm.
ANY = st.text(st.characters()) | st.text(
    st.sampled_from("\x1b[\x9b\x07\r\n\t\0\u202e\u200d\u200b\ufeff\ud800[]@=/👩中a")
)
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
#: What makes of several emoji one, or of one another, on some terminals.
DISPUTED = "\u200d\ufe0e\ufe0f\u20e3🇨🇳🏻🏽🏿"
EMOJI = ANY | st.text(st.sampled_from(DISPUTED + "👩👧❤☎1#a中é"))


def harmless(shown: str) -> bool:
    return all(category(char) not in _HIDDEN for char in shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_harmless(text: str) -> None:
    shown = visible(text)
    assert harmless(shown)
    assert "\n" not in shown
    shown.encode()  # half a surrogate pair would stop whoever writes it
    lines = visible(text, keep_newlines=True).split("\n")
    assert all(harmless(line) for line in lines)
    assert len(lines) == text.replace("\r\n", "\n").count("\n") + 1


#: Two of them are a flag on some terminals; each is shown as its letter.
FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


@given(ANY)
@example("\U0001f1e6")
def test_any_text_becomes_harmless_and_says_all_that_it_said(text: str) -> None:
    shown = visible(text)
    assert harmless(shown)
    shown.encode()
    told = [char for char in text if category(char) not in _HIDDEN and char not in {*DISPUTED, *FLAG_LETTERS}]
    assert all(char in shown for char in told)
    assert bool(shown) == bool(text)


@given(ANY)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    once = visible(text)
    assert visible(once) == once


@pytest.mark.parametrize("value", [None, 0, 1.5, True, ["x"], {"a": "\x1b"}, b"\x1b"])
def test_what_is_no_text_is_shown_as_text(value: object) -> None:
    assert harmless(visible(value))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "␛[31m"), ("\x00\x07\x7f", "␀␇␡"), ("\x9b31m", "<009B>31m"), ("a\u202eb", "a<202E>b"),
        ("a\u200bb", "a<200B>b"), ("\ud800", "<D800>"), ("👩\u200d👧", "👩👧"), ("a\u200db", "a<200D>b"),
        ("\u200d👧", "<200D>👧"), ("👧\u200d", "👧<200D>"), ("一\n二", "一␊二"), ("[bold]x[/]", "[bold]x[/]"),
        ("{0}%s${x}", "{0}%s${x}"), ("❤\ufe0f", "❤"), ("1\ufe0f\u20e3", "1"), ("👍🏽好", "👍好"), ("🇨🇳", "CN"),
        ("\ufe0f", "<FE0F>"), ("🏽", "<1F3FD>"),
    ],
)  # fmt: skip
def test_what_hidden_characters_are_shown_as(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(EMOJI)
def test_text_has_the_same_width_on_every_terminal(text: str) -> None:
    """Whether it joins emoji or shows one after the other."""
    shown = visible(text)
    assert cell_len(shown) == sum(max(0, wcwidth(char)) for char in shown)


@given(ANY, st.integers(0, 40))
def test_text_is_fitted_to_its_width(text: str, width: int) -> None:
    shown = visible(text)
    assert cell_len(fit(shown, width)) == width
    assert cell_len(cut(shown, width)) <= width


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [0, 1, 2, 7, 80])
def test_hostile_text_is_fitted_to_its_width(text: str, width: int) -> None:
    assert cell_len(fit(visible(text), width)) == width
    assert cell_len(cut(visible(text), width)) <= width


@pytest.mark.parametrize("width", range(6, 20))
def test_blanks_that_find_no_room_are_nothing_that_was_cut(width: int) -> None:
    assert cut("Skills" + " " * 12, width).rstrip(" ") == "Skills"
    assert fit("Skills" + " " * 12, width) == "Skills" + " " * (width - 6)


@given(st.text("ab中文", max_size=30), st.integers(1, 30))
def test_what_fits_is_whole_and_what_does_not_says_so(text: str, width: int) -> None:
    short = cut(text, width)
    if cell_len(text) <= width:
        assert short == text
    else:
        assert width < 2 or short.endswith("…")
        assert text.startswith(short.rstrip("…"))

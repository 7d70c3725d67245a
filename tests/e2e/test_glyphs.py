"""A terminal that gives two cells to an ambiguous character: it is measured, and no row or box is broken."""

import re
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pyte.screens
import pytest
from wcwidth import wcwidth

from floorctl.tty.glyphs import safe
from tests.cli.shell import Shell
from tests.screens.on_terminal import paint
from tests.terminals import Terminal

_STAGED = (sys.executable, "-m", "tests.screens.on_terminal")
_WHOLE = r"(?s)^[^\n]*(班长|lead)[^\n]*14:32:07[^\n]* 85 .* 31\b"
_NO_BOX = r"\A(?!(?s:.*\+--))"
_ASKED = b"\x1b[6n"


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal gives ambiguous characters two cells."""
    monkeypatch.setattr(pyte.screens, "wcwidth", _wide)


def _wide(char: str) -> int:
    return 2 if east_asian_width(char) == "A" else wcwidth(char)


def ambiguous(text: str) -> str:
    return "".join(sorted({char for char in text if east_asian_width(char) == "A"}))


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36)])
def test_on_every_screen_nothing_ambiguous_is_drawn(wide: None, tmp_path: Path, columns: int, rows: int) -> None:
    """It asks how wide they are; from the answer on they are not used."""
    argv = [*_STAGED, str(tmp_path), "--glyphs", "auto"]
    with Terminal(argv, columns=columns, rows=rows, forked=True, tells=True) as terminal:
        for key, sign in [
            ("", "14:32:07"),
            ("2", "^ 队列"),
            ("3", "^ 工单"),
            ("4", "^ 预警"),
            ("5", "^ 质检"),
            ("6", "^ 考核"),
            ("7", "^ 交接"),
            ("s", "^ 同步"),
            ("?", r"\+-+"),
            ("escape", _NO_BOX),
            ("ctrl+p", r"\+-+"),
            ("escape", _NO_BOX),
            ("1", "^ 现场"),
        ]:
            terminal.press(key)
            terminal.wait_for(lambda text, sign=sign: re.search(sign, text) and not ambiguous(text), seconds=60)


def test_a_terminal_that_gives_them_one_cell_is_asked_once_and_drawn_on_as_ever(tmp_path: Path) -> None:
    with Terminal([*_STAGED, str(tmp_path), "--glyphs", "auto"], forked=True, tells=True) as terminal:
        terminal.wait_for(_WHOLE, seconds=60)
        assert "│" in terminal.text()
        assert terminal.raw.count(_ASKED) == 1


def test_what_is_drawn_in_their_place_stands_where_they_stood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Terminal([*_STAGED, str(tmp_path / "one"), "--glyphs", "unicode"], forked=True, tells=True) as terminal:
        terminal.wait_for(_WHOLE, seconds=60)
        paint(terminal)
        narrow = terminal.text()
        assert "│" in narrow
        assert _ASKED not in terminal.raw
    monkeypatch.setattr(pyte.screens, "wcwidth", _wide)
    with Terminal([*_STAGED, str(tmp_path / "two"), "--glyphs", "ascii"], forked=True, tells=True) as terminal:
        terminal.wait_for(_WHOLE, seconds=60)
        paint(terminal)
        assert terminal.text() == "\n".join(map(safe, narrow.split("\n")))
        assert _ASKED not in terminal.raw


def _doctor(shell: Shell, *, tells: bool, glyphs: str = "auto") -> Terminal:
    shell.config.write_text(shell.config.read_text("utf-8") + f'glyphs = "{glyphs}"\n', "utf-8")
    argv = ["/bin/sh", "-c", '"$@"; stty -a; echo it ended', "sh", sys.executable, "-m", "floorctl", "doctor"]
    return Terminal(argv, columns=200, rows=50, env=shell.environment(), tells=tells)


@pytest.mark.parametrize(
    ("glyphs", "mark", "says"),
    [
        ("auto", "!", r'are two cells wide; the cockpit shows ASCII .* glyphs = "ascii"'),
        ("unicode", "!", r'are two cells wide, so rows and boxes break; set glyphs = "ascii"'),
        ("ascii", r"\+", "are two cells wide; ASCII is shown instead"),
    ],
)
def test_doctor_measures_it_and_says_what_to_do(wide: None, tmp_path: Path, glyphs: str, mark: str, says: str) -> None:
    with _doctor(Shell(tmp_path), tells=True, glyphs=glyphs) as terminal:
        text = terminal.wait_for("it ended", seconds=60)
        assert re.search(rf"(?m)^{mark} Glyphs: .*{says}", text)
        assert re.search(r" echo\b.* echoe", text)
        assert re.search(r" icanon\b", text)
        if glyphs == "ascii":
            assert ambiguous(text) == ""


@pytest.mark.parametrize(("tells", "says"), [(True, "are one cell wide"), (False, "could not be measured")])
def test_doctor_says_what_it_found_and_where_it_found_nothing(tmp_path: Path, *, tells: bool, says: str) -> None:
    with _doctor(Shell(tmp_path), tells=tells) as terminal:
        text = terminal.wait_for("it ended", seconds=60)
        assert re.search(rf"(?m)^✓ Glyphs: .*{says}", text)
        assert re.search(r" echo\b.* echoe", text)


def test_a_file_gets_the_characters_as_they_are(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.config.write_text(shell.config.read_text("utf-8") + 'glyphs = "ascii"\n', "utf-8")
    assert "○" in shell("status").stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["urge", "-h"], ["--lang", "zh-CN", "assess", "--help"], ["--lang", "zh-CN", "a b"]]
)
def test_help_and_what_is_wrong_with_a_command_line_have_nothing_ambiguous_either(
    tmp_path: Path, arguments: list[str]
) -> None:
    shell = Shell(tmp_path)
    shell.config.write_text(shell.config.read_text("utf-8") + 'glyphs = "ascii"\n', "utf-8")
    with Terminal([sys.executable, "-m", "floorctl", *arguments], env=shell.environment(), forked=True) as terminal:
        terminal.process.wait()
        text = terminal.wait_for("floorctl|a b")
        assert ambiguous(text) == ""

"""The manual page: all that the help says, in both languages, and sound for whoever prints it."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from floorctl.cli.roff import escaped, prose
from floorctl.errors import Exit
from floorctl.i18n import LANGUAGES, t, use_language
from tests.cli.shell import Shell
from tests.cli.test_documented import _commands
from tools.man import PAGES, made


def plain(page: str) -> str:
    """The page without what only printers read."""
    unmarked = re.sub(r"\\f[BIR]|\\:|\\&", "", page).replace("\\-", "-").replace("\\(rs", "\\").replace("\\(dq", '"')
    return " ".join(re.sub(r"^\.\w\w? ?", "", unmarked, flags=re.MULTILINE).split())


def parameters(command: Any) -> list[Any]:
    return [each for each in command.params if each.help and not each.help.startswith("cli.general.")]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_command_and_option_is_in_it_with_its_help(language: str) -> None:
    page = plain(made(language))
    missing = []
    for name, command in _commands():
        usage = name.replace("order ", "order NUMBER ", 1) if name.startswith("order ") else name
        said = [f"floorctl {usage}", t(command.help), *(t(each.help) for each in parameters(command))]
        said += [flag for each in parameters(command) for flag in each.opts if flag.startswith("-")]
        missing += [f"{name}: {each}" for each in said if " ".join(each.split()) not in page]
    assert missing == []


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_exit_code_and_no_key_of_a_catalogue_is_in_it(language: str) -> None:
    page = made(language)
    for code in Exit:
        assert f"\n\\fB{int(code)}\\fR\n" in page
    assert not re.search(r"\b(?:man|cli|term)\.[a-z_]+\.", page)


def test_the_program_prints_it_in_the_language_asked_for(shell: Shell) -> None:
    for language in LANGUAGES:
        ended = shell("man", "--lang", language)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout == made(language)


@pytest.mark.parametrize("path", PAGES.values(), ids=list(PAGES))
def test_mandoc_finds_nothing_wrong_with_it(path: Path) -> None:
    if (mandoc := shutil.which("mandoc")) is None:
        pytest.skip("there is no mandoc here")
    ended = subprocess.run([mandoc, "-Tlint", "-Wwarning", path], capture_output=True, text=True, check=False)
    assert ended.stdout == ""


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_man_prints_it_without_a_warning_and_within_the_width(language: str) -> None:
    if shutil.which("groff") is None or shutil.which("preconv") is None:
        pytest.skip("there is no groff here")
    formatted = subprocess.run(
        ["groff", "-k", "-man", "-Tutf8", "-ww", "-rLL=80n", "-P-c", "-P-b", "-P-u", PAGES[language]],
        capture_output=True,
        encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=False,
    )
    from rich.cells import cell_len

    assert formatted.stderr == ""
    too_long = [line for line in formatted.stdout.splitlines() if cell_len(line) > 80]
    assert [line for line in too_long if "floorctl urge" not in line] == []  # examples are not broken


@pytest.mark.parametrize(
    ("text", "roff"),
    [
        (".TH is no macro here", "\\&.TH is no macro here"),
        ("'quoted'", "\\&'quoted'"),
        ("C:\\dir --option", "C:\\(rsdir \\-\\-option"),
        ("催办，再催", "催\\:办，\\:再\\:催"),
        ("催办 urge", "催\\:办 urge"),
    ],
)
def test_text_stays_text(text: str, roff: str) -> None:
    assert escaped(text) == roff


def test_no_line_of_the_source_begins_like_a_macro() -> None:
    source = prose("word " * 16 + ".SH " * 20)
    assert len(source.splitlines()) > 1
    assert [line for line in source.splitlines() if line.startswith(".")] == []


def test_it_is_the_same_whatever_language_was_used_before() -> None:
    use_language("zh-CN")
    assert made("en") == made("en")

"""What is asked for on the terminal is taken whole or not at all, and the question is seen wherever errors go."""

import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.terminals import Terminal

SEVERAL = ["A\r\nB\tC\u3000D\xa0E\u2028F", "A\r\nB\r", "A\nB", "A\r\r\n\r\n B\r\n"]


def asked(shell: Shell, *argv: str, redirection: str = "") -> Terminal:
    """A command on a terminal, in the folder of ``shell``, which says with what it ended."""
    line = f'cd "{shell.folder}"; "$@" {redirection}; echo "it ended with $?"'
    command = ["/bin/sh", "-c", line, "sh", sys.executable, "-m", "floorctl", *argv]
    return Terminal(command, env=shell.environment(), columns=200)


@pytest.fixture
def shell(tmp_path: Path, platform: PlatformProcess) -> Shell:
    return Shell(tmp_path / "terminal", platform.url)


@pytest.mark.parametrize("pasted", SEVERAL, ids=ascii)
def test_of_several_lines_none_is_taken_for_a_number(shell: Shell, pasted: str) -> None:
    with asked(shell, "login") as terminal:
        terminal.wait_for("Employee number:")
        terminal.press(pasted)
        terminal.wait_for("Several lines came at once[^$]*it ended with 2")


@pytest.mark.parametrize("pasted", SEVERAL[:2], ids=ascii)
def test_nor_for_a_password_which_is_not_tried(shell: Shell, pasted: str) -> None:
    with asked(shell, "login", "--employee-no", "1001") as terminal:
        terminal.wait_for("Password:")
        terminal.press(pasted)
        found = terminal.wait_for("Several lines came at once[^$]*it ended with 2")
        assert "wrong" not in found
        assert "C" not in found.split("Password:")[1].split("Several")[0]


def test_a_passphrase_of_several_lines_or_longer_than_a_terminal_keeps_is_not_set(shell: Shell) -> None:
    text = shell.config.read_text("utf-8")
    shell.config.write_text(text.replace('key = "file"', 'key = "passphrase"'), "utf-8")
    for pasted, says in (("long enough as it is\r\nand more", "Several lines"), ("x" * 5000 + "\r", "too long")):
        with asked(shell, "audit") as terminal:
            terminal.wait_for("characters")
            terminal.press(pasted)
            terminal.wait_for(f"{says}[^$]*it ended with 1")
    assert not (shell.data / "journal.db").exists()


def test_a_line_end_that_was_copied_along_and_the_marks_of_pasted_text_are_no_part_of_it(
    shell: Shell, platform: PlatformProcess
) -> None:
    number, password = platform.accounts["supervisor"]
    with asked(shell, "login", redirection="2>said") as terminal:
        terminal.wait_for("Employee number:")
        terminal.press(f"\x1b[200~{number}\x1b[201~\r\n\r\n")
        terminal.wait_for("Password:")
        terminal.press(f"{password}\r\n")
        assert password not in terminal.wait_for("it ended with 0")


@pytest.mark.parametrize("keys", ["\r\x04", "\x04", "\r\r\x04", "\r\n\x04"], ids=ascii)
def test_the_end_of_the_input_ends_it_in_order_also_right_behind_an_empty_line(shell: Shell, keys: str) -> None:
    with asked(shell, "login") as terminal:
        terminal.wait_for("Employee number:")
        terminal.process.write(keys.encode())
        assert "Several" not in terminal.wait_for(r"it ended with (1|130)")


def test_an_empty_line_is_asked_for_again(shell: Shell) -> None:
    with asked(shell, "login") as terminal:
        terminal.wait_for("Employee number:")
        terminal.press("\r")
        terminal.wait_for("Employee number:[^$]*Employee number:")
        terminal.press("\x04")
        terminal.wait_for(r"it ended with (1|130)")

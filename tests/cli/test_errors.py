"""How commands end that don't go well: one sentence, what to do, the documented exit code, never a traceback."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.mark.parametrize(
    "arguments",
    [
        ["ordrs"],
        ["orders", "--overdeu"],
        ["orders", "--limit"],
        ["orders", "--limit", "many"],
        ["orders", "--limit", "-1"],
        ["orders", "--state", "nowhere"],
        ["orders", "--due-within", "soon"],
        ["orders", "--sort", "colour"],
        ["order"],
        ["order", "1", "2"],
        ["step", "a", "phone_department"],
        ["outbox", "lst"],
        ["platform", "serve", "--port", "70000"],
        ["platform", "serve", "--at", "25:00"],
        ["platform", "serve", "--day", "tomorrow"],
        ["platform", "serve", "--speed", "0"],
        ["demo", "--once", "--seats", "0"],
        ["status", "--lang", "fr"],
        ["login"],
        ["sync", "--once"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence_and_ends_with_two(shell: Shell, arguments: list[str]) -> None:
    ended = shell(*arguments)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("Error: ")
    assert len(ended.stderr.splitlines()) == 1
    assert "Traceback" not in ended.stderr


def test_a_wrong_configuration_names_the_nearest_key(shell: Shell) -> None:
    shell.config.write_text('langauge = "en"\n')
    ended = shell("status", "--lang", "en")
    assert ended.returncode == 2
    assert "langauge" in ended.stderr
    assert "language" in ended.stderr
    assert shell("config", "check", "--lang", "en").returncode == 2
    assert shell("--help").returncode == 0


def test_a_missing_configuration_is_said(shell: Shell) -> None:
    ended = shell("status", "--config", "nowhere.toml")
    assert ended.returncode == 2
    assert "nowhere.toml" in ended.stderr


def test_hostile_words_come_back_as_text(shell: Shell) -> None:
    ended = shell("order", "\x1b[31m[bold]x[/] {0} %s \u202e")
    assert ended.returncode == 6
    assert "\x1b" not in ended.stderr
    assert "\u202e" not in ended.stderr
    assert "[bold]x[/] {0} %s" in ended.stderr


def test_bytes_that_are_no_text_are_refused(shell: Shell) -> None:
    ended = shell.process("order", os.fsdecode(b"\xff\xfe"))
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_a_folder_that_can_not_be_used_is_said(shell: Shell) -> None:
    shell.data.write_text("a file where the folder should be")
    ended = shell("status")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert "Traceback" not in ended.stderr


def test_an_unforeseen_error_is_recorded_without_its_data(tmp_path: Path) -> None:
    from floorctl.cli.crash import record

    def look_up(phone: str) -> None:
        raise LookupError(phone)

    try:
        look_up("138" + "1234" * 2)
    except LookupError as error:
        path = record(error, tmp_path)
    assert path is not None
    written = path.read_text()
    assert "LookupError" in written
    assert "test_an_unforeseen_error" in written
    assert "13812341234" not in written
    assert path.stat().st_mode & 0o077 == 0


def test_a_reader_that_stops_reading_gets_no_error_message(shell: Shell) -> None:
    shell("status")
    running = shell.start("config", "show", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait() == 141
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_debug_shows_the_traceback(shell: Shell) -> None:
    ended = shell("order", "nothing", "--debug")
    assert ended.returncode == 6
    assert "Traceback" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_help_is_in_the_chosen_language(shell: Shell, language: str) -> None:
    for arguments in (["--help"], ["orders", "-h"], ["outbox", "--help"], ["platform", "serve", "--help"]):
        ended = shell(*arguments, "--lang", language)
        assert ended.returncode == 0
        assert ended.stderr == ""
        assert ("选项" in ended.stdout) == (language == "zh-CN")
        assert "cli." not in ended.stdout


def test_general_options_stand_before_or_after_the_command(shell: Shell) -> None:
    before = shell("--json", "--lang", "en", "outbox", "list")
    after = shell("outbox", "--json", "--lang", "en")
    assert before.stdout == after.stdout
    assert before.stdout.startswith("{")


def test_where_nobody_can_be_asked_for_a_passphrase_it_says_only_that(tmp_path: Path) -> None:
    """An empty configuration, a home without a keyring, and no terminal."""
    ended = subprocess.run(
        [sys.executable, "-m", "floorctl", "--config", "/dev/null", "status"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "FLOORCTL_PASSPHRASE_FILE" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "near"),
    [(("ＳＴＡＴＵＳ",), "status"), (("Seats",), "seats"), (("inspect", "lst"), "list"),
     (("seats", "--LIMIT", "1"), "--limit"),
     (("xqz",), None), (("inspect", "xqz"), None), (("seats", "--q7w"), None), (("nope",), None)],
)  # fmt: skip
def test_only_what_is_alike_is_suggested(shell: Shell, arguments: tuple[str, ...], near: str | None) -> None:
    ended = shell(*arguments)
    assert ended.returncode == 2
    suggested = re.search(r"did you mean (.+?)\?", ended.stderr)
    assert (suggested and suggested[1]) == near

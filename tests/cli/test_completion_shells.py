"""Completion as a person has it: bash, zsh and fish in a terminal, with the script that the program prints."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from floorctl import config
from floorctl.floor.terminal import open_terminal
from tests.cli.shell import Shell
from tests.cli.test_completion import put
from tests.terminals import Terminal

#: The package bash-completion, which changes how bash finds and reads completions.
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
#: A name as nobody should give one: with blanks, quotes and what shells run.
ODD = 'O\'Neil "$(touch ran)" 局 `touch ran`'
PROMPT = "ask> "

Typed = Callable[[str], "Line"]


class Line:
    """A line of a shell in a terminal, with what the shell makes of it."""

    def __init__(self, terminal: Terminal, typed: str) -> None:
        self.terminal = terminal
        terminal.press("\x15", "ctrl+l", pause=0.1)
        terminal.wait_for(lambda text: text.strip() == PROMPT.strip())
        terminal.press(typed, "tab", pause=0.1)

    def becomes(self, wanted: str) -> None:
        """Wait until the line is this."""
        pattern = re.escape(PROMPT + wanted)
        self.terminal.wait_for(lambda text: re.match(pattern + r"\s*(\n|$)", text), seconds=20)

    def offers(self, *words: str) -> str:
        """Wait until all of these are in sight; return the screen."""
        return self.terminal.wait_for(lambda text: all(word in text for word in words))


@pytest.fixture(scope="module")
def odd(synced: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal whose departments include one with an odd name."""
    shell = Shell(tmp_path_factory.mktemp("odd"), "http://127.0.0.1:9", data=synced.data)
    with closing(open_terminal(config.load(shell.config))) as floor:
        put(floor, "department", "odd", {"name": ODD, "level": "city"})
    return shell


@pytest.fixture(scope="module", params=["bash", "bash with bash-completion", "zsh", "fish"])
def typed(request: pytest.FixtureRequest, odd: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    """Types a line into one of the shells, and Tab behind it."""
    name, _, package = str(request.param).partition(" with ")
    if shutil.which(name) is None or (package and not BASH_COMPLETION.exists()):
        pytest.skip(f"there is no {package or name} here")
    home = tmp_path_factory.mktemp("home")
    (home / "a file.md").touch()
    (home / "empty").mkdir()
    script = home / f"script.{name}"
    script.write_text(odd("completion", name).stdout, "utf-8")
    more = f"source {BASH_COMPLETION}\n" if package else ""
    # All of them list what there is at the first Tab.
    start = {
        "bash": f"PS1='{PROMPT}'\n{more}source {script}\nbind 'set show-all-if-ambiguous on'\n",
        "zsh": f"PS1='{PROMPT}'\nautoload -U compinit\ncompinit -u -D\nsource {script}\n"
        "LISTMAX=1000\nunsetopt listambiguous\n",
        "fish": f"function fish_prompt\n echo -n '{PROMPT}'\nend\nset -g fish_greeting\nsource {script}\n",
    }[name]
    for path in (".bashrc", ".zshrc", "start.fish"):
        (home / path).write_text(start, "utf-8")
    argv = {
        "bash": ["bash", "--noprofile", "--rcfile", str(home / ".bashrc"), "-i"],
        "zsh": ["zsh", "-d", "-i"],
        "fish": ["fish", "--private", "--no-config", "--init-command", f"source {home}/start.fish"],
    }[name]
    environment = odd.environment(
        HOME=str(home),
        ZDOTDIR=str(home),
        PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
        LC_ALL="C.UTF-8",
    )
    argv = ["sh", "-c", f'cd "{home}" && exec "$@"', "sh", *argv]
    with Terminal(argv, columns=150, rows=60, env=environment, tells=True) as terminal:
        terminal.wait_for(PROMPT.strip())
        yield lambda line: Line(terminal, line)
        assert not (home / "ran").exists(), "what stands in a name was run"


def test_a_command_an_option_and_a_value_are_completed(typed: Typed) -> None:
    typed("floorctl outb").becomes("floorctl outbox")
    typed("floorctl orders --overd").becomes("floorctl orders --overdue")
    typed("floorctl orders --urgency special_u").becomes("floorctl orders --urgency special_urgent")
    typed("floorctl orders --urgency=special_u").becomes("floorctl orders --urgency=special_urgent")
    typed("floorctl orders --state ready,rec").becomes("floorctl orders --state ready,received")


def test_an_order_is_found_by_the_beginning_of_its_number(typed: Typed, odd: Shell) -> None:
    numbers = [item["number"] for item in odd.json("orders", "--limit", "0")["items"]]
    day = max(numbers)[:9]
    # fish leaves out what they have in common
    typed(f"floorctl order {day}").offers(*[number[-7:] for number in numbers if number.startswith(day)])
    typed(f"floorctl urge {numbers[0]} {numbers[1]}").becomes(f"floorctl urge {numbers[0]} {numbers[1]}")


def test_what_an_order_is_about_stands_beside_it_where_the_shell_shows_that(
    typed: Typed, odd: Shell, request: pytest.FixtureRequest
) -> None:
    if "bash" in request.node.callspec.id:
        pytest.skip("bash shows no descriptions")
    first, second = odd.json("orders", "--limit", "2")["items"]
    typed("floorctl order 20261").offers(first["number"][-7:], first["title"], second["number"][-7:], second["title"])


def test_a_name_with_blanks_and_quotes_is_written_as_the_shell_reads_it_again(typed: Typed, odd: Shell) -> None:
    line = typed("floorctl orders --json --limit 1 --department O")
    line.terminal.wait_for("O.?.?'?Neil")
    line.terminal.press(" | cat", "enter")
    line.terminal.wait_for(r'"total": 0')


def test_a_file_is_completed_where_one_is_wanted_and_nowhere_else(typed: Typed) -> None:
    typed("floorctl restore a").becomes(r"floorctl restore a\ file.md")
    typed("floorctl assess --output=a").becomes(r"floorctl assess --output=a\ file.md")
    typed("floorctl whoami a").becomes("floorctl whoami a")


def test_an_item_waits_for_its_points(typed: Typed) -> None:
    line = typed("floorctl inspect score 1 --item voic")
    line.becomes("floorctl inspect score 1 --item voice=")
    line.terminal.press("3")
    line.becomes("floorctl inspect score 1 --item voice=3")


def test_an_open_quote_is_closed(typed: Typed, request: pytest.FixtureRequest) -> None:
    closed = typed('floorctl orders --department "市水')
    closed.terminal.wait_for('floorctl orders --department ("市水务局"|市水务局)')

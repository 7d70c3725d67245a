"""What the shell's path imports, and what it does not: a command must not pay for what another needs."""

import json
import subprocess
import sys

from floorctl.errors import Exit
from tests.cli.shell import Shell

HEAVY = (
    "textual", "httpx", "sqlmodel", "sqlalchemy", "pydantic", "starlette", "uvicorn", "keyring", "psycopg", "argon2",
    "stamina", "openpyxl", "jinja2", "floorctl.screens.app", "floorctl.simulator", "floorctl.screens",
    "floorctl.rules.commands.apply", "floorctl.rules.orders.commands", "floorctl.floor.handover.summary",
)  # fmt: skip
TABLES = ("rich.table", "rich.console")

#: Runs one command line after the other, and says after each what it ended with and what is imported by then.
PROBE = """
import json, sys
from floorctl.cli.run import run
found = []
for arguments, heavy in json.loads(sys.argv[1]):
    code = run(arguments)
    found.append([arguments, code, [name for name in heavy if name in sys.modules]])
sys.stdout.flush()
print(json.dumps(found), file=sys.stderr)
"""


def _loaded(
    shell: Shell, lines: list[tuple[list[str], tuple[str, ...]]], **env: str
) -> list[tuple[list[str], int, list[str]]]:
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(lines)],
        capture_output=True,
        encoding="utf-8",
        env=shell.environment(**env),
        check=False,
    )
    return [(arguments, code, loaded) for arguments, code, loaded in json.loads(ended.stderr.splitlines()[-1])]


def test_json_needs_no_tables_and_neither_help_nor_a_reading_command_anything_heavy(synced: Shell) -> None:
    """In one process: what one of them imported the next would be found with."""
    json_first: list[tuple[list[str], tuple[str, ...]]] = [(["status", "--json"], (*HEAVY, *TABLES))]
    others = [["--help"], ["status"], ["seats"], ["orders", "--overdue"], ["alerts"], ["outbox"]]
    lines = [*json_first, *((each, HEAVY) for each in others)]
    assert _loaded(synced, lines) == [(arguments, 0, []) for arguments, _ in lines]


def test_completing_an_orders_number_needs_nothing_heavy_and_not_the_journal(synced: Shell) -> None:
    journal = ("floorctl.sync.journal.journal", "floorctl.floor.terminal", *TABLES)
    lines: list[tuple[list[str], tuple[str, ...]]] = [(["urge", ""], (*HEAVY[:-1], *journal))]
    ((_, code, loaded),) = _loaded(synced, lines, _FLOORCTL_COMPLETE="zsh")
    assert (code, loaded) == (Exit.DONE, [])


def test_the_cockpit_is_opened_without_the_parser(shell: Shell) -> None:
    ((_, code, loaded),) = _loaded(shell, [([], ("typer", "floorctl.cli.app"))])
    assert (code, loaded) == (Exit.USAGE, [])  # there is no terminal to open it on


def test_the_probe_reports_what_a_command_imports(shell: Shell) -> None:
    ((_, _, loaded),) = _loaded(shell, [(["orders", "--help"], ("typer", "textual"))])
    assert loaded == ["typer"]

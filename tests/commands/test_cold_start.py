"""What the shell's path imports, and what it does not: a command must not pay for what another needs."""

import subprocess
import sys

from tests.commands.shell import Shell

HEAVY = (
    "textual", "httpx", "sqlmodel", "sqlalchemy", "pydantic", "starlette", "uvicorn", "keyring", "psycopg", "argon2",
    "stamina", "openpyxl", "floorctl.app", "floorctl.simulator", "floorctl.screens",
    "floorctl.rules.effects", "floorctl.rules.payloads", "floorctl.rules.handover_summary",
)  # fmt: skip

PROBE = """
import sys
from floorctl.cli import run
code = run(sys.argv[1:])
sys.stdout.flush()
loaded = [name for name in {heavy!r} if name in sys.modules]
print("LOADED", loaded, "CODE", code, file=sys.stderr)
"""


def _loaded(shell: Shell, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", PROBE.format(heavy=HEAVY), *arguments],
        capture_output=True,
        encoding="utf-8",
        env=shell.environment(),
        check=False,
    )
    return ended.stderr.splitlines()[-1]


def test_reading_commands_import_nothing_heavy(synced: Shell) -> None:
    for arguments in (["status"], ["status", "--json"], ["seats"], ["orders", "--overdue"], ["alerts"], ["outbox"]):
        assert _loaded(synced, *arguments) == "LOADED [] CODE 0"


def test_help_imports_no_command(synced: Shell) -> None:
    assert _loaded(synced, "--help") == "LOADED [] CODE 0"


def test_json_needs_no_rich_tables(synced: Shell) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROBE.format(heavy=("rich.table", "rich.console")), "status", "--json"],
        capture_output=True,
        encoding="utf-8",
        env=synced.environment(),
        check=False,
    )
    assert ended.stderr.splitlines()[-1] == "LOADED [] CODE 0"

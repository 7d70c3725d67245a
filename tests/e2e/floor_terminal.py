"""A floor terminal for end-to-end tests: a configuration, a data folder, and the program run as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import forking
from tests.platforms import PlatformProcess
from tests.terminals import Terminal

PROGRAM = (sys.executable, "-m", "floorctl")


class FloorTerminal:
    """One terminal's home: ``run`` runs a command there, ``cockpit`` opens the cockpit there.

    It never locks, and no alarm takes the whole screen, which could cover what a test looks for at any time.
    """

    def __init__(self, folder: Path, platform: PlatformProcess, language: str = "zh-CN") -> None:
        self.folder = folder
        self.platform = platform
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "floorctl.toml"
        self.config.write_text(
            f'language = "{language}"\n[platform]\nurl = "{platform.url}"\n'
            '[alerts]\ncritical_full_screen_after = "12h"\n'
            f'[terminal]\nname = "A区-1"\ndata_dir = "{folder / "data"}"\nkey = "file"\nlock_after = "0s"\n',
            "utf-8",
        )
        self.env = {"HOME": str(folder), "FLOORCTL_CONFIG": str(self.config), "LC_ALL": "C.UTF-8"}

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return forking.run("floorctl", *argv, stdin=stdin, timeout=60, env={**os.environ, **self.env})

    def json(self, *argv: str) -> dict[str, Any]:
        """Return what a command prints with ``--json``."""
        result = self.run(*argv, "--json")
        assert result.returncode == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def done_by_people(self, *states: str) -> list[dict[str, Any]]:
        """Return the commands that people made here, in any of ``states`` (none given: in any state).

        Commands of the alert rules are left out: how many there are depends on the simulated floor.
        """
        items = self.json("outbox", "list", "--limit", "1000")["items"]
        by_people = [item for item in items if item["kind"] not in ("alert.raise", "alert.close")]
        return [item for item in by_people if not states or item["state"] in states]

    def kinds_done(self) -> list[str]:
        """Return the kinds of the commands that people made here."""
        return [item["kind"] for item in self.done_by_people()]

    def login(self, role: str = "supervisor") -> None:
        """Sign in as somebody with this role."""
        number, password = self.platform.accounts[role]
        result = self.run("login", "--employee-no", number, "--password-stdin", stdin=password)
        assert result.returncode == 0, result.stderr

    def sign_in_and_sync(self) -> None:
        """Sign in as the supervisor and sync once."""
        self.login()
        assert self.run("sync", "--once").returncode == 0

    def cockpit(self, *, columns: int = 120, rows: int = 36) -> Terminal:
        """Open the cockpit."""
        return Terminal(PROGRAM, columns=columns, rows=rows, env=self.env, forked=True)

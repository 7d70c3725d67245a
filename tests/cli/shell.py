"""A terminal as a person at a shell has it: its own configuration and data, and the real program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.in_process import run_here, run_there
from tests.platforms import PlatformProcess

ROOT = Path(__file__).parents[2]


class Shell:
    """Runs ``floorctl`` with one terminal's configuration and data.

    Called, it runs a command line in this process (see ``in_process``); ``process`` runs it in one of its own, where
    that is the point, and ``start`` leaves it running there.
    """

    def __init__(self, folder: Path, url: str = "", *, language: str = "en", data: Path | None = None) -> None:
        """``data``: the data folder of another terminal, which this one begins with a copy of."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "floorctl.toml"
        self.config.write_text(
            f'language = "{language}"\n[platform]\nurl = "{url}"\ntimeout = 3\n'
            f'[terminal]\nname = "T"\ndata_dir = "{self.data}"\nkey = "file"\n',
            "utf-8",
        )
        if data is not None:
            shutil.copytree(data, self.data)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment that the program runs in."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLOORCTL_")}
        return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(self.folder), "FLOORCTL_CONFIG": str(self.config), **more}

    def __call__(
        self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one command line to its end."""
        environment = self.environment(**(env or {}))
        return _decoded(run_here(arguments, stdin=stdin.encode(), env=environment, cwd=self.folder))

    def process(
        self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one command line to its end in a process of its own."""
        environment = self.environment(**(env or {}))
        return _decoded(run_there(arguments, stdin=stdin.encode(), env=environment, cwd=self.folder))

    def start(self, *arguments: str, env: dict[str, str] | None = None, **more: Any) -> "subprocess.Popen[str]":
        """Start a process with one command line; ``more`` as for ``subprocess.Popen``."""
        argv = [sys.executable, "-m", "floorctl", *arguments]
        environment = self.environment(**(env or {}))
        return subprocess.Popen(argv, env=environment, cwd=self.folder, encoding="utf-8", **more)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run one command with ``--json`` and return its document."""
        ended = self(*arguments, "--json")
        assert ended.returncode == code, ended.stderr
        return json.loads(ended.stdout)

    def sign_in(self, platform: PlatformProcess, role: str = "supervisor") -> None:
        """Sign in as somebody with ``role``."""
        number, password = platform.accounts[role]
        ended = self("login", "--employee-no", number, "--password-stdin", stdin=f"{password}\n")
        assert ended.returncode == 0, ended.stderr

    def sync(self) -> None:
        """Bring everything here."""
        ended = self("sync", "--once")
        assert ended.returncode == 0, ended.stderr


def _decoded(ended: "subprocess.CompletedProcess[bytes]") -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode())

"""A terminal as a person at a shell has it: its own configuration and data, and the real program in a process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.platform_process import PlatformProcess


class Shell:
    """Runs ``floorctl`` with one terminal's configuration and data."""

    def __init__(self, folder: Path, url: str = "", *, language: str = "en") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "floorctl.toml"
        self.config.write_text(
            f'language = "{language}"\n[platform]\nurl = "{url}"\ntimeout = 3\n'
            f'[terminal]\nname = "T"\ndata_dir = "{self.data}"\nkey = "file"\n',
            "utf-8",
        )

    def environment(self, **more: str) -> dict[str, str]:
        """The environment that the program runs in."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLOORCTL_")}
        root = str(Path(__file__).parents[2])
        return {**kept, "PYTHONPATH": root, "HOME": str(self.folder), "FLOORCTL_CONFIG": str(self.config), **more}

    def __call__(
        self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one command line to its end."""
        return subprocess.run(
            [sys.executable, "-m", "floorctl", *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env=self.environment(**(env or {})),
            cwd=self.folder,
            timeout=90,
            check=False,
        )

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


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal that has never seen a platform."""
    return Shell(tmp_path / "terminal")


@pytest.fixture(scope="module")
def synced(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal signed in as the supervisor, with the floor in its cache."""
    shell = Shell(tmp_path_factory.mktemp("synced"), platform.url)
    shell.sign_in(platform)
    ended = shell("sync", "--once")
    assert ended.returncode == 0, ended.stderr
    return shell


@pytest.fixture
def another(platform: PlatformProcess, tmp_path: Path) -> Callable[[str], Shell]:
    """Makes further terminals at the same platform, synced, signed in with the role given."""

    def make(role: str) -> Shell:
        shell = Shell(tmp_path / f"another-{role}", platform.url)
        shell.sign_in(platform, role)
        ended = shell("sync", "--once")
        assert ended.returncode == 0, ended.stderr
        return shell

    return make

"""A data folder that another version of the program left opens with all that waits in it.

The folders are made by ``tools/terminal_data.py``; ``tests/data/README.md`` says of which versions and what is in them.
"""

import json
import re
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import program
from tools.terminal_data import PASSPHRASE

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("old data")]

DATA = Path(__file__).parents[1] / "data"


class OldTerminal:
    """A copy of one of the folders, and the program of today on it."""

    def __init__(self, kept: Path, folder: Path) -> None:
        with tarfile.open(kept / "terminal.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        self.folder = folder
        self.expected: dict[str, Any] = json.loads((kept / "expected.json").read_text("utf-8"))
        config = folder / "terminal" / "floorctl.toml"
        text = config.read_text("utf-8")
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", text)[1])  # type: ignore[index]
        config.write_text(re.sub(r'data_dir = ".*"', f'data_dir = "{folder / "terminal" / "data"}"', text), "utf-8")
        secret = folder / "passphrase"
        secret.write_text(PASSPHRASE + "\n", "utf-8")
        self.env = {
            "HOME": str(folder), "LC_ALL": "C.UTF-8", "FLOORCTL_CONFIG": str(config),
            "FLOORCTL_PASSPHRASE_FILE": str(secret),
        }  # fmt: skip

    def run(self, *argv: str, stdin: str = "") -> str:
        """What a command prints; it has to succeed."""
        done = program.run("floorctl", *argv, stdin=stdin, timeout=90, env=self.env)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    def json(self, *argv: str) -> Any:
        """What a command answers with ``--json``."""
        return json.loads(self.run(*argv, "--json"))

    def states(self) -> dict[str, str]:
        """Command id → where it stands."""
        return {each["id"]: each["state"] for each in self.json("outbox", "list", "--limit", "1000")["items"]}


@pytest.fixture(params=["terminal-0.1.0"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldTerminal]:
    yield OldTerminal(DATA / request.param, tmp_path)
    shutil.rmtree(tmp_path / "terminal")


def test_everything_that_waited_is_there_as_the_old_program_told_it(old: OldTerminal) -> None:
    told, now = old.expected["outbox"]["items"], old.json("outbox", "list", "--limit", "1000")["items"]
    assert [each["id"] for each in now] == [each["id"] for each in told]
    for before, after in zip(told, now, strict=True):
        assert {name: after[name] for name in ("kind", "target", "state", "made_at", "made_by", "data")} == {
            name: before[name] for name in ("kind", "target", "state", "made_at", "made_by", "data")
        }
    assert {each["state"] for each in now} >= {"waiting", "applied", "conflict"}
    verdict = old.json("audit", "verify")
    assert verdict["ok"]
    entries = {each["hash"] for each in old.json("audit", "list", "--limit", "1000")["items"]}
    assert {each["hash"] for each in old.expected["audit"]["items"]} <= entries
    whoami = old.json("whoami")
    assert {name: whoami[name] for name in ("person_id", "name", "roles")} == {
        name: old.expected["whoami"][name] for name in ("person_id", "name", "roles")
    }

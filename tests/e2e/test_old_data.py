"""A data folder that another version of the program left opens with all that waits in it, and all of it is sent once.

The folders are made by ``tools/terminal_data.py``; ``tests/data/README.md`` says of which versions and what is in them.
"""

import json
import os
import re
import shutil
import sqlite3
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from floorctl.clock import PlatformClock
from floorctl.config import load
from floorctl.floor.terminal import open_terminal
from floorctl.rules.privacy import masked
from floorctl.rules.quality.scoring import items
from tests import forking
from tests.platforms import PlatformProcess
from tools.terminal_data import COMMENT, SUPERVISOR

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("old data")]

DATA = Path(__file__).parents[1] / "data"
SUPERVISOR_ID = "p-1001"
OVER = {"applied", "refused", "conflict"}


class OldTerminal:
    """A copy of one of the folders, and the program as it is on it."""

    def __init__(self, kept: Path, folder: Path) -> None:
        with tarfile.open(kept / "terminal.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        self.platform_db = folder / "platform.db"
        self.expected: dict[str, Any] = json.loads((kept / "expected.json").read_text("utf-8"))
        self.items: list[dict[str, Any]] = self.expected["outbox"]["items"]
        self.day = self.expected["handover"]["day"]
        self.config = folder / "terminal" / "floorctl.toml"
        text = self.config.read_text("utf-8")
        self.config.write_text(
            re.sub(r'data_dir = ".*"', f'data_dir = "{folder / "terminal" / "data"}"', text), "utf-8"
        )
        of_python = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
        self.env = of_python | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "FLOORCTL_CONFIG": str(self.config)}

    def run(self, *argv: str, stdin: str = "", ends: tuple[int, ...] = (0,)) -> str:
        """What a command prints; it has to end with one of ``ends``."""
        done = forking.run("floorctl", *argv, stdin=stdin, timeout=30, env=self.env)
        assert done.returncode in ends, done.stderr
        return done.stdout

    def json(self, *argv: str) -> Any:
        """What a command answers with ``--json``."""
        return json.loads(self.run(*argv, "--json"))

    def outbox(self) -> list[dict[str, Any]]:
        """Every command, the newest first."""
        items: list[dict[str, Any]] = self.json("outbox", "list", "--limit", "0")["items"]
        return items

    def platform(self, at: datetime | None = None) -> PlatformProcess:
        """The platform that it belongs to, at ``at``, else just after the last act: on any day as on that day."""
        at = at or max(datetime.fromisoformat(each["made_at"]) for each in self.items) + timedelta(seconds=2)
        anchor = {"platform": at.isoformat(), "wall": time.time(), "speed": 1.0}
        with closing(sqlite3.connect(self.platform_db)) as database, database:
            database.execute("UPDATE setting SET value = ? WHERE name = 'clock'", (json.dumps(anchor).encode(),))
        return PlatformProcess(self.platform_db, forked=True)

    def connect(self, platform: PlatformProcess) -> None:
        """Sign in at the platform, at the port that it has got, and sync."""
        text = self.config.read_text("utf-8")
        self.config.write_text(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{platform.port}", text), "utf-8")
        self.run("login", "--employee-no", SUPERVISOR, "--password-stdin", stdin=platform.accounts["supervisor"][1])
        self.run("sync", "--once")

    def fetch_cache(self) -> None:
        """Put the cache there that the platform fills, and nothing else: no command is sent, none is lost."""
        data = self.config.parent / "data"
        aside = self.config.parent / "aside"
        aside.mkdir()
        for file in data.glob("journal.db*"):
            file.rename(aside / file.name)
        at = datetime.fromisoformat(self.expected["orders"]["as_of"])
        with self.platform(at) as platform:
            self.connect(platform)
        for file in data.glob("journal.db*"):
            file.unlink()
        for file in aside.iterdir():
            file.rename(data / file.name)

    def applied_commands(self) -> Counter[str]:
        """Command id → how many times the platform has it as applied."""
        with closing(sqlite3.connect(self.platform_db)) as database:
            return Counter(each for (each,) in database.execute("SELECT id FROM command"))

    def held(self, kind: str, id_: str) -> dict[str, Any] | None:
        """An entity as the platform has it; None where it is removed."""
        with closing(sqlite3.connect(self.platform_db)) as database:
            (document,) = database.execute(
                "SELECT document FROM entity WHERE kind = ? AND id = ?", (kind, id_)
            ).fetchone()
        return None if document is None else dict(json.loads(document))


@pytest.fixture(params=["terminal-0.1.0", "terminal-before"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldTerminal]:
    yield OldTerminal(DATA / request.param, tmp_path)
    shutil.rmtree(tmp_path / "terminal")


def same(told: dict[str, Any], now: dict[str, Any], *names: str) -> None:
    assert {name: now[name] for name in names} == {name: told[name] for name in names}


def pending(document: dict[str, Any]) -> dict[str, Any]:
    """Id → state and the commands that wait, of everything in a list on which something waits."""
    return {each["id"]: (each.get("state"), each["pending"]) for each in document["items"] if each["pending"]}


def test_everything_that_waited_is_there_as_the_old_program_told_it(old: OldTerminal) -> None:
    now = old.outbox()
    assert [each["id"] for each in now] == [each["id"] for each in old.items]
    for before, after in zip(old.items, now, strict=True):
        same(before, after, "kind", "target", "state", "made_at", "made_by", "data")
        # The old program showed what the order had become with the citizen's data.
        assert after["problem"] == masked(before["problem"])
    assert {each["state"] for each in now} == {"waiting", *OVER}
    assert len({each["kind"] for each in now if each["state"] == "waiting"}) > 12

    assert old.json("audit", "verify")["ok"]
    entries = {each["hash"] for each in old.json("audit", "list", "--limit", "0")["items"]}
    assert {each["hash"] for each in old.expected["audit"]["items"]} <= entries
    same(old.expected["whoami"], old.json("whoami"), "person_id", "name", "roles")


def test_what_waited_is_offered_where_the_old_program_offered_it(old: OldTerminal) -> None:
    old.fetch_cache()
    for name, *argv in (
        ["orders", "orders", "--limit", "0"],
        ["alerts", "alerts"],
        ["seats", "seats"],
        ["samples", "inspect", "list", "--day", old.day, "--limit", "0"],
        ["facts", "assess", "facts", old.day[:7], "--limit", "0"],
    ):
        told = pending(old.expected[name])
        assert told
        assert pending(old.json(*argv)) == told, name
    told = old.expected["handover"]
    handover = old.json("handover", "show", "--day", told["day"], "--shift", told["from_shift"])
    same(told, handover, "id", "state", "pending", "summary", "given_by", "given_at")
    for before, after in zip(told["items"], handover["items"], strict=True):
        same(before, after, *before)
    assert (handover["state"], handover["given_by"]) == ("given", SUPERVISOR_ID)

    draft = old.expected["draft"]
    same(draft, old.json("inspect", "show", draft["id"]), "id", "state", "drafted", "pending")
    assert draft["drafted"]
    at = datetime.fromisoformat(old.expected["orders"]["as_of"])
    with closing(open_terminal(load(old.config), clock=PlatformClock(wall=lambda: at))) as floor:
        form = floor.scoring.form(draft["id"])
        floor.texts.load()
        for purpose, subject, line in old.expected["lines"]:
            assert floor.texts.offered(floor.texts.key(purpose, subject)) == line
    first, second = [item.id for item in items(form.rubric)][:2]
    assert set(form.points) == {first, second}
    assert form.comments == {second: COMMENT}


def test_all_of_it_is_sent_exactly_once_when_the_platform_comes_back(old: OldTerminal) -> None:
    waiting = {each["id"]: each for each in old.items if each["state"] == "waiting"}
    had = old.applied_commands()
    assert not had.keys() & waiting.keys()
    with old.platform() as platform:
        old.connect(platform)
        now = {each["id"]: each for each in old.outbox()}
        old.run("sync", "--once")
        again = {each["id"]: each["state"] for each in old.outbox()}
    states = {each: now[each]["state"] for each in waiting}
    assert set(states.values()) == {"applied"}, [now[each] for each in states if states[each] != "applied"]
    assert again == {each["id"]: each["state"] for each in now.values()}
    assert old.applied_commands() - had == Counter(list(waiting))
    for each in old.items:
        if each["state"] != "waiting":
            same(each, now[each["id"]], "kind", "target", "state", "data")
    took: dict[str, Callable[[dict[str, Any]], None]] = {
        "order.urge": lambda each: _urged_once(old, each),
        "handover.note": lambda each: _noted_once(old, each),
    }
    for each in waiting.values():
        if each["kind"] in took:
            took[each["kind"]](each)
    handover = old.held("handover", old.expected["handover"]["id"])
    assert handover
    assert (handover["state"], handover["given_by"]) == ("given", SUPERVISOR_ID)
    assert handover["summary"] == old.expected["handover"]["summary"]
    assert old.json("inspect", "show", old.expected["draft"]["id"])["drafted"]
    assert old.json("audit", "verify")["ok"]


def _urged_once(old: OldTerminal, command: dict[str, Any]) -> None:
    order = old.held("order", command["target"]["id"])
    assert order
    urges = [(each["by"], each["level"]) for each in order["urges"] if each["at"] >= command["made_at"]]
    assert urges == [(SUPERVISOR_ID, command["data"]["level"])]


def _noted_once(old: OldTerminal, command: dict[str, Any]) -> None:
    handover = old.held("handover", command["target"]["id"])
    assert handover
    assert [each["id"] for each in handover["items"]].count(command["data"]["item_id"]) == 1


def test_what_was_parked_is_decided_on(old: OldTerminal) -> None:
    parked = [each for each in old.items if each["state"] in ("refused", "conflict")]
    refused = next(each for each in parked if each["state"] == "refused")
    skills = next(each for each in parked if each["kind"] == "seat.skills")
    with old.platform() as platform:
        old.connect(platform)
        old.run("outbox", "drop", refused["id"], "--reason", "nobody sits there")
        old.run("outbox", "retry", skills["id"], ends=(0, 3))
        now = old.outbox()
    assert {each["id"]: each["state"] for each in now}[refused["id"]] == "dropped"
    seat = old.held("seat", skills["target"]["id"])
    assert seat
    assert seat["skills"] == skills["data"]["skills"]

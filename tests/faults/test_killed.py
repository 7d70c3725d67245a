"""kill -9 at any point while acting and syncing: by the platform's own records nothing is lost and nothing doubled."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from floorctl.config import load
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.floor.views import OutboxItem
from tests.floor_access import journal_of
from tests.platforms import PlatformProcess, Platforms
from tests.scope import FULL
from tests.waiting import wait_until, wait_until_live

#: Deaths of a terminal, and after how many the platform dies as well.
KILLS = int(os.environ.get("FLOORCTL_KILLS") or (1000 if FULL else 15))
PLATFORM_EVERY = 50 if FULL else 10
_AT_A_TIME = 5


class Applied(NamedTuple):
    """A command in the platform's records."""

    id: str
    target: tuple[str, str]


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms() as process:
        yield process


@pytest.fixture
def terminal(platform: PlatformProcess, tmp_path: Path) -> Path:
    """A terminal's configuration, signed in as the supervisor, with the platform's data."""
    path = tmp_path / "floorctl.toml"
    path.write_text(
        f'[platform]\nurl = "{platform.url}"\n[terminal]\ndata_dir = "{tmp_path / "data"}"\nkey = "file"\n', "utf-8"
    )
    floor = open_terminal(load(path))
    floor.session.sign_in(*platform.accounts["supervisor"])
    floor.live.start()
    wait_until_live(floor, seconds=60)
    floor.close()
    return path


def records(data: Path) -> list[Applied]:
    """Return the commands that the platform applied, in its order."""
    with closing(sqlite3.connect(f"file:{data}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT id, target_kind, target_id FROM command ORDER BY rowid").fetchall()
    return [Applied(id_, (kind, target)) for id_, kind, target in rows]


def settle(floor: Floor) -> None:
    """Drop all refused commands, as a person decides."""
    for item in floor.outbox.items(["refused", "conflict"], limit=1000):
        floor.desk.drop(item.id, "已办结")


def in_turn(items: list[OutboxItem]) -> dict[tuple[str, str], list[str]]:
    """Return the applied commands by target, in the order in which they had to be applied."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in sorted(items, key=lambda item: (item.place, item.seq)):
        if item.state == "applied":
            found[item.target.kind, item.target.id].append(item.id)
    return found


def test_killed_while_acting_and_syncing_nothing_is_lost_and_nothing_doubled(
    platform: PlatformProcess, terminal: Path, record_property: Callable[[str, object], None]
) -> None:
    assert isinstance(platform.data, Path)
    before = len(records(platform.data))
    argv = [sys.executable, "-m", "tests.faults.killed_terminals", str(terminal), "7"]
    killed, platform_killed, promised = 0, 0, set[str]()
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as terminals:
        assert terminals.stdin is not None
        assert terminals.stdout is not None
        while killed < KILLS:
            terminals.stdin.write(f"{_AT_A_TIME}\n")
            terminals.stdin.flush()
            died = json.loads(terminals.stdout.readline())
            assert died["failed"] == 0
            killed += died["killed"]
            promised |= set(died["promised"])
            if killed // PLATFORM_EVERY > platform_killed:
                platform.kill()
                platform.start()
                platform_killed += 1
        terminals.stdin.close()

    floor = open_terminal(load(terminal))
    try:
        floor.live.start()
        wait_until(
            lambda: settle(floor) or floor.status.connection().waiting == 0, seconds=180, why="for all to be sent"
        )
        wait_until_live(floor)
        items = journal_of(floor).items()
    finally:
        floor.close()

    on_platform = records(platform.data)[before:]
    by_id = {item.id: item for item in items}
    assert {item.state for item in items} <= {"applied", "dropped"}
    # Nothing refuses what is done to seats that nobody touches but these terminals, least of all themselves.
    assert [item for item in items if item.target.kind == "seat" and item.state != "applied"] == []
    lost = [id_ for id_ in promised if id_ not in by_id]
    applied = {item.id for item in items if item.state == "applied"}
    assert {each.id for each in on_platform} == applied, "the platform and the journal do not say the same"

    entities, _ = platform.snapshot("order", "seat")
    notes = Counter(
        urge["note"]
        for (kind, _), change in entities.items()
        if kind == "order"
        for urge in change["data"].get("urges", ())
        if urge.get("note")
    )
    urged = [item.data["note"] for item in items if item.kind == "order.urge" and item.state == "applied"]
    lost += [note for note in urged if notes[note] == 0]
    doubled = [note for note in urged if notes[note] > 1]

    arrived: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in on_platform:
        arrived[each.target].append(each.id)
    assert arrived == in_turn(items), "not in the order in which it was done"
    for seat in {item.target.id for item in items if item.kind == "seat.skills"}:
        last = by_id[arrived["seat", seat][-1]]
        assert entities["seat", seat]["data"]["skills"] == last.data["skills"]

    for name, value in {
        "kills": killed,
        "platform kills": platform_killed,
        "commands": len(items),
        "promised": len(promised),
        "lost": len(lost),
        "duplicated": len(doubled),
    }.items():
        record_property(name, value)
    assert (lost, doubled) == ([], [])
    assert len(promised) >= killed

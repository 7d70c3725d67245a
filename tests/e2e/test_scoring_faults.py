"""kill -9 while an inspector scores: every score sent once, every half-done form back as it was."""

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.config import load
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.rules.quality.form import Form
from tests.e2e.floor_terminal import FloorTerminal
from tests.e2e.scoring import (
    PATIENCE,
    floor_for,
    open_next,
    points_on,
    rubric_items,
    samples_by_target,
    scored_by,
    target_on,
)
from tests.platforms import PlatformProcess, Platforms
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

#: Times that the cockpit is killed while samples are scored; 100 for the full trial.
KILLS = int(os.environ.get("FLOORCTL_SCORING_KILLS", "3"))
_COMMENT = "语速过快未复述"
#: A form as far as it is filled in: points and comments.
Points = dict[str, float | None]
State = tuple[Points, dict[str, str]]


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms("--at", "08:00", *floor_for(KILLS // 2)) as process:
        yield process


class Scored:
    """A sample as it is being scored: the keys still to press and every state that they lead through."""

    def __init__(self, items: list[dict[str, Any]], begun: Form) -> None:
        self.points = dict(begun.points)
        self.comments = dict(begun.comments)
        self.states: list[State] = [self._now()]
        self.keys: list[str] = []
        full = {item["id"]: float(item["points"]) for item in items}
        for at, item in enumerate(items[:4]):
            if item["id"] not in self.comments:
                self._press(chr(65 + at))
                points = full[item["id"]] - (1 if at % 2 else 2)
                self._press(f"{points:g}", points={item["id"]: points})
                for n in range(1, len(_COMMENT) + 1):
                    self._press(_COMMENT[n - 1], comments={item["id"]: _COMMENT[:n]})
                self._press("enter")
        rest: Points = {each: points for each, points in full.items() if each not in self.points}
        self._press("f", points=rest)
        self._press("ctrl+s")

    def _press(self, key: str, points: Points | None = None, comments: dict[str, str] | None = None) -> None:
        self.points |= points or {}
        self.comments |= comments or {}
        self.keys.append(key)
        self.states.append(self._now())

    def _now(self) -> State:
        return dict(self.points), dict(self.comments)


def journal_of(here: FloorTerminal) -> Floor:
    """The terminal's own files, opened while no cockpit is."""
    return open_terminal(load(here.config))


def begun(here: FloorTerminal, sample: str) -> Form:
    floor = journal_of(here)
    try:
        return floor.scoring.form(sample)
    finally:
        floor.close()


def submits(here: FloorTerminal) -> list[dict[str, Any]]:
    items = here.json("outbox", "list", "--limit", "2000")["items"]
    return [item for item in items if item["kind"] == "inspection.submit"]


def test_killed_at_any_point_no_score_is_lost_or_doubled_and_every_draft_is_back_as_it_was(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    here = FloorTerminal(tmp_path / "terminal", platform)
    here.login("inspector")
    me = "p-" + platform.accounts["inspector"][0]
    items = rubric_items(platform)
    chance = random.Random(100)
    assert here.run("sync", "--once").returncode == 0
    drafts = finished = 0
    for n in range(KILLS):
        cockpit = here.cockpit()
        try:
            screen = open_next(cockpit)
            target, by_target = target_on(screen), samples_by_target(platform)  # they are drawn by and by
            cockpit.wait_for("已存", seconds=PATIENCE)
            scored = Scored(items, begun(here, by_target[target]))
            pressed, shown = score_and_kill(cockpit, scored, chance)
        finally:
            cockpit.close()
        if n % 10 == 9:
            print(f"{n + 1} kills: {finished} submitted, {drafts} drafts back")
        form = begun(here, by_target[target])
        ours = [item for item in submits(here) if sample_of(item) == by_target[target]]
        if ours:
            finished += 1
            assert len(ours) == 1
            assert not form.begun, "its draft went in the moment in which it was submitted"
            continue
        drafts += form.begun
        # As it was after one of the keys, and none before what the screen called saved.
        reached = [at for at, state in enumerate(scored.states) if state == (form.points, form.comments)]
        assert reached, (form, pressed)
        assert min(reached) <= pressed
        if shown is not None:
            said = min(at for at, state in enumerate(scored.states) if as_shown(state[0], items) == shown)
            assert max(reached) >= said
    wait_until_sent(here)
    scores = scored_by(platform, me)
    for item in submits(here):
        assert item["state"] == "applied"
        assert len(scores[sample_of(item)]) == 1
    samples = [sample_of(item) for item in submits(here)]
    assert len(samples) == len(set(samples)) == finished
    print(f"{KILLS} kills: {finished} submitted, each once; {drafts} drafts back as they were")


def sample_of(item: dict[str, Any]) -> str:
    return str(item["data"]["sample_id"])


def as_shown(points: dict[str, float | None], items: list[dict[str, Any]]) -> dict[str, str]:
    """Points by letter, as the form writes them."""
    return {
        chr(65 + at): "·" if item["id"] not in points else f"{points[item['id']]:g}" for at, item in enumerate(items)
    }


def score_and_kill(cockpit: Terminal, scored: Scored, chance: random.Random) -> tuple[int, dict[str, str] | None]:
    """Press the keys, kill it at some point; how many were pressed, and the points on a screen that said saved."""
    at_key = len(scored.keys) if chance.random() < 0.45 else chance.randrange(len(scored.keys) + 1)
    for key in scored.keys[:at_key]:
        cockpit.press(key, pause=0.02)
    time.sleep(chance.uniform(0, 0.3))
    shown = cockpit.text()
    killer = threading.Thread(target=cockpit.kill)
    killer.start()
    pressed = at_key
    for key in scored.keys[at_key : at_key + 2]:  # and some more keys while it dies
        try:
            cockpit.press(key, pause=0.005)
        except OSError:
            break
        pressed += 1
    killer.join()
    saved = "已存" in shown and target_on(shown)
    return pressed, points_on(shown) if saved else None


def wait_until_sent(here: FloorTerminal) -> None:
    assert here.run("sync", "--once").returncode == 0
    wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=60, why="for the outbox to empty")

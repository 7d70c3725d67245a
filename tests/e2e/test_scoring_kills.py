"""kill -9 while an inspector scores: every submitted score is on the platform once, every draft is as it was."""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.rules.quality import form as forms
from floorctl.rules.quality.form import Form
from tests import forking
from tests.build import config
from tests.e2e.scoring import floor_for
from tests.e2e.scoring_process import ways
from tests.platforms import PlatformProcess, Platforms
from tests.scope import FULL
from tests.waiting import HURRIED, wait_until

#: A few kills where everybody waits for them, a hundred where somebody asks for them (``make kills``).
KILLS = int(os.environ.get("FLOORCTL_TEST_KILLS", "5" if FULL else "3"))
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def as_filled(form: Form, count: int) -> Form:
    """This form as the process fills it in, when ``count`` items are scored."""
    return list(ways(replace(form, points={}, comments={})))[count - 1]


def entered(form: Form) -> object:
    return form.points, form.comments, form.fatal, form.comment


class Witness:
    """What the killed processes said they had done, and what they had begun."""

    def __init__(self) -> None:
        self.saved: dict[str, int] = {}
        self.begun: dict[str, int] = {}
        self.submitted: set[str] = set()
        self.submitting: set[str] = set()

    def hear(self, line: str) -> bool:
        """Take in a line; True for the last one."""
        what, sample, count = line.split()
        match what:
            case "saving":
                self.begun[sample] = int(count)
            case "saved":
                self.saved[sample] = int(count)
            case "submitting":
                self.submitting.add(sample)
            case "submitted":
                self.submitted.add(sample)
        return what == "finished"

    def check(self, floor: Floor) -> None:
        """What a person finds who opens the terminal after a kill."""
        sent = Counter(
            item.data["sample_id"] for item in floor.outbox.items(limit=10_000) if item.kind == "inspection.submit"
        )
        assert self.submitted <= set(sent)
        assert set(sent) <= self.submitting
        assert not [sample for sample, times in sent.items() if times > 1]
        for sample, begun in self.begun.items():
            form = floor.scoring.form(sample)
            if sample in sent:
                assert not form.begun
                continue
            count = len(form.points)
            assert count in (self.saved.get(sample, 0), begun)
            if count:
                assert entered(form) == entered(as_filled(form, count))
            # Killed between keeping it and saying so: it was kept.
            self.saved[sample] = count


def run(folder: Path, platform: PlatformProcess, witness: Witness, chance: random.Random, *, kill: bool) -> bool:
    """Let the process work until it is killed; True where it finished before that."""
    said, says = os.pipe()
    with os.fdopen(says, "w") as out:
        argv = ("tests.e2e.scoring_process", str(folder), platform.url)
        process = forking.start(*argv, cwd=ROOT, files=[0, out.fileno(), 2])
    lines = chance.randrange(1, 24) if kill else None
    finished = False
    with os.fdopen(said) as told:
        for at, line in enumerate(told, 1):
            finished = witness.hear(line)
            if lines is not None and at >= lines:
                time.sleep(chance.random() * 0.02)
                process.kill()
                break
        # What it still said before it was dead had happened.
        for line in told:
            finished = witness.hear(line) or finished if line.endswith("\n") else finished
    process.wait()
    return finished


def test_killed_at_random_points_nothing_is_lost_and_nothing_twice(platforms: Platforms, tmp_path: Path) -> None:
    seed = int(os.environ.get("FLOORCTL_TEST_SEED", "20261125"))
    chance = random.Random(seed)
    with platforms("--at", "08:00", *floor_for(KILLS)) as platform:
        folder = tmp_path / "terminal"
        settings = config(folder, url=platform.url)
        floor = open_terminal(settings)
        floor.session.sign_in(*platform.accounts["inspector"])
        floor.live.start(watch=False, pace=HURRIED)
        wait_until(lambda: floor.status.connection().mode == "live" and floor.quality.samples(), seconds=60)
        floor.close()

        witness = Witness()
        for at in range(KILLS):
            finished = run(folder, platform, witness, chance, kill=True)
            floor = open_terminal(settings)
            try:
                witness.check(floor)
            finally:
                floor.close()
            if finished:
                pytest.fail(f"only {at} kills: there was nothing left to score (seed {seed})")

        floor = open_terminal(settings)
        floor.live.start(watch=False, pace=HURRIED)
        wait_until(
            lambda: floor.status.connection().mode == "live" and not floor.status.connection().waiting, seconds=60
        )
        floor.close()
        _check_platform(tmp_path / "stranger", platform, witness)


def _check_platform(folder: Path, platform: PlatformProcess, witness: Witness) -> None:
    """A stranger's terminal sees every submitted score, once, with the total that its points come to."""
    floor = open_terminal(config(folder, url=platform.url))
    try:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start(watch=False, pace=HURRIED)
        wait_until(
            lambda: (
                floor.status.connection().mode == "live"
                and all(floor.quality.sample(each).inspections for each in witness.submitted if floor.quality.samples())
            ),
            seconds=60,
        )
        for sample in witness.submitted:
            (view,) = floor.quality.sample(sample).inspections
            score = view.inspection
            empty = floor.scoring.form(sample)
            form = as_filled(empty, len(forms.full(empty).points))
            assert score.scores == forms.scores(form)
            assert score.total == float(forms.total(form))
        done = {view.id for view in floor.quality.samples(states=["scored"]) if view.inspections}
        assert witness.submitted <= done
    finally:
        floor.close()

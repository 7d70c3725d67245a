"""Many walks, made up by hypothesis from a seed; of what they find, the fewest steps that still find it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.explorer.steps import Setting, Step, as_test, settings_of, walks
from tests.explorer.walk import FindingError, walk
from tests.explorer.world import World

#: A walk's most steps.
LONGEST = 40


@dataclass
class Finding:
    """What a walk found, and the walk."""

    kind: str
    said: str
    setting: Setting
    steps: list[Step]

    @property
    def sign(self) -> str:
        """By which two findings of the same fault are known, mostly."""
        said = re.sub(r"'[^']*'|\"[^\"]*\"|\d+|[^\x00-\x7f]+", "#", self.said)
        return f"{self.kind}: {re.sub(r'(#[^#]{0,3})+', '#', said)[:90]}"

    def __str__(self) -> str:
        """The finding as a test."""
        return as_test(self.setting, self.steps, f"{self.kind}: {self.said}")


class _EnoughError(BaseException):
    """The time is over; hypothesis lets it through."""


@dataclass
class Count:
    """What was walked."""

    walks: int = 0
    steps: int = 0


def found_by(template: World, setting: Setting, steps: list[Step], count: Count | None = None) -> Finding | None:
    """What this walk finds."""
    size, language, role = setting
    taken = steps
    try:
        taken = walk(template, steps, size=size, language=language, role=role)
    except FindingError as error:
        taken = error.steps
        return Finding(error.kind, error.said, setting, list(taken))
    finally:
        if count is not None:
            count.walks += 1
            count.steps += len(taken)
    return None


def shortest(template: World, finding: Finding, *, tries: int = 150) -> Finding:
    """The fewest of its steps that find the same, so far as some tries tell."""
    best, size = finding, max(1, len(finding.steps) // 2)
    while size and tries > 0:
        at, before = 0, len(best.steps)
        while at < len(best.steps) and tries > 0:
            fewer = [*best.steps[:at], *best.steps[at + size :]]
            tries -= 1
            found = found_by(template, finding.setting, fewer)
            if found is not None and found.sign == finding.sign and len(found.steps) < len(best.steps):
                best = found
            else:
                at += size
        if size > 1 or len(best.steps) == before:
            size = size // 2
    return best


def explore(
    template: World,
    number: int,
    *,
    most: int = 1_000_000,
    seconds: float | None = None,
    longest: int = LONGEST,
    count: Count | None = None,
    known: Callable[[str], bool] = lambda _sign: False,
) -> Iterator[Finding]:
    """The findings of ``most`` walks from the seed ``number``, each kind once; ``seconds``: until so much time is over.

    ``known``: tells of a finding's sign whether it is passed over.
    """
    until = None if seconds is None else time.perf_counter() + seconds
    found: dict[str, Finding] = {}
    counted = count or Count()

    @seed(number)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(settings_of(), walks(longest))
    def goes(setting: Setting, steps: list[Step]) -> None:
        if until is not None and time.perf_counter() > until:
            raise _EnoughError
        finding = found_by(template, setting, steps, counted)
        if finding is not None and finding.sign not in found and not known(finding.sign):
            found[finding.sign] = finding

    with suppress(_EnoughError):
        goes()
    for finding in found.values():
        yield shortest(template, finding)

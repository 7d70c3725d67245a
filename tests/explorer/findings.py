"""Random walks, made by hypothesis from a seed, and the reduction of a finding to few steps."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.explorer.errors import FindingError
from tests.explorer.steps import Setting, Step, as_test, settings_of, walks
from tests.explorer.walk import walk
from tests.explorer.world import World

#: A walk's most steps.
LONGEST = 40


@dataclass
class Finding:
    """What a walk found, and the walk."""

    kind: str
    message: str
    setting: Setting
    steps: list[Step]

    @property
    def signature(self) -> str:
        """What two findings of the same fault have in common, mostly: the message without names and numbers."""
        message = re.sub(r"'[^']*'|\"[^\"]*\"|\d+|[^\x00-\x7f]+", "#", self.message)
        return f"{self.kind}: {re.sub(r'(#[^#]{0,3})+', '#', message)[:90]}"

    def __str__(self) -> str:
        """The finding as a test."""
        return as_test(self.setting, self.steps, f"{self.kind}: {self.message}")


class _EnoughError(BaseException):
    """The time is over; hypothesis lets it through."""


@dataclass
class Count:
    """What was walked."""

    walks: int = 0
    steps: int = 0


def run_walk(template: World, setting: Setting, steps: list[Step], count: Count | None = None) -> Finding | None:
    """Walk; return what was found, None if nothing."""
    size, language, role = setting
    taken = steps
    try:
        taken = walk(template, steps, size=size, language=language, role=role)
    except FindingError as error:
        taken = error.steps
        return Finding(error.kind, error.message, setting, list(taken))
    finally:
        if count is not None:
            count.walks += 1
            count.steps += len(taken)
    return None


def shrink(template: World, finding: Finding, *, tries: int = 150) -> Finding:
    """Return the finding with fewer steps that lead to the same, after at most ``tries`` walks."""
    best, size = finding, max(1, len(finding.steps) // 2)
    while size and tries > 0:
        at, before = 0, len(best.steps)
        while at < len(best.steps) and tries > 0:
            fewer = [*best.steps[:at], *best.steps[at + size :]]
            tries -= 1
            found = run_walk(template, finding.setting, fewer)
            if found is not None and found.signature == finding.signature and len(found.steps) < len(best.steps):
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
    known: Callable[[str], bool] = lambda _signature: False,
) -> Iterator[Finding]:
    """Yield the findings of ``most`` walks from the seed ``number``, each kind once.

    ``seconds``: stop after so much time. ``known``: returns whether findings with a signature are left out.
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
    def try_walk(setting: Setting, steps: list[Step]) -> None:
        if until is not None and time.perf_counter() > until:
            raise _EnoughError
        finding = run_walk(template, setting, steps, counted)
        if finding is not None and finding.signature not in found and not known(finding.signature):
            found[finding.signature] = finding

    with suppress(_EnoughError):
        try_walk()
    for finding in found.values():
        yield shrink(template, finding)

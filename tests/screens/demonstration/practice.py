"""A demonstration for tests: its cockpit on a floor of files, and a line that notes what it is told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import time

from floorctl.floor.floor import Floor
from floorctl.i18n import use_language
from floorctl.screens.demonstration.cockpit import DemoCockpit
from floorctl.screens.demonstration.demonstration import DemoAccount, Demonstration
from tests.screens.looking import CockpitPilot, at_rest, lines, piloted, until

ROLES = ("supervisor", "shift_lead", "inspector", "viewer")
ACCOUNTS = tuple(
    DemoAccount(role, f"p-{number}", number, f"secret{number}")
    for role, number in zip(ROLES, ("1001", "1002", "1004", "1006"), strict=True)
)


class Line:
    """Notes what the line was told, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def cut(self) -> None:
        self.told.append("cut")

    def mend(self) -> None:
        self.told.append("mend")


def demonstration(
    line: Line | None = None,
    scenario: str = "day",
    *,
    line_breaks: float | None = None,
    go_live: Callable[[], object] = lambda: None,
    has_ended: Callable[[], bool] = lambda: False,
) -> Demonstration:
    line = line or Line()
    return Demonstration(scenario, time(10, 20), ACCOUNTS, go_live, line.cut, line.mend, line_breaks, has_ended)


@asynccontextmanager
async def practising(
    floor: Floor, of: Demonstration | None = None, size: tuple[int, int] = (80, 24), *, notifications: bool = False
) -> AsyncIterator[CockpitPilot]:
    """Run the cockpit of a demonstration and wait until its first picture is complete."""
    try:
        app = DemoCockpit(floor, of or demonstration())
        async with piloted(app, size=size, notifications=notifications) as pilot:
            await until(pilot, lambda: lines(app)[0].strip() and lines(app)[-1].strip())
            await at_rest(pilot)
            yield pilot
    finally:
        use_language("zh-CN")

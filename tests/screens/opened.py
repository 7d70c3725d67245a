"""The cockpit with one of its screens open, or with a dialog."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from textual.screen import Screen

from floorctl.floor.floor import Floor
from floorctl.screens.alerts.screen import AlertsScreen
from floorctl.screens.app import CockpitApp
from floorctl.screens.assessment.facts import FactForm
from floorctl.screens.assessment.screen import AssessmentScreen
from floorctl.screens.handover.screen import HandoverScreen
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.quality.screen import QualityScreen
from floorctl.screens.sync.screen import SyncScreen
from tests.screens.looking import CockpitPilot, at_rest, piloted, until

S = TypeVar("S", bound=Screen[Any])
#: A context whose value is the pilot and the open screen.
Opened = AbstractAsyncContextManager[tuple[CockpitPilot, S]]
SIZE = (120, 36)


def orders_of(floor: Floor, size: tuple[int, int] = SIZE) -> Opened[OrdersScreen]:
    """Orders, read and at rest."""
    return _opened(floor, OrdersScreen, "3", size=size)


def alerts_of(floor: Floor, size: tuple[int, int] = SIZE) -> Opened[AlertsScreen]:
    """Alerts, read and at rest."""
    return _opened(floor, AlertsScreen, "4", size=size)


def quality_of(floor: Floor, *keys: str, size: tuple[int, int] = SIZE) -> Opened[QualityScreen]:
    """Quality, after ``keys`` were pressed on its first list."""
    return _opened(floor, QualityScreen, "5", size=size, ready=lambda screen: screen.table.loaded, then=keys)


def scoring(
    floor: Floor, size: tuple[int, int] = SIZE, *, keys: tuple[str, ...] = ("5", "enter")
) -> Opened[ScoringScreen]:
    """The form of today's next sample, opened from the floor screen by keys that are typed without waiting."""
    return _opened(floor, ScoringScreen, keys, size=size, ready=lambda screen: screen.query("#form"), rests=False)


def score_of(floor: Floor, size: tuple[int, int] = SIZE) -> Opened[AssessmentScreen]:
    """Assessment, with the item under the cursor read."""

    def ready(screen: AssessmentScreen) -> object:
        return screen.item_data and screen.cockpit.score.view

    return _opened(floor, AssessmentScreen, "6", size=size, ready=ready)


def score_of_nothing(floor: Floor) -> Opened[AssessmentScreen]:
    """Assessment where nothing is known of the month, so that there is no item to read."""

    def ready(screen: AssessmentScreen) -> object:
        return screen.month_data and screen.cockpit.score.view

    return _opened(floor, AssessmentScreen, "6", size=SIZE, ready=ready, rests=False)


def handover_of(floor: Floor, size: tuple[int, int] = (80, 24)) -> Opened[HandoverScreen]:
    """Handover, with the shift's figures counted."""
    return _opened(floor, HandoverScreen, "7", size=size, ready=lambda screen: screen.figures is not None)


def sync_of(floor: Floor, size: tuple[int, int] = SIZE) -> Opened[SyncScreen]:
    """Sync, read and at rest."""
    return _opened(floor, SyncScreen, "s", size=size)


@asynccontextmanager
async def _opened(
    floor: Floor,
    kind: type[S],
    keys: Sequence[str],
    *,
    size: tuple[int, int],
    ready: Callable[[S], object] = lambda _: True,
    then: Sequence[str] = (),
    rests: bool = True,
) -> AsyncIterator[tuple[CockpitPilot, S]]:
    """Open the screen of ``kind`` with ``keys``, wait until it is ``ready``, press ``then``; let the cockpit rest."""
    app = CockpitApp(floor)
    async with piloted(app, size=size) as pilot:
        await pilot.press(*keys)
        await until(pilot, lambda: isinstance(app.screen, kind) and ready(app.screen))
        screen = app.screen
        assert isinstance(screen, kind)
        await pilot.press(*then)
        if rests:
            await at_rest(pilot)
        yield pilot, screen


@asynccontextmanager
async def cockpit_with(
    floor: Floor, dialog: Callable[[], Screen[Any]] | None, *keys: str
) -> AsyncIterator[CockpitPilot]:
    """The cockpit with ``dialog`` on top, or with what ``keys`` open."""
    app = CockpitApp(floor)
    async with piloted(app, size=(100, 30), notifications=True) as pilot:
        await at_rest(pilot)
        if dialog is not None:
            app.push_screen(dialog())
            await at_rest(pilot)
        for key in keys:
            await pilot.press(key)
            await at_rest(pilot)
        yield pilot


def second_person() -> SecondPerson:
    """A dialog in which anybody may sign."""
    return SecondPerson("?", "?", lambda *_: None)


def fact_form() -> FactForm:
    """The empty form of a training."""
    return FactForm("training", {})

"""工单, 预警 and 同步 by keys against a platform in a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from floorctl.errors import FloorctlError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter
from floorctl.screens.app import CockpitApp
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.alarm import Alarm
from floorctl.screens.sync.conflict import Decide
from floorctl.screens.sync.screen import SyncScreen
from floorctl.widgets.pane import Pane
from tests.build import config
from tests.platforms import PlatformProcess
from tests.screens.looking import CockpitPilot, loaded, piloted, words
from tests.waiting import wait_until, wait_until_live

pytestmark = pytest.mark.real_time
T = TypeVar("T")


def by_hand(floor: Floor, *states: str) -> list[Any]:
    """Return the commands that a person made, without those of alert rules."""
    return [item for item in floor.outbox.items(states or None) if not item.automatic]


async def until(pilot: CockpitPilot, holds: Any, *, why: str) -> None:
    for _ in range(400):
        await pilot.pause(0.05)
        if holds():
            return
    raise AssertionError(f"waited in vain {why}")


async def _went_to(pilot: CockpitPilot, key: str, kind: type[T]) -> T:
    """Go to a screen; close an alarm that covers it first."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, (kind, Alarm)), why="for the screen")
    if isinstance(pilot.app.screen, Alarm):
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, kind), why="for the screen behind the alarm")
    return cast(T, pilot.app.screen)


async def test_five_keys_urge_the_three_latest_at_the_platform(live_floor: Floor) -> None:
    wait_until(lambda: live_floor.orders.page().total >= 300, seconds=60, why="for the history")
    app = CockpitApp(live_floor)
    async with piloted(app, size=(120, 36)) as pilot:
        screen = await _went_to(pilot, "3", OrdersScreen)
        await until(pilot, lambda: screen.orders.total >= 300, why="for the list")
        latest = [row.id for row in map(screen.orders.row_at, range(3)) if row is not None]
        await pilot.press("space", "space", "space", "u")
        await until(pilot, lambda: len(by_hand(live_floor, "applied")) == 3, why="for three urges to be applied")
        assert {item.target.id for item in by_hand(live_floor)} == set(latest)
        await until(
            pilot, lambda: not any(live_floor.orders.get(each).pending for each in latest), why="for their versions"
        )
        assert all(live_floor.orders.get(each).urge_level for each in latest)
        await until(
            pilot,
            lambda: not any("↑" in row.cells[1][0] for row in loaded(screen.orders)[:3]),
            why="for the pending marks to go",
        )


@pytest.fixture
def in_conflict(live_floor: Floor, platform: PlatformProcess, tmp_path: Path) -> Iterator[tuple[Floor, str, str]]:
    """A floor whose dispatch is in conflict with another: the floor, the name of its department, of the other's."""
    folder = tmp_path / "other"
    other = open_terminal(config(folder, url=platform.url))
    other.session.sign_in(*platform.accounts["shift_lead"])
    other.live.start()
    wait_until_live(other)
    wait_until(lambda: other.orders.page(OrderFilter(to_dispatch=True)).total, seconds=60, why="for one to dispatch")
    order_id = other.orders.page(OrderFilter(to_dispatch=True)).items[0].id
    (first, mine), (second, theirs) = ((each, department.name) for each, department in other.names.departments()[:2])
    other.close()
    other = open_terminal(config(folder, url=platform.url))  # it does not sync, so it builds on what it saw
    other.orders.dispatch(order_id, [first])
    wait_until(lambda: _knows(live_floor, order_id), why="for it")
    live_floor.orders.dispatch(order_id, [second])
    wait_until(lambda: by_hand(live_floor, "applied"), why="for the first dispatch")
    other.live.start()
    wait_until(lambda: other.outbox.items(("conflict",)), why="for the conflict")
    yield other, mine, theirs
    other.close()


def _knows(floor: Floor, order_id: str) -> bool:
    try:
        return bool(floor.orders.get(order_id))
    except FloorctlError:
        return False


async def test_a_conflict_is_settled_by_keys(in_conflict: tuple[Floor, str, str]) -> None:
    other, mine, theirs = in_conflict
    app = CockpitApp(other)
    async with piloted(app, size=(120, 36)) as pilot:
        screen = await _went_to(pilot, "s", SyncScreen)
        await until(pilot, lambda: screen.table.total, why="for the outbox")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Decide) and app.screen.query("#sides"), why="for both sides")
        sides = app.screen.query_one("#sides", Pane)
        await until(pilot, lambda: mine in words(sides, 100) and theirs in words(sides, 100), why="for what they say")
        await pilot.press("3")
        await until(pilot, lambda: not isinstance(app.screen, Decide) and app.focused, why="for the question")
        await pilot.press(*"ok", "enter")
        await until(pilot, lambda: [item.state for item in by_hand(other)] == ["dropped"], why="for the decision")
        [item] = by_hand(other)
        assert (item.state, item.reason) == ("dropped", "ok")
        assert other.status.connection().conflicts == 0

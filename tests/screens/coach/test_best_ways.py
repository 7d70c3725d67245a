"""The best way of each task, pressed on a real platform: it is seen to be done, with exactly the keys that it says."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import time

import pytest

from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.screens.coach.attempt import Result
from floorctl.screens.coach.cockpit import CoachedCockpit
from floorctl.screens.coach.given import TEXT
from floorctl.screens.coach.practice import Practice
from floorctl.screens.coach.tasks import TASKS, Task, tasks_for
from floorctl.screens.demonstration.demonstration import Demonstration
from tests.build import config
from tests.platforms import PlatformProcess, Platforms
from tests.screens.demonstration.practice import ACCOUNTS
from tests.screens.looking import CockpitPilot, piloted, text, until
from tests.waiting import HURRIED, wait_until, wait_until_live

pytestmark = [pytest.mark.real_time, pytest.mark.slow]

#: Task → the keys that its best way takes, without the text, on a floor where nobody has done it before.
FEWEST = {
    "seats": 0,
    "live": 0,
    "latest": 1,
    "urge": 5,
    "alert": 3,
    "skills": 4,
    "breaks": 4,
    "score": 1,
    "costs": 2,
    "search": 1,
    "note": 3,
    "sample": 6,
    "outage": 3,
}
WITH_TEXT = {"alert", "search", "note", "sample", "outage"}
BY_NAME = {task.name: task for task in TASKS}


@pytest.fixture(scope="module")
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms("--at", "10:20") as process:
        yield process


@pytest.fixture(scope="module")
def floors(platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Floor]]:
    """A floor of each role, live, with all orders."""
    opened = {}
    for role in ("supervisor", "inspector"):
        floor = open_terminal(config(tmp_path_factory.mktemp(role), url=platform.url))
        floor.session.sign_in(*platform.accounts[role])
        floor.live.start(watch=False, pace=HURRIED)
        opened[role] = floor
    for floor in opened.values():
        wait_until_live(floor)
        wait_until(lambda floor=floor: floor.orders.page().total >= 300, seconds=60, why="for the orders")
    yield opened
    for floor in opened.values():
        floor.close()


@asynccontextmanager
async def practising(
    floor: Floor, platform: PlatformProcess, *tasks: Task, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[CockpitPilot, Practice]]:
    """Run a practice of ``tasks``; its line is cut by stopping the platform."""
    practice = Practice(tasks)

    def mend() -> None:
        platform.start()

    line = Demonstration("day", time(10, 20), ACCOUNTS, lambda: None, platform.stop, mend)
    async with piloted(CoachedCockpit(floor, line, practice), size=size) as pilot:
        await until(pilot, lambda: practice.phase == "open", tries=600)
        yield pilot, practice


async def go_the_best_way(pilot: CockpitPilot, practice: Practice) -> Result:
    """Press the keys of the best way as fast as they can be typed; return what came of it."""
    task, given = practice.task, practice.given
    assert task is not None
    for key in given.keys:
        await pilot.press(*(given.words.get("number") or "已办") if key == TEXT else (key,))
        if key == "enter":
            await pilot.pause(0.3)
    if task.looks:
        await pilot.press("f3")
    await until(pilot, lambda: practice.phase == "ended", tries=600)
    assert practice.result is not None
    return practice.result


@pytest.mark.parametrize("name", [name for name in FEWEST if name != "sample"])
async def test_the_best_way_is_seen_to_be_done_with_the_keys_that_it_says(
    platform: PlatformProcess, floors: dict[str, Floor], name: str
) -> None:
    async with practising(floors["supervisor"], platform, BY_NAME[name]) as (pilot, practice):
        result = await go_the_best_way(pilot, practice)
        assert result.keys == result.best == FEWEST[name]
        assert result.text == (name in WITH_TEXT)
        assert not result.skipped
        assert not result.helped


@pytest.mark.parametrize("role", ["inspector", "supervisor"])
async def test_a_sample_is_scored_in_six_keys_and_the_comment(
    platform: PlatformProcess, floors: dict[str, Floor], role: str
) -> None:
    async with practising(floors[role], platform, BY_NAME["sample"], size=(80, 24)) as (pilot, practice):
        result = await go_the_best_way(pilot, practice)
        assert (result.keys, result.best, result.text) == (FEWEST["sample"], FEWEST["sample"], True)


async def test_orders_that_were_urged_just_now_take_one_key_more_since_the_cockpit_asks(
    platform: PlatformProcess, floors: dict[str, Floor]
) -> None:
    floor = floors["supervisor"]
    for view in floor.orders.page(limit=3).items:
        floor.orders.urge(view.id, confirmed=True)
    async with practising(floor, platform, BY_NAME["urge"]) as (pilot, practice):
        result = await go_the_best_way(pilot, practice)
        assert (result.keys, result.best) == (6, 6)


async def test_another_way_counts_its_keys_and_a_mouse_none(
    platform: PlatformProcess, floors: dict[str, Floor]
) -> None:
    async with practising(floors["supervisor"], platform, BY_NAME["score"]) as (pilot, practice):
        await pilot.press("2", "4", "6")
        await until(pilot, lambda: practice.phase == "ended")
        assert practice.result is not None
        assert (practice.result.keys, practice.result.best) == (3, 1)
        assert "最少 1 键：6" in text(pilot.app)


async def test_one_task_follows_the_other_from_the_floor_screen_to_the_results(
    platform: PlatformProcess, floors: dict[str, Floor]
) -> None:
    tasks = [BY_NAME[name] for name in ("latest", "score", "costs")]
    async with practising(floors["supervisor"], platform, *tasks, size=(80, 24)) as (pilot, practice):
        for at in range(3):
            await until(pilot, lambda at=at: (practice.at, practice.phase) == (at, "open"))
            assert pilot.app.current_mode == "floor"
            await go_the_best_way(pilot, practice)
            await pilot.press("f3")
        await until(pilot, lambda: "合计（不含跳过）" in text(pilot.app))
        assert "3 项中做完 3 项，其中 3 项没看提示；一键不多。" in text(pilot.app)


async def test_a_task_without_the_line_that_is_begun_again_or_skipped_leaves_the_line_as_it_has_to_be(
    platform: PlatformProcess, floors: dict[str, Floor]
) -> None:
    status = floors["supervisor"].status
    async with practising(floors["supervisor"], platform, BY_NAME["outage"], BY_NAME["score"]) as (pilot, practice):
        assert status.connection().mode == "offline"
        await pilot.press("f4")
        await until(pilot, lambda: practice.phase == "set_up")
        await until(pilot, lambda: practice.phase == "open", tries=600)
        assert status.connection().mode == "offline"
        await pilot.press("f3")
        await until(pilot, lambda: status.connection().mode == "live", tries=600)
        await pilot.press("f3")
        await until(pilot, lambda: practice.at == 1)
        await pilot.press("6")
        await until(pilot, lambda: practice.phase == "ended")


def test_every_task_has_its_fewest_keys_here() -> None:
    assert FEWEST.keys() == BY_NAME.keys()


def test_each_role_is_given_its_own_tasks(floors: dict[str, Floor]) -> None:
    assert {task.name for task in tasks_for(floors["supervisor"], ["supervisor"])} == FEWEST.keys()
    inspectors = [task.name for task in tasks_for(floors["inspector"], ["inspector"])]
    assert inspectors == ["seats", "live", "latest", "score", "costs", "search", "sample"]
    leads = {task.name for task in tasks_for(floors["supervisor"], ["shift_lead"])}
    assert leads == FEWEST.keys() - {"sample"}

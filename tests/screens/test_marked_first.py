"""An act on one row acts on the marked row, not on the row below, to which marking moved the cursor."""

from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.models.alerts import Step
from floorctl.models.assessment import Fact
from floorctl.screens.floor.screen import FloorScreen
from floorctl.screens.orders.screen import OrdersScreen
from tests.build import HOUR
from tests.quality_stage import QualityStage
from tests.screens.assessment.test_assessment import ids
from tests.screens.filled_floor import NOW, Feed
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import acts, at_rest, cockpit, press, until
from tests.screens.month_floor import month_floor
from tests.screens.opened import alerts_of, orders_of, quality_of, score_of
from tests.screens.test_rows_stay import shown, urgent


def about(floor: Floor) -> list[tuple[str, str]]:
    return [(kind, target) for kind, target, _ in acts(floor)]


@pytest.mark.parametrize("key", ["t", "T"])
async def test_steps_are_noted_on_the_marked_alerts_one_after_the_other(floor: Floor, key: str) -> None:
    feed = Feed(floor)
    feed.version = 1000
    steps = (Step(kind="phone_department", due_at=NOW + HOUR),)
    wanted = [f"mine-{n}" for n in range(3)]
    feed.send(
        *(
            ("alert", each, urgent(0, title=each, steps=steps, raised_at=floor.now() - HOUR * (4 - n)))
            for n, each in enumerate(wanted)
        )
    )
    async with alerts_of(floor) as (pilot, screen):
        first = shown(screen.table).index(wanted[0])
        assert shown(screen.table)[first : first + 3] == wanted
        await screen.table.go_to(first)
        await pilot.press("space", "space")
        assert screen.table.cursor_id == wanted[2]
        for n, each in enumerate(wanted[:2], 1):
            await pilot.press(key)
            await at_rest(pilot)
            await pilot.press(*("enter",) * (key == "T"))
            await at_rest(pilot)
            await pilot.press(*"told", "enter")
            await until(pilot, lambda n=n: len(acts(floor)) == n)
            await until(pilot, lambda each=each: each not in screen.table.marked)
        assert about(floor) == [("alert.step", each) for each in wanted[:2]]


async def test_a_note_is_about_the_marked_order(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        assert isinstance(screen, OrdersScreen)
        marked = screen.orders.cursor_id
        await pilot.press("space")
        assert screen.orders.cursor_id != marked
        noted = screen.note_about()
        assert noted is not None
        assert noted[0].id == marked


async def test_a_note_is_about_the_marked_alert(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        marked = screen.table.cursor_id
        await pilot.press("space")
        noted = screen.note_about()
        assert noted is not None
        assert (noted[0].id, screen.table.cursor_id != marked) == (marked, True)


async def test_the_marked_sample_is_skipped(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        marked = screen.table.cursor_id
        await pilot.press("space")
        assert screen.table.cursor_id != marked
        await pilot.press("o", *"noise", "enter")
        await until(pilot, lambda: about(stage.floor) == [("sample.skip", marked)])
        await until(pilot, lambda: not screen.table.marked)


async def test_the_marked_fact_is_taken_back(tmp_path: Path) -> None:
    floor, feed = month_floor(tmp_path)
    feed.send(("fact", "f-two", Fact(kind="major_incident", day=floor.now().date(), title="另一件")))
    try:
        async with score_of(floor) as (pilot, screen):
            await press(pilot, ["t"])
            await until(pilot, lambda: len(ids(screen, "facts")) > 1)
            marked, below = ids(screen, "facts")[:2]
            await press(pilot, ["space"])
            assert screen.table().cursor_id == below
            await press(pilot, ["x", *"wrong", "enter"])
            await until(pilot, lambda: about(floor) == [("fact.remove", marked)])
            assert not screen.table().marked
    finally:
        floor.close()


@pytest.mark.parametrize("keys", [(), ("t",)])
async def test_escape_takes_the_marks_of_the_seats_away_in_the_plan_and_in_the_table(
    floor_stage: FloorStage, keys: tuple[str, ...]
) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, FloorScreen)
        await press(pilot, [*keys, "space", "space"])
        assert len(screen.targets()) == 2
        await press(pilot, ["escape"])
        assert len(screen.targets()) == 1

"""What was raised or began on another day says which; days and months that are over are one key away."""

from datetime import timedelta
from pathlib import Path

from floorctl.models.alerts import Alert
from floorctl.models.base import Ref
from floorctl.screens.app import CockpitApp
from floorctl.screens.quality.lists import month_after
from floorctl.text.times import local_time
from tests.quality_stage import QualityStage
from tests.screens.filled_floor import NOW, filled_floor
from tests.screens.looking import at_rest, piloted, text, until
from tests.screens.opened import quality_of


async def test_an_alert_of_another_day_has_its_date_in_the_rail(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path, orders=4)
    raised = NOW - timedelta(days=2)
    feed.send(
        (
            "alert",
            "a-old",
            Alert(
                kind="resource",
                severity="warning",
                title="中继占用",
                state="open",
                steps=(),
                subject=Ref("order", "o-2026030400002"),
                raised_at=raised,
            ),
        )
    )
    try:
        app = CockpitApp(floor)
        async with piloted(app, size=(120, 36)) as pilot:
            wanted = f"{local_time(raised, floor.now()):%m-%d %H:%M}"
            await until(pilot, lambda: wanted in text(app))
    finally:
        floor.close()


async def test_the_months_before_and_after_are_shown_and_none_to_come(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        screen.action_view("results")
        now = screen.month
        seen_months = []
        for key in ("left", "left", "right", "right", "right"):
            await pilot.press(key)
            await at_rest(pilot)
            seen_months.append(screen.month)
        before = month_after(now, -1)
        assert seen_months == [before, month_after(before, -1), before, now, now]

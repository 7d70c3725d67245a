"""What was raised or began on another day says which."""

from datetime import timedelta
from pathlib import Path

from floorctl.app import CockpitApp
from floorctl.models import Alert, Ref
from floorctl.moments import local_time

from .filled_floor import NOW, filled_floor
from .looking import text, until


async def test_an_alert_of_another_day_has_its_date_in_the_rail(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path, orders=4)
    raised = NOW - timedelta(days=2)
    feed.send(("alert", "a-old", Alert(kind="resource", severity="warning", title="中继占用", state="open", steps=(),
              subject=Ref("order", "o-2026030400002"), raised_at=raised)))  # fmt: skip
    try:
        app = CockpitApp(floor)
        async with app.run_test(size=(120, 36)) as pilot:
            wanted = f"{local_time(raised, floor.now()):%m-%d %H:%M}"
            await until(pilot, lambda: wanted in text(app))
    finally:
        floor.close()

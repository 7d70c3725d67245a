"""Due times are shown with their time of day; late ones have a word for it."""

from datetime import UTC, datetime, timedelta

import pytest

from floorctl.floor.floor import Floor
from floorctl.models.order_filter import OrderCounts
from floorctl.screens.shell.counts import order_counts
from floorctl.text.times import when
from tests.screens.looking import cockpit, press, text, until


async def test_the_wide_list_of_orders_has_the_time_of_day_at_which_each_is_due(floor: Floor) -> None:
    page = floor.orders.page(sort="latest", limit=5)
    due = [when(view.due_at, floor.now()) for view in page.items if view.due_at is not None]
    assert due
    async with cockpit(floor, (200, 60)) as pilot:
        await press(pilot, ["3"])
        await until(pilot, lambda: all(each in text(pilot.app) for each in due))


@pytest.mark.parametrize(("left", "said"), [(1260, "(最短剩 21分)"), (-1260, "(最久已超 21分)")])
def test_the_shortest_dispatch_clock_is_said_without_a_minus(left: float, said: str) -> None:
    now = datetime.now(UTC)
    counts = OrderCounts(to_dispatch=2, earliest_dispatch_due_at=now + timedelta(seconds=left))
    assert said in "".join(piece.text for piece in order_counts(counts, now))

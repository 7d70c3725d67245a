"""A queue's figures are the same in the cockpit and by command, also where rounding is a matter of a tie."""

import pytest

from floorctl.cli.documents import Shapes
from floorctl.cli.output import Cell
from floorctl.cli.rows import queue_row
from floorctl.rules.floor import metrics
from floorctl.text.numbers import percent
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import at_rest, cockpit, lines


@pytest.mark.parametrize(
    ("offered", "answered", "in_target", "rates"),
    [(16, 5, 5, "31.3%"), (800, 1, 1, "0.1%"), (2000, 1999, 1999, "100.0%"), (16, 16, 16, "100.0%"), (0, 0, 0, "—")],
)
async def test_a_queues_rates_are_the_same_by_both_front_ends(
    floor_stage: FloorStage, offered: int, answered: int, in_target: int, rates: str
) -> None:
    floor_stage.tell(
        ("queue", "q-12345"),
        offered=offered,
        answered=answered,
        answered_in_target=in_target,
        abandoned=0,
        abandoned_short=0,
        waiting=0,
        oldest_wait_since=None,
        wait_seconds=1.0 * answered,
        handle_seconds=60.0 * answered,
    )
    view = next(each for each in floor_stage.floor.queues.all() if each.id == "q-12345")
    cells = queue_row(floor_stage.floor, Shapes(floor_stage.floor.config.zone), view)
    by_command = [each.text if isinstance(each, Cell) else each for each in cells]
    assert percent(metrics.answer_rate(view.queue)) == rates
    assert rates in by_command
    async with cockpit(floor_stage.floor, (180, 45)) as pilot:
        await pilot.press("2")
        await at_rest(pilot)
        row = next(line for line in lines(pilot.app) if view.queue.name in line)
        shown = row.replace("▼", " ").split()
        for cell in by_command[4:9]:  # the three rates, and how long an answer and a call take on average
            assert cell.removesuffix(" ▼") in shown, row

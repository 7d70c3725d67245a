"""The queues screen: numbers since midnight, the last half hour, and the day as a plot."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from textual._context import NoActiveAppError

from floorctl.floor.floor import Floor
from floorctl.i18n import t
from floorctl.models.floor import Interval
from floorctl.screens.queues.day_plot import DayPlot
from floorctl.widgets import looks
from floorctl.widgets.table import PlainTable
from tests.screens.floor_stage import STARTED, FloorStage
from tests.screens.looking import SIZES, cockpit, drawn, lines, press, resized, text, until


async def test_each_queue_and_their_sum_are_shown(floor_stage: FloorStage, subtests: pytest.Subtests) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["2"])
        for size in SIZES:
            await resized(pilot, size)
            with subtests.test(size=size):
                await until(pilot, lambda: "合计" in text(pilot.app) and "1,290" in text(pilot.app))
                seen = text(pilot.app)
                names = ("12345 综合", "12333 人社", "12320 卫健")
                for word in (*names, "1:12", "96.1%", "86.4%", "1,840", "3分34秒", "2026-03-04"):
                    assert word in seen
                assert all(len(line) <= size[0] for line in lines(pilot.app))


async def test_rates_of_all_queues_are_of_their_sums(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["2"])
        await until(pilot, lambda: "合计" in text(pilot.app))
        table = pilot.app.screen.query_one("#queues", PlainTable)
        row = table.row_at(3)
        assert row is not None
        assert row.cells[1] == "8"
        assert row.cells[3] == "5,520"


async def test_y_copies_the_queue_under_the_cursor_with_the_titles_of_its_columns(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["2", "down", "y"])
        await until(pilot, lambda: pilot.app.clipboard)
        assert "12333 人社" in pilot.app.clipboard
        assert pilot.app.clipboard.startswith(pilot.app.screen.query_one("#queues", PlainTable).columns[0].title)


async def test_the_plot_follows_the_cursor_and_the_day(floor_stage: FloorStage) -> None:
    yesterday = Interval(
        queue_id="q-12333",
        start=STARTED - timedelta(days=1),
        offered=33,
        answered=31,
        abandoned=2,
        answered_in_target=20,
        handle_seconds=900.0,
        staffed_seconds=900.0,
    )
    floor_stage.put(("interval", "i-yesterday"), yesterday)
    floor_stage.feed()
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["2", "down"])
        await until(pilot, lambda: "12333 人社 · 2026-03-04" in text(pilot.app))
        await press(pilot, ["left"])
        await until(pilot, lambda: "12333 人社 · 2026-03-03" in text(pilot.app))
        assert t("queues.legend.answered", n="31") in text(pilot.app)
        assert t("queues.legend.abandoned", n="2") in text(pilot.app)
        await press(pilot, ["right", "right", "right"])
        await until(pilot, lambda: "12333 人社 · 2026-03-04" in text(pilot.app))


async def test_the_plot_adds_up_what_it_shows_and_each_bar_is_as_high_as_its_calls(floor_stage: FloorStage) -> None:
    today = floor_stage.floor.queues.intervals("q-12345")
    async with cockpit(floor_stage.floor, (200, 60)) as pilot:
        await press(pilot, ["2"])
        await until(pilot, lambda: "1,290" in text(pilot.app))
        offered, abandoned = sum(each.offered for each in today), sum(each.abandoned for each in today)
        assert t("queues.legend.answered", n=f"{offered - abandoned:,}") in text(pilot.app)
        assert t("queues.legend.abandoned", n=f"{abandoned:,}") in text(pilot.app)
        plot = [line.text for line in drawn(pilot.app.screen.query_one(DayPlot)) if line.text.strip()]
        rows = [line[6:] for line in plot[1:-2]]  # between the heading, and the hours and the rates
        highest, eighths = max(each.offered for each in today), " ▁▂▃▄▅▆▇█"
        for quarter, each in enumerate(today):
            bar = [row[2 * quarter] for row in rows]  # two columns a quarter hour
            height = sum(8 if char == "▒" else eighths.index(char) for char in bar)
            assert height == pytest.approx(each.offered / highest * 8 * len(rows), abs=1), each


async def test_the_filter_narrows_the_queues(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["2", "slash", *"123", "2", "0"])
        table = pilot.app.screen.query_one("#queues", PlainTable)
        await until(pilot, lambda: table.total == 1)
        await press(pilot, ["escape"])
        await until(pilot, lambda: table.total == 4)


@pytest.mark.real_time
async def test_the_real_queues_are_shown(live_floor: Floor) -> None:
    async with cockpit(live_floor) as pilot:
        await press(pilot, ["2"])
        for view in live_floor.queues.all():
            await until(pilot, lambda view=view: view.queue.name in text(pilot.app))


async def test_the_queue_under_the_cursor_says_who_is_needed_who_could_and_who_is_idle(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    last_week = Interval(
        queue_id="q-12345",
        start=STARTED.replace(minute=30, second=0) - timedelta(weeks=1),
        offered=12,
        answered=12,
        abandoned=0,
        answered_in_target=12,
        handle_seconds=12 * 200.0,
        staffed_seconds=3600.0,
    )
    floor_stage.put(("interval", "i-last-week"), last_week)
    floor_stage.feed()
    floor = floor_stage.floor
    needed = floor.staffing.needed_agents()
    assert needed["q-12345"] > 0
    able = sum(
        view.seat.state not in ("break", "meal", "training", "not_ready", "signed_out") for view in floor.seats.all()
    )
    idle = sum(view.seat.state == "ready" for view in floor.seats.all())
    async with cockpit(floor) as pilot:
        await press(pilot, ["2"])
        for size in SIZES:
            await resized(pilot, size)
            with subtests.test(size=size):
                said = f"12345 综合 需 {needed['q-12345']}、能接 {able}、空闲 {idle}"
                await until(pilot, lambda said=said: said in text(pilot.app))
                # Without a forecast nobody knows what is needed.
                await press(pilot, ["down"])
                await until(pilot, lambda: "12333 人社 能接 0、空闲 0" in text(pilot.app))
                await press(pilot, ["up"])


def test_the_day_plot_is_amber_only_where_something_can_still_be_changed() -> None:
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    missed = [
        Interval(
            queue_id="q",
            start=midnight + timedelta(minutes=15 * n),
            offered=20,
            answered=20,
            abandoned=0,
            answered_in_target=10,
            handle_seconds=1.0,
            staffed_seconds=1.0,
        )
        for n in range(40)
    ]
    plot = DayPlot()
    now = midnight + timedelta(hours=9, minutes=50)

    def amber() -> list[int]:
        (*_, rates) = plot.picture(200, 20)
        return [at for at, piece in enumerate(rates[1:]) if piece.style == looks.AMBER]

    with suppress(NoActiveAppError):
        plot.show("", missed, 0.85, 15, UTC, now)
    assert amber() == [38, 39]
    with suppress(NoActiveAppError):
        plot.show("", missed, 0.85, 15, UTC)
    assert amber() == [], "of a day that is over nothing can be changed"

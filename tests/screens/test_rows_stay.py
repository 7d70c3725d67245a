"""Rows keep their places while a person works in the list, and an act is on the row seen when its key was pressed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from textual.app import ComposeResult

from floorctl.floor.floor import Floor
from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Ref
from floorctl.screens.alerts.screen import AlertsScreen
from floorctl.screens.floor.alert_rail import AlertRail
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.widgets.rows import Column, Row
from floorctl.widgets.table import PlainTable
from tests.build import DAY, HOUR, MINUTE
from tests.screens.filled_floor import NOW, Feed, alert, filled_floor, order
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import (
    CockpitPilot,
    acts,
    at_rest,
    cockpit,
    drawn,
    hands_off,
    is_on_top,
    lines,
    press,
    said,
    text,
    until,
)
from tests.screens.plan_reading import plan_of, planned
from tests.widgets.test_widgets import Rows, seen


def shown(table: PlainTable) -> list[str]:
    return [row.id for at in range(table.total) if (row := table.row_at(at)) is not None]


def urgent(n: int, **more: Any) -> Any:
    return alert(n, **{"severity": "critical", "state": "open", "kind": "special_urgent_order"} | more)


async def test_rows_stay_while_somebody_moves_in_them_and_news_is_counted() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down", "down")
        app.ids = [5000, 5001, *range(1000)]
        await table.reload()
        await pilot.pause()
        assert (table.cursor, table.cursor_id, shown(table)[:4]) == (3, "3", ["0", "1", "2", "3"])
        assert "2 新 ↑Home" in seen(app)
        await pilot.press("home")
        await until(pilot, lambda: table.news is None)
        assert (table.cursor_id, shown(table)[:3]) == ("5000", ["5000", "5001", "0"])
        assert "新" not in seen(app)


class SlowRows(Rows):
    """Rows that can be read only while ``free`` is set; ``going`` is set when a reading begins."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.free, self.going = asyncio.Event(), asyncio.Event()
        self.free.set()

    async def load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        self.going.set()
        await self.free.wait()
        return await super().load(offset, limit)

    def hold(self) -> None:
        """Make readings from now on wait."""
        self.free.clear()
        self.going.clear()


class FoundRows(Rows):
    """Rows with ``locate``; ``found``: the rows that a key would have acted on during each look-up."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.found: list[list[str]] = []

    def compose(self) -> ComposeResult:
        yield PlainTable((Column("标题", 10),), self.load, locate=self.locate)

    async def locate(self, row_id: str) -> int | None:
        self.found.append(self.query_one(PlainTable).targets())
        return list(self.ids).index(int(row_id))


@pytest.mark.parametrize("first", [False, True], ids=["while it is read", "before it is read"])
async def test_a_row_clicked_while_another_list_is_on_its_way_keeps_the_cursor(first: bool) -> None:
    app = SlowRows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        app.hold()
        before = [asyncio.create_task(table.reload())] if first else []
        await pilot.pause()
        reading = asyncio.create_task(table.reload(to_top=True))
        await pilot.pause()
        await pilot.click(offset=(5, 7))
        assert table.cursor_id == "6"
        app.ids = [5000, 5001, *range(1000)]
        app.free.set()
        await asyncio.gather(*before, reading)
        assert (table.cursor_id, shown(table)[:3]) == ("6", ["5000", "5001", "0"])


async def test_what_waits_comes_by_itself_once_nobody_works_in_the_list() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down", "down")
        app.ids = [5000, *range(1000)]
        await table.reload()
        assert table.cursor == 3
        await hands_off(pilot)
        assert table.news is None
        assert (table.cursor, table.cursor_id) == (4, "3"), "the cursor goes with its row"


async def test_what_comes_far_below_moves_nothing_and_is_there_at_once() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        app.ids = range(2000)
        await table.reload()
        assert (table.total, table.news, table.cursor) == (2000, None, 2)


async def test_marks_hold_the_rows_for_as_long_as_they_stand() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("space")
        app.ids = [5000, *range(1000)]
        await table.reload()
        await hands_off(pilot)
        assert shown(table)[:2] == ["0", "1"]
        table.clear_marks()
        await hands_off(pilot)
        assert shown(table)[:2] == ["5000", "0"]


async def test_a_row_that_went_keeps_its_line_dimmed_until_the_list_rests() -> None:
    app = Rows(10)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        app.ids = [0, 1, 3, 4, 5, 6, 7, 8, 9]
        await table.reload()
        await pilot.pause()
        assert (table.cursor_id, table.total) == ("2", 10)
        assert "有变动" in seen(app)


async def test_a_row_that_went_stays_under_the_cursor_until_the_hand_moves_off_it() -> None:
    app = Rows(10)
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        for ids in ([0, 1, 3, 4, 5, 6, 7, 8, 9], [0, 1, 4, 5, 6, 7, 8, 9]):
            await hands_off(pilot)
            app.ids = ids
            await table.reload()
            await hands_off(pilot)
            assert table.targets() == ["2"], "no other row takes its place, however long nobody touches anything"
            assert (table.gone_id, table.cursor, table.length, table.total) == ("2", 2, len(ids) + 1, len(ids))
            assert "✕行2" in seen(app)
            assert "此行已不在列表中" in seen(app)
        await pilot.press("down")
        assert (table.cursor_id, table.gone_id) == ("4", None)
        await pilot.press("up")
        assert table.targets() == ["2"], "it keeps its line as long as somebody works in the list"
        await pilot.press("down")
        await hands_off(pilot)
        await table.reload()
        await pilot.pause()
        assert (table.cursor_id, table.cursor, table.length) == ("4", 2, 8)
        assert "行2" not in seen(app)


async def test_the_last_row_that_went_stays_and_one_that_comes_back_is_a_row_again() -> None:
    app = Rows(1)
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(PlainTable)
        app.ids = []
        await table.reload()
        await pilot.pause()
        assert (table.targets(), table.gone_id) == (["0"], "0")
        await hands_off(pilot)
        app.ids = [7, 8, 0]
        await table.reload()
        await pilot.pause()
        assert (table.targets(), table.gone_id, table.cursor) == (["0"], None, 2)
        await hands_off(pilot)
        app.ids = [7, 8]
        table.ask()
        await table.reload()
        assert (table.targets(), table.length) == (["8"], 2), "who asks for another list gets it"


@pytest.mark.parametrize("by_key", [False, True])
async def test_the_hand_that_moved_after_the_top_was_asked_for_stays_where_it_went(by_key: bool) -> None:
    app = SlowRows(50)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down", "down")
        app.ids = [99, *range(50)]
        await table.reload()
        app.hold()
        reads = [asyncio.create_task(table.reload())]
        await app.going.wait()
        if by_key:
            await pilot.press("home")
        else:
            reads.append(asyncio.create_task(table.reload(to_top=True)))
        await pilot.pause()
        assert table.cursor == 0
        await pilot.press("down", "down")
        app.free.set()
        await asyncio.gather(*reads)
        await app.workers.wait_for_complete()
        assert (table.cursor_id, shown(table)[:4]) == ("2", ["99", "0", "1", "2"])


async def test_no_key_finds_another_row_while_the_place_of_its_own_is_looked_up() -> None:
    app = FoundRows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        await hands_off(pilot)
        app.ids = [*range(5000, 5300), *range(1000)]
        await table.reload()
        assert app.found == [["2"]]
        assert table.targets() == ["2"]


async def test_the_step_is_noted_on_the_alert_that_was_seen(floor: Floor) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with cockpit(floor) as pilot:
        await pilot.press("4")
        await at_rest(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, AlertsScreen)
        steps = (Step(kind="phone_department", due_at=NOW + HOUR),)
        feed.send(("alert", "mine", urgent(0, title="我的事件", steps=steps, raised_at=floor.now() - HOUR)))
        await at_rest(pilot)
        await screen.table.go_to(shown(screen.table).index("mine"))
        await pilot.press("down", "up")
        before = shown(screen.table)
        feed.send(
            *(
                ("alert", f"new-{n}", urgent(n, title=f"新来的 {n}", steps=steps, raised_at=floor.now() - 2 * HOUR))
                for n in range(3)
            )
        )
        await at_rest(pilot)
        assert shown(screen.table) == before
        assert "3 新 ↑" in text(pilot.app)
        await pilot.press("t")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, AskText)
        feed.send(("alert", "new-9", urgent(0, title="又一件", steps=steps, raised_at=floor.now() - 3 * HOUR)))
        await at_rest(pilot)
        assert any("我的事件" in line for line in lines(pilot.app))
        await pilot.press(*"told", "enter")
        await at_rest(pilot)
        assert [(kind, target) for kind, target, _ in acts(floor)] == [("alert.step", "mine")]


async def test_orders_that_become_later_do_not_push_the_one_under_the_cursor_away(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with cockpit(floor) as pilot:
            await pilot.press("3")
            await at_rest(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, OrdersScreen)
            await pilot.press("down", "down")
            before, here = shown(screen.orders), screen.orders.cursor_id
            late: dict[str, Any] = {"state": "accepted", "due_at": NOW - 90 * DAY, "received_at": NOW - 99 * DAY}
            feed.send(*(("order", f"o-late-{n}", order(5, number=f"9026{n}", **late)) for n in range(2)))
            await until(pilot, lambda: screen.orders.news == 2)
            assert shown(screen.orders)[:20] == before[:20]
            assert screen.orders.cursor_id == here
            assert "2 新 ↑" in text(pilot.app)
            await pilot.press("u")
            await at_rest(pilot)
            assert [target for _, target, _ in acts(floor)] == [here]
            assert shown(screen.orders)[:2] == ["o-late-0", "o-late-1"], "one's own act lets in what waited"
            assert screen.orders.cursor_id == here
    finally:
        floor.close()


async def test_a_filter_and_a_sort_show_what_they_ask_for_at_once(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with cockpit(floor) as pilot:
            await pilot.press("4")
            await at_rest(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, AlertsScreen)
            await pilot.press("down")
            feed.send(("alert", "new", urgent(1, title="独一无二", raised_at=floor.now() - MINUTE)))
            await at_rest(pilot)
            assert "new" not in shown(screen.table)
            await pilot.press("slash", *"独一", "enter")
            await at_rest(pilot)
            assert shown(screen.table) == ["new"]
            await pilot.press("escape")
            await at_rest(pilot)
            assert "new" in shown(screen.table)
    finally:
        floor.close()


def late_alert(n: int, at: datetime) -> tuple[str, str, Alert]:
    """Return the alert ``new-n`` about its own order, with a step that is late by more hours for a higher ``n``."""
    late = (Step(kind="phone_department", due_at=at - (n + 1) * HOUR),)
    return "alert", f"new-{n}", urgent(0, steps=late, subject=Ref("order", f"o-20260304{50 + n:05}"))


def with_mark(pilot: CockpitPilot, floor: Floor) -> list[str]:
    """Return the alerts that the rail marks with the key."""
    marked = [line.text for line in drawn(rail_of(pilot)) if line.text.startswith("a ")]
    return [view.id for view in floor.alerts.all() for line in marked if number_of(floor, view.alert) in line]


def number_of(floor: Floor, alert: Alert) -> str:
    return floor.orders.get(alert.subject.id).order.number if alert.subject.kind == "order" else "no order"


def rail_of(pilot: CockpitPilot) -> AlertRail:
    return pilot.app.screen.query_one(AlertRail)


async def test_an_alert_that_came_this_very_moment_is_neither_marked_nor_the_one_that_is_taken_up(floor: Floor) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with cockpit(floor) as pilot:
        await at_rest(pilot)
        (seen,) = with_mark(pilot, floor)
        feed.send(late_alert(0, floor.now()))
        await until(pilot, lambda: any("0050" in line.text for line in drawn(rail_of(pilot))))
        assert with_mark(pilot, floor) == [seen]
        await pilot.press("a")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, EscalationDialog)
        assert pilot.app.screen.view.id == seen
        await pilot.press("escape")
        await until(pilot, lambda: with_mark(pilot, floor) == ["new-0"])
        await pilot.press("a")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, EscalationDialog)
        assert pilot.app.screen.view.id == "new-0"


async def test_what_was_urged_is_named(floor: Floor) -> None:
    async with cockpit(floor) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        number = floor.orders.get(screen.orders.cursor_id or "").order.number
        await pilot.press("u")
        await at_rest(pilot)
        assert any(number in each for each in said(pilot.app))


async def test_the_mark_of_the_rail_stands_on_what_the_key_takes_at_every_moment(floor: Floor) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with cockpit(floor) as pilot:
        await at_rest(pilot)
        rail = rail_of(pilot)
        for n in range(3):
            feed.send(late_alert(n, floor.now()))
            for _ in range(12):
                await pilot.pause(0.1)
                assert [rail.marked] == with_mark(pilot, floor)
        assert rail.marked == "new-2"


async def test_an_alert_that_another_closed_while_nobody_touched_the_list_stays_and_no_neighbour_is_acted_on(
    floor: Floor,
) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with cockpit(floor) as pilot:
        steps = (Step(kind="phone_department", due_at=NOW + HOUR),)
        feed.send(
            *(
                ("alert", f"n-{n}", urgent(n, title=f"事件 {n}", kind="own", steps=steps, raised_at=floor.now() - HOUR))
                for n in range(4)
            )
        )
        await pilot.press("4")
        await at_rest(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, AlertsScreen)
        await screen.table.go_to(shown(screen.table).index("n-1"))
        await hands_off(pilot)
        feed.send(("alert", "n-1", urgent(1, title="事件 1", kind="own", state="closed", raised_at=floor.now() - HOUR)))
        await until(pilot, lambda: screen.table.gone_id == "n-1")
        (line,) = [line for line in lines(pilot.app) if "✕" in line and "事件 1" in line]
        assert "已解除" in line
        for key in ("t", "a", "x", "T"):
            await pilot.press(key)
            await at_rest(pilot)
            assert is_on_top(pilot, screen)
        assert acts(floor) == []
        assert set(said(pilot.app)) == {"该预警已解除"}
        await pilot.press("down")
        assert screen.table.cursor_id == "n-2"


async def test_an_order_that_leaves_its_view_under_the_cursor_stays_as_it_is_now(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with cockpit(floor, (140, 36)) as pilot:
            await pilot.press("3", "O")
            await at_rest(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, OrdersScreen)
            await pilot.press("down")
            here = screen.orders.cursor_id or ""
            was = floor.orders.get(here).order
            await hands_off(pilot)
            feed.send(("order", here, order(5, number=was.number, state="handled", handled_at=NOW)))
            await until(pilot, lambda: screen.orders.gone_id == here)
            await at_rest(pilot)
            assert any(f"│ {was.number}" in line and "· 已办结 ·" in line for line in lines(pilot.app))
            await pilot.press("u")
            await at_rest(pilot)
            assert acts(floor) == [], "neither it, which is handled, nor its neighbour"
    finally:
        floor.close()


async def test_a_seat_that_fits_the_filter_no_more_stays_under_the_cursor(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["slash", *"小休", "enter", "right"])
        plan = plan_of(pilot)
        assert plan.cursor_seat is not None
        here = plan.cursor_seat
        assert planned(pilot)["A区"][0] != here.seat.number
        floor_stage.tell(("seat", here.id), state="ready")
        await hands_off(pilot)
        assert f"{here.seat.number} ○示闲" in text(pilot.app)
        assert plan.targets() == [here.id]
        await pilot.press("left")
        await hands_off(pilot)
        assert here.seat.number not in [each for seats in planned(pilot).values() for each in seats]

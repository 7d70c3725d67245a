"""Rows do not move under a working cursor: news waits, and an act is about what was seen when its key was pressed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from floorctl.app import CockpitApp
from floorctl.floor import Floor
from floorctl.models import Step
from floorctl.screens.alerts import AlertsScreen
from floorctl.screens.confirm import AskText
from floorctl.screens.ladder import Ladder
from floorctl.screens.orders import OrdersScreen
from floorctl.widgets import table as tables
from floorctl.widgets.alertrail import AlertRail
from floorctl.widgets.rows import Row
from floorctl.widgets.seatplan import SeatPlan
from floorctl.widgets.table import PlainTable

from .filled_floor import DAY, HOUR, MINUTE, NOW, Feed, alert, filled_floor, order
from .looking import lines, text, until
from .small_floor import SmallFloor
from .test_orders import acts, settled
from .test_widgets import Rows, seen


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
        await until(pilot, lambda: table.news is None)  # type: ignore[arg-type]
        assert (table.cursor_id, shown(table)[:3]) == ("5000", ["5000", "5001", "0"])
        assert "新" not in seen(app)


@pytest.mark.parametrize("first", [False, True], ids=["while it is read", "before it is read"])
async def test_a_row_clicked_while_another_list_is_on_its_way_keeps_the_cursor(first: bool) -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table, load, gate = app.query_one(PlainTable), app.load, asyncio.Event()

        async def slowly(offset: int, limit: int) -> Any:
            await gate.wait()
            return await load(offset, limit)

        table._load = slowly
        before = [asyncio.create_task(table.reload())] if first else []
        await pilot.pause()
        reading = asyncio.create_task(table.reload(to_top=True))
        await pilot.pause()
        await pilot.click(offset=(5, 7))
        assert table.cursor_id == "6"
        app.ids = [5000, 5001, *range(1000)]
        gate.set()
        await asyncio.gather(*before, reading)
        assert (table.cursor_id, shown(table)[:3]) == ("6", ["5000", "5001", "0"])


async def test_what_waits_comes_by_itself_once_nobody_works_in_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 1.0)
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down", "down")
        app.ids = [5000, *range(1000)]
        await table.reload()
        assert table.cursor == 3
        await until(pilot, lambda: table.news is None)  # type: ignore[arg-type]
        assert (table.cursor, table.cursor_id) == (4, "3"), "the cursor goes with its row"


async def test_what_comes_far_below_moves_nothing_and_is_there_at_once() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        app.ids = range(2000)
        await table.reload()
        assert (table.total, table.news, table.cursor) == (2000, None, 2)


async def test_marks_hold_the_rows_for_as_long_as_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("space")
        app.ids = [5000, *range(1000)]
        await table.reload()
        await pilot.pause(0.7)
        assert shown(table)[:2] == ["0", "1"]
        table.clear_marks()
        await until(pilot, lambda: shown(table)[:2] == ["5000", "0"])  # type: ignore[arg-type]


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


async def test_a_row_that_went_stays_under_the_cursor_until_the_hand_moves_off_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    app = Rows(10)
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        for ids in ([0, 1, 3, 4, 5, 6, 7, 8, 9], [0, 1, 4, 5, 6, 7, 8, 9]):
            app.ids = ids
            await table.reload()
            await pilot.pause(0.9)
            assert table.targets() == ["2"], "no other row takes its place, however long nobody touches anything"
            assert (table.gone_id, table.cursor, table.length, table.total) == ("2", 2, len(ids) + 1, len(ids))
            assert "✕行2" in seen(app)
            assert "此行已不在列表中" in seen(app)
        monkeypatch.setattr(tables, "HOLD_SECONDS", 60.0)
        await pilot.press("down")
        assert (table.cursor_id, table.gone_id) == ("4", None)
        await pilot.press("up")
        assert table.targets() == ["2"], "it keeps its line as long as somebody works in the list"
        await pilot.press("down")
        monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
        await table.reload()
        await pilot.pause()
        assert (table.cursor_id, table.cursor, table.length) == ("4", 2, 8)
        assert "行2" not in seen(app)


async def test_the_last_row_that_went_stays_and_one_that_comes_back_is_a_row_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    app = Rows(1)
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(PlainTable)
        app.ids = []
        await table.reload()
        await pilot.pause()
        assert (table.targets(), table.gone_id) == (["0"], "0")
        app.ids = [7, 8, 0]
        await table.reload()
        await pilot.pause()
        assert (table.targets(), table.gone_id, table.cursor) == (["0"], None, 2)
        app.ids = [7, 8]
        table.ask()
        await table.reload()
        assert (table.targets(), table.length) == (["8"], 2), "who asks for another list gets it"


@pytest.mark.parametrize("by_key", [False, True])
async def test_the_hand_that_moved_after_the_top_was_asked_for_stays_where_it_went(by_key: bool) -> None:
    app = Rows(50)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        load, going, free = table._load, asyncio.Event(), asyncio.Event()

        async def slow(offset: int, limit: int) -> tuple[Sequence[Row], int]:
            going.set()
            await free.wait()
            return await load(offset, limit)

        await pilot.press("down", "down", "down")
        app.ids = [99, *range(50)]
        await table.reload()
        table._load = slow
        reads = [asyncio.create_task(table.reload())]
        await going.wait()
        if by_key:
            await pilot.press("home")
        else:
            reads.append(asyncio.create_task(table.reload(to_top=True)))
        await pilot.pause()
        assert table.cursor == 0
        await pilot.press("down", "down")
        free.set()
        await asyncio.gather(*reads)
        await app.workers.wait_for_complete()
        assert (table.cursor_id, shown(table)[:4]) == ("2", ["99", "0", "1", "2"])


async def test_no_key_finds_another_row_while_the_place_of_its_own_is_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down")
        found: list[list[str]] = []

        async def locate(row_id: str) -> int | None:
            found.append(table.targets())
            return list(app.ids).index(int(row_id))

        table._locate = locate
        app.ids = [*range(5000, 5300), *range(1000)]
        await table.reload()
        assert found == [["2"]]
        assert table.targets() == ["2"]


async def test_the_step_is_noted_on_the_alert_that_was_seen(floor: Floor) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("4")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, AlertsScreen)
        steps = (Step(kind="phone_department", due_at=NOW + HOUR),)
        feed.send(("alert", "mine", urgent(0, title="我的事件", steps=steps, raised_at=floor.now() - HOUR)))
        await settled(pilot)
        await screen.table.go_to(shown(screen.table).index("mine"))
        await pilot.press("down", "up")
        before = shown(screen.table)
        feed.send(
            *(
                ("alert", f"new-{n}", urgent(n, title=f"新来的 {n}", steps=steps, raised_at=floor.now() - 2 * HOUR))
                for n in range(3)
            )
        )
        await settled(pilot)
        assert shown(screen.table) == before
        assert "3 新 ↑" in text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("t")
        await settled(pilot)
        assert isinstance(pilot.app.screen, AskText)
        feed.send(("alert", "new-9", urgent(0, title="又一件", steps=steps, raised_at=floor.now() - 3 * HOUR)))
        await settled(pilot)
        assert any("我的事件" in line for line in lines(pilot.app))  # type: ignore[arg-type]
        await pilot.press(*"told", "enter")
        await settled(pilot)
        assert [(kind, target) for kind, target, _ in acts(floor)] == [("alert.step", "mine")]


async def test_orders_that_become_later_do_not_push_the_one_under_the_cursor_away(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
            await pilot.press("3")
            await settled(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, OrdersScreen)
            await pilot.press("down", "down")
            before, here = shown(screen.orders), screen.orders.cursor_id
            late = {"state": "accepted", "due_at": NOW - 90 * DAY, "received_at": NOW - 99 * DAY}
            feed.send(*(("order", f"o-late-{n}", order(5, number=f"9026{n}", **late)) for n in range(2)))
            await until(pilot, lambda: screen.orders.news == 2)
            assert shown(screen.orders)[:20] == before[:20]
            assert screen.orders.cursor_id == here
            assert "2 新 ↑" in text(pilot.app)  # type: ignore[arg-type]
            await pilot.press("u")
            await settled(pilot)
            assert [target for _, target, _ in acts(floor)] == [here]
            assert shown(screen.orders)[:2] == ["o-late-0", "o-late-1"], "one's own act lets in what waited"
            assert screen.orders.cursor_id == here
    finally:
        floor.close()


async def test_a_filter_and_a_sort_show_what_they_ask_for_at_once(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    try:
        async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
            await pilot.press("4")
            await settled(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, AlertsScreen)
            await pilot.press("down")
            feed.send(("alert", "new", urgent(1, title="独一无二", raised_at=floor.now() - MINUTE)))
            await settled(pilot)
            assert "new" not in shown(screen.table)
            await pilot.press("slash", *"独一", "enter")
            await settled(pilot)
            assert shown(screen.table) == ["new"]
            await pilot.press("escape")
            await settled(pilot)
            assert "new" in shown(screen.table)
    finally:
        floor.close()


def with_mark(rail: AlertRail) -> list[str]:
    """The alerts before which the rail draws the key."""
    drawn = rail.picture(42, 30)
    return [each for each, line in zip(rail._at_line, drawn, strict=False) if line[0].text == "a "]


async def test_an_alert_that_came_this_very_moment_is_neither_marked_nor_the_one_that_is_taken_up(floor: Floor) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        rail = pilot.app.screen.query_one(AlertRail)
        (seen,) = with_mark(rail)
        late = (Step(kind="phone_department", due_at=floor.now() - HOUR),)
        feed.send(("alert", "new", urgent(0, steps=late)))
        await until(pilot, lambda: rail._next == "new")
        assert with_mark(rail) == [seen]
        await pilot.press("a")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Ladder)
        assert pilot.app.screen.view.id == seen
        await pilot.press("escape")
        await until(pilot, lambda: with_mark(rail) == ["new"])
        await pilot.press("a")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Ladder)
        assert pilot.app.screen.view.id == "new"


async def test_what_was_urged_is_named(floor: Floor) -> None:
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        number = floor.order(screen.orders.cursor_id or "").order.number
        await pilot.press("u")
        await settled(pilot)
        assert any(number in note.message for note in pilot.app._notifications)


async def test_the_mark_of_the_rail_stands_on_what_the_key_takes_at_every_moment(floor: Floor) -> None:
    feed = Feed(floor)
    feed.version = 1000
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        rail = pilot.app.screen.query_one(AlertRail)
        for n in range(3):
            late = (Step(kind="phone_department", due_at=floor.now() - (n + 1) * HOUR),)
            feed.send(("alert", f"new-{n}", urgent(0, steps=late)))
            for _ in range(12):
                await pilot.pause(0.1)
                drawn = with_mark(rail)
                assert [rail.marked] == drawn
        assert rail.marked == "new-2"


async def test_an_alert_that_another_closed_while_nobody_touched_the_list_stays_and_no_neighbour_is_acted_on(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    feed = Feed(floor)
    feed.version = 1000
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        steps = (Step(kind="phone_department", due_at=NOW + HOUR),)
        feed.send(
            *(
                ("alert", f"n-{n}", urgent(n, title=f"事件 {n}", kind="own", steps=steps, raised_at=floor.now() - HOUR))
                for n in range(4)
            )
        )
        await pilot.press("4")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, AlertsScreen)
        await screen.table.go_to(shown(screen.table).index("n-1"))
        feed.send(("alert", "n-1", urgent(1, title="事件 1", kind="own", state="closed", raised_at=floor.now() - HOUR)))
        await until(pilot, lambda: screen.table.gone_id == "n-1")
        (line,) = [line for line in lines(pilot.app) if "✕" in line and "事件 1" in line]  # type: ignore[arg-type]
        assert "已解除" in line
        for key in ("t", "a", "x", "T"):
            await pilot.press(key)
            await settled(pilot)
            assert pilot.app.screen is screen
        assert acts(floor) == []
        assert {note.message for note in pilot.app._notifications} == {"该预警已解除"}
        await pilot.press("down")
        assert screen.table.cursor_id == "n-2"


async def test_an_order_that_leaves_its_view_under_the_cursor_stays_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    floor, feed = filled_floor(tmp_path)
    try:
        async with CockpitApp(floor).run_test(size=(140, 36)) as pilot:
            await pilot.press("3", "O")
            await settled(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, OrdersScreen)
            await pilot.press("down")
            here = screen.orders.cursor_id or ""
            was = floor.order(here).order
            feed.send(("order", here, order(5, number=was.number, state="handled", handled_at=NOW)))
            await until(pilot, lambda: screen.orders.gone_id == here)
            await settled(pilot)
            assert screen._detail is not None
            assert screen._detail.view.id == here
            assert screen._detail.view.order.state == "handled"
            await pilot.press("u")
            await settled(pilot)
            assert acts(floor) == [], "neither it, which is handled, nor its neighbour"
    finally:
        floor.close()


async def test_a_seat_that_fits_the_filter_no_more_stays_under_the_cursor() -> None:
    floor: Any = SmallFloor()
    async with CockpitApp(floor).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"小休", "enter")
        await settled(pilot)
        screen: Any = pilot.app.screen
        plan = screen.query_one(SeatPlan)
        await pilot.press("right")
        here = plan.cursor_seat.id
        assert here != screen._seats[0].id
        floor.put_seat(here, state="ready")
        await settled(pilot)
        screen._show_all()
        plan._arrange(80, 20)
        assert plan.targets() == [here]
        await pilot.press("left")
        screen._show_all()
        assert here not in [view.id for view in screen._seats]

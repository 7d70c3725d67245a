"""Views of the orders that are screens of their own: opened by letter, Tab or click, and left to Orders as it was."""

from datetime import date

from floorctl.floor.floor import Floor
from floorctl.models.order_filter import OrderCounts
from floorctl.screens.app import CockpitApp
from floorctl.screens.orders.departments import DepartmentsScreen
from floorctl.screens.orders.sibling_screen import SiblingScreen
from floorctl.screens.orders.strip import tabs, tabs_line
from floorctl.screens.orders.tab import Tab
from floorctl.screens.queues.screen import QueuesScreen
from floorctl.screens.shell.help import Help
from tests.screens.looking import at_rest, burst, loaded, on_top, piloted, resized, text, until
from tests.screens.opened import orders_of


async def test_esc_goes_back_to_the_list_with_its_filter_and_its_cursor(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("O", "down", "down")
        await at_rest(pilot)
        before = screen.orders.cursor_id
        await pilot.press("W")
        await at_rest(pilot)
        on_top(pilot, DepartmentsScreen)
        await pilot.press("escape")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        assert (screen.view, screen.orders.cursor_id) == ("overdue", before)


async def test_tab_goes_through_all_views_and_a_letter_to_any_of_them(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("shift+tab")
        await at_rest(pilot)
        last: SiblingScreen[object] = on_top(pilot, SiblingScreen)
        assert [tab.name for tab in tabs(None)][-3:] == ["hot_spots", "departments", last.VIEW]
        await pilot.press("shift+tab")
        await at_rest(pilot)
        on_top(pilot, DepartmentsScreen)
        await pilot.press("tab", "tab")
        await at_rest(pilot)
        assert (pilot.app.screen, screen.view) == (screen, "all")
        await pilot.press("W", "O")
        await at_rest(pilot)
        assert (pilot.app.screen, screen.view) == (screen, "overdue")
        await pilot.press("W", "W")
        await at_rest(pilot)
        assert (pilot.app.screen, screen.view) == (screen, "overdue")


async def test_keys_of_other_screens_help_and_the_palette_work_there(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("W")
        await at_rest(pilot)
        await pilot.press("question_mark")
        await at_rest(pilot)
        on_top(pilot, Help)
        assert "选择时间段" in text(pilot.app)
        await pilot.press("escape", "2")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, QueuesScreen)
        await pilot.press("3", "W", "ctrl+p")
        await at_rest(pilot)
        await pilot.press(*"只看超时", "enter")
        await until(pilot, lambda: pilot.app.screen is screen and screen.view == "overdue")


async def test_keys_typed_at_once_act_on_the_view_that_they_were_typed_for(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        burst(pilot, "W", "down", "enter")
        await until(pilot, lambda: pilot.app.screen is screen and screen.sent is not None)
        second = floor.departments.compared(*floor.departments.this_month())[1]
        assert screen.department == second.id


async def test_a_click_on_its_tab_opens_it_at_80_columns(floor: Floor) -> None:
    async with orders_of(floor, size=(80, 24)) as (pilot, _):
        _, spans = tabs_line(tabs(pilot.app.counts), "all", 80)
        end = next(end for _, end, view in reversed(spans) if view == "departments")
        await pilot.click(offset=(end - 2, 1))
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, DepartmentsScreen)


async def test_it_stays_open_over_a_resize_and_narrows_to_what_is_typed(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("W")
        await at_rest(pilot)
        await resized(pilot, (80, 24))
        await pilot.press("slash", *"锦江", "enter")
        await at_rest(pilot)
        screen = on_top(pilot, DepartmentsScreen)
        assert [row.texts[0] for row in loaded(screen.table)] == ["锦江区城市管理局"]
        assert "按时签收" in text(pilot.app)


async def test_the_orders_behind_a_department_are_as_many_as_it_counts_and_esc_comes_back_to_it(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("W", "o", "down", "down")
        await at_rest(pilot)
        departments = on_top(pilot, DepartmentsScreen)
        view, sort = departments.detail, departments.sort
        assert view is not None
        await pilot.press("enter")
        await at_rest(pilot)
        assert (pilot.app.screen, screen.orders.total) == (screen, view.counts.dispatched)
        views = [screen.orders.view(row.id) for row in loaded(screen.orders)]
        assert all(each is not None and each.order.lead_department_id == view.id for each in views)
        await pilot.press("escape")
        await at_rest(pilot)
        departments = on_top(pilot, DepartmentsScreen)
        assert (departments.table.cursor_id, departments.sort) == (view.id, sort)
        await pilot.press("escape")
        await at_rest(pilot)
        assert (pilot.app.screen, screen.orders.total) == (screen, 60)


def test_where_the_tabs_do_not_fit_arrows_stand_for_those_out_of_sight() -> None:
    shown = [Tab(f"v{n}", f"视图{chr(65 + n)}", "12") for n in range(12)]
    for width in (40, 80, 200):
        for chosen in shown:
            line, spans = tabs_line(shown, chosen.name, width)
            words = "".join(piece.text for piece in line)
            assert sum(piece.cell_length for piece in line) <= width
            assert f"▸{chosen.words} 12" in words
            first, last = next(n for n in shown if n.words in words), [n for n in shown if n.words in words][-1]
            assert ("‹" in words) == (first is not shown[0])
            assert ("›" in words) == (last is not shown[-1])
            assert {name for _, _, name in spans} >= {first.name, last.name}


def test_a_tab_has_the_count_of_its_view() -> None:
    counts = {tab.name: tab.count for tab in tabs(OrderCounts(overdue=1234))}
    assert (counts["all"], counts["overdue"], counts["departments"]) == ("", "1,234", "")


async def test_they_are_reached_from_any_screen_by_name(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        await pilot.press("ctrl+p")
        await at_rest(pilot)
        await pilot.press(*"单位", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DepartmentsScreen))


async def test_any_days_can_be_typed_and_what_is_no_span_is_not_taken(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("W", "t", "6")
        await at_rest(pilot)
        await pilot.press("ctrl+u", *"2026-01-05 20260301", "enter")
        await at_rest(pilot)
        screen = on_top(pilot, DepartmentsScreen)
        assert (screen.first, screen.last) == (date(2026, 1, 5), date(2026, 3, 1))
        assert "2026-01-05 至 2026-03-01" in text(pilot.app)
        await pilot.press("t", "6")
        await at_rest(pilot)
        assert "草稿" not in text(pilot.app)
        await pilot.press("ctrl+u", *"2026-03-05 2026-03-01", "enter")
        await at_rest(pilot)
        assert (screen.first, screen.last) == (date(2026, 1, 5), date(2026, 3, 1))
        await pilot.press("left", "right", "right")
        await at_rest(pilot)
        assert (screen.first, screen.last) == (date(2026, 2, 1), date(2026, 2, 28))

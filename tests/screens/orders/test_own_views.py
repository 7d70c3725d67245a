"""Views of one's own on Orders: kept by two keys and a name, shown as tabs with their counts, changed and removed."""

from msgspec.structs import replace

from floorctl.floor.floor import Floor
from floorctl.models.own_view import OwnView
from floorctl.screens.orders.departments import DepartmentsScreen
from floorctl.screens.shell.dialogs import AskText
from floorctl.widgets.ask import Pick
from tests.screens.looking import at_rest, on_top, press, text, told, until
from tests.screens.opened import orders_of


async def test_two_keys_and_a_name_keep_what_is_shown_and_its_tab_shows_it_again(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("O", "L", "o")
        await at_rest(pilot)
        total, sort = screen.orders.total, screen.sort
        await pilot.press("V", *"我的超时", "enter")
        await at_rest(pilot)
        assert floor.own_views.all() == [OwnView(name="我的超时", view="overdue", line="12345", sort=sort)]
        assert f"▸我的超时 {total}" in text(pilot.app)
        await pilot.press("A")
        await at_rest(pilot)
        assert (screen.view, screen.orders.total) == ("all", 60)
        await pilot.press("W", "tab", "tab")
        await at_rest(pilot)
        assert (screen.view, screen.line, screen.sort, screen.orders.total) == ("overdue", "12345", sort, total)
        assert f"▸我的超时 {total}" in text(pilot.app)


async def test_a_search_and_columns_are_part_of_it(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("f", *"供水", "enter", "F")
        await at_rest(pilot)
        pick = on_top(pilot, Pick)
        assert "工单号" in text(pilot.app) and pick
        await press(pilot, ["5", "1", "enter"])
        await at_rest(pilot)
        chosen, total = screen.orders.columns_chosen, screen.orders.total
        assert len(chosen) == 2 and screen.orders.columns_shown == ("number", *chosen)
        await pilot.press("V", *"供水", "enter", "3")
        await at_rest(pilot)
        assert (screen.orders.total, screen.orders.columns_chosen) == (60, ())
        await pilot.press("shift+tab")
        await at_rest(pilot)
        assert (screen.orders.total, screen.orders.columns_chosen) == (total, chosen)
        assert "供水" in screen.filter_text


async def test_v_on_its_tab_changes_renames_and_removes_it_after_a_question(floor: Floor) -> None:
    floor.own_views.keep(OwnView(name="甲", view="overdue"))
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("shift+tab", "L")
        await at_rest(pilot)
        assert "▸甲*" in text(pilot.app)
        await pilot.press("V", "1")
        await at_rest(pilot)
        assert [(view.name, view.line) for view in floor.own_views.all()] == [("甲", "12345")]
        await pilot.press("V", "1")
        await at_rest(pilot)
        await pilot.press("end", "乙", "enter")
        await at_rest(pilot)
        assert [view.name for view in floor.own_views.all()] == ["甲乙"]
        await pilot.press("V", "2", "n")
        await at_rest(pilot)
        assert floor.own_views.all()
        await pilot.press("V", "2", "y")
        await at_rest(pilot)
        assert floor.own_views.all() == []
        assert (screen.own.chosen, screen.view) == (None, "all")


async def test_a_name_that_is_taken_is_refused_and_offered_again(floor: Floor) -> None:
    floor.own_views.keep(OwnView(name="甲"))
    async with orders_of(floor) as (pilot, _):
        await pilot.press("O", "V", "甲", "enter")
        await at_rest(pilot)
        assert told(pilot, "已有名为“甲”的视图")
        await pilot.press("V")
        await at_rest(pilot)
        assert "甲" in text(pilot.app)


async def test_the_name_that_was_kept_is_not_offered_for_the_next_view(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("V", "甲", "enter")
        await at_rest(pilot)
        await pilot.press("A", "O", "V")
        await at_rest(pilot)
        assert on_top(pilot, AskText).typed == ""


async def test_they_stand_among_the_tabs_of_the_other_views_too(floor: Floor) -> None:
    floor.own_views.keep(OwnView(name="[red]甲", view="to_dispatch"))
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("W")
        await at_rest(pilot)
        on_top(pilot, DepartmentsScreen)
        assert f"[red]甲 {floor.orders.counts().to_dispatch}" in text(pilot.app)
        await pilot.press("tab", "tab")
        await at_rest(pilot)
        assert (screen.own.name, screen.view) == ("own:[red]甲", "to_dispatch")


async def test_who_signs_in_next_sees_only_views_of_their_own(floor: Floor) -> None:
    floor.own_views.keep(OwnView(name="甲", view="overdue"))
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("shift+tab")
        await at_rest(pilot)
        assert screen.own.name == "own:甲"
        person = floor.session.person
        assert person is not None
        floor.session.person = replace(person, person_id="p-1002")
        await until(pilot, lambda: "甲" not in text(pilot.app))
        assert screen.own.chosen is None
        floor.session.person = person
        await until(pilot, lambda: screen.own.counted)


async def test_a_view_of_another_person_closes_with_the_dialogs_that_are_left_open(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("W", "M")
        await at_rest(pilot)
        assert pilot.app.screen is not screen
        pilot.app.leave_dialogs()
        await until(pilot, lambda: pilot.app.screen is screen)

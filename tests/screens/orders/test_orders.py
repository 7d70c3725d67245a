"""工单, driven by keys on a real Floor."""

from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.i18n import t
from floorctl.models.orders import Urge
from floorctl.screens.app import CockpitApp
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.text.durations import lasting
from floorctl.text.times import when
from floorctl.widgets.ask import Option, Pick, fits
from floorctl.widgets.pane import wrapped
from floorctl.widgets.plain import PlainInput
from tests.build import DAY, HOUR, MINUTE
from tests.screens.filled_floor import NOW, Feed, filled_floor, open_floor, order
from tests.screens.looking import HOSTILE_TEXTS, acts, at_rest, loaded, piloted, text, until, whole, words
from tests.screens.opened import orders_of


async def test_one_key_finds_the_order_that_is_latest(floor: Floor) -> None:
    async with orders_of(floor) as (_, screen):
        views = [floor.orders.get(f"o-20260304{n:05}") for n in range(60)]
        latest = max(views, key=lambda view: view.overdue_seconds)
        assert screen.orders.cursor_id == latest.id
        assert latest.order.number in words(screen.pane)


async def test_five_keys_urge_the_three_latest_without_a_question(floor: Floor) -> None:
    views = sorted((floor.orders.get(f"o-20260304{n:05}") for n in range(60)), key=lambda view: -view.overdue_seconds)[
        :3
    ]
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("space", "space", "space", "u")
        await at_rest(pilot)
        assert acts(floor) == [("order.urge", view.id, {"level": view.proposed_level}) for view in views]
        assert not screen.orders.marked
        shown = [screen.orders.row_at(n) for n in range(3)]
        assert all(row is not None and any("↑" in cell[0] for cell in row.cells) for row in shown)


async def test_urging_again_within_the_hour_asks_once(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("u")
        await at_rest(pilot)
        await pilot.press("u")
        await at_rest(pilot)
        assert len(acts(floor)) == 1, "the second waits for an answer"
        await pilot.press("n")
        await at_rest(pilot)
        assert len(acts(floor)) == 1
        await pilot.press("u")
        await at_rest(pilot)
        await pilot.press("y")
        await at_rest(pilot)
        assert len(acts(floor)) == 2


@pytest.mark.parametrize("typed", ["2026030400017", "00017"])
async def test_f_and_the_number_find_an_order_from_anywhere(floor: Floor, typed: str) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        await pilot.press("f")
        await at_rest(pilot)
        await pilot.press(*typed)
        await at_rest(pilot)
        screen = app.screen
        assert isinstance(screen, OrdersScreen)
        assert [row.id for row in loaded(screen.orders)] == ["o-2026030400017"]
        await pilot.press("enter")
        await at_rest(pilot)
        assert screen.orders.has_focus
        await pilot.press("escape")
        await at_rest(pilot)
        assert screen.orders.total == 60


async def test_a_search_says_how_much_it_can_find_while_the_history_comes(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=floor.now(), first_sync=(3400, 10_000)))
        await pilot.press("f", *"供水", "enter")
        await until(pilot, lambda: "可搜索 3,400/10,000 件" in text(pilot.app))
        assert "◌ 首次同步 3,400/10,000" in text(pilot.app)
        assert "● 实时" not in text(pilot.app)
        floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=floor.now()))
        await until(pilot, lambda: "可搜索" not in text(pilot.app))
        assert "● 实时" in text(pilot.app)


async def test_views_and_filters_narrow_the_list_and_esc_widens_it(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        counts = floor.orders.count()
        for key, total in (
            ("O", counts.overdue),
            ("S", counts.due_soon),
            ("D", counts.to_dispatch),
            ("C", counts.to_call_back),
        ):
            await pilot.press(key)
            await at_rest(pilot)
            assert screen.orders.total == total, key
        await pilot.press("A", "L", "L")
        await at_rest(pilot)
        assert screen.line == "12333"
        assert screen.orders.total == 15
        await pilot.press("escape")
        await at_rest(pilot)
        assert screen.orders.total == 60
        await pilot.press("P")
        await at_rest(pilot)
        await pilot.press(*"swj", "enter")
        await at_rest(pilot)
        assert screen.department == "d-03"
        views = [screen.orders.view(row.id) for row in loaded(screen.orders)]
        assert all(view is not None and view.order.lead_department_id == "d-03" for view in views)


async def test_every_sort_that_is_offered_is_read(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        seen = set()
        for _ in range(4):
            seen.add(screen.sort)
            assert screen.orders.total == 60
            await pilot.press("o")
            await at_rest(pilot)
        assert len(seen) == 4
        assert screen.sort == "latest"


async def test_dispatch_takes_the_lead_first(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("D")
        await at_rest(pilot)
        order_id = screen.orders.cursor_id
        await pilot.press("d")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Pick)
        await pilot.press("1", *"jtys", "1", "enter")
        await at_rest(pilot)
        lead, other = "d-03", "d-10"
        assert acts(floor) == [
            ("order.dispatch", order_id, {"department_ids": [lead, other], "lead_department_id": lead})
        ]


async def test_review_right_and_wrong(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("T", "2", "enter")
        await at_rest(pilot)
        assert screen.states == ("review",)
        await pilot.press("v")
        await at_rest(pilot)
        await pilot.press("y")
        await at_rest(pilot)
        assert acts(floor)[-1][0::2] == ("order.review", {"errors": []})
        await pilot.press("down", "v")
        await at_rest(pilot)
        await pilot.press("1", "3", "enter")
        await at_rest(pilot)
        wrong = [t("orders.review.incomplete"), t("orders.review.category")]
        assert acts(floor)[-1][0::2] == ("order.review", {"errors": wrong})


async def test_call_back_by_digits_with_a_note(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("C")
        await at_rest(pilot)
        order_id = screen.orders.cursor_id
        await pilot.press("c")
        await at_rest(pilot)
        await pilot.press("1")
        await at_rest(pilot)
        await pilot.press("2")
        await at_rest(pilot)
        await pilot.press(*"late", "enter")
        await at_rest(pilot)
        assert acts(floor) == [("order.callback", order_id, {"outcome": "reached", "satisfaction": 2, "note": "late"})]


async def test_an_act_that_the_state_forbids_asks_nothing(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("C", "d")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        assert not acts(floor)


async def test_a_row_that_goes_away_while_asking_is_said_and_nothing_is_done(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("b")
        await at_rest(pilot)
        feed.send(("order", screen.orders.cursor_id or "", None))
        await pilot.press(*"no", "enter")
        await at_rest(pilot)
        assert not acts(floor)
        assert pilot.app.screen is screen
        assert screen.orders.total == 59
    floor.close()


async def test_a_viewer_is_told_and_does_nothing(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path, roles=("viewer",))
    async with orders_of(floor) as (pilot, screen):
        for key in "udvcb":
            await pilot.press(key)
            await at_rest(pilot)
            assert pilot.app.screen is screen
        assert not acts(floor)
    floor.close()


async def test_personal_data_is_masked_until_revealed_and_again_on_the_next_order(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await at_rest(pilot)

        def shown() -> str:
            return words(screen.pane)

        assert "13812345678" not in shown()
        assert "张建国" not in shown()
        await pilot.press("r")
        await at_rest(pilot)
        assert "13812345678" in shown()
        assert "510104199001011234" in shown()
        await pilot.press("down")
        await at_rest(pilot)
        assert "13812345678" not in shown()


async def test_a_new_arrival_begins_at_the_latest_with_nothing_marked(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        first = screen.orders.cursor_id
        await pilot.press("space", "down", "D", "1")
        await at_rest(pilot)
        await pilot.press("3")
        await at_rest(pilot)
        assert screen.orders.cursor_id == first
        assert not screen.orders.marked
        assert screen.view == "all"


async def test_an_alerts_order_is_shown_whatever_the_list_was_narrowed_to(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("C", "1")
        await at_rest(pilot)
        pilot.app.show_one("orders", "o-2026030400009")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        assert screen.orders.cursor_id == "o-2026030400009"


async def test_no_orders_is_no_trouble(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    async with orders_of(floor) as (pilot, screen):
        for key in ("space", "u", "d", "v", "c", "b", "r", "y", "o", "O", "enter", "P", "escape", "T", "escape"):
            await pilot.press(key)
            await at_rest(pilot)
        assert screen.orders.total == 0
        assert not acts(floor)
    floor.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_size_and_language_shows_the_number_and_the_title(
    tmp_path: Path, size: tuple[int, int], lang: str
) -> None:
    floor, _ = filled_floor(tmp_path, language=lang)
    async with orders_of(floor, size) as (pilot, screen):
        lines = ["".join(piece.text for piece in line) for line in screen.orders.picture(*screen.orders.size)]
        view = screen.orders.view(screen.orders.cursor_id)
        assert view is not None
        assert view.order.number in lines[1]
        assert view.order.title[:4] in lines[1]
        await pilot.press("enter")
        await at_rest(pilot)
        assert screen.pane.display
        await pilot.press("escape")
        await at_rest(pilot)
        assert screen.orders.has_focus
    floor.close()


async def test_hostile_text_in_every_field_stays_text(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    feed = Feed(floor)
    feed.send(*(("order", f"o-{n}", order(n, text=text)) for n, text in enumerate(HOSTILE_TEXTS)))
    async with orders_of(floor, (200, 60)) as (pilot, screen):
        assert screen.orders.total == len(HOSTILE_TEXTS)
        for n in range(len(HOSTILE_TEXTS)):
            await screen.orders.go_to(n)
            await at_rest(pilot)
            for line in (*whole(screen.pane), *screen.orders.picture(120, 60)):
                for piece in line:
                    assert piece.text.replace("\u200d", "").isprintable(), repr(piece.text)  # emoji are joined by it
        await pilot.press("f")
        for hostile in HOSTILE_TEXTS:
            screen.query_one("#filter PlainInput", PlainInput).value = hostile
            await at_rest(pilot)
        assert pilot.app.is_running
    floor.close()


async def test_an_act_of_another_window_shows_by_itself(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    async with orders_of(floor) as (pilot, screen):
        each = screen.orders.cursor_id or ""
        old = floor.orders.get(each).order
        changed = order(int(old.number[-5:]), urges=(Urge(at=NOW, by="p-2001", level=2),), state="accepted")
        feed.send(("order", each, changed))
        await until(pilot, lambda: "再次催办" in words(screen.pane))
    floor.close()


def test_an_option_is_found_by_its_words_or_their_initials() -> None:
    option = Option("d", "成都市水务局", "常用")
    assert fits(option, "水务", "cdsswj")
    assert fits(option, "SWJ", "cdsswj")
    assert fits(option, "", "")
    assert not fits(option, "jt", "cdsswj")


@pytest.mark.parametrize("width", [2, 3, 10, 37, 200])
@pytest.mark.parametrize("text", [*HOSTILE_TEXTS, "来电人反映，停水。电话138****5678未果 and so on"])
def test_wrapping_keeps_to_the_width_and_loses_no_visible_character(text: str, width: int) -> None:
    from rich.cells import cell_len

    from floorctl.text.safe import visible

    lines = wrapped(text, width)
    assert all(cell_len(line) <= max(2, width) for line in lines)
    kept = "".join(lines).replace(" ", "")
    assert kept == visible(text, keep_newlines=True).replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_what_waits_for_dispatch_stands_by_the_dispatch_clock_with_its_time_left(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    floor = open_floor(tmp_path)
    feed, now = Feed(floor), floor.now()
    minutes = {"o-late": -10, "o-soon": 21, "o-hours": 150}  # until the three hours are over
    # The department's limit says the opposite: the one that is late for dispatch has the most days.
    days = {"o-late": 6, "o-soon": 3, "o-hours": 1}
    for at, (each, left) in enumerate(minutes.items()):
        reviewed, due = now + MINUTE * left - 3 * HOUR, now + DAY * days[each]
        waits = order(at, state="ready", dispatched_at=None, lead_department_id=None, due_at=due, reviewed_at=reviewed)
        feed.send(("order", each, waits))
    async with orders_of(floor, size) as (pilot, screen):
        await pilot.press("D")
        await at_rest(pilot)
        rows = [screen.orders.row_at(n) for n in range(3)]
        assert [row.id for row in rows if row is not None] == list(minutes)
        first = [row.cells[0][0] for row in rows if row is not None]
        due = now + 21 * MINUTE
        least = (due - floor.now()).total_seconds()
        shown = {lasting(seconds) for seconds in range(int(least), 21 * 60 + 1)}  # the list was read in between
        assert any(f"{each} {when(due, floor.now())}" in first[1] for each in shown)
        assert first[0].startswith("‼ 1")
        assert "2时2" in first[2]
        assert "派单时限" in "".join(piece.text for piece in screen.orders.picture(*screen.orders.size)[0])
        assert screen.sort == "dispatch_due"
        await pilot.press("A")
        await at_rest(pilot)
        assert screen.sort == "latest"
    floor.close()

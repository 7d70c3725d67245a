"""考核, driven by keys on a real Floor whose month was worked out by hand (``month_floor``)."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.floor.views import ConnectionStatus
from floorctl.i18n import t
from floorctl.models.assessment import Fact
from floorctl.rules.assessment.month import Month
from floorctl.rules.assessment.scoring import POINTS
from floorctl.screens.app import CockpitApp
from floorctl.screens.assessment.screen import AssessmentScreen
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.registry import SCREENS
from floorctl.widgets import figures
from tests.screens.filled_floor import Feed, order
from tests.screens.looking import (
    HOSTILE,
    SIZES,
    CockpitPilot,
    at_rest,
    controls,
    lines,
    links,
    on_top,
    piloted,
    press,
    text,
    until,
)
from tests.screens.month_floor import BASE, BONUS, NOW, month_floor, open_month
from tests.screens.opened import score_of, score_of_nothing


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    floor, _ = month_floor(tmp_path)
    yield floor
    floor.close()


def row(screen: AssessmentScreen, item_id: str, body: str = "items") -> list[str]:
    """The cells of one row, as text."""
    table = screen.table(body)
    for at in range(table.total):
        found = table.row_at(at)
        if found is not None and found.id == item_id:
            return [cell if isinstance(cell, str) else cell[0] for cell in found.cells]
    raise AssertionError(f"no row {item_id}")


def ids(screen: AssessmentScreen, body: str = "items") -> list[str]:
    table = screen.table(body)
    return [found.id for at in range(table.total) if (found := table.row_at(at)) is not None]


def figure_rows(value: str, *, tall: bool) -> tuple[str, ...]:
    return tuple(each.rstrip() for each in (figures.large if tall else figures.small)(value))


async def go_to(pilot: CockpitPilot, screen: AssessmentScreen, item_id: str) -> None:
    """Put the cursor on the item by keys."""
    await press(pilot, ["home", *["down"] * ids(screen).index(item_id)])
    await until(pilot, lambda: screen.item_data is not None and screen.item_data.item_id == item_id)


@pytest.mark.parametrize("size", SIZES)
async def test_one_key_shows_the_months_score_in_large_figures(floor: Floor, size: tuple[int, int]) -> None:
    async with score_of(floor, size) as (pilot, _):
        seen = text(pilot.app)
        for figure_row in figure_rows(BASE, tall=size[1] >= 34):
            assert figure_row in seen
        assert f"基础分  加分 +{BONUS}" in seen, "the bonus is small, and there is one word for the base"
        assert "基本分" not in seen and "总分" not in seen


async def test_two_keys_show_what_cost_its_points(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        seen = text(pilot.app)
        lost = {"训": "−2", "初审": "−0.5", "回访": "−0.4", "及时": "−1.5", "重大": "−1", "要求": "−0.5"}
        for name, points in lost.items():
            assert any(name in line and points in line for line in seen.splitlines()), name
        await press(pilot, ["enter"])
        await until(pilot, lambda: screen.body == "costs" and "已办 3 场，应办 5 场，差 2 场" in text(pilot.app))


async def test_what_can_still_be_won_comes_first_and_full_marks_last(floor: Floor) -> None:
    async with score_of(floor) as (_, screen):
        order_of_items = ids(screen)
        assert set(order_of_items) == {*POINTS, "bonus"}
        assert order_of_items[:6] == [
            "training", "review_errors", "callback_rate", "team_building", "learning_board", "service_star",
        ]  # fmt: skip
        assert order_of_items[6:9] == ["dispatch_timeliness", "major_incidents", "education"]
        assert order_of_items[-1] == "bonus"


async def test_each_item_has_its_counts_its_loss_the_month_before_and_the_next_steps(floor: Floor) -> None:
    async with score_of(floor, (160, 40)) as (_, screen):
        name, score, bar, lost, counts, before, loss, gain = row(screen, "callback_rate")
        assert (name, score, lost, counts, before) == ("回访率", "9.6/10", "−0.4", "44/50 88%", "10")
        assert bar.count("▄") == 9
        assert loss.split() == ["▼0.2", "1", "件应回访未回访"]
        assert gain.split() == ["▲0.4", "1", "件回访"]
        assert row(screen, "dispatch_timeliness")[4] == "3 件超时"
        assert row(screen, "training")[4] == "3/5 场"
        assert row(screen, "team_building")[4] == "0/0 次"
        assert row(screen, "team_building")[7] == "月末前还须完成 1 次"
        assert row(screen, "onboarding_exam")[4] == "无数据"
        assert row(screen, "service_ability")[1:4:2] == ["10/10", ""]


async def test_the_next_steps_of_the_item_under_the_cursor_are_said_in_a_sentence(floor: Floor) -> None:
    async with score_of(floor, (80, 24)) as (pilot, screen):
        await go_to(pilot, screen, "callback_rate")
        await until(pilot, lambda: "再有 1 件回访可回 0.4 分" in text(pilot.app))
        assert "再有 1 件应回访未回访即失 0.2 分" in text(pilot.app)


async def test_a_course_of_seventeen_days_is_a_warning_and_no_data_is_said(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        assert "▲ 1 期岗前培训 15–19 天" in text(pilot.app)
        assert row(screen, "onboarding_period")[4].endswith("▲")
        await go_to(pilot, screen, "onboarding_exam")
        await until(pilot, lambda: "无数据（参考人数为 0）" in text(pilot.app))


async def test_enter_goes_down_to_the_order_and_six_comes_back_to_the_costs(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await go_to(pilot, screen, "dispatch_timeliness")
        await press(pilot, ["enter"])
        await until(pilot, lambda: screen.body == "costs" and screen.table().total == 3)
        assert sorted(ids(screen, "costs")) == ["order:o-0", "order:o-1", "order:o-2"]
        assert row(screen, "order:o-0", "costs")[3] == "−0.5"
        await press(pilot, ["down", "enter"])
        await until(pilot, lambda: isinstance(pilot.app.screen, OrdersScreen))
        orders = pilot.app.screen
        assert isinstance(orders, OrdersScreen)
        await until(pilot, lambda: orders.orders.cursor_id == "o-1")
        await press(pilot, ["6"])
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.pause(0.1)
        assert screen.body == "costs"
        assert screen.table().cursor_id == "order:o-1"
        await press(pilot, ["escape"])
        assert screen.body == "items"
        await press(pilot, ["1", "6"])
        await until(pilot, lambda: screen.body == "items" and screen.table().cursor == 0)


async def test_who_went_on_from_the_order_to_another_screen_begins_at_the_score_again(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await go_to(pilot, screen, "dispatch_timeliness")
        await press(pilot, ["enter"])
        await until(pilot, lambda: screen.table("costs").total == 3)
        await press(pilot, ["enter"])
        await until(pilot, lambda: isinstance(pilot.app.screen, OrdersScreen))
        await press(pilot, ["1", "6"])
        await until(pilot, lambda: pilot.app.screen is screen and screen.body == "items")
        await until(pilot, lambda: screen.table().cursor == 0)


async def test_both_keys_can_be_typed_ahead(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        app.simulate_key("6")
        app.simulate_key("enter")
        await until(pilot, lambda: "差 2 场" in text(app) and "涉及 0 项，共失 2 分" in text(app))


async def test_what_is_explained_is_the_item_that_the_cursor_has_just_reached(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        for key in ("down", "down", "e"):
            pilot.app.simulate_key(key)
        await until(pilot, lambda: "回访率 · 2026年3月" in text(pilot.app) and "44 ÷ 50 = 88%" in text(pilot.app))
        assert ids(screen)[2] == "callback_rate"


async def test_people_and_facts_that_cost_points_are_told_too(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await go_to(pilot, screen, "education")
        await press(pilot, ["enter"])
        await until(pilot, lambda: ids(screen, "costs") == ["person:p-2008"])
        assert "话务07" in text(pilot.app)
        await press(pilot, ["enter", "escape"])
        await go_to(pilot, screen, "major_incidents")
        await press(pilot, ["enter"])
        await until(pilot, lambda: ids(screen, "costs") == ["fact:f-task"])
        assert row(screen, "fact:f-task", "costs")[3] == "−1"
        await press(pilot, ["enter"])
        await until(pilot, lambda: screen.body == "facts" and screen.table().cursor_id == "f-task")


async def test_the_formula_with_its_numbers_is_that_of_the_command(floor: Floor) -> None:
    explained = floor.assessment.explain("review_errors")
    async with score_of(floor) as (pilot, screen):
        await go_to(pilot, screen, "review_errors")
        await press(pilot, ["e"])
        await until(pilot, lambda: pilot.app.screen is not screen)
        await until(pilot, lambda: all(step in text(pilot.app) for step in explained.steps))
        assert "8 ÷ 200 = 4%" in text(pilot.app)
        await press(pilot, ["e"])
        await until(pilot, lambda: pilot.app.screen is screen)


async def test_months_are_turned_back_to_the_contracts_first_and_forth_to_the_running_one(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["right"])
        running = screen.month
        assert running is None
        await press(pilot, ["left"])
        await until(pilot, lambda: "2026年2月" in text(pilot.app) and "已结束" in text(pilot.app))
        assert figure_rows("94.5", tall=True)[0] in text(pilot.app)
        assert row(screen, "training")[6:] == ["", ""]
        await press(pilot, ["left", "left", "left"])
        await until(pilot, lambda: "2026年1月" in text(pilot.app))
        assert screen.month == Month(2026, 1)
        await press(pilot, ["6"])
        await until(pilot, lambda: "2026年3月" in text(pilot.app) and screen.month is None)


async def test_the_month_before_stands_beside_it(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        assert "上月 94.5  ▼0.4" in text(pilot.app)
        await press(pilot, ["left", "left"])
        await until(pilot, lambda: "2026年1月" in text(pilot.app))
        await until(pilot, lambda: "无上月数据可比" in text(pilot.app))
        assert row(screen, "training")[5] == "—"


async def test_the_top_of_every_screen_has_the_base_score_its_bonus_and_how_it_compares(floor: Floor) -> None:
    async with score_of(floor) as (pilot, _):
        for key, _module, _kind in SCREENS.values():
            await press(pilot, [key])
            await until(pilot, lambda: f"考核 {BASE} +{BONUS} ▼0.4" in lines(pilot.app)[0])


async def test_with_no_room_the_arrow_gives_way_and_then_the_score(floor: Floor) -> None:
    for width, seen in ((84, f"考核 {BASE} +{BONUS} ▼0.4"), (76, f"考核 {BASE} +{BONUS}"), (62, "预警")):
        async with score_of(floor, (width, 24)) as (pilot, _):
            top = lines(pilot.app)[0]
            assert seen in top
            assert ("▼0.4" in top) == (width == 84)
            assert (BASE in top) == (width > 62)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_the_right_to_end_the_contract_is_a_whole_banner_on_every_screen(tmp_path: Path, lang: str) -> None:
    floor, feed = month_floor(tmp_path, language=lang)
    async with score_of(floor, (80, 24)) as (pilot, _):
        words = t("assessment.termination")
        assert words not in text(pilot.app)
        feed.send(("fact", "leak-1", Fact(kind="data_leak", day=date(2026, 1, 5), matter="a")))
        feed.send(("fact", "leak-2", Fact(kind="data_leak", day=date(2026, 3, 5), matter="b")))
        for key, _module, _kind in SCREENS.values():
            await press(pilot, [key])
            await until(pilot, lambda: words in lines(pilot.app)[1])
        feed.send(("fact", "leak-2", None))
        await until(pilot, lambda: words not in text(pilot.app))
    floor.close()


async def test_a_change_on_the_floor_is_on_the_screen_without_a_key(tmp_path: Path) -> None:
    floor, feed = month_floor(tmp_path)
    async with score_of(floor) as (pilot, screen):
        was = row(screen, "callback_rate")
        called = floor.orders.get("o-79").order
        feed.send(("order", "o-79", order(79, **{**_fields(called), "callback_outcome": "no_answer"})))
        await until(pilot, lambda: row(screen, "callback_rate") != was)
        assert row(screen, "callback_rate")[1] == "10/10"
        assert "考核 94.5 +0.5  " in lines(pilot.app)[0]
    floor.close()


def _fields(entity: Any) -> dict[str, Any]:
    return {name: getattr(entity, name) for name in entity.__struct_fields__}


async def test_before_the_first_sync_is_over_there_is_no_score(tmp_path: Path) -> None:
    floor = open_month(tmp_path)
    async with score_of_nothing(floor) as (pilot, screen):
        assert "首次同步未完成" in text(pilot.app)
        assert screen.table("items").total == 0
        assert "100" not in text(pilot.app)
        assert "考核 —" in lines(pilot.app)[0]
        await press(pilot, ["enter", "e", "x", "y", "v", "t", "escape"])
        Feed(floor).send(("order", "o-1", order(1, received_at=NOW, reviewed_at=None, dispatched_at=None)))
        await until(pilot, lambda: screen.table("items").total == 15)
    floor.close()


async def test_while_the_first_sync_runs_there_is_no_score_of_what_has_come_so_far(floor: Floor) -> None:
    floor.live.take_connection_status(ConnectionStatus(mode="connecting", first_sync=(200, 57_310)))
    async with score_of_nothing(floor) as (pilot, screen):
        assert "首次同步未完成" in text(pilot.app)
        assert figure_rows(BASE, tall=True)[1] not in text(pilot.app)
        assert "年均" not in text(pilot.app)
        floor.live.take_connection_status(ConnectionStatus(mode="live"))
        await until(pilot, lambda: figure_rows(BASE, tall=True)[1] in text(pilot.app))
        await until(pilot, lambda: f"考核 {BASE} +{BONUS}" in lines(pilot.app)[0])
        assert screen.table("items").total == 15


async def test_the_year_has_its_months_its_mean_and_the_payment_in_money_where_the_price_is_set(tmp_path: Path) -> None:
    floor, feed = month_floor(tmp_path, price="10000000")
    for n in range(3):
        leak = Fact(kind="purchaser_criticism", day=date(2026, 2, 3 + n))
        feed.send(("fact", f"f-{n}", leak))
    async with score_of(floor, (80, 24)) as (pilot, screen):
        # January 94.5, February 94.5 − 9: the mean is 90, and nothing is lost at 90.
        await until(pilot, lambda: "年均 90 · 尾款不扣" in text(pilot.app))
        feed.send(("fact", "f-9", Fact(kind="media_exposure", day=date(2026, 2, 9))))
        # 88 loses 2 % of the 3,000,000 that are the final payment.
        await until(pilot, lambda: "尾款扣 2%（60,000 元）" in text(pilot.app))
        await press(pilot, ["v"])
        await until(pilot, lambda: "年度基础分" in text(pilot.app))
        seen = text(pilot.app)
        for words in (
            "年均 88（2 个月） · 尾款扣 2%（60,000 元）",
            "<90 每分扣 1%",
            "<80 每分扣 3%",
            "<70 每分扣 6%",
            "<60 全扣",
            "94.5",
            "81.5",
            "94.1",
        ):
            assert words in seen, words
        await press(pilot, ["escape"])
        await until(pilot, lambda: screen.body == "items")
    floor.close()


async def test_the_forecast_has_its_range_and_its_method(floor: Floor) -> None:
    forecast = floor.assessment.score().forecast
    assert forecast is not None
    async with score_of(floor) as (pilot, _):
        assert "月末预测 91.6 （91.6–91.6）" in text(pilot.app)
        assert "近 7 天" in text(pilot.app)
        await press(pilot, ["left"])
        await until(pilot, lambda: "2026年2月" in text(pilot.app))
        assert "预测" not in text(pilot.app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_no_item_is_cut_in_any_size_and_language(tmp_path: Path, size: tuple[int, int], lang: str) -> None:
    floor, _ = month_floor(tmp_path, language=lang)
    async with score_of(floor, size) as (_, screen):
        picture = screen.table("items").picture(*screen.table("items").size)
        assert len(picture) == 16
        for line in picture:
            shown = "".join(piece.text for piece in line[:-3])  # all but the two columns of words
            assert "…" not in shown, shown
        if size[0] != 120:
            assert not any("…" in piece.text for line in picture for piece in line)
        for column in screen.table("items").columns:
            assert column.title == "" or column.rank or column.title in "".join(piece.text for piece in picture[0])
    floor.close()


async def test_the_filter_narrows_the_items_and_the_facts(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["slash", *"回访", "enter"])
        await until(pilot, lambda: ids(screen) == ["callback_rate"])
        await press(pilot, ["escape"])
        await until(pilot, lambda: screen.table().total == 15)
        await press(pilot, ["t"])
        await until(pilot, lambda: screen.body == "facts" and screen.table().total == 6)
        await press(pilot, ["slash", *"政策", "enter"])
        await until(pilot, lambda: screen.table().total == 3)


async def test_what_is_copied_is_the_row_under_the_cursor(floor: Floor) -> None:
    async with score_of(floor) as (pilot, _):
        await press(pilot, ["y"])
        await until(pilot, lambda: "在岗培训  3/5" in pilot.app.clipboard)


async def test_hostile_text_in_facts_and_orders_stays_text(tmp_path: Path) -> None:
    floor, feed = month_floor(tmp_path)
    for n, words in enumerate(each for each in HOSTILE if each):
        about = Fact(kind="task_missed", day=date(2026, 3, 2), title=words, evidence=words, matter=words[:100])
        feed.send(("fact", f"h-{n}", about))
        feed.send(("order", f"h-{n}", order(1, text=words, received_at=NOW, problem=words)))
    async with score_of(floor) as (pilot, screen):
        for item in ("major_incidents", "service_ability"):
            await go_to(pilot, screen, item)
            await press(pilot, ["enter", "end", "home", "escape"])
        await press(pilot, ["t", "enter"])
        await pilot.pause(0.2)
        assert not controls(text(pilot.app))
        assert not links(pilot.app)
    floor.close()


async def test_the_screen_is_in_the_palette_and_its_keys_in_the_help(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["question_mark"])
        await until(pilot, lambda: "考核 · 键位" in text(pilot.app) and "登记考核事项" in text(pilot.app))
        await press(pilot, ["escape", "1", "ctrl+p", *"djkhsx", "enter"])
        await until(pilot, lambda: "登记哪类考核事项" in text(pilot.app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: pilot.app.screen is screen)


@pytest.mark.parametrize("draw", [figures.small, figures.large])
def test_every_figure_looks_different_and_all_rows_are_as_wide(draw: Any) -> None:
    seen = {draw(char) for char in "0123456789.+-"}
    assert len(seen) == 13
    for rows in seen:
        assert len({len(each) for each in rows}) == 1
    assert all(len(each) == len(draw("98.5")[0]) for each in draw("98.5"))


async def test_a_new_month_begins_by_itself(tmp_path: Path) -> None:
    floor, _ = month_floor(tmp_path)
    async with score_of(floor) as (pilot, screen):
        floor.clock.observe(datetime(2026, 4, 1, 0, 0, 5, tzinfo=NOW.tzinfo))
        screen.action_running()
        await until(pilot, lambda: "2026年4月" in text(pilot.app))
        assert t("assessment.no_data") in row(screen, "review_errors")[4]
    floor.close()


@pytest.mark.parametrize("size", SIZES)
async def test_before_the_contract_there_is_no_score_but_the_day_on_which_it_begins(
    floor: Floor, size: tuple[int, int]
) -> None:
    floor.close()
    contract = replace(floor.config.contract, start=date(2026, 4, 1))
    floor = open_terminal(replace(floor.config, contract=contract), clock=floor.clock)
    app = CockpitApp(floor)
    async with piloted(app, size=size) as pilot:
        await pilot.press("6")
        words = t("assessment.begins", start="2026-04-01")
        await until(pilot, lambda: isinstance(app.screen, AssessmentScreen) and words in text(app))
        await at_rest(pilot)
        assert ids(on_top(pilot, AssessmentScreen)) == []
        assert BASE not in text(app)
        for key in ("left", "right", "e", "enter", "v", "escape", "t", "escape"):
            await press(pilot, [key])
        assert floor.assessment.score().contract_begins == date(2026, 4, 1)
        assert not floor.assessment.score().termination_right
        assert floor.assessment.score().forecast is None

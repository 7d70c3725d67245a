"""The floor screen: what it shows at every size, and the acts of the job table in their number of keys."""

import asyncio
import re
import threading
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace as changed

from floorctl.durations import running
from floorctl.screens.seat import SeatPanel
from floorctl.screens.sign_in import SignIn
from floorctl.widgets.queuepane import BOX_HEIGHT, QueuePane
from floorctl.widgets.seatplan import SeatPlan
from tests.faults import FULL

from .looking import HOSTILE, SIZES, cockpit, controls, lines, links, press, text, until
from .small_floor import SmallFloor


@pytest.mark.parametrize("size", SIZES)
async def test_every_seat_at_work_and_every_queue_is_seen_without_a_key(size: tuple[int, int]) -> None:
    floor = SmallFloor()
    async with cockpit(floor, size) as pilot:
        await pilot.pause(0.1)
        seen = text(pilot.app)
        for view in floor.seats():
            if view.seat.state == "signed_out":
                continue
            assert f"{view.seat.number} " in seen
            assert running(view.seconds_in_state) in seen
        for word in (
            "通话",
            "示闲",
            "话后",
            "小休",
            "12345 综合",
            "12333 人社",
            "12320 卫健",
            "1:12",
            "86.4%",
            "21/30",
        ):
            assert word in seen
        assert "● 实时 14:32:07" in seen
        assert "特殊紧急工单" in seen
        assert "剩 12:00" in seen
        assert all(line == line.rstrip() or len(line) <= size[0] for line in lines(pilot.app))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_what_is_shown_says_how_old_it_is(size: tuple[int, int], language: str) -> None:
    floor = SmallFloor()
    floor.config = replace(floor.config, language=language)
    floor.mode = "offline"
    floor.alert_entities.clear()
    floor.clock_at += timedelta(seconds=192)
    async with cockpit(floor, size) as pilot:
        seen = lines(pilot.app)[0]
        # It goes on counting while it is looked at.
        chinese, english = r"○ 离线 3分1\d秒 · 显示 14:32:07 的数据", r"○ offline 3m 1\ds · data of 14:32:07"
        mark = chinese if language == "zh-CN" else english
        assert re.search(mark, seen), seen


async def test_times_stand_still_and_dim_offline() -> None:
    floor = SmallFloor()
    floor.mode = "offline"
    async with cockpit(floor) as pilot:
        before = text(pilot.app)
        floor.clock_at += timedelta(minutes=5)
        plan = pilot.app.screen.query_one(SeatPlan)
        pilot.app.screen.on_tick(floor.now())  # type: ignore[attr-defined]
        assert [line[:70] for line in lines(pilot.app)[8:]] == [line[:70] for line in before.split("\n")[8:]]
        times = [piece.style for piece in plan._lines[0] if ":" in piece.text]
        assert times
        assert all(style is not None and style.dim for style in times)


@pytest.mark.parametrize("turns", range(6))
async def test_an_alarm_at_the_moment_of_leaving_does_not_break_leaving(turns: int) -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        floor.clock_at += timedelta(minutes=5)
        # The alarm's worker is to begin while the app already waits for its screens to go.
        asyncio.get_running_loop().call_soon(pilot.app._tick)  # type: ignore[attr-defined]
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_five_hundred_seats_become_counts_with_the_outliers_first() -> None:
    floor = SmallFloor(500)
    async with cockpit(floor) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        assert "25席" in text(pilot.app)
        late = sorted((view for view in floor.seats() if view.seat.zone == "A区" and view.limit != "none"),
                      key=lambda view: (view.limit != "alert", -view.seconds_in_state))  # fmt: skip
        await press(pilot, ["down"])
        assert plan.cursor_seat is not None
        assert plan.cursor_seat.id == late[0].id
        await press(pilot, ["up", "enter"])
        assert sum(row[0].zone == "A区" and len(row) > 1 for row in plan._rows if row) >= 25 // 4


async def test_two_thousand_seats_open() -> None:
    async with cockpit(SmallFloor(2000), (120, 36)) as pilot:
        await press(pilot, ["down"] * 40 + ["end", "home"])
        assert "100席" in text(pilot.app)


async def test_a_seat_moves_to_another_queue_in_four_keys() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["right", "k", "2", "enter"])
        await until(pilot, lambda: floor.acts)
        assert floor.acts == [("set_skills", "s-02", ["q-12333"])]
        await until(
            pilot, lambda: any("坐席 02 李伟 → 12333 人社" in each.message for each in pilot.app._notifications)
        )


async def test_the_breaks_of_a_team_are_cancelled_in_three_keys() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["p", "2"])
        zone_b = {view.id for view in floor.seats() if view.seat.zone == "B区" and view.seat.person_id}
        await until(pilot, lambda: "取消B区" in text(pilot.app))
        # A break is at the end of the hour for each of them, a meal later.
        assert f"取消B区 {len(zone_b)} 人未来 60 分钟内的 {len(zone_b)} 段小休？" in text(pilot.app)
        await press(pilot, ["enter"])
        assert floor.acts == []
        assert "Enter 不算同意" in text(pilot.app)
        await press(pilot, ["y"])
        await until(pilot, lambda: floor.acts)
        ((kind, planned),) = floor.acts
        assert kind == "change_breaks"
        assert {each.seat_id for each in planned.breaks} == zone_b
        assert {each.pause.kind for each in planned.breaks} == {"break"}
        await until(pilot, lambda: any("已取消B区" in each.message for each in pilot.app._notifications))


async def test_a_team_has_the_same_digit_wherever_the_cursor_is() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        seen = []
        for keys in ([], ["down"] * 9, ["space", "down", "space"]):
            await press(pilot, [*keys, "p"])
            await until(pilot, lambda: "A区 " in text(pilot.app) and "1 A区" in text(pilot.app))
            seen.append(re.findall(r"[1-9] ([A-Z]区) \d+ 人", text(pilot.app)))
            await press(pilot, ["escape"])
        assert seen[0] == seen[1] == seen[2]
        assert seen[0] == sorted(seen[0])


async def test_window_kinds_and_what_is_done_can_be_chosen_before_it_is_done() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["p", "0"])
        await until(pilot, lambda: "未来 60 分钟内的 1 段小休？" in text(pilot.app))
        await press(pilot, ["k"])
        await until(pilot, lambda: "未来 60 分钟内的 1 段小休和用餐？" in text(pilot.app))
        await press(pilot, ["w"])
        await until(pilot, lambda: "未来 120 分钟内的 2 段小休和用餐？" in text(pilot.app))
        await press(pilot, ["p"])
        await until(pilot, lambda: "2 段小休和用餐推迟 30 分钟？" in text(pilot.app))
        await press(pilot, ["d"])
        await until(pilot, lambda: "推迟 60 分钟？" in text(pilot.app))
        await press(pilot, ["p"])
        await until(pilot, lambda: "没有可恢复的小休和用餐" in text(pilot.app))
        assert "y 确定" not in text(pilot.app)
        await press(pilot, ["y", "enter"])
        assert floor.acts == []
        await press(pilot, ["escape", "p", "0", "w", "k", "p", "y"])
        await until(pilot, lambda: floor.acts)
        ((_, planned),) = floor.acts
        assert (planned.wanted.change, planned.wanted.delay, len(planned.breaks)) == ("postpone", 1800.0, 2)


async def test_a_break_of_one_seat_is_cancelled_after_a_question_that_names_it() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["enter", "1"])
        await until(pilot, lambda: "取消张小明 15:32–15:47 的小休？" in text(pilot.app))
        await press(pilot, ["n"])
        assert floor.acts == []
        await press(pilot, ["2", "y"])
        await until(pilot, lambda: floor.acts)
        ((_, planned),) = floor.acts
        assert [(each.seat_id, each.index) for each in planned.breaks] == [("s-01", 1)]


async def test_the_newest_alert_is_taken_up_in_three_keys_and_the_note() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["a", "1", *"李处长", "enter"])
        await until(pilot, lambda: len(floor.acts) == 2)
        assert floor.acts == [("acknowledge", "a-1"), ("step", "a-1", "phone_department", "李处长")]


async def test_what_cannot_be_undone_asks_once() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["e", "3", "n", "l", "4", "escape", "p", "1", "n"])
        assert floor.acts == []
        await press(pilot, ["e", "3", "y"])
        await until(pilot, lambda: floor.acts)
        assert floor.acts == [("set_seat_state", "s-01", "signed_out")]


async def test_an_act_goes_to_every_marked_seat() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["space", "space", "space", "m", *"回席", "enter"])
        await until(pilot, lambda: floor.acts)
        assert floor.acts == [("message", ["s-01", "s-02", "s-03"], "回席")]
        floor.acts.clear()
        await press(pilot, ["e", "1"])
        await until(pilot, lambda: len(floor.acts) == 3)
        assert [act[1] for act in floor.acts] == ["s-01", "s-02", "s-03"]


@pytest.mark.parametrize(
    ("typed", "found"), [("05", {"s-05"}), ("zxm", {"s-01", "s-07"}), ("shixian", set()), ("D区", None)]
)
async def test_the_filter_finds_seats_by_number_name_zone_and_initials(typed: str, found: set[str] | None) -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["slash", *typed, "enter"])
        plan = pilot.app.screen.query_one(SeatPlan)
        wanted = {view.id for view in floor.seats() if view.seat.zone == "D区"} if found is None else found
        assert {view.id for view in plan._seats} == wanted
        await press(pilot, ["escape"])
        assert len(plan._seats) == 49


async def test_a_click_selects_and_a_double_click_opens() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        at = (plan._gutter + plan._cells.width + 3, 1)
        await pilot.click(SeatPlan, offset=at)
        assert plan.cursor_seat is not None
        assert plan.cursor_seat.seat.number == "04"
        await pilot.click(SeatPlan, offset=at, times=2)
        await until(pilot, lambda: "坐席 04 刘小明" in text(pilot.app))


async def test_the_seat_panel_masks_the_caller_and_says_how_a_break_is_cancelled() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        await press(pilot, ["enter"])
        await until(pilot, lambda: "早班" in text(pilot.app))
        seen = text(pilot.app)
        assert "138****5678" in seen
        assert "13812345678" not in seen
        assert "数字键取消或恢复该段休息" in seen


@pytest.mark.real_time  # the reading thread waits for the test
async def test_the_seat_panel_is_there_and_closes_while_the_disk_still_looks_for_the_shift() -> None:
    floor, found = SmallFloor(), threading.Event()
    shift = floor.shift
    in_time: list[bool] = []

    def slow_shift(shift_id: str) -> Any:
        in_time.append(found.wait(5))
        return shift(shift_id)

    floor.shift = slow_shift  # type: ignore[method-assign]
    async with cockpit(floor) as pilot:
        try:
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, SeatPanel) and "坐席 01" in text(pilot.app))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(pilot.app.screen, SeatPanel))
        finally:
            found.set()
        await until(pilot, lambda: in_time)
    assert all(in_time)


async def test_the_table_shows_the_same_seats_and_keeps_the_cursor() -> None:
    async with cockpit(SmallFloor()) as pilot:
        await press(pilot, ["right", "right", "right", "t"])
        await until(pilot, lambda: "普通话务" in text(pilot.app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: "坐席 04 刘小明" in text(pilot.app))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("at", range(0, len(HOSTILE), 9))
async def test_text_from_outside_is_shown_as_text(at: int, size: tuple[int, int]) -> None:
    """Each hostile text comes to stand in each field of a seat, a queue, an alert, a resource, a person."""
    floor = SmallFloor(len(HOSTILE), texts=HOSTILE[at:] + HOSTILE[:at])
    async with cockpit(floor, size) as pilot:
        for keys in ("down enter", "escape a", "escape t", "t k", "escape p", "escape 2", "1"):
            await press(pilot, keys.split())
            assert not controls(text(pilot.app))
            assert not links(pilot.app)
        assert pilot.app.is_running


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (500, 200), (79, 12)])
async def test_any_size_is_borne(size: tuple[int, int]) -> None:
    async with cockpit(SmallFloor(), (120, 36)) as pilot:
        await pilot.resize_terminal(*size)
        await press(pilot, ["down", "right", "t", "t", "2", "1"])
        await pilot.resize_terminal(120, 36)
        await pilot.pause(0.1)
        assert pilot.app.screen.query_one(QueuePane).size.height == BOX_HEIGHT


@pytest.mark.slow
@pytest.mark.real_time
async def test_keys_mashed_by_the_thousand_do_not_crash_it(live_floor: Any) -> None:
    named = "up down left right space enter escape tab home end pageup pagedown slash question_mark ctrl+p ctrl+l"
    keys = [*named.split(), *"abcdefghijklmnopqrstuvwxyz1234567890"]
    random = Random(12345)
    pressed, mashed = 0, 10_000 if FULL else 2_000
    while pressed < mashed:
        async with cockpit(live_floor) as pilot:
            while pressed < mashed and pilot.app.is_running:
                for key in random.choices(keys, k=100):
                    pilot.app.simulate_key(key)
                pressed += 100
                await pilot.pause()
                if isinstance(pilot.app.screen, SignIn):  # locked: nothing more can happen; go on behind it
                    pilot.app.pop_screen()
            # The palette has leaving among its actions: who finds it has left, and comes again.
            assert pilot.app.is_running or pilot.app.return_value == 0


@pytest.mark.real_time
async def test_the_real_floor_is_shown_and_acted_on(live_floor: Any) -> None:
    async with cockpit(live_floor) as pilot:
        await until(pilot, lambda: "● 实时" in text(pilot.app))
        seats = live_floor.seats()
        at_work = [view for view in seats if view.seat.state != "signed_out"]
        assert at_work
        assert all(re.search(rf"{view.seat.number}[ ⇄]", text(pilot.app)) for view in at_work)
        staffed = next(view for view in seats if view.seat.person_id and view.seat.state != "signed_out")
        pilot.app.screen.query_one(SeatPlan).put_cursor(staffed.id)
        await press(pilot, ["k", "2", "enter"])
        queues = live_floor.queues()
        await until(
            pilot, lambda: next(v for v in live_floor.seats() if v.id == staffed.id).seat.skills == (queues[1].id,)
        )
        await until(pilot, lambda: live_floor.standing().waiting == 0)


def seats_past_limits(floor: SmallFloor, zone: str) -> list[str]:
    late = (view for view in floor.seats() if view.seat.zone == zone and view.limit != "none")
    return [view.id for view in sorted(late, key=lambda view: (view.limit != "alert", -view.seconds_in_state))]


def listed(plan: SeatPlan) -> dict[str, list[str]]:
    """Zone → the seats that stand under its counts, as they are read."""
    found: dict[str, list[str]] = {}
    for row in plan._rows:
        for spot in row:
            found.setdefault(spot.zone, []).extend([spot.seat.id] if spot.seat else [])
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_a_floor_too_large_for_the_screen_shows_every_zone_with_its_outliers_first(size: tuple[int, int]) -> None:
    floor = SmallFloor(500)
    async with cockpit(floor, size) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        shown = listed(plan)
        assert len(shown) == 20
        # On the smallest the counts alone are more than the lines: one scrolls, past an outlier of each zone.
        fits = size != (80, 24)
        assert (len(plan._rows) <= plan.size.height) == fits
        worst = []
        for zone, seats in shown.items():
            late = seats_past_limits(floor, zone)
            assert seats[: len(late)] == late[: len(seats)]
            assert seats or not late or fits
            views = {view.id: view for view in floor.seats()}
            worst += [(views[late[0]].limit, views[late[0]].seconds_in_state, bool(seats))] if late else []
        ranked = sorted(worst, key=lambda each: (each[0] != "alert", -each[1]))
        assert [seen for *_, seen in ranked] == sorted((seen for *_, seen in ranked), reverse=True)


async def test_what_room_is_left_goes_to_those_who_are_longest_in_each_state() -> None:
    floor = SmallFloor(500)
    async with cockpit(floor, (200, 60)) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        assert len(plan._rows) == plan.size.height
        views = {view.id: view for view in floor.seats()}
        for zone, seats in listed(plan).items():
            filling = [views[each] for each in seats if views[each].limit == "none"]
            assert all(view.seat.state != "signed_out" for view in filling)
            left = [view for view in views.values() if view.seat.zone == zone and view.id not in seats]
            for state in {view.seat.state for view in filling}:
                least = min(view.seconds_in_state for view in filling if view.seat.state == state)
                others = [view.seconds_in_state for view in left if view.seat.state == state and view.limit == "none"]
                assert not others or max(others) <= least


async def test_outliers_that_find_no_room_are_counted_and_open_with_their_zone() -> None:
    floor = SmallFloor(500)
    for each in list(floor._seats):
        floor._seats[each] = changed(floor._seats[each], state="wrap_up", since=floor.started - timedelta(hours=1))
    async with cockpit(floor, (120, 36)) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        hidden = 25 - len(listed(plan)["A区"])
        assert hidden > 0
        assert f"▲25 另有 {hidden} 未列" in text(pilot.app)
        await press(pilot, ["enter"])
        assert len(listed(plan)["A区"]) == 25


async def test_the_cursor_and_the_marks_keep_their_seats_whatever_else_comes_into_sight() -> None:
    floor = SmallFloor(500)
    async with cockpit(floor, (120, 36)) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        await press(pilot, ["down", "right"])
        here = plan.cursor_seat
        assert here is not None
        before = listed(plan)["A区"]
        await press(pilot, ["space", "left"])
        assert listed(plan)["A区"] == before  # what is marked stays where it is
        assert "◆1" in text(pilot.app)
        # It has just changed its state: nobody is shorter in theirs.
        floor._seats[here.id] = changed(floor._seats[here.id], state="ready", since=floor.started)
        pilot.app.screen.on_tick(floor.now())  # type: ignore[attr-defined]
        assert here.id in listed(plan)["A区"]
        assert plan.cursor_seat is not None
        assert plan.cursor_seat.id == here.id


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_offline_the_screen_says_that_the_rules_on_live_data_wait(size: tuple[int, int], language: str) -> None:
    floor = SmallFloor()
    floor.config = replace(floor.config, language=language)
    words = "实时规则暂停" if language == "zh-CN" else "Live rules paused"
    async with cockpit(floor, size) as pilot:
        for key in ("1", "4"):
            await press(pilot, [key])
            assert words not in text(pilot.app)
        floor.mode = "offline"
        for key in ("1", "4"):
            await press(pilot, [key])
            await until(pilot, lambda: words in text(pilot.app))

"""The floor screen: what it shows at every size, and the acts of the job table in their number of keys."""

import asyncio
import re
from datetime import datetime, timedelta
from random import Random
from typing import cast

import pytest
from rich.cells import cell_len

from floorctl.floor.floor import Floor
from floorctl.floor.views import SeatView
from floorctl.screens.floor.queue_pane import BOX_HEIGHT, QueuePane
from floorctl.screens.floor.seat import SeatPanel
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.shell.sign_in import SignIn
from floorctl.sync.batch import Batch
from floorctl.text.durations import running
from tests.scope import FULL
from tests.screens.floor_stage import STARTED, FloorStage, StageOf
from tests.screens.looking import (
    HOSTILE,
    SIZES,
    CockpitPilot,
    cockpit,
    controls,
    drawn,
    lines,
    links,
    press,
    resized,
    said,
    text,
    until,
)
from tests.screens.plan_reading import place_of, plan_of, planned, zones_in_sight
from tests.still_time import StillTimeLoop


async def test_every_seat_at_work_and_every_queue_is_seen_without_a_key(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    floor = floor_stage.floor
    async with cockpit(floor) as pilot:
        for size in SIZES:
            await resized(pilot, size)
            seen = text(pilot.app)
            with subtests.test(size=size):
                for view in floor.seats.all():
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
                assert "特殊紧急" in seen
                assert "剩 12:00" in seen
                assert all(cell_len(line) <= size[0] for line in lines(pilot.app))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_what_is_shown_says_how_old_it_is(stage_of: StageOf, subtests: pytest.Subtests, language: str) -> None:
    stage = stage_of(language=language)
    stage.tell(("alert", "a-1"), state="closed")
    stage.stand("offline")
    stage.go(seconds=192)
    # It goes on counting while it is looked at.
    chinese, english = r"○ 离线 3分1\d秒 · 显示 14:32:07 的数据", r"○ offline 3m 1\ds · data of 14:32:07"
    async with cockpit(stage.floor) as pilot:
        for size in SIZES:
            await resized(pilot, size)
            with subtests.test(size=size):
                seen = lines(pilot.app)[0]
                assert re.search(chinese if language == "zh-CN" else english, seen), seen


async def test_times_stand_still_and_dim_offline(floor_stage: FloorStage) -> None:
    floor_stage.tell(("alert", "a-1"), state="closed")
    floor_stage.stand("offline")
    async with cockpit(floor_stage.floor) as pilot:
        before = lines(pilot.app)
        floor_stage.go(minutes=5)
        # The first line counts how long it has been away: a second has passed.
        await until(pilot, lambda: lines(pilot.app)[0] != before[0])
        # Of the last line, the clock of the next dispatch goes on: it is due whether the platform is reached or not.
        assert [line[:70] for line in lines(pilot.app)[8:-1]] == [line[:70] for line in before[8:-1]]
        clock = re.compile(r"\(最\w+ \w+\)")
        assert clock.sub("", lines(pilot.app)[-1]) == clock.sub("", before[-1]) != before[-1]
        assert lines(pilot.app)[-1] != before[-1]
        times = [piece.style for piece in drawn(plan_of(pilot))[0] if ":" in piece.text]
        assert times
        assert all(style is not None and style.dim for style in times)


@pytest.mark.parametrize("turns", range(8))
async def test_an_alarm_at_the_moment_of_leaving_does_not_break_leaving(floor_stage: FloorStage, turns: int) -> None:
    floor = floor_stage.floor
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: "班长" in text(pilot.app))
        floor_stage.go(minutes=5)
        # The alarm's worker is to begin while the app already waits for its screens to go.
        asyncio.get_running_loop().call_soon(floor.live.take_in, Batch(ids={"alert": {"a-1"}}))
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_five_hundred_seats_become_counts_with_the_outliers_first(stage_of: StageOf) -> None:
    floor = stage_of(500).floor
    async with cockpit(floor) as pilot:
        plan = plan_of(pilot)
        assert "25席" in text(pilot.app)
        await press(pilot, ["down"])
        assert plan.cursor_seat is not None
        assert plan.cursor_seat.id == past_limits(floor.seats.all(), "A区")[0].id
        await press(pilot, ["up", "enter"])
        at_work = {view.seat.number for view in floor.seats.all() if view.seat.zone == "A区" and view.seat.person_id}
        await until(pilot, lambda: set(planned(pilot)["A区"]) == at_work)


async def test_two_thousand_seats_open(stage_of: StageOf) -> None:
    async with cockpit(stage_of(2000).floor) as pilot:
        await press(pilot, ["down"] * 40 + ["end", "home"])
        assert "100席" in text(pilot.app)


async def test_a_seat_moves_to_another_queue_in_four_keys(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["right", "k", "2", "enter"])
        await until(pilot, lambda: floor_stage.acts)
        assert floor_stage.acts == [("seat.skills", "s-02", {"skills": ["q-12333"]})]
        await until(pilot, lambda: any("坐席 02 李伟 → 12333 人社" in each for each in said(pilot.app)))


async def test_the_breaks_of_a_team_are_cancelled_in_three_keys(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["p", "2"])
        zone_b = {
            view.id: view.seat.shift_id
            for view in stage.floor.seats.all()
            if view.seat.zone == "B区" and view.seat.person_id
        }
        await until(pilot, lambda: "取消B区" in text(pilot.app))
        # A break is at the end of the hour for each of them, a meal later.
        assert f"取消B区 {len(zone_b)} 人未来 60 分钟内的 {len(zone_b)} 段小休？" in text(pilot.app)
        await press(pilot, ["enter"])
        assert stage.acts == []
        assert "Enter 不算同意" in text(pilot.app)
        await press(pilot, ["y"])
        await until(pilot, lambda: any("已取消B区" in each for each in said(pilot.app)))
        assert sorted(stage.acts, key=lambda act: act[1]) == [
            ("pause.cancel", seat_id, {"shift_id": shift_id, "pause": 0}) for seat_id, shift_id in zone_b.items()
        ]


async def test_a_team_has_the_same_digit_wherever_the_cursor_is(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        seen = []
        for keys in ([], ["down"] * 9, ["space", "down", "space"]):
            await press(pilot, [*keys, "p"])
            await until(pilot, lambda: "A区 " in text(pilot.app) and "1 A区" in text(pilot.app))
            seen.append(re.findall(r"[1-9] ([A-Z]区) \d+ 人", text(pilot.app)))
            await press(pilot, ["escape"])
        assert seen[0] == seen[1] == seen[2]
        assert seen[0] == sorted(seen[0])


async def test_window_kinds_and_what_is_done_can_be_chosen_before_it_is_done(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
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
        assert stage.acts == []
        await press(pilot, ["escape", "p", "0", "w", "k", "p", "y"])
        await until(pilot, lambda: stage.acts)
        ((kind, shift_id, data),) = stage.acts
        assert (kind, shift_id) == ("shift.assign", "sh-p-2000")
        begins = [datetime.fromisoformat(pause["starts_at"]) for pause in data["pauses"]]
        assert begins == [STARTED + timedelta(hours=hours, minutes=30) for hours in (1, 2)]


async def test_a_break_of_one_seat_is_cancelled_after_a_question_that_names_it(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["enter", "1"])
        await until(pilot, lambda: "取消张小明 15:32–15:47 的小休？" in text(pilot.app))
        await press(pilot, ["n"])
        assert stage.acts == []
        await press(pilot, ["2", "y"])
        await until(pilot, lambda: stage.acts)
        assert stage.acts == [("pause.cancel", "s-01", {"shift_id": "sh-p-2000", "pause": 1})]


async def test_the_newest_alert_is_taken_up_in_three_keys_and_the_note(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["a", "1", *"李处长", "enter"])
        await until(pilot, lambda: len(stage.acts) == 2)
        assert stage.acts == [
            ("alert.acknowledge", "a-1", {}),
            ("alert.step", "a-1", {"step": "phone_department", "note": "李处长"}),
        ]


async def test_what_cannot_be_undone_asks_once(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["e", "3", "n", "l", "4", "escape", "p", "1", "n"])
        assert stage.acts == []
        await press(pilot, ["right", "right", "right", "e", "3", "y"])
        await until(pilot, lambda: stage.acts)
        assert stage.acts == [("seat.state", "s-04", {"state": "signed_out"})]


async def test_an_act_goes_to_every_marked_seat(floor_stage: FloorStage) -> None:
    stage, marked = floor_stage, ["s-04", "s-05", "s-06"]
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["right", "right", "right", "space", "space", "space", "m", *"回席", "enter"])
        await until(pilot, lambda: stage.acts)
        message = ("floor.message", "s-04", {"text": "回席", "seat_ids": marked})
        assert stage.acts == [message]
        await press(pilot, ["e", "1"])
        await until(pilot, lambda: len(stage.acts) == 4)
        assert stage.acts == [message, *(("seat.state", each, {"state": "ready"}) for each in marked)]


async def test_the_filter_finds_seats_by_number_name_zone_and_initials(
    floor_stage: FloorStage, subtests: pytest.Subtests
) -> None:
    zone_d = {view.seat.number for view in floor_stage.floor.seats.all() if view.seat.zone == "D区"}
    at_work = {view.seat.number for view in floor_stage.floor.seats.all() if view.seat.state != "signed_out"}
    async with cockpit(floor_stage.floor) as pilot:
        for typed, found in (("05", {"05"}), ("zxm", {"01", "07"}), ("shixian", set()), ("D区", zone_d)):
            await press(pilot, ["slash", *typed, "enter"])
            with subtests.test(typed=typed):
                assert {each for seats in planned(pilot).values() for each in seats} == found
            await press(pilot, ["escape"])
            assert {each for seats in planned(pilot).values() for each in seats} == at_work


async def test_a_click_selects_and_a_double_click_opens(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        at = place_of(pilot, "04")
        await pilot.click(SeatPlan, offset=at)
        here = plan_of(pilot).cursor_seat
        assert here is not None
        assert here.seat.number == "04"
        await pilot.click(SeatPlan, offset=at, times=2)
        await until(pilot, lambda: "坐席 04 刘小明" in text(pilot.app))


async def test_the_seat_panel_masks_the_caller_and_says_how_a_break_is_cancelled(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["enter"])
        await until(pilot, lambda: "早班 08:00" in text(pilot.app))
        seen = text(pilot.app)
        assert "138****5678" in seen
        assert "13812345678" not in seen
        assert "数字键取消或恢复该段休息" in seen


async def test_the_seat_panel_is_there_and_closes_while_the_disk_still_looks_for_the_shift(
    floor_stage: FloorStage,
) -> None:
    loop = cast(StillTimeLoop, asyncio.get_running_loop())
    async with cockpit(floor_stage.floor) as pilot:
        loop.slowness = 60.0
        began = loop.time()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SeatPanel) and "坐席 01" in text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SeatPanel))
        assert loop.delayed, "the disk is not done"
        assert loop.time() - began < loop.slowness
        loop.slowness = 0.0
        while loop.delayed:
            await asyncio.sleep(1)


async def test_the_table_shows_the_same_seats_and_keeps_the_cursor(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["right", "right", "right", "t"])
        await until(pilot, lambda: "普通话务" in text(pilot.app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: "坐席 04 刘小明" in text(pilot.app))


@pytest.mark.parametrize("at", range(0, len(HOSTILE), 9 if FULL else 36))
async def test_text_from_outside_is_shown_as_text(stage_of: StageOf, subtests: pytest.Subtests, at: int) -> None:
    """Each hostile text is used in each field of a seat, a queue, an alert, a resource and a person."""
    floor = stage_of(len(HOSTILE), texts=HOSTILE[at:] + HOSTILE[:at]).floor
    assert len(floor.seats.all()) == len(HOSTILE)
    async with cockpit(floor) as pilot:
        size = SIZES[at // 9 % len(SIZES)]
        await resized(pilot, size)
        for keys in ("down enter", "escape a", "escape t", "t k", "escape p", "escape 2", "1"):
            await press(pilot, keys.split())
            with subtests.test(size=size, keys=keys):
                assert not controls(text(pilot.app))
                assert not links(pilot.app)
        assert pilot.app.is_running


async def test_any_size_is_borne(floor_stage: FloorStage, subtests: pytest.Subtests) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        for size in ((20, 5), (1, 1), (500, 200), (79, 12)):
            await pilot.resize_terminal(*size)
            await press(pilot, ["down", "right", "t", "t", "2", "1"])
            await pilot.resize_terminal(120, 36)
            with subtests.test(size=size):
                await until(pilot, lambda: pilot.app.screen.query_one(QueuePane).size.height == BOX_HEIGHT)


@pytest.mark.slow
@pytest.mark.real_time
async def test_keys_mashed_by_the_hundred_do_not_crash_it(live_floor: Floor) -> None:
    named = "up down left right space enter escape tab home end pageup pagedown slash question_mark ctrl+p ctrl+l"
    keys = [*named.split(), *"abcdefghijklmnopqrstuvwxyz1234567890"]
    random = Random(12345)
    pressed, mashed = 0, 10_000 if FULL else 800
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
async def test_the_real_floor_is_shown_and_acted_on(live_floor: Floor) -> None:
    async with cockpit(live_floor) as pilot:
        await until(pilot, lambda: "● 实时" in text(pilot.app))
        seats = live_floor.seats.all()
        at_work = [view for view in seats if view.seat.state != "signed_out"]
        assert at_work
        assert all(re.search(rf"{view.seat.number}[ ⇄]", text(pilot.app)) for view in at_work)
        staffed = next(view for view in seats if view.seat.person_id and view.seat.state != "signed_out")
        pilot.app.screen.query_one(SeatPlan).put_cursor(staffed.id)
        await press(pilot, ["k", "2", "enter"])
        queues = live_floor.queues.all()
        await until(
            pilot, lambda: next(v for v in live_floor.seats.all() if v.id == staffed.id).seat.skills == (queues[1].id,)
        )
        await until(pilot, lambda: live_floor.status.connection().waiting == 0)


def past_limits(seats: list[SeatView], zone: str) -> list[SeatView]:
    """Return the seats of a zone that are past a limit, the worst first."""
    late = (view for view in seats if view.seat.zone == zone and view.limit != "none")
    return sorted(late, key=_worst_first)


def _worst_first(view: SeatView) -> tuple[bool, float]:
    return view.limit != "alert", -view.seconds_in_state


async def read_through(pilot: CockpitPilot) -> dict[str, list[str]]:
    """Scroll through the plan; return zone → the numbers of the seats beneath its counts."""
    found: dict[str, list[str]] = {}
    while True:
        before = lines(pilot.app)
        for zone, seats in planned(pilot).items():
            known = found.setdefault(zone, [])
            known += [each for each in seats if each not in known]
        await press(pilot, ["pagedown"])
        if lines(pilot.app) == before:
            return found


async def test_a_floor_too_large_for_the_screen_shows_every_zone_with_its_outliers_first(
    stage_of: StageOf, subtests: pytest.Subtests
) -> None:
    floor = stage_of(500).floor
    views = {view.seat.number: view for view in floor.seats.all()}
    for size in SIZES:
        async with cockpit(floor, size) as pilot:
            # On the smallest the counts alone are more than the lines: one scrolls, past an outlier of each zone.
            fits = size != (80, 24)
            in_sight = zones_in_sight(pilot)
            shown = await read_through(pilot)
            with subtests.test(size=size):
                assert (len(in_sight) == 20) == fits
                assert len(shown) == 20
                worst = []
                for zone, seats in shown.items():
                    late = [view.seat.number for view in past_limits(floor.seats.all(), zone)]
                    assert seats[: len(late)] == late[: len(seats)]
                    assert seats or not late or fits
                    worst += [(*_worst_first(views[late[0]]), bool(seats))] if late else []
                ranked = sorted(worst, key=lambda each: (*each[:2], not each[2]))
                assert [seen for *_, seen in ranked] == sorted((seen for *_, seen in ranked), reverse=True)


async def test_what_room_is_left_goes_to_those_who_are_longest_in_each_state(stage_of: StageOf) -> None:
    floor = stage_of(500).floor
    async with cockpit(floor, (200, 60)) as pilot:
        views = {view.seat.number: view for view in floor.seats.all()}
        assert len([line for line in drawn(plan_of(pilot)) if line.text.strip()]) == plan_of(pilot).size.height
        for zone, seats in planned(pilot).items():
            filling = [views[each] for each in seats if views[each].limit == "none"]
            assert all(view.seat.state != "signed_out" for view in filling)
            left = [view for view in views.values() if view.seat.zone == zone and view.seat.number not in seats]
            for state in {view.seat.state for view in filling}:
                least = min(view.seconds_in_state for view in filling if view.seat.state == state)
                others = [view.seconds_in_state for view in left if view.seat.state == state and view.limit == "none"]
                assert not others or max(others) <= least


async def test_outliers_that_find_no_room_are_counted_and_open_with_their_zone(stage_of: StageOf) -> None:
    stage = stage_of(500)
    for view in stage.floor.seats.all():
        stage.change(("seat", view.id), state="wrap_up", since=STARTED - timedelta(hours=1))
    stage.feed()
    async with cockpit(stage.floor) as pilot:
        hidden = 25 - len(planned(pilot)["A区"])
        assert hidden > 0
        assert f"▲25 另有 {hidden} 未列" in text(pilot.app)
        await press(pilot, ["enter"])
        await until(pilot, lambda: len(planned(pilot)["A区"]) == 25)


async def test_the_cursor_and_the_marks_keep_their_seats_whatever_else_comes_into_sight(stage_of: StageOf) -> None:
    stage = stage_of(500)
    async with cockpit(stage.floor) as pilot:
        plan = plan_of(pilot)
        await press(pilot, ["down", "right"])
        here = plan.cursor_seat
        assert here is not None
        before = planned(pilot)["A区"]
        await press(pilot, ["space", "left"])
        assert planned(pilot)["A区"] == before  # what is marked stays where it is
        assert "◆1" in text(pilot.app)
        # It has just changed its state: nobody is shorter in theirs.
        stage.tell(("seat", here.id), state="ready", since=STARTED)
        await until(pilot, lambda: plan.cursor_seat is not None and plan.cursor_seat.seat.state == "ready")
        assert plan.cursor_seat is not None
        assert plan.cursor_seat.id == here.id
        assert here.seat.number in planned(pilot)["A区"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_offline_the_screen_says_that_the_rules_on_live_data_wait(
    stage_of: StageOf, subtests: pytest.Subtests, language: str
) -> None:
    stage = stage_of(language=language)
    words = "实时规则暂停" if language == "zh-CN" else "Live rules paused"
    async with cockpit(stage.floor) as pilot:
        for size in SIZES:
            await resized(pilot, size)
            stage.go(seconds=1)
            for mode in ("live", "offline"):
                stage.stand(mode)
                for key in ("1", "4"):
                    await press(pilot, [key])
                    with subtests.test(size=size, mode=mode, screen=key):
                        await until(pilot, lambda paused=mode == "offline": (words in text(pilot.app)) == paused)

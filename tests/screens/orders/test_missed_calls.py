"""未接来电: called back in three keys from the floor, offline, while callers call again; masked until revealed."""

from typing import Any

from floorctl.floor.floor import Floor
from floorctl.models.orders import Citizen
from floorctl.screens.app import CockpitApp
from floorctl.screens.orders.missed_calls import MissedCallsScreen
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.widgets.pane import Pane
from tests.build import HOUR, MINUTE
from tests.screens.filled_floor import MADE, Feed
from tests.screens.looking import acts, at_rest, burst, loaded, on_top, piloted, said, text, until, words

SIZE = (120, 36)


def missed(id_: str, minutes: float, caller: str, **given: Any) -> tuple[str, str, Any]:
    return "missed_call", id_, MADE.missed_call(at=MADE.now - minutes * MINUTE, caller=caller, **given)


def feed(floor: Floor) -> Feed:
    sent = Feed(floor)
    sent.version = 10_000
    sent.send(
        missed("m-1", 50, "13811110001"),
        missed("m-2", 40, "13811110002"),
        missed("m-3", 30, "13811110003"),
        missed("m-4", 20, "13811110001"),
    )
    return sent


def shown(screen: MissedCallsScreen) -> list[str]:
    return [row.id for row in loaded(screen.table)]


async def test_three_keys_from_the_floor_record_that_the_oldest_was_reached_for_all_their_calls(floor: Floor) -> None:
    feed(floor)
    async with piloted(CockpitApp(floor), size=SIZE, notifications=True) as pilot:
        await at_rest(pilot)
        assert "☏ 未接 3" in text(pilot.app)
        burst(pilot, "M", "c", "1")
        await until(pilot, lambda: len(acts(floor)) == 2)
        await at_rest(pilot)
        screen = on_top(pilot, MissedCallsScreen)
        assert acts(floor) == [
            ("missed_call.done", "m-1", {"outcome": "reached"}), ("missed_call.done", "m-4", {"outcome": "reached"}),
        ]  # fmt: skip
        assert shown(screen) == ["m-2", "m-3"]
        assert "已接通" in said(pilot.app)[-1]
        assert "恢复连接后上传" in said(pilot.app)[-1]
        await pilot.press("escape")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, OrdersScreen)
        await pilot.press("1")
        await at_rest(pilot)
        assert "☏ 未接 2" in text(pilot.app)


async def test_the_next_caller_is_under_the_cursor_for_the_keys_that_follow(floor: Floor) -> None:
    feed(floor)
    async with piloted(CockpitApp(floor), size=SIZE) as pilot:
        await at_rest(pilot)
        burst(pilot, "M", "c", "1", "c", "2", "c", "1")
        await until(pilot, lambda: len(acts(floor)) == 4)
        assert [(id_, data["outcome"]) for _, id_, data in acts(floor)] == [
            ("m-1", "reached"), ("m-4", "reached"), ("m-2", "no_answer"), ("m-3", "reached"),
        ]  # fmt: skip


async def test_who_does_not_answer_goes_below_the_others_with_a_note_and_is_tried_again_later(floor: Floor) -> None:
    feed(floor)
    async with piloted(CockpitApp(floor), size=SIZE) as pilot:
        await pilot.press("M")
        await until(pilot, lambda: isinstance(pilot.app.screen, MissedCallsScreen))
        await at_rest(pilot)
        screen = on_top(pilot, MissedCallsScreen)
        await pilot.press("c", "4")
        await at_rest(pilot)
        await pilot.press(*"busy", "enter")
        await at_rest(pilot)
        assert acts(floor)[0] == ("missed_call.done", "m-1", {"outcome": "no_answer", "note": "busy"})
        assert shown(screen) == ["m-2", "m-3", "m-1"]
        assert screen.table.cursor_id == "m-2"
        await pilot.press("end")
        await at_rest(pilot)
        assert "再拨" in words(screen.query_one("#missed-call", Pane), 60)


async def test_who_called_again_disappears_and_can_not_be_called_back_from_the_row_that_is_left(floor: Floor) -> None:
    sent = feed(floor)
    async with piloted(CockpitApp(floor), size=SIZE, notifications=True) as pilot:
        await pilot.press("3", "M")
        await at_rest(pilot)
        screen = on_top(pilot, MissedCallsScreen)
        await pilot.press("down")
        await at_rest(pilot)
        assert screen.table.cursor_id == "m-2"
        sent.send(missed("m-2", 40, "13811110002", state="called_again"))
        await until(pilot, lambda: "已再次来电" in text(pilot.app))
        assert "待回拨 2 位" in text(pilot.app)
        await pilot.press("c")
        await at_rest(pilot)
        assert acts(floor) == []
        assert "不用回拨：已再次来电" in said(pilot.app)[-1]
        await pilot.press("h")
        await at_rest(pilot)
        assert shown(screen) == ["m-1", "m-3", "m-2"]


async def test_the_number_is_masked_until_it_is_revealed_and_the_callers_orders_stand_beside_it(floor: Floor) -> None:
    sent = feed(floor)
    citizen = Citizen(name="张三", phone="+86 13811110001")
    sent.send(("order", "o-caller", MADE.order(9001, title="路灯不亮", received_at=MADE.now - HOUR, citizen=citizen)))
    async with piloted(CockpitApp(floor), size=SIZE) as pilot:
        await pilot.press("3", "M")
        await at_rest(pilot)
        pane = on_top(pilot, MissedCallsScreen).query_one("#missed-call", Pane)
        assert "138****0001" in words(pane, 60)
        assert "路灯不亮" in words(pane, 60)
        assert "13811110001" not in text(pilot.app)
        await pilot.press("r")
        await at_rest(pilot)
        assert "13811110001" in words(pane, 60)
        entry = floor.audit.trail(limit=1)[0][0]
        assert (entry.what, entry.subject.kind, entry.subject.id) == ("reveal", "missed_call", "m-1")
        await pilot.press("down")
        await at_rest(pilot)
        assert "13811110001" not in text(pilot.app)


async def test_a_platform_without_missed_calls_is_said_in_one_line(floor: Floor) -> None:
    async with piloted(CockpitApp(floor), size=SIZE) as pilot:
        await at_rest(pilot)
        assert "未接" not in text(pilot.app)
        await pilot.press("M")
        await until(pilot, lambda: isinstance(pilot.app.screen, MissedCallsScreen))
        await at_rest(pilot)
        assert "平台尚未传来未接来电" in text(pilot.app)

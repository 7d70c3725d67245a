"""同步, driven by keys on a real Floor whose journal holds what a platform refused."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from floorctl.floor.floor import Floor
from floorctl.screens.sync.conflict import Decide
from floorctl.screens.sync.screen import SyncScreen
from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.platform import wire
from floorctl.widgets import table as tables
from floorctl.widgets.pane import Pane
from tests.floor_access import journal_of
from tests.screens.filled_floor import Feed, filled_floor, open_floor, order
from tests.screens.looking import (
    HOSTILE_TEXTS,
    IN_TURN,
    at_rest,
    in_sight,
    is_on_top,
    loaded,
    on_top,
    said,
    until,
    whole,
    words,
)
from tests.screens.opened import sync_of

TO_DISPATCH = "o-2026030400002"
TO_CALL_BACK = "o-2026030400003"


def in_conflict(floor: Floor, feed: Feed) -> str:
    """Dispatch an order that somebody else dispatches elsewhere; returns the command's id."""
    item = floor.orders.dispatch(TO_DISPATCH, ["d-03", "d-01"])
    journal_of(floor).claim(item.id, item.base_version)
    now = replace(
        order(2), state="dispatched", dispatched_at=floor.now(), lead_department_id="d-00", department_ids=("d-00",)
    )
    version = feed.send(("order", TO_DISPATCH, now))
    current = wire.Change(
        kind="order", id=TO_DISPATCH, version=version, deleted=False, data=msgspec.Raw(msgspec.json.encode(now))
    )
    problem = wire.Problem(title="已被他人修改", status=409, current=current)
    journal_of(floor).park(item.id, "conflict", problem)
    floor.live.take_in(Batch({"order": {TO_DISPATCH}}))
    return item.id


def refused(floor: Floor, text: str = "须为 1 至 5") -> str:
    item = floor.orders.call_back(TO_CALL_BACK, "reached", 4, "done")
    journal_of(floor).claim(item.id, item.base_version)
    error = wire.FieldError("satisfaction", text)
    journal_of(floor).park(item.id, "refused", wire.Problem(title=text, status=422, detail=text, errors=(error,)))
    floor.live.take_in(Batch({"order": {TO_CALL_BACK}}))
    return item.id


def shown(screen: SyncScreen, width: int = 100) -> str:
    return words(screen.query_one("#command", Pane), width)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Floor, Feed]]:
    floor, feed = filled_floor(tmp_path)
    yield floor, feed
    floor.close()


async def test_a_conflict_shows_both_sides_and_a_digit_does_it_again(both: tuple[Floor, Feed]) -> None:
    floor, feed = both
    command = in_conflict(floor, feed)
    async with sync_of(floor) as (pilot, screen):
        text = shown(screen)
        assert "成都市水务局" in text
        assert "成都市住房和城乡建设局" in text
        assert "≠" in text
        assert "已被他人修改" in text
        await pilot.press("enter")
        await at_rest(pilot)
        on_top(pilot, Decide)
        await pilot.press("1")
        await at_rest(pilot)
        assert is_on_top(pilot, screen)
        [again] = floor.outbox.items(("waiting",))
        assert again.replaces == command
        assert again.base_version == floor.orders.get(TO_DISPATCH).version


async def test_a_conflict_is_changed_by_keys(both: tuple[Floor, Feed]) -> None:
    floor, feed = both
    in_conflict(floor, feed)
    async with sync_of(floor) as (pilot, _):
        await pilot.press("enter")
        await at_rest(pilot)
        await pilot.press("2")
        await at_rest(pilot)
        await pilot.press("2", "enter")
        await at_rest(pilot)
        [again] = floor.outbox.items(("waiting",))
        assert again.data["lead_department_id"] == "d-00"
        assert again.data["department_ids"] == ["d-00"]


async def test_setting_aside_asks_once_and_keeps_the_reason(both: tuple[Floor, Feed]) -> None:
    floor, feed = both
    command = in_conflict(floor, feed)
    async with sync_of(floor) as (pilot, screen):
        await pilot.press("x")
        await at_rest(pilot)
        await pilot.press("escape")
        await at_rest(pilot)
        assert floor.outbox.item(command).state == "conflict"
        await pilot.press("x")
        await at_rest(pilot)
        await pilot.press(*"done", "enter")
        await at_rest(pilot)
        item = floor.outbox.item(command)
        assert (item.state, item.reason) == ("dropped", "done")
        assert "done" in shown(screen)


async def test_what_was_refused_says_why_field_by_field_and_can_be_changed(both: tuple[Floor, Feed]) -> None:
    floor, _ = both
    refused(floor)
    async with sync_of(floor) as (pilot, screen):
        assert "满意度" in shown(screen)
        assert "须为 1 至 5" in shown(screen)
        await pilot.press("e")
        await at_rest(pilot)
        await pilot.press("1")
        await at_rest(pilot)
        await pilot.press("5")
        await at_rest(pilot)
        await pilot.press("enter")
        await at_rest(pilot)
        [again] = floor.outbox.items(("waiting",))
        assert again.data == {"outcome": "reached", "satisfaction": 5}


async def test_what_needs_a_decision_stands_first_and_what_is_over_last(both: tuple[Floor, Feed]) -> None:
    floor, feed = both
    urged = floor.orders.urge("o-2026030400001")
    sent = floor.orders.urge("o-2026030400009")
    journal_of(floor).claim(sent.id, None)
    outcome = wire.Outcome(id=sent.id, applied_at=floor.now(), version=99)
    journal_of(floor).mark_applied(sent.id, outcome)
    parked = refused(floor)
    conflict = in_conflict(floor, feed)
    feed.send(("order", "o-broken", {"number": 3}))
    async with sync_of(floor) as (pilot, screen):
        ids = [row.id for row in loaded(screen.table)]
        assert ids == [conflict, parked, urged.id, "aside:order:o-broken", sent.id]
        await pilot.press("p")
        await at_rest(pilot)
        assert [row.id for row in loaded(screen.table)] == [conflict, parked]


async def test_why_a_command_is_not_sent_yet_is_said_in_words(both: tuple[Floor, Feed]) -> None:
    floor, _ = both
    item = floor.orders.urge("o-2026030400001")
    journal_of(floor).claim(item.id, None)
    journal_of(floor).mark_failed(item.id, "error.network_try_later 503")
    async with sync_of(floor, (160, 40)) as (_pilot, screen):
        said = shown(screen)
        assert "平台正忙 503" in said
        assert "error." not in said
        assert any("平台正忙 503" in str(cell) for row in loaded(screen.table) for cell in row.cells)


async def test_what_is_over_is_neither_done_again_nor_set_aside(both: tuple[Floor, Feed]) -> None:
    floor, _ = both
    item = floor.orders.urge("o-2026030400001")
    floor.desk.drop(item.id, "no")
    async with sync_of(floor) as (pilot, screen):
        for key in ("g", "e", "x"):
            await pilot.press(key)
            await at_rest(pilot)
            assert pilot.app.screen is screen
        assert len(floor.outbox.items()) == 1


async def test_a_command_without_tries_and_data_has_no_count_and_no_empty_section(both: tuple[Floor, Feed]) -> None:
    floor, _ = both
    floor.alerts.acknowledge("a-1")
    async with sync_of(floor) as (pilot, screen):
        await at_rest(pilot)
        text = shown(screen)
        assert "确认预警" in text
        assert "次" not in text
        assert "内容" not in text


async def test_an_empty_outbox_is_no_trouble(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    async with sync_of(floor) as (pilot, screen):
        for key in ("space", "g", "e", "x", "p", "enter", "escape"):
            await pilot.press(key)
            await at_rest(pilot)
        assert pilot.app.screen is screen or pilot.app.is_running
    floor.close()


@pytest.mark.parametrize(("size", "lang"), IN_TURN)
async def test_every_size_and_language(tmp_path: Path, size: tuple[int, int], lang: str) -> None:
    floor, feed = filled_floor(tmp_path, language=lang)
    in_conflict(floor, feed)
    async with sync_of(floor, size) as (pilot, screen):
        lines = ["".join(piece.text for piece in line) for line in screen.table.picture(*screen.table.size)]
        assert floor.orders.get(TO_DISPATCH).order.number in lines[1]
        await pilot.press("enter")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Decide)
    floor.close()


async def test_a_hostile_platforms_reasons_stay_text(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    for text in HOSTILE_TEXTS:
        item = floor.orders.mark_problem("o-2026030400001", text if text.strip() else "x")
        journal_of(floor).claim(item.id, None)
        problem = wire.Problem(title=text, status=422, detail=text, errors=(wire.FieldError(text, text),))
        journal_of(floor).park(item.id, "refused", problem)
    async with sync_of(floor) as (pilot, screen):
        for n in range(len(HOSTILE_TEXTS)):
            await screen.table.go_to(n)
            await at_rest(pilot)
            for line in (*whole(screen.query_one("#command", Pane), 80), *screen.table.picture(120, 40)):
                for piece in line:
                    assert piece.text.replace("\u200d", "").isprintable(), repr(piece.text)
        await pilot.press("enter")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Decide)
    floor.close()


async def test_a_command_that_another_window_settles_stays_under_the_cursor_and_no_neighbour_is_acted_on(
    both: tuple[Floor, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    floor, feed = both
    other, mine = in_conflict(floor, feed), refused(floor)
    async with sync_of(floor) as (pilot, screen):
        await pilot.press("p")
        await at_rest(pilot)
        assert screen.table.total == 2
        while screen.table.cursor_id != mine:
            await pilot.press("down" if screen.table.cursor == 0 else "up")
        floor.desk.drop(mine, "settled elsewhere")
        await until(pilot, lambda: screen.table.gone_id == mine)
        for key in ("g", "x", "e", "enter"):
            await pilot.press(key)
            await at_rest(pilot)
            assert pilot.app.screen is screen, key
        assert any("此行已不在列表中" in each for each in said(pilot.app))
        assert floor.outbox.item(other).state == "conflict"


async def test_what_stops_syncing_names_what_it_is_about(both: tuple[Floor, Feed]) -> None:
    floor, _ = both
    about = (("path", "/etc/根\x1b证书.pem"), ("reason", "No such file"))
    floor.live.take_connection_status(ConnectionStatus(mode="offline", problem="error.network_ca_file", about=about))
    async with sync_of(floor, (200, 36)) as (pilot, _screen):
        shown = "\n".join(in_sight(pilot.app))
    assert "证书.pem" in shown
    assert "No such file" in shown
    assert "{" not in shown

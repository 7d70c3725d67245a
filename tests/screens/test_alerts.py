"""预警, driven by keys on a real Floor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from floorctl.app import CockpitApp
from floorctl.floor import Floor
from floorctl.models import Ref
from floorctl.screens.alerts import AlertsScreen
from floorctl.screens.orders import OrdersScreen

from .filled_floor import MINUTE, Feed, alert, filled_floor, open_floor, people
from .test_orders import HOSTILE, acts, settled


@asynccontextmanager
async def alerts_of(floor: Floor, size: tuple[int, int] = (120, 36)) -> AsyncIterator[tuple[Any, AlertsScreen]]:
    app = CockpitApp(floor)
    async with app.run_test(size=size) as pilot:
        await pilot.press("4")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, AlertsScreen)
        yield pilot, screen


def shown(screen: AlertsScreen, width: int = 60) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in screen._lines(width))


async def test_four_keys_and_a_note_take_up_the_newest_and_mark_the_department_as_phoned(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, _):
        await pilot.press("a")
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        await pilot.press(*"told", "enter")
        await settled(pilot)
        assert acts(floor) == [
            ("alert.acknowledge", "a-0", {}),
            ("alert.step", "a-0", {"step": "phone_department", "note": "told"}),
        ]


async def test_the_cursor_begins_at_the_newest_even_where_an_older_one_is_more_severe(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    Feed(floor).send(
        ("alert", "old", alert(0, raised_at=floor.now() - MINUTE)), ("alert", "new", alert(3, raised_at=floor.now()))
    )
    async with alerts_of(floor) as (_, screen):
        assert [row.id for row in screen.table._windows[0]] == ["old", "new"]
        assert screen.table.cursor_id == "new"
    floor.close()


async def test_the_ladder_says_who_did_what_and_what_is_due(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        text = shown(screen)
        assert "▶" in text
        assert "电话通知部门" in text
        await pilot.press("end")
        await settled(pilot)
        text = shown(screen)
        assert "✓" in text
        assert "钱进" in text
        assert "王工" in text


async def test_the_countdown_goes_on(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        before = screen.table.row_at(0)
        for _ in range(60):
            await pilot.pause(0.05)
            after = screen.table.row_at(0)
            if before != after:
                break
        assert before != after


async def test_nobody_closes_one_with_an_open_step(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        await pilot.press("x")
        await settled(pilot)
        assert pilot.app.screen is screen
        await pilot.press("down", "x")
        await settled(pilot)
        await pilot.press(*"ok", "enter")
        await settled(pilot)
        assert acts(floor) == [("alert.close", "a-1", {"note": "ok"})]
        assert screen.table.total == 5


async def test_enter_goes_to_the_order_that_it_is_about(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, _):
        await pilot.press("enter")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, OrdersScreen)
        assert screen.orders.cursor_id == "o-2026030400000"


async def test_a_subject_that_is_gone_or_unknown_is_said(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    Feed(floor).send(
        ("alert", "one", alert(1, subject=Ref("order", "o-nowhere"))),
        ("alert", "two", alert(2, subject=Ref("[x]", "y"))),
    )
    async with alerts_of(floor) as (pilot, screen):
        for _ in range(2):
            await pilot.press("enter", "down")
            await settled(pilot)
            assert pilot.app.screen is screen
    floor.close()


async def test_an_alert_that_goes_away_while_asking_is_said_and_nothing_is_done(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    async with alerts_of(floor) as (pilot, screen):
        await pilot.press("t")
        await settled(pilot)
        feed.send(("alert", "a-0", None))
        await pilot.press(*"late", "enter")
        await settled(pilot)
        assert not acts(floor)
        assert pilot.app.screen is screen
    floor.close()


async def test_marked_alerts_are_taken_up_together_and_closed_ones_can_be_seen(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        await pilot.press("space", "space", "space", "a")
        await settled(pilot)
        assert sorted(target for _, target, _ in acts(floor)) == ["a-0", "a-1", "a-2"]
        await pilot.press("4")
        await settled(pilot)
        await pilot.press("x")
        await settled(pilot)
        await pilot.press(*"ok", "enter")
        await settled(pilot)
        assert screen.table.total == 5
        await pilot.press("h")
        await settled(pilot)
        assert screen.table.total == 6


async def test_no_alerts_is_no_trouble(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    async with alerts_of(floor) as (pilot, screen):
        for key in ("space", "a", "t", "T", "x", "h", "y", "enter", "4"):
            await pilot.press(key)
            await settled(pilot)
        assert pilot.app.screen is screen
        assert not acts(floor)
    floor.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_size_and_language(tmp_path: Path, size: tuple[int, int], lang: str) -> None:
    floor, _ = filled_floor(tmp_path, language=lang)
    async with alerts_of(floor, size) as (_, screen):
        lines = ["".join(piece.text for piece in line) for line in screen.table.picture(*screen.table.size)]
        assert "特殊紧急工单 0" in lines[1]
        assert not any("…" in line for line in lines[:2]), lines[:2]
    floor.close()


async def test_hostile_text_in_every_field_stays_text(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    feed = Feed(floor)
    feed.send(*people())
    feed.send(*(
        ("alert", f"x-{n}", alert(n * 5 + 4, text=text, kind=text, subject=Ref(text, text), state="acknowledged"))
        for n, text in enumerate(HOSTILE)
    ))  # fmt: skip
    async with alerts_of(floor) as (pilot, screen):
        assert screen.table.total == len(HOSTILE)
        for n in range(len(HOSTILE)):
            await screen.table.go_to(n)
            for line in (*screen._lines(60), *screen.table.picture(120, 40)):
                for piece in line:
                    assert piece.text.replace("\u200d", "").isprintable(), repr(piece.text)
        await pilot.press("t")
        await settled(pilot)
        await pilot.press("escape")
        assert pilot.app.is_running
    floor.close()

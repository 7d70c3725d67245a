"""预警, driven by keys on a real Floor."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual.content import Content
from textual.widgets import Label

from floorctl.clock import PlatformClock
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.alerts import Step
from floorctl.models.base import Ref
from floorctl.screens.alerts.screen import AlertsScreen
from floorctl.screens.floor.alert_rail import AlertRail
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.widgets import looks
from floorctl.widgets.painted import Line
from floorctl.widgets.pane import Pane
from tests.build import MINUTE
from tests.screens.filled_floor import Feed, alert, filled_floor, open_floor, people
from tests.screens.looking import HOSTILE_TEXTS, IN_TURN, acts, at_rest, loaded, on_top, said, whole, words
from tests.screens.opened import alerts_of
from tests.sync.storage import ZONE


def shown(screen: AlertsScreen, width: int = 60) -> str:
    return words(screen.query_one("#alert", Pane), width)


async def _to(screen: AlertsScreen, alert_id: str) -> None:
    """Put the cursor on one alert."""
    await screen.table.go_to([row.id for row in loaded(screen.table)].index(alert_id))


async def test_four_keys_and_a_note_take_up_the_first_and_mark_the_department_as_phoned(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, _):
        await pilot.press("a")
        await at_rest(pilot)
        await pilot.press("t")
        await at_rest(pilot)
        await pilot.press(*"told", "enter")
        await at_rest(pilot)
        assert acts(floor) == [
            ("alert.acknowledge", "a-0", {}),
            ("alert.step", "a-0", {"step": "phone_department", "note": "told"}),
        ]


async def test_the_cursor_begins_at_the_one_whose_step_runs_though_another_is_newer(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    Feed(floor).send(
        ("alert", "old", alert(0, raised_at=floor.now() - MINUTE)), ("alert", "new", alert(3, raised_at=floor.now()))
    )
    async with alerts_of(floor) as (_, screen):
        assert [row.id for row in loaded(screen.table)] == ["old", "new"]
        assert screen.table.cursor_id == "old"
    floor.close()


async def test_the_ladder_says_who_did_what_and_what_is_due(floor: Floor) -> None:
    async with alerts_of(floor) as (_, screen):
        text = shown(screen)
        assert "▶" in text
        assert "电话通知部门" in text
        await _to(screen, "a-4")
        text = shown(screen)
        assert "✓" in text
        assert "钱进" in text
        assert "王工" in text


async def test_the_countdown_goes_on(floor: Floor) -> None:
    floor.close()
    floor = open_terminal(floor.config, clock=PlatformClock(time.monotonic))
    async with alerts_of(floor) as (pilot, screen):
        before = screen.table.row_at(0)
        await pilot.pause(3)
        assert screen.table.row_at(0) != before


async def test_nobody_closes_one_with_an_open_step(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        await pilot.press("x")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        await _to(screen, "a-1")
        await pilot.press("x")
        await at_rest(pilot)
        await pilot.press(*"ok", "enter")
        await at_rest(pilot)
        assert acts(floor) == [("alert.close", "a-1", {"note": "ok"})]
        assert screen.table.total == 5


async def test_enter_goes_to_the_order_that_it_is_about(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, _):
        await pilot.press("enter")
        await at_rest(pilot)
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
            await at_rest(pilot)
            assert pilot.app.screen is screen
    floor.close()


async def test_an_alert_that_goes_away_while_asking_is_said_and_nothing_is_done(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path)
    async with alerts_of(floor) as (pilot, screen):
        await pilot.press("t")
        await at_rest(pilot)
        feed.send(("alert", "a-0", None))
        await pilot.press(*"late", "enter")
        await at_rest(pilot)
        assert not acts(floor)
        assert pilot.app.screen is screen
    floor.close()


async def test_marked_alerts_are_taken_up_together_and_closed_ones_can_be_seen(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        for each in ("a-0", "a-1", "a-2"):
            await _to(screen, each)
            await pilot.press("space")
        await pilot.press("a")
        await at_rest(pilot)
        assert sorted(target for _, target, _ in acts(floor)) == ["a-0", "a-1", "a-2"]
        await _to(screen, "a-1")
        await pilot.press("x")
        await at_rest(pilot)
        await pilot.press(*"ok", "enter")
        await at_rest(pilot)
        assert screen.table.total == 5
        await pilot.press("h")
        await at_rest(pilot)
        assert screen.table.total == 6


async def test_no_alerts_is_no_trouble(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    async with alerts_of(floor) as (pilot, screen):
        for key in ("space", "a", "t", "T", "x", "h", "y", "enter", "4"):
            await pilot.press(key)
            await at_rest(pilot)
        assert pilot.app.screen is screen
        assert not acts(floor)
    floor.close()


@pytest.mark.parametrize(("size", "lang"), IN_TURN)
async def test_every_size_and_language(tmp_path: Path, size: tuple[int, int], lang: str) -> None:
    floor, _ = filled_floor(tmp_path, language=lang)
    async with alerts_of(floor, size) as (_, screen):
        lines = ["".join(piece.text for piece in line) for line in screen.table.picture(*screen.table.size)]
        assert ("特殊紧急" if lang == "zh-CN" else "Special urgent") in lines[1]
        assert "…" not in lines[0], lines[0]
    floor.close()


async def test_hostile_text_in_every_field_stays_text(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    feed = Feed(floor)
    feed.send(*people())
    feed.send(
        *(
            ("alert", f"x-{n}", alert(n * 5 + 4, text=text, kind=text, subject=Ref(text, text), state="acknowledged"))
            for n, text in enumerate(HOSTILE_TEXTS)
        )
    )
    async with alerts_of(floor) as (pilot, screen):
        assert screen.table.total == len(HOSTILE_TEXTS)
        for n in range(len(HOSTILE_TEXTS)):
            await screen.table.go_to(n)
            for line in (*whole(screen.query_one("#alert", Pane)), *screen.table.picture(120, 40)):
                for piece in line:
                    assert piece.text.replace("\u200d", "").isprintable(), repr(piece.text)
        await pilot.press("t")
        await at_rest(pilot)
        await pilot.press("escape")
        assert pilot.app.is_running
    floor.close()


# -- one order everywhere


def _out_of_order(now: Any) -> dict[str, Any]:
    """Return id → alert in the order of display; sent in the reverse order."""
    late = Step(kind="phone_department", due_at=now - 5 * MINUTE)
    soon = Step(kind="phone_department", due_at=now + 10 * MINUTE)
    return {
        "overdue": alert(4, state="acknowledged", steps=(late,), raised_at=now - 50 * MINUTE, title="甲"),
        "running": alert(4, state="open", steps=(soon,), raised_at=now - 40 * MINUTE, title="乙"),
        "severe": alert(1, severity="critical", state="open", raised_at=now - 3 * MINUTE, title="丙"),
        "older": alert(2, severity="warning", state="open", raised_at=now - 90 * MINUTE, title="丁"),
        "younger": alert(2, severity="warning", state="open", raised_at=now - MINUTE, title="戊"),
        "settled": alert(1, severity="critical", state="acknowledged", raised_at=now, title="己"),
    }


def _first_lines(rail: AlertRail, sent: dict[str, Any]) -> dict[str, Line]:
    """Return id → the first line of each alert in the rail; the minute in which it was raised tells which it is."""
    first: dict[str, Line] = {}
    for line in rail.picture(42, 30):
        for each, entity in sent.items():
            if f"{entity.raised_at.astimezone(ZONE):%H:%M}" in "".join(piece.text for piece in line):
                first.setdefault(each, line)
    return first


async def test_the_rail_the_screen_and_the_key_have_one_order(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    sent = _out_of_order(floor.now())
    Feed(floor).send(*people(), *reversed([("alert", each, entity) for each, entity in sent.items()]))
    assert [view.id for view in floor.alerts.all()] == list(sent)
    async with alerts_of(floor) as (pilot, screen):
        assert [row.id for row in loaded(screen.table)] == list(sent)
        assert screen.table.cursor_id == "overdue"
        await pilot.press("1")
        await at_rest(pilot)
        assert list(_first_lines(pilot.app.screen.query_one(AlertRail), sent)) == list(sent)
        await pilot.press("a")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, EscalationDialog)
        assert pilot.app.screen.view.id == "overdue"
    floor.close()


async def test_an_overdue_step_is_bright_in_the_rail_though_it_was_acknowledged(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    sent = _out_of_order(floor.now())
    Feed(floor).send(*people(), *[("alert", each, entity) for each, entity in sent.items()])
    async with alerts_of(floor) as (pilot, _):
        await pilot.press("1")
        await at_rest(pilot)
        first = _first_lines(pilot.app.screen.query_one(AlertRail), sent)
        bright = {each: line[-1].style == looks.STRONG for each, line in first.items()}
        assert bright == {each: each != "settled" for each in sent}
        assert [each for each, line in first.items() if line[0].text == "a "] == ["overdue"]
    floor.close()


async def test_alerts_of_the_same_moment_stand_in_one_order_however_they_came(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    raised = floor.now() - MINUTE
    same = [("alert", each, alert(2, severity="warning", state="open", raised_at=raised)) for each in ("c", "a", "b")]
    Feed(floor).send(*same)
    assert [view.id for view in floor.alerts.all()] == ["a", "b", "c"]
    floor.close()


async def test_what_was_acknowledged_is_named_and_what_it_is_about_has_its_name(floor: Floor) -> None:
    async with alerts_of(floor) as (pilot, screen):
        view = next(each for each in floor.alerts.all() if each.id == screen.table.cursor_id)
        number = floor.names.of(view.alert.subject.kind, view.alert.subject.id)
        assert number != view.alert.subject.id
        assert number in shown(screen)
        assert view.alert.subject.id not in shown(screen)
        await pilot.press("a")
        await at_rest(pilot)
        assert any(view.title[:12] in each for each in said(pilot.app))


def _colour_of(painted: list[Line], words: str) -> str:
    """Return red, amber or neither: the colour of the segment with these words."""
    found = next(each for line in painted for each in line if words in each.text)
    return {looks.RED: "red", looks.AMBER: "amber"}.get(found.style or looks.TEXT, "neither")


@pytest.mark.parametrize(("left", "colour"), [(900, "neither"), (450, "neither"), (240, "amber"), (-30, "red")])
async def test_a_step_has_one_colour_on_the_rail_on_alerts_and_in_the_dialog(
    tmp_path: Path, left: int, colour: str
) -> None:
    floor = open_floor(tmp_path)
    due = floor.now() + timedelta(seconds=left)
    steps = (Step(kind="phone_department", due_at=due),)
    Feed(floor).send(*people(), ("alert", "one", alert(0, raised_at=floor.now() - 2 * MINUTE, steps=steps)))
    async with alerts_of(floor) as (pilot, screen):
        mark = "超" if left < 0 else "剩"
        assert _colour_of(whole(screen.query_one("#alert", Pane)), mark) == colour
        row = next(row for row in loaded(screen.table) if row.id == "one")
        style = row.cells[5][1]
        assert isinstance(style, Style)
        assert {looks.RED: "red", looks.AMBER: "amber"}.get(style, "neither") == colour
        await pilot.press("1")
        await at_rest(pilot)
        assert _colour_of(pilot.app.screen.query_one(AlertRail).picture(42, 30), mark) == colour
        await pilot.press("a")
        await at_rest(pilot)
        shown = on_top(pilot, EscalationDialog).query_one("#step-0", Label).content
        assert isinstance(shown, Content)
        styles = [str(span.style) for span in shown.spans]
        assert {str(looks.RED): "red", str(looks.AMBER): "amber"}.get(styles[-1], "neither") == colour
    floor.close()

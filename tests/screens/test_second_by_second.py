"""The ticks of a second: what has not changed is neither read nor drawn again."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from rich.style import Style
from textual.widget import Widget

from floorctl.clock import PlatformClock
from floorctl.floor.alerts.titles import AlertTitles
from floorctl.floor.floor import Floor
from floorctl.floor.read_model import ReadModel
from floorctl.floor.terminal import open_terminal
from floorctl.floor.views import ConnectionStatus, SeatView
from floorctl.i18n import use_language
from floorctl.models.base import Ref
from floorctl.models.floor import Call, Queue, Seat
from floorctl.models.masked import Masked
from floorctl.models.team import Person, Shift
from floorctl.rules.privacy import masked
from floorctl.screens.floor import queue_pane, seat_cell
from floorctl.screens.floor import screen as floor_screen
from floorctl.screens.floor.notes import FloorNotes
from floorctl.screens.floor.queue_pane import QueuePane
from floorctl.screens.floor.seat_cell import SeatCells
from floorctl.widgets import looks
from tests.build import MINUTE
from tests.floor_access import read_model_of
from tests.screens.filled_floor import NOW, Feed, alert, people
from tests.screens.floor_stage import STARTED, FloorStage, StageOf
from tests.screens.looking import CockpitPilot, at_rest, cockpit, drawn
from tests.screens.plan_reading import plan_of
from tests.still_time import StillClock

LINES = {"q-12345": "12345", "q-12333": "12333", "q-12320": "12320"}
AGENT = Person(employee_no="2001", name="李小明", post="agent", education="bachelor", hired_on=NOW.date())


class Calls:
    """Counts the calls of a function that it wraps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.number = 0
        real = getattr(owner, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            self.number += 1
            return real(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)


@pytest.fixture
def live(floor: Floor) -> Iterator[tuple[Floor, Feed, StillClock]]:
    """A live floor with occupied seats, its feed and its clock."""
    at = StillClock()
    floor.close()
    floor = open_terminal(floor.config, clock=PlatformClock(at, lambda: NOW))
    floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=NOW))
    feed = Feed(floor)
    feed.send(*people(), ("person", "p-2001", replace(AGENT, skills=("q-12345",))))
    feed.send(*(("seat", f"s-{n}", seat(n)) for n in range(9)))
    yield floor, feed, at
    floor.close()


def seat(n: int, **more: Any) -> Seat:
    fields: dict[str, Any] = {
        "number": f"{n:02}", "zone": "A区", "kind": "general", "state": "ready", "since": NOW - MINUTE,
        "skills": ("q-12345",), "person_id": "p-2001",
    }  # fmt: skip
    return Seat(**(fields | more))


def test_a_second_later_nobody_is_looked_up_and_every_time_is_another(
    live: tuple[Floor, Feed, StillClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, feed, at = live
    before = floor.seats.all()
    looked_up = Calls(monkeypatch, ReadModel, "usual_queues")
    at.jump(1)
    after = floor.seats.all()
    assert looked_up.number == 0
    assert [view.seconds_in_state for view in after] == [view.seconds_in_state + 1 for view in before]
    feed.send(("seat", "s-3", seat(3, state="wrap_up", since=NOW - 3 * MINUTE)))
    changed = floor.seats.all()
    assert looked_up.number == 1
    assert [view.id for view in changed if view.limit == "warning"] == ["s-3"]


def test_a_limit_is_passed_with_the_second_and_no_change(live: tuple[Floor, Feed, StillClock]) -> None:
    floor, feed, at = live
    feed.send(("seat", "s-3", seat(3, state="wrap_up", since=NOW - timedelta(seconds=120))))
    assert {view.limit for view in floor.seats.all()} == {"none"}
    at.jump(1)
    assert [view.id for view in floor.seats.all() if view.limit == "warning"] == ["s-3"]


def test_who_sits_there_is_said_anew_in_the_same_second(live: tuple[Floor, Feed, StillClock]) -> None:
    floor, feed, _ = live
    assert {(view.person_name, view.moved) for view in floor.seats.all()} == {("李小明", False)}
    feed.send(("person", "p-2001", replace(AGENT, name="李大明", skills=("q-12333", "q-12345"))))
    assert {view.person_name for view in floor.seats.all()} == {"李大明"}
    assert not any(view.moved for view in floor.seats.all())  # the only queue that there is
    known = read_model_of(floor).value(Queue, "q-12345")
    assert known is not None
    feed.send(("queue", "q-12333", replace(known, name="12333 人社", line="12333")))
    assert all(view.moved for view in floor.seats.all())


async def test_within_a_second_the_words_of_an_alert_are_made_once(
    live: tuple[Floor, Feed, StillClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, _, at = live
    made = Calls(monkeypatch, AlertTitles, "of")
    async with cockpit(floor) as pilot:
        await pilot.pause()
        alerts = len(floor.alerts.all())
        assert alerts
        made.number = 0
        at.jump(1)
        await a_second(pilot)
        assert made.number == alerts


def test_an_alert_says_at_once_what_has_changed_within_a_second(live: tuple[Floor, Feed, StillClock]) -> None:
    floor, feed, at = live
    feed.send(("seat", "s-5", seat(5, state="talking", call=Call(id="c", line="12345", started_at=NOW - 15 * MINUTE))))
    about: dict[str, Any] = {"subject": Ref("seat", "s-5"), "raised_at": NOW - MINUTE, "steps": ()}
    feed.send(("alert", "a-call", alert(3, **about)))

    def title() -> str:
        return next(view.title for view in floor.alerts.all() if view.id == "a-call")

    assert "15:00" in title()
    floor.alerts.all().clear()  # who asked may do with the list as it likes
    at.jump(1)
    assert "15:01" in title()
    before = title()
    feed.send(("seat", "s-5", seat(5)))
    assert title() != before
    assert len(floor.alerts.all(closed=True)) >= len(floor.alerts.all())
    use_language("en")
    assert "long call" in title()
    # An act of this terminal counts before the platform has heard of it.
    floor.desk.submit("alert.acknowledge", "a-call", {})
    assert next(view.alert.state for view in floor.alerts.all() if view.id == "a-call") == "acknowledged"


async def a_second(pilot: CockpitPilot) -> None:
    """Let a second pass: the screen ticks once."""
    await asyncio.sleep(1.02)


def shown_of(widget: Widget) -> list[list[str]]:
    return [[piece.text for piece in line] for line in drawn(widget)]


async def test_a_tick_draws_the_times_and_nothing_else_of_the_seats(
    stage_of: StageOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(500)
    start = STARTED - timedelta(hours=2)
    for n in range(9):  # who is missing, in words that say so
        shift = Shift(person_id=f"p-m{n}", name="early", starts_at=start, ends_at=start + timedelta(hours=8))
        person = Person(employee_no=f"m{n}", name="李小明", post="agent", education="bachelor", hired_on=start.date())
        stage.put(("shift", f"sh-m{n}"), shift)
        stage.put(("person", f"p-m{n}"), person)
    stage.feed()
    async with cockpit(stage.floor, (160, 48)) as pilot:
        await at_rest(pilot)
        plan, notes = plan_of(pilot), pilot.app.screen.query_one(FloorNotes)
        assert notes.display
        stage.go(seconds=1)
        await a_second(pilot)
        before = shown_of(plan)
        worn = Calls(monkeypatch, seat_cell, "fit")
        worded = Calls(monkeypatch, floor_screen, "when")
        stage.go(seconds=1)
        await a_second(pilot)
        differing = [
            (old, new)
            for before_line, line in zip(before, shown_of(plan), strict=True)
            for old, new in zip(before_line, line, strict=True)
            if old != new
        ]
        assert differing
        assert all(":" in new for _, new in differing)
        assert worn.number == 0
        assert worded.number == 0


def test_a_seat_that_is_kept_looks_like_one_that_is_drawn_for_the_first_time() -> None:
    view = SeatView("s-1", 1, Masked(seat(1), masked), seat(1), "李小明", 65.0, "none")
    ways: list[tuple[SeatView, dict[str, Any]]] = [(view, {})]
    for changes in (
        {"seconds_in_state": 66.0},
        {"seconds_in_state": 3700.0},
        {"limit": "alert"},
        {"moved": True},
        {"pending": ("c",)},
        {"person_name": "王伟"},
        {"record": Masked(seat(1, state="talking"), masked)},
        {"record": Masked(seat(1, skills=("q-12333", "q-12345")), masked)},
        {"record": Masked(seat(1, number="1\x1b"), masked)},
        {"record": Masked(seat(1, state="signed_out", person_id=None), masked)},
        {"record": Masked(seat(1, state="unheard of"), masked)},
    ):
        ways += [(replace(view, **changes), {}), (view, {})]
    for options in (
        {"live": False},
        {"mark": "◆"},
        {"ground": looks.CURSOR},
        {"width": 24},
        {"number": 3},
        {"time": 7},
        {"badged": False},
        {"lines": {"q-12345": "12345", "q-12333": "22345"}},
    ):
        ways += [(view, options), (replace(view, seconds_in_state=70.0), options), (view, {})]
    out = replace(view, record=Masked(seat(1, state="signed_out"), masked))
    ways += [(out, {"missing": None}), (out, {"missing": "张伟"}), (out, {"missing": "王芳"}), (out, {})]
    kept = SeatCells()
    for each, options in ways:
        assert as_drawn(kept, each, **options) == as_drawn(SeatCells(), each, **options)


def as_drawn(cells: SeatCells, view: SeatView, **options: Any) -> Any:
    chosen: dict[str, Any] = {
        "width": 40, "number": 2, "time": 5, "badged": True, "lines": LINES, "mark": " ", "ground": Style.null(),
        "live": True, "missing": None,
    } | options  # fmt: skip
    cells.width, cells.number, cells.time = chosen["width"], chosen["number"], chosen["time"]
    cells.badged = chosen["badged"]
    cells.set_queue_lines(chosen["lines"])
    return cells.seat(view, chosen["mark"], chosen["ground"], live=chosen["live"], missing=chosen["missing"])


async def test_the_figures_of_a_queue_are_drawn_again_when_they_are_others(
    floor_stage: FloorStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = floor_stage
    async with cockpit(stage.floor, (200, 60)) as pilot:
        pane = pilot.app.screen.query_one(QueuePane)
        await at_rest(pilot)

        async def tick() -> str:
            stage.go(seconds=1)
            await a_second(pilot)
            return "\n".join("".join(line) for line in shown_of(pane))

        await tick()
        figures = Calls(monkeypatch, queue_pane, "small")
        assert "1:14" in await tick()  # who waits the longest
        assert figures.number == 0
        for key in [key for key in stage.platform if key[0] == "interval" and key[1].startswith("i-12345-")]:
            stage.change(key, answered_in_target=0, answered=8, abandoned=1, offered=10)
        stage.feed()
        await at_rest(pilot)
        assert "0.0%▼" in await tick()
        assert figures.number == 1
        stage.tell(("queue", "q-12345"), target_seconds=20)
        assert "20秒" in await tick()
        stage.stand("offline")
        await tick()
        kept = shown_of(pane)
    async with cockpit(stage.floor, (200, 60)) as pilot:
        await at_rest(pilot)
        assert shown_of(pilot.app.screen.query_one(QueuePane)) == kept, "what is kept looks as if drawn anew"

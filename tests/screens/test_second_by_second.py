"""What nothing has changed is neither looked up nor drawn again with every second, and looks as if it were."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from rich.style import Style

from floorctl.alert_titles import AlertTitles
from floorctl.floor import Floor
from floorctl.i18n import use_language
from floorctl.models import Call, Person, Ref, Seat, Shift
from floorctl.picture import Picture
from floorctl.screens import floor as floor_screen
from floorctl.views import SeatView, Standing
from floorctl.widgets import looks, queuepane, seatcell
from floorctl.widgets.floornotes import FloorNotes
from floorctl.widgets.queuepane import QueuePane
from floorctl.widgets.seatcell import SeatCells
from floorctl.widgets.seatplan import SeatPlan

from .filled_floor import MINUTE, NOW, Feed, alert, people
from .looking import cockpit
from .small_floor import SmallFloor

LINES = {"q-12345": "12345", "q-12333": "12333", "q-12320": "12320"}
AGENT = Person(employee_no="2001", name="李小明", post="agent", education="bachelor", hired_on=NOW.date())


class Calls:
    """Counts the calls of a function that it stands in for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.number = 0
        real = getattr(owner, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            self.number += 1
            return real(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)


@pytest.fixture
def live(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> tuple[Floor, Feed, list[Any]]:
    """A floor that is live, with seats at which somebody works, and the time that it has."""
    at = [NOW.astimezone(floor.config.zone)]
    monkeypatch.setattr(floor, "now", lambda: at[0])
    floor._network = Standing(mode="live", as_of=NOW)
    feed = Feed(floor)
    feed.send(*people(), ("person", "p-2001", replace(AGENT, skills=("q-12345",))))
    feed.send(*(("seat", f"s-{n}", seat(n)) for n in range(9)))
    return floor, feed, at


def seat(n: int, **more: Any) -> Seat:
    fields: dict[str, Any] = {
        "number": f"{n:02}", "zone": "A区", "kind": "general", "state": "ready", "since": NOW - MINUTE,
        "skills": ("q-12345",), "person_id": "p-2001",
    }  # fmt: skip
    return Seat(**(fields | more))


def test_a_second_later_nobody_is_looked_up_and_every_time_is_another(
    live: tuple[Floor, Feed, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, feed, at = live
    before = floor.seats()
    looked_up = Calls(monkeypatch, Picture, "usual_queues")
    at[0] += timedelta(seconds=1)
    after = floor.seats()
    assert looked_up.number == 0
    assert [view.seconds_in_state for view in after] == [view.seconds_in_state + 1 for view in before]
    feed.send(("seat", "s-3", seat(3, state="wrap_up", since=NOW - 3 * MINUTE)))
    changed = floor.seats()
    assert looked_up.number == 1
    assert [view.id for view in changed if view.limit == "warning"] == ["s-3"]


def test_a_limit_is_passed_with_the_second_and_no_change(live: tuple[Floor, Feed, list[Any]]) -> None:
    floor, feed, at = live
    feed.send(("seat", "s-3", seat(3, state="wrap_up", since=NOW - timedelta(seconds=120))))
    assert {view.limit for view in floor.seats()} == {"none"}
    at[0] += timedelta(seconds=1)
    assert [view.id for view in floor.seats() if view.limit == "warning"] == ["s-3"]


def test_who_sits_there_is_said_anew_in_the_same_second(live: tuple[Floor, Feed, list[Any]]) -> None:
    floor, feed, _ = live
    assert {(view.person_name, view.moved) for view in floor.seats()} == {("李小明", False)}
    feed.send(("person", "p-2001", replace(AGENT, name="李大明", skills=("q-12333", "q-12345"))))
    assert {view.person_name for view in floor.seats()} == {"李大明"}
    assert not any(view.moved for view in floor.seats())  # the only queue that there is
    known = dict(floor.picture.base("queue"))
    feed.send(("queue", "q-12333", replace(known["q-12345"].entity, name="12333 人社", line="12333")))
    assert all(view.moved for view in floor.seats())


async def test_within_a_second_the_words_of_an_alert_are_made_once(
    live: tuple[Floor, Feed, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, _, at = live
    made = Calls(monkeypatch, AlertTitles, "of")
    async with cockpit(floor) as pilot:
        await pilot.pause()
        alerts = len(floor.alerts())
        assert alerts
        made.number = 0
        at[0] += timedelta(seconds=1)
        pilot.app._tick()  # type: ignore[attr-defined]
        assert made.number == alerts


def test_an_alert_says_at_once_what_has_changed_within_a_second(live: tuple[Floor, Feed, list[Any]]) -> None:
    floor, feed, at = live
    feed.send(("seat", "s-5", seat(5, state="talking", call=Call(id="c", line="12345", started_at=NOW - 15 * MINUTE))))
    about: dict[str, Any] = {"subject": Ref("seat", "s-5"), "raised_at": NOW - MINUTE, "steps": ()}
    feed.send(("alert", "a-call", alert(3, **about)))

    def title() -> str:
        return next(view.title for view in floor.alerts() if view.id == "a-call")

    assert "15:00" in title()
    floor.alerts().clear()  # who asked may do with the list as it likes
    at[0] += timedelta(seconds=1)
    assert "15:01" in title()
    before = title()
    feed.send(("seat", "s-5", seat(5)))
    assert title() != before
    assert len(floor.alerts(closed=True)) >= len(floor.alerts())
    use_language("en")
    assert "long call" in title()
    # An act of this terminal counts before the platform has heard of it.
    floor.act("alert.acknowledge", "a-call", {})
    assert next(view.alert.state for view in floor.alerts() if view.id == "a-call") == "acknowledged"


async def test_a_tick_draws_the_times_and_nothing_else_of_the_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = SmallFloor(500)
    floor.rostered = [
        Shift(person_id=f"p-{n}", name="early", starts_at=floor.started - timedelta(hours=2),
              ends_at=floor.started + timedelta(hours=6)) for n in range(9)
    ]  # fmt: skip
    async with cockpit(floor, (160, 48)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        plan, notes = screen.query_one(SeatPlan), screen.query_one(FloorNotes)
        floor.clock_at += timedelta(seconds=1)
        screen.on_tick(floor.now())  # type: ignore[attr-defined]
        assert notes.display
        before = [[piece.text for piece in line] for line in plan._lines]
        drawn = Calls(monkeypatch, seatcell, "fit")
        worded = Calls(monkeypatch, floor_screen, "when")
        floor.clock_at += timedelta(seconds=1)
        screen.on_tick(floor.now())  # type: ignore[attr-defined]
        after = [[piece.text for piece in line] for line in plan._lines]
        differing = [
            (old, new)
            for before_line, line in zip(before, after, strict=True)
            for old, new in zip(before_line, line, strict=True)
            if old != new
        ]
        assert differing
        assert all(":" in new for _, new in differing)
        assert drawn.number == 0
        assert worded.number == 0


def test_a_seat_that_is_kept_looks_like_one_that_is_drawn_for_the_first_time() -> None:
    view = SeatView("s-1", 1, seat(1), "李小明", 65.0, "none")
    ways: list[tuple[SeatView, dict[str, Any]]] = [(view, {})]
    for changes in (
        {"seconds_in_state": 66.0}, {"seconds_in_state": 3700.0}, {"limit": "alert"}, {"moved": True},
        {"pending": ("c",)}, {"person_name": "王伟"}, {"seat": seat(1, state="talking")},
        {"seat": seat(1, skills=("q-12333", "q-12345"))}, {"seat": seat(1, number="1\x1b")},
        {"seat": seat(1, state="signed_out", person_id=None)}, {"seat": seat(1, state="unheard of")},
    ):  # fmt: skip
        ways += [(replace(view, **changes), {}), (view, {})]
    for options in (
        {"live": False}, {"mark": "◆"}, {"ground": looks.CURSOR}, {"width": 24}, {"number": 3}, {"time": 7},
        {"badged": False}, {"lines": {"q-12345": "12345", "q-12333": "22345"}},
    ):  # fmt: skip
        ways += [(view, options), (replace(view, seconds_in_state=70.0), options), (view, {})]
    out = replace(view, seat=seat(1, state="signed_out"))
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
    cells.tell_lines(chosen["lines"])
    return cells.seat(view, chosen["mark"], chosen["ground"], live=chosen["live"], missing=chosen["missing"])


async def test_the_figures_of_a_queue_are_drawn_again_when_they_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = SmallFloor()
    async with cockpit(floor, (200, 60)) as pilot:
        pane = pilot.app.screen.query_one(QueuePane)
        await pilot.pause()

        def tick() -> str:
            floor.clock_at += timedelta(seconds=1)
            pilot.app.screen.on_tick(floor.now())  # type: ignore[attr-defined]
            return "\n".join("".join(piece.text for piece in line) for line in pane._lines)

        tick()
        drawn = Calls(monkeypatch, queuepane, "small")
        assert "1:14" in tick()  # who waits the longest
        assert drawn.number == 0
        pane.day_of("q-12345", [
            replace(each, answered_in_target=0, offered=10) for each in floor.intervals("q-12345")
        ])  # fmt: skip
        assert "0.0%▼" in tick()
        assert drawn.number == 1
        floor._queues["q-12345"] = replace(floor._queues["q-12345"], target_seconds=20)
        assert "20秒" in tick()
        floor.mode = "offline"
        tick()
        kept = pane._lines
        pane._figures = {}
        pane.repaint()
        assert pane._lines == kept

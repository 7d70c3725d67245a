"""What random walks have found, each with the fewest steps that found it; and that they would find it."""

import asyncio
import gc
from typing import Any

import pytest

from floorctl.floor.kept_texts import KeptTexts
from floorctl.floor.quality.views import DoubleScore
from floorctl.screens.app import CockpitApp
from floorctl.screens.floor.screen import FloorScreen
from floorctl.screens.quality.screen import QualityScreen
from floorctl.screens.shell import acting
from floorctl.screens.shell.dialogs import Confirm
from floorctl.screens.shell.sign_in import SignIn
from floorctl.widgets.narrow import NarrowCompositor
from floorctl.widgets.table import PlainTable
from tests.explorer.errors import FindingError
from tests.explorer.steps import SETTINGS, Step
from tests.explorer.walk import walk
from tests.explorer.world import World
from tests.scope import FULL
from tests.still_time import still_time

SIZE = (120, 36)


@pytest.mark.parametrize(("size", "language", "role"), SETTINGS[::4])
def test_a_walk_through_every_screen_leads_home(
    template: World, size: tuple[int, int], language: str, role: str
) -> None:
    steps = [("key", key) for key in "1234567s"] + [("outage",), ("key", "3"), ("others act", 1), ("return",)]
    taken = walk(template, steps, size=size, language=language, role=role)
    assert taken == [*steps, ("home",)]


def test_a_walk_tells_of_a_command_that_the_keys_asked_for(template: World) -> None:
    walk(template, [("key", "3"), ("key", "space"), ("key", "u"), ("key", "y"), ("answer",)], size=SIZE)


def test_the_second_search_takes_letters_for_text(template: World) -> None:
    walk(template, [("home",), ("key", "f"), ("text", "ua1"), ("home",), ("key", "f"), ("text", "讨薪 ua1")], size=SIZE)


def test_a_note_after_a_burst_of_letters_was_asked_for(template: World) -> None:
    walk(template, [("burst", ("S", "y", "n", "讨")), ("key", "enter")], size=(80, 24), language="en")


def finds(template: World, *steps: Step) -> str:
    """What kind of finding these steps lead to."""
    with pytest.raises(FindingError) as found:
        walk(template, list(steps), size=SIZE)
    return found.value.kind


def test_a_walk_finds_what_is_raised(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_screen: FloorScreen) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FloorScreen, "action_table", broken)
    assert finds(template, ("key", "t")) == "raised"


def test_a_walk_finds_what_nobody_asked_for(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def acts(screen: FloorScreen) -> None:
        screen.begin(acting.run(screen, screen.floor.alerts.acknowledge, "a-3", said=""))

    monkeypatch.setattr(FloorScreen, "action_table", acts)
    assert finds(template, ("key", "t")) == "not asked for"


def test_a_walk_finds_what_was_done_to_another_row(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = PlainTable.targets

    def next_ones(table: PlainTable) -> list[str]:
        row = table.row_at(table.cursor + 1)
        return [row.id] if row is not None else targets(table)

    monkeypatch.setattr(PlainTable, "targets", next_ones)
    assert finds(template, ("key", "3"), ("key", "u"), ("key", "y"), ("key", "1")) == "another target"


def test_a_walk_finds_text_that_acts(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FloorScreen, "filter_changed", lambda screen, _text: screen.cockpit.action_go("orders"))
    assert finds(template, ("key", "/"), ("key", "x")) == "text acts"


def test_a_walk_finds_cells_that_a_repaint_would_change(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NarrowCompositor, "render_partial_update", lambda self: self._dirty_regions.clear())
    assert finds(template, ("others act", 1), ("wait", 6.0)) == "terminal"


def test_a_walk_finds_rows_that_move_under_the_hand(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainTable, "_moves", lambda *_: False)
    steps = [("others act", seed) for seed in range(12)]
    assert finds(template, ("key", "3"), ("key", "down"), *steps) == "rows moved"


def test_a_walk_knows_where_the_hand_rests_whatever_the_list_says(
    template: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlainTable, "working", property(lambda _: False))
    assert finds(template, ("key", "3"), ("key", "down"), *(("others act", seed) for seed in range(12))) == "rows moved"


def test_a_walk_finds_an_answer_that_enter_gave(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Confirm, "action_insist", lambda dialog: dialog.dismiss(True))
    assert finds(template, ("key", "3"), ("key", "u"), ("key", "u"), ("key", "enter")) == "enter is yes"


def test_a_walk_finds_text_that_is_lost(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeptTexts, "put", lambda *_, **__: None)
    assert finds(template, ("key", "n"), ("text", "讨薪"), ("key", "escape")) == "lost"
    assert finds(template, ("key", "n"), ("text", "讨薪"), ("leave",)) == "lost"


def test_a_walk_finds_what_stays_open_for_the_next_person(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CockpitApp, "leave_dialogs", lambda _: None)
    assert finds(template, ("key", "n"), ("key", "ctrl+l"), ("sign in", "1000", True)) == "locked"


def test_a_walk_finds_what_is_seen_beside_the_lock(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    on_mount = SignIn.on_mount

    def see_through(screen: SignIn) -> None:
        on_mount(screen)
        screen.remove_class("locked")

    monkeypatch.setattr(SignIn, "on_mount", see_through)
    assert finds(template, ("key", "ctrl+l")) == "locked"


def test_who_locked_it_goes_on_with_what_was_typed(template: World) -> None:
    opened = [("sign in", "1001", False), ("sign in", "1001", True), ("text", " und"), ("key", "enter"), ("answer",)]
    walk(template, [("key", "n"), ("text", "讨薪"), ("key", "ctrl+l"), ("text", "ua1"), *opened], size=SIZE)


def test_nothing_is_lost_by_leaving_and_starting_again(template: World) -> None:
    steps = [("key", "3"), ("key", "u"), ("key", "n"), ("text", "讨薪"), ("leave",), ("sign in", "1001", True)]
    walk(template, [*steps, ("key", "3"), ("key", "n"), ("key", "enter"), ("answer",)], size=SIZE)


def test_the_alert_that_an_escalation_names_as_the_next_one_is_asked_for_by_its_key(template: World) -> None:
    before = [("key", "7"), ("key", "down"), ("vanish then key", 100, "g"), ("key", "escape"), ("text", "\x08\x08\x08")]
    walk(template, [*before, ("key", "enter"), ("text", "uaxkd")], size=(120, 36), language="zh-CN", role="shift_lead")


def test_a_list_that_has_the_keys_gives_them_up_when_it_goes_out_of_sight(template: World) -> None:
    walk(template, [("click", 3, 59), ("size", (80, 24))], size=(200, 60), language="en", role="inspector")


def test_a_list_that_was_asked_for_anew_comes_when_a_slow_disk_has_read_it(template: World) -> None:
    asked = [("slow disk", 0.5), ("key", "7"), ("key", "t"), ("key", "space"), ("urgent",), ("text", "请住建局 7")]
    walk(template, [*asked, ("wheel", 9, 80, -3), ("answer",)], size=(200, 60), language="zh-CN", role="inspector")


def test_a_walk_finds_rows_that_move_on_a_slow_disk_though_nobody_asked(
    template: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlainTable, "_moves", lambda *_: False)
    steps = [("key", "3"), ("key", "down"), ("slow disk", 0.5), *(("others act", seed) for seed in range(12))]
    assert finds(template, *steps) == "rows moved"


def test_the_step_of_the_marked_alert_is_noted_though_the_cursor_went_on(template: World) -> None:
    keys = [("key", "4"), ("key", "space"), ("key", "t"), ("text", "told"), ("key", "enter")]
    walk(template, keys, size=SIZE, language="zh-CN", role="shift_lead")


def test_a_key_that_deletes_what_was_typed_loses_nothing(template: World) -> None:
    keys = [("key", "n"), ("others act then key", 125, "6"), ("key", "super+backspace")]
    walk(template, keys, size=SIZE, language="zh-CN", role="shift_lead")


def test_enter_on_what_a_handover_lists_does_nothing(template: World) -> None:
    steps = [step for n in range(8) for step in (("key", "7"), *[("key", "down")] * n, ("key", "enter"))]
    walk(template, steps, size=SIZE, role="shift_lead")


def test_a_sample_that_went_stays_under_the_cursor_after_a_dialog(template: World) -> None:
    steps = [("vanish then key", 306, "5"), ("goes then key", "enter"), ("slow disk", 0.5), ("key", "n")]
    walk(template, [*steps, ("key", "escape"), ("vanish", 261)], size=(80, 24))


def test_why_a_command_was_put_aside_is_not_lost(template: World) -> None:
    steps = [("key", "s"), ("key", "enter"), ("key", "3"), ("key", "u"), ("key", "enter")]
    walk(template, steps, size=(200, 60), language="en", role="inspector")


def test_work_that_fails_on_a_slow_disk_when_nobody_waits_any_more_is_no_finding() -> None:
    def fails() -> None:
        raise LookupError

    async def leaves() -> None:
        waiting = asyncio.ensure_future(asyncio.to_thread(fails))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.sleep(2.0)
        gc.collect()

    told: list[Any] = []
    with still_time() as loop:
        loop.set_exception_handler(lambda _loop, context: told.append(context))
        loop.slowness = 0.5
        loop.run_until_complete(leaves())
    assert not told


#: In ``make test`` each view with one of the keys, by turns.
GOES = [
    (view, key)
    for at, view in enumerate(("3", "4", "5", "5X", "5S", "7", "s"))
    for key in (("enter", "e", "y") if FULL else ("enter", "e", "y")[at % 3 :][:1])
]


@pytest.mark.parametrize(("view", "key"), GOES)
def test_what_goes_at_the_moment_of_a_key_ends_nothing(template: World, view: str, key: str) -> None:
    walk(template, [*(("key", each) for each in view), ("goes then key", key), ("key", "1")], size=SIZE)


def test_a_walk_finds_what_is_raised_for_a_row_that_goes(template: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(screen: QualityScreen, double: DoubleScore) -> None:
        screen.say(double.second_name)

    monkeypatch.setattr(QualityScreen, "_settle", settle)
    steps = [("key", "5"), ("key", "X"), ("goes then key", "left"), ("key", "enter")]
    walk(template, steps, size=SIZE)
    monkeypatch.setattr(QualityScreen, "_row_gone", False)
    assert finds(template, *steps) == "raised"

"""Half-typed text is a draft: on the disk while it is typed, offered again for the same thing to the same person."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import RefusedError
from floorctl.floor.floor import Floor
from floorctl.i18n import use_language
from floorctl.screens.app import CockpitApp
from floorctl.screens.assessment.facts import FactForm
from floorctl.screens.shell.drafts import Drafting
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.shell.sign_in import SignIn
from floorctl.widgets.ask import Pick
from floorctl.widgets.plain import PlainInput
from tests.floor_access import journal_of
from tests.quality_stage import QualityStage
from tests.screens.filled_floor import filled_floor, open_floor
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import CockpitPilot, acts, ask_for_text, at_rest, cockpit, focused_line, piloted, text, until
from tests.screens.opened import scoring
from tests.screens.two_people import TwoPeople, unlock

ME = "p-1001"


def on_disk(floor: Floor) -> list[str]:
    """Return the draft texts in the journal."""
    return [json.loads(draft.data) for draft in journal_of(floor).drafts("text", floor.session.person.person_id)]  # type: ignore[union-attr]


@asynccontextmanager
async def terminal(floor: Floor) -> AsyncIterator[CockpitPilot]:
    async with piloted(CockpitApp(floor), size=(100, 30), notifications=True) as pilot:
        await at_rest(pilot)
        yield pilot


# -- written while it is typed


@pytest.mark.parametrize("keys", [("n",), ("3", "b"), ("3", "n")], ids=["note", "problem", "note on an order"])
async def test_a_line_is_on_the_disk_a_moment_after_the_keys_without_being_left(
    floor: Floor, keys: tuple[str, ...]
) -> None:
    async with terminal(floor) as pilot:
        dialog = await ask_for_text(pilot, *keys)
        await pilot.press(*"wat")
        await at_rest(pilot)
        assert on_disk(floor) == ["wat"]
        await pilot.press(*"er")
        await at_rest(pilot)
        assert on_disk(floor) == ["water"]
        assert pilot.app.screen is dialog


async def test_a_message_a_step_and_a_fact_are_too(floor_stage: FloorStage, floor: Floor) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await ask_for_text(pilot, "m")
        await pilot.press(*"back")
        await at_rest(pilot)
        assert on_disk(floor_stage.floor) == ["back"]
    async with terminal(floor) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, CockpitScreen)
        screen.take_up_alert(next(view.id for view in floor.alerts.all() if view.next_step is not None))
        await until(pilot, lambda: isinstance(pilot.app.screen, EscalationDialog))
        await pilot.press("1", *"phoned")
        await at_rest(pilot)
        assert on_disk(floor) == ["phoned"]


async def test_a_form_of_a_fact_is_on_the_disk_and_says_of_when_it_is(stage_of: StageOf) -> None:
    stage = stage_of(role="supervisor")
    async with cockpit(stage.floor) as pilot:
        for before in ("", "course"):
            await pilot.press("6")
            await at_rest(pilot)
            await pilot.press("i")
            await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
            await at_rest(pilot)
            await pilot.press(*"zgpx", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, FactForm))
            await at_rest(pilot)
            assert pilot.app.screen.query_one("#field-title", PlainInput).value == before
            assert ("已放回 14:32" in text(pilot.app)) is bool(before)
            if not before:
                await pilot.press(*"course")
                await at_rest(pilot)
                assert [json.loads(each)["title"] for each in on_disk(stage.floor)] == ["course"]
                await pilot.press("escape")
                await at_rest(pilot)


async def test_keys_that_come_fast_are_not_each_written(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = []
    write = Drafting.write_lines
    monkeypatch.setattr(Drafting, "write_lines", lambda app: (writes.append(1), write(app)))
    async with terminal(floor) as pilot:
        await ask_for_text(pilot, "n")
        focused_line(pilot).value = ""
        for char in "forty keys in a row, one behind the other":
            focused_line(pilot).insert_text_at_cursor(char)
        await at_rest(pilot)
        assert on_disk(floor) == ["forty keys in a row, one behind the other"]
        assert len(writes) == 1


def test_nothing_of_it_is_in_clear_in_the_files(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    key = floor.texts.key("handover.note", "")
    floor.texts.put(key, "secret-of-the-draft" * 20)
    floor.texts.write()
    files = [path for path in floor.data_dir.rglob("*") if path.is_file()]
    found = [path.name for path in files if b"secret-of-the-draft" in path.read_bytes()]
    floor.close()
    assert files
    assert not found


# -- offered again


async def test_a_draft_says_of_when_it_is_and_is_thrown_away_by_emptying_the_line(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await ask_for_text(pilot, "n")
        await pilot.press(*"water", "escape")
        await at_rest(pilot)
        floor_stage.go(minutes=10)
        await ask_for_text(pilot, "n")
        assert focused_line(pilot).value == "water"
        assert "14:32 写的草稿" in text(pilot.app)
        await pilot.press("ctrl+u")
        await at_rest(pilot)
        assert "草稿已丢弃" in text(pilot.app)
        assert on_disk(floor_stage.floor) == []
        await pilot.press("escape")
        await at_rest(pilot)
        await ask_for_text(pilot, "n")
        assert focused_line(pilot).value == ""
        assert "草稿" not in text(pilot.app)


async def test_a_draft_of_yesterday_says_the_day(tmp_path: Path) -> None:
    stage = FloorStage(tmp_path)
    async with cockpit(stage.floor) as pilot:
        await ask_for_text(pilot, "n")
        await pilot.press(*"water", "escape")
        await at_rest(pilot)
        stage.go(days=1)
        await ask_for_text(pilot, "n")
        assert "03-04 14:32 写的草稿" in text(pilot.app)
    stage.floor.close()


async def test_a_draft_is_found_in_the_other_language(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    async with terminal(floor) as pilot:
        await ask_for_text(pilot, "3", "b")
        await pilot.press(*"water", "escape")
        await at_rest(pilot)
    floor.close()
    again = open_floor(tmp_path, language="en")
    try:
        async with terminal(again) as pilot:
            await ask_for_text(pilot, "3", "b")
            assert focused_line(pilot).value == "water"
            assert "not sent yet" in text(pilot.app)
    finally:
        again.close()
        use_language("zh-CN")


async def test_a_note_on_the_call_back_of_one_order_is_not_offered_for_another(floor: Floor) -> None:
    async with terminal(floor) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, CockpitScreen)
        from floorctl.screens.orders.actions import call_back

        orders = [f"o-20260304{n:05}" for n in range(60)]
        first, other = [each for each in orders if floor.orders.get(each).order.state == "handled"][:2]
        for order, before in ((first, ""), (other, ""), (first, "phoned")):
            screen.begin_asking(call_back(screen, [order]))
            await at_rest(pilot)
            await ask_for_text(pilot, "1", "5")
            assert focused_line(pilot).value == before
            if order == first and not before:
                await pilot.press(*"phoned")
            await pilot.press("escape")
            await at_rest(pilot)


async def test_words_that_a_review_carried_are_not_offered_again(floor: Floor) -> None:
    from floorctl.screens.orders.actions import review

    orders = [f"o-20260304{n:05}" for n in range(60)]
    order = next(each for each in orders if floor.orders.get(each).order.state == "review")
    async with terminal(floor) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, CockpitScreen)
        screen.begin_asking(review(screen, [order]))
        await at_rest(pilot)
        await ask_for_text(pilot, "8", "enter")
        await pilot.press(*"odd", "enter")
        await until(pilot, lambda: bool(acts(floor)))
        await at_rest(pilot)
        assert acts(floor)[-1][2] == {"errors": ["odd"]}
        assert on_disk(floor) == []


async def test_an_act_that_was_refused_leaves_the_draft_on_the_disk(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object, **__: object) -> None:
        raise RefusedError("error.handover_not_given")

    async with terminal(floor) as pilot:
        monkeypatch.setattr(floor.handovers, "note", refusing)
        await ask_for_text(pilot, "n")
        await pilot.press(*"water", "enter")
        await at_rest(pilot)
        assert on_disk(floor) == ["water"]


async def test_a_comment_of_the_form_is_on_the_disk_while_it_is_typed(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("c", *"quick")
        await at_rest(pilot)
        kept = stage.floor.scoring.form(screen.opened.view.id)
        assert "quick" in kept.comments.values()


# -- not to anybody else


async def begins_a_note_and_locks(pilot: CockpitPilot) -> None:
    await ask_for_text(pilot, "n")
    await pilot.press(*"water")
    await at_rest(pilot)
    await pilot.press("ctrl+l")
    await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
    await at_rest(pilot)


async def test_a_locked_terminal_does_not_show_it_and_who_locked_it_finds_it(tmp_path: Path) -> None:
    stage = TwoPeople(tmp_path)
    stage.sign_in("supervisor")
    try:
        async with cockpit(stage.floor) as pilot:
            await begins_a_note_and_locks(pilot)
            assert "water" not in text(pilot.app)
            assert on_disk(stage.floor) == ["water"]
            await unlock(pilot, "1001", "mine")
            assert focused_line(pilot).value == "water"
    finally:
        stage.floor.close()


async def test_no_picture_shows_it_to_another_person_who_unlocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = TwoPeople(tmp_path)
    stage.sign_in("supervisor")
    seen: list[str] = []
    display = CockpitApp._display

    def looking(app: Any, screen: Any, renderable: Any) -> None:
        if renderable is not None and not app._batch_count:
            seen.append(text(app))
        display(app, screen, renderable)

    try:
        async with cockpit(stage.floor) as pilot:
            await begins_a_note_and_locks(pilot)
            monkeypatch.setattr(CockpitApp, "_display", looking)
            await unlock(pilot, "1000", "theirs")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
            await at_rest(pilot)
            assert seen
            assert not [each for each in seen if "water" in each]
            await ask_for_text(pilot, "n")
            assert focused_line(pilot).value == ""
            await pilot.press("escape")
            await unlock(pilot, "1001", "mine")
            await ask_for_text(pilot, "n")
            assert focused_line(pilot).value == "water"
    finally:
        stage.floor.close()

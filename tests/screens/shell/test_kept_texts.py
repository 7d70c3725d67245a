"""A typed line that was not sent is kept, and offered again when the same thing is asked."""

from pathlib import Path

import pytest

from floorctl.errors import RefusedError
from floorctl.floor.floor import Floor
from floorctl.screens.app import CockpitApp
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.widgets.plain import PlainInput
from tests.screens.filled_floor import filled_floor, open_floor
from tests.screens.looking import acts, ask_for_text, at_rest, piloted, text, until

SIZE = (100, 30)


def line(app: CockpitApp) -> str:
    return str(app.screen.query_one(PlainInput).value)


def refusing(*_: object, **__: object) -> None:
    raise RefusedError("error.handover_not_given")


@pytest.mark.parametrize("keys", [("n",), ("3", "b")], ids=["note", "problem"])
async def test_a_line_that_esc_closed_is_offered_again(floor: Floor, keys: tuple[str, ...]) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=SIZE) as pilot:
        for before, more in (("", "water"), ("water", "main")):
            await ask_for_text(pilot, *keys)
            assert line(app) == before
            await pilot.press(*more, "escape")
            await at_rest(pilot)
        await ask_for_text(pilot, *keys)
        assert line(app) == "watermain"
        assert "还没有提交" in text(app), "it says why something stands in the line already"


@pytest.mark.parametrize(
    ("keys", "service", "act"),
    [(("n",), "handovers", "note"), (("3", "b"), "orders", "mark_problem")],
    ids=["note", "problem"],
)
async def test_a_line_whose_act_is_refused_is_offered_again_and_goes_when_it_is_done(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], service: str, act: str
) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=SIZE) as pilot:
        with monkeypatch.context() as patched:
            patched.setattr(getattr(floor, service), act, refusing)
            await ask_for_text(pilot, *keys)
            await pilot.press(*"water", "enter")
            await at_rest(pilot)
            assert not acts(floor)
        await ask_for_text(pilot, *keys)
        assert line(app) == "water"
        await pilot.press("enter")
        await until(pilot, lambda: bool(acts(floor)))
        assert "water" in acts(floor)[-1][2].values()
        await at_rest(pilot)
        await ask_for_text(pilot, *keys)
        assert line(app) == "", "it is sent: nothing is offered twice"


async def test_what_was_typed_outlives_the_program(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    async with piloted(CockpitApp(floor), size=SIZE) as pilot:
        await ask_for_text(pilot, "n")
        await pilot.press(*"water")
    floor.close()
    again = open_floor(tmp_path)
    try:
        app = CockpitApp(again)
        async with piloted(app, size=SIZE) as pilot:
            await ask_for_text(pilot, "n")
            assert line(app) == "water"
    finally:
        again.close()


async def test_a_note_about_one_matter_is_not_offered_for_another(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=SIZE) as pilot:
        await ask_for_text(pilot, "n")
        await pilot.press(*"water", "escape")
        await at_rest(pilot)
        await pilot.press("3")
        await at_rest(pilot)
        await ask_for_text(pilot, "n")
        assert line(app) == ""


async def test_the_note_of_a_step_is_offered_again_in_the_ladder(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=SIZE) as pilot:
        screen = app.screen
        assert isinstance(screen, CockpitScreen)
        alert = next(view.id for view in floor.alerts.all() if view.next_step is not None)
        for before, more in (("", "phoned"), ("phoned", "them")):
            screen.take_up_alert(alert)
            await until(pilot, lambda: isinstance(app.screen, EscalationDialog))
            await pilot.press("1")
            await at_rest(pilot)
            assert line(app) == before
            await pilot.press(*more, "escape")
            await until(pilot, lambda: not isinstance(app.screen, EscalationDialog))
        assert not [each for each in acts(floor) if each[0] == "alert.step"]


async def test_a_line_that_is_closed_for_another_person_is_kept_for_the_one_who_typed_it(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=SIZE) as pilot:
        await ask_for_text(pilot, "n")
        await pilot.press(*"water")
        app.leave_dialogs()
        await until(pilot, lambda: not isinstance(app.screen, AskText))
        assert not acts(floor)
        await ask_for_text(pilot, "n")
        assert line(app) == "water"

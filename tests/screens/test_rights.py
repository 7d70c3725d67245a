"""A role that may not do an act is told so at once, on every screen, before anything is asked."""

from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.screen import Screen

from floorctl.i18n import t, term
from floorctl.rules.commands.roles import REVEAL
from floorctl.screens.app import CockpitApp
from floorctl.screens.registry import SCREENS
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import CockpitPilot, at_rest, cockpit, press, said, text, until

#: Anybody's to begin: whoever takes the shift signs with their own password.
OF_A_SECOND_PERSON = "handover.take"


def keys_of_acts(screen: Screen[object]) -> Iterator[tuple[str, str]]:
    """Yield each key of a screen that acts, with its command kind."""
    above = [cls for cls in type(screen).__mro__ if "BINDINGS" in cls.__dict__ or "NEEDS" in cls.__dict__]
    needs = {action: kind for cls in reversed(above) for action, kind in cls.__dict__.get("NEEDS", {}).items()}
    keys: dict[str, str] = {}
    for cls in above:
        for binding in cls.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding):
                for key in binding.key.split(","):
                    keys.setdefault(key, binding.action)
    yield from ((key, needs[action]) for key, action in keys.items() if action in needs)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("role", ["viewer", "inspector", "shift_lead"])
async def test_a_key_of_an_act_that_a_role_may_not_do_says_so_and_asks_nothing(
    stage_of: StageOf, subtests: pytest.Subtests, role: str, language: str
) -> None:
    stage = stage_of(role=role, language=language)
    tried = set()
    async with cockpit(stage.floor) as pilot:
        app = pilot.app
        assert isinstance(app, CockpitApp)
        for name, (screen_key, _, _) in SCREENS.items():
            await press(pilot, [screen_key])
            await at_rest(pilot)
            screen = app.screen
            for key, kind in keys_of_acts(screen):
                if stage.floor.desk.may(kind) or kind == OF_A_SECOND_PERSON:
                    continue
                tried.add(kind)
                app.clear_notifications()
                await press(pilot, [key])
                await at_rest(pilot)
                with subtests.test(screen=name, key=key):
                    assert app.screen is screen, "it asks something"
                    may_not = t("orders.may_not", act=term("command", kind))
                    assert said(app) == [t("error.role_may_not_reveal") if kind == REVEAL else may_not]
        assert stage.acts == []
    assert tried


async def test_who_may_act_is_asked(floor_stage: FloorStage) -> None:
    """For a role that may do everything, the same keys open their questions."""
    async with cockpit(floor_stage.floor) as pilot:
        for keys in (["k"], ["e"], ["l"], ["m"], ["p"], ["n"], ["a"], ["4", "t"]):
            await press(pilot, keys)
            await at_rest(pilot)
            assert len(pilot.app.screen_stack) > 1, keys
            await press(pilot, ["escape"])
            await at_rest(pilot)


async def in_seat_panel(pilot: CockpitPilot, digit: str) -> list[str]:
    pilot.app.clear_notifications()
    await press(pilot, ["enter"])
    await until(pilot, lambda: "08:00" in text(pilot.app))
    await press(pilot, [digit])
    await at_rest(pilot)
    return said(pilot.app)


@pytest.mark.parametrize("role", ["viewer", "inspector"])
async def test_who_only_looks_at_a_seat_is_told_that_its_breaks_are_not_theirs(stage_of: StageOf, role: str) -> None:
    stage = stage_of(role=role)
    async with cockpit(stage.floor) as pilot:
        assert await in_seat_panel(pilot, "1") == ["您的角色不能停休"]
        assert "取消张小明" not in text(pilot.app)
        assert stage.acts == []


async def test_a_shift_lead_cancels_a_break_and_is_told_that_to_restore_it_is_the_supervisors(
    stage_of: StageOf,
) -> None:
    stage = stage_of(role="shift_lead")
    async with cockpit(stage.floor) as pilot:
        assert await in_seat_panel(pilot, "1") == []
        await press(pilot, ["y"])
        await until(pilot, lambda: stage.acts)
        stage.answer()
        stage.feed()
        await at_rest(pilot)
        await press(pilot, ["escape"])
        assert await in_seat_panel(pilot, "1") == ["您的角色不能恢复小休"]
        assert [kind for kind, *_ in stage.acts] == ["pause.cancel"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_who_lost_the_right_while_the_question_stood_is_told_in_words_and_keeps_the_text(
    stage_of: StageOf, language: str
) -> None:
    stage = stage_of(language=language)
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["m", *"back", "enter"])
        await press(pilot, ["m", *"again"])
        stage.sign_in("viewer")
        pilot.app.clear_notifications()
        await press(pilot, ["enter"])
        await at_rest(pilot)
        (sentence,) = said(pilot.app)
        assert term("command", "floor.message") in sentence
        assert "floor.message" not in sentence
        assert [data["text"] for _, _, data in stage.acts] == ["back"]
        stage.sign_in("supervisor")
        await press(pilot, ["m"])
        await at_rest(pilot)
        assert "again" in text(pilot.app)

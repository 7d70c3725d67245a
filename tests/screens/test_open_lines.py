"""While a line of text is open, the bottom line shows its keys; an empty line that needs text says so on Enter."""

from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.i18n import t, use_language
from floorctl.screens.app import CockpitApp
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.shell.dialogs import AskText, Confirm
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.sign_in import SignIn
from tests.quality_stage import CHIEF, QualityStage
from tests.scope import one_in
from tests.screens.filled_floor import filled_floor
from tests.screens.looking import CockpitPilot, acts, is_on_top, piloted, text, told, until
from tests.screens.opened import quality_of, scoring
from tests.screens.quality.test_form import submitted
from tests.screens.quality.test_quality import appealed


def footer(pilot: CockpitPilot) -> str:
    return text(pilot.app).splitlines()[-1]


@pytest.mark.parametrize("size", one_in(2, [(80, 24), (120, 36)]))
async def test_the_filter_line_has_its_keys_at_the_bottom_of_every_screen(
    stage: QualityStage, subtests: pytest.Subtests, size: tuple[int, int]
) -> None:
    stage.sign_in("supervisor", CHIEF)
    app = CockpitApp(stage.floor)
    async with piloted(app, size=size) as pilot:
        for key in "1234567s":
            with subtests.test(key=key):
                await pilot.press(key)
                await pilot.pause(0.3)
                before = footer(pilot)
                await pilot.press("slash", "a")
                await until(pilot, lambda: t("ui.line.filter") in footer(pilot))
                assert t("ui.bottom.help") not in footer(pilot)
                await pilot.press("escape")
                await until(pilot, lambda: t("ui.line.filter") not in footer(pilot))
                await until(pilot, lambda before=before: footer(pilot)[:12] == before[:12])


@pytest.mark.parametrize("keys", [("g",), ("c",), ("f", "B", "6")])
async def test_a_comment_has_its_keys_at_the_bottom_of_the_form(stage: QualityStage, keys: tuple[str, ...]) -> None:
    async with scoring(stage.floor, (80, 24)) as (pilot, _):
        await pilot.press(*keys)
        await until(pilot, lambda: "Esc" in footer(pilot))
        assert t("quality.form.line_hint") in footer(pilot)
        await pilot.press("x", "enter")
        await until(pilot, lambda: t("quality.form.line_hint") not in footer(pilot))
        assert "Ctrl+S" in footer(pilot)


async def test_enter_on_a_full_form_shows_the_total_and_only_y_submits_it(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f")
        await until(pilot, lambda: t("quality.form.hint_full", total="100.00") in footer(pilot))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "100.00" in text(pilot.app)
        assert acts(stage.floor) == []
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert acts(stage.floor) == []
        await pilot.press("enter", "y")
        await submitted(pilot, stage.floor)


async def test_enter_on_a_revision_asks_too(stage: QualityStage) -> None:
    stage.sign_in("supervisor", CHIEF)
    appealed(stage)
    n = len(acts(stage.floor))
    async with quality_of(stage.floor, "S") as (pilot, _):
        await pilot.press("v", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen))
        await pilot.press("B", "6", *"heard", "enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert len(acts(stage.floor)) == n
        await pilot.press("y")
        await until(pilot, lambda: len(acts(stage.floor)) == n + 1)


async def test_a_comment_that_is_needed_and_empty_is_asked_for_and_its_line_stays(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f", "B", "6", "enter")
        await until(pilot, lambda: screen.last_message is not None)
        assert screen.last_message is not None
        item = screen.sheet.item
        assert item is not None
        assert t("quality.form.lacks_comment", item=item.title) in footer(pilot)
        assert screen.typing
        await pilot.press(*"late", "enter")
        await until(pilot, lambda: not screen.typing)
        assert screen.form.comments[item.id] == "late"


@pytest.mark.parametrize(
    ("role", "home", "keys", "missing"),
    [
        ("supervisor", "1", ("n",), "text"),
        ("inspector", "5", ("o",), "reason"),
        ("shift_lead", "5", ("S", "e"), "reason"),
    ],
)
async def test_an_empty_line_that_needs_text_says_what_is_missing_and_stays(
    stage: QualityStage, role: str, home: str, keys: tuple[str, ...], missing: str
) -> None:
    if role != "inspector":
        stage.sign_in(role, CHIEF)
    app = CockpitApp(stage.floor)
    async with piloted(app, size=(120, 36)) as pilot:
        await pilot.press(home)
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press("space", "enter")
        await until(pilot, lambda: t(f"ui.ask.missing.{missing}") in text(app))
        assert isinstance(app.screen, AskText)
        await pilot.press("x")
        await until(pilot, lambda: t(f"ui.ask.missing.{missing}") not in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, AskText))


async def test_a_step_without_its_note_says_so_and_the_line_tells_its_keys(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, EscalationDialog))
        await pilot.press("1")
        await until(pilot, lambda: t("ui.alert.note_keys") in text(app))
        assert t("ui.alert.choose_step") not in text(app)
        await pilot.press("enter")
        await until(pilot, lambda: t("ui.alert.note_missing") in text(app))
        assert isinstance(app.screen, EscalationDialog)
        await pilot.press(*"told", "enter")
        await until(pilot, lambda: not isinstance(app.screen, EscalationDialog))
    floor.close()


async def test_signing_in_without_number_or_password_says_which(floor: Floor) -> None:
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        app.push_screen(SignIn())
        await until(pilot, lambda: isinstance(app.screen, SignIn))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: t("handover.ask.number_missing") in text(app))
        await pilot.press(*"1001", "enter", "enter")
        await until(pilot, lambda: t("handover.ask.password_missing") in text(app))
        assert isinstance(app.screen, SignIn)
        assert not told(pilot, t("ui.sign_in.wait"))


async def test_the_line_for_the_comment_opens_where_the_item_has_one_already(stage: QualityStage) -> None:
    """The reason for revised points is typed at once: no letter of it may act."""
    stage.sign_in("supervisor", CHIEF)
    appealed(stage)
    n = len(acts(stage.floor))
    async with quality_of(stage.floor, "S") as (pilot, _):
        await pilot.press("v", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen) and pilot.app.screen.query("#form"))
        screen = pilot.app.screen
        assert isinstance(screen, ScoringScreen)
        await pilot.press("B", "6", *"first", "enter")
        await until(pilot, lambda: not screen.typing)
        await pilot.press("B", "5", *" raze", "enter")
        await until(pilot, lambda: not screen.typing)
        item = screen.sheet.item
        assert item is not None and is_on_top(pilot, screen)
        assert screen.form.comments[item.id] == "first raze"
        assert screen.form.points[item.id] == 5
        assert len(acts(stage.floor)) == n


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_what_submits_is_in_sight_at_80_columns_and_nothing_lies_over_the_comment(
    stage: QualityStage, lang: str
) -> None:
    use_language(lang)
    async with scoring(stage.floor, (80, 24)) as (pilot, _):
        await pilot.press("f")
        await until(pilot, lambda: "Ctrl+S" in footer(pilot) and "100.00" in footer(pilot))
    stage.sign_in("supervisor", CHIEF)
    appealed(stage)
    for _ in range(2):  # the second time with what was changed the first time
        async with quality_of(stage.floor, "S", size=(80, 24)) as (pilot, _):
            await pilot.press("v", "2")
            await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen) and pilot.app.screen.query("#form"))
            screen = pilot.app.screen
            assert isinstance(screen, ScoringScreen)
            await pilot.press("B", "6", *"first", "enter")
            await until(pilot, lambda screen=screen: not screen.typing)
            assert not told(pilot, t("quality.revision_kept"))
            screen.last_message = None
            screen.refresh_bars()
            await until(pilot, lambda: "Ctrl+S" in footer(pilot))
            await pilot.press("escape")
            await until(pilot, lambda screen=screen: pilot.app.screen is not screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("keys", [("slash",), ("5", "enter", "f", "g")])
async def test_no_note_lies_over_a_line_that_is_open(
    stage: QualityStage, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    app = CockpitApp(stage.floor)
    async with piloted(app, size=size, notifications=True) as pilot:
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)
        await until(pilot, lambda: app.screen.typing)  # type: ignore[attr-defined]
        line = app.screen.focused
        assert line is not None
        for n in range(3):
            app.say(f"note {n}", severity="warning")
        await until(pilot, lambda: len(app.screen.query("Toast")) == 3)
        await until(pilot, lambda: "note 2" in text(app))
        assert not any(toast.region.overlaps(line.region) for toast in app.screen.query("Toast"))
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.typing)  # type: ignore[attr-defined]
        await until(pilot, lambda: all(toast.region.y > size[1] // 3 for toast in app.screen.query("Toast")))

"""What a trainee sees and does of a practice: hints, skipping, again, leaving early, on every screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rich.cells import cell_len

from floorctl.i18n import t, use_language
from floorctl.screens.coach import panel
from floorctl.screens.coach.cockpit import CoachedCockpit
from floorctl.screens.coach.given import TEXT, Given
from floorctl.screens.coach.page import ResultsPage, table
from floorctl.screens.coach.panel import CoachPanel
from floorctl.screens.coach.practice import Practice
from floorctl.screens.coach.tasks import TASKS
from floorctl.screens.coach.words import rows, verdict
from floorctl.screens.floor.screen import FloorScreen
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.registry import SCREENS
from floorctl.screens.shell.alarm import Alarm
from floorctl.screens.shell.dialogs import AskText
from tests.catalogues import texts
from tests.screens.demonstration.practice import demonstration
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import IN_TURN, CockpitPilot, at_rest, lines, on_top, piloted, text, until

NAMES = ("seats", "latest", "urge", "search")


def practice_of(*names: str) -> Practice:
    return Practice([task for task in TASKS if task.name in (names or NAMES)])


@asynccontextmanager
async def practising(
    stage: FloorStage, practice: Practice, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[CockpitPilot]:
    """Run a practice until its first task can be done."""
    try:
        async with piloted(CoachedCockpit(stage.floor, demonstration(), practice), size=size) as pilot:
            await until(pilot, lambda: practice.phase == "open")
            await at_rest(pilot)
            yield pilot
    finally:
        use_language("zh-CN")


def coach_says(pilot: CockpitPilot) -> str:
    """Return the coach's lines, which stand below the top bar."""
    return "\n".join(lines(pilot.app)[1:4])


async def press(pilot: CockpitPilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await at_rest(pilot)


async def test_the_lines_are_on_every_screen_and_cover_nothing_of_a_dialog(floor_stage: FloorStage) -> None:
    practice = practice_of("seats")
    async with practising(floor_stage, practice) as pilot:
        for entry in SCREENS.values():
            await press(pilot, entry.key)
            assert "练习 1/1" in coach_says(pilot), entry.kind
            assert pilot.app.screen.query_one(CoachPanel).size == (80, 3)
        await press(pilot, "1", "question_mark")
        dialog = pilot.app.screen
        assert not dialog.query(CoachPanel)
        assert dialog.query_one(".dialog").region.height > 10


async def test_what_is_looked_at_is_seen_by_the_key_for_the_next_task_and_counts_no_key(
    floor_stage: FloorStage,
) -> None:
    practice = practice_of()
    async with practising(floor_stage, practice) as pilot:
        assert "看清后按 F3" in coach_says(pilot)
        await press(pilot, "f3")
        assert practice.results["seats"].keys == 0
        assert not practice.results["seats"].skipped
        assert "看到了：不用按键" in coach_says(pilot)
        await press(pilot, "f3")
        assert "找到超时最久的工单" in coach_says(pilot)


async def test_the_clock_starts_with_the_first_key(floor_stage: FloorStage) -> None:
    practice = practice_of("urge")
    async with practising(floor_stage, practice) as pilot:
        await pilot.pause(30)
        assert "按第一个键开始计时" in coach_says(pilot)
        await pilot.press("2")
        await pilot.pause(5.5)
        assert "已用 1 键 · 5 秒 · 最少 5 键" in coach_says(pilot)


async def test_a_hint_shows_the_best_way_key_by_key_and_counts_as_help(floor_stage: FloorStage) -> None:
    practice = practice_of("urge")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "f2")
        assert "最快：3 Space Space Space u" in coach_says(pilot)
        await press(pilot, "f2")
        assert "最快：" not in coach_says(pilot)
        await press(pilot, "3", "space", "space", "space", "u")
        result = practice.results["urge"]
        assert (result.keys, result.helped, result.skipped) == (5, True, False)


async def test_a_skipped_task_shows_its_best_way_and_is_kept_as_skipped(floor_stage: FloorStage) -> None:
    practice = practice_of("urge", "search")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "3", "space", "f3")
        result = practice.results["urge"]
        assert (result.keys, result.skipped) == (2, True)
        assert "已跳过；最快：3 Space Space Space u" in coach_says(pilot)
        await press(pilot, "f3")
        assert practice.at == 1


async def test_a_task_that_is_done_again_begins_on_the_floor_screen_and_keeps_the_newer_result(
    floor_stage: FloorStage,
) -> None:
    practice = practice_of("latest")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "2", "3")
        assert practice.results["latest"].keys == 2
        await press(pilot, "f4")
        assert pilot.app.current_mode == "floor"
        assert practice.results["latest"].keys == 2, "until it has been done again"
        await press(pilot, "3")
        assert practice.results["latest"].keys == 1


async def test_a_new_task_closes_dialogs_and_begins_without_filter_and_marks(floor_stage: FloorStage) -> None:
    practice = practice_of("urge", "search")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "slash", "0", "enter", "space", "m")
        on_top(pilot, AskText)
        await press(pilot, "f3", "f3")
        assert "找到工单" in coach_says(pilot)
        assert not on_top(pilot, FloorScreen).filter_text
        assert not on_top(pilot, FloorScreen).query_one(SeatPlan).marked


async def test_a_text_counts_as_one_key_where_none_is_needed_and_as_none_where_it_is(floor_stage: FloorStage) -> None:
    practice = practice_of("urge", "search")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "slash", *"abc", "backspace", "escape")
        assert practice.attempt.used(practice.given.texts) == 3
        await press(pilot, "f3", "f3")
        await press(pilot, "f", *practice.given.words["number"])
        assert practice.results["search"].keys == 1


async def test_the_results_are_shown_at_any_time_and_by_themselves_at_the_end(floor_stage: FloorStage) -> None:
    practice = practice_of("seats", "latest")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "f8")
        assert isinstance(pilot.app.screen, ResultsPage)
        assert "还没有做完的练习" in text(pilot.app)
        await press(pilot, "escape", "f3", "f3", "3", "f3")
        assert isinstance(pilot.app.screen, ResultsPage)
        assert practice.attempt.keys == 0, "keys of the page are none of a task"
        await press(pilot, "escape")
        assert "练习完了" in coach_says(pilot)
        await press(pilot, "f4")
        assert "练习 1/2" in coach_says(pilot)


async def test_who_leaves_in_the_middle_of_a_task_has_it_kept_as_skipped(floor_stage: FloorStage) -> None:
    practice = practice_of("seats", "urge", "search")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "f3", "f3", "3", "ctrl+q")
    assert [(each.task, each.skipped) for each in practice.in_order] == [("seats", False), ("urge", True)]


async def test_a_locked_terminal_takes_no_key_of_the_practice_and_counts_none(floor_stage: FloorStage) -> None:
    practice = practice_of("urge")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "ctrl+l")
        before = practice.attempt.keys
        await press(pilot, "1", "f2", "f3", "f8")
        assert pilot.app.is_locked
        assert (practice.attempt.keys, practice.phase, practice.hinting) == (before, "open", False)


async def test_signing_in_as_another_counts_no_key(floor_stage: FloorStage) -> None:
    practice = practice_of("urge")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "f1", "down", "up", "escape")
        assert practice.attempt.keys == 0


async def test_an_alarm_that_comes_by_itself_counts_no_key(floor_stage: FloorStage) -> None:
    practice = practice_of("urge")
    async with practising(floor_stage, practice) as pilot:
        view = floor_stage.floor.alerts.all()[0]
        pilot.app.push_screen(Alarm(view, floor_stage.floor.now()))
        await at_rest(pilot)
        on_top(pilot, Alarm)
        await press(pilot, "x", "escape")
        assert practice.attempt.keys == 0


async def test_a_task_that_the_floor_has_nothing_for_is_left_out(floor_stage: FloorStage) -> None:
    practice = practice_of("latest", "sample")
    async with practising(floor_stage, practice) as pilot:
        await press(pilot, "3", "f3")
        assert [task.name for task in practice.tasks] == ["latest"]
        assert isinstance(pilot.app.screen, ResultsPage)


@pytest.mark.parametrize(("size", "language"), IN_TURN)
async def test_no_line_of_the_coach_is_cut(floor_stage: FloorStage, size: tuple[int, int], language: str) -> None:
    use_language(language)
    try:
        keys = ("p", "1", "w", "y", TEXT, "enter", "ctrl+s")
        words = {"seat": t("coach.seat", number="105", name="欧阳春晓"), "queue": "12345 综合业务"}
        words |= {"team": "综合业务一组", "number": "2026112500031", "item": "开头语"}
        for phase in ("set_up", "open", "ended", "over"):
            for task in TASKS:
                practice = Practice([task] * 13)
                practice.set_up(12 if phase != "over" else 13)
                practice.awaits_data = True
                if phase in ("open", "ended"):
                    practice.begin(Given(keys, words=words), 0.0)
                    for _ in range(15):
                        practice.pressed(1.0, text=False)
                if phase == "ended":
                    practice.end(99.9, floor_stage.floor.now())
                for line in panel.lines(practice, lambda: 600.0):
                    assert cell_len(line) <= 76, line
    finally:
        use_language("zh-CN")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_results_of_all_tasks_fit_into_the_smallest_terminal(floor_stage: FloorStage, language: str) -> None:
    practice = practice_of("seats")
    async with practising(floor_stage, practice) as pilot:
        use_language(language)
        for task in TASKS:
            one = Practice([task])
            one.set_up(0)
            one.begin(Given(("a", TEXT, "enter")), 0.0)
            one.hint()
            one.pressed(1.0, text=False)
            one.end(123.4, floor_stage.floor.now(), skipped=True)
            practice.results |= one.results
        practice.tasks = TASKS
        await press(pilot, "f8")
        page = text(pilot.app)
        for line in table(rows(practice.in_order)):
            assert line in page
        assert verdict(practice.in_order) in page
        assert t("coach.keys_page") in page


def test_every_task_has_its_words_in_both_languages() -> None:
    for language in ("zh-CN", "en"):
        known = texts(language)
        for task in TASKS:
            assert f"coach.task.{task.name}" in known
            assert f"coach.name.{task.name}" in known

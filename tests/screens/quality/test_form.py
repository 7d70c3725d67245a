"""质检评分, driven by keys on a real Floor: the form, its comments, what is kept and what is sent."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from textual.widgets import Input
from textual.worker import WorkerFailed

from floorctl.floor.floor import Floor
from floorctl.rules.quality import form as forms
from floorctl.screens.app import CockpitApp
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.quality.screen import QualityScreen
from tests.quality_stage import QualityStage, sample
from tests.screens.looking import (
    HOSTILE,
    IN_TURN,
    CockpitPilot,
    acts,
    at_rest,
    burst,
    controls,
    piloted,
    said,
    text,
    until,
)
from tests.screens.opened import scoring

#: Full marks but for one item with a comment, and the next sample: as many keys as an inspector presses.
ONE_LOSS = ("f", "B", "6", "enter", "enter", "y")


async def kept(pilot: CockpitPilot, screen: ScoringScreen) -> None:
    await at_rest(pilot)


async def submitted(pilot: CockpitPilot, floor: Floor, n: int = 1) -> None:
    await until(pilot, lambda: len(acts(floor)) == n)
    await until(pilot, lambda: not pilot.app.expects_keys)


# -- the keys of an inspector's day


async def test_six_keys_and_the_comment_from_the_floor_screen_to_the_next_sample(stage: QualityStage) -> None:
    floor = stage.floor
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        keys = ["5", "enter", "f", "B", "6", *"slow", "ctrl+s"]
        await pilot.press(*keys)
        await submitted(pilot, floor)
        assert len([key for key in keys if key not in "slow"]) == 6
        (kind, _, data), *_ = acts(floor)
        assert kind == "inspection.submit"
        assert data["sample_id"] == "sm-1"
        assert data["scores"] == [
            {"item_id": "open", "points": 4.0},
            {"item_id": "listen", "points": 6.0, "comment": "slow"},
            {"item_id": "once", "points": 10.0},
        ]
        screen = app.screen
        assert isinstance(screen, ScoringScreen)
        assert screen.opened.view.id == "sm-2"


async def test_five_keys_and_the_comment_a_sample_when_one_follows_the_other(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        for n, sample_id in enumerate(("sm-1", "sm-2", "sm-3"), 1):
            assert screen.opened.view.id == sample_id
            first, points, *rest = ONE_LOSS[:1], ONE_LOSS[1:3], *ONE_LOSS[3:]
            await pilot.press(*first, *points, *"ok", *rest)
            await submitted(pilot, stage.floor, n)
        assert {data["scores"][1]["points"] for _, _, data in acts(stage.floor)} == {6.0}
        assert len(ONE_LOSS) <= 6


async def test_keys_that_come_all_at_once_are_taken_in_their_order(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, _):
        burst(pilot, "f", "A", "3", "x", "1", "ctrl+s", "f", "C", "x", "n", "o", "enter", "enter", "y", "escape")
        await submitted(pilot, stage.floor, 2)
        await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
        first, second = (data["scores"] for _, _, data in acts(stage.floor))
        assert first[0] == {"item_id": "open", "points": 3.0, "comment": "x1"}
        assert (second[2].get("points"), second[2]["comment"]) == (None, "no")


# -- points


@pytest.mark.parametrize(
    ("keys", "points"),
    [
        (("2",), 2.0), (("2", ".", "5"), 2.5), (("minus",), 3.5), (("minus", "minus", "minus"), 2.5),
        (("plus",), 4.0), (("equals_sign",), 4.0), (("0",), 0.0), (("9",), None),
        (("2", "2"), 2.0), (("full_stop",), None), (("4",), 4.0), (("minus", "plus"), 4.0),
        (("3", "backspace"), 3.0),
    ],
)  # fmt: skip
async def test_only_what_is_on_the_scale_can_be_entered(
    stage: QualityStage, keys: tuple[str, ...], points: float | None
) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press(*keys)
        await pilot.pause(0.05)
        assert screen.form.points.get("open") == points


async def test_digits_make_a_larger_number_while_no_comment_has_begun(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("C", "1")
        assert (screen.form.points["once"], screen.commenting) == (1.0, "once")
        await pilot.press("0")
        assert screen.form.points["once"] == 10.0
        assert screen.commenting is None
        await pilot.press("1", "x", "0", "enter")
        await until(pilot, lambda: screen.form.comments == {"once": "x0"})
        assert screen.form.points["once"] == 1.0


async def test_a_lost_point_asks_for_its_comment_at_once_and_cannot_be_submitted_without(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f", "B", "5")
        assert isinstance(screen.focused, Input)
        await pilot.press("enter", "ctrl+s")
        await pilot.pause(0.1)
        assert screen.commenting == "listen", "asked for again"
        assert not acts(stage.floor)
        await pilot.press("escape", "c", *"late", "ctrl+s")
        await submitted(pilot, stage.floor)


async def test_what_is_missing_is_gone_to_when_it_is_submitted(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("4", "down", "8", "ctrl+s")
        await pilot.pause(0.1)
        assert screen.sheet.cursor == 2
        assert not acts(stage.floor)


async def test_an_item_that_must_apply_cannot_be_left_out_and_one_that_may_needs_a_comment(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("x")
        assert "open" not in screen.form.points
        await pilot.press("C", "x")
        assert screen.form.points == {"once": None}
        await pilot.press(*"none", "enter")
        await until(pilot, lambda: screen.form.comments == {"once": "none"})


async def test_a_fatal_error_makes_the_total_zero_and_can_be_taken_back(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f", "!", "1", "enter")
        await until(pilot, lambda: screen.form.fatal == ("abuse",))
        assert forms.total(screen.form) == 0
        assert "‼ 辱骂顶撞" in text(pilot.app)
        await pilot.press("!", "1", "enter")
        await until(pilot, lambda: screen.form.fatal == ())
        assert forms.total(screen.form) == 100


async def test_the_total_runs_along(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f")
        assert "100.00" in text(pilot.app)
        await pilot.press("B", "4", *"x", "enter")
        await until(pilot, lambda: screen.commenting is None)
        assert "81.82 ✗ 不合格" in text(pilot.app)


# -- what is kept


async def test_a_half_done_form_is_there_again_after_it_was_closed_and_after_the_program_was(tmp_path: Path) -> None:
    stage = QualityStage(tmp_path)
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("B", "6", *"slow", "enter", "g", *"fine", "enter", "C", "7", *"ab")
        await until(pilot, lambda: screen.form.comments.get("once") == "ab")
        before = screen.form
        await pilot.press("escape")  # out of the comment, which was not taken
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen))
        again = pilot.app.screen.form  # type: ignore[attr-defined]
        assert (again.points, again.comment) == (before.points, "fine")
        assert again.comments == {"listen": "slow"}
    stage.reopen()
    async with scoring(stage.floor) as (pilot, screen):
        assert screen.opened.view.id == "sm-1", "what was begun is the next"
        assert screen.form.points == before.points
        assert "待上传" in text(pilot.app)
    stage.floor.close()


async def test_what_is_typed_of_a_comment_is_on_the_disk_before_it_is_taken(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("B", "6", *"slo")
        await until(pilot, lambda: screen.form.comments == {"listen": "slo"})
        await kept(pilot, screen)
        saved = await asyncio.to_thread(stage.floor.scoring.form, "sm-1")
        assert (saved.points, saved.comments) == ({"listen": 6.0}, {"listen": "slo"})


async def test_a_form_can_be_begun_anew_once_that_is_confirmed(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f", "delete", "n")
        assert screen.form.points
        await pilot.press("delete", "y")
        await until(pilot, lambda: not screen.form.points)
        assert not (await asyncio.to_thread(stage.floor.scoring.form, "sm-1")).points


async def test_leaving_for_another_sample_keeps_the_form_of_this_one(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f", "]")
        await until(pilot, lambda: screen.opened.view.id == "sm-2")
        assert not screen.form.points
        await pilot.press("[")
        await until(pilot, lambda: screen.opened.view.id == "sm-1")
        assert len(screen.form.points) == 3


# -- what else may happen


async def test_a_rubric_that_changed_is_told_with_the_difference_and_the_form_carried_over(stage: QualityStage) -> None:
    floor = stage.floor
    async with scoring(floor) as (pilot, screen):
        await pilot.press("B", "6", *"slow", "enter", "A", "4")
        await kept(pilot, screen)
        rubric = screen.form.rubric
        first, second = rubric.sections[0].items
        items = (msgspec.structs.replace(first, points=5.0), second)
        section = msgspec.structs.replace(rubric.sections[0], items=items)
        await asyncio.to_thread(stage.change, ("rubric", "r-1"), sections=(section, *rubric.sections[1:]))
        await asyncio.to_thread(stage.feed)
        await until(pilot, lambda: "4 → 5" in text(pilot.app))
        assert "开头语 分值" in text(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: screen.form.points == {"open": 5.0, "listen": 6.0})
        await pilot.press("f", "ctrl+s")
        await submitted(pilot, floor)


async def test_a_sample_that_another_scored_meanwhile_says_so(stage: QualityStage) -> None:
    from tests.quality_stage import inspection

    async with scoring(stage.floor) as (pilot, _):
        stage.put(("inspection", "in-9"), inspection("sm-1", total=88.0))
        await asyncio.to_thread(stage.feed)
        await until(pilot, lambda: "周检 已评 88.00" in text(pilot.app))


async def test_a_sample_is_skipped_with_a_reason_and_the_next_one_opens(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        await pilot.press("f", "o", *"noise", "enter")
        await until(pilot, lambda: screen.opened.view.id == "sm-2")
        assert acts(stage.floor) == [("sample.skip", "sm-1", {"reason": "noise"})]


async def test_no_player_is_said_and_nothing_is_started(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, _):
        await pilot.press("p")
        await until(pilot, lambda: any("terminal.player" in each for each in said(pilot.app)))


async def test_the_transcript_is_beside_the_form_with_its_times_and_its_numbers_masked_until_revealed(
    stage: QualityStage,
) -> None:
    async with scoring(stage.floor) as (pilot, _):
        seen = text(pilot.app)
        assert "0:03 市民" in seen
        assert "13812345678" not in seen
        await pilot.press("r")
        await until(pilot, lambda: "13812345678" in text(pilot.app))


async def test_an_order_stands_beside_the_form_with_its_text_and_history(stage: QualityStage) -> None:
    stage.put(("sample", "sm-1"), sample(1, target={"kind": "order", "id": "o-1"}, order_id="o-1", call=None))
    stage.feed()
    async with scoring(stage.floor) as (pilot, _):
        seen = text(pilot.app)
        assert "工单" in seen
        assert stage.floor.orders.get("o-1").order.number in seen


async def test_the_last_sample_leads_back_to_the_list(stage: QualityStage) -> None:
    async with scoring(stage.floor) as (pilot, _):
        for n in range(1, 5):
            await pilot.press("f", "ctrl+s")
            await submitted(pilot, stage.floor, n)
        await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
        assert [data["sample_id"] for _, _, data in acts(stage.floor)] == ["sm-1", "sm-2", "sm-3", "sm-5"]


@pytest.mark.parametrize(("size", "lang"), IN_TURN)
async def test_every_size_and_language(stage: QualityStage, size: tuple[int, int], lang: str) -> None:
    stage.config = msgspec.structs.replace(stage.config, language=lang)
    stage.reopen()
    async with scoring(stage.floor, size) as (pilot, _):
        await pilot.press("f", "B", "5", *"because")
        await pilot.pause(0.1)
        seen = text(pilot.app)
        for words in ("A 开头语", "B 倾听", "5/8", "86.36", "because", "0:03"):
            assert words in seen, words


async def test_hostile_text_everywhere_in_a_sample_stays_text(stage: QualityStage) -> None:
    for n in range(3):
        evil = " ".join(HOSTILE[n::3])
        call = {"line": evil, "seconds": 3.0, "transcript": [{"speaker": evil, "at": 1.0, "text": evil}]}
        stage.put(("sample", f"sm-1{n:03}"), sample(n, reason=evil, target={"kind": evil, "id": evil}, call=call))
    stage.feed()
    async with scoring(stage.floor) as (pilot, screen):
        for at in range(3):
            await screen.open(f"sm-1{at:03}")
            await pilot.pause(0.05)
            assert controls(text(pilot.app)) == []
        assert screen.is_mounted


# -- leaving


async def reads_then_shows(read: asyncio.Event, screen: ScoringScreen) -> None:
    await read.wait()
    screen.query_one("#no-longer-there")


@pytest.mark.parametrize("newest", [False, True])
async def test_what_the_disk_brings_to_a_form_that_was_left_harms_nothing(stage: QualityStage, newest: bool) -> None:
    async with scoring(stage.floor) as (pilot, screen):
        read = asyncio.Event()
        if newest:
            screen.begin_newest(lambda: reads_then_shows(read, screen), "any")
        else:
            screen.begin(reads_then_shows(read, screen))
        await pilot.pause()
        left = pilot.app.pop_screen()
        read.set()  # while the first of its widgets are going
        await left
        await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
        await pilot.pause(0.1)
        assert pilot.app.is_running


async def test_a_widget_that_a_form_in_sight_ought_to_have_is_missed(stage: QualityStage) -> None:
    read = asyncio.Event()
    with pytest.raises(WorkerFailed, match="no-longer-there"):
        async with scoring(stage.floor) as (pilot, screen):
            screen.begin(reads_then_shows(read, screen))
            read.set()
            await pilot.pause(0.1)

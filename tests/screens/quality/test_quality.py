"""质检, driven by keys on a real Floor: the plan, progress, scores with their appeals, calibration, results, roles."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from floorctl.rules.quality import form as forms
from floorctl.rules.quality.form import Form
from floorctl.screens.app import CockpitApp
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.quality.revise import RevisingScreen
from floorctl.screens.quality.screen import QualityScreen
from floorctl.widgets import table as tables
from tests.quality_stage import CHIEF, ME, OTHER, QualityStage, inspection, sample
from tests.screens.looking import (
    HOSTILE,
    IN_TURN,
    CockpitPilot,
    acts,
    at_rest,
    controls,
    lines,
    loaded,
    piloted,
    text,
    told,
    until,
    whole,
)
from tests.screens.opened import quality_of
from tests.sync.storage import NOW


@pytest.fixture
def chief(stage: QualityStage) -> QualityStage:
    """The same stage for a supervisor who has scored nothing."""
    stage.sign_in("supervisor", CHIEF)
    return stage


def seen(pilot: CockpitPilot) -> str:
    return text(pilot.app)


def ids(screen: QualityScreen) -> list[str]:
    return [row.id for row in loaded(screen.table)]


# -- the plan


async def test_the_plan_begins_at_my_next_sample_and_has_mine_before_those_of_others(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (_, screen):
        assert ids(screen) == ["sm-1", "sm-2", "sm-3", "sm-5", "sm-4"]
        assert screen.table.cursor_id == "sm-1"


async def test_what_was_scored_or_skipped_goes_down_and_the_cursor_to_the_next(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen))
        await pilot.press("f", "ctrl+s")
        await until(pilot, lambda: len(acts(stage.floor)) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await at_rest(pilot)
        assert screen.table.cursor_id == "sm-2"
        assert ids(screen)[-1] == "sm-1"
        assert "↑待上传" in seen(pilot)


async def test_the_bottom_line_counts_the_day_here_and_on_the_floor(stage: QualityStage) -> None:
    stage.put(("sample", "sm-6"), sample(6, state="scored"))
    stage.feed()
    async with quality_of(stage.floor) as (pilot, _):
        await until(pilot, lambda: "质检 今日 1/6" in lines(pilot.app)[-1])
        await pilot.press("escape")
        await until(pilot, lambda: "质检 今日 1/6" in lines(pilot.app)[-1])


async def test_the_filter_the_day_and_mine_alone_narrow_the_plan(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        await pilot.press("i")
        await at_rest(pilot)
        assert "sm-4" not in ids(screen)
        await pilot.press("i", "/", *"校准", "enter")
        await at_rest(pilot)
        assert ids(screen) == ["sm-5"]
        await pilot.press("escape", "left")
        await at_rest(pilot)
        assert ids(screen) == ["sm-0"]
        await pilot.press("right", "right")
        await at_rest(pilot)
        assert len(ids(screen)) == 5, "tomorrow is not shown"


async def test_enter_on_a_contest_that_went_this_very_moment_does_nothing(chief: QualityStage) -> None:
    async with quality_of(chief.floor, "X") as (pilot, screen):
        screen.post_message(tables.PlainTable.Opened(screen.table, "gone"))
        await at_rest(pilot)
        assert (pilot.app.screen, acts(chief.floor)) == (screen, [])


@pytest.mark.parametrize("over", ["question_mark", "z"])
async def test_the_cursor_stays_on_its_sample_when_a_dialog_is_closed(stage: QualityStage, over: str) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        await pilot.press("o", *"noise", "enter")  # for the list of what was done
        await until(pilot, lambda: acts(stage.floor) != [])
        await at_rest(pilot)
        await pilot.press("end")
        last = screen.table.cursor_id
        assert last != screen.listing.first
        for _ in range(2):
            await pilot.press(over)
            await until(pilot, lambda: pilot.app.screen is not screen)
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is screen)
            await at_rest(pilot)
            assert screen.table.cursor_id == last


async def test_a_sample_is_skipped_from_the_list_with_a_reason(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        await pilot.press("o", *"noise", "enter")
        await until(pilot, lambda: acts(stage.floor) == [("sample.skip", "sm-1", {"reason": "noise"})])
        await at_rest(pilot)
        assert screen.table.cursor_id == "sm-2"


async def test_progress_is_told_per_inspector_and_per_agent_with_what_is_owed(stage: QualityStage) -> None:
    async with quality_of(stage.floor, "G") as (pilot, screen):
        shown = seen(pilot)
        for words in ("质检员", "李检", "周检", "话务员", "赵一", "本月还欠"):
            assert words in shown, words
        assert not screen.pane.display


@pytest.mark.parametrize("key", ["G", "S", "X", "C", "R"])
async def test_every_view_is_a_key_away_and_esc_leads_back_to_the_plan(stage: QualityStage, key: str) -> None:
    async with quality_of(stage.floor, key) as (pilot, screen):
        assert screen.request.view != "plan"
        await pilot.press("escape")
        await at_rest(pilot)
        assert screen.request.view == "plan"
        assert screen.table.cursor_id == "sm-1"


async def test_tab_goes_through_all_views(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, screen):
        visited = []
        for _ in range(6):
            visited.append(screen.request.view)
            await pilot.press("tab")
            await at_rest(pilot)
        assert visited == ["plan", "progress", "scores", "contests", "calibration", "results"]
        assert screen.request.view == "plan"


# -- scores and appeals


async def test_a_score_is_told_item_by_item_with_what_was_lost(chief: QualityStage) -> None:
    scores = [
        {"item_id": "open", "points": 4},
        {"item_id": "listen", "points": 5, "comment": "打断两次"},
        {"item_id": "once", "points": None, "comment": "无需告知"},
    ]
    chief.put(("inspection", "in-0"), inspection("sm-0", scores=scores, total=75.0, comment="总体尚可"))
    chief.feed()
    async with quality_of(chief.floor, "S") as (pilot, _):
        shown = seen(pilot)
        for words in ("75.00✗", "5/8", "打断两次", "×不适用", "无需告知", "总体尚可", "可申诉至"):
            assert words in shown, words


async def test_a_shift_lead_appeals_with_a_reason(stage: QualityStage) -> None:
    stage.sign_in("shift_lead", CHIEF)
    async with quality_of(stage.floor, "S") as (pilot, _):
        await pilot.press("e", *"unfair", "enter")
        await until(pilot, lambda: acts(stage.floor) == [("inspection.appeal", "in-0", {"reason": "unfair"})])
        await at_rest(pilot)
        assert "↑申诉中" in seen(pilot)


async def test_an_appeal_that_is_too_late_is_not_asked_about(stage: QualityStage) -> None:
    stage.sign_in("shift_lead", CHIEF)
    stage.put(("inspection", "in-0"), inspection("sm-0", submitted_at=(NOW - timedelta(days=9)).isoformat()))
    stage.feed()
    async with quality_of(stage.floor, "S") as (pilot, screen):
        await pilot.press("e")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        assert not acts(stage.floor)


def appealed(stage: QualityStage, **fields: object) -> None:
    appeal = {"by": "p-1003", "at": NOW.isoformat(), "reason": "录音里说了"}
    stage.put(("inspection", "in-0"), inspection("sm-0", state="appealed", appeal=appeal, **fields))
    stage.feed()


async def test_a_supervisor_upholds_a_score(chief: QualityStage) -> None:
    appealed(chief)
    async with quality_of(chief.floor, "S") as (pilot, _):
        assert "录音里说了" in seen(pilot)
        await pilot.press("v", "1")
        await until(pilot, lambda: acts(chief.floor) == [("inspection.decide", "in-0", {"decision": "upheld"})])


async def test_a_supervisor_revises_a_score_on_the_form(chief: QualityStage) -> None:
    appealed(chief)
    async with quality_of(chief.floor, "S") as (pilot, _):
        await pilot.press("v", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevisingScreen) and pilot.app.screen.query("#form"))
        await pilot.press("B", "6", *"later", "ctrl+s")
        await until(pilot, lambda: len(acts(chief.floor)) == 1)
        ((kind, target, data),) = acts(chief.floor)
        assert (kind, target, data["decision"]) == ("inspection.decide", "in-0", "revised")
        assert data["scores"][1] == {"item_id": "listen", "points": 6.0, "comment": "later"}
        await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
        assert not chief.floor.scoring.form("sm-0").points, "a revision leaves no draft"


async def test_the_form_of_a_decision_shows_the_appeal_and_warns_of_no_double_score(chief: QualityStage) -> None:
    appealed(chief)
    async with quality_of(chief.floor, "S") as (pilot, _):
        await pilot.press("v")
        await until(pilot, lambda: "申诉理由：录音里说了" in seen(pilot))
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevisingScreen) and pilot.app.screen.query("#form"))
        shown = seen(pilot)
        for words in ("录音里说了", "周检 评于", "100.00"):
            assert words in shown, words
        assert "双评" not in shown


async def test_a_revision_without_a_changed_point_is_refused_and_what_was_typed_stays(chief: QualityStage) -> None:
    appealed(chief)
    async with quality_of(chief.floor, "S") as (pilot, _):
        await pilot.press("v", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevisingScreen) and pilot.app.screen.query("#form"))
        await pilot.press("B", "c", *"heard again", "enter", "ctrl+s")
        await until(pilot, lambda: told(pilot, "分数一项都没有改"))
        assert isinstance(pilot.app.screen, RevisingScreen) and "heard again" in seen(pilot)
        assert not acts(chief.floor)
        await pilot.press("B", "6", "ctrl+s")
        await until(pilot, lambda: len(acts(chief.floor)) == 1)
        assert acts(chief.floor)[0][2]["scores"][1] == {"item_id": "listen", "points": 6.0, "comment": "heard again"}


async def test_nobody_decides_on_their_own_score(chief: QualityStage) -> None:
    appealed(chief, inspector_id=CHIEF)
    async with quality_of(chief.floor, "S") as (pilot, screen):
        await pilot.press("v")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        assert not acts(chief.floor)


async def test_what_waits_for_a_decision_is_counted_beside_its_view(chief: QualityStage) -> None:
    appealed(chief)
    async with quality_of(chief.floor) as (pilot, _):
        assert "S 成绩 1" in seen(pilot)


# -- calibration and results


def scored_by_both(stage: QualityStage) -> None:
    for at, (who, points) in enumerate(((ME, 8), (OTHER, 4))):
        scores = [
            {"item_id": "open", "points": 4},
            {"item_id": "listen", "points": points, "comment": "x"},
            {"item_id": "once", "points": 10},
        ]
        total = round((14 + points) / 22 * 100, 2)
        stage.put(("inspection", f"in-5{at}"), inspection("sm-5", inspector_id=who, scores=scores, total=total))
    stage.put(("sample", "sm-5"), sample(5, reason="calibration", state="scored"))
    stage.feed()


async def test_calibration_is_blind_until_all_have_scored(stage: QualityStage) -> None:
    stage.put(("inspection", "in-51"), inspection("sm-5", inspector_id=OTHER, total=61.0))
    stage.feed()
    async with quality_of(stage.floor, "C") as (pilot, _):
        assert "互盲中" in seen(pilot)
        assert "61.00" not in seen(pilot)


async def test_calibration_shows_the_spread_of_each_item_and_how_far_they_agree(stage: QualityStage) -> None:
    scored_by_both(stage)
    async with quality_of(stage.floor, "C") as (pilot, _):
        shown = seen(pilot)
        for words in ("李检", "周检", "倾听 4", "100.00", "81.82", "2/3"):
            assert words in shown, words
        agreed, kappa = shown.index("一致 2/3，最大差 4 分"), shown.index("1 完全一致")
        assert agreed < kappa, "words that everybody understands come first"


async def test_a_calibration_that_waits_for_me_says_so_and_enter_opens_its_form(stage: QualityStage) -> None:
    stage.put(("inspection", "in-51"), inspection("sm-5", inspector_id=OTHER, total=61.0))
    stage.feed()
    async with quality_of(stage.floor, "C") as (pilot, _):
        shown = seen(pilot)
        assert "待我评" in shown and "按 Enter 打开评分表" in shown
        assert "合计" not in shown, "there are no points to show yet"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen) and pilot.app.screen.query("#form"))
        assert pilot.app.screen.opened.view.id == "sm-5"  # type: ignore[attr-defined]


async def test_inspectors_who_differ_on_whether_an_item_applies_are_not_shown_as_equal(stage: QualityStage) -> None:
    scored_by_both(stage)
    scores = [
        {"item_id": "open", "points": 3.5},
        {"item_id": "listen", "points": 4},
        {"item_id": "once", "points": None},
    ]
    stage.put(("inspection", "in-51"), inspection("sm-5", inspector_id=OTHER, scores=scores))
    stage.feed()
    async with quality_of(stage.floor, "C") as (pilot, _):
        shown = seen(pilot)
        assert "适用不一" in shown
        assert "均 3.75" in shown, "a mean is not cut at one decimal"


async def test_a_calibration_is_walked_to_its_end_by_two_inspectors_and_a_supervisor(stage: QualityStage) -> None:
    for who, name, points in ((ME, "周检", "8"), (OTHER, "", "4")):
        stage.sign_in("inspector", who)
        for each in ("sm-1", "sm-2", "sm-3", "sm-4"):  # all but the calibration is done
            stage.change(("sample", each), state="scored")
        stage.feed()
        async with quality_of(stage.floor) as (pilot, screen):
            assert screen.table.cursor_id == "sm-5" and "我" in lines(pilot.app)[screen.table.region.y + 1]
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen) and pilot.app.screen.query("#form"))
            assert "检 已评" not in seen(pilot), "nobody is told of the other's score"
            await pilot.press("f", "B", points, *(() if points == "8" else ("x", "enter")), "ctrl+s")
            await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
            said = f"我的样本已评完（{name}还有 1 件）" if name else "今日样本已全部评完"
            await until(pilot, lambda said=said: told(pilot, said))
        stage.send_everything()
    stage.sign_in("supervisor", CHIEF)
    async with quality_of(stage.floor, "C") as (pilot, _):
        assert "一致 2/3，最大差 4 分" in seen(pilot)


async def test_a_blind_calibration_shows_no_count_and_no_points_to_a_supervisor_either(chief: QualityStage) -> None:
    chief.put(("inspection", "in-51"), inspection("sm-5", inspector_id=OTHER, total=61.0))
    chief.change(("sample", "sm-5"), state="scored")
    chief.feed()
    for view in ("P", "S", "C", "R"):
        async with quality_of(chief.floor, view) as (pilot, _):
            assert "61.00" not in seen(pilot), view
            if view == "C":
                assert "互盲中" in seen(pilot) and "还差" in seen(pilot)


async def test_results_are_told_by_agent_and_otherwise_with_the_months_lists(chief: QualityStage) -> None:
    for n in range(4):
        chief.put(("sample", f"sm-9{n}"), sample(9, state="scored"))
        chief.put(("inspection", f"in-9{n}"), inspection(f"sm-9{n}", total=70.0 + n, agent_id="p-2000"))
    chief.feed()
    async with quality_of(chief.floor, "R") as (pilot, screen):
        shown = seen(pilot)
        for words in ("按话务员", "赵一", "钱二", "71.50", "奖励名单", "惩处名单", "待辅导", "全月 5 份"):
            assert words in shown, words
        groups = [screen.request.group]
        for _ in range(7):
            await pilot.press("b")
            await at_rest(pilot)
            groups.append(screen.request.group)
        assert groups[3:] == ["by_item", "by_month", "top", "below_pass", "for_coaching"]
        assert "不合格" in seen(pilot)


async def test_a_trend_over_months_is_drawn(chief: QualityStage) -> None:
    for n, months_ago in enumerate((0, 1, 2)):
        at = NOW - timedelta(days=31 * months_ago)
        day = at.date().isoformat()
        chief.put(("sample", f"sm-8{n}"), sample(8, day=day, state="scored"))
        chief.put(("inspection", f"in-8{n}"), inspection(f"sm-8{n}", total=80.0 + n, submitted_at=at.isoformat()))
    chief.feed()
    async with quality_of(chief.floor, "R") as (pilot, _):
        assert any("⠀" < char <= "⣿" for char in seen(pilot))


# -- who may what


async def test_a_viewer_sees_nobodys_scores(stage: QualityStage) -> None:
    stage.sign_in("viewer", CHIEF)
    async with quality_of(stage.floor) as (pilot, screen):
        for key in ("P", "S", "X", "C", "R"):
            await pilot.press(key)
            await at_rest(pilot)
            assert ids(screen) == []
            assert "看不到质检成绩" in seen(pilot)


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("inspector", {"skip"}),
        ("shift_lead", {"appeal"}),
        ("supervisor", {"skip", "appeal", "decide"}),
        ("viewer", set()),
    ],
)
async def test_what_a_role_may_not_do_is_not_offered(stage: QualityStage, role: str, offered: set[str]) -> None:
    stage.sign_in(role, CHIEF)
    async with quality_of(stage.floor) as (pilot, _):
        await pilot.press("question_mark")
        await pilot.pause(0.05)
        shown = "\n".join(str(each.render()) for each in pilot.app.screen.query("Static"))
        words = {"skip": "跳过样本", "appeal": "申诉", "decide": "复核或裁定"}
        named = {each for each, word in words.items() if f" {word}" in shown.replace("成绩与申诉", "")}
        assert named == offered


async def test_a_shift_lead_reads_a_sample_and_gets_no_form(stage: QualityStage) -> None:
    stage.sign_in("shift_lead", CHIEF)
    async with quality_of(stage.floor) as (pilot, screen):
        await pilot.press("enter")
        await at_rest(pilot)
        assert pilot.app.screen is screen
        assert screen.has_class("reading")


async def test_the_palette_finds_the_keys_of_the_form_while_it_is_open(stage: QualityStage) -> None:
    async with quality_of(stage.floor) as (pilot, _):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScoringScreen) and pilot.app.screen.query("#form"))
        form = pilot.app.screen
        assert isinstance(form, ScoringScreen)
        await pilot.press("ctrl+p", *"qygxmf", "enter")
        await until(pilot, lambda: len(form.form.points) == 3)


# -- how it looks


@pytest.mark.parametrize(("size", "lang"), IN_TURN)
async def test_every_size_and_language(chief: QualityStage, size: tuple[int, int], lang: str) -> None:
    scored_by_both(chief)
    chief.config = replace(chief.config, language=lang)
    chief.reopen()
    async with quality_of(chief.floor, size=size) as (pilot, _):
        for key in ("P", "G", "S", "X", "C", "R"):
            await pilot.press(key)
            await at_rest(pilot)
            # The views, what they are narrowed to, the names of the columns, the first row.
            assert "…" not in "\n".join(line.partition("│")[0] for line in lines(pilot.app)[1:5])


async def test_hostile_text_in_every_field_stays_text(chief: QualityStage) -> None:
    for n, evil in enumerate(HOSTILE):
        chief.put(("sample", f"x-{n}"), sample(n, reason=evil, state=evil, agent_id=evil, inspector_id=evil))
        scores = [{"item_id": evil, "points": 1, "comment": evil}]
        chief.put(
            ("inspection", f"y-{n}"),
            inspection(
                f"x-{n}",
                scores=scores,
                fatal=[evil],
                comment=evil,
                state=evil,
                agent_id=evil,
                inspector_id=evil,
                appeal={
                    "by": evil,
                    "at": NOW.isoformat(),
                    "reason": evil,
                    "decision": evil,
                    "decided_by": evil,
                    "decided_at": NOW.isoformat(),
                },
            ),
        )
    chief.feed()
    async with quality_of(chief.floor) as (pilot, screen):
        for key in ("P", "G", "S", "R"):
            await pilot.press(key)
            await at_rest(pilot)
            assert screen.table.total >= len(HOSTILE) or key in ("G", "R")
            for at in range(screen.table.total):
                await screen.table.go_to(at)
                drawn = [*screen.table.picture(120, 40), *whole(screen.pane)]
                assert controls("\n".join("".join(piece.text for piece in line) for line in drawn)) == []


async def test_it_can_be_left_while_it_reads(stage: QualityStage) -> None:
    app = CockpitApp(stage.floor)
    async with piloted(app, size=(120, 36)) as pilot:
        for _ in range(3):
            await pilot.press("5", "1")
        await pilot.press("5", "enter", "escape", "1")
        await asyncio.sleep(0.2)
        assert app.is_running


# -- two scores of one sample


async def contested(stage: QualityStage) -> None:
    """Show a double score: somebody else had scored the sample first, and ours is refused."""
    scores = [
        {"item_id": "open", "points": 4},
        {"item_id": "listen", "points": 6, "comment": "慢"},
        {"item_id": "once", "points": 10},
    ]
    item = await asyncio.to_thread(stage.floor.scoring.submit, full_but_listening(stage))
    stage.put(("inspection", "in-77"), inspection("sm-1", scores=scores, total=90.91))
    stage.change(("sample", "sm-1"), state="scored")
    await asyncio.to_thread(stage.answer, item)
    await asyncio.to_thread(stage.feed)


def full_but_listening(stage: QualityStage) -> Form:
    form = forms.with_comment(forms.with_points(stage.floor.scoring.form("sm-1"), "listen", 2), "listen", "打断")
    return forms.full(form)


async def test_two_scores_of_one_sample_are_told_and_stand_side_by_side(stage: QualityStage) -> None:
    await contested(stage)
    async with quality_of(stage.floor) as (pilot, screen):
        assert "X 双评 1" in seen(pilot)
        await pilot.press("X")
        await at_rest(pilot)
        shown = seen(pilot)
        for words in ("90.91 周检", "72.73 李检", "6 慢", "2 打断", "≠"):
            assert words in shown, words
        await pilot.press("enter")
        await at_rest(pilot)
        assert pilot.app.screen is screen, "an inspector does not decide"


@pytest.mark.parametrize("choice", ["1", "2"])
async def test_a_supervisor_decides_between_two_scores(stage: QualityStage, choice: str) -> None:
    await contested(stage)
    stage.sign_in("supervisor", CHIEF)
    async with quality_of(stage.floor, "X") as (pilot, screen):
        await pilot.press("enter", choice, *"ok", "enter")
        await until(pilot, lambda: stage.floor.outbox.items(("dropped",)))
        kinds = [kind for kind, _, _ in acts(stage.floor) if kind != "inspection.submit"]
        assert kinds == ([] if choice == "1" else ["inspection.appeal", "inspection.decide"])
        await at_rest(pilot)
        assert ids(screen) == []


async def test_whoever_gave_the_first_is_told_before_they_type_a_reason(stage: QualityStage) -> None:
    await contested(stage)
    stage.sign_in("supervisor", OTHER)
    async with quality_of(stage.floor, "X") as (pilot, _):
        await pilot.press("enter")
        await until(pilot, lambda: "以哪份为准" in seen(pilot))
        assert "先评的人不能改为采用后评" in seen(pilot) and "采用后评：" not in seen(pilot)


async def test_while_another_view_is_read_the_one_before_is_shown_whole(chief: QualityStage) -> None:
    async with quality_of(chief.floor) as (pilot, screen):
        for view in ("results", "plan", "scores", "calibration", "contests"):
            screen.action_view(view)
            screen.pane.repaint()
        await at_rest(pilot)
        assert screen.shown_request.view == "contests"


async def test_a_revision_that_is_left_is_offered_again_until_it_is_decided(chief: QualityStage) -> None:
    appealed(chief)
    async with quality_of(chief.floor, "S") as (pilot, _):
        await pilot.press("v", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevisingScreen) and pilot.app.screen.query("#form"))
        await pilot.press("B", "6", *"heard again", "enter", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, QualityScreen))
        await pilot.press("v", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevisingScreen) and pilot.app.screen.query("#form"))
        assert "heard again" in seen(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(acts(chief.floor)) == 1)
        assert acts(chief.floor)[0][2]["scores"][1] == {"item_id": "listen", "points": 6.0, "comment": "heard again"}


async def test_a_sample_that_another_was_given_stays_under_the_cursor_and_its_neighbour_is_not_opened(
    stage: QualityStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    async with quality_of(stage.floor, "i") as (pilot, screen):
        here = screen.table.cursor_id or ""
        assert (here, screen.table.total > 1) == ("sm-1", True)
        stage.put(("sample", here), sample(1, inspector_id=OTHER))
        stage.feed()
        await until(pilot, lambda: screen.table.gone_id == here)
        for key in ("enter", "o"):
            await pilot.press(key)
            await at_rest(pilot)
            assert pilot.app.screen is screen
        assert told(pilot, "此行已不在列表中")
        assert acts(stage.floor) == []

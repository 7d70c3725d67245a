"""Refused commands and conflicts on Sync: shown with both sides, decided by roles that may, never lost."""

import pytest

from floorctl.floor.views import OutboxItem
from floorctl.i18n import t, term
from floorctl.screens.sync.conflict import Decide, read_parked
from floorctl.widgets.table import PlainTable
from tests.build import Entities
from tests.quality_stage import QualityStage, inspection
from tests.screens.floor_stage import STARTED, FloorStage, StageOf
from tests.screens.looking import PROGRAMS, CockpitPilot, at_rest, cockpit, in_sight, lines, press, reads, said, text

LANGUAGES = ("zh-CN", "en")


def no_call(stage: FloorStage) -> OutboxItem:
    """Listen in to a call that ends before the command arrives."""
    item = stage.floor.seats.listen("s-01", "listen")
    stage.change(("seat", "s-01"), state="wrap_up", call=None)
    return answered(stage, item)


def other_queues(stage: FloorStage) -> OutboxItem:
    """Set the queues of a seat that somebody else sets first."""
    item = stage.floor.seats.set_skills("s-02", ["q-12333"])
    stage.change(("seat", "s-02"), skills=("q-12320",))
    return answered(stage, item)


def other_shift(stage: FloorStage) -> OutboxItem:
    """Cancel a break of a shift that is given to somebody else first."""
    item = stage.floor.seats.cancel_pause("s-03", "sh-p-2002", 0)
    stage.change(("shift", "sh-p-2002"), person_id="p-2001")
    return answered(stage, item)


def answered(stage: FloorStage, item: OutboxItem) -> OutboxItem:
    stage.answer(item)
    stage.feed()
    return stage.floor.outbox.item(item.id)


def given_elsewhere(stage: FloorStage) -> OutboxItem:
    """Sign a handover that somebody else signs first, at another terminal."""
    handover = Entities(STARTED).handover()
    stage.put(("handover", "h-1"), handover)
    stage.feed()
    item = stage.floor.desk.submit("handover.give", "h-1", {"summary": "一切正常"})
    stage.change(("handover", "h-1"), state="given", given_by="p-2003", given_at=STARTED, summary="主干光缆抢修中")
    return answered(stage, item)


async def on_sync(pilot: CockpitPilot) -> None:
    await press(pilot, ["s"])
    await at_rest(pilot)


def line_of(pilot: CockpitPilot, word: str) -> str:
    return next(line for line in in_sight(pilot.app) if line.lstrip(" │").startswith(word))


async def test_only_what_a_thing_has_itself_is_compared(stage_of: StageOf) -> None:
    stage = stage_of()
    no_call(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        assert "监听" in line_of(pilot, "方式")
        assert "≠" not in line_of(pilot, "方式"), "a seat has no way of being listened to"
    stage = stage_of()
    other_queues(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        assert "12333 人社" in line_of(pilot, "技能")
        assert "≠" in line_of(pilot, "技能")


async def test_beside_a_parked_command_is_what_is_held_now_of_any_kind_of_target(stage_of: StageOf) -> None:
    stage = stage_of()
    given_elsewhere(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        assert reads(pilot.app, "主干光缆抢修中")
        assert reads(pilot.app, "已交班")
        assert t("sync.side.unknown") not in text(pilot.app)


async def test_a_score_that_the_person_may_not_see_yet_is_not_shown_beside_a_command(
    stage: QualityStage, subtests: pytest.Subtests
) -> None:
    for at, sample_id, seen in ((1, "sm-0", True), (2, "sm-5", False)):
        key = ("inspection", f"in-x{at}")
        stage.put(key, inspection(sample_id, total=97.5))
        stage.feed()
        stage.sign_in("shift_lead", "p-1009")
        item = stage.floor.desk.submit("inspection.appeal", key[1], {"reason": "评分有误"})
        stage.change(key, state="upheld", total=83.5, comment="维持原判")
        stage.answer(item)
        stage.feed()
        with subtests.test(sample=sample_id):
            parked = read_parked(stage.floor, stage.floor.outbox.item(item.id))
            assert parked.item.state == "conflict"
            assert (parked.current is not None and parked.current["total"] == 83.5) is seen


@pytest.mark.parametrize(("language", "field", "words"), [("zh-CN", "休息", "小休"), ("en", "Break", "Break")])
async def test_a_break_is_called_by_its_time_not_by_its_place_among_others(
    stage_of: StageOf, language: str, field: str, words: str
) -> None:
    stage = stage_of(language=language)
    other_shift(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        assert f"{words} 15:32" in line_of(pilot, field).removeprefix(field)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_waits_to_be_sent_is_the_same_number_above_and_on_the_screen(
    stage_of: StageOf, language: str
) -> None:
    stage = stage_of(language=language)
    for done in (no_call, other_queues):
        done(stage)
    stage.floor.alerts.acknowledge("a-1")
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        (
            top,
            *_,
        ) = lines(pilot.app)
        assert f"{t('ui.top.waiting')} 1 " in top
        assert t("ui.top.parked", n=2) in top
        assert f"{t('sync.count.waiting')} 1 " in text(pilot.app)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ["viewer", "inspector", "shift_lead"])
async def test_who_may_not_do_an_act_decides_nothing_about_it_and_is_told_so_before_anything_is_asked(
    stage_of: StageOf, subtests: pytest.Subtests, role: str, language: str
) -> None:
    stage = stage_of(language=language)
    acts = [no_call(stage), other_queues(stage)]
    if role == "shift_lead":  # who may do all of these, but for what is the supervisor's
        item = stage.floor.desk.submit("shift.remove", "sh-p-2003", {})
        stage.change(("shift", "sh-p-2003"), name="evening")
        acts = [answered(stage, item)]
    stage.sign_in(role)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        screen = pilot.app.screen
        for item in acts:
            await press(pilot, ["home"])
            while screen.query_one(PlainTable).cursor_id != item.id:
                await press(pilot, ["down"])
            for key in ("g", "e", "x", "enter"):
                pilot.app.clear_notifications()
                await press(pilot, [key])
                await at_rest(pilot)
                with subtests.test(act=item.kind, key=key):
                    assert pilot.app.screen is screen, "it asks something"
                    assert said(pilot.app) == [t("orders.may_not", act=term("command", item.kind))]
    assert [stage.floor.outbox.item(item.id) for item in acts] == acts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("keys", [["g"], ["enter", "1"]], ids=["again", "decided"])
async def test_what_is_refused_a_second_time_stands_there_again_with_the_reason(
    stage_of: StageOf, language: str, keys: list[str]
) -> None:
    stage = stage_of(language=language)
    first = no_call(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        await press(pilot, keys)
        await at_rest(pilot)
        (sentence,) = said(pilot.app)
        assert t("sync.said.again", n=1) in sentence
        [again] = stage.floor.outbox.items(("waiting",))
        assert answered(stage, again).state == "refused"
        await at_rest(pilot)
        await press(pilot, ["home"])
        await at_rest(pilot)
        assert reads(pilot.app, "通话" if language == "zh-CN" else "There is no call at this seat")
        assert said(pilot.app) == [sentence], "it stands in the list, where somebody looks"
    assert [(each.id, each.state, each.data) for each in stage.floor.outbox.items()] == [
        (again.id, "refused", first.data),
        (first.id, "dropped", first.data),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_of_several_done_again_the_platform_takes_what_it_can_and_the_others_stay(
    stage_of: StageOf, language: str
) -> None:
    stage = stage_of(language=language)
    no_call(stage)
    goes = other_queues(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        await press(pilot, ["space", "space", "g"])
        await at_rest(pilot)
        (sentence,) = said(pilot.app)
        assert t("sync.said.again", n=2) in sentence
        states = {each.kind: answered(stage, each).state for each in stage.floor.outbox.items(("waiting",))}
        assert states == {"seat.listen": "refused", "seat.skills": "applied"}
        await at_rest(pilot)
        assert t("ui.top.parked", n=1) in lines(pilot.app)[0]
    seat = next(view.seat for view in stage.floor.seats.all() if view.id == "s-02")
    assert list(seat.skills) == goes.data["skills"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_conflict_over_again_is_a_conflict_again_and_keeps_what_was_wanted(
    stage_of: StageOf, language: str
) -> None:
    stage = stage_of(language=language)
    first = other_queues(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        await press(pilot, ["g"])
        await at_rest(pilot)
        stage.change(("seat", "s-02"), skills=("q-12345", "q-12320"))
        [again] = stage.floor.outbox.items(("waiting",))
        assert answered(stage, again).state == "conflict"
        await at_rest(pilot)
        await press(pilot, ["home"])
        assert "12333" in line_of(pilot, t("sync.field.skills"))
        assert "12320" in line_of(pilot, t("sync.field.skills"))
    assert stage.floor.outbox.item(again.id).data == first.data


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_another_window_has_decided_meanwhile_is_said_and_not_decided_twice(
    stage_of: StageOf, language: str
) -> None:
    stage = stage_of(language=language)
    item = other_queues(stage)
    async with cockpit(stage.floor) as pilot:
        await on_sync(pilot)
        await press(pilot, ["enter"])
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Decide)
        stage.floor.desk.drop(item.id, "elsewhere")
        await press(pilot, ["1"])
        await at_rest(pilot)
        (sentence,) = said(pilot.app)
        assert not PROGRAMS.search(sentence), sentence
        assert [(each.state, each.reason) for each in stage.floor.outbox.items()] == [("dropped", "elsewhere")]

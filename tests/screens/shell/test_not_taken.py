"""A command that the platform refuses: one notification says so, its data stays, the row shows the platform's state."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from floorctl.floor.views import OutboxItem
from floorctl.i18n import term
from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Ref
from floorctl.models.team import Pause
from floorctl.screens.shell.not_taken import NotTaken
from tests.floor_access import read_model_of
from tests.scope import FULL
from tests.screens.floor_stage import STARTED, FloorStage, StageOf
from tests.screens.looking import PROGRAMS, CockpitPilot, at_rest, cockpit, press, said, text, until

LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True)
class Case:
    """An act by ``keys`` that is refused because of ``meanwhile``. ``why``: in both languages; ``kept``: its data."""

    keys: Sequence[str]
    meanwhile: Callable[[FloorStage], object]
    state: str
    kind: str
    act: tuple[str, str]
    why: tuple[str, str]
    kept: dict[str, Any]


def changed(kind: str, each: str, **fields: Any) -> Callable[[FloorStage], object]:
    return lambda stage: stage.change((kind, each), **fields)


def gone(seat_id: str) -> Callable[[FloorStage], object]:
    return lambda stage: stage.platform.pop(("seat", seat_id))


SEAT_04 = ["right", "right", "right"]
CASES = {
    "nobody there": Case(
        [*SEAT_04, "e", "1"], changed("seat", "s-04", state="signed_out", person_id=None, shift_id=None), "refused",
        "seat.state", ("强制坐席状态", "Force seat state"), ("该坐席无人签入", "Nobody is signed in at this seat"),
        {"state": "ready"},
    ),
    "call ended": Case(
        ["l", "1"], changed("seat", "s-01", state="wrap_up", call=None), "refused", "seat.listen",
        ("监听", "Listen"), ("通话", "There is no call at this seat"), {"mode": "listen"},
    ),
    "seat taken away": Case(
        ["m", *"回席", "enter"], gone("s-01"), "refused", "floor.message", ("消息", "essage"),
        ("对象不存在", "It does not exist"), {"text": "回席", "seat_ids": ["s-01"]},
    ),
    "one of several taken away": Case(
        [*SEAT_04, "space", "space", "m", *"回席", "enter"],
        gone("s-05"),
        "refused",
        "floor.message",
        ("消息广播", "Message agents"),
        ("坐席（第 2 项）：不存在", "Seats (no. 2): It does not exist"),
        {"text": "回席", "seat_ids": ["s-04", "s-05"]},
    ),
    "shift of another": Case(
        ["p", "0", "y"], changed("shift", "sh-p-2000", person_id="p-2001"), "refused", "pause.cancel",
        ("停休", "break"), ("班次", "The shift is not that of the seat's person"),
        {"shift_id": "sh-p-2000", "pause": 0},
    ),
    "alert closed": Case(
        ["a"], changed("alert", "a-1", state="closed"), "refused", "alert.acknowledge",
        ("确认预警", "Acknowledge"), ("预警已解除", "The alert is closed already"), {},
    ),
    "step done by another": Case(
        ["a", "1", *"told", "enter"],
        lambda stage: stage.change(("alert", "a-1"), state="closed"),
        "refused",
        "alert.step",
        ("电话通知部门", "Phone the department"),
        ("预警已解除", "The alert is closed already"),
        {"step": "phone_department", "note": "told"},
    ),
    "order handled": Case(
        ["3", "home", "u"],
        lambda stage: stage.change(("order", last(stage).target.id), state="handled", handled_at=STARTED),
        "refused",
        "order.urge",
        ("催办", "Urge"),
        ("不能再催办", "can no longer be urged"),
        {"level": 1},
    ),
    "order dispatched by another": Case(
        ["3", "D", "home", "d", "down", "enter"],
        lambda stage: stage.change(("order", last(stage).target.id), state="dispatched", dispatched_at=STARTED),
        "conflict",
        "order.dispatch",
        ("派单", "Dispatch"),
        ("已被别人改动", "someone else has changed it"),
        {"department_ids": ["d-1"]},
    ),
    "queues changed": Case(
        ["k", "2", "enter"], changed("seat", "s-01", skills=("q-12320",)), "conflict", "seat.skills",
        ("技能调整", "Change skills"), ("已被别人改动", "someone else has changed it"), {"skills": ["q-12333"]},
    ),
    "breaks changed": Case(
        ["p", "0", "p", "y"],
        changed("shift", "sh-p-2000", pauses=(Pause(kind="break", starts_at=STARTED + timedelta(hours=3),
                                                    ends_at=STARTED + timedelta(hours=4)),)),
        "conflict", "shift.assign", ("推迟小休", "Postpone break"), ("已被别人改动", "someone else has changed it"), {},
    ),
    "alert changed": Case(
        ["4", "down", "x", *"已回电", "enter"], changed("alert", "a-2", title="又派了"), "conflict", "alert.close",
        ("解除预警", "Close"), ("已被别人改动", "someone else has changed it"), {"note": "已回电"},
    ),
}  # fmt: skip


def last(stage: FloorStage) -> OutboxItem:
    return max(stage.floor.outbox.items(), key=lambda item: item.seq)


async def told(pilot: CockpitPilot, stage: FloorStage, case: Case) -> str:
    """Do the act, let the platform answer, and return the notification."""
    await press(pilot, case.keys)
    await at_rest(pilot)
    assert last(stage).kind == case.kind, said(pilot.app)
    pilot.app.clear_notifications()
    case.meanwhile(stage)
    stage.answer(last(stage))
    await at_rest(pilot)
    assert last(stage).state == case.state
    (sentence,) = said(pilot.app)
    return sentence


#: Each sentence in both languages; in ``make test`` in one of them, by turns.
SAID = [(name, language) for name in CASES for language in LANGUAGES]


@pytest.mark.parametrize(("name", "language"), SAID if FULL else SAID[::4] + SAID[3::4])
async def test_what_is_not_taken_is_said_in_one_sentence_and_nothing_of_it_is_lost(
    stage_of: StageOf, name: str, language: str
) -> None:
    case, stage, at = CASES[name], stage_of(language=language), LANGUAGES.index(language)
    async with cockpit(stage.floor) as pilot:
        sentence = await told(pilot, stage, case)
        assert case.act[at] in sentence
        assert case.why[at] in sentence
        assert ("按 s" if language == "zh-CN" else "press s") in sentence
        assert not PROGRAMS.search(sentence), sentence
        item = last(stage)
        assert case.kept.items() <= item.data.items()
        # What it was to change is as the platform has told, until that tells more.
        for key in [key for key in stage.held if key[0] in ("seat", "alert", "shift", "order")]:
            assert read_model_of(stage.floor).lookup(*key) == stage.expected(key)[0], key
        await press(pilot, ["escape", "s"])
        await at_rest(pilot)
        assert term("command", item.kind) in text(pilot.app)


async def test_an_act_on_several_that_comes_to_nothing_is_told_once_and_with_what_else_did(
    floor_stage: FloorStage,
) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, [*SEAT_04, "space", "space", "space", "e", "1", "home", "k", "2", "enter"])
        await at_rest(pilot)
        pilot.app.clear_notifications()
        for each in ("s-04", "s-05", "s-06"):
            stage.change(("seat", each), state="signed_out", person_id=None, shift_id=None)
        stage.change(("seat", "s-01"), skills=("q-12320",))
        made = sorted(stage.floor.outbox.items(), key=lambda item: item.seq)
        for item in made[:3]:
            stage.answer(item)
        await at_rest(pilot)
        assert said(pilot.app) == ["平台不接受“强制坐席状态 ×3 04、05、06”：该坐席无人签入。操作已保留，按 s 处理"]
        pilot.app.clear_notifications()
        stage.answer(made[3])
        await at_rest(pilot)
        (sentence,) = said(pilot.app)
        assert "技能调整" in sentence, "what was told is not told again"


async def test_what_waits_for_a_decision_at_the_start_is_counted_and_not_told_as_news(floor_stage: FloorStage) -> None:
    stage = floor_stage
    refused = stage.floor.seats.set_state("s-04", "ready")
    stage.change(("seat", "s-04"), state="signed_out", person_id=None, shift_id=None)
    stage.answer(refused)
    async with cockpit(stage.floor) as pilot:
        await at_rest(pilot)
        assert "待处理 1" in text(pilot.app)
        await press(pilot, ["m", *"回席", "enter"])
        await at_rest(pilot)
        assert not any("不接受" in each for each in said(pilot.app))


async def test_news_before_what_waited_is_known_tells_nothing_of_it(floor_stage: FloorStage) -> None:
    refused = floor_stage.floor.seats.set_state("s-04", "ready")
    floor_stage.change(("seat", "s-04"), state="signed_out", person_id=None, shift_id=None)
    floor_stage.answer(refused)
    async with cockpit(floor_stage.floor) as pilot:
        app, early = pilot.app, NotTaken()
        looking = asyncio.create_task(early.show_new(app))
        await at_rest(pilot)
        await early.begin(app)
        await looking
        assert said(app) == []


async def test_what_was_not_taken_while_the_terminal_was_locked_is_told_when_it_is_unlocked(
    floor_stage: FloorStage,
) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, [*SEAT_04, "e", "1", "ctrl+l"])
        await at_rest(pilot)
        stage.change(("seat", "s-04"), state="signed_out", person_id=None, shift_id=None)
        stage.answer()
        await at_rest(pilot)
        assert said(pilot.app) == []
        pilot.app.pop_screen()
        await until(pilot, lambda: said(pilot.app))
        (sentence,) = said(pilot.app)
        assert "该坐席无人签入" in sentence


async def test_where_what_was_not_taken_is_listed_the_list_says_it(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, [*SEAT_04, "e", "1", "s"])
        await at_rest(pilot)
        pilot.app.clear_notifications()
        stage.change(("seat", "s-04"), state="signed_out", person_id=None, shift_id=None)
        stage.answer()
        await at_rest(pilot)
        assert said(pilot.app) == []
        assert "该坐席无人签入" in text(pilot.app)
        await press(pilot, ["1"])
        await at_rest(pilot)
        assert said(pilot.app) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_note_that_a_rule_refuses_here_is_told_why_and_offered_again(stage_of: StageOf, language: str) -> None:
    stage = stage_of(language=language)
    why = {"zh-CN": "预警已解除。", "en": "The alert is closed already."}[language]
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["a", "1", *"told"])
        await at_rest(pilot)
        pilot.app.clear_notifications()
        stage.tell(("alert", "a-1"), state="closed")  # another terminal was faster
        await press(pilot, ["enter"])
        await at_rest(pilot)
        assert said(pilot.app) == [why]
        assert [kind for kind, *_ in stage.acts] == ["alert.acknowledge"]
        stage.tell(("alert", "a-1"), state="open")
        await at_rest(pilot)
        await press(pilot, ["escape", "4", "home", "t"])
        await at_rest(pilot)
        assert "told" in text(pilot.app)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_a_rule_refuses_here_says_why_in_one_sentence_and_leaves_the_seat(
    stage_of: StageOf, language: str, subtests: pytest.Subtests
) -> None:
    stage, at = stage_of(language=language), LANGUAGES.index(language)
    call_up = ("通话进行中，不能强制示闲或签出", "A call is in progress: the seat can't be set to ready or signed out")
    no_call = ("该坐席没有通话", "There is no call at this seat")
    cases = {
        ("e", "1"): call_up,
        ("e", "3", "y"): call_up,
        ("right", "right", "right", "l", "1"): no_call,
        ("right", "right", "right", "l", "4", "y"): no_call,
    }
    async with cockpit(stage.floor) as pilot:
        seats = {view.id: view.seat for view in stage.floor.seats.all()}
        for keys, words in cases.items():
            await press(pilot, ["home", *keys])
            await at_rest(pilot)
            with subtests.test(keys=keys):
                (sentence,) = said(pilot.app)
                assert words[at] in sentence
                assert not PROGRAMS.search(sentence), sentence
                assert stage.acts == []
                assert {view.id: view.seat for view in stage.floor.seats.all()} == seats
            pilot.app.clear_notifications()


async def test_of_several_seats_those_that_a_rule_refuses_are_named_with_the_reason_and_stay_marked(
    floor_stage: FloorStage,
) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["space", "space", "space", "space", "e", "1"])
        await at_rest(pilot)
        assert said(pilot.app) == [
            "坐席 02 李伟、04 刘小明 → 示闲 · 已记录，正在上传",
            "坐席 01 张小明、03 陈伟 未完成：通话进行中，不能强制示闲或签出。",
        ]
        assert [each for _, each, _ in stage.acts] == ["s-02", "s-04"]
        assert text(pilot.app).count("◆") == 2
        await press(pilot, ["e", "2"])
        await at_rest(pilot)
        assert [each for _, each, _ in stage.acts] == ["s-02", "s-04", "s-01", "s-03"]
        assert "◆" not in text(pilot.app)


async def test_in_the_table_of_seats_too_marks_go_with_what_they_were_set_for(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["t"])
        await at_rest(pilot)
        await press(pilot, ["space", "space", "e", "2"])
        await at_rest(pilot)
        marked = [each for _, each, _ in stage.acts]
        assert len(marked) == 2
        await press(pilot, ["e", "2"])
        await at_rest(pilot)
        assert len(stage.acts) <= 3, "the next act is about the seat under the cursor"


async def test_of_several_orders_those_that_a_rule_refuses_are_named_and_not_counted_as_done(
    floor_stage: FloorStage,
) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["3", "D"])
        await at_rest(pilot)
        await press(pilot, ["space", "space", "space", "d", "down"])
        await at_rest(pilot)
        # While the question stands, another terminal dispatches one of them.
        stage.tell(("order", "o-19"), state="dispatched", dispatched_at=STARTED, department_ids=("d-1",))
        await press(pilot, ["enter"])
        await at_rest(pilot)
        done, refused = said(pilot.app)
        assert "已派单 2 件" in done
        assert refused.startswith("2026030400141 未完成：当前状态为“已派单”")
        assert {each for _, each, _ in stage.acts} == {"o-18", "o-20"}


async def test_of_several_orders_those_that_cannot_be_urged_are_named(floor_stage: FloorStage) -> None:
    stage = floor_stage
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["3", "C"])
        await at_rest(pilot)
        await press(pilot, ["space", "space", "u"])
        await at_rest(pilot)
        (refused,) = said(pilot.app)
        assert refused == "2026030400179 2026030400178 未完成：这件工单已办结，不能再催办。"
        assert stage.acts == []


async def test_of_several_alerts_that_are_closed_those_that_a_rule_refuses_are_named_and_the_others_are_one_act(
    floor_stage: FloorStage,
) -> None:
    stage = floor_stage
    stage.put(("alert", "a-4"), changed_alert(stage, "a-3", subject=Ref("seat", "s-18")))
    stage.feed()
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["4", "down", "space", "space", "space", "x", *"ok"])
        await at_rest(pilot)
        step = Step(kind="follow_up", due_at=STARTED + timedelta(hours=1))
        stage.tell(("alert", "a-2"), steps=(step,))  # there is more to do about it than was known
        await press(pilot, ["enter"])
        await at_rest(pilot)
        done, refused = said(pilot.app)
        assert "2 条" in done
        assert "2026030400140" in refused and "未完成：" in refused
        assert not PROGRAMS.search(refused), refused
        assert {each for _, each, _ in stage.acts} == {"a-3", "a-4"}
        await press(pilot, ["z"])
        await at_rest(pilot)
        assert "解除预警 ×2" in text(pilot.app)


def changed_alert(stage: FloorStage, alert_id: str, **fields: Any) -> Alert:
    return replace(cast(Alert, stage.platform["alert", alert_id][1]), **fields)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_can_no_longer_be_decided_is_named_among_several_acts(stage_of: StageOf, language: str) -> None:
    stage = stage_of(language=language)
    for each in ("s-04", "s-05"):
        item = stage.floor.seats.set_state(each, "ready")
        stage.change(("seat", each), state="signed_out", person_id=None, shift_id=None)
        stage.answer(item)
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["s"])
        await at_rest(pilot)
        other = stage.open_floor()  # another window, whose news has not come here
        other.desk.drop(item.id, "done by phone")
        other.close()
        await press(pilot, ["space", "space", "g"])
        await at_rest(pilot)
        done, refused = said(pilot.app)
        assert "1" in done
        assert f"{term('command', 'seat.state')}  05" in refused
        assert not PROGRAMS.search(refused), refused

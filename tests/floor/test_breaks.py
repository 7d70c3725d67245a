"""停休: exactly the breaks that the question names, in a fixed order, restored for as long as they have not begun."""

from datetime import timedelta
from pathlib import Path

import pytest

from floorctl.errors import NotAllowedError, NotFoundError
from floorctl.floor.breaks import ordered_teams, outcome, question, who
from floorctl.floor.undo_words import act_words
from floorctl.models.team import Shift
from floorctl.rules.staffing.breaks import Wanted, team_order
from tests.build import Entities
from tests.stage import Stage
from tests.sync.storage import NOW, session

MADE = Entities(NOW)
DAY = Wanted(kinds=("break", "meal"), ahead=None)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.put(("person", "p-2001"), MADE.person(team="一组"))
    stage.feed()
    return stage


def cancelled(stage: Stage) -> list[bool]:
    shift = stage.floor.staffing.shift("sh-1")
    assert shift is not None
    return [pause.cancelled for pause in shift.pauses]


def settle(stage: Stage) -> None:
    for _ in range(5):
        stage.answer()
        stage.feed()


def test_teams_are_counted_as_people_count_them() -> None:
    names = ["二组", "十一组", "一组", "三组", "十组", "组10", "组9"]
    assert sorted(names, key=team_order) == ["一组", "二组", "三组", "十组", "十一组", "组9", "组10"]


def test_a_team_keeps_its_place_whoever_is_at_work(stage: Stage) -> None:
    for n, team in enumerate(("三组", "一组", "二组")):
        stage.put(("person", f"p-200{n + 1}"), MADE.person(employee_no=str(n), team=team))
    stage.feed()
    everyone = stage.floor.breaks.teams()
    assert everyone[:3] == ["一组", "二组", "三组"]
    stage.change(("seat", "s-1"), person_id=None, state="signed_out")
    stage.feed()
    assert stage.floor.breaks.teams()[:3] == ["一组", "二组", "三组"]
    assert stage.floor.breaks.team_seats("一组") == ["s-2"]
    assert stage.floor.breaks.team_seats("三组") == []
    with pytest.raises(NotFoundError):
        stage.floor.breaks.team_seats("九组")


def test_where_nobody_has_a_team_the_zones_stand_for_them(stage: Stage) -> None:
    stage.change(("person", "p-2001"), team=None)
    stage.feed()
    assert ordered_teams((), stage.floor.seats.all()) == sorted({view.seat.zone for view in stage.floor.seats.all()})


def test_breaks_of_the_next_hour_are_meant_where_nothing_else_is_said(stage: Stage) -> None:
    plan = stage.floor.breaks.plan(["s-1", "s-2", "s-3", "none", "s-1"], Wanted(ahead=3601.0))
    assert (plan.people, [each.index for each in plan.breaks]) == (1, [1])
    assert [each.index for each in stage.floor.breaks.plan(["s-1"], Wanted(ahead=1800.0)).breaks] == []
    assert [each.index for each in stage.floor.breaks.plan(["s-1"], DAY).breaks] == [1, 2]
    assert question(plan, who("一组", 11)) == "取消一组 11 人未来 60 分钟内的 1 段小休？"


def test_what_the_question_names_is_cancelled_and_nothing_else(stage: Stage) -> None:
    plan = stage.floor.breaks.plan(["s-1"], Wanted(ahead=None))
    changed = stage.floor.breaks.change(plan)
    assert [(item.kind, item.data["pause"]) for item in changed.items] == [("pause.cancel", 1)]
    assert cancelled(stage) == [False, True, False]
    assert outcome(plan, "一组 1 人", changed) == "已取消一组 1 人到本班结束前的 1 段小休"
    again = stage.floor.breaks.change(plan)
    assert (again.items, again.left) == ((), 1)
    assert "未改" in outcome(plan, "一组 1 人", again)


def test_what_has_begun_between_the_question_and_the_answer_is_left(stage: Stage) -> None:
    plan = stage.floor.breaks.plan(["s-1"], DAY)
    stage.floor.clock.observe(NOW + timedelta(minutes=90))
    changed = stage.floor.breaks.change(plan)
    assert [item.data["pause"] for item in changed.items] == [2]
    assert changed.left == 1


def test_cancelled_breaks_come_back_for_as_long_as_they_have_not_begun(stage: Stage) -> None:
    stage.floor.breaks.change(stage.floor.breaks.plan(["s-1"], DAY))
    settle(stage)
    assert cancelled(stage) == [False, True, True]
    restore = Wanted(change="restore", kinds=("break", "meal"), ahead=None)
    stage.floor.clock.observe(NOW + timedelta(minutes=90))
    plan = stage.floor.breaks.plan(["s-1"], restore)
    assert [each.index for each in plan.breaks] == [2]
    changed = stage.floor.breaks.change(plan)
    assert [item.kind for item in changed.items] == ["shift.assign"]
    settle(stage)
    assert cancelled(stage) == [False, True, False]
    assert stage.journal.counts()["applied"] == 3


def test_a_cancelling_that_was_not_sent_is_taken_out_of_the_journal(stage: Stage) -> None:
    done = stage.floor.breaks.change(stage.floor.breaks.plan(["s-1"], DAY))
    plan = stage.floor.breaks.plan(["s-1"], Wanted(change="restore", ahead=None))
    changed = stage.floor.breaks.change(plan)
    assert (changed.items, changed.dropped, changed.left) == ((), (done.items[0].id,), 0)
    assert cancelled(stage) == [False, False, True]
    assert stage.floor.outbox.item(done.items[0].id).state == "dropped"


def test_breaks_are_postponed_where_they_still_fit_the_shift(stage: Stage) -> None:
    before = stage.floor.staffing.shift("sh-1")
    assert isinstance(before, Shift)
    plan = stage.floor.breaks.plan(
        ["s-1"], Wanted(change="postpone", kinds=("break", "meal"), ahead=None, delay=14_400)
    )
    assert ([each.index for each in plan.breaks], plan.past_end) == ([1], 1)
    stage.floor.breaks.change(plan)
    settle(stage)
    after = stage.floor.staffing.shift("sh-1")
    assert isinstance(after, Shift)
    assert after.pauses[1].starts_at - before.pauses[1].starts_at == timedelta(hours=4)
    assert (after.pauses[0], after.pauses[2]) == (before.pauses[0], before.pauses[2])


def test_a_change_of_the_shift_by_somebody_else_is_not_overwritten(stage: Stage) -> None:
    plan = stage.floor.breaks.plan(["s-1"], Wanted(change="postpone", ahead=None))
    stage.change(("shift", "sh-1"), lead=True)  # the news has not come here
    stage.floor.breaks.change(plan)
    settle(stage)
    assert stage.journal.counts()["conflict"] == 1
    shift = stage.platform["shift", "sh-1"][1]
    assert isinstance(shift, Shift)
    assert shift.lead


def test_acts_whose_order_nobody_can_promise_wait_for_each_other(stage: Stage) -> None:
    stage.floor.breaks.change(stage.floor.breaks.plan(["s-1"], Wanted(ahead=None)))
    later = stage.floor.breaks.plan(["s-1"], Wanted(change="postpone", kinds=("meal",), ahead=None))
    assert stage.floor.breaks.change(later).left == 1
    settle(stage)
    assert stage.floor.breaks.change(later).left == 0
    meal = stage.floor.breaks.plan(["s-1"], Wanted(kinds=("meal",), ahead=None))
    assert stage.floor.breaks.change(meal).left == 1  # postponing it is still on its way
    settle(stage)
    assert stage.floor.breaks.change(meal).left == 0
    settle(stage)
    assert cancelled(stage) == [False, True, True]
    assert stage.journal.counts()["conflict"] == 0


def test_a_shift_lead_cancels_and_does_not_assign_shifts(stage: Stage) -> None:
    stage.journal.save_session(session("shift_lead"), platform="http://127.0.0.1:9")
    stage.reopen()
    assert len(stage.floor.breaks.change(stage.floor.breaks.plan(["s-1"], DAY)).items) == 2
    with pytest.raises(NotAllowedError):
        stage.floor.breaks.change(stage.floor.breaks.plan(["s-1"], Wanted(change="postpone", ahead=None)))


def test_what_was_done_to_breaks_is_called_by_it_in_the_list_of_acts(stage: Stage) -> None:
    floor = stage.floor
    floor.breaks.change(floor.breaks.plan(["s-1"], Wanted(ahead=None)))
    settle(stage)
    for change in ("restore", "postpone"):
        floor.breaks.change(floor.breaks.plan(["s-1"], Wanted(change=change, ahead=None)))
        settle(stage)
    said = [act_words(floor, act).split()[0] for act in floor.undo.recent()]
    assert said == ["推迟小休", "恢复小休", "停休"]

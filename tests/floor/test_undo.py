"""What was done is taken back: unsent always, sent where there is an opposite, never over somebody else's change."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.undo import TakenBack
from floorctl.floor.undo_words import act_words, outcome
from floorctl.i18n import failure
from floorctl.models.assessment import Fact
from floorctl.models.floor import Seat
from floorctl.models.handover import Handover
from floorctl.models.team import Shift
from floorctl.rules.staffing.breaks import Wanted
from floorctl.sync.batch import Batch
from tests.build import Entities
from tests.catalogues import texts
from tests.stage import Stage
from tests.sync.storage import NOW, session

FACT = {"kind": "team_event", "day": "2026-03-01", "title": "团建"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.put(("person", "p-2001"), Entities(NOW).person())
    for each in ("s-1", "s-2"):
        stage.change(("seat", each), skills=("q-1",))
    stage.feed()
    return stage


def settle(stage: Stage) -> None:
    for _ in range(6):
        stage.answer()
        stage.feed()


def seat_there(stage: Stage, each: str = "s-1") -> Seat:
    entity = stage.platform["seat", each][1]
    assert isinstance(entity, Seat)
    return entity


def why(stage: Stage, command_id: str) -> str:
    with pytest.raises(RefusedError) as refused:
        stage.floor.undo.take_back(command_id)
    assert refused.value.key == "error.undo_stays"
    return str(stage.floor.undo.act_of(command_id).why)


def states(stage: Stage) -> list[str]:
    return [item.state for item in stage.journal.items()]


def test_what_has_not_been_sent_is_dropped_with_its_trace(stage: Stage) -> None:
    item = stage.floor.orders.urge("o-6", 2)
    assert [act.way for act in stage.floor.undo.recent()] == ["drop"]
    done = stage.floor.undo.take_back(item.id)
    assert ([each.id for each in done.dropped], done.items, done.left) == ([item.id], (), ())
    assert stage.floor.orders.get("o-6").order.urges == ()
    assert [(what, detail) for _, what, detail in stage.journal.history(item.id)] == [("dropped", "撤销")]
    assert stage.journal.trail(limit=1)[0][0].who == "p-1001"
    assert why(stage, item.id) == "dropped"
    settle(stage)
    assert states(stage) == ["dropped"]


def test_skills_go_back_to_what_they_were(stage: Stage) -> None:
    stage.change(("seat", "s-1"), skills=("q-2", "q-1"))
    stage.feed()
    item = stage.floor.seats.set_skills("s-1", ["q-1"])
    settle(stage)
    done = stage.floor.undo.take_back(item.id)
    assert [(each.kind, each.data, each.undoes) for each in done.items] == [
        ("seat.skills", {"skills": ["q-2", "q-1"]}, item.id)
    ]
    assert done.items[0].base_version == stage.platform["seat", "s-1"][0]
    settle(stage)
    assert seat_there(stage).skills == ("q-2", "q-1")
    assert [what for _, what, _ in stage.journal.history(item.id)][-1] == "undone"
    assert why(stage, item.id) == "undone"
    assert stage.floor.audit.verify().flaw is None


def test_an_undoing_is_an_act_that_can_be_undone(stage: Stage) -> None:
    item = stage.floor.seats.set_skills("s-1", ["q-2"])
    settle(stage)
    back = stage.floor.undo.take_back(item.id).items[0]
    settle(stage)
    acts = stage.floor.undo.recent()
    assert [(act.id, act.way, act.why) for act in acts] == [(back.id, "opposite", ""), (item.id, "", "undone")]
    stage.floor.undo.take_back(back.id)
    settle(stage)
    assert seat_there(stage).skills == ("q-2",)


def test_an_undoing_that_came_to_nothing_leaves_the_act_to_be_undone(stage: Stage) -> None:
    item = stage.floor.seats.set_skills("s-1", ["q-2"])
    settle(stage)
    back = stage.floor.undo.take_back(item.id).items[0]
    stage.floor.undo.take_back(back.id)  # not sent yet
    assert stage.floor.outbox.item(back.id).state == "dropped"
    assert stage.floor.undo.act_of(item.id).way == "opposite"
    stage.floor.undo.take_back(item.id)
    settle(stage)
    assert seat_there(stage).skills == ("q-1",)


def test_what_somebody_else_changed_since_is_not_overwritten(stage: Stage) -> None:
    item = stage.floor.seats.set_skills("s-1", ["q-2"])
    settle(stage)
    stage.change(("seat", "s-1"), skills=("q-1", "q-2"))
    stage.feed()
    assert why(stage, item.id) == "changed"
    assert seat_there(stage).skills == ("q-1", "q-2")


@pytest.mark.parametrize(
    ("act", "key", "other"),
    [
        (lambda floor: floor.seats.set_skills("s-1", ["q-2"]), ("seat", "s-1"), {"skills": ("q-2", "q-1")}),
        (lambda floor: floor.seats.set_state("s-1", "not_ready"), ("seat", "s-1"), {"state": "meal"}),
    ],
)
def test_a_change_of_which_the_news_has_not_come_conflicts(stage: Stage, act: Any, key: Any, other: Any) -> None:
    item = act(stage.floor)
    settle(stage)
    stage.change(key, **other)  # on another terminal
    stage.floor.undo.take_back(item.id)
    stage.answer()
    assert states(stage) == ["applied", "conflict"]
    assert all(getattr(stage.platform[key][1], name) == value for name, value in other.items())


def test_a_forced_state_goes_back_where_that_can_be_forced(stage: Stage) -> None:
    item = stage.floor.seats.set_state("s-1", "not_ready")
    settle(stage)
    stage.floor.undo.take_back(item.id)
    settle(stage)
    assert seat_there(stage).state == "ready"
    stage.change(("seat", "s-1"), state="meal")
    stage.feed()
    forced = stage.floor.seats.set_state("s-1", "ready")
    settle(stage)
    assert why(stage, forced.id) == "state"
    out = stage.floor.seats.set_state("s-1", "signed_out")
    settle(stage)
    assert why(stage, out.id) == "signed_out"


def test_what_was_before_is_not_certain_where_somebody_else_came_between(stage: Stage) -> None:
    item = stage.floor.seats.set_state("s-1", "not_ready")
    stage.change(("seat", "s-1"), state="meal")  # before it arrives
    settle(stage)
    assert why(stage, item.id) == "unknown"


def test_a_handover_item_is_ticked_and_unticked(stage: Stage) -> None:
    note = stage.floor.desk.submit("handover.note", "ho-2026-03-04-morning", {"item_id": "i-1", "text": "记得"})
    settle(stage)
    assert why(stage, note.id) == "no_opposite"
    done = stage.floor.desk.submit("handover.item", note.target.id, {"item_id": "i-1", "done": True})
    settle(stage)
    stage.floor.undo.take_back(done.id)
    settle(stage)
    handover = stage.platform["handover", note.target.id][1]
    assert isinstance(handover, Handover)
    assert not handover.items[0].done


def test_a_fact_is_removed_and_recorded_again(stage: Stage) -> None:
    item = stage.floor.desk.submit("fact.record", "f-1", FACT)
    settle_facts(stage)
    back = stage.floor.undo.take_back(item.id).items[0]
    assert (back.kind, back.target.id, back.base_version) == ("fact.remove", "f-1", 1)
    other = stage.floor.desk.submit("fact.record", "f-2", FACT)
    settle_facts(stage)
    stage.put(("fact", "f-2"), Fact(kind="team_event", day=date(2026, 3, 2)))
    settle_facts(stage)
    assert why(stage, other.id) == "changed"


def settle_facts(stage: Stage) -> None:
    """Facts that are there; the stage knows no removals."""
    for item in stage.journal.sendable(5):
        if item.kind == "fact.record":
            stage.answer(item)
    stage.feed()


def test_cancelled_breaks_come_back_in_one_act(stage: Stage) -> None:
    plan = stage.floor.breaks.plan(["s-1"], Wanted(kinds=("break", "meal"), ahead=None))
    done = stage.floor.breaks.change(plan)
    assert [len(act.items) for act in stage.floor.undo.recent()] == [2]
    stage.answer()
    stage.answer()
    assert stage.floor.undo.act_of(done.items[0].id).why == "unsettled"
    settle(stage)
    taken = stage.floor.undo.take_back(done.items[1].id)
    assert len(taken.items) == 2
    settle(stage)
    shift = stage.platform["shift", "sh-1"][1]
    assert isinstance(shift, Shift)
    assert not any(pause.cancelled for pause in shift.pauses)
    assert states(stage) == ["applied"] * 4
    assert [len(act.items) for act in stage.floor.undo.recent()] == [2, 2]
    again = stage.floor.undo.take_back(taken.items[0].id)  # cancelled once more
    assert len(again.items) == 2
    settle(stage)
    shift = stage.platform["shift", "sh-1"][1]
    assert isinstance(shift, Shift)
    assert [pause.cancelled for pause in shift.pauses] == [False, True, True]


def test_a_break_that_has_begun_stays_cancelled(stage: Stage) -> None:
    done = stage.floor.breaks.change(stage.floor.breaks.plan(["s-1"], Wanted(ahead=3700.0)))
    settle(stage)
    # Nine minutes later, the break having been moved to five minutes from then.
    shift = stage.platform["shift", "sh-1"][1]
    assert isinstance(shift, Shift)
    pauses = list(shift.pauses)
    pauses[1] = replace(pauses[1], starts_at=NOW + timedelta(minutes=5))
    stage.change(("shift", "sh-1"), pauses=tuple(pauses))
    stage.feed()
    stage.floor.clock.observe(NOW + timedelta(minutes=9))
    assert why(stage, done.items[0].id) == "begun"


def test_a_shift_lead_takes_back_what_is_unsent_and_hears_why_not_the_rest(stage: Stage) -> None:
    stage.journal.save_session(session("shift_lead"), platform="http://127.0.0.1:9")
    stage.reopen()
    plan = stage.floor.breaks.plan(["s-1"], Wanted(ahead=None))
    first = stage.floor.breaks.change(plan).items[0]
    assert len(stage.floor.undo.take_back(first.id).dropped) == 1
    second = stage.floor.breaks.change(plan).items[0]
    settle(stage)
    assert why(stage, second.id) == "role"


@pytest.mark.parametrize(
    "act",
    [
        lambda floor: floor.orders.urge("o-6", 2),
        lambda floor: floor.alerts.acknowledge("a-1"),
        lambda floor: floor.seats.message(["s-1"], "回席"),
        lambda floor: floor.orders.mark_problem("o-6", "地址不全"),
    ],
)
def test_what_the_contract_has_no_opposite_of_stays_and_says_why(stage: Stage, act: Any) -> None:
    item = act(stage.floor)
    settle(stage)
    assert why(stage, item.id) == "no_opposite"
    assert "平台没有" in stage.floor.undo.act_of(item.id).reason


def test_after_ten_minutes_only_the_unsent_is_taken_back(stage: Stage) -> None:
    sent = stage.floor.seats.set_skills("s-1", ["q-2"])
    settle(stage)
    waits = stage.floor.orders.urge("o-6", 2)
    stage.floor.clock.observe(NOW + timedelta(minutes=11))
    assert stage.floor.undo.recent() == []
    assert why(stage, sent.id) == "late"
    assert len(stage.floor.undo.take_back(waits.id).dropped) == 1


def test_a_refused_act_is_set_aside_and_one_under_way_waits(stage: Stage) -> None:
    refused = stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.change(("seat", "s-1"), extension="8001")
    stage.answer()
    assert stage.floor.outbox.item(refused.id).state == "conflict"
    stage.floor.undo.take_back(refused.id)
    assert stage.floor.outbox.item(refused.id).state == "dropped"
    sending = stage.floor.orders.urge("o-6", 2)
    stage.journal.claim(sending.id, None)
    stage.floor.live.take_in(Batch({"outbox": {sending.id}}))
    assert why(stage, sending.id) == "sending"


def test_of_what_may_be_on_the_platform_the_opposite_is_sent_behind_it(stage: Stage) -> None:
    def tried(item_id: str, reason: str) -> None:
        stage.journal.claim(item_id, stage.floor.outbox.item(item_id).base_version)
        stage.journal.mark_failed(item_id, reason)
        stage.floor.live.take_in(Batch({"outbox": {item_id}}))

    lost = stage.floor.seats.set_skills("s-1", ["q-2"])
    tried(lost.id, "error.network_no_answer")
    assert stage.floor.undo.act_of(lost.id).way == "opposite"
    stage.floor.undo.take_back(lost.id)
    settle(stage)
    assert states(stage) == ["applied", "applied"]
    assert seat_there(stage).skills == ("q-1",)
    never = stage.floor.seats.set_skills("s-1", ["q-2"])
    tried(never.id, "error.network_unreachable")
    assert stage.floor.undo.act_of(never.id).way == "drop"
    urge = stage.floor.orders.urge("o-6", 2)
    tried(urge.id, "error.network_no_answer")
    done = stage.floor.undo.take_back(urge.id)
    assert (len(done.dropped), done.perhaps) == (1, True)
    assert "可能已经到达平台" in outcome(stage.floor, done)


@pytest.mark.parametrize(
    "reason", sorted(key for key in texts("zh-CN") if re.match(r"error\.network_(untrusted|proxy|unreachable)", key))
)
def test_what_a_certificate_or_a_proxy_stopped_surely_did_nothing(stage: Stage, reason: str) -> None:
    act = stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.journal.claim(act.id, stage.floor.outbox.item(act.id).base_version)
    stage.journal.mark_failed(act.id, reason)
    stage.floor.live.take_in(Batch({"outbox": {act.id}}))
    assert stage.floor.undo.act_of(act.id).way == "drop"
    assert failure(reason) != reason


def test_an_act_on_one_that_never_happened_goes_back_to_what_was_there(stage: Stage) -> None:
    stage.floor.seats.set_skills("s-1", ["q-2"])
    second = stage.floor.seats.set_skills("s-1", ["q-2", "q-1"])
    first = stage.journal.items()[0]
    stage.floor.undo.take_back(first.id)
    settle(stage)
    assert seat_there(stage).skills == ("q-2", "q-1")
    stage.floor.undo.take_back(second.id)
    settle(stage)
    assert seat_there(stage).skills == ("q-1",)


def test_what_was_done_to_several_at_once_is_one_act(stage: Stage) -> None:
    with stage.floor.desk.as_one():
        stage.floor.orders.urge("o-6", 2)
        stage.floor.orders.urge("o-7", 2)
    single = stage.floor.orders.urge("o-6", 3)
    acts = stage.floor.undo.recent()
    assert [len(act.items) for act in acts] == [1, 2]
    assert act_words(stage.floor, acts[1]) == "催办 ×2 工单 000000000006、000000000007"
    assert act_words(stage.floor, acts[0]).startswith("催办 工单 000000000006")
    done = stage.floor.undo.take_back(acts[1].items[1].id)
    assert {each.id for each in done.dropped} == {each.id for each in acts[1].items}
    assert stage.floor.outbox.item(single.id).state == "waiting"


def test_what_rules_did_is_nobodys_act(stage: Stage) -> None:
    data = {
        "kind": "other", "severity": "notice", "title": "x", "subject": {"kind": "seat", "id": "s-1"},
        "raised_at": NOW.isoformat(),
    }  # fmt: skip
    item = stage.floor.desk.submit("alert.raise", "al-1", data, automatic=True)
    assert stage.floor.undo.recent() == []
    with pytest.raises(RefusedError, match="act_of_rule"):
        stage.floor.undo.take_back(item.id)
    with pytest.raises(NotFoundError):
        stage.floor.undo.take_back("none")


def test_another_process_undoes_what_was_done_here_once(stage: Stage) -> None:
    item = stage.floor.orders.urge("o-6", 2)
    other = stage.open_floor()
    assert len(other.undo.take_back(item.id).dropped) == 1
    with pytest.raises(RefusedError):
        stage.floor.undo.take_back(item.id)
    other.close()


def test_what_came_of_it_is_said(stage: Stage) -> None:
    item = stage.floor.seats.set_skills("s-1", ["q-2"])
    done: TakenBack = stage.floor.undo.take_back(item.id)
    assert outcome(stage.floor, done) == "已撤销，没有上传：技能调整 坐席 01 → 人社"


def test_a_problem_of_the_platform_is_told_with_the_rest(stage: Stage) -> None:
    """One of several can't be taken back: the others are, and it is said."""
    with stage.floor.desk.as_one():
        first = stage.floor.seats.set_skills("s-1", ["q-2"])
        stage.floor.seats.set_skills("s-2", ["q-2"])
    settle(stage)
    stage.change(("seat", "s-2"), skills=("q-1", "q-2"))
    stage.feed()
    done = stage.floor.undo.take_back(first.id)
    assert (len(done.items), [words for _, words in done.left]) == (1, ["此后已有变动，不覆盖"])
    assert "1 项未撤销" in outcome(stage.floor, done)


def test_a_signature_that_waits_is_taken_back_by_who_gave_it_alone(stage: Stage) -> None:
    handover = "ho-2026-03-04-morning"
    stage.floor.desk.submit("handover.note", handover, {"item_id": "i-1", "text": "记得"})
    settle(stage)
    item = stage.floor.desk.submit("handover.give", handover, {"summary": "平稳"})
    stage.journal.save_session(session("supervisor", "p-1002"), platform="http://127.0.0.1:9")
    stage.reopen()
    assert why(stage, item.id) == "signature"
    stage.journal.save_session(session("supervisor"), platform="http://127.0.0.1:9")
    stage.reopen()
    assert len(stage.floor.undo.take_back(item.id).dropped) == 1


def test_a_signature_that_was_sent_says_how_it_is_withdrawn(stage: Stage) -> None:
    given = stage.floor.signing.give(reason="开会")[-1]
    settle(stage)
    assert why(stage, given.id) == "withdraw"
    assert "W" in stage.floor.undo.act_of(given.id).reason

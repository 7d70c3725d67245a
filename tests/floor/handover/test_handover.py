"""Handovers on real files: what comes in by itself, what is written, ticked, signed, refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import NotAllowedError, NotFoundError, RefusedError
from floorctl.floor.handover.summary import parsed
from floorctl.floor.views import HandoverItemView, HandoverView
from floorctl.i18n import use_language
from floorctl.models.base import Entity, Held, Ref
from floorctl.models.handover import Handover, HandoverItem
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.sync.cache.cache import Cache
from floorctl.sync.platform import wire
from tests.build import HOUR, MINUTE, Entities
from tests.stage import Stage
from tests.sync.storage import NOW

MADE = Entities(NOW)

DAY = date(2026, 11, 24)
MORNING = ShiftOf(DAY, "morning")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.floor.close()


def handed_over(
    state: str = "open", *items: HandoverItem, day: date = DAY, shift: str = "morning", **more: Any
) -> Handover:
    to = {"night": "morning", "morning": "evening", "evening": "night"}[shift]
    return MADE.handover(day=day, from_shift=shift, to_shift=to, state=state, items=items, **more)


def put(stage: Stage, each: str, entity: Handover) -> None:
    stage.put(("handover", each), entity)
    stage.feed()


def about(view: HandoverView, why: str) -> list[str]:
    return [item.ref.id for item in view.items if item.why == why and item.ref is not None]


def item(view: HandoverView, text: str) -> HandoverItemView:
    return next(each for each in view.items if text in each.text)


def test_open_ladders_what_falls_due_and_conflicts_come_in_by_themselves(stage: Stage) -> None:
    stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.change(("seat", "s-1"), state="break")
    stage.answer()
    view = stage.floor.handovers.get()
    assert (view.shift, view.to, view.state, view.version) == (MORNING, ShiftOf(DAY, "evening"), "open", 0)
    assert about(view, "ladder") == ["a-1"], "a-2 has no steps"
    assert about(view, "conflict") == ["s-1"]
    assert set(about(view, "order")) == {"o-2", "o-7"}, "to be dispatched within 3 h; due in 2 h"
    assert not any(each.written for each in view.items)


def test_an_order_that_is_handled_or_an_alert_that_is_closed_is_not_carried_over(stage: Stage) -> None:
    stage.change(("order", "o-7"), state="handled", handled_at=NOW)
    stage.change(("alert", "a-1"), state="closed")
    stage.feed()
    stage.floor.orders.dispatch("o-2", ["d-1"])
    view = stage.floor.handovers.get()
    assert about(view, "order") == []
    assert about(view, "ladder") == []


def test_what_was_given_is_given_also_at_the_moment_in_which_the_feed_brings_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature = stage.floor.signing.give(reason="开会")[-1]
    while stage.floor.outbox.item(signature.id).state != "applied":
        stage.answer()
    read = Cache.all

    def read_and_then_fed(self: Cache, kind: str) -> dict[str, Held[Entity]]:
        rows = read(self, kind)
        stage.feed()
        return rows

    monkeypatch.setattr(Cache, "all", read_and_then_fed)
    assert stage.floor.handovers.get(MORNING).state == "given"
    assert stage.floor.handovers.get(MORNING).state == "given"


def test_two_terminals_write_into_one_handover(tmp_path: Path) -> None:
    here, there = Stage(tmp_path / "1"), Stage(tmp_path / "2")
    ids = {stage.floor.handovers.note("跟进停水", Ref("order", "o-7")).target.id for stage in (here, there)}
    assert ids == {"ho-2026-11-24-morning"}
    for stage in (here, there):
        view = stage.floor.handovers.get()
        assert about(view, "note") == ["o-7"]
        stage.floor.close()


def test_the_platforms_own_handover_of_the_shift_is_used_whatever_its_id(stage: Stage) -> None:
    put(stage, "h-77", handed_over())
    assert stage.floor.handovers.note("x").target.id == "h-77"
    assert stage.floor.handovers.get().id == "h-77"


def test_giving_writes_what_came_by_itself_under_the_signature(stage: Stage) -> None:
    stage.floor.handovers.note("跟进停水")
    *carried, signature = stage.floor.signing.give(reason="开会")
    assert signature.kind == "handover.give"
    assert all(each.automatic and each.kind == "handover.note" for each in carried)
    for _ in range(len(carried) + 2):
        stage.answer()
    stage.feed()
    version, entity = stage.platform["handover", "ho-2026-11-24-morning"]
    assert isinstance(entity, Handover)
    assert (entity.state, entity.given_by) == ("given", "p-1001")
    assert {each.ref.id for each in entity.items if each.ref} == {"a-1", "o-2", "o-7"}
    assert entity.summary and entity.summary.startswith("### ")
    view = stage.floor.handovers.get()
    assert (view.version, view.state, view.given_name) == (version, "given", "名册外人员")
    assert all(each.written for each in view.items)
    assert {each.why for each in view.items} == {"note", "ladder", "order"}


def test_what_stands_in_it_already_is_not_written_twice(stage: Stage) -> None:
    first = stage.floor.signing.give(reason="开会")
    for each in first[:-1]:
        stage.answer(each)
    stage.journal.park(first[-1].id, "conflict", wire.Problem(title="变了", status=409))
    stage.feed()
    stage.floor.desk.drop(first[-1].id, "重新交")
    assert [each.kind for each in stage.floor.signing.give(reason="开会")] == ["handover.give"]


def test_a_shift_that_leaves_nothing_is_given_all_the_same(stage: Stage) -> None:
    for each in ("a-1", "a-2"):
        stage.change(("alert", each), state="closed")
    for each in ("o-2", "o-7"):
        stage.change(("order", each), state="closed", handled_at=NOW)
    stage.feed()
    note, signature = stage.floor.signing.give(reason="开会")
    stage.answer(note)
    stage.answer(signature)
    entity = stage.platform["handover", "ho-2026-11-24-morning"][1]
    assert isinstance(entity, Handover)
    assert (entity.state, len(entity.items)) == ("given", 1)


def test_nobody_gives_twice_or_too_early(stage: Stage) -> None:
    with pytest.raises(RefusedError, match="too_early"):
        stage.floor.signing.give(ShiftOf(DAY, "evening"), "开会")
    stage.floor.signing.give(reason="开会")
    with pytest.raises(RefusedError, match="handover_given"):
        stage.floor.signing.give(reason="开会")
    with pytest.raises(RefusedError, match="refused_fields"):
        stage.floor.signing.take()


def test_whoever_is_signed_in_takes_what_somebody_else_gave(stage: Stage) -> None:
    with pytest.raises(RefusedError, match="not_given"):
        stage.floor.signing.take()
    given = handed_over("given", given_by="p-9", given_at=NOW, summary="平稳", day=DAY, shift="night")
    put(stage, "ho-2026-11-24-night", given)
    taken = stage.floor.signing.take()
    stage.answer(taken)
    entity = stage.platform["handover", "ho-2026-11-24-night"][1]
    assert isinstance(entity, Handover)
    assert (entity.state, entity.given_by, entity.taken_by) == ("taken", "p-9", "p-1001")


def test_items_are_ticked_off_and_put_back_and_what_was_left_goes_on(stage: Stage) -> None:
    items = (MADE.handover_item(text="跟进停水"), MADE.handover_item(id="it-2", text="办完了", done=True))
    put(stage, "ho-2026-11-24-night", handed_over("taken", *items, shift="night"))
    view = stage.floor.handovers.get(MORNING)
    left = item(view, "跟进停水")
    assert (left.why, left.written, left.done) == ("left", False, False)
    assert not any("办完了" in each.text for each in view.items)
    stage.floor.handovers.tick(left)
    assert not any("跟进停水" in each.text for each in stage.floor.handovers.get(MORNING).items)
    night = stage.floor.handovers.get(ShiftOf(DAY, "night"))
    assert [each.done for each in night.items] == [True, True]
    stage.floor.handovers.tick(night.items[0], done=False)
    assert item(stage.floor.handovers.get(MORNING), "跟进停水").why == "left"


def test_what_came_by_itself_is_not_ticked_off_before_it_is_written(stage: Stage) -> None:
    with pytest.raises(RefusedError, match="goes_by_itself"):
        stage.floor.handovers.tick(item(stage.floor.handovers.get(), "02"))


def test_an_item_is_found_by_its_number_and_by_its_id(stage: Stage) -> None:
    view = stage.floor.handovers.get()
    assert stage.floor.handovers.item("1", view) == view.items[0] == stage.floor.handovers.item("１", view)
    assert stage.floor.handovers.item(view.items[-1].id, view) == view.items[-1]
    for unknown in ("0", "99", "x", "９９"):
        with pytest.raises(NotFoundError, match="no_such_handover_item"):
            stage.floor.handovers.item(unknown, view)


def test_a_note_after_the_signature_goes_to_the_next_shift(stage: Stage) -> None:
    put(stage, "ho-2026-11-24-night", handed_over("given", given_by="p-9", shift="night"))
    assert stage.floor.handovers.note("x").target.id == "ho-2026-11-24-morning"


def test_earlier_shifts_without_a_signature_are_called_for(stage: Stage) -> None:
    assert stage.floor.handovers.unsigned() == []
    yesterday = DAY - timedelta(days=1)
    put(stage, "h-1", handed_over("given", given_by="p-9", day=yesterday))
    put(stage, "h-2", handed_over("taken", day=yesterday, shift="evening"))
    assert stage.floor.handovers.unsigned() == [ShiftOf(yesterday, "morning"), ShiftOf(DAY, "night")]


@pytest.mark.parametrize("role", ["inspector", "viewer", ""])
def test_whose_role_may_not_writes_and_signs_nothing(tmp_path: Path, role: str) -> None:
    stage = Stage(tmp_path, role)
    put(stage, "h-1", handed_over("given", MADE.handover_item(), given_by="p-9"))
    view = stage.floor.handovers.get()
    for act in (
        lambda: stage.floor.handovers.note("x"),
        lambda: stage.floor.handovers.tick(view.items[0]),
        stage.floor.signing.give,
        stage.floor.signing.take,
    ):
        with pytest.raises(NotAllowedError):
            act()
    assert not stage.journal.items()
    assert (stage.floor.handovers.figures().quality is None) == (role in ("viewer", ""))
    stage.floor.close()


def test_read_only_shows_and_does_nothing(stage: Stage) -> None:
    put(stage, "h-1", handed_over("given", given_by="p-9"))
    stage.floor.session.read_only = True
    for act in (
        lambda: stage.floor.orders.urge("o-6"),
        lambda: stage.floor.handovers.note("x"),
        stage.floor.signing.take,
        lambda: stage.floor.signing.take_as("1", "x"),
        lambda: stage.floor.signing.sign_in_for_signatures("1", "x"),
        lambda: stage.floor.desk.submit("alert.raise", "a", {}, automatic=True),
    ):
        with pytest.raises(NotAllowedError, match="read_only"):
            act()
    assert not stage.floor.desk.may("order.urge")
    assert stage.floor.handovers.get().state == "given"


def test_the_shift_is_counted_with_what_is_pending(stage: Stage) -> None:
    interval = MADE.interval(
        queue_id="q-1", start=NOW - 30 * MINUTE, offered=10, answered=9, abandoned=1, answered_in_target=8
    )
    stage.put(("interval", "q-1@1"), interval)
    stage.feed()
    before = stage.floor.handovers.figures()
    assert (before.start.hour, before.end.hour) == (8, 16)
    assert [(each.line, each.counts.offered) for each in before.calls] == [("12345", 10), ("12333", 0), ("", 10)]
    assert before.orders.received == 10
    assert before.orders.dispatched == 0
    stage.floor.orders.dispatch("o-2", ["d-1"])
    assert stage.floor.handovers.figures().orders.dispatched == 1


def test_a_month_that_turns_within_the_day_counts_for_the_shifts_own(stage: Stage) -> None:
    figures = stage.floor.handovers.figures(ShiftOf(date(2026, 10, 31), "evening"))
    assert figures.score.month == "2026-10"


def test_what_another_window_wrote_is_shown_in_an_outage_too(stage: Stage) -> None:
    other = stage.open_floor()
    told: list[object] = []
    stage.floor.events.subscribe(told.append)
    other.handovers.note("另一个窗口")
    other.close()
    stage.floor.live.take_connection_status(stage.floor.status.connection())
    assert item(stage.floor.handovers.get(), "另一个窗口").why == "note"
    assert any("outbox" in getattr(each, "ids", {}) for each in told)
    told.clear()
    stage.floor.live.take_connection_status(stage.floor.status.connection())
    assert not any("outbox" in getattr(each, "ids", {}) for each in told), "nothing is new"


def test_who_signs_long_before_the_end_says_why_and_that_is_signed(stage: Stage) -> None:
    with pytest.raises(RefusedError, match="reason_needed"):
        stage.floor.signing.give()
    assert stage.floor.handovers.get().state == "open", "nothing was signed"
    signature = stage.floor.signing.give(reason="开会")[-1]
    head = signature.data["summary"].split("### ")[1]
    assert "开会" in head
    assert "5时59分" in head or "6时" in head, "and how long the shift would have gone on"
    stage.floor.clock.observe(NOW + timedelta(hours=13, minutes=35))
    assert stage.floor.signing.give(ShiftOf(DAY, "evening"))[-1].kind == "handover.give"


def test_a_note_for_a_shift_that_is_signed_goes_to_the_next(stage: Stage) -> None:
    stage.floor.signing.give(reason="开会")
    for wanted in (None, MORNING):
        item = stage.floor.handovers.note("漏了一件", None, wanted)
        assert stage.floor.handovers.written_into(item) == ShiftOf(DAY, "evening")


def test_a_note_goes_past_every_shift_that_is_signed(stage: Stage) -> None:
    put(stage, "h-m", handed_over("given", given_by="p-2001", given_at=NOW))
    put(stage, "h-e", handed_over("given", shift="evening", given_by="p-2001", given_at=NOW))
    item = stage.floor.handovers.note("又漏了一件", None, MORNING)
    assert stage.floor.handovers.written_into(item).name == "night"


def test_a_signature_that_was_not_sent_is_taken_back(stage: Stage) -> None:
    with pytest.raises(RefusedError, match="not_given"):
        stage.floor.signing.withdraw(reason="签错")
    stage.floor.signing.give(reason="开会")
    assert stage.floor.signing.withdraw(reason="签错") is None
    assert stage.floor.handovers.get().state == "open"
    assert stage.floor.signing.give(reason="开会")[-1].kind == "handover.give"


def test_a_signature_that_the_platform_has_is_taken_back_in_the_next_handover(stage: Stage) -> None:
    for each in stage.floor.signing.give(reason="开会"):
        stage.answer(each)
    stage.feed()
    note = stage.floor.signing.withdraw(reason="签错")
    assert note is not None
    assert stage.floor.handovers.written_into(note) == ShiftOf(DAY, "evening")
    assert "签错" in note.data["text"]
    view = stage.floor.handovers.get(MORNING)
    assert view.state == "given", "the contract has no way back"
    assert "签错" in view.withdrawn
    with pytest.raises(RefusedError, match="handover_withdrawn"):
        stage.floor.signing.withdraw(reason="又签错")


def settle(stage: Stage) -> None:
    while stage.journal.sendable(1):
        stage.answer()
    stage.feed()


def test_a_signature_that_was_taken_back_is_given_anew_and_taken_back_again(stage: Stage) -> None:
    floor = stage.floor
    for minutes in (0, 10):
        floor.clock.observe(NOW + timedelta(minutes=minutes))
        signed = floor.signing.give(reason=f"开会 {minutes}")
        assert signed[-1].kind == "handover.give"
        settle(stage)
        view = floor.handovers.get(MORNING)
        assert (view.state, view.withdrawn) == ("given", ""), "the new signature stands"
        assert f"开会 {minutes}" in (view.summary or "")
        with pytest.raises(RefusedError, match="handover_given"):
            floor.signing.give(reason="again")
        floor.clock.observe(NOW + timedelta(minutes=minutes + 5))
        floor.signing.withdraw(MORNING, reason=f"签错 {minutes}")
        settle(stage)
        assert f"签错 {minutes}" in floor.handovers.get(MORNING).withdrawn
        assert floor.signing.signs_anew(floor.handovers.get(MORNING))
    assert not stage.journal.counts().get("refused")


def test_nobody_takes_back_what_is_anothers_or_was_taken(stage: Stage) -> None:
    put(stage, "h-1", handed_over("given", given_by="p-2001", given_at=NOW))
    with pytest.raises(RefusedError, match="by_another"):
        stage.floor.signing.withdraw(reason="签错")
    put(stage, "h-1", handed_over("taken", given_by="p-1001", given_at=NOW, taken_by="p-2001", taken_at=NOW))
    with pytest.raises(RefusedError, match="handover_taken"):
        stage.floor.signing.withdraw(reason="签错")


def standing(stage: Stage) -> dict[str, tuple[int, str]]:
    found = stage.floor.handovers.figures().unfinished
    assert found is not None
    return {group.name: (group.count, "\n".join(group.listed)) for group in found.groups}


def test_what_stands_at_this_moment_is_counted_and_listed(stage: Stage) -> None:
    who = MADE.person(name="赵六", skills=("q-1",))
    stage.put(("person", "p-2001"), who)
    stage.change(("seat", "s-1"), skills=("q-1",))
    stage.feed()
    before = standing(stage)
    assert {name: n for name, (n, _) in before.items()} == {
        "overdue": 2, "alerts": 2, "hot_spots": 0, "stuck": 0, "call_backs": 2, "moved": 0, "pauses": 0,
    }  # fmt: skip
    assert stage.floor.orders.get("o-6").order.number in before["overdue"][1]
    assert "5时" in before["overdue"][1], "and for how long"
    stage.floor.seats.set_skills("s-1", ["q-2"])
    stage.floor.seats.cancel_pause("s-1", "sh-1", 1)
    stage.floor.alerts.acknowledge("a-2")
    stage.put(("missed_call", "m-1"), MADE.missed_call(caller="13812345678"))
    stage.feed()
    after = standing(stage)
    assert after["alerts"][0] == 1
    assert after["missed_calls"][0] == 1
    assert "138****5678" in after["missed_calls"][1]
    assert "赵六" in after["moved"][1]
    assert "人社" in after["moved"][1]
    assert "赵六" in after["pauses"][1]
    assert "11:00" in after["pauses"][1]


def test_what_stands_is_signed_with_the_table_of_the_calls(stage: Stage) -> None:
    summary = stage.floor.signing.give(reason="开会")[-1].data["summary"]
    assert "此刻未了" in summary
    sections = {section.title: section for section in parsed(stage.floor.handovers.get().summary or "")}
    number = stage.floor.orders.get("o-6").order.number
    assert any(number in value for _, value in sections["此刻未了"].lines)
    assert ("超时工单", "2") in sections["此刻未了"].lines
    calls = sections["话务"].table
    assert calls is not None
    assert calls.head[1] == "呼入"
    assert all(len(row) == len(calls.head) for row in calls.rows)


def test_a_signed_title_is_whole(stage: Stage) -> None:
    title = "关于城北新区多个小区夜间施工噪声扰民并多次投诉无人处理，要求立即停工并书面答复业主代表的诉求"
    stage.change(("order", "o-7"), title=title)
    stage.feed()
    stage.floor.signing.give(reason="开会")
    assert any(title in each.text for each in stage.floor.handovers.get().items)


def test_a_note_about_an_order_says_its_number_and_keeps_the_numbers_that_staff_write(stage: Stage) -> None:
    stage.floor.handovers.note("回拨 13812345678", Ref("order", "o-7"))
    note = item(stage.floor.handovers.get(), "回拨")
    words = note.words
    assert stage.floor.orders.get("o-7").order.number in words
    assert "13812345678" in words
    stage.floor.session.read_only = True
    note = item(stage.floor.handovers.get(), "回拨")
    assert "13812345678" not in note.words, "a wall shows it to whoever walks past"


def test_a_note_that_another_terminals_signature_overtook_goes_to_the_next_by_itself(stage: Stage) -> None:
    late = stage.floor.handovers.note("漏了一件", Ref("order", "o-7"))
    stage.put(("handover", "ho-2026-11-24-morning"), handed_over("given", given_by="p-2001", given_at=NOW))
    stage.answer(late)
    stage.feed()
    assert stage.floor.outbox.item(late.id).state == "refused"
    (moved,) = stage.floor.signing.move_late_notes()
    assert moved.data["text"] == "漏了一件"
    assert moved.data["ref"] == {"kind": "order", "id": "o-7"}
    assert stage.floor.handovers.written_into(moved) == ShiftOf(DAY, "evening")
    aside = stage.floor.outbox.item(late.id)
    assert aside.state == "dropped"
    assert "晚班" in (aside.reason or ""), "it says where the text went"
    assert stage.floor.signing.move_late_notes() == []


def test_an_alert_is_carried_over_by_its_kind_and_subject_in_the_readers_language_not_by_its_stored_title(
    stage: Stage,
) -> None:
    stored = "Trunk at 27/30 lines"
    trunk = MADE.resource(name="中继一", in_use=29)
    steps = (MADE.step("follow_up", HOUR),)
    alert = MADE.alert(kind="trunk_full", title=stored, subject=Ref("resource", "r-1"), steps=steps)
    stage.put(("resource", "r-1"), trunk)
    stage.put(("alert", "trunk_full:r-1"), alert)
    written = MADE.handover_item(id="carried-1", text=f"11-24 12:00 {stored}", ref=Ref("alert", "trunk_full:r-1"))
    for items in ((), (written,)):
        put(stage, "h-2026-11-24-morning", handed_over("open", *items))
        (text,) = [each.text for each in stage.floor.handovers.get(MORNING).items if "占用" in each.text]
        assert "中继一 占用" in text
        assert "27/30" not in text and "29/30" not in text, "what changes is not written down"
        use_language("en")
        try:
            texts = [each.text for each in stage.floor.handovers.get(MORNING).items if each.why == "ladder"]
            assert any("中继一" in each and "占用" not in each and stored not in each for each in texts)
        finally:
            use_language("zh-CN")

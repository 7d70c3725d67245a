"""What each command does, and what it refuses."""

from typing import Any

import msgspec
import pytest

from floorctl.models.alerts import Alert, Surge
from floorctl.models.floor import Seat
from floorctl.models.handover import Handover
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection
from floorctl.models.team import Shift
from floorctl.rules.commands.act import Effects
from tests.rules import small_floor
from tests.rules.applied import ALERT, FULL, HANDOVER, SUBMIT, Floor
from tests.rules.small_floor import DAY, HOUR, MINUTE, NOW


class TestSeats:
    def test_a_forced_state_starts_now(self) -> None:
        changed = Floor().do("seat.state", ("seat", "s-01"), at=NOW + MINUTE, state="not_ready")
        seat = changed["seat", "s-01"]
        assert isinstance(seat, Seat)
        assert (seat.state, seat.since) == ("not_ready", NOW + MINUTE)

    def test_a_call_is_never_cut_by_forcing_a_state(self) -> None:
        here = Floor(seat=small_floor.talking())
        here.refuses("seat.state", ("seat", "s-01"), "state", state="signed_out")
        here.refuses("seat.state", ("seat", "s-01"), "state", state="ready")
        seat = here.do("seat.state", ("seat", "s-01"), state="not_ready")["seat", "s-01"]
        assert isinstance(seat, Seat)
        assert seat.call is not None

    def test_signing_out_frees_the_place(self) -> None:
        seat = Floor().do("seat.state", ("seat", "s-01"), state="signed_out")["seat", "s-01"]
        assert isinstance(seat, Seat)
        assert (seat.person_id, seat.shift_id) == (None, None)

    def test_a_seat_without_a_person_is_not_made_ready(self) -> None:
        here = Floor(seat=small_floor.seat(state="signed_out", person_id=None))
        here.refuses("seat.state", ("seat", "s-01"), "state", state="ready")

    def test_listening_needs_a_call_and_changes_nothing(self) -> None:
        Floor().refuses("seat.listen", ("seat", "s-01"), "mode", mode="listen")
        for mode in ("listen", "whisper", "barge"):
            assert Floor(seat=small_floor.talking()).do("seat.listen", ("seat", "s-01"), mode=mode) == {}

    def test_a_released_call_leaves_wrap_up(self) -> None:
        seat = Floor(seat=small_floor.talking()).do("seat.listen", ("seat", "s-01"), mode="release")["seat", "s-01"]
        assert isinstance(seat, Seat)
        assert (seat.state, seat.call, seat.since) == ("wrap_up", None, NOW)

    def test_skills_are_queues(self) -> None:
        Floor().refuses("seat.skills", ("seat", "s-01"), "skills[1]", skills=["q-12345", "q-none"])

    def test_a_cancelled_pause_changes_the_shift_alone(self) -> None:
        changed = Floor().do("pause.cancel", ("seat", "s-01"), shift_id="sh-1", pause=0)
        assert list(changed) == [("shift", "sh-1")]
        shift = changed["shift", "sh-1"]
        assert isinstance(shift, Shift)
        assert shift.pauses[0].cancelled

    def test_only_a_pause_of_the_persons_own_shift_is_cancelled(self) -> None:
        Floor().refuses("pause.cancel", ("seat", "s-01"), "pause", shift_id="sh-1", pause=1)
        Floor().refuses("pause.cancel", ("seat", "s-01"), "shift_id", shift_id="sh-2", pause=0)
        here = Floor(shift=small_floor.shift(person_id="p-2"))
        here.refuses("pause.cancel", ("seat", "s-01"), "shift_id", shift_id="sh-1", pause=0)


class TestOrders:
    @staticmethod
    def after(effects: Effects) -> Order:
        found = effects["order", "o-1"]
        assert isinstance(found, Order)
        return found

    def test_a_review_makes_it_ready_either_way(self) -> None:
        for errors in ([], ["地址不全"]):
            order = self.after(Floor().do("order.review", ("order", "o-1"), errors=errors))
            assert (order.state, order.reviewed_at, order.review_errors) == ("ready", NOW, tuple(errors))

    def test_the_first_dispatch_stops_the_clock_and_a_later_one_keeps_it(self) -> None:
        ready = small_floor.order(state="ready", reviewed_at=NOW - HOUR)
        to: dict[str, Any] = {"department_ids": ["d-1"], "lead_department_id": "d-1"}
        assert self.after(Floor(order=ready).do("order.dispatch", ("order", "o-1"), **to)).dispatched_at == NOW
        returned = small_floor.order(state="returned", dispatched_at=NOW - DAY, accepted_at=NOW - HOUR, returns=1)
        order = self.after(Floor(order=returned).do("order.dispatch", ("order", "o-1"), **to))
        assert (order.state, order.dispatched_at, order.accepted_at, order.returns) == (
            "dispatched", NOW - DAY, None, 1,
        )  # fmt: skip

    def test_a_dispatch_goes_to_known_departments_with_a_lead_among_them(self) -> None:
        here = Floor(order=small_floor.order(state="ready"))
        target = ("order", "o-1")
        here.refuses("order.dispatch", target, "lead_department_id", department_ids=["d-1"], lead_department_id="d-2")
        here.refuses("order.dispatch", target, "department_ids[0]", department_ids=["d-9"], lead_department_id="d-9")
        here.refuses("order.dispatch", target, "department_ids", department_ids=[], lead_department_id="d-1")
        past = (NOW - HOUR).isoformat()
        here.refuses("order.dispatch", target, "due_at", department_ids=["d-1"], lead_department_id="d-1", due_at=past)

    @pytest.mark.parametrize("state", ["received", "ready", "dispatched", "accepted", "handled", "closed", "answered"])
    def test_only_what_waits_for_review_is_reviewed(self, state: str) -> None:
        Floor(order=small_floor.order(state=state)).refuses("order.review", ("order", "o-1"), "target", errors=[])

    def test_two_people_may_urge_and_one_may_urge_again_later(self) -> None:
        here = Floor()
        here.do("order.urge", ("order", "o-1"), level=1)
        here.do("order.urge", ("order", "o-1"), level=1, by="p-8")
        here.do("order.urge", ("order", "o-1"), level=1, made=NOW + HOUR, at=NOW + HOUR)
        order = here.entities["order", "o-1"]
        assert isinstance(order, Order)
        assert [(urge.by, urge.at) for urge in order.urges] == [("p-7", NOW), ("p-8", NOW), ("p-7", NOW + HOUR)]

    @pytest.mark.parametrize("state", ["handled", "closed", "answered"])
    def test_what_is_handled_is_not_urged(self, state: str) -> None:
        Floor(order=small_floor.order(state=state)).refuses("order.urge", ("order", "o-1"), "target", level=1)

    @pytest.mark.parametrize("outcome", ["no_answer", "refused", "wrong_number"])
    def test_an_attempt_that_reached_nobody_keeps_it_handled(self, outcome: str) -> None:
        handled = small_floor.order(state="handled", handled_at=NOW - HOUR)
        order = self.after(Floor(order=handled).do("order.callback", ("order", "o-1"), outcome=outcome))
        assert (order.state, order.closed_at, order.callback_at, order.callback_outcome) == (
            "handled", None, NOW, outcome,
        )  # fmt: skip
        Floor(order=handled).refuses(
            "order.callback", ("order", "o-1"), "satisfaction", outcome=outcome, satisfaction=3
        )

    def test_a_citizen_reached_closes_it(self) -> None:
        handled = small_floor.order(state="handled", handled_at=NOW - HOUR)
        done = Floor(order=handled).do("order.callback", ("order", "o-1"), outcome="reached", satisfaction=2)
        order = self.after(done)
        assert (order.state, order.closed_at, order.satisfaction) == ("closed", NOW, 2)


class TestAlerts:
    @staticmethod
    def after(effects: Effects, id_: str = "a-1") -> Alert:
        found = effects["alert", id_]
        assert isinstance(found, Alert)
        return found

    def test_a_raised_alert_is_open_and_carries_its_ladder(self) -> None:
        alert = self.after(Floor().do("alert.raise", ("alert", "a-new"), **ALERT), "a-new")
        assert alert.state == "open"
        assert [(step.kind, step.due_at - NOW) for step in alert.steps] == [
            ("phone_department", 15 * MINUTE),
            ("report_purchaser", 15 * MINUTE),
            ("follow_up", 2 * HOUR),
        ]

    def test_a_second_one_changes_nothing_even_if_it_says_something_else(self) -> None:
        here = Floor()
        here.do("alert.raise", ("alert", "a-new"), **ALERT)
        assert here.do("alert.raise", ("alert", "a-new"), **{**ALERT, "title": "另一个"}) == {}

    def test_the_first_to_acknowledge_stands_and_a_closed_one_is_refused(self) -> None:
        here = Floor()
        here.do("alert.acknowledge", ("alert", "a-1"))
        assert here.do("alert.acknowledge", ("alert", "a-1"), by="p-8") == {}
        Floor(alert=small_floor.alert(state="closed")).refuses("alert.acknowledge", ("alert", "a-1"), "target")

    def test_it_is_closed_only_when_every_step_is_done(self) -> None:
        here = Floor()
        for step in ("phone_department", "follow_up"):
            here.refuses("alert.close", ("alert", "a-1"), "target", note="好")
            here.do("alert.step", ("alert", "a-1"), step=step, note="办了")
        assert self.after(here.do("alert.close", ("alert", "a-1"), note="好")).state == "closed"

    def test_a_step_is_done_once_and_must_be_one_of_its_steps(self) -> None:
        here = Floor()
        here.do("alert.step", ("alert", "a-1"), step="phone_department", note="办了")
        here.refuses("alert.step", ("alert", "a-1"), "step", by="p-8", step="phone_department", note="也办了")
        here.refuses("alert.step", ("alert", "a-1"), "step", step="report_purchaser", note="办了")


class TestQuality:
    def test_the_total_is_computed_here_and_the_sample_is_done(self) -> None:
        scores = [FULL[0], {"item_id": "listen", "points": 6, "comment": "打断"}, FULL[2]]
        here = Floor()
        here.do("inspection.submit", ("inspection", "i-new"), by="p-4", **{**SUBMIT, "scores": scores})
        found, sample = here.entities["inspection", "i-new"], here.entities["sample", "sa-1"]
        assert isinstance(found, Inspection)
        assert (found.total, found.agent_id, found.inspector_id) == (90.91, "p-9", "p-4")
        assert msgspec.to_builtins(sample)["state"] == "scored"

    def test_a_sample_that_someone_else_scored_is_refused(self) -> None:
        here = Floor()
        here.do("inspection.submit", ("inspection", "i-a"), by="p-4", **SUBMIT)
        here.refuses("inspection.submit", ("inspection", "i-b"), "target", by="p-5", **SUBMIT)

    def test_the_same_score_again_changes_nothing_and_another_one_under_its_id_is_refused(self) -> None:
        here = Floor()
        here.do("inspection.submit", ("inspection", "i-a"), by="p-4", **SUBMIT)
        assert here.do("inspection.submit", ("inspection", "i-a"), by="p-4", **SUBMIT) == {}
        here.refuses("inspection.submit", ("inspection", "i-a"), "target", by="p-5", **SUBMIT)
        here.refuses("inspection.submit", ("inspection", "i-a"), "target", by="p-4", **{**SUBMIT, "comment": "x"})

    def test_a_calibration_sample_is_scored_by_several(self) -> None:
        here = Floor(sample=small_floor.sample(reason="calibration"))
        for id_, by in (("i-a", "p-4"), ("i-b", "p-5")):
            assert ("inspection", id_) in here.do("inspection.submit", ("inspection", id_), by=by, **SUBMIT)

    @pytest.mark.parametrize(
        ("scores", "fatal", "field"),
        [
            (FULL[:2], [], "scores"),
            ([*FULL, {"item_id": "none", "points": 1}], [], "scores[3]"),
            ([*FULL, FULL[0]], [], "scores[3]"),
            ([{"item_id": "open", "points": 3}, *FULL[1:]], [], "scores[0]"),
            ([{"item_id": "open", "points": 3.3, "comment": "c"}, *FULL[1:]], [], "scores[0]"),
            ([{"item_id": "open", "points": 5}, *FULL[1:]], [], "scores[0]"),
            ([{"item_id": "open", "comment": "c"}, *FULL[1:]], [], "scores[0]"),
            ([*FULL[:2], {"item_id": "once", "points": None}], [], "scores[2]"),
            (FULL, ["unheard of"], "fatal"),
        ],
    )
    def test_a_form_that_breaks_a_rule_is_refused(self, scores: list[Any], fatal: list[str], field: str) -> None:
        data = {**SUBMIT, "scores": scores, "fatal": fatal}
        Floor().refuses("inspection.submit", ("inspection", "i-new"), field, **data)

    def test_whoever_scored_it_does_not_decide_the_appeal(self) -> None:
        here = Floor(inspection=small_floor.inspection(state="appealed"))
        here.refuses("inspection.decide", ("inspection", "i-1"), "target", by="p-4", decision="upheld")

    def test_an_appeal_is_upheld_as_it_was_or_revised_with_scores(self) -> None:
        here = Floor()
        target = ("inspection", "i-1")
        here.refuses("inspection.decide", target, "target", decision="upheld")
        here.do("inspection.appeal", target, reason="已告知")
        here.refuses("inspection.decide", target, "scores", decision="revised")
        here.refuses("inspection.decide", target, "scores", decision="upheld", scores=FULL)
        here.do("inspection.decide", target, by="p-1001", decision="revised", scores=FULL)
        found = here.entities[target]
        assert isinstance(found, Inspection)
        assert found.appeal is not None
        assert (found.state, found.total, found.appeal.by, found.appeal.decided_by) == ("revised", 100, "p-7", "p-1001")


class TestHandover:
    def test_the_first_note_makes_the_handover_that_its_id_names(self) -> None:
        here = Floor()
        here.do("handover.note", ("handover", "ho-2026-03-05-night"), item_id="x", text="跟进")
        made = here.entities["handover", "ho-2026-03-05-night"]
        assert isinstance(made, Handover)
        assert (made.day.isoformat(), made.from_shift, made.to_shift) == ("2026-03-05", "night", "morning")

    def test_the_one_who_gives_can_not_take(self) -> None:
        here = Floor()
        here.refuses("handover.take", HANDOVER, "target")
        here.do("handover.give", HANDOVER, summary="平稳")
        here.refuses("handover.take", HANDOVER, "target", by="p-7")
        here.refuses("handover.note", HANDOVER, "target", item_id="late", text="迟到")
        here.do("handover.take", HANDOVER, by="p-8", at=NOW + MINUTE)
        taken = here.entities[HANDOVER]
        assert isinstance(taken, Handover)
        assert (taken.state, taken.given_by, taken.taken_by) == ("taken", "p-7", "p-8")


class TestSurges:
    def test_actions_add_up_until_it_ends(self) -> None:
        here = Floor()
        target = ("surge", "su-1")
        here.do("surge.act", target, kind="call_in", person_id="p-1")
        here.do("surge.act", target, kind="note", detail="加开坐席")
        here.do("surge.end", target, note="恢复")
        here.refuses("surge.act", target, "target", kind="note", detail="迟了")
        surge = here.entities[target]
        assert isinstance(surge, Surge)
        assert ([action.kind for action in surge.actions], surge.ended_at) == (["call_in", "note", "note"], NOW)

"""What is decided on orders that got stuck, and what repeats: the effects on the order, by the contract's words."""

from typing import Any

import pytest

from floorctl.models.orders import MissedCall, Order
from floorctl.rules.orders.callers import caller_key, normal_phone
from floorctl.rules.orders.stuck import stuck
from tests.rules import small_floor
from tests.rules.applied import Floor
from tests.rules.small_floor import DAY, HOUR, MINUTE, NOW, made

ONE = ("order", "o-1")


def order_of(here: Floor, id_: str = "o-1") -> Order:
    order = here.entities["order", id_]
    assert isinstance(order, Order)
    return order


class TestReturn:
    def test_upheld_it_costs_dispatch_accuracy_and_the_order_waits_for_another_department(self) -> None:
        here = Floor(order=small_floor.returned())
        here.do("order.return", ONE, upheld=True, note="应派城管局")
        order = order_of(here)
        assert (order.state, order.dispatch_correct) == ("returned", False)
        (decided,) = order.return_log
        assert (decided.upheld, decided.decided_by, decided.decided_at, decided.note) == (
            True,
            "p-7",
            NOW,
            "应派城管局",
        )
        here.do("order.dispatch", ONE, department_ids=["d-2"], lead_department_id="d-2")
        assert order_of(here).state == "dispatched"

    def test_not_upheld_it_goes_back_to_the_same_departments_and_costs_nothing(self) -> None:
        here = Floor(order=small_floor.returned(lead_department_id="d-1", department_ids=("d-1",)))
        here.do("order.return", ONE, upheld=False)
        order = order_of(here)
        assert (order.state, order.department_ids, order.dispatch_correct) == ("dispatched", ("d-1",), None)

    def test_only_the_newest_is_decided(self) -> None:
        first = made.returned(upheld=True, decided_by="p-2", decided_at=NOW - HOUR)
        here = Floor(order=small_floor.returned(return_log=(first, made.returned(reason="再次退单"))))
        here.do("order.return", ONE, upheld=False)
        log = order_of(here).return_log
        assert log[0] == first
        assert [each.upheld for each in log] == [True, False]

    def test_a_platform_that_tells_nothing_of_its_returns_has_none_to_decide(self) -> None:
        here = Floor(order=small_floor.returned(return_log=()))
        here.refuses("order.return", ONE, field="target", upheld=True)
        here = Floor(order=small_floor.returned(return_log=(made.returned(upheld=True),)))
        here.refuses("order.return", ONE, field="target", upheld=True)


class TestExtension:
    def test_granted_its_end_is_the_limit(self) -> None:
        here = Floor(order=small_floor.asking_for_time(due_at=NOW))
        here.do("order.extend", ONE, granted=True)
        order = order_of(here)
        assert order.extension is not None
        assert (order.due_at, order.extension.granted, order.extension.decided_by) == (NOW + 2 * DAY, True, "p-7")

    def test_another_end_may_be_granted(self) -> None:
        here = Floor(order=small_floor.asking_for_time())
        here.do("order.extend", ONE, granted=True, until=(NOW + DAY).isoformat())
        order = order_of(here)
        assert order.due_at == NOW + DAY
        assert order.extension is not None
        assert order.extension.until == NOW + DAY

    def test_an_end_that_is_chosen_is_not_past(self) -> None:
        here = Floor(order=small_floor.asking_for_time())
        here.refuses("order.extend", ONE, field="until", granted=True, until=NOW.isoformat())

    def test_refused_it_changes_no_limit(self) -> None:
        here = Floor(order=small_floor.asking_for_time(due_at=NOW))
        here.do("order.extend", ONE, granted=False)
        order = order_of(here)
        assert order.due_at == NOW
        assert order.extension is not None
        assert order.extension.granted is False
        here.refuses("order.extend", ONE, field="target", granted=True)

    def test_where_none_is_asked_for_there_is_none_to_decide(self) -> None:
        Floor().refuses("order.extend", ONE, field="target", granted=True)


class TestConference:
    def test_it_adds_what_was_agreed_and_changes_no_state(self) -> None:
        here = Floor(order=small_floor.returned())
        here.do("order.confer", ONE, department_ids=["d-1", "d-2"], lead_department_id="d-2", minutes="由城管局牵头")
        order = order_of(here)
        assert order.state == "returned"
        (held,) = order.conferences
        assert (held.department_ids, held.lead_department_id, held.by, held.at) == (("d-1", "d-2"), "d-2", "p-7", NOW)

    def test_its_lead_is_one_of_its_departments_and_all_of_them_exist(self) -> None:
        here = Floor()
        for field, data in (
            ("lead_department_id", {"department_ids": ["d-1"], "lead_department_id": "d-2"}),
            ("department_ids[1]", {"department_ids": ["d-1", "d-9"]}),
            ("department_ids", {"department_ids": []}),
        ):
            here.refuses("order.confer", ONE, field=field, minutes="议定", **data)
        here.refuses("order.confer", ONE, field="minutes", department_ids=["d-1"], minutes=" \n")
        here.refuses("order.confer", ONE, field="minutes", department_ids=["d-1"], minutes="字" * 10_001)


class TestRedo:
    @pytest.mark.parametrize("state", ["handled", "closed"])
    def test_it_is_with_the_same_departments_again_and_nothing_is_handled_or_called_back(self, state: str) -> None:
        here = Floor(
            order=small_floor.order(
                state=state, handled_at=NOW - HOUR, callback_at=NOW - MINUTE, callback_outcome="reached",
                satisfaction=1, closed_at=NOW - MINUTE, department_ids=("d-1",), lead_department_id="d-1",
                due_at=NOW - DAY,
            )
        )  # fmt: skip
        here.do("order.redo", ONE, reason="路灯仍不亮")
        order = order_of(here)
        assert (order.state, order.department_ids, order.redos[0].reason) == ("dispatched", ("d-1",), "路灯仍不亮")
        gone = (order.handled_at, order.callback_at, order.callback_outcome, order.satisfaction, order.closed_at)
        assert gone == (None,) * 5
        assert order.due_at == NOW - DAY

    def test_a_limit_may_be_given(self) -> None:
        here = Floor(order=small_floor.order(state="closed", handled_at=NOW - HOUR))
        here.refuses("order.redo", ONE, field="due_at", reason="未解决", due_at=NOW.isoformat())
        here.do("order.redo", ONE, reason="未解决", due_at=(NOW + DAY).isoformat())
        assert order_of(here).due_at == NOW + DAY

    def test_only_what_is_handled_is_done_again(self) -> None:
        for state in ("received", "review", "ready", "dispatched", "accepted", "returned", "answered"):
            Floor(order=small_floor.order(state=state)).refuses("order.redo", ONE, field="target", reason="未解决")


class TestRepetition:
    def test_an_order_is_linked_to_another_and_stands_for_itself_again(self) -> None:
        here = Floor()
        here.do("order.link", ONE, parent_id="o-2")
        assert order_of(here).parent_id == "o-2"
        here.do("order.unlink", ONE)
        assert order_of(here).parent_id is None

    def test_not_to_itself_to_none_to_a_repetition_or_to_its_own(self) -> None:
        here = Floor()
        here.entities["order", "o-3"] = small_floor.order(parent_id="o-2")
        here.entities["order", "o-4"] = small_floor.order(parent_id="o-1")
        for parent in ("o-1", "o-9", "o-3", "o-4"):
            here.refuses("order.link", ONE, field="parent_id", parent_id=parent)


class TestMissedCall:
    def _tries(self, here: Floor) -> tuple[str, int, Any]:
        missed = here.entities["missed_call", "m-1"]
        assert isinstance(missed, MissedCall)
        return missed.state, missed.tries, missed.done_by

    def test_each_try_counts_and_who_was_reached_is_not_called_again(self) -> None:
        here, one = Floor(), ("missed_call", "m-1")
        here.do("missed_call.done", one, outcome="no_answer")
        assert self._tries(here) == ("no_answer", 1, "p-7")
        here.do("missed_call.done", one, by="p-8", at=NOW + HOUR, made=NOW + HOUR, outcome="reached")
        assert self._tries(here) == ("reached", 2, "p-8")
        later: dict[str, Any] = {"at": NOW + DAY, "made": NOW + DAY}
        with pytest.raises(Exception, match="wrong_state"):
            here.do("missed_call.done", one, **later, outcome="reached")


class TestStuck:
    def test_what_waits_for_a_decision_is_told_the_most_pressing_first(self) -> None:
        returned, asked = small_floor.returned(), small_floor.asking_for_time()
        assert stuck(returned) == "return"
        assert stuck(asked) == "extension"
        assert stuck(small_floor.returned(extension=made.extension())) == "extension"
        assert stuck(small_floor.order(state="closed", satisfaction=2)) == "redo"

    def test_what_is_decided_or_over_waits_for_nothing(self) -> None:
        assert stuck(small_floor.order()) == ""
        assert stuck(small_floor.returned(return_log=(made.returned(upheld=True),))) == ""
        assert stuck(small_floor.asking_for_time(extension=made.extension(granted=False))) == ""
        assert stuck(small_floor.asking_for_time(state="handled")) == ""
        assert stuck(small_floor.order(state="closed", satisfaction=3)) == ""


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("13830751022", "13830751022"),
        ("+86 138 3075 1022", "13830751022"),
        ("008613830751022", "13830751022"),
        ("１３８３０７５１０２２", "13830751022"),
        ("138-3075-1022", "13830751022"),
        ("028-80196447", "02880196447"),
        ("+86 (028) 8019 6447", "02880196447"),
        ("12345", ""),
        ("不详", ""),
        ("", ""),
    ],
)
def test_a_phone_number_is_one_however_it_is_written(written: str, digits: str) -> None:
    assert normal_phone(written) == digits
    keys = {caller_key(small_floor.order(citizen={"phone": each})) for each in (written, digits)}
    assert len(keys) == 1
    assert (keys == {None}) == (digits == "")

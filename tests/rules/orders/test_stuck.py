"""卡单: what an order waits for, until when, and what is proposed."""

from datetime import timedelta
from typing import Any

import pytest

from floorctl.models.orders import Conference, Order, Redo
from floorctl.rules.orders import stuck
from floorctl.rules.orders.decided import events
from floorctl.rules.orders.stuck import Waiting, still_stuck, waiting
from tests.rules.small_floor import DAY, HOUR, MINUTE, NOW, asking_for_time, made, order, returned


def waits(one: Order, **given: Any) -> Waiting:
    found = waiting(one, given.pop("limit", None), given.pop("now", NOW), **given)
    assert found is not None
    return found


def unsatisfied(**given: Any) -> Order:
    usual = {"state": "closed", "satisfaction": 2, "callback_at": NOW - DAY, "handled_at": NOW - 2 * DAY}
    return order(**{**usual, **given})


def conference(lead: str | None) -> Conference:
    return Conference(at=NOW, by="p-2", department_ids=("d-1", "d-2"), minutes="商定", lead_department_id=lead)


@pytest.mark.parametrize(
    ("ago", "lamp"),
    [
        (0 * HOUR, "waiting"),
        (16 * HOUR - MINUTE, "waiting"),
        (16 * HOUR, "due_soon"),
        (24 * HOUR, "due_soon"),
        (24 * HOUR + timedelta(seconds=1), "late"),
    ],
)
def test_a_return_is_to_be_decided_within_a_day_amber_in_the_last_third(ago: timedelta, lamp: str) -> None:
    found = waits(returned(return_log=(made.returned(at=NOW - ago),)))
    assert (found.kind, found.lamp, found.due_at) == ("return", lamp, NOW - ago + DAY)


def test_how_long_a_return_may_wait_is_configured() -> None:
    assert waits(returned(), return_within=HOUR).lamp == "due_soon"
    assert waits(returned(), return_within=30 * MINUTE).lamp == "late"


def test_a_second_return_is_a_dispute_which_asks_for_a_conference_and_then_follows_it() -> None:
    log = (made.returned(at=NOW - 3 * DAY, department_id="d-2", upheld=True), made.returned())
    second = returned(returns=2, return_log=log)
    assert (waits(second).kind, waits(second).proposed) == ("dispute", "confer")
    for lead, proposed in (("d-1", "send_back"), ("d-2", "uphold"), (None, "confer")):
        conferred = returned(returns=2, return_log=log, conferences=(conference("d-3"), conference(lead)))
        assert waits(conferred).proposed == proposed


def test_a_first_return_is_judged_by_where_orders_of_its_category_go() -> None:
    assert waits(returned()).proposed == ""
    assert waits(returned(), usual_departments=("d-1", "d-2")).proposed == "send_back"
    assert waits(returned(), usual_departments=("d-2",)).proposed == "uphold"


@pytest.mark.parametrize(
    ("left", "soon", "lamp"), [(5 * HOUR, False, "waiting"), (HOUR, True, "due_soon"), (-MINUTE, False, "late")]
)
def test_an_extension_is_to_be_decided_by_the_orders_own_limit(left: timedelta, soon: bool, lamp: str) -> None:
    found = waits(asking_for_time(), limit=NOW + left, limit_soon=soon)
    assert (found.kind, found.lamp, found.due_at, found.until) == ("extension", lamp, NOW + left, NOW + 2 * DAY)
    assert found.proposed == "grant"


def test_an_extension_asked_for_after_the_limit_is_proposed_to_be_refused() -> None:
    assert waits(asking_for_time(), limit=NOW - 2 * HOUR).proposed == "refuse"


def test_an_extension_is_decided_before_a_return() -> None:
    both = returned(extension=made.extension())
    assert waits(both).kind == "extension"
    assert stuck.reason(both) == "需现场核查"


def test_a_dissatisfied_caller_proposes_a_redo_for_a_week_and_after_two_redos_supervision() -> None:
    assert (waits(unsatisfied()).kind, waits(unsatisfied()).proposed) == ("redo", "redo")
    redo = Redo(at=NOW - 9 * DAY, by="p-2", reason="不满意")
    third = unsatisfied(redos=(redo, redo))
    assert (waits(third).kind, waits(third).proposed) == ("supervision", "supervise")
    assert still_stuck(unsatisfied(callback_at=NOW - 7 * DAY), NOW)
    assert not still_stuck(unsatisfied(callback_at=NOW - 7 * DAY - MINUTE), NOW)
    assert waiting(unsatisfied(satisfaction=3), None, NOW) is None
    assert waiting(unsatisfied(state="dispatched"), None, NOW) is None


def test_the_history_says_who_asked_for_what_and_who_decided() -> None:
    one = asking_for_time(
        return_log=(made.returned(upheld=False, decided_by="p-2", decided_at=NOW, note="属其职责"),),
        conferences=(conference("d-1"),),
        redos=(Redo(at=NOW, by="p-2", reason="不满意"),),
    )
    assert [(each.what, each.by, each.note) for each in events(one)] == [
        ("sent_back", "d-1", "不属于本单位职责"),
        ("return_refused", "p-2", "属其职责"),
        ("extension_asked", "d-1", "需现场核查"),
        ("conferred", "p-2", "商定"),
        ("redone", "p-2", "不满意"),
    ]

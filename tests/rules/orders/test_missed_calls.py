"""未接来电: who is called back, in which order, by when, and when nobody is called any more."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from floorctl.models.orders import MissedCall
from floorctl.rules.orders.missed_calls import CallBackRules, due_at, lamp, late, state_of, to_call_back
from tests.build import HOUR, MINUTE, Entities
from tests.sync.storage import NOW

_made = Entities(NOW)
RULES = CallBackRules()


def at(hours: float, **given: Any) -> MissedCall:
    """Return a missed call of so many hours ago; each has a caller of its own."""
    usual = {"at": NOW - hours * HOUR, "caller": f"138{int(hours * 1000):08d}"}
    return _made.missed_call(**{**usual, **given})


def order(calls: dict[str, MissedCall], rules: CallBackRules = RULES) -> list[str]:
    return [each.ids[0] for each in to_call_back(calls, NOW, rules)]


def clock(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NOW.tzinfo)


def test_the_oldest_is_called_first() -> None:
    assert order({"b": at(1), "a": at(1.5), "c": at(0.5)}) == ["a", "b", "c"]


def test_who_called_again_or_was_reached_is_not_called() -> None:
    calls = {"a": at(3, state="reached"), "b": at(2, state="called_again"), "c": at(1), "d": at(1.2, state="odd")}
    assert order(calls) == ["c"]


def test_several_calls_of_one_number_are_one_caller_however_it_was_written() -> None:
    calls = {
        "b": at(1, caller="+86 138-1234-5678"),
        "a": at(2, caller="13812345678"),
        "c": at(1.5, caller="13900000000"),
    }
    found = to_call_back(calls, NOW, RULES)
    assert [each.ids for each in found] == [("a", "b"), ("c",)]


def test_withheld_numbers_are_not_one_caller() -> None:
    assert order({"a": at(2, caller="anonymous"), "b": at(1, caller="anonymous")}) == ["a", "b"]


def test_who_got_through_later_is_not_called_about_what_was_missed_before() -> None:
    got_through = at(0.5, caller="1380000", state="called_again")
    assert order({"a": at(2, caller="1380000"), "b": got_through}) == []
    reached = at(3, caller="1380000", state="reached", done_at=NOW - HOUR)
    assert order({"a": at(2, caller="1380000"), "b": reached}) == []
    assert order({"a": at(0.5, caller="1380000"), "b": reached}) == ["a"]


def test_after_no_answer_others_come_first_and_after_half_an_hour_it_is_tried_again() -> None:
    tried = at(3, state="no_answer", tries=1, done_at=NOW - 10 * MINUTE)
    assert order({"a": tried, "b": at(1)}) == ["b", "a"]
    assert to_call_back({"a": tried}, NOW, RULES)[0].again_at == NOW + 20 * MINUTE
    again = at(3, state="no_answer", tries=1, done_at=NOW - 30 * MINUTE)
    assert order({"a": again, "b": at(1)}) == ["a", "b"]


def test_who_rang_once_more_after_the_try_may_be_called_at_once() -> None:
    tried = at(3, caller="1380000", state="no_answer", tries=1, done_at=NOW - 10 * MINUTE)
    found = to_call_back({"a": tried, "b": at(0.1, caller="1380000")}, NOW, RULES)
    assert [(each.ids, each.again_at) for each in found] == [(("a", "b"), None)]


def test_after_three_tries_nobody_calls_any_more() -> None:
    call = at(3, state="no_answer", tries=3, done_at=NOW - HOUR)
    assert order({"a": call}) == []
    assert state_of(call, RULES) == "given_up"
    assert order({"a": call}, RULES._replace(tries=4)) == ["a"]


@pytest.mark.parametrize(
    ("missed", "due"),
    [
        ("2026-11-24 10:00", "2026-11-24 12:00"),
        ("2026-11-24 19:00", "2026-11-24 21:00"),
        ("2026-11-24 20:00", "2026-11-25 09:00"),
        ("2026-11-24 21:00", "2026-11-25 10:00"),
        ("2026-11-24 23:30", "2026-11-25 10:00"),
        ("2026-11-25 03:00", "2026-11-25 10:00"),
        ("2026-11-25 08:00", "2026-11-25 10:00"),
    ],
)
def test_two_hours_of_the_day_count_and_none_of_the_night(missed: str, due: str) -> None:
    assert due_at(clock(missed), RULES) == clock(due)


def test_a_time_of_several_days_ends_within_a_day() -> None:
    rules = RULES._replace(within=timedelta(hours=26))
    assert due_at(clock("2026-11-24 08:00"), rules) == clock("2026-11-25 21:00")
    assert due_at(clock("2026-11-24 09:00"), rules) == clock("2026-11-26 09:00")


def test_the_lamp_is_amber_in_the_last_third_and_red_past_the_limit_only() -> None:
    due = NOW + 40 * MINUTE
    assert lamp(due + MINUTE, NOW, RULES) == "due"
    assert lamp(due, NOW, RULES) == "due_soon"
    assert lamp(NOW, NOW, RULES) == "due_soon"
    assert lamp(NOW - timedelta(seconds=1), NOW, RULES) == "late"
    assert late(to_call_back({"a": at(25), "b": at(1)}, NOW, RULES), NOW) == 1


def test_a_call_of_the_future_has_its_time_from_now_on() -> None:
    assert to_call_back({"a": at(-1000)}, NOW, RULES)[0].due_at == NOW + 2 * HOUR

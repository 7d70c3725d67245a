"""Who gives up is a missed call, and is called back by day within some two hours, the oldest first."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace

from floorctl.models.orders import MissedCall
from floorctl.simulator.world import missed
from floorctl.simulator.world.arrivals import draw_caller
from floorctl.simulator.world.past import played
from floorctl.simulator.world.setup import Setup
from tests.simulator.simulated_floor import SEED, TEN, ZONE, Floor, floor

SETUP = Setup(SEED, 49, 300, "Asia/Shanghai", TEN)
DAYS = [TEN.date() - timedelta(days=back) for back in (1, 2)]


def _calls(opened: Floor) -> dict[str, MissedCall]:
    return {each: call for each, call in opened.all("missed_call").items() if isinstance(call, MissedCall)}


def _open(at: datetime = TEN, call_id: str = "m-1") -> tuple[str, MissedCall]:
    return call_id, MissedCall(line="12345", caller="13800000000", at=at, waited_seconds=30, state="open")


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_every_caller_who_gave_up_after_more_than_a_moment_is_one(day: date) -> None:
    past = played(SETUP, day)
    abandoned = sum(tally.abandoned for quarters in past.tallies.values() for tally in quarters.values())
    calls = dict(past.missed.until(TEN))
    assert 0 < len(calls) <= abandoned
    assert all(call.waited_seconds > 5 for call in calls.values())
    states = {call.state for call in calls.values()}
    assert {"reached", "called_again"} <= states
    assert all(each.startswith(missed.first_id(call.at.date())) for each, call in calls.items())


def test_by_day_colleagues_call_back_within_two_hours_three_times_at_most() -> None:
    for number in range(300):
        call_id, call = _open(call_id=f"m-{number}")
        steps = [call]
        while (step := missed.next_try(SETUP, call_id, steps[-1])) is not None:
            steps.append(step[1])
        done = [each.done_at for each in steps[1:] if each.done_at is not None]
        assert 1 <= len(done) <= 3
        assert done == sorted(done)
        assert (done[0] - TEN < timedelta(hours=2)) or (done[0] - TEN > timedelta(hours=20))
        assert steps[-1].state == "reached" or steps[-1].tries == 3
        assert all(8 <= each.astimezone(ZONE).hour <= 21 for each in done)


def test_who_gives_up_at_night_is_called_in_the_morning_in_the_order_of_the_calls() -> None:
    first = []
    for minutes in range(0, 11 * 60, 40):
        at = TEN.replace(hour=20, minute=30) + timedelta(minutes=minutes)
        step = missed.next_try(SETUP, "m-night", _open(at)[1])
        assert step is not None
        first.append(step[0])
        assert 8 <= step[0].astimezone(ZONE).hour < 12
    assert all(earlier < later for earlier, later in pairwise(first))


def test_a_caller_who_got_through_is_not_called_back() -> None:
    call_id, call = _open()
    again = missed.called_again(call)
    assert again.state == "called_again"
    assert missed.next_try(SETUP, call_id, again) is None
    reached = replace(call, state="reached")
    assert missed.called_again(reached) is reached


def test_who_hardly_waited_is_none() -> None:
    caller = draw_caller(Random(1), "k1", "q-12345", TEN.timestamp())
    assert missed.missed(SETUP, caller, TEN.timestamp() + 4) is None
    assert missed.missed(SETUP, caller, TEN.timestamp() + 40) is not None


def test_on_a_running_floor_they_come_and_are_worked_off_also_after_a_restart() -> None:
    with floor(orders=300) as opened:
        before = set(_calls(opened))
        opened.go(2 * 3600, every=300)
        again = opened.restarted()
        again.go(4 * 3600, every=300)
        calls = _calls(again)
        assert set(calls) > before
        assert {"reached", "called_again"} <= {call.state for call in calls.values()}
        waiting = [call for call in calls.values() if call.state == "open"]
        assert len(waiting) < len(calls) / 3


def test_what_a_person_did_to_one_stays() -> None:
    with floor(orders=300) as opened:
        opened.put("missed_call", "m-20261125-x", replace(_open()[1], state="reached", tries=1, done_by="p-1001"))
        opened.go(4 * 3600, every=600)
        held = _calls(opened)["m-20261125-x"]
        assert (held.state, held.tries, held.done_by) == ("reached", 1, "p-1001")

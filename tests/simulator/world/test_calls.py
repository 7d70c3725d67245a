"""The telephone side of the simulated floor: nobody is lost, the day is the seed's, the rates are a hotline's."""

from datetime import date, datetime, time, timedelta
from statistics import mean

import pytest

from floorctl.models.floor import HANDLING, Interval, Queue, Seat
from floorctl.simulator.world.arrivals import SHARES, draw_caller, lognormal, profile
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.setup import Setup
from tests.simulator.simulated_floor import SEED, TEN, ZONE, Floor, floor


def _setup(seed: int = SEED, seats: int = 49) -> Setup:
    return Setup(seed, seats, 3000, "Asia/Shanghai", TEN)


def _played(day: date, seed: int = SEED, seats: int = 49, hours: float = 24) -> LiveFloor:
    setup = _setup(seed, seats)
    live = LiveFloor(setup)
    midnight = live.midnight(day)
    live.start(midnight, day, setup.shifts(day))
    live.run(midnight + hours * 3600 - 1)
    return live


def _snapshot(opened: Floor) -> dict[str, object]:
    return {kind: opened.all(kind) for kind in ("seat", "queue", "interval", "resource", "order", "alert", "sample")}


def test_every_caller_is_answered_gone_waiting_or_ringing() -> None:
    live = _played(TEN.date(), hours=10.7)
    desks = list(live.telephony.desks.values())
    for line in live.telephony.lines.values():
        ringing = sum(
            d.state == "ringing" and d.caller is not None and d.caller.queue_id == line.queue_id for d in desks
        )
        assert line.offered == line.answered + line.abandoned + len(line.waiting) + ringing
        assert line.in_target <= line.answered
        assert line.abandoned_short <= line.abandoned


@pytest.mark.parametrize("hour", [0.5, 8.1, 10.6, 16.05, 23.9])
def test_the_quarter_hours_add_up_to_the_counters(hour: float) -> None:
    at = datetime.combine(TEN.date(), time(), ZONE) + timedelta(hours=hour)
    with floor(at) as opened:
        opened.go(1300, every=97)
        day = opened.clock.at.date()
        for queue_id, queue in opened.all("queue").items():
            assert isinstance(queue, Queue)
            of_day = [
                each
                for each in opened.all("interval").values()
                if isinstance(each, Interval) and each.queue_id == queue_id and each.start.date() == day
            ]
            assert sum(each.offered for each in of_day) == queue.offered
            assert sum(each.answered for each in of_day) == queue.answered
            assert sum(each.abandoned for each in of_day) == queue.abandoned
            assert sum(each.answered_in_target for each in of_day) == queue.answered_in_target
            assert sum(each.handle_seconds for each in of_day) == pytest.approx(queue.handle_seconds, abs=len(of_day))


def test_the_same_seed_gives_the_same_day_whatever_the_steps() -> None:
    with floor(anew=True) as fine, floor(anew=True) as coarse:
        fine.go(7200, every=13)
        coarse.go(7200)
        assert _snapshot(fine) == _snapshot(coarse)


def test_another_seed_gives_another_day() -> None:
    with floor() as one, floor(seed=SEED + 1) as other:
        assert one.all("person") != other.all("person")
        assert one.all("queue") != other.all("queue")


def test_counters_start_again_at_midnight() -> None:
    with floor(TEN.replace(hour=23, minute=50)) as opened:
        before = {qid: q.offered for qid, q in opened.all("queue").items() if isinstance(q, Queue)}
        opened.go(1200)
        after = {qid: q.offered for qid, q in opened.all("queue").items() if isinstance(q, Queue)}
        assert sum(before.values()) > 1000
        assert sum(after.values()) < 60
        assert any(
            isinstance(each, Interval) and each.start == TEN.replace(day=26, hour=0)
            for each in opened.all("interval").values()
        )


def test_calls_come_at_the_expected_rate() -> None:
    arrivals = _setup().arrivals
    days = [TEN.date() + timedelta(days=back) for back in range(5)]
    for queue_id in SHARES:
        for day in days:
            if arrivals.surge(day) is not None:
                continue
            expected = sum(arrivals.expected(queue_id, at, arrivals.day_factor(day)) for at in range(96))
            came = sum(1 for _ in arrivals.of_day(day, queue_id))
            assert abs(came - expected) < 4.5 * expected**0.5


def test_the_day_factor_varies_by_a_tenth_and_the_peak_is_in_the_morning() -> None:
    arrivals = _setup().arrivals
    wednesdays = [date(2026, 1, 7) + timedelta(weeks=week) for week in range(40)]
    worked = [arrivals.day_factor(day) for day in wednesdays if _setup().calendar.is_working_day(day)]
    spread = (mean((each - mean(worked)) ** 2 for each in worked)) ** 0.5 / mean(worked)
    assert 0.06 < spread < 0.15
    peak = max(range(96), key=profile)
    assert 9.5 * 4 <= peak <= 11.5 * 4
    assert profile(3 * 4) < 0.1 * profile(peak)


def test_talk_and_patience_have_their_means() -> None:
    from random import Random

    rng = Random(3)
    callers = [draw_caller(rng, "k", "q-12345", 0.0) for _ in range(20_000)]
    assert mean(each.talk for each in callers) == pytest.approx(150, rel=0.05)
    assert mean(each.patience for each in callers) == pytest.approx(598, rel=0.05)
    assert mean(lognormal(rng, 26, 0.6) for _ in range(20_000)) == pytest.approx(26, rel=0.05)


def test_an_ordinary_day_is_answered_as_a_hotline_is() -> None:
    offered = answered = in_target = 0
    handled = 0.0
    for seed in range(4):
        live = _played(date(2026, 11, 25), seed=seed)
        for line in live.telephony.lines.values():
            offered, answered = offered + line.offered, answered + line.answered
            in_target, handled = in_target + line.in_target, handled + line.handled
    assert 0.92 < answered / offered < 0.995
    assert 0.70 < in_target / offered < 0.98
    assert 165 < handled / answered < 200


def test_at_the_peak_the_floor_is_busy() -> None:
    busy, free, signed_in = 0, 0, []
    setup = _setup()
    live = LiveFloor(setup)
    midnight = live.midnight(TEN.date())
    live.start(midnight, TEN.date(), setup.shifts(TEN.date()))
    for minute in range(600, 960, 2):
        live.run(midnight + minute * 60)
        states = [(desk.post, desk.state) for desk in live.telephony.desks.values()]
        busy += sum(post == "agent" and state in HANDLING for post, state in states)
        free += sum(state == "ready" for _, state in states)
        signed_in.append(sum(state != "signed_out" for _, state in states))
    assert 0.65 < busy / (busy + free) < 0.95
    assert mean(signed_in) > 31


def test_a_call_goes_to_the_longest_idle_of_those_who_know_the_line_best() -> None:
    live = _played(TEN.date(), hours=14)
    telephony = live.telephony
    at = live.midnight(TEN.date()) + 14 * 3600
    for line in telephony.lines.values():
        line.waiting.clear()
    for index, desk in enumerate(telephony.desks.values()):
        desk.caller = None
        desk.state, desk.since = "signed_out", at - index
    first, second, expert = (telephony.desks[f"s-0{n}"] for n in (1, 2, 3))
    for desk, skills, idle in (
        (first, ("q-12345", "q-12320"), 90),
        (second, ("q-12345", "q-12320"), 120),
        (expert, ("q-12320",), 5),
    ):
        desk.state, desk.skills, desk.since = "ready", skills, at - idle
    from random import Random

    for queue_id, wanted in (("q-12320", expert), ("q-12320", second), ("q-12345", first)):
        caller = draw_caller(Random(1), f"k-{wanted.place.seat_id}", queue_id, at)
        telephony.arrive(at, caller)
        assert wanted.caller is caller


def test_pauses_are_taken_and_cancelled_ones_are_not() -> None:
    with floor(TEN.replace(hour=8, minute=30)) as opened:
        seen: set[str] = set()
        for _ in range(60):
            opened.go(300)
            seen |= {each.state for each in opened.all("seat").values() if isinstance(each, Seat)}
        assert {"break", "meal", "talking", "hold", "wrap_up", "ready", "not_ready", "outbound"} <= seen

"""Platform time: jumps of the local clock change nothing, the best measurement wins, a fast platform is followed."""

import sys
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl import clock
from floorctl.clock import PlatformClock
from tests.sleeping_machine import SleepingMachine

THEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_A_MOMENT = timedelta(seconds=1)


class World:
    """A platform whose clock runs at ``rate``, and a terminal whose own clock says anything."""

    def __init__(self, rate: float = 1.0, wall: datetime = THEN) -> None:
        self.seconds = 1000.0
        self.wall = wall
        self.rate = rate
        self.clock = PlatformClock(lambda: self.seconds, lambda: self.wall)

    @property
    def platform(self) -> datetime:
        return THEN + timedelta(seconds=(self.seconds - 1000.0) * self.rate)

    def ask(self, out: float, back: float) -> None:
        """One question: ``out`` seconds to the platform, ``back`` seconds for the answer."""
        self.seconds += out
        said = self.platform
        self.seconds += back
        self.clock.observe(said, out + back)

    @property
    def off(self) -> float:
        return abs((self.clock.now() - self.platform).total_seconds())


JUMPS = st.sampled_from([1, -1, 3600, -86400, 86400, 3650 * 86400, -3650 * 86400])


@given(st.lists(st.tuples(st.floats(0.1, 60), JUMPS), max_size=20))
def test_a_local_clock_that_jumps_changes_nothing(steps: list[tuple[float, int]]) -> None:
    world = World(wall=datetime(2016, 2, 29, tzinfo=UTC))
    world.ask(0.01, 0.01)
    for seconds, jump in steps:
        before = world.clock.now()
        world.seconds += seconds
        world.wall += timedelta(seconds=jump)
        assert (world.clock.now() - before).total_seconds() == pytest.approx(seconds, abs=1e-4)
        assert world.off < 0.02


def test_before_any_answer_the_local_clock_is_what_there_is() -> None:
    world = World()
    assert world.clock.now() == THEN
    assert not world.clock.observed


@given(st.lists(st.tuples(st.floats(0.001, 2), st.floats(0.001, 2), st.floats(0, 10)), min_size=1, max_size=30))
def test_it_is_never_further_off_than_half_a_round_trip(questions: list[tuple[float, float, float]]) -> None:
    """Which is all that one question can be wrong by: slow ways are not taken for a clock of another speed."""
    world = World()
    longest = 0.0
    for out, back, pause in questions:
        world.ask(out, back)
        world.seconds += pause
        longest = max(longest, out + back)
        assert world.off <= longest / 2 + 1e-3
    shortest = 0.999 * min(out + back for out, back, _ in questions)
    world.ask(shortest, 0)
    assert world.off <= shortest / 2 + 1e-3


@given(st.floats(0.3, 0.45), st.lists(st.floats(0.5, 20), min_size=1, max_size=10))
def test_a_longer_round_trip_does_not_replace_a_shorter_one(late: float, pauses: list[float]) -> None:
    world = World()
    world.ask(0.005, 0.005)
    assert world.off < 1e-3
    for pause in pauses:
        world.seconds += pause
        world.ask(0.0, late)  # all of it on the way back: taken by itself, it would be off by half of it
    assert world.off < 1e-3


def test_a_measurement_that_is_plainly_wrong_is_replaced_by_a_worse_one() -> None:
    world = World()
    world.ask(0.001, 0.001)
    restored = THEN + timedelta(days=3)
    world.clock.observe(restored, 0.5)
    assert abs((world.clock.now() - restored).total_seconds()) < 1


@given(st.sampled_from([0.5, 2.0, 60.0, 600.0]), st.floats(0.001, 0.05))
def test_a_platform_that_runs_at_another_speed_is_followed(rate: float, way: float) -> None:
    world = World(rate)
    for _ in range(20):
        world.ask(way, way)
        world.seconds += 1.0
    assert world.clock.rate == pytest.approx(rate, rel=0.1)
    assert world.off <= rate * 0.2
    # Left alone, it goes on at that speed.
    world.seconds += 10
    assert world.off <= rate * 1.5


@given(st.lists(st.floats(0.0, 0.3), min_size=5, max_size=30))
def test_jitter_is_not_speed(ways: list[float]) -> None:
    world = World()
    for way in ways:
        world.ask(way / 3, way)
        world.seconds += 2
    assert world.clock.rate == 1.0


def test_an_offset_is_an_offset_wherever_it_is_said() -> None:
    world = World()
    world.clock.observe(THEN.astimezone(timezone(timedelta(hours=8))))
    assert world.clock.now() == THEN
    assert world.clock.now().tzinfo is UTC


def test_after_a_restart_it_goes_on_from_what_was_known() -> None:
    world = World(wall=THEN + timedelta(days=400))
    world.clock.restore(THEN, 90.0)
    assert world.clock.now() == THEN + timedelta(seconds=90)
    assert not world.clock.observed  # the first answer counts, however long its way
    world.clock.observe(THEN + timedelta(hours=1), 9.0)
    assert abs(world.clock.now() - (THEN + timedelta(hours=1))) < timedelta(seconds=5)


def test_how_long_ago_something_was_does_not_depend_on_the_wall_clock_while_the_machine_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = clock.moment()
    monkeypatch.setattr(time, "time", lambda: 4e9)
    passed = clock.seconds_since(kept)
    assert passed < 60 if sys.platform == "linux" else passed > 1e9
    monkeypatch.setattr(clock, "boot", lambda: "another run")
    assert clock.seconds_since(kept) > 1e9  # nothing else is known across a restart
    assert clock.seconds_since("4000000100.5") == 0  # as earlier releases kept it; never before its time


def test_a_machine_that_sleeps_keeps_the_platform_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, world = SleepingMachine(monkeypatch), World()
    for _ in range(3):
        world.ask(0.01, 0.01)
        world.seconds += 2
    before = world.clock.now()
    machine.sleep(hours=8)
    # Two clocks are read one after the other: a moment between them is time awake.
    assert timedelta(hours=8) - _A_MOMENT < world.clock.now() - before < timedelta(hours=8) + _A_MOMENT
    # Neither a platform that went on, nor one on this machine that slept with it, is taken for one of another speed.
    for slept_too in (False, True):
        machine.sleep(hours=8)
        world.seconds += 2
        world.clock.observe(world.clock.now() - (timedelta(hours=8) if slept_too else timedelta()), 0.02)
        assert world.clock.rate == 1.0


def test_time_that_has_passed_counts_sleep_and_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, began = SleepingMachine(monkeypatch), clock.elapsed()
    machine.sleep(hours=1)
    slept = clock.elapsed()
    assert timedelta(hours=1) - _A_MOMENT < timedelta(seconds=slept - began) < timedelta(hours=1, minutes=1)
    machine.sleep(hours=-1)  # what a system says that is wrong
    assert clock.elapsed() >= slept


def test_where_a_system_does_not_tell_of_sleep_time_goes_on_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_slept", 0.0)
    monkeypatch.setattr(clock, "SLEEPLESS", "CLOCK_OF_ANOTHER_SYSTEM")
    assert clock.asleep() == 0
    assert clock.elapsed() <= clock.elapsed()

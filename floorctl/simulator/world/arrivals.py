"""Arrivals of calls: a gamma day factor, the weekday, the time of day and an occasional surge; Poisson within.

The shape of the day and the weekday factors were fitted to a public series of a large call centre's arrivals (a level,
and a plateau that slopes down between two logistic shoulders; root mean square error 0.03 of the mean). The shoulders
are set to a government hotline's hours, and the level, which the series only has by day, falls off over the night. What
a hotline has beside that, the dip over lunch and the two busiest times around half past ten and three, is laid over it.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from random import Random

from floorctl.calendar import WorkCalendar
from floorctl.simulator.content import people
from floorctl.simulator.scenarios import Scenario

QUARTER = 900
QUARTERS = 96
_DAY = 86_400
#: Queue → its share of all calls.
SHARES = {"q-12345": 0.77, "q-12333": 0.15, "q-12320": 0.08}
LINES = {"q-12345": "12345", "q-12333": "12333", "q-12320": "12320"}

# Fitted: plateau over the level, its slope per hour around noon, the widths of the shoulders in hours.
_PLATEAU, _SLOPE, _RISE_WIDTH, _FALL_WIDTH = 0.975, 0.051, 0.371, 0.786
WEEKDAYS = (1.131, 0.999, 0.943, 0.946, 0.981)
# For a hotline: the hours of the shoulders, the level by day, and what is left of it in the small hours.
_RISE, _FALL = 9.5, 17.0
_LEVEL, _NIGHT_LEVEL = 0.29, 0.035
#: Hour, width in hours and height of what is laid over the plateau.
_OVER_THE_DAY = ((10.5, 0.9, 0.10), (12.9, 0.8, -0.40), (15.1, 1.1, 0.10))
#: Saturdays and Sundays, also those of public holidays, relative to an average working day.
DAY_OFF = (0.50, 0.42)

_DAY_FACTOR_CV = 0.10
#: Calls an hour on a floor of 35 agents, where the profile is 1.
_CALLS_PER_HOUR = 262
_SURGE_CHANCE = 1 / 14
#: How many more calls each agent takes in an endlessly large pool.
_POOLED = 0.3

_TALK_MEAN, _TALK_CV = 150.0, 1.0
_WRAP_MEAN, _WRAP_CV = 26.0, 0.6
_PATIENCE_MEAN = 600.0
_HOLD_CHANCE, _TRANSFER_CHANCE, _SHORT_CHANCE = 0.12, 0.02, 0.008


@dataclass(slots=True)
class Caller:
    """A caller, with all that will happen in the call. Times are in seconds since the epoch, durations in seconds."""

    id: str
    queue_id: str
    at: float
    phone: str
    talk: float
    hold_after: float
    hold: float
    wrap: float
    ring: float
    patience: float
    transfer_to: str | None
    #: Uniform in 0..1; below the share of calls that end in an order, the call makes one.
    order_draw: float
    #: What a scenario has the caller call about (``content/orders.py``); empty: whatever citizens call about.
    about: str = ""
    #: The id of the missed call after which the caller calls again; empty: it is the first call.
    missed: str = ""
    state: str = "new"
    #: When an agent took it, and how long it had been handled when it ended.
    answered_at: float = 0.0
    handled: float = 0.0


@dataclass(frozen=True)
class SurgeOfDay:
    """An hour or two with more calls than forecast."""

    queue_id: str
    start: datetime
    end: datetime
    factor: float


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


@lru_cache(maxsize=QUARTERS)
def profile(quarter: int) -> float:
    """Return the relative load of a quarter hour of the day (0 to 95); about 1.2 at the morning's peak."""
    hour = (quarter + 0.5) / 4
    # The level is full by day and evening and falls to its minimum around three in the morning.
    asleep = 0.5 + 0.5 * math.cos((hour - 3.0) / 24 * 2 * math.pi)
    level: float = _LEVEL * (1 - asleep) ** 1.2 + _NIGHT_LEVEL * asleep
    plateau = _PLATEAU * (1 - _SLOPE * (hour - 12))
    between = _logistic((hour - _RISE) / _RISE_WIDTH) * _logistic((_FALL - hour) / _FALL_WIDTH)
    over = sum(height * math.exp(-(((hour - at) / width) ** 2)) for at, width, height in _OVER_THE_DAY)
    return level + plateau * between * (1 + over)


def usual_load(day: date, *, working: bool) -> float:
    """Return the calls that a day of this kind usually has, relative to an average working day."""
    return WEEKDAYS[min(day.weekday(), 4)] if working else DAY_OFF[day.weekday() == 6]


def _pooled(scale: float) -> float:
    """Return how many more calls each agent of a floor of this scale takes: in a large pool few are idle at a time."""
    return 1 + _POOLED * (1 - scale**-0.5) if scale > 1 else 1.0


class Arrivals:
    """The calls of every day of a floor with ``agents`` agents; the same for a seed.

    ``scenario``: what happens beside, counted from ``opened`` (seconds since the epoch).
    """

    def __init__(
        self,
        seed: int,
        agents: int,
        zone: tzinfo,
        calendar: WorkCalendar,
        scenario: Scenario | None = None,
        opened: float = 0.0,
    ) -> None:
        self._seed = seed
        #: The calls relative to those of a floor of 35 agents.
        self.scale = agents / 35 * _pooled(agents / 35)
        self._zone = zone
        self._calendar = calendar
        self._scenario = scenario
        self._opened = opened
        self._opened_on = datetime.fromtimestamp(opened, zone).date()

    def day_factor(self, day: date) -> float:
        """Return the day's calls relative to an average working day (weekday factor times a random factor)."""
        happens = self._scenario
        if happens is not None and happens.luck is not None and day == self._opened_on:
            return self._weekday(day) * happens.luck
        shape = 1 / _DAY_FACTOR_CV**2
        luck = Random(f"{self._seed}:{day}:factor").gammavariate(shape, 1 / shape)
        return self._weekday(day) * luck

    def _weekday(self, day: date) -> float:
        return usual_load(day, working=self._calendar.is_working_day(day))

    def surge(self, day: date) -> SurgeOfDay | None:
        """Return the day's surge, None if it has none."""
        rng = Random(f"{self._seed}:{day}:surge")
        if rng.random() >= _SURGE_CHANCE:
            return None
        start = datetime.combine(day, time(9), self._zone) + timedelta(minutes=rng.randrange(0, 500))
        queue_id = rng.choices(list(SHARES), weights=(5, 3, 2))[0]
        return SurgeOfDay(queue_id, start, start + timedelta(minutes=rng.randrange(45, 120)), rng.uniform(1.25, 1.5))

    def expected(self, queue_id: str, quarter: int, factor: float) -> float:
        """Return the expected calls in a quarter hour of a day with this factor."""
        return _CALLS_PER_HOUR / 4 * self.scale * SHARES[queue_id] * profile(quarter) * factor

    def of_day(self, day: date, queue_id: str) -> Iterator[Caller]:
        """Yield the day's callers of one queue, in the order of their calls."""
        usual = self._usual(day, queue_id)
        if self._scenario is None:
            return usual
        begins = datetime.combine(day, time(), self._zone).timestamp()
        beside = [
            caller for caller in self._of_scenario(self._scenario, queue_id) if begins <= caller.at < begins + _DAY
        ]
        return heapq.merge(usual, beside, key=lambda caller: caller.at) if beside else usual

    def _of_scenario(self, scenario: Scenario, queue_id: str) -> Iterator[Caller]:
        """Yield the callers of one queue that a scenario adds, in the order of their calls."""
        rush, burst = scenario.rush, scenario.burst
        rng = Random(f"{self._seed}:{scenario.name}:{queue_id}")
        number = 0
        if rush is not None and rush.queue_id == queue_id:
            at = self._opened + rush.begins
            ends = self._opened + rush.ends
            while (at := at + rng.expovariate(self._rate_at(at, queue_id) * (rush.factor - 1))) < ends:
                number += 1
                yield draw_caller(rng, f"x{int(self._opened)}{queue_id[-2:]}{number:04d}", queue_id, at)
        if burst is not None and burst.queue_id == queue_id:
            # Few at first, then more and more as the water spreads.
            shares = sorted(rng.triangular(0, 1, 0.6) for _ in range(burst.callers))
            for number, share in enumerate(shares, 1):
                at = self._opened + burst.begins + share * (burst.ends - burst.begins)
                caller = draw_caller(rng, f"y{int(self._opened)}{queue_id[-2:]}{number:04d}", queue_id, at)
                caller.about, caller.order_draw, caller.transfer_to = burst.about, 0.0, None
                caller.talk = min(caller.talk, burst.longest_talk)
                yield caller

    def _rate_at(self, at: float, queue_id: str) -> float:
        """Return the expected calls a second at ``at`` without what a scenario adds."""
        when = datetime.fromtimestamp(at, self._zone)
        quarter = (when.hour * 60 + when.minute) // 15
        return self.expected(queue_id, quarter, self.day_factor(when.date())) / QUARTER

    def _usual(self, day: date, queue_id: str) -> Iterator[Caller]:
        rng = Random(f"{self._seed}:{day}:arrivals:{queue_id}")
        factor = self.day_factor(day)
        surge = self.surge(day)
        midnight = datetime.combine(day, time(), self._zone)
        number = 0
        for quarter in range(QUARTERS):
            begin = midnight + timedelta(seconds=quarter * QUARTER)
            rate = self.expected(queue_id, quarter, factor) / QUARTER
            if surge is not None and surge.queue_id == queue_id and surge.start <= begin < surge.end:
                rate *= surge.factor
            at = rng.expovariate(rate)
            while at < QUARTER:
                number += 1
                yield draw_caller(rng, f"k{day:%Y%m%d}{queue_id[-2:]}{number:05d}", queue_id, begin.timestamp() + at)
                at += rng.expovariate(rate)


def draw_caller(rng: Random, call_id: str, queue_id: str, at: float) -> Caller:
    """Return a caller with all random properties of the call drawn."""
    talk = min(3600.0, max(8.0, lognormal(rng, _TALK_MEAN, _TALK_CV)))
    hold = rng.uniform(12, 90) if rng.random() < _HOLD_CHANCE and talk > 40 else 0.0
    short = rng.random() < _SHORT_CHANCE
    other = [each for each in SHARES if each != queue_id]
    return Caller(
        id=call_id,
        queue_id=queue_id,
        at=at,
        phone=people.phone(rng),
        talk=talk,
        hold_after=talk * rng.uniform(0.3, 0.8),
        hold=hold,
        wrap=max(3.0, lognormal(rng, _WRAP_MEAN, _WRAP_CV)),
        ring=rng.uniform(3.5, 6.5),
        patience=rng.uniform(0.4, 4.5) if short else 3.0 + rng.expovariate(1 / _PATIENCE_MEAN),
        transfer_to=rng.choice(other) if rng.random() < _TRANSFER_CHANCE else None,
        order_draw=rng.random(),
    )


def lognormal(rng: Random, mean: float, cv: float) -> float:
    """Return a lognormal draw with this mean and coefficient of variation."""
    return rng.lognormvariate(*_of_logarithm(mean, cv))


@lru_cache(maxsize=64)
def _of_logarithm(mean: float, cv: float) -> tuple[float, float]:
    """Return mean and deviation of the logarithm; cached, since nearly all calls use the same."""
    variance = math.log(1 + cv * cv)
    return math.log(mean) - variance / 2, math.sqrt(variance)

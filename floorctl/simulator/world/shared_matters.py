"""Matters that several calls are about: the same caller again, others at the same place, and what swells to a hot spot.

Which calls of a day they are follows from the seed alone, without looking at other days' calls, so that the past is
played as quickly as before. A repetition takes the place of a call that would have ended in an order anyhow; the calls
of a hot spot come on top. A call says by ``about`` what it belongs to, and ``matter_of`` returns what is told then.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from random import Random

from floorctl.models.orders import Citizen
from floorctl.simulator.content import people, places, read
from floorctl.simulator.content.incidents import matter_about
from floorctl.simulator.content.orders import Case, Matter, Told, Topic, burst_pipe, matter, topics
from floorctl.simulator.world.arrivals import QUARTER, QUARTERS, Caller, draw_caller, profile
from floorctl.simulator.world.setup import Setup
from floorctl.simulator.world.volume import OF_CALLS, usual_orders, volume

_QUEUE = "q-12345"
#: What a call belongs to, by the first part of its ``about``.
AGAIN, OTHER, SPOT = "again", "other", "spot"
#: Repetitions by the same caller, and by others at the same place, for each order of a day.
_AGAIN_SHARE, _OTHER_SHARE = 0.08, 0.02
#: Days after which the same caller calls again on average and at most; share of those who do it once more.
_AGAIN_AFTER, LONGEST, _ONCE_MORE = 2.8, 10, 0.2
#: Share of the repetitions that a colleague links to the first order.
_LINKED_SHARE = 0.45
#: Callers who would hang up before they are answered are not chosen, in seconds.
_PATIENT = 60.0
#: A hot spot on a floor with fewer orders, relative to what its calls make, would be most of them.
_SPOTS_FROM = 0.2
#: Hot spots in the days before a floor is opened, and how long before they were, in days.
_PAST_SPOTS, _PAST_FROM, _PAST_TO = 2, 4, 27
#: Share of the later working days that have one.
_SPOT_SHARE = 0.4
#: Callers, and the seconds in which they call.
_SPOT_CALLERS, _SPOT_LENGTH, _LONGEST_TALK = (12, 17), (7200.0, 10_800.0), 150.0
#: Minutes after midnight between which one begins on the day that a floor is opened, and on another day.
_OPENING_SPOT, _USUAL_SPOT = (540, 570), (560, 960)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Call:
    """A call to be about a shared matter, from ``at`` on (seconds since the epoch)."""

    at: float
    about: str
    phone: str


def callers(setup: Setup, day: date, queue_id: str) -> Iterator[Caller]:
    """Yield the day's callers of a queue, some of them about shared matters, in the order of their calls."""
    usual = setup.arrivals.of_day(day, queue_id)
    if queue_id != _QUEUE:
        return usual
    chosen = _chosen(usual, _calls_on(setup, day), OF_CALLS[_QUEUE] * min(1.0, volume(setup)))
    swelling = _swelling(setup, day)
    return heapq.merge(chosen, swelling, key=lambda caller: caller.at) if swelling else chosen


def _chosen(usual: Iterator[Caller], calls: list[_Call], share: float) -> Iterator[Caller]:
    """Yield the callers; of those whose call ends in an order, the first after each of ``calls`` is about it."""
    waiting = iter(calls)
    following = next(waiting, None)
    for caller in usual:
        if (
            following is not None
            and caller.at >= following.at
            and caller.order_draw < share
            and caller.patience > _PATIENT
            and not caller.about
        ):
            caller.about, caller.phone = following.about, following.phone
            following = next(waiting, None)
        yield caller


# -- who calls again -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Telling:
    """One of the calls about a matter: so many days after the first, at this second of the day."""

    days: int
    second: float


@lru_cache(maxsize=64)
def _begun_on(setup: Setup, day: date) -> tuple[tuple[str, tuple[_Telling, ...]], ...]:
    """Return the shared matters whose first call is on ``day``: the kind, and when they are told."""
    rng = Random(f"{setup.seed}:{day}:shared")
    orders = usual_orders(setup) * setup.arrivals.day_factor(day) * min(1.0, volume(setup))
    begun = []
    for kind, share in ((AGAIN, _AGAIN_SHARE), (OTHER, _OTHER_SHARE)):
        for _ in range(int(orders * share + rng.random())):
            first = _Telling(0, _second(rng))
            told = [first]
            days = 0 if kind == OTHER else 1
            while len(told) < 2 or (kind == AGAIN and rng.random() < _ONCE_MORE):
                days += int(rng.expovariate(1 / (_AGAIN_AFTER if kind == AGAIN else 0.7)))
                second = _second(rng)
                told.append(_Telling(days, max(second, first.second + QUARTER) if days == 0 else second))
                days += 1
            begun.append((kind, tuple(each for each in told if each.days <= LONGEST and each.second < 86_400)))
    return tuple(begun)


def _second(rng: Random) -> float:
    return (rng.choices(range(QUARTERS), cum_weights=_loads())[0] + rng.random()) * QUARTER


@cache
def _loads() -> tuple[float, ...]:
    """Return the load of each quarter hour, added to those before."""
    total, sums = 0.0, []
    for quarter in range(QUARTERS):
        total += profile(quarter)
        sums.append(total)
    return tuple(sums)


def _calls_on(setup: Setup, day: date) -> list[_Call]:
    """Return the calls of ``day`` about matters that were or will be told in other calls too, by their time."""
    midnight = datetime.combine(day, time(), setup.zone).timestamp()
    found = []
    for back in range(LONGEST + 1):
        first = day - back * _DAY
        for at, (kind, told) in enumerate(_begun_on(setup, first)):
            for number, telling in enumerate(told):
                if telling.days == back:
                    about = f"{kind}/{first}/{at}/{number}"
                    found.append(_Call(midnight + telling.second, about, _phone(setup, about)))
    return sorted(found, key=lambda call: call.at)


def _phone(setup: Setup, about: str) -> str:
    """Return the number that a call comes from: the same each time where the same caller calls again."""
    same = about.startswith(AGAIN)
    return people.phone(Random(f"{setup.seed}:{about.rpartition('/')[0] if same else about}:phone"))


def first_of(about: str) -> tuple[date, str] | None:
    """Return the day of the first call about the same matter and its ``about``; None where this is the first."""
    kind, _, rest = about.partition("/")
    if kind not in (AGAIN, OTHER) or rest.endswith("/0"):
        return None
    day, number, _ = rest.split("/")
    return date.fromisoformat(day), f"{kind}/{day}/{number}/0"


def is_linked(setup: Setup, about: str) -> bool:
    """Return whether a colleague sees of a repetition that it is one, and links it to the first order."""
    return Random(f"{setup.seed}:{about}:linked").random() < _LINKED_SHARE


# -- what swells ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _begins(setup: Setup, day: date) -> float | None:
    """Return the second of the day at which a matter begins to swell; None on a day without one."""
    if not setup.calendar.is_working_day(day) or volume(setup) < _SPOTS_FROM:
        return None
    rng = Random(f"{setup.seed}:{day}:spot")
    opened = setup.today(setup.opened)
    if day == opened:
        return rng.uniform(*_OPENING_SPOT) * 60
    if day > opened:
        return rng.uniform(*_USUAL_SPOT) * 60 if rng.random() < _SPOT_SHARE else None
    return rng.uniform(*_USUAL_SPOT) * 60 if day in _past_spots(setup) else None


@lru_cache(maxsize=8)
def _past_spots(setup: Setup) -> frozenset[date]:
    opened = setup.today(setup.opened)
    days = [opened - back * _DAY for back in range(_PAST_FROM, _PAST_TO + 1)]
    worked = [each for each in days if setup.calendar.is_working_day(each)]
    return frozenset(Random(f"{setup.seed}:{opened}:spots").sample(worked, min(_PAST_SPOTS, len(worked))))


def _swelling(setup: Setup, day: date) -> list[Caller]:
    """Return the callers of the day's hot spot, few at first, in the order of their calls."""
    begins = _begins(setup, day)
    if begins is None:
        return []
    rng = Random(f"{setup.seed}:{day}:swelling")
    start = datetime.combine(day, time(), setup.zone).timestamp() + begins
    length = rng.uniform(*_SPOT_LENGTH)
    made = []
    for number, share in enumerate(sorted(rng.triangular(0, 1, 0.4) for _ in range(rng.randint(*_SPOT_CALLERS))), 1):
        caller = draw_caller(rng, f"h{day:%Y%m%d}{number:04d}", _QUEUE, start + share * length)
        caller.about, caller.order_draw, caller.transfer_to = f"{SPOT}/{day}/{number}", 0.0, None
        caller.talk = min(caller.talk, _LONGEST_TALK)
        made.append(caller)
    return made


# -- what is told --------------------------------------------------------------------------------------------------


def matter_of(setup: Setup, about: str, rng: Random) -> Matter:
    """Return what a call about ``about`` tells."""
    kind, _, rest = about.partition("/")
    if kind == SPOT:
        return _of_spot(setup, date.fromisoformat(rest.partition("/")[0]), rng)
    if kind not in (AGAIN, OTHER):
        return matter_about(rng, about)
    day, number, telling = rest.split("/")
    told, citizen = _first_told(setup, date.fromisoformat(day), f"{kind}/{day}/{number}")
    again = kind == AGAIN and telling != "0"
    known = {name: value for name, value in told.slots.items() if name not in ("lately", "caller")}
    if kind == OTHER:
        known = {name: value for name, value in known.items() if name in places.KINDS or name == "road2"}
    return Matter(
        told.topic,
        told.case,
        str(told.slots["region"]),
        known,
        spoken=telling != "0" and rng.random() < 0.6,
        again=again,
        citizen=citizen if kind == AGAIN else None,
    )


@lru_cache(maxsize=2048)
def _first_told(setup: Setup, day: date, key: str) -> tuple[Told, Citizen]:
    """Return how a shared matter is told first, and who tells it."""
    rng = Random(f"{setup.seed}:{key}:matter")
    said = matter(rng, "12345", "normal")
    while said.case.type == "inquiry":
        said = matter(rng, "12345", "normal")
    at = datetime.combine(day, time(12), setup.zone)
    told = said.told(rng, at, "phone")
    return told, told.citizen(rng, at)


@lru_cache(maxsize=64)
def _spot(setup: Setup, day: date) -> tuple[Topic | None, Case | None, str, str, dict[str, str]]:
    """Return what a day's hot spot is about and where: topic and case (none: a burst main), region, road, blanks."""
    rng = Random(f"{setup.seed}:{day}:spot-matter")
    region = rng.choice(places.names())
    road = rng.choice(places.of(region)["road"])
    titles: list[str] = read("orders")["swelling"]
    title = rng.choice(titles)
    fixed: dict[str, str] = {"road": road, "bus": str(rng.randint(1, 199))}
    fixed |= {kind: rng.choice(places.of(region)[kind]) for kind in ("factory", "school")}
    for topic in topics():
        for case in topic.cases:
            if case.title == title:
                return topic, case, region, road, fixed
    return None, None, region, road, fixed


def _of_spot(setup: Setup, day: date, rng: Random) -> Matter:
    topic, case, region, road, fixed = _spot(setup, day)
    began = datetime.combine(day, time(), setup.zone) + timedelta(seconds=(_begins(setup, day) or 0) // 1800 * 1800)
    if topic is None or case is None:
        return burst_pipe(rng, road, rng.choice(places.of(region)["community"]), region, began)
    return Matter(topic, case, region, fixed, began, spoken=rng.random() < 0.5)

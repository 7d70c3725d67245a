"""Metrics of the floor: rates and averages per queue, line or floor (the floor's rules).

A rate of several queues is computed from their summed counts, never as a mean of rates. If nothing was offered the rate
is None, neither 0 nor 100 %. If counts contradict each other (``contradictions``), the metric is None too, and the
counts are left out of every sum.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from floorctl.models.floor import HANDLING, READY, Interval, Queue, Seat
from floorctl.rules.floor import contradictions
from floorctl.rules.floor.counts import Counts

QUARTER = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)


#: Each metric and the counters that it is computed from.
_MADE_OF = {
    "answer_rate": frozenset({"answered", "offered"}),
    "service_level": frozenset({"answered_in_target", "offered"}),
    "abandon_rate": frozenset({"abandoned", "abandoned_short", "offered"}),
    "asa_seconds": frozenset({"wait_seconds", "answered"}),
    "aht_seconds": frozenset({"handle_seconds", "answered"}),
    "longest_wait_seconds": frozenset({"oldest_wait_since"}),
}


def doubts(counts: Queue | Counts | Interval, now: datetime | None = None) -> frozenset[str]:
    """Return the metrics that are None because their counters contradict each other; those of waits only with ``now``.

    More calls answered within the target than answered at all makes both the service level and the answer rate
    doubtful.
    """
    contradicting = list(contradictions.of_calls(counts))
    if now is not None and not isinstance(counts, Interval):
        contradicting += contradictions.of_wait(counts, now)
    if not contradicting:
        return _NONE
    wrong = frozenset[str]().union(*(contradiction.figures for contradiction in contradicting))
    return frozenset(name for name, parts in _MADE_OF.items() if parts & wrong)


_NONE: frozenset[str] = frozenset()


class QueueFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of a queue, None where there is no value; ``doubts``: the result of ``doubts``."""

    answer_rate: Fraction | None
    service_level: Fraction | None
    abandon_rate: Fraction | None
    asa_seconds: float | None
    aht_seconds: float | None
    longest_wait_seconds: float | None
    doubts: frozenset[str]


def figures(queue: Queue, now: datetime) -> QueueFigures:
    """Return all metrics of a queue; its contradictions are computed once."""
    doubted = doubts(queue, now)
    return QueueFigures(
        answer_rate=answer_rate(queue, doubted),
        service_level=service_level(queue, doubted),
        abandon_rate=abandon_rate(queue, doubted),
        asa_seconds=asa(queue, doubted),
        aht_seconds=aht(queue, doubted),
        longest_wait_seconds=None if "longest_wait_seconds" in doubted else _waited(queue, now),
        doubts=doubted,
    )


def answer_rate(counts: Queue | Counts | Interval, doubted: frozenset[str] | None = None) -> Fraction | None:
    """接通率: answered ÷ offered. ``doubted``: the ``doubts`` of ``counts``, if the caller has them."""
    if _doubtful("answer_rate", counts, doubted):
        return None
    return _ratio(counts.answered, counts.offered)


def service_level(counts: Queue | Counts | Interval, doubted: frozenset[str] | None = None) -> Fraction | None:
    """15秒接通率: answered within the target ÷ offered; ``doubted`` as above."""
    if _doubtful("service_level", counts, doubted):
        return None
    return _ratio(counts.answered_in_target, counts.offered)


def is_below_target(rate: Fraction | None, target_level: float) -> bool:
    """Return whether a service level misses its target; False where there is no rate.

    Both are compared as decimals: 9 of 10 reaches 0.9, although the nearest ``float`` to 0.9 is above it.
    """
    return rate is not None and rate < Fraction(str(target_level))


def abandon_rate(counts: Queue | Counts, doubted: frozenset[str] | None = None) -> Fraction | None:
    """Abandoned ÷ offered, both without calls abandoned within the first seconds; ``doubted`` as above."""
    if _doubtful("abandon_rate", counts, doubted):
        return None
    return _ratio(counts.abandoned - counts.abandoned_short, counts.offered - counts.abandoned_short)


def asa(counts: Queue | Counts, doubted: frozenset[str] | None = None) -> float | None:
    """Average speed of answer in seconds: waiting time of answered calls ÷ answered; ``doubted`` as above."""
    if not counts.answered or _doubtful("asa_seconds", counts, doubted):
        return None
    return counts.wait_seconds / counts.answered


def aht(counts: Queue | Counts | Interval, doubted: frozenset[str] | None = None) -> float | None:
    """Average handling time in seconds: talk, hold and wrap-up ÷ answered; ``doubted`` as above."""
    if not counts.answered or _doubtful("aht_seconds", counts, doubted):
        return None
    return counts.handle_seconds / counts.answered


def longest_wait(counts: Queue | Counts, now: datetime) -> float | None:
    """Return the seconds that the first call in the queue has waited; None if none waits or the times are wrong."""
    return None if any(contradictions.of_wait(counts, now)) else _waited(counts, now)


def _waited(counts: Queue | Counts, now: datetime) -> float | None:
    since = counts.oldest_wait_since
    return None if since is None else max(0.0, (now - since).total_seconds())


def occupancy(seats: Iterable[Seat]) -> Fraction | None:
    """Return handling ÷ (handling + available) of the staffed seats at present; None if there are none."""
    handling = available = 0
    for seat in seats:
        handling += seat.state in HANDLING
        available += seat.state == READY
    return _ratio(handling, handling + available)


class Crew(msgspec.Struct, frozen=True):
    """The seats that could take a queue's calls at present. ``able`` 能接: ready or handling; ``idle`` 空闲: ready."""

    able: int = 0
    idle: int = 0


def crews(seats: Iterable[Seat]) -> dict[str, Crew]:
    """Return the crew of each queue, by its id. A seat that serves several queues counts fully in each."""
    able: Counter[str] = Counter()
    idle: Counter[str] = Counter()
    # Grouped first: many seats have the same skills and state.
    for (skills, state), number in Counter([(seat.skills, seat.state) for seat in seats]).items():
        if state != READY and state not in HANDLING:
            continue
        for queue_id in skills:
            able[queue_id] += number
            if state == READY:
                idle[queue_id] += number
    return {queue_id: Crew(able[queue_id], idle[queue_id]) for queue_id in able}


def combine(queues: Iterable[Queue | Counts], now: datetime | None = None) -> Counts:
    """Return the summed counts of ``queues``, with the earliest of their oldest waits.

    The calls of a queue with contradicting counts are left out, and so is an impossible oldest wait; without ``now``
    only that of an empty queue.
    """
    queues = list(queues)
    sound = [queue for queue in queues if not any(contradictions.of_calls(queue))]
    waits = [queue for queue in queues if not any(contradictions.of_wait(queue, now))]
    since = [queue.oldest_wait_since for queue in waits if queue.oldest_wait_since is not None]
    return Counts(
        waiting=sum(queue.waiting for queue in queues),
        offered=sum(queue.offered for queue in sound),
        answered=sum(queue.answered for queue in sound),
        abandoned=sum(queue.abandoned for queue in sound),
        abandoned_short=sum(queue.abandoned_short for queue in sound),
        answered_in_target=sum(queue.answered_in_target for queue in sound),
        wait_seconds=sum(queue.wait_seconds for queue in sound),
        handle_seconds=sum(queue.handle_seconds for queue in sound),
        oldest_wait_since=min(since, default=None),
        left_out=len(queues) - len(sound) + sum(each.left_out for each in queues if isinstance(each, Counts)),
    )


def summed(intervals: Iterable[Interval]) -> Counts:
    """Return the summed counts of quarter hours (which have no short abandons and no waiting times).

    Those that contradict themselves are left out.
    """
    intervals = list(intervals)
    sound = [each for each in intervals if not any(contradictions.of_calls(each))]
    return Counts(
        offered=sum(each.offered for each in sound),
        answered=sum(each.answered for each in sound),
        abandoned=sum(each.abandoned for each in sound),
        answered_in_target=sum(each.answered_in_target for each in sound),
        handle_seconds=sum(each.handle_seconds for each in sound),
        left_out=len(intervals) - len(sound),
    )


def last_30_minutes(intervals: Iterable[Interval], queue_id: str | None, now: datetime) -> Counts:
    """Sum the quarter hours of ``queue_id`` (None: of all queues) that overlap the last 30 minutes."""
    since = now - _HALF_HOUR - QUARTER
    return summed(
        each for each in intervals if (queue_id is None or each.queue_id == queue_id) and since < each.start <= now
    )


def _doubtful(metric: str, counts: Queue | Counts | Interval, doubted: frozenset[str] | None) -> bool:
    return metric in (doubts(counts) if doubted is None else doubted)


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None

"""How the floor does: rates and averages per queue, per line, per floor (the floor's rules).

Rates of several queues are those of their summed counts, never means of rates. Where nothing was offered there is no
rate: None, neither 0 nor 100 %.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from floorctl.models.floor import HANDLING, READY, Interval, Queue, Seat

QUARTER = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Summed counters of one or more queues."""

    waiting: int = 0
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    answered_in_target: int = 0
    wait_seconds: float = 0.0
    handle_seconds: float = 0.0
    oldest_wait_since: datetime | None = None


def answer_rate(counts: Queue | Counts | Interval) -> Fraction | None:
    """接通率: answered ÷ offered."""
    return _ratio(counts.answered, counts.offered)


def target_rate(counts: Queue | Counts | Interval) -> Fraction | None:
    """15秒接通率: answered within the target ÷ offered."""
    return _ratio(counts.answered_in_target, counts.offered)


def abandon_rate(counts: Queue | Counts) -> Fraction | None:
    """Abandoned ÷ offered, both without those who gave up within the first seconds."""
    return _ratio(counts.abandoned - counts.abandoned_short, counts.offered - counts.abandoned_short)


def asa(counts: Queue | Counts) -> float | None:
    """Average speed of answer in seconds: waiting time of answered calls ÷ answered."""
    return counts.wait_seconds / counts.answered if counts.answered else None


def aht(counts: Queue | Counts | Interval) -> float | None:
    """Average handling time in seconds: talk, hold and wrap-up ÷ answered."""
    return counts.handle_seconds / counts.answered if counts.answered else None


def longest_wait(counts: Queue | Counts, now: datetime) -> float | None:
    """Seconds that the first in the queue has waited; None where nobody waits."""
    if counts.oldest_wait_since is None:
        return None
    return max(0.0, (now - counts.oldest_wait_since).total_seconds())


def occupancy(seats: Iterable[Seat]) -> Fraction | None:
    """Handling ÷ (handling + available) of the staffed seats at this moment."""
    handling = available = 0
    for seat in seats:
        handling += seat.state in HANDLING
        available += seat.state == READY
    return _ratio(handling, handling + available)


class Crew(msgspec.Struct, frozen=True):
    """Who could take a queue's calls at this moment. ``able`` 能接: ready or handling; ``idle`` 空闲: ready."""

    able: int = 0
    idle: int = 0


def crews(seats: Iterable[Seat]) -> dict[str, Crew]:
    """The crew of each queue, by its id. A seat that serves several queues counts in each of them, as a person."""
    able: Counter[str] = Counter()
    idle: Counter[str] = Counter()
    # Many seats, and few ways in which they are the same here.
    for (skills, state), number in Counter([(seat.skills, seat.state) for seat in seats]).items():
        if state != READY and state not in HANDLING:
            continue
        for queue_id in skills:
            able[queue_id] += number
            if state == READY:
                idle[queue_id] += number
    return {queue_id: Crew(able[queue_id], idle[queue_id]) for queue_id in able}


def combine(queues: Iterable[Queue | Counts]) -> Counts:
    """The summed counts of ``queues``; the oldest wait is the earliest of theirs."""
    queues = list(queues)
    since = [queue.oldest_wait_since for queue in queues if queue.oldest_wait_since is not None]
    return Counts(
        waiting=sum(queue.waiting for queue in queues),
        offered=sum(queue.offered for queue in queues),
        answered=sum(queue.answered for queue in queues),
        abandoned=sum(queue.abandoned for queue in queues),
        abandoned_short=sum(queue.abandoned_short for queue in queues),
        answered_in_target=sum(queue.answered_in_target for queue in queues),
        wait_seconds=sum(queue.wait_seconds for queue in queues),
        handle_seconds=sum(queue.handle_seconds for queue in queues),
        oldest_wait_since=min(since, default=None),
    )


def summed(intervals: Iterable[Interval]) -> Counts:
    """The summed counts of quarter hours (which know no short abandons and no waiting times)."""
    intervals = list(intervals)
    return Counts(
        offered=sum(each.offered for each in intervals),
        answered=sum(each.answered for each in intervals),
        abandoned=sum(each.abandoned for each in intervals),
        answered_in_target=sum(each.answered_in_target for each in intervals),
        handle_seconds=sum(each.handle_seconds for each in intervals),
    )


def last_30_minutes(intervals: Iterable[Interval], queue_id: str | None, now: datetime) -> Counts:
    """The counts of every quarter hour of ``queue_id`` (None: of all) that reaches into the last 30 minutes."""
    since = now - _HALF_HOUR - QUARTER
    return summed(
        each for each in intervals if (queue_id is None or each.queue_id == queue_id) and since < each.start <= now
    )


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None

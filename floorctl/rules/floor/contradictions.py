"""Figures of the platform that contradict each other: which ones, and what must not be computed from them.

If two figures exclude each other, one is wrong, and it is not known which: neither is used, and no metric that depends
on them is shown. The rules are arithmetic: a part is at most its whole, an empty queue has no oldest wait, and nothing
starts in the future.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from floorctl.models.assessment import Fact
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.rules.floor.counts import Counts

#: Tolerance between the clocks of the platform's servers; a time further ahead is wrong.
AHEAD = timedelta(minutes=1)
#: Upper bound of one call's handling time and of one wait, in seconds.
_DAY = 86_400


class Contradiction(msgspec.Struct, frozen=True):
    """``code`` names the sentence that states it (``contradiction.CODE``), ``values`` are the sentence's parameters.

    ``figures``: the names of the fields of which at least one is wrong.
    """

    code: str
    figures: frozenset[str]
    values: dict[str, int | float | str | datetime]


def of_calls(counts: Queue | Counts | Interval) -> Iterator[Contradiction]:
    """Yield the contradictions among the counters of a queue, or of one quarter hour of it."""
    offered, answered, abandoned, in_target = (
        counts.offered, counts.answered, counts.abandoned, counts.answered_in_target,
    )  # fmt: skip
    if answered > offered:
        yield _pair("answered_over_offered", answered=answered, offered=offered)
    if abandoned > offered:
        yield _pair("abandoned_over_offered", abandoned=abandoned, offered=offered)
    if max(answered, abandoned) <= offered < answered + abandoned:
        yield _pair("gone_over_offered", answered=answered, abandoned=abandoned, offered=offered)
    if in_target > answered:
        yield _pair("in_target_over_answered", answered_in_target=in_target, answered=answered)
    if not isinstance(counts, Interval):
        yield from _of_the_day(counts)
    if answered and counts.handle_seconds > answered * _DAY:
        yield _too_long("handling_over_a_day", counts.handle_seconds, "handle_seconds", answered)


def _of_the_day(counts: Queue | Counts) -> Iterator[Contradiction]:
    short, abandoned, answered = counts.abandoned_short, counts.abandoned, counts.answered
    if short > abandoned:
        yield _pair("short_over_abandoned", abandoned_short=short, abandoned=abandoned)
    if answered and counts.wait_seconds > answered * _DAY:
        yield _too_long("waiting_over_a_day", counts.wait_seconds, "wait_seconds", answered)


def of_wait(counts: Queue | Counts, now: datetime | None = None) -> Iterator[Contradiction]:
    """Yield the contradiction between a queue's number of waiting calls and its oldest wait, if any.

    Without ``now`` the start of the wait is not checked. A platform may omit the oldest wait.
    """
    since = counts.oldest_wait_since
    if since is None:
        return
    if not counts.waiting:
        yield Contradiction("wait_of_nobody", frozenset({"waiting", "oldest_wait_since"}), {"since": since})
    elif now is not None and since > now + AHEAD:
        yield Contradiction("wait_ahead", frozenset({"oldest_wait_since"}), {"since": since})
    elif now is not None and since < now - timedelta(seconds=_DAY):
        yield Contradiction("wait_over_a_day", frozenset({"oldest_wait_since"}), {"since": since})


def of_queue(queue: Queue, now: datetime) -> list[Contradiction]:
    """Return all contradictions of a queue, as of ``now``."""
    return [*of_calls(queue), *of_wait(queue, now)]


def of_resource(resource: Resource) -> list[Contradiction]:
    """Return the contradictions among a resource's numbers."""
    contradicting = []
    if resource.in_use > resource.capacity:
        contradicting.append(_pair("used_over_capacity", in_use=resource.in_use, capacity=resource.capacity))
    if resource.faulty > resource.capacity:
        contradicting.append(_pair("faulty_over_capacity", faulty=resource.faulty, capacity=resource.capacity))
    return contradicting


def of_seat(seat: Seat, now: datetime) -> list[Contradiction]:
    """Return the start times of a seat that lie in the future, as of ``now``."""
    contradicting = []
    if seat.since > now + AHEAD:
        contradicting.append(Contradiction("state_ahead", frozenset({"since"}), {"since": seat.since}))
    if seat.call is not None and seat.call.started_at > now + AHEAD:
        contradicting.append(Contradiction("call_ahead", frozenset({"call"}), {"since": seat.call.started_at}))
    return contradicting


def of_fact(fact: Fact) -> list[Contradiction]:
    """Return the contradictions among a fact's numbers."""
    if fact.passed is None or fact.sat is None or fact.passed <= fact.sat:
        return []
    return [_pair("passed_over_sat", passed=fact.passed, sat=fact.sat)]


def _pair(code: str, **values: float) -> Contradiction:
    return Contradiction(code, frozenset(values), dict(values))


def _too_long(code: str, seconds: float, figure: str, answered: int) -> Contradiction:
    return Contradiction(code, frozenset({figure}), {"seconds": seconds, "answered": answered})

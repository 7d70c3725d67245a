"""A queue while the floor runs: its waiting callers, its counters since midnight and its quarter hours."""

from collections import deque
from dataclasses import dataclass, field
from datetime import tzinfo

from floorctl.models.floor import Interval, Queue
from floorctl.simulator.content import read
from floorctl.simulator.world.arrivals import LINES, QUARTER, Caller
from floorctl.simulator.world.seat import moment

TARGET_SECONDS = 15
TARGET_LEVEL = 0.80
SHORT_SECONDS = 5


@dataclass(slots=True)
class Tally:
    """Totals of the calls that began in one quarter hour."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    in_target: int = 0
    handled: float = 0.0
    staffed: float = 0.0


@dataclass(slots=True)
class Line:
    """A queue. ``quarters`` holds the current day's quarter hours by their start, in seconds since the epoch."""

    queue_id: str
    midnight: float
    waiting: deque[Caller] = field(default_factory=deque)
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    in_target: int = 0
    waited: float = 0.0
    handled: float = 0.0
    quarters: dict[float, Tally] = field(default_factory=dict)
    #: Starts of the quarter hours that changed since they were last written.
    touched: set[float] = field(default_factory=set)

    def tally(self, at: float) -> Tally:
        """Return the tally of the quarter hour of ``at``, and mark it as changed."""
        start = at - at % QUARTER
        self.touched.add(start)
        return self.quarters.setdefault(start, Tally())

    def offer(self, caller: Caller) -> None:
        """Count an incoming call."""
        self.offered += 1
        self.tally(caller.at).offered += 1

    def answer(self, caller: Caller, wait: float) -> None:
        """Count an answered call."""
        in_target = wait <= TARGET_SECONDS
        tally = self.tally(caller.at)
        tally.answered += 1
        tally.in_target += in_target
        if caller.at >= self.midnight:
            self.answered += 1
            self.in_target += in_target
            self.waited += wait

    def lose(self, caller: Caller, wait: float) -> None:
        """Count an abandoned call."""
        self.tally(caller.at).abandoned += 1
        if caller.at >= self.midnight:
            self.abandoned += 1
            self.abandoned_short += wait <= SHORT_SECONDS

    def finish(self, caller: Caller, handled: float) -> None:
        """Add the handling time of a call: talk, hold and wrap-up."""
        self.tally(caller.at).handled += handled
        if caller.at >= self.midnight:
            self.handled += handled

    def roll(self, midnight: float) -> None:
        """Begin a new day: counters are reset; calls of the old day only count in its quarter hours."""
        self.midnight = midnight
        self.offered = self.answered = self.abandoned = self.abandoned_short = self.in_target = 0
        self.waited = self.handled = 0.0
        yesterday = midnight - 2 * QUARTER
        self.quarters = {start: tally for start, tally in self.quarters.items() if start >= yesterday}

    def entity(self, zone: tzinfo) -> Queue:
        """Return the queue as the contract's entity."""
        return Queue(
            name=read("floor")["queues"][LINES[self.queue_id]],
            line=LINES[self.queue_id],
            waiting=len(self.waiting),
            oldest_wait_since=moment(self.waiting[0].at, zone) if self.waiting else None,
            offered=self.offered,
            answered=self.answered,
            abandoned=self.abandoned,
            abandoned_short=self.abandoned_short,
            short_seconds=SHORT_SECONDS,
            answered_in_target=self.in_target,
            target_seconds=TARGET_SECONDS,
            target_level=TARGET_LEVEL,
            wait_seconds=round(self.waited, 1),
            handle_seconds=round(self.handled, 1),
        )

    def interval(self, start: float, zone: tzinfo) -> tuple[str, Interval]:
        """Return the id and the contract's entity of a quarter hour."""
        tally = self.quarters[start]
        begin = moment(start, zone)
        return interval_id(self.queue_id, begin.isoformat()), Interval(
            queue_id=self.queue_id,
            start=begin,
            offered=tally.offered,
            answered=tally.answered,
            abandoned=tally.abandoned,
            answered_in_target=tally.in_target,
            handle_seconds=round(tally.handled, 1),
            staffed_seconds=round(tally.staffed, 1),
        )


def interval_id(queue_id: str, start: str) -> str:
    """Return the contract's id of a quarter hour, QUEUE@START."""
    return f"{queue_id}@{start}"

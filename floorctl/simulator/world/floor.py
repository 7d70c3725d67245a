"""The floor in motion: telephony, shifts and midnights on one agenda; it does not access the store."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from floorctl.models.team import Shift
from floorctl.simulator.world import shared_matters
from floorctl.simulator.world.agenda import Agenda
from floorctl.simulator.world.arrivals import QUARTER
from floorctl.simulator.world.calls import DESK_POSTS, Telephony
from floorctl.simulator.world.queue import Tally
from floorctl.simulator.world.seat import Desk, WorkedShift
from floorctl.simulator.world.setup import Setup

#: Seconds that people come early or late, and stay after the end, at most.
_EARLY, _LATE, _OVERTIME = 240.0, 60.0, 110.0
#: Calls of the day that are simulated when a floor starts, at most.
_MOST_CALLS = 6000
#: Seconds that a caller usually waits: quarter hours that are not simulated do not tell.
_USUAL_WAIT = 11.0

#: Returns the quarter hours of a day that were over by a time, as (queue, start, tally).
Earlier = Callable[[Setup, date, float], Iterable[tuple[str, float, Tally]]]


class LiveFloor:
    """A floor whose seats and queues move when ``run`` is called.

    ``on_new_day`` is called at each midnight, after the counters were reset. ``paper_work``: whether the people beside
    the agents come too.
    """

    def __init__(self, setup: Setup, *, paper_work: bool = True) -> None:
        self.setup = setup
        self._posts = DESK_POSTS | {"agent"} if paper_work else frozenset({"agent"})
        self.agenda = Agenda()
        people = setup.staff.people
        self.telephony = Telephony(
            self.agenda,
            setup.arrivals,
            [Desk(place, people[place.person_id].post, place.skills) for place in setup.staff.places],
            seed=setup.seed,
            zone=setup.zone,
            trunk=setup.trunk,
        )
        self.telephony.callers = partial(shared_matters.callers, setup)
        self.on_new_day: Callable[[float, date], None] = lambda at, day: None
        self._desk_of = {desk.place.person_id: desk for desk in self.telephony.desks.values()}

    def midnight(self, day: date) -> float:
        """Return the start of ``day``, in seconds since the epoch."""
        return datetime.combine(day, time(), self.setup.zone).timestamp()

    def open_day(self, day: date, since: float, shifts: Iterable[tuple[str, Shift]]) -> None:
        """Plan the rest of ``day`` from ``since`` on, and the midnight that ends it."""
        for shift_id, shift in shifts:
            self.plan_shift(shift_id, shift, since)
        self.telephony.open_day(day, since)
        following = day + timedelta(days=1)
        self.agenda.at(self.midnight(following), self._new_day, following)

    def _new_day(self, at: float, day: date) -> None:
        self.telephony.roll(at)
        for desk in self.telephony.desks.values():
            desk.worked_shifts = [worked for worked in desk.worked_shifts if worked.ends > at]
        # People may have changed the shifts of the new day, so the callback plans them.
        self.on_new_day(at, day)

    def plan_shift(self, shift_id: str, shift: Shift, since: float) -> None:
        """Plan the work of ``shift``; it replaces a shift planned before under this id."""
        desk = self._desk_of.get(shift.person_id)
        if desk is None or desk.post not in self._posts:
            return
        rng = Random(f"{self.setup.seed}:{shift_id}:turn")
        start, end = shift.starts_at.timestamp(), shift.ends_at.timestamp()
        # Nobody comes before midnight: the shift's day has not begun.
        early = 0.0 if shift.starts_at.astimezone(self.setup.zone).hour == 0 else _EARLY
        worked = WorkedShift(shift_id, shift, start + rng.uniform(-early, _LATE), end + rng.uniform(0, _OVERTIME))
        before = next((other for other in desk.worked_shifts if other.shift_id == shift_id), None)
        if before is not None:
            worked.taken = before.taken
        desk.worked_shifts = sorted(
            [*(each for each in desk.worked_shifts if each is not before), worked], key=lambda each: each.begins
        )
        for when in (
            worked.begins,
            worked.ends,
            *(pause.starts_at.timestamp() + rng.uniform(0, 60) for pause in shift.pauses),
        ):
            if when > since:
                self.agenda.at(when, self.telephony.settle_idle, desk)

    def drop_shift(self, shift_id: str, at: float) -> None:
        """Remove a shift from the plan; a person who is working it leaves."""
        for desk in self.telephony.desks.values():
            if any(worked.shift_id == shift_id for worked in desk.worked_shifts):
                desk.worked_shifts = [worked for worked in desk.worked_shifts if worked.shift_id != shift_id]
                self.telephony.settle_idle(at, desk)

    def run(self, until: float) -> int:
        """Run all events due at or before ``until``; return how many there were."""
        return self.agenda.run(until)

    # -- a floor that starts in the middle of a day ----------------------------------------------------------------

    def play(self, day: date, shifts: Iterable[tuple[str, Shift]]) -> None:
        """Live through ``day`` from midnight on, until the last of its calls is over."""
        start = self.midnight(day)
        for line in self.telephony.lines.values():
            line.midnight = start
        for desk in self.telephony.desks.values():
            desk.since = desk.staffed_since = start
        for shift_id, shift in shifts:
            self.plan_shift(shift_id, shift, start)
        self.telephony.open_day(day, start)
        for desk in self.telephony.desks.values():
            self.telephony.settle(start, desk)
        self.run(self.midnight(day + timedelta(days=1)))
        self.telephony.count_staffed(self.midnight(day + timedelta(days=1)))
        self.run(float("inf"))

    def start(self, now: float, day: date, shifts: Iterable[tuple[str, Shift]], before: Earlier | None = None) -> None:
        """Bring the floor to ``now`` by simulating the day so far, or only its last hours on a large floor.

        ``before``: returns the quarter hours of a day that are not simulated, those that were over by a time; None: the
        whole day is simulated.
        """
        since = self.midnight(day) if before is None else self._played_since(now, day, _MOST_CALLS)
        for line in self.telephony.lines.values():
            line.midnight = self.midnight(day)
        if before is not None and since > self.midnight(day):
            self._take_quarters(before(self.setup, day, since))
        for desk in self.telephony.desks.values():
            desk.since = desk.staffed_since = since
        self.open_day(day, since, shifts)
        for desk in self.telephony.desks.values():
            if desk.shift_at(since) is not None:
                for worked in desk.worked_shifts:
                    worked.taken = {
                        index for index, pause in enumerate(worked.shift.pauses) if pause.ends_at.timestamp() <= since
                    }
                self.telephony.settle(since, desk)
        self.run(now)

    def _played_since(self, now: float, day: date, calls: int) -> float:
        midnight = self.midnight(day)
        factor = self.setup.arrivals.day_factor(day)
        start = now - now % QUARTER
        seen = 0.0
        while start > midnight and seen < calls:
            start -= QUARTER
            quarter = round((start - midnight) / QUARTER)
            seen += sum(self.setup.arrivals.expected(queue_id, quarter, factor) for queue_id in self.telephony.lines)
        return max(start, midnight)

    def _take_quarters(self, quarters: Iterable[tuple[str, float, Tally]]) -> None:
        for queue_id, start, tally in quarters:
            line = self.telephony.lines[queue_id]
            line.quarters[start] = tally
            line.touched.add(start)
            line.offered += tally.offered
            line.answered += tally.answered
            line.abandoned += tally.abandoned
            line.in_target += tally.in_target
            line.waited += tally.answered * _USUAL_WAIT
            line.handled += tally.handled

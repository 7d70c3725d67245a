"""Days of the telephone side that are over by the time a floor is opened, as the simulation itself lives them.

A day that is over is played by the agents alone, from midnight to midnight; it is the same each time. A floor that is
much larger than the contract's would take long: its past is that of one of the contract's size, multiplied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from floorctl.simulator.world.arrivals import QUARTER, Caller
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.missed import MissedCalls
from floorctl.simulator.world.orders import ends_in_order
from floorctl.simulator.world.people import CONTRACT_SEATS
from floorctl.simulator.world.queue import Tally
from floorctl.simulator.world.seat import Desk
from floorctl.simulator.world.setup import Setup

#: Seats, relative to the contract's, above which a day is not played seat by seat.
_LARGEST = 3.0
#: Seconds by which the calls that are multiplied lie apart, at most.
_APART = 600.0


@dataclass(frozen=True)
class EndedCall:
    """An answered call: ``over`` is when the seat was done with it, in seconds since the epoch."""

    caller: Caller
    person_id: str
    over: float


@dataclass(frozen=True)
class PlayedDay:
    """Queue → start of a quarter hour → what came of its calls; and the answered calls, in the order of their ends.

    On a floor that is not played seat by seat they are those calls that end in an order, and ``missed`` is who gave up
    on the smaller one.
    """

    tallies: dict[str, dict[float, Tally]]
    calls: tuple[EndedCall, ...]
    missed: MissedCalls


@lru_cache(maxsize=8)
def played(setup: Setup, day: date) -> PlayedDay:
    """Return ``day`` as the floor of ``setup`` lived it."""
    if setup.scale > _LARGEST:
        return _multiplied(setup, day)
    floor = LiveFloor(setup, paper_work=False)
    calls: list[EndedCall] = []

    def over(at: float, desk: Desk, caller: Caller) -> None:
        if desk.person_id is not None:
            calls.append(EndedCall(caller, desk.person_id, at))

    missed = MissedCalls(setup)
    floor.telephony.on_call_over = over
    floor.telephony.on_gave_up, floor.telephony.on_got_through = missed.gave_up, missed.got_through
    floor.play(day, setup.shifts(day))
    ends = floor.midnight(day + timedelta(days=1))
    tallies = {
        line.queue_id: {start: tally for start, tally in line.quarters.items() if start < ends}
        for line in floor.telephony.lines.values()
    }
    return PlayedDay(tallies, tuple(calls), missed)


def _multiplied(setup: Setup, day: date) -> PlayedDay:
    small = replace(setup, seats=CONTRACT_SEATS)
    of = played(small, day)
    times = setup.arrivals.scale / small.arrivals.scale
    rng = Random(f"{setup.seed}:{day}:multiplied")
    tallies = {
        queue_id: {start: _times(tally, times) for start, tally in quarters.items()}
        for queue_id, quarters in of.tallies.items()
    }
    on_shift = [
        (shift.starts_at.timestamp(), shift.ends_at.timestamp(), shift.person_id)
        for _, shift in setup.shifts(day)
        if setup.staff.people[shift.person_id].post == "agent"
    ]
    ends = datetime.combine(day + timedelta(days=1), time(), setup.zone).timestamp() - 1
    calls: list[EndedCall] = []
    for each in of.calls:
        if not ends_in_order(setup, each.caller):
            continue  # nobody asks for the others
        there = [pid for begins, ends, pid in on_shift if begins <= each.over <= ends] or [on_shift[0][2]]
        for number in range(int(times) + (rng.random() < times % 1)):
            caller = replace(each.caller, id=f"{each.caller.id}-{number}")
            over = min(each.over + rng.uniform(0, _APART), max(each.over, ends))
            calls.append(EndedCall(caller, rng.choice(there), over))
    return PlayedDay(tallies, tuple(sorted(calls, key=lambda call: call.over)), of.missed)


def _times(tally: Tally, times: float) -> Tally:
    answered, abandoned = round(tally.answered * times), round(tally.abandoned * times)
    in_target = min(answered, round(tally.in_target * times))
    return Tally(answered + abandoned, answered, abandoned, in_target, tally.handled * times, tally.staffed * times)


def quarters_until(setup: Setup, day: date, until: float) -> Iterator[tuple[str, float, Tally]]:
    """Yield (queue, start, tally) of the quarter hours of ``day`` that were over by ``until``."""
    for queue_id, quarters in played(setup, day).tallies.items():
        for start in sorted(quarters):
            if start + QUARTER <= until:
                yield queue_id, start, quarters[start]

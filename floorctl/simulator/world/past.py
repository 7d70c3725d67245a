"""Days of the telephone side that are over by the time a floor is opened, as the simulation itself lives them.

A day that is over is played by the agents alone, from midnight to midnight; it is the same each time. To play all of
the past would take long: what lies further back than a month is made of a later day of the same kind, with its own
number of calls, its own callers and the people of its shifts. So is the past of a floor that is much larger than the
contract's: that of one of the contract's size, multiplied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from floorctl.simulator.content import people
from floorctl.simulator.world.arrivals import QUARTER, Caller
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.missed import MissedCalls
from floorctl.simulator.world.orders import ends_in_order
from floorctl.simulator.world.people import CONTRACT_SEATS
from floorctl.simulator.world.queue import Tally
from floorctl.simulator.world.seat import Desk
from floorctl.simulator.world.setup import HISTORY_DAYS, Setup
from floorctl.simulator.world.shared_matters import SPOT

#: Seats, relative to the contract's, above which a day is not played seat by seat.
_LARGEST = 3.0
#: Days before a floor is opened that are played: the running month's, and some of the last.
_PLAYED_DAYS = 31
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

    Of the calls those that end in an order; ``missed`` is who gave up, on the smaller floor where it is multiplied, and
    nobody on a day that was not played.
    """

    tallies: dict[str, dict[float, Tally]]
    calls: tuple[EndedCall, ...]
    missed: MissedCalls


def played(setup: Setup, day: date) -> PlayedDay:
    """Return ``day`` as the floor of ``setup`` lived it."""
    long_past = (setup.today(setup.opened) - day).days > _PLAYED_DAYS
    return _made(setup, day) if long_past else _lived(setup, day)


@lru_cache(maxsize=8)
def _made(setup: Setup, day: date) -> PlayedDay:
    later = _like(setup, day)
    return _lived(setup, day) if later is None else _made_of(setup, day, later)


@lru_cache(maxsize=_PLAYED_DAYS + 3)
def _lived(setup: Setup, day: date) -> PlayedDay:
    if setup.scale > _LARGEST:
        return _multiplied(setup, day)
    floor = LiveFloor(setup, paper_work=False)
    calls: list[EndedCall] = []

    def over(at: float, desk: Desk, caller: Caller) -> None:
        if desk.person_id is not None and ends_in_order(setup, caller):
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
    on_shift = _agents_on_shift(setup, day)
    ends = datetime.combine(day + timedelta(days=1), time(), setup.zone).timestamp() - 1
    calls: list[EndedCall] = []
    for each in of.calls:
        there = [pid for begins, ends, pid in on_shift if begins <= each.over <= ends] or [on_shift[0][2]]
        for number in range(int(times) + (rng.random() < times % 1)):
            caller = replace(each.caller, id=f"{each.caller.id}-{number}")
            if number:
                caller = replace(caller, phone=people.phone(rng), about="")
            over = min(each.over + rng.uniform(0, _APART), max(each.over, ends))
            calls.append(EndedCall(caller, rng.choice(there), over))
    return PlayedDay(tallies, tuple(sorted(calls, key=lambda call: call.over)), of.missed)


def _agents_on_shift(setup: Setup, day: date) -> list[tuple[float, float, str]]:
    """Return when each agent's shift of ``day`` begins and ends (seconds since the epoch), and who it is."""
    return [
        (shift.starts_at.timestamp(), shift.ends_at.timestamp(), shift.person_id)
        for _, shift in setup.shifts(day)
        if setup.staff.people[shift.person_id].post == "agent"
    ]


def _like(setup: Setup, day: date) -> date | None:
    """Return a day among those that are played that is like ``day``: best of the same weekday; None if none is."""
    opened, calendar = setup.today(setup.opened), setup.calendar
    alike = [
        later
        for back in range(_PLAYED_DAYS, 0, -1)
        if calendar.is_working_day(later := opened - timedelta(days=back)) == calendar.is_working_day(day)
    ]
    same = [later for later in alike if later.weekday() == day.weekday()]
    found = same or alike
    return found[day.toordinal() // 7 % len(found)] if found else None


def _made_of(setup: Setup, day: date, later: date) -> PlayedDay:
    """Return ``day`` made of ``later``: as many calls as it has itself, other callers, the people of its shifts."""
    of, rng = _lived(setup, later), Random(f"{setup.seed}:{day}:made")
    times = setup.arrivals.day_factor(day) / setup.arrivals.day_factor(later)
    earlier = (
        datetime.combine(later, time(), setup.zone).timestamp() - datetime.combine(day, time(), setup.zone).timestamp()
    )
    tallies = {
        queue_id: {
            start - earlier: _times(tally, times * max(0.0, rng.gauss(1, max(tally.offered, 1) ** -0.5)))
            for start, tally in quarters.items()
        }
        for queue_id, quarters in of.tallies.items()
    }
    on_shift = _agents_on_shift(setup, day)
    calls: list[EndedCall] = []
    for each in of.calls if setup.order_days >= HISTORY_DAYS else ():  # else none of its calls' orders are kept
        if each.caller.about.startswith(SPOT):
            continue
        for number in range(int(times) + (rng.random() < times % 1)):
            over = each.over - earlier + rng.uniform(-_APART, _APART) * bool(number)
            there = [pid for begins, ends, pid in on_shift if begins <= over <= ends] or [on_shift[0][2]]
            made = replace(
                each.caller, id=f"{each.caller.id}-{day:%m%d}{number}", at=each.caller.at - earlier, about=""
            )
            calls.append(EndedCall(replace(made, phone=people.phone(rng)), rng.choice(there), over))
    return PlayedDay(tallies, tuple(sorted(calls, key=lambda call: call.over)), MissedCalls(setup))


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

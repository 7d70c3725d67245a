"""Callers who gave up: some call again by themselves, the others are called back by day, the oldest first.

Everything about a missed call follows from its entity, so that a restart, or a person who calls back at a terminal,
needs nothing else. A few are left until the next day for whoever is at a terminal.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.orders import MissedCall
from floorctl.simulator.world.agenda import Agenda
from floorctl.simulator.world.arrivals import LINES, Caller, lognormal
from floorctl.simulator.world.queue import SHORT_SECONDS
from floorctl.simulator.world.seat import moment
from floorctl.simulator.world.setup import Setup

KIND = "missed_call"
_MINUTE = timedelta(minutes=1)
#: Minutes until a colleague calls back on average and at most, and until the next try.
_AFTER, _AFTER_MOST, _NEXT_TRY = 55.0, 115.0, (35.0, 80.0)
_REACHED_SHARE, _LEFT_SHARE, _TRIES = 0.68, 0.08, 3
#: Hours between which citizens are called, and minutes that those of a night take in the morning.
_FROM, _UNTIL, _MORNING = 8, 20, 75.0
#: Days of which a new floor has the missed calls.
HISTORY = 4


def first_id(day: date) -> str:
    """Return what the ids of a day's missed calls begin with; they sort by day."""
    return f"m-{day:%Y%m%d}"


def missed(setup: Setup, caller: Caller, at: float) -> tuple[str, MissedCall] | None:
    """Return the missed call of a caller who gave up at ``at``, with its id; None for one who hardly waited."""
    waited = at - caller.at
    if waited <= SHORT_SECONDS:
        return None
    gave_up = moment(at, setup.zone)
    return f"{first_id(gave_up.date())}-{caller.id}", MissedCall(
        line=LINES[caller.queue_id],
        caller=caller.phone,
        at=gave_up,
        waited_seconds=round(waited, 1),
        state="open",
    )


def called_again(call: MissedCall) -> MissedCall:
    """Return the missed call of a caller who has got through meanwhile; unchanged if it is settled already."""
    return replace(call, state="called_again") if call.state in ("open", "no_answer") else call


def next_try(
    setup: Setup, call_id: str, call: MissedCall, after: datetime | None = None
) -> tuple[datetime, MissedCall] | None:
    """Return when a colleague calls back next and the missed call then; None if nobody does any more.

    ``after``: nobody has called back until then.
    """
    if call.state not in ("open", "no_answer") or call.tries >= _TRIES:
        return None
    rng = Random(f"{setup.seed}:{call_id}:{call.tries}")
    if call.done_at is None:
        left = timedelta(days=1) if rng.random() < _LEFT_SHARE else timedelta(0)
        at = _by_day(call.at.astimezone(setup.zone) + left, min(lognormal(rng, _AFTER, 0.5), _AFTER_MOST) * _MINUTE)
    else:
        at = _by_day(call.done_at.astimezone(setup.zone), rng.uniform(*_NEXT_TRY) * _MINUTE)
    if after is not None and at <= after:
        at = after + rng.uniform(1, 20) * _MINUTE
    state = "reached" if rng.random() < _REACHED_SHARE else "no_answer"
    by = rng.choice(setup.staff.with_post("dispatcher") or setup.staff.with_post("team_lead"))
    return at, replace(call, state=state, tries=call.tries + 1, done_by=by, done_at=at)


def _by_day(at: datetime, wait: timedelta) -> datetime:
    """Return ``at`` and ``wait``; for a time of the night a time of the morning, in the same order."""
    when = at + wait
    if _FROM <= at.hour < _UNTIL and when.hour < _UNTIL and when.date() == at.date():
        return when
    opens = at.replace(hour=_FROM, minute=0, second=0, microsecond=0)
    evening = at.hour >= _FROM
    passed = at - (opens if evening else opens - timedelta(days=1)) - timedelta(hours=_UNTIL - _FROM)
    night = timedelta(hours=24 - _UNTIL + _FROM)
    return opens + timedelta(days=evening) + max(passed / night, 0.0) * _MORNING * _MINUTE + wait / 10


def lived(setup: Setup, call_id: str, call: MissedCall, until: datetime) -> MissedCall:
    """Return the missed call as it is at ``until``."""
    while (step := next_try(setup, call_id, call)) is not None and step[0] <= until:
        call = step[1]
    return call


class MissedCalls:
    """Who gave up and who called again, as the telephony tells it; keeps them for a floor that is being seeded."""

    def __init__(self, setup: Setup) -> None:
        self.calls: dict[str, MissedCall] = {}
        self._again: dict[str, datetime] = {}
        self._setup = setup

    def gave_up(self, at: float, caller: Caller) -> str:
        """Keep the missed call of a caller who gave up; return its id, empty if it is none."""
        made = missed(self._setup, caller, at)
        if made is None:
            return ""
        self.calls[made[0]] = made[1]
        return made[0]

    def got_through(self, at: float, caller: Caller) -> None:
        """Keep that a caller who gave up before has got through."""
        self._again[caller.missed] = moment(at, self._setup.zone)

    def until(self, until: datetime) -> Iterator[tuple[str, MissedCall]]:
        """Yield the missed calls as they are at ``until``, with their ids."""
        for call_id, call in self.calls.items():
            if call.at > until:
                continue
            again = self._again.get(call_id)
            if again is not None and again <= until:
                yield call_id, called_again(lived(self._setup, call_id, call, again))
            else:
                yield call_id, lived(self._setup, call_id, call, until)


class LiveMissedCalls:
    """The missed calls of a floor that runs: written when somebody gives up, called back by the agenda."""

    def __init__(
        self,
        setup: Setup,
        agenda: Agenda,
        read: Callable[[str, str], Entity | None],
        write: Callable[[str, str, Entity], None],
    ) -> None:
        self._setup = setup
        self._agenda = agenda
        self._read = read
        self._write = write

    def gave_up(self, at: float, caller: Caller) -> str:
        """Write the missed call of a caller who gave up, and plan its call-back; return its id, empty if it is none."""
        made = missed(self._setup, caller, at)
        if made is None:
            return ""
        self._write(KIND, *made)
        self.follow(made[0], made[1], at)
        return made[0]

    def got_through(self, at: float, caller: Caller) -> None:
        """Settle the missed call of a caller who has got through."""
        call = self._read(KIND, caller.missed)
        if isinstance(call, MissedCall) and called_again(call) != call:
            self._write(KIND, caller.missed, called_again(call))

    def follow(self, call_id: str, call: MissedCall, at: float) -> None:
        """Plan the next try to call back, not before ``at``."""
        after = moment(at, self._setup.zone)
        step = next_try(self._setup, call_id, call, after)
        if step is not None:
            self._agenda.at(step[0].timestamp(), self._try, call_id, call.tries, after)

    def _try(self, at: float, call_id: str, tries: int, after: datetime) -> None:
        call = self._read(KIND, call_id)
        if not isinstance(call, MissedCall) or call.tries != tries:
            return
        step = next_try(self._setup, call_id, call, after)
        if step is not None:
            self._write(KIND, call_id, step[1])
            self.follow(call_id, step[1], at)

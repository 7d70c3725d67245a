"""A seat while the floor runs: its person, what their shift plans next, and a state forced by a person."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from floorctl.models.floor import HANDLING, SIGNED_OUT, Call, Seat
from floorctl.models.team import Pause, Shift
from floorctl.simulator.world.arrivals import LINES, Caller
from floorctl.simulator.world.people import Place

#: Least share of a planned pause that is taken if it begins late.
_LEAST_PAUSE = 0.8


def moment(at: float, zone: tzinfo) -> datetime:
    """Return ``at`` (seconds since the epoch) in the floor's zone, rounded down to the millisecond."""
    return datetime.fromtimestamp(int(at * 1000) / 1000, zone)


def is_staffed(state: str) -> bool:
    """Whether a seat in this state counts as staffed."""
    return state == "ready" or state in HANDLING


@dataclass(slots=True)
class WorkedShift:
    """A shift as it is really worked: a little early or late at both ends."""

    shift_id: str
    shift: Shift
    begins: float
    ends: float
    #: Indices of the pauses that were taken, or given up for good.
    taken: set[int] = field(default_factory=set)
    #: Begin and end of each pause, in seconds since the epoch.
    pauses: tuple[tuple[float, float], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the pauses' times: they are looked at after every call."""
        self.pauses = tuple((each.starts_at.timestamp(), each.ends_at.timestamp()) for each in self.shift.pauses)


@dataclass(slots=True)
class Desk:
    """A seat. ``token`` increases with every change of state; events planned for an older one are void."""

    place: Place
    post: str
    skills: tuple[str, ...]
    state: str = SIGNED_OUT
    since: float = 0.0
    person_id: str | None = None
    shift_id: str | None = None
    caller: Caller | None = None
    call_since: float = 0.0
    token: int = 0
    worked_shifts: list[WorkedShift] = field(default_factory=list)
    #: A state forced by a person, and until when it is kept.
    forced: str | None = None
    forced_until: float = 0.0
    #: When the current pause ends.
    pause_until: float = 0.0
    #: Start of the staffed time that is not yet counted in an interval.
    staffed_since: float = 0.0

    @property
    def handling(self) -> bool:
        """Whether it is busy with a call or its wrap-up."""
        return self.state in HANDLING or self.caller is not None

    @property
    def staffed(self) -> bool:
        """Whether it counts as staffed: free or handling."""
        return is_staffed(self.state)

    def shift_at(self, at: float) -> WorkedShift | None:
        """Return the shift that is worked at ``at``, None if there is none."""
        for worked in self.worked_shifts:
            if worked.begins <= at < worked.ends:
                return worked
        return None

    def pause_due(self, at: float) -> tuple[WorkedShift, int, Pause] | None:
        """Return the planned pause that should be running at ``at`` and has not been taken."""
        worked = self.shift_at(at)
        if worked is None:
            return None
        for index, (begins, ends) in enumerate(worked.pauses):
            if begins <= at < ends and index not in worked.taken and not worked.shift.pauses[index].cancelled:
                return worked, index, worked.shift.pauses[index]
        return None

    def take_pause(self, worked: WorkedShift, index: int, pause: Pause, at: float) -> None:
        """Begin a pause at ``at``; one that begins late still lasts most of its length."""
        worked.taken.add(index)
        begin, end = pause.starts_at.timestamp(), pause.ends_at.timestamp()
        self.pause_until = max(end, at + _LEAST_PAUSE * (end - begin))

    def give_up_pauses(self, at: float) -> None:
        """Give up the pauses that have begun: a person who is ordered back does not take them again."""
        worked = self.shift_at(at)
        if worked is not None:
            worked.taken |= {
                index for index, pause in enumerate(worked.shift.pauses) if pause.starts_at.timestamp() <= at
            }
        self.pause_until = at

    def next_reason(self, at: float) -> float:
        """Return when the shift next gives a reason to change state: a pause, or its end.

        Without a shift: when the next one begins, else an hour after ``at``.
        """
        worked = self.shift_at(at)
        if worked is None:
            return min((each.begins for each in self.worked_shifts if each.begins > at), default=at + 3600.0)
        starts = [
            pause.starts_at.timestamp()
            for pause in worked.shift.pauses
            if not pause.cancelled and pause.starts_at.timestamp() > at
        ]
        return min([*starts, worked.ends])

    def entity(self, zone: tzinfo) -> Seat:
        """Return the seat as the contract's entity."""
        call = None
        if self.caller is not None and self.state != "wrap_up":
            call = Call(
                id=self.caller.id,
                line=LINES[self.caller.queue_id],
                caller=self.caller.phone,
                started_at=moment(self.call_since, zone),
            )
        return Seat(
            number=self.place.number,
            zone=self.place.zone,
            kind=self.place.kind,
            extension=self.place.extension,
            state=self.state,
            since=moment(self.since, zone),
            skills=self.skills,
            person_id=self.person_id,
            shift_id=self.shift_id,
            call=call,
        )

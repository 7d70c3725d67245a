"""Which queues a seat usually serves, and whether 技能调整 has moved it away from them.

The contract has a seat's present queues and a person's skills, but not who changed either. So a seat's usual queues are
the skills of the person at it. Without a person, or without skills of that person, they are unknown, and the seat does
not count as moved.
"""

from collections.abc import Collection, Sequence

from floorctl.models.floor import Seat
from floorctl.models.team import Person


def usual_queues(person: Person | None, queues: Collection[str]) -> tuple[str, ...]:
    """Return the ids among ``queues`` that ``person`` is skilled for, first choice first; empty if unknown."""
    return () if person is None else tuple(skill for skill in dict.fromkeys(person.skills) if skill in queues)


def moved_away(seat: Seat, usual: Sequence[str], queues: Collection[str]) -> bool:
    """Return whether ``seat`` serves other queues than ``usual``, or another first choice; False if that is unknown."""
    if not usual or (*seat.skills,) == (*usual,):
        return False
    serves = [skill for skill in seat.skills if skill in queues]
    return set(serves) != set(usual) or serves[0] != usual[0]

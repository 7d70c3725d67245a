"""Which queues a seat usually serves, and whether 技能调整 has moved it away from them.

The contract says what a seat serves now and what a person is skilled for, and nothing about who changed either. So the
usual queues of a seat are those of the person who works at it. Where nobody does, or the platform keeps no skills of
that person, they are not known, and the seat counts as moved by nobody.
"""

from collections.abc import Collection, Sequence

from floorctl.models.floor import Seat
from floorctl.models.team import Person


def usual_queues(person: Person | None, queues: Collection[str]) -> tuple[str, ...]:
    """The ids of the queues among ``queues`` that ``person`` is skilled for, first choice first; empty: not known."""
    return () if person is None else tuple(skill for skill in dict.fromkeys(person.skills) if skill in queues)


def moved_away(seat: Seat, usual: Sequence[str], queues: Collection[str]) -> bool:
    """Whether ``seat`` serves other queues than ``usual``, or has another first choice; False where that is unknown."""
    if not usual or (*seat.skills,) == (*usual,):
        return False
    serves = [skill for skill in seat.skills if skill in queues]
    return set(serves) != set(usual) or serves[0] != usual[0]

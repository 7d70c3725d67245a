"""考勤: who should be at work and is not (the floor's rules)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from floorctl.models.team import Shift
from floorctl.rules.staffing.adherence import WORK, planned

#: Who comes within so long after the beginning of a shift is in time.
GRACE = timedelta(minutes=5)


def missing(shifts: Iterable[Shift], present: Collection[str], at: datetime) -> list[Shift]:
    """The shifts that plan work at ``at`` for somebody who is not among ``present``, longest begun first.

    ``present``: ids of the people who are signed in at a seat, whatever its state.
    """
    found: dict[str, Shift] = {}
    for shift in shifts:
        if shift.person_id in present or at - shift.starts_at <= GRACE:
            continue
        if planned(shift, at) == WORK:
            found.setdefault(shift.person_id, shift)
    return sorted(found.values(), key=lambda shift: (shift.starts_at, shift.person_id))

"""考勤: who should be at work and is not (the floor's rules)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from floorctl.models.team import Shift
from floorctl.rules.staffing.adherence import WORK, planned

#: Tolerance after the start of a shift; an arrival within it is in time.
GRACE = timedelta(minutes=5)


def missing(shifts: Iterable[Shift], present: Collection[str], at: datetime) -> list[Shift]:
    """Return the shifts that plan work at ``at`` for people who are not in ``present``, the earliest start first.

    ``present``: ids of the people signed in at a seat, in any state.
    """
    by_person: dict[str, Shift] = {}
    for shift in shifts:
        if shift.person_id in present or at - shift.starts_at <= GRACE:
            continue
        if planned(shift, at) == WORK:
            by_person.setdefault(shift.person_id, shift)
    return sorted(by_person.values(), key=lambda shift: (shift.starts_at, shift.person_id))

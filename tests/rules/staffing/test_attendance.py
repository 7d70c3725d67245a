from datetime import datetime
from typing import Any

import pytest

from floorctl.models.team import Shift
from floorctl.rules.staffing.attendance import missing
from tests.rules import small_floor
from tests.rules.small_floor import HOUR, MINUTE, NOW

BREAK = small_floor.pause()


def begins_now(person: str = "p-1", **given: Any) -> Shift:
    return small_floor.shift(
        **{"person_id": person, "starts_at": NOW, "ends_at": NOW + 8 * HOUR, "pauses": (), **given}
    )


@pytest.mark.parametrize(
    ("at", "absent"),
    [
        (NOW - MINUTE, False),
        (NOW + 5 * MINUTE, False),
        (NOW + 6 * MINUTE, True),
        (NOW + HOUR + MINUTE, False),  # on a break
        (NOW + 8 * HOUR - MINUTE, True),
        (NOW + 8 * HOUR, False),
    ],
)
def test_who_has_a_shift_and_is_at_no_seat_is_missing_from_five_minutes_on(at: datetime, absent: bool) -> None:
    assert bool(missing([begins_now(pauses=(BREAK,))], (), at)) == absent
    assert missing([begins_now(pauses=(BREAK,))], {"p-1"}, at) == []


def test_a_cancelled_break_is_work_and_whose_shift_began_first_comes_first() -> None:
    at = NOW + HOUR + MINUTE
    cancelled = begins_now(pauses=(small_floor.pause(cancelled=True),))
    early = begins_now("p-2", starts_at=NOW - HOUR)
    assert missing([cancelled, early, early], (), at) == [early, cancelled]

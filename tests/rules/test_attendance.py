from datetime import datetime
from typing import Any

import pytest

from floorctl.models import Pause, Shift
from floorctl.rules.attendance import missing
from tests.rules.floor import HOUR, MINUTE, NOW

BREAK = Pause(kind="break", starts_at=NOW + HOUR, ends_at=NOW + HOUR + 10 * MINUTE)


def shift(person: str = "p-1", **given: Any) -> Shift:
    return Shift(**{"person_id": person, "name": "middle", "starts_at": NOW, "ends_at": NOW + 8 * HOUR, **given})


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
    assert bool(missing([shift(pauses=(BREAK,))], (), at)) == absent
    assert missing([shift(pauses=(BREAK,))], {"p-1"}, at) == []


def test_a_cancelled_break_is_work_and_whose_shift_began_first_comes_first() -> None:
    at = NOW + HOUR + MINUTE
    cancelled = shift(pauses=(Pause(kind="break", starts_at=BREAK.starts_at, ends_at=BREAK.ends_at, cancelled=True),))
    early = shift("p-2", starts_at=NOW - HOUR)
    assert missing([cancelled, early, early], (), at) == [early, cancelled]

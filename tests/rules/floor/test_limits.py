"""How long a seat may be in a state before it is marked."""

from datetime import timedelta

import pytest

from floorctl.rules.floor import limits
from tests.rules import small_floor
from tests.rules.small_floor import MINUTE, NOW


@pytest.mark.parametrize(
    ("state", "seconds", "marked"),
    [
        ("talking", 600, "none"), ("talking", 601, "warning"), ("talking", 901, "alert"),
        ("wrap_up", 121, "warning"), ("break", 901, "warning"), ("meal", 2700, "none"),
        ("not_ready", 301, "warning"), ("ringing", 16, "warning"),
        ("ready", 99_999, "none"), ("a state of a later release", 99_999, "none"),
    ],
)  # fmt: skip
def test_a_seat_is_marked_past_its_limit(state: str, seconds: int, marked: str) -> None:
    seat = small_floor.seat(state=state, since=NOW - timedelta(seconds=seconds))
    assert limits.seat_limit(seat, NOW, limits.SeatLimits()) == marked


def test_a_clock_that_is_behind_shows_no_negative_time() -> None:
    assert limits.seconds_in_state(small_floor.seat(since=NOW + MINUTE), NOW) == 0

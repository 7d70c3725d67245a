"""Which shift hands over when, and which handovers lack a signature."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.team import Shift
from floorctl.rules.handover import shifts as handover
from floorctl.rules.handover.shifts import HANDING_OVER, ShiftOf
from tests.build import HOUR, Entities

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 24)
MADE = Entities(datetime(2026, 11, 24, 10, tzinfo=ZONE))

shifts = st.builds(
    ShiftOf, st.dates(min_value=date(2025, 1, 1), max_value=date(2027, 12, 31)), st.sampled_from(HANDING_OVER)
)
moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(ZONE))
states = st.sampled_from(["open", "given", "taken"])


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


@given(shifts)
def test_the_shift_after_the_one_before_is_the_same(shift: ShiftOf) -> None:
    assert handover.after(handover.before(shift)) == shift
    assert handover.before(handover.after(shift)) == shift
    assert handover.place(handover.before(shift)) < handover.place(shift)


@given(shifts)
def test_a_shift_begins_where_the_one_before_ends(shift: ShiftOf) -> None:
    assert handover.hours(handover.before(shift), ZONE)[1] == handover.hours(shift, ZONE)[0]


@given(moments)
def test_the_shift_at_a_moment_is_the_one_whose_hours_hold_it(local: datetime) -> None:
    starts, ends = handover.hours(handover.shift_at(local), ZONE)
    assert starts <= local < ends


@given(moments, states)
def test_what_is_handed_over_is_the_shift_at_work_or_the_one_before(local: datetime, state: str) -> None:
    now = handover.shift_at(local)
    meant = handover.to_hand_over(local, {handover.before(now): state})
    fresh = local - handover.hours(now, ZONE)[0] < handover.GRACE
    assert meant == (handover.before(now) if fresh and state != "taken" else now)


@given(moments, st.dictionaries(shifts, states, max_size=8))
def test_only_earlier_shifts_of_a_week_without_both_signatures_are_called_for(
    local: datetime, held: dict[ShiftOf, str]
) -> None:
    now = handover.shift_at(local)
    found = handover.unsigned(held, local)
    assert found == sorted(found, key=handover.place)
    assert all(handover.place(each) < handover.place(now) for each in found)
    assert all(held.get(each) != "taken" and now.day - each.day <= timedelta(days=7) for each in found)
    if held:
        assert (handover.before(now) in found) == (held.get(handover.before(now)) != "taken")
    else:
        assert found == []


def test_a_handover_at_four_sharp_is_the_mornings_until_six() -> None:
    morning, evening = ShiftOf(DAY, "morning"), ShiftOf(DAY, "evening")
    assert [handover.to_hand_over(at(*time), {}) for time in ((15, 59), (16, 0), (17, 59), (18, 0))] == [
        morning, morning, morning, evening,
    ]  # fmt: skip
    assert handover.to_hand_over(at(16, 1), {morning: "taken"}) == evening
    assert handover.to_hand_over(at(0, 5), {}) == ShiftOf(DAY - timedelta(days=1), "evening")


def test_the_roster_says_when_a_shift_begins() -> None:
    def shift(starts: datetime) -> Shift:
        return MADE.shift(starts_at=starts, ends_at=starts + 8 * HOUR)

    roster = [shift(at(7, 30)), shift(at(7, 30)), shift(at(8))]
    assert handover.hours(ShiftOf(DAY, "morning"), ZONE, roster) == (at(7, 30), at(15, 30))
    assert handover.hours(ShiftOf(DAY, "evening"), ZONE, roster) == (at(16), at(0, 0, DAY + timedelta(days=1)))

"""Which shift hands over when, what is carried over, what lacks a signature."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from floorctl.floor.handover import carried
from floorctl.models.base import Ref
from floorctl.models.handover import HandoverItem
from floorctl.models.orders import Order
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


# -- what comes in by itself


def about_a_lamp(n: int) -> Order:
    return MADE.order(n, title="楼道灯不亮，电话13812345678")


@given(st.integers(0, 60))
def test_however_many_fall_due_every_one_is_named(count: int) -> None:
    due = [carried.due_order(f"o-{n}", about_a_lamp(n), at(18), "城管局", ZONE) for n in range(count)]
    items = carried.grouped(due)
    assert len(items) <= carried.MOST_OF_A_SORT + 1
    assert all(any(f"{n:05}" in item.text for item in items) for n in range(count))
    assert len({item.id for item in items}) == len(items)
    assert all(len(item.id) <= 128 for item in items)


def test_what_is_carried_over_is_masked_and_says_by_when() -> None:
    text = carried.due_order("o-1", about_a_lamp(1), at(18), "城管局", ZONE).text
    assert "138****5678" in text
    assert "13812345678" not in text
    assert "11-24 18:00" in text
    assert "城管局" in text


def test_the_same_thing_in_the_same_words_has_the_same_id_at_every_terminal() -> None:
    alert = MADE.alert(title="排队激增", subject=Ref("queue", "q"), steps=(MADE.step("follow_up", 8 * HOUR),))
    one, other = (carried.open_escalation("a-1", alert, "燃气泄漏", ZONE) for _ in range(2))
    assert one.id == other.id
    assert carried.open_escalation("a-2", alert, "燃气泄漏", ZONE).id != one.id


def test_what_was_left_undone_goes_on_and_what_comes_by_itself_does_not() -> None:
    items = [
        HandoverItem(id="x", text="跟进", done=False),
        HandoverItem(id="y", text="办了", done=True),
        HandoverItem(id=carried.CAME + "z", text="自动", done=False, ref=Ref("order", "o-1")),
        HandoverItem(id=carried.LEFT + "w", text="上上班", done=False),
    ]
    assert [item.id for item in carried.undone(items)] == ["x", carried.LEFT + "w"]
    assert [carried.left(item).id for item in carried.undone(items)] == [carried.LEFT + "x", carried.LEFT + "w"]
    assert [carried.sort_of(item) for item in items] == ["note", "note", "order", "left"]

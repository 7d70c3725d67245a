from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Urge
from floorctl.rules.orders import deadlines
from tests.rules import small_floor
from tests.rules.small_floor import DAY, HOUR, MINUTE, NOW, ZONE

SECOND = timedelta(seconds=1)
CALENDAR = WorkCalendar(ZONE)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(ZONE))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class TestDispatchClock:
    @given(moments, st.integers(-20_000, 20_000))
    def test_exactly_three_hours_is_in_time_and_a_second_more_is_late(self, reviewed: datetime, seconds: int) -> None:
        dispatched = reviewed + 3 * HOUR + seconds * SECOND
        order = small_floor.order(state="dispatched", reviewed_at=reviewed, dispatched_at=dispatched)
        assert deadlines.dispatch_state(order, dispatched) == ("late" if seconds > 0 else "on_time")

    @given(moments, st.integers(0, 20_000))
    def test_the_lamp_turns_amber_in_the_last_hour_and_red_past_it(self, reviewed: datetime, seconds: int) -> None:
        state = deadlines.dispatch_state(
            small_floor.order(state="ready", reviewed_at=reviewed), reviewed + seconds * SECOND
        )
        assert state == ("waiting" if seconds < 7200 else "due_soon" if seconds <= 10_800 else "late")

    def test_there_is_no_clock_before_the_review_or_for_an_answer_on_the_spot(self) -> None:
        assert deadlines.dispatch_state(small_floor.order(), NOW) == "none"
        assert deadlines.dispatch_state(small_floor.order(state="answered", reviewed_at=NOW - DAY), NOW) == "none"

    @pytest.mark.parametrize(
        ("state", "times", "waits", "runs"),
        [
            ("review", {}, False, False),
            ("ready", {"reviewed_at": NOW}, True, True),
            ("dispatched", {"reviewed_at": NOW, "dispatched_at": NOW}, False, False),
            ("returned", {"reviewed_at": NOW, "dispatched_at": NOW}, True, False),
            # It was handled before and reopened.
            ("ready", {"reviewed_at": NOW, "handled_at": NOW}, True, True),
            ("answered", {"reviewed_at": NOW}, False, False),
        ],
    )
    def test_a_returned_order_waits_for_dispatch_without_a_clock(
        self, state: str, times: dict[str, datetime], waits: bool, runs: bool
    ) -> None:
        order = small_floor.order(state=state, **times)
        assert deadlines.waits_for_dispatch(order) is waits
        assert deadlines.dispatch_clock_runs(order) is runs


@pytest.mark.parametrize(
    ("state", "required", "outcome", "waits"),
    [
        ("handled", True, None, True),
        ("handled", True, "no_answer", True),
        ("handled", True, "reached", False),
        ("handled", False, None, False),
        ("closed", True, None, False),
    ],
)
def test_a_call_back_is_waited_for_until_the_citizen_is_reached(
    state: str, required: bool, outcome: str | None, waits: bool
) -> None:
    order = small_floor.order(state=state, callback_required=required, callback_outcome=outcome)
    assert deadlines.waits_for_call_back(order) is waits


class TestLimits:
    @pytest.mark.parametrize(
        ("kind", "urgency", "received", "limit"),
        [
            ("inquiry", "normal", "2026-03-02 10:30", "2026-03-05 10:30"),
            ("complaint", "normal", "2026-03-02 10:30", "2026-03-23 10:30"),
            ("suggestion", "normal", "2026-03-02 10:30", "2026-03-11 10:30"),
            ("help", "special", "2026-03-06 10:30", "2026-03-10 10:30"),
            ("help", "special_urgent", "2026-03-06 22:30", "2026-03-07 22:30"),
            # National Day 2025: 1 to 8 October off, Saturday 11 October made up.
            ("help", "normal", "2025-09-30 09:00", "2025-10-14 09:00"),
            ("inquiry", "normal", "2025-10-10 09:00", "2025-10-11 09:00"),
            ("inquiry", "normal", "2026-03-07 03:00", "2026-03-11 03:00"),
        ],
    )
    def test_a_limit_is_counted_where_the_platform_gave_none(
        self, kind: str, urgency: str, received: str, limit: str
    ) -> None:
        order = small_floor.order(type=kind, urgency=urgency, received_at=local(received))
        assert deadlines.limit_at(order, CALENDAR) == local(limit)

    def test_the_platforms_limit_wins(self) -> None:
        assert deadlines.limit_at(small_floor.order(due_at=NOW), CALENDAR) == NOW

    @given(moments, st.integers(-100_000, 100_000))
    def test_it_is_overdue_past_its_limit_and_soon_due_before_it_never_both(
        self, limit: datetime, seconds: int
    ) -> None:
        now = limit + seconds * SECOND
        order = small_floor.order(state="accepted", received_at=limit - DAY)
        assert deadlines.overdue(order, limit, now) is (seconds > 0)
        soon = deadlines.due_soon(order, limit, now, CALENDAR, 4)
        assert not (soon and seconds > 0)
        # What a list finds by comparing with a stored point is what the rule says.
        assert soon is (CALENDAR.subtract_working_hours(limit, 4) <= now <= limit)

    @pytest.mark.parametrize("state", ["handled", "closed", "answered"])
    def test_what_is_handled_is_never_overdue(self, state: str) -> None:
        assert not deadlines.overdue(small_floor.order(state=state), NOW - DAY, NOW)

    @pytest.mark.parametrize("state", ["dispatched", "accepted", "returned"])
    def test_what_goes_back_is_overdue_and_ages_though_it_was_handled_before(self, state: str) -> None:
        order = small_floor.order(state=state, received_at=NOW - 8 * DAY, handled_at=NOW - 7 * DAY)
        assert deadlines.overdue(order, NOW - DAY, NOW)
        assert deadlines.ageing_band(order, NOW) == "over_7"

    def test_ageing(self) -> None:
        ages = [(DAY - SECOND, "under_1"), (DAY, "1_to_3"), (3 * DAY, "3_to_7"), (7 * DAY + SECOND, "over_7")]
        for age, band in ages:
            assert deadlines.ageing_band(small_floor.order(received_at=NOW - age), NOW) == band


class TestUrging:
    def test_the_next_level_grows_with_time_and_is_highest_for_special_orders(self) -> None:
        order = small_floor.order(state="accepted")
        for late, level in ((-HOUR, 1), (HOUR, 1), (DAY, 2), (3 * DAY - SECOND, 2), (3 * DAY, 3)):
            assert deadlines.proposed_urge_level(order, NOW - late, NOW) == level
        assert deadlines.proposed_urge_level(small_floor.order(urgency="special"), None, NOW) == 3

    def test_once_an_hour_for_each_level(self) -> None:
        order = small_floor.order(urges=(Urge(at=NOW - HOUR + SECOND, by="p-1", level=1),))
        assert deadlines.urge_too_soon(order, 1, NOW)
        assert not deadlines.urge_too_soon(order, 2, NOW)
        assert not deadlines.urge_too_soon(order, 1, NOW + SECOND)


class TestWorkingTime:
    @given(moments, st.integers(0, 60 * 24 * 12))
    def test_working_time_is_what_counting_minute_by_minute_gives(self, start: datetime, minutes: int) -> None:
        start = start.replace(second=0, microsecond=0)
        counted = 0
        at = start
        for _ in range(minutes):
            counted += CALENDAR.is_working_day(at.date()) and time(9) <= at.time() < time(17)
            at += MINUTE
        assert CALENDAR.working_seconds(start, at) == counted * 60

    @given(moments, st.integers(1, 15))
    def test_a_limit_keeps_its_time_of_day_and_falls_on_a_working_day(self, start: datetime, days: int) -> None:
        end = CALENDAR.add_working_days(start, days)
        assert end.time() == start.time()
        assert CALENDAR.is_working_day(end.date())
        between = (start.date() + each * DAY for each in range(1, (end.date() - start.date()).days + 1))
        assert sum(map(CALENDAR.is_working_day, between)) == days

    @given(moments, st.floats(0, 30))
    def test_hours_taken_off_are_the_working_hours_that_remain(self, end: datetime, hours: float) -> None:
        start = CALENDAR.subtract_working_hours(end, hours)
        assert CALENDAR.working_seconds(start, end) == pytest.approx(hours * 3600, abs=0.01)
        assert CALENDAR.working_seconds(start - MINUTE, end) > hours * 3600

    def test_summer_time_neither_adds_nor_loses_working_time(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        calendar = WorkCalendar(berlin, time(0, 30), time(8, 30), extra_workdays=[date(2026, 3, 29)])
        start = datetime(2026, 3, 29, 0, 0, tzinfo=berlin)
        assert calendar.working_seconds(start, datetime(2026, 3, 29, 12, 0, tzinfo=berlin)) == 7 * 3600

    def test_make_up_days_are_worked_and_holidays_are_not(self) -> None:
        assert CALENDAR.is_working_day(date(2025, 10, 11))
        assert not CALENDAR.is_working_day(date(2025, 10, 8))

    def test_a_year_nobody_knows_is_monday_to_friday_and_says_so(self) -> None:
        calendar = WorkCalendar(ZONE)
        assert calendar.is_working_day(date(2031, 1, 1))
        assert not calendar.is_working_day(date(2031, 1, 4))
        assert calendar.unknown_years == {2031}

    def test_a_year_in_the_configuration_is_known(self) -> None:
        calendar = WorkCalendar(ZONE, holidays=[date(2031, 1, 1)], extra_workdays=[date(2031, 1, 4)])
        assert not calendar.is_working_day(date(2031, 1, 1))
        assert calendar.is_working_day(date(2031, 1, 4))
        assert calendar.is_working_day(date(2031, 1, 2))
        assert calendar.unknown_years == set()

    def test_a_day_that_ends_before_it_starts_is_no_calendar(self) -> None:
        with pytest.raises(ValueError, match="17"):
            WorkCalendar(ZONE, time(17), time(9))

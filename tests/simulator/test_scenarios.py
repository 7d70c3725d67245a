"""A scenario begins on a day of its kind, whatever day today is."""

from datetime import date, timedelta

import pytest

from floorctl.calendar import WorkCalendar
from floorctl.simulator.scenarios import SCENARIOS
from tests.simulator.simulated_floor import ZONE

CALENDAR = WorkCalendar(ZONE)
#: Also years that the calendar of holidays does not know yet.
DAYS = [date(2026, 1, 1) + timedelta(days=at) for at in range(0, 800, 3)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_never_begins_after_today(name: str) -> None:
    for today in DAYS:
        assert SCENARIOS[name].begins(today, ZONE).date() <= today


@pytest.mark.parametrize("name", ["day", "surge", "outage", "flood", "handover", "night", "big"])
def test_a_working_day_is_one_in_mid_month_when_the_year_tells_something(name: str) -> None:
    for today in DAYS:
        begins = SCENARIOS[name].begins(today, ZONE)
        assert CALENDAR.is_working_day(begins.date())
        assert 10 <= begins.day <= 25
        assert begins.month >= 4
        assert begins.weekday() != 0


def test_the_weekend_is_off_and_the_months_end_is_its_last_working_day() -> None:
    for today in DAYS:
        assert not CALENDAR.is_working_day(SCENARIOS["weekend"].begins(today, ZONE).date())
        end = SCENARIOS["month-end"].begins(today, ZONE)
        assert CALENDAR.is_working_day(end.date())
        assert CALENDAR.add_working_days(end, 1).month != end.month
        assert (today - end.date()).days < 45

"""The scenarios that a floor can be started in: when it begins, its size, and what happens to it.

Every one begins on a day that is over or today, whatever day today is. What happens counts from the time at which the
floor was opened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from floorctl.calendar import WorkCalendar

_DAY = timedelta(days=1)

Pick = Callable[[date, WorkCalendar], date]


@dataclass(frozen=True)
class Rush:
    """More calls than usual on one queue: ``factor`` times as many, from ``begins`` to ``ends`` seconds after the
    opening.
    """

    queue_id: str
    factor: float
    begins: float
    ends: float


@dataclass(frozen=True)
class Burst:
    """One matter that many call about: so many callers, from ``begins`` to ``ends`` seconds after the opening.

    ``about``: the matter (``content/orders.py``). ``longest_talk``: seconds; who calls about it says so in few words.
    """

    about: str
    queue_id: str
    callers: int
    begins: float
    ends: float
    longest_talk: float = 150.0


@dataclass(frozen=True)
class Scenario:
    """What a floor is started for: its day (``pick``) and time, size, the account's role and what happens.

    ``luck``: the day's calls relative to those of its weekday; None: as it happens. ``line_breaks``: seconds after the
    cockpit opened at which its line to the platform breaks. ``trainings``: how many training sessions of the month took
    place until then; None: as many as there usually are.
    """

    name: str
    pick: Pick
    at: time
    role: str = "supervisor"
    seats: int = 49
    orders: int | None = None
    luck: float | None = None
    rush: Rush | None = None
    burst: Burst | None = None
    line_breaks: float | None = None
    trainings: int | None = None

    def begins(self, today: date, zone: tzinfo) -> datetime:
        """Return when the floor begins, in ``zone``, if it is started on ``today``."""
        return datetime.combine(self.pick(today, WorkCalendar(zone)), self.at, zone)


def _in_mid_month(today: date, calendar: WorkCalendar) -> date:
    """Return the last working day in the midst of a month when a good part of the year is over, Mondays left out."""
    day = today
    while not (calendar.is_working_day(day) and 10 <= day.day <= 25 and day.month >= _YEAR_TELLS and day.weekday()):
        day -= _DAY
    return day


def _working(today: date, calendar: WorkCalendar) -> date:
    """Return today, or the last working day before it."""
    while not calendar.is_working_day(today):
        today -= _DAY
    return today


def _off(today: date, calendar: WorkCalendar) -> date:
    """Return today, or the last day off before it."""
    while calendar.is_working_day(today):
        today -= _DAY
    return today


def _last_of_month(today: date, calendar: WorkCalendar) -> date:
    """Return the last working day of a month, today's if that has come."""
    day = _before(today.replace(day=28) + 4 * _DAY, calendar)
    return day if day <= today else _before(today, calendar)


def _before(day: date, calendar: WorkCalendar) -> date:
    """Return the last working day before the month of ``day``."""
    return _working(day.replace(day=1) - _DAY, calendar)


_MORNING = time(10, 20)
#: The day's calls relative to those of its weekday on a floor where now and then somebody waits.
_BUSY = 1.06
#: From this month on the year's score tells something.
_YEAR_TELLS = 4
_MINUTE = 60.0

#: A few minutes in which more call than a moment before, as there are in any morning: somebody waits.
_WAVE = Rush("q-12345", 1.55, 0.3 * _MINUTE, 5 * _MINUTE)
_PIPE = Burst("burst_pipe", "q-12345", 40, 0.3 * _MINUTE, 7 * _MINUTE)

SCENARIOS: dict[str, Scenario] = {
    each.name: each
    for each in (
        Scenario("day", _in_mid_month, _MORNING, luck=_BUSY, rush=_WAVE),
        Scenario("surge", _in_mid_month, _MORNING, rush=Rush("q-12345", 3.2, 0.4 * _MINUTE, 40 * _MINUTE)),
        Scenario("outage", _in_mid_month, _MORNING, luck=_BUSY, rush=_WAVE, line_breaks=_MINUTE),
        Scenario("flood", _in_mid_month, time(14, 35), burst=_PIPE),
        Scenario("weekend", _off, _MORNING),
        Scenario("night", _in_mid_month, time(2, 40)),
        Scenario("handover", _in_mid_month, time(15, 50), role="shift_lead"),
        Scenario("month-end", _last_of_month, time(16, 20), trainings=3),
        Scenario("big", _in_mid_month, _MORNING, seats=500, orders=50_000),
    )
}

"""Working time: China's public holidays and make-up days, and the departments' hours."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


class WorkCalendar:
    """Working days, and working time between two points in time.

    ``holidays`` and ``extra_workdays`` come from the configuration and take precedence over the built-in calendar. For
    a year that neither covers, Monday to Friday are working days and the year is recorded in ``unknown_years``.
    """

    def __init__(
        self,
        zone: tzinfo,
        day_starts: time = time(9, 0),
        day_ends: time = time(17, 0),
        holidays: Collection[date] = (),
        extra_workdays: Collection[date] = (),
    ) -> None:
        """Create a calendar in the local time of ``zone``.

        Raises:
            ValueError: the working day ends before it starts.
        """
        if day_ends <= day_starts:
            raise ValueError(f"{day_starts}-{day_ends}")
        self.zone = zone
        self.day_starts = day_starts
        self.day_ends = day_ends
        self.unknown_years: set[int] = set()
        self._said: dict[date, bool] = dict.fromkeys(holidays, False) | dict.fromkeys(extra_workdays, True)
        self._years_said = {day.year for day in self._said}
        self._known: dict[date, bool] = dict(self._said)
        # Cache: the limits of a million orders start from a few hundred days.
        self._later: dict[tuple[date, int], date] = {}

    def is_working_day(self, day: date) -> bool:
        """Return whether ``day`` is a working day."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._look_up(day)
        return known

    def _look_up(self, day: date) -> bool:
        import chinese_calendar  # slow to import, and only lists of orders need it

        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year not in self._years_said:
                self.unknown_years.add(day.year)
            return day.weekday() < 5

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """Return the same time of day ``days`` working days after ``start``, in the local time of the zone."""
        local = start.astimezone(self.zone)
        if days <= 0:
            return local
        day = local.date()
        target = self._later.get((day, days))
        if target is None:
            target = self._later[day, days] = self._working_day_after(day, days)
        return datetime.combine(target, local.time(), self.zone)

    def _working_day_after(self, day: date, days: int) -> date:
        while days:
            day += _DAY
            days -= self.is_working_day(day)
        return day

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        return datetime.combine(day, self.day_starts, self.zone), datetime.combine(day, self.day_ends, self.zone)

    def working_seconds(self, start: datetime, end: datetime) -> float:
        """Return the working time from ``start`` to ``end`` in seconds; 0 if ``end`` is not later."""
        if end <= start:
            return 0.0
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        worked = 0.0
        while day <= last:
            if self.is_working_day(day):
                opens, closes = self._hours(day)
                # Timestamps: within one zone Python subtracts local times, which is wrong across a change to summer
                # time.
                worked += max(0.0, min(closes.timestamp(), end.timestamp()) - max(opens.timestamp(), start.timestamp()))
            day += _DAY
        return worked

    def subtract_working_hours(self, end: datetime, hours: float) -> datetime:
        """Return the earliest point from which at most ``hours`` working hours remain until ``end``.

        So ``working_seconds(x, end) <= hours * 3600`` holds exactly for every later ``x``: a result at an opening hour
        is moved back to the preceding closing hour.
        """
        left = hours * 3600
        day = end.astimezone(self.zone).date()
        stop = end.timestamp()
        while True:
            if self.is_working_day(day):
                opens, closes = self._hours(day)
                until = min(closes.timestamp(), stop)
                worked = until - opens.timestamp()
                if worked > left:
                    return datetime.fromtimestamp(until - left, self.zone)
                left -= max(0.0, worked)
            day -= _DAY

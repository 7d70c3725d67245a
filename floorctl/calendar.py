"""Working time: China's public holidays and make-up days, the departments' hours, and how many days they have.

``SHIPPED_LIMITS`` (``data/order_limits.toml``) is the table of limits that holds where the configuration has none.
"""

import hashlib
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_DAY = timedelta(days=1)


class OrderLimits(NamedTuple):
    """A row of the table of limits: the time that departments have for an order received from ``begins`` on.

    ``begins``: the first day on which the row is in force; None: from ever. ``source``: the name of the regulation,
    empty for the centre's own rule. ``working_days``: by type of order. Special orders have the same time whatever
    their type: ``special`` working days, or ``special_urgent`` of calendar time.
    """

    begins: date | None
    source: str
    working_days: Mapping[str, int]
    special: int = 2
    special_urgent: timedelta = timedelta(hours=24)


def _shipped() -> tuple[OrderLimits, ...]:
    text = Path(__file__).with_name("data").joinpath("order_limits.toml").read_text("utf-8")
    rows = tomllib.loads(text)["order_limits"]
    return tuple(OrderLimits(row.pop("from", None), row.pop("source", ""), row) for row in rows)


SHIPPED_LIMITS = _shipped()


class WorkCalendar:
    """Working days, working time between two points in time, and the table of limits that is counted in them.

    ``holidays``, ``extra_workdays`` and ``order_limits`` come from the configuration. The days take precedence over the
    built-in calendar. For a year that neither covers, Monday to Friday are working days and the year is recorded in
    ``unknown_years``.
    """

    def __init__(
        self,
        zone: tzinfo,
        day_starts: time = time(9, 0),
        day_ends: time = time(17, 0),
        holidays: Collection[date] = (),
        extra_workdays: Collection[date] = (),
        order_limits: Collection[OrderLimits] = SHIPPED_LIMITS,
    ) -> None:
        """Create a calendar in the local time of ``zone``.

        Raises:
            ValueError: the working day ends before it starts, or there are no limits.
        """
        if day_ends <= day_starts:
            raise ValueError(f"{day_starts}-{day_ends}")
        if not order_limits:
            raise ValueError("order_limits")
        self.zone = zone
        self.day_starts = day_starts
        self.day_ends = day_ends
        self.unknown_years: set[int] = set()
        self._said: dict[date, bool] = dict.fromkeys(holidays, False) | dict.fromkeys(extra_workdays, True)
        self._years_said = {day.year for day in self._said}
        self._known: dict[date, bool] = dict(self._said)
        # Cache: the limits of a million orders start from a few hundred days.
        self._later: dict[tuple[date, int], tuple[date, bool]] = {}
        self._newest_first = sorted(order_limits, key=lambda row: row.begins or date.min, reverse=True)

    def limits_on(self, day: date) -> OrderLimits:
        """Return the row of the table that is in force on ``day``; the earliest row for days before all of them."""
        for row in self._newest_first:
            if row.begins is None or row.begins <= day:
                return row
        return self._newest_first[-1]

    @property
    def fingerprint(self) -> str:
        """Equal for calendars that count alike; the built-in calendar's release is part of it."""
        rows = [(*row[:2], sorted(row.working_days.items()), *row[3:]) for row in self._newest_first]
        told = str(self.zone), self.day_starts, self.day_ends, sorted(self._said.items()), rows, _built_in_size()
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

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
        return self.count_working_days(start, days)[0]

    def count_working_days(self, start: datetime, days: int) -> tuple[datetime, bool]:
        """Return ``add_working_days``, and whether days of a year that nobody knows were counted on the way."""
        local = start.astimezone(self.zone)
        if days <= 0:
            return local, False
        day = local.date()
        counted = self._later.get((day, days))
        if counted is None:
            target = self._working_day_after(day, days)
            years = range((day + _DAY).year, target.year + 1)
            counted = self._later[day, days] = target, not self.unknown_years.isdisjoint(years)
        return datetime.combine(counted[0], local.time(), self.zone), counted[1]

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

    def seconds_until_worked(self, start: datetime, hours: float) -> float:
        """Return the seconds from ``start`` until ``hours`` of working time have passed, at most those of 30 days."""
        low, high = 0.0, 30 * 86400.0
        while high - low > 1:
            middle = (low + high) / 2
            if self.working_seconds(start, start + timedelta(seconds=middle)) <= hours * 3600:
                low = middle
            else:
                high = middle
        return low


def _built_in_size() -> int:
    """Return the size of the built-in calendar's table, which grows with every year that a release adds.

    Reading it or its version would import it, which takes 20 ms at the start of every command.
    """
    spec = find_spec("chinese_calendar")
    if spec is None or spec.origin is None:
        return 0
    return Path(spec.origin).with_name("constants.py").stat().st_size

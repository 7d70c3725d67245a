"""What hot spots are counted from: who called when about which matter in which place, and the days of the calendar."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum

import msgspec

HOUR = 3600.0
DAY = 86400.0
#: A caller who calls about the same subject again within this time is not counted again.
REPEAT_WITHIN = 5 * DAY
_EPOCH = date(1970, 1, 1).toordinal()


class Report(msgspec.Struct, frozen=True, gc=False):
    """One order. ``at``: seconds of the floor's wall clock (``wall_seconds``), so that days begin at multiples of DAY.

    ``caller`` is any token that is the same for all orders of one caller.
    """

    id: str
    at: float
    category: str
    region: str
    caller: str | int


class Subject(msgspec.Struct, frozen=True):
    """What is counted: a category in a region (a cell), a category everywhere, or a region with all its categories."""

    category: str | None = None
    region: str | None = None

    @property
    def level(self) -> str:
        """``cell``, ``category`` or ``region``."""
        if self.category is None:
            return "region"
        return "category" if self.region is None else "cell"

    def covers(self, category: str, region: str) -> bool:
        """Return whether orders of this category and region belong to the subject."""
        return self.category in (None, category) and self.region in (None, region)


class DayKind(IntEnum):
    """What a day is to the floor: the first working day after days off has a rush of its own."""

    WORKING = 0
    FIRST = 1
    OFF = 2


def wall_seconds(at: datetime, zone: tzinfo) -> float:
    """Return ``at`` in seconds of the wall clock of ``zone``."""
    return at.astimezone(zone).replace(tzinfo=UTC).timestamp()


def from_wall(seconds: float, zone: tzinfo) -> datetime:
    """Return the time that ``wall_seconds`` made ``seconds`` of."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=zone)


def date_of(day: int) -> date:
    """Return the date of a day that is counted from 1970-01-01."""
    return date.fromordinal(_EPOCH + day)


class Days:
    """The kinds of days, by the day's number since 1970-01-01."""

    def __init__(self, is_working_day: Callable[[date], bool]) -> None:
        self._is_working_day = is_working_day
        self._kinds: dict[int, DayKind] = {}

    def kind(self, day: int) -> DayKind:
        """Return what kind of day ``day`` is."""
        known = self._kinds.get(day)
        if known is None:
            known = self._kinds[day] = self._look_up(date_of(day))
        return known

    def _look_up(self, day: date) -> DayKind:
        if not self._is_working_day(day):
            return DayKind.OFF
        return DayKind.WORKING if self._is_working_day(day - timedelta(days=1)) else DayKind.FIRST


class Repeats:
    """Recognises a caller's repeats: those in the same subject within ``REPEAT_WITHIN`` of the one before."""

    def __init__(self) -> None:
        self._last: dict[tuple[str | None, str | None, str | int], float] = {}

    def fresh(self, report: Report) -> tuple[bool, bool, bool]:
        """Take in the next report; return whether its caller is new to its cell, its category, its region."""
        last, at, caller = self._last, report.at, report.caller
        since = at - REPEAT_WITHIN
        category, region = report.category, report.region
        in_cell, in_category, in_region = (category, region, caller), (category, None, caller), (None, region, caller)
        fresh = (
            last.get(in_cell, -1.0) < since,
            last.get(in_category, -1.0) < since,
            last.get(in_region, -1.0) < since,
        )
        last[in_cell] = last[in_category] = last[in_region] = at
        return fresh

    def forget(self, before: float) -> None:
        """Drop what was last heard of a caller before ``before``, so that memory does not grow."""
        self._last = {key: at for key, at in self._last.items() if at >= before}


Counted = tuple[Report, tuple[bool, bool, bool]]


def counted(reports: Iterable[Report]) -> Iterator[Counted]:
    """Yield reports, which are in the order of receipt, each with what ``Repeats.fresh`` says of it."""
    repeats = Repeats()
    for report in reports:
        yield report, repeats.fresh(report)

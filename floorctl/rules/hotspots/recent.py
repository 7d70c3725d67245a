"""The hot spots of these days, found in the orders of the last weeks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from floorctl.rules.hotspots.detector import WINDOWS, Detector
from floorctl.rules.hotspots.reports import DAY, Days, Report, counted
from floorctl.rules.hotspots.threshold import fitted
from floorctl.rules.hotspots.usual import Usual

#: The most days that are learnt from, and the fewest whole days of orders that anything is said on.
HISTORY_DAYS, LEAST_DAYS = 56, 28
#: A week with less than this share of the later weeks' orders lacks some of them.
_THIN = 0.35
_WEEK = 7
#: The last days are judged, and not learnt from: what swells for days would become usual meanwhile.
JUDGED_DAYS = 5
#: The days of orders that everything is counted from, today not counted.
ALL_DAYS = HISTORY_DAYS + JUDGED_DAYS + 1


class History(msgspec.Struct, frozen=True):
    """``held``: the whole days of orders before today; ``learnt``: those of them that are learnt from, by number."""

    held: int
    learnt: Sequence[int]

    @property
    def enough(self) -> bool:
        """Whether there is enough history to say what is usual."""
        return self.held >= LEAST_DAYS


def history_of(reports: Sequence[Report], today: int) -> History:
    """Return which days of ``reports``, in the order of receipt, are history on the day ``today``.

    The first day does not count, of which orders may be missing, nor do days before a time from which on far more
    orders are held: they are a part of what was received then, and would make all of today's seem too many.
    """
    end = today - JUDGED_DAYS
    start = min(end, int(reports[0].at // DAY) + 1) if reports else end
    start = max(start, end - HISTORY_DAYS)
    start = _dense_since(Counter(int(report.at // DAY) for report in reports), start, end)
    return History(today - start if start < end else 0, range(start, end))


def _dense_since(counts: Mapping[int, int], first: int, end: int) -> int:
    """Return the day from which on there are as many orders as later on, going back by weeks, then by days."""
    start, days = end, JUDGED_DAYS
    total = sum(counts[day] for day in range(end, end + JUDGED_DAYS))
    while start - _WEEK >= first:
        week = sum(counts[day] for day in range(start - _WEEK, start))
        if week * days < _THIN * total * _WEEK:
            break
        start, days, total = start - _WEEK, days + _WEEK, total + week
    while start > first and counts[start - 1] * days > _THIN / 2 * total:
        start -= 1
    return start


def find(
    reports: Sequence[Report], today: int, is_working_day: Callable[[date], bool], threshold: float, usual: Usual
) -> Detector:
    """Find what swells in the last days of ``reports``; of those before, a few days are needed besides ``usual``."""
    judged_from = (today - JUDGED_DAYS) * DAY
    first = bisect_left(reports, judged_from - WINDOWS[-1], key=_at)
    judged = bisect_left(reports, judged_from, key=_at)
    detector = Detector(usual, Days(is_working_day), threshold)
    detector.prepare(reports[first:judged])
    for report in reports[judged:]:
        detector.take(report)
    return detector


def learn(reports: Sequence[Report], history: History, is_working_day: Callable[[date], bool]) -> Usual | None:
    """Return what is usual by the days of ``history``; None where these are too few."""
    if not history.enough:
        return None
    return Usual(list(counted(_of(reports, history))), Days(is_working_day), history.learnt)


def fit(reports: Sequence[Report], history: History, is_working_day: Callable[[date], bool]) -> float:
    """Return the threshold by the days of ``history``; takes about a second for 10,000 orders."""
    return fitted(list(counted(_of(reports, history))), Days(is_working_day), history.learnt)


def _of(reports: Sequence[Report], history: History) -> Sequence[Report]:
    if not history.learnt:
        return ()
    start, end = history.learnt[0] * DAY, (history.learnt[-1] + 1) * DAY
    return reports[bisect_left(reports, start, key=_at) : bisect_left(reports, end, key=_at)]


def _at(report: Report) -> float:
    return report.at

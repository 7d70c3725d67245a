"""The hot spots of these days, found in the orders of the last weeks."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from floorctl.rules.hotspots.detector import WINDOWS, Detector
from floorctl.rules.hotspots.reports import DAY, Days, Report, counted
from floorctl.rules.hotspots.threshold import fitted
from floorctl.rules.hotspots.usual import Usual

#: The days of history that are learnt from, and the fewest that anything is said on.
HISTORY_DAYS, LEAST_DAYS = 56, 28
#: The last days are judged, and not learnt from: what swells for days would become usual meanwhile.
JUDGED_DAYS = 5


class History(msgspec.Struct, frozen=True):
    """The days that are learnt from: numbers since 1970-01-01; none where too few days are held."""

    #: How many whole days of orders there are before the days that are judged.
    held: int
    learnt: Sequence[int]

    @property
    def enough(self) -> bool:
        """Whether there is enough history to say what is usual."""
        return self.held >= LEAST_DAYS


def history_of(reports: Sequence[Report], today: int) -> History:
    """Return which days of ``reports``, in the order of receipt, are history on the day ``today``.

    The first day does not count, of which orders may be missing.
    """
    end = today - JUDGED_DAYS
    start = int(reports[0].at // DAY) + 1 if reports else end
    held = max(0, end - start)
    return History(held, range(end - min(held, HISTORY_DAYS), end))


def find(
    reports: Sequence[Report],
    today: int,
    is_working_day: Callable[[date], bool],
    threshold: float,
    usual: Usual | None = None,
) -> Detector | None:
    """Count the whole family anew over ``reports``; None where history is too short to say what is usual.

    ``usual``: what ``learn`` returned for the same day, which spares learning it again.
    """
    history = history_of(reports, today)
    if not history.enough:
        return None
    days = Days(is_working_day)
    judged_from = (today - JUDGED_DAYS) * DAY
    first = bisect_left(reports, judged_from - WINDOWS[-1], key=_at)
    judged = bisect_left(reports, judged_from, key=_at)
    detector = Detector(usual or learn(reports, history, is_working_day), days, threshold)
    detector.prepare(reports[first:judged])
    for report in reports[judged:]:
        detector.take(report)
    return detector


def learn(reports: Sequence[Report], history: History, is_working_day: Callable[[date], bool]) -> Usual:
    """Return what is usual by the days of ``history``."""
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

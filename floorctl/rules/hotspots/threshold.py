"""The threshold of the whole family: fitted on the weeks of history, each judged by the others."""

from collections.abc import Sequence

from floorctl.rules.hotspots.detector import WINDOWS, Detector
from floorctl.rules.hotspots.reports import DAY, Counted, Days
from floorctl.rules.hotspots.usual import Usual

#: Half a false alarm a week is aimed at; history holds hot spots that nobody marked, so it is at most one.
ALARMS_A_WEEK = 0.5
#: The threshold is never looser, however quiet history was, and never stricter, however much swelled in it.
LOOSEST, STRICTEST = 2e-5, 3e-6
_WEEK = 7


def fitted(history: Sequence[Counted], days: Days, day_numbers: Sequence[int]) -> float:
    """Return the largest tail probability with which history has at most ``ALARMS_A_WEEK``."""
    least: list[float] = []
    for start in range(0, len(day_numbers), _WEEK):
        judged = day_numbers[start : start + _WEEK]
        least += _least_of_week(history, days, day_numbers, judged)
    allowed = int(ALARMS_A_WEEK * len(day_numbers) / _WEEK)
    least.sort()
    if len(least) <= allowed:
        return LOOSEST
    return max(STRICTEST, min(LOOSEST, least[allowed]))


def _least_of_week(
    history: Sequence[Counted], days: Days, day_numbers: Sequence[int], judged: Sequence[int]
) -> list[float]:
    """Return the smallest tail probability of each matter that the week has, judged by the other weeks."""
    start, end = judged[0] * DAY, (judged[-1] + 1) * DAY
    others = [each for each in history if not start <= each[0].at < end]
    usual = Usual(others, days, [day for day in day_numbers if not judged[0] <= day <= judged[-1]])
    detector = Detector(usual, days, LOOSEST)
    detector.prepare(report for report, _ in history if start - WINDOWS[-1] <= report.at < start)
    for report, _ in history:
        if start <= report.at < end:
            detector.take(report)
    return [matter.least_p_value for matter in detector.matters]

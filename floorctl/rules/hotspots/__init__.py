"""Hot spots 热点: matters about which more callers call than chance allows.

Distinct callers are counted per category and region (a cell), per category and per region, in 2 hours, 24 hours and
5 days, and compared with what weeks of history lead one to expect: ``learn`` says what is usual, ``find`` counts the
last days anew, and the ``Detector`` that it returns takes in further orders one by one.
"""

from floorctl.rules.hotspots.detector import MANY_A_DAY, WINDOWS, Detector, Hour, Matter, Signal
from floorctl.rules.hotspots.recent import ALL_DAYS, HISTORY_DAYS, JUDGED_DAYS, LEAST_DAYS, find, fit, history_of, learn
from floorctl.rules.hotspots.reports import DAY, HOUR, Days, Report, Subject, counted, from_wall, wall_seconds
from floorctl.rules.hotspots.threshold import LOOSEST, STRICTEST, fitted
from floorctl.rules.hotspots.usual import Usual

__all__ = [
    "ALL_DAYS",
    "DAY",
    "HISTORY_DAYS",
    "HOUR",
    "JUDGED_DAYS",
    "LEAST_DAYS",
    "LOOSEST",
    "MANY_A_DAY",
    "STRICTEST",
    "WINDOWS",
    "Days",
    "Detector",
    "Hour",
    "Matter",
    "Report",
    "Signal",
    "Subject",
    "Usual",
    "counted",
    "find",
    "fit",
    "fitted",
    "from_wall",
    "history_of",
    "learn",
    "wall_seconds",
]

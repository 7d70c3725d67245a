"""Hot spots: everything counted anew over 60 days of orders, and one order taken in."""

import random
import time
from collections.abc import Iterator
from datetime import datetime
from datetime import time as time_of_day

from floorctl.calendar import WorkCalendar
from floorctl.rules import hotspots
from floorctl.rules.hotspots import DAY, HOUR, Report
from tools.bench.measure import Row, median, percentile, spread
from tools.bench.place import Place
from tools.bench.quiet import DAY as DAY_OF_BENCH
from tools.bench.quiet import ZONE

_ORDERS, _CATEGORIES, _REGIONS = 12_000, 40, 15


def hot_spots(place: Place) -> Iterator[Row]:
    """The rule by itself: what is usual learnt, the last days counted; then orders taken in one by one."""
    reports = _reports()
    today, more = int(reports[-1].at // DAY), _reports(seed=2)[::20]
    working = WorkCalendar(ZONE).is_working_day
    anew: list[float] = []
    for _ in range(place.times(9)):
        began = time.perf_counter()
        usual = hotspots.learn(reports, hotspots.history_of(reports, today), working)
        assert usual is not None
        detector = hotspots.find(reports, today, working, 1e-5, usual)
        anew.append(time.perf_counter() - began)
    taken: list[float] = []
    for number, report in enumerate(more):
        order = Report(f"n{number}", reports[-1].at + 180 * number, report.category, report.region, f"n{number}")
        began = time.perf_counter()
        detector.take(order)
        taken.append(time.perf_counter() - began)
    what = f"hot spots: all counted anew over 60 days, {_ORDERS:,} orders"
    yield Row(what, "≤ 200 ms", spread(anew), "", median(anew) * 1000, 200)
    p95 = percentile(taken, 0.95)
    yield Row("hot spots: a new order taken in, p95", "≤ 2 ms", f"{p95 * 1000:.2f} ms", "", p95 * 1000, 2)


def _reports(seed: int = 1) -> list[Report]:
    """Return orders of 62 days whose categories and regions are as uneven as a floor's, most of them by day."""
    chance = random.Random(seed)
    start = hotspots.wall_seconds(datetime.combine(DAY_OF_BENCH, time_of_day(), ZONE), ZONE) - 61 * DAY
    categories = [1 / (n + 1) for n in range(_CATEGORIES)]
    regions = [1 / (n + 1) for n in range(_REGIONS)]
    days = hotspots.ALL_DAYS
    made = [
        Report(
            f"b{seed}-{number}",
            start + chance.randrange(days) * DAY + min(23.9, max(0.0, chance.gauss(13, 4))) * HOUR,
            f"c{chance.choices(range(_CATEGORIES), categories)[0]}",
            f"r{chance.choices(range(_REGIONS), regions)[0]}",
            f"k{seed}-{number}",
        )
        for number in range(_ORDERS)
    ]
    return sorted(made, key=lambda report: report.at)

"""How many callers are usual: learnt from weeks of orders by kind of day, weekday and hour, smoothed where sparse.

The rate of a cell is the floor's day × the category's share on such days × the category's curve of the day × the
region's share × the cell's own deviation. Each factor is shrunk towards the one above it (gamma-Poisson), so that a
cell with three orders in eight weeks is not taken to have none on most days.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from floorctl.rules.hotspots.reports import DAY, HOUR, Counted, DayKind, Days, Subject

#: Weights of what is assumed before anything is counted: days, or orders.
_FIRST_DAYS = 1.0
_DAYS_OF_A_WEEKDAY = 3.0
_HOUR_OF_A_KIND = 30.0
_HOUR_OF_A_CATEGORY = 8.0
_CATEGORY_ON_A_KIND = 15.0
_REGION_ON_A_KIND = 60.0
_CELL = 4.0
#: The least spread between days (variance of a day's factor) that is reckoned with.
_LEAST_SPREAD = 0.01
#: The limits of what the usual weighs against what was counted today, in orders.
_LEAST_LEVEL_WEIGHT, _MOST_LEVEL_WEIGHT = 5.0, 100.0
_HOURS = 24
_KINDS = len(DayKind)


class _Counts:
    """The counts that the factors are estimated from."""

    def __init__(self, history: Sequence[Counted], days: Days, day_numbers: Sequence[int]) -> None:
        self.of_day: dict[int, int] = dict.fromkeys(day_numbers, 0)
        self.hours = [[0] * _HOURS for _ in range(_KINDS)]
        self.category_hours: dict[str, list[int]] = {}
        self.category_kinds: dict[str, list[int]] = {}
        self.region_kinds: dict[str, list[int]] = {}
        self.cells: dict[tuple[str, str], int] = defaultdict(int)
        self.category_callers: dict[str, int] = defaultdict(int)
        self.region_callers: dict[str, int] = defaultdict(int)
        self.category_days: dict[tuple[str, int], int] = defaultdict(int)
        self.region_days: dict[tuple[str, int], int] = defaultdict(int)
        self.cell_days: dict[tuple[tuple[str, str], int], int] = defaultdict(int)
        for report, (in_cell, in_category, in_region) in history:
            category, region = report.category, report.region
            day = int(report.at // DAY)
            if in_cell:
                self._cell(report.category, report.region, day, days.kind(day), int(report.at % DAY // HOUR))
            if in_category:
                self.category_callers[category] += 1
                self.category_days[category, day] += 1
            if in_region:
                self.region_callers[region] += 1
                self.region_days[region, day] += 1

    def _cell(self, category: str, region: str, day: int, kind: DayKind, hour: int) -> None:
        self.of_day[day] += 1
        self.hours[kind][hour] += 1
        if category not in self.category_hours:
            self.category_hours[category] = [0] * _HOURS
            self.category_kinds[category] = [0] * _KINDS
        self.category_hours[category][hour] += 1
        self.category_kinds[category][kind] += 1
        if region not in self.region_kinds:
            self.region_kinds[region] = [0] * _KINDS
        self.region_kinds[region][kind] += 1
        self.cells[category, region] += 1
        self.cell_days[(category, region), day] += 1


class Usual:
    """What is usual, learnt from ``history`` on the days ``day_numbers`` (those without orders count too)."""

    def __init__(self, history: Sequence[Counted], days: Days, day_numbers: Sequence[int]) -> None:
        self._days = days
        counts = _Counts(history, days, day_numbers)
        self._counts = counts
        self.orders = sum(counts.of_day.values())
        self._days_known: dict[int, tuple[DayKind, float]] = {}
        self._learn_days(day_numbers)
        #: How many orders say as much about a day's level as what is usual does.
        self.level_weight = self._weight_of_usual(day_numbers)
        self._curves = [self._cumulated(curve) for curve in self._floor_curves()]
        self._learn_categories()
        self._learn_regions()
        self._learn_cells()
        self._spread = {level: self._spread_of(level, day_numbers) for level in ("cell", "category", "region")}

    def _learn_days(self, day_numbers: Sequence[int]) -> None:
        sums, numbers = [0.0] * _KINDS, [0] * _KINDS
        by_weekday: dict[tuple[int, int], list[int]] = defaultdict(list)
        for day in day_numbers:
            kind = self._days.kind(day)
            sums[kind] += self._counts.of_day[day]
            numbers[kind] += 1
            by_weekday[kind, day % 7].append(self._counts.of_day[day])
        overall = sum(sums) / max(1, len(day_numbers))
        # Days off are not shrunk towards working days, which are far above them.
        means = [sums[kind] / numbers[kind] if numbers[kind] else overall for kind in DayKind]
        first = (sums[DayKind.FIRST] + _FIRST_DAYS * means[DayKind.WORKING]) / (numbers[DayKind.FIRST] + _FIRST_DAYS)
        means[DayKind.FIRST] = first
        self._kind_means = means
        self._day_means = {
            (kind, weekday): (sum(found) + _DAYS_OF_A_WEEKDAY * means[kind]) / (len(found) + _DAYS_OF_A_WEEKDAY)
            for (kind, weekday), found in by_weekday.items()
        }

    def _weight_of_usual(self, day_numbers: Sequence[int]) -> float:
        """Return the inverse of the spread between days of the whole floor: the steadier it is, the more."""
        excess = squares = 0.0
        for day in day_numbers:
            mean = self.day_mean(day)
            excess += (self._counts.of_day[day] - mean) ** 2 - mean
            squares += mean * mean
        spread = max(excess / squares, 1 / _MOST_LEVEL_WEIGHT) if squares else 1.0
        return max(_LEAST_LEVEL_WEIGHT, 1 / spread)

    def _floor_curves(self) -> list[list[float]]:
        counts = self._counts.hours
        total = sum(map(sum, counts))
        overall = [(sum(kind[hour] for kind in counts) + 0.5) / (total + 0.5 * _HOURS) for hour in range(_HOURS)]
        curves = []
        for kind in counts:
            of_kind = sum(kind)
            curves.append(
                [(kind[hour] + _HOUR_OF_A_KIND * overall[hour]) / (of_kind + _HOUR_OF_A_KIND) for hour in range(_HOURS)]
            )
        return curves

    @staticmethod
    def _cumulated(curve: Sequence[float]) -> list[float]:
        total, sums = sum(curve), [0.0]
        for share in curve:
            sums.append(sums[-1] + share / total)
        return sums

    def _learn_categories(self) -> None:
        counts = self._counts
        of_kind = [sum(each) for each in counts.hours]
        floor = [[sums[hour + 1] - sums[hour] for hour in range(_HOURS)] for sums in self._curves]
        self._category_share: dict[str, list[float]] = {}
        self._category_curves: dict[str, list[list[float]]] = {}
        for category, kinds in counts.category_kinds.items():
            share = sum(kinds) / max(1, self.orders)
            self._category_share[category] = [
                share * (kinds[kind] + _CATEGORY_ON_A_KIND) / (of_kind[kind] * share + _CATEGORY_ON_A_KIND)
                for kind in range(_KINDS)
            ]
            tilt = self._tilt(counts.category_hours[category], kinds, floor)
            self._category_curves[category] = [
                self._cumulated([floor[kind][hour] * tilt[hour] for hour in range(_HOURS)]) for kind in range(_KINDS)
            ]

    @staticmethod
    def _tilt(hours: Sequence[int], kinds: Sequence[int], floor: Sequence[Sequence[float]]) -> list[float]:
        """Return how far above the floor's curve a category is, hour by hour, each hour with half of its neighbours."""
        expected = [sum(kinds[kind] * floor[kind][hour] for kind in range(_KINDS)) for hour in range(_HOURS)]

        def around(values: Sequence[float], hour: int) -> float:
            return values[hour] + (values[hour - 1] + values[(hour + 1) % _HOURS]) / 2

        return [
            (around(hours, hour) + _HOUR_OF_A_CATEGORY) / (around(expected, hour) + _HOUR_OF_A_CATEGORY)
            for hour in range(_HOURS)
        ]

    def _learn_regions(self) -> None:
        counts = self._counts
        of_kind = [sum(each) for each in counts.hours]
        self._region_share: dict[str, list[float]] = {}
        self._region_part: dict[str, float] = {}
        for region, kinds in counts.region_kinds.items():
            share = self._region_part[region] = sum(kinds) / max(1, self.orders)
            self._region_share[region] = [
                share * (kinds[kind] + _REGION_ON_A_KIND) / (of_kind[kind] * share + _REGION_ON_A_KIND)
                for kind in range(_KINDS)
            ]

    def _learn_cells(self) -> None:
        counts = self._counts
        self._cell_part: dict[tuple[str, str], float] = {}
        for (category, region), found in counts.cells.items():
            expected = sum(counts.category_kinds[category]) * self._region_part[region]
            self._cell_part[category, region] = self._region_part[region] * (found + _CELL) / (expected + _CELL)

    # -- what is expected ------------------------------------------------------------------------------------------

    def floor_between(self, start: float, end: float) -> float:
        """Return how many callers the floor usually has from ``start`` to ``end``, which are on one day."""
        day = int(start // DAY)
        sums = self._curves[self._days.kind(day)]
        return self.day_mean(day) * (_at(sums, end - day * DAY) - _at(sums, start - day * DAY))

    def day_mean(self, day: int) -> float:
        """Return how many callers the floor usually has on a day of this kind and weekday."""
        kind = self._days.kind(day)
        return self._day_means.get((kind, day % 7), self._kind_means[kind])

    def _kind_and_mean(self, day: int) -> tuple[DayKind, float]:
        known = self._days_known.get(day)
        if known is None:
            known = self._days_known[day] = self._days.kind(day), self.day_mean(day)
        return known

    def mean(self, subject: Subject, start: float, end: float, levels: "Levels") -> float:
        """Return how many callers of a subject are usual from ``start`` to ``end``, at the days' own levels."""
        category, region = subject.category, subject.region
        if category is None:
            return self._region_mean(region or "", start, end, levels)
        share = self._category_share.get(category)
        if share is None:
            share = self._never_seen()
        curves = self._category_curves.get(category, self._curves)
        total = self._between(share, curves, start, end, levels)
        if region is None:
            return total * self._callers_per_cell_caller(self._counts.category_callers.get(category, 0), share)
        return total * self.cell_part(category, region)

    def _between(
        self, share: Sequence[float], curves: Sequence[Sequence[float]], start: float, end: float, levels: "Levels"
    ) -> float:
        """Return the floor's callers from ``start`` to ``end``, times the share of each kind of day."""
        first, last = int(start // DAY), int(end // DAY)
        total = 0.0
        for day in range(first, last + 1):
            kind, mean = self._kind_and_mean(day)
            part = 1.0
            if day == last:
                part = _at(curves[kind], end - day * DAY)
            if day == first:
                part -= _at(curves[kind], start - day * DAY)
            total += mean * levels.of(day) * share[kind] * part
        return total

    def _never_seen(self) -> list[float]:
        """Return the share of what history does not have: half an order in all of it."""
        return [0.5 / max(1, self.orders)] * _KINDS

    def _callers_per_cell_caller(self, callers: int, share: Sequence[float]) -> float:
        """Who calls about one category from two regions is one caller of the category."""
        by_cells = sum(share[kind] * sum(self._counts.hours[kind]) for kind in range(_KINDS))
        return (callers + 20) / (by_cells + 20)

    def _region_mean(self, region: str, start: float, end: float, levels: "Levels") -> float:
        share = self._region_share.get(region)
        if share is None:
            share = self._never_seen()
        total = self._between(share, self._curves, start, end, levels)
        return total * self._callers_per_cell_caller(self._counts.region_callers.get(region, 0), share)

    def cell_part(self, category: str, region: str) -> float:
        """Return the share of a category's orders that comes from a region."""
        known = self._cell_part.get((category, region))
        if known is not None:
            return known
        part = self._region_part.get(region, 0.5 / max(1, self.orders))
        expected = sum(self._counts.category_kinds.get(category, (0,))) * part
        return part * _CELL / (expected + _CELL)

    def variance(self, subject: Subject, window: float) -> float:
        """Return the relative variance of the mean of a subject over a window of so many seconds."""
        counts = self._counts
        if subject.category is None:
            seen = counts.region_callers.get(subject.region or "", 0) + 10.0
        elif subject.region is None:
            seen = counts.category_callers.get(subject.category, 0) + 10.0
        else:
            seen = counts.cells.get((subject.category, subject.region), 0) + _CELL
        # Over several days, days above and below the mean level out; not wholly, since a matter may stay for a week.
        days = math.pow(max(1.0, window / DAY), 0.75)
        return self._spread[subject.level] / days + 1 / seen

    def _spread_of(self, level: str, day_numbers: Sequence[int]) -> float:
        """Return the variance of the days' factors of a level: what is left of the spread after chance alone."""
        counts = self._counts
        found: dict[Any, Mapping[Any, int]] = {
            "cell": counts.cell_days, "category": counts.category_days, "region": counts.region_days
        }  # fmt: skip
        rates: Mapping[Any, Sequence[float]] = self._region_share if level == "region" else self._category_share
        if level == "cell":
            rates = {
                (category, region): [share * part for share in self._category_share[category]]
                for (category, region), part in self._cell_part.items()
            }
        # The days at their own level: the floor's spread is not a subject's.
        size = [0.0] * _KINDS
        for day in day_numbers:
            size[self._days.kind(day)] += counts.of_day[day] ** 2
        squares = sum(size[kind] * share[kind] ** 2 for share in rates.values() for kind in range(_KINDS))
        # Sum over all subjects and days of (found - mean)² - found, whose mean is spread × mean²: the square multiplied
        # out, so that the days on which nothing was found need not be gone through.
        excess = squares
        for (about, day), number in found[level].items():
            mean = rates[about][self._days.kind(day)] * counts.of_day[day]
            excess += number * number - 2 * number * mean - number
        return max(_LEAST_SPREAD, excess / squares) if squares else _LEAST_SPREAD


class Levels:
    """How busy each day is against what is usual; shrunk, so that a few orders in the morning say little."""

    def __init__(self, weight: float) -> None:
        """``weight``: orders' worth of the usual that is laid under what was counted."""
        self._weight = weight
        self._found: dict[int, int] = defaultdict(int)
        self._level: dict[int, float] = {}

    def count(self, day: int) -> None:
        """Take in an order that belongs to no hot spot."""
        self._found[day] += 1

    def update(self, day: int, expected: float) -> None:
        """Set the level of a day of which ``expected`` callers were usual so far."""
        self._level[day] = (self._found[day] + self._weight) / (expected + self._weight)

    def of(self, day: int) -> float:
        """Return the level of a day; 1 where nothing is known of it."""
        return self._level.get(day, 1.0)


def _at(sums: Sequence[float], seconds: float) -> float:
    """Return the share of the day that is over after so many seconds of it."""
    hour = int(seconds // HOUR)
    if hour >= _HOURS:
        return sums[_HOURS]
    return sums[hour] + (sums[hour + 1] - sums[hour]) * (seconds - hour * HOUR) / HOUR

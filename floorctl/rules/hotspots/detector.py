"""Finds what swells: more callers about a matter in a place than chance allows, at the receipt of every order."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from floorctl.rules.hotspots.reports import DAY, HOUR, Counted, Days, Repeats, Report, Subject
from floorctl.rules.hotspots.usual import Levels, Usual
from floorctl.rules.staffing.surge import gamma_poisson_at_least

#: The windows in which callers are counted, in seconds.
WINDOWS = (2 * HOUR, 24 * HOUR, 5 * DAY)
#: The least numbers of callers that are a hot spot, for each window.
LEAST = {"cell": (5, 6, 8), "category": (6, 8, 12), "region": (6, 8, 12)}
#: From so many callers within 24 hours on, a matter is critical.
MANY_A_DAY = 20
#: A matter is left out of wider counts, and takes in what overlaps with it, for so long after its last signal.
_STAYS = 5 * DAY
#: Another signal about the same subject, or about a wider one, is the same matter for so long.
_SAME_SUBJECT = DAY
_LEAST_EXPECTED = 0.05


class Signal(msgspec.Struct, frozen=True):
    """More callers than the threshold allows, found at ``at``."""

    at: float
    subject: Subject
    window: float
    callers: int
    expected: float
    p_value: float
    orders: tuple[Report, ...]


class Hour(msgspec.Struct, frozen=True):
    """A part of a matter's course: the callers counted from ``start`` on, and those that are usual then."""

    start: float
    callers: int
    expected: float


class Matter:
    """One matter, as it stands on the screen: what was found first, and what is found now."""

    def __init__(self, signal: Signal) -> None:
        self.since = signal.at
        self.first = signal
        self.latest = signal
        self.least_p_value = signal.p_value
        #: When it first had ``MANY_A_DAY``; None if it never had.
        self.many_since: float | None = None
        self._heard: dict[str | int, float] = {}
        self._look_how_many(signal)
        self.subjects = {signal.subject}
        self.order_ids = {report.id for report in signal.orders}

    @property
    def subject(self) -> Subject:
        """What the matter is about now."""
        return self.latest.subject

    def take(self, signal: Signal) -> None:
        """Bring the matter up to date."""
        self.latest = signal
        self._look_how_many(signal)
        self.least_p_value = min(self.least_p_value, signal.p_value)
        self.subjects.add(signal.subject)
        self.order_ids.update(report.id for report in signal.orders)

    def swells(self, at: float) -> bool:
        """Return whether it had a signal in the last day."""
        return at - self.latest.at <= _SAME_SUBJECT

    def _look_how_many(self, signal: Signal) -> None:
        # A signal has the orders of its own window: those of earlier signals of the day count too.
        self._heard |= {report.caller: report.at for report in signal.orders}
        lately = sum(at > signal.at - DAY for at in self._heard.values())
        if self.many_since is None and lately >= MANY_A_DAY:
            self.many_since = signal.at

    def takes(self, signal: Signal) -> bool:
        """Return whether a signal is about this matter."""
        past = signal.at - self.latest.at
        if past > _STAYS:
            return False
        if past <= _SAME_SUBJECT and (signal.subject in self.subjects or self._is_part_of(signal.subject)):
            return True
        return 2 * sum(report.id in self.order_ids for report in signal.orders) >= len(signal.orders)

    def _is_part_of(self, wider: Subject) -> bool:
        return wider.category is not None and wider.region is None and self.subject.category == wider.category


class _Window:
    """The orders of one subject in the last five days, and the times of those that count."""

    __slots__ = ("reports", "times")

    def __init__(self) -> None:
        self.reports: list[Counted] = []
        self.times: list[float] = []


class Detector:
    """Counts the orders that it is given, in the order of receipt, and puts together what swells into matters."""

    def __init__(self, usual: Usual, days: Days, threshold: float) -> None:
        self._usual = usual
        self._days = days
        self._threshold = threshold
        self._repeats = Repeats()
        self._windows: dict[Subject, _Window] = defaultdict(_Window)
        self._levels = Levels(usual.level_weight)
        #: When the newest order was received.
        self.newest = 0.0
        self._today = -1
        self.matters: list[Matter] = []
        self._live: list[Matter] = []

    def prepare(self, reports: Iterable[Report]) -> None:
        """Take in orders from before the time that is judged: counted in the windows, never a signal."""
        for report in reports:
            self._count(report)

    def take(self, report: Report) -> Matter | None:
        """Take in the next order; return the matter that it raises or brings up to date."""
        fresh = self._count(report)
        self._levels.update(self._today, self._usual.floor_between(self._today * DAY, report.at))
        signal = self._strongest(report, fresh)
        if signal is None:
            return None
        for matter in reversed(self._live):
            if matter.takes(signal):
                matter.take(signal)
                return matter
        matter = Matter(signal)
        self.matters.append(matter)
        self._live.append(matter)
        return matter

    def course(self, subject: Subject, until: float, step: float, steps: int) -> list[Hour]:
        """Return the last ``steps`` parts, ``step`` seconds long, of a subject's course, at most five days."""
        times = self._windows[subject].times if subject in self._windows else []
        end = (until // step + 1) * step
        starts = [end - step * (steps - at) for at in range(steps)]
        return [
            Hour(
                start,
                bisect_left(times, start + step) - bisect_left(times, start),
                self._usual.mean(subject, start, start + step, self._levels),
            )
            for start in starts
        ]

    def _count(self, report: Report) -> tuple[bool, bool, bool]:
        at = self.newest = report.at
        day = int(at // DAY)
        if day != self._today:
            self._turn(day)
        fresh = self._repeats.fresh(report)
        for subject, counts in zip(_subjects(report), fresh, strict=True):
            window = self._windows[subject]
            window.reports.append((report, fresh))
            if counts:
                window.times.append(at)
        if fresh[0] and not self._left_out(report):
            self._levels.count(day)
        return fresh

    def _turn(self, day: int) -> None:
        """Close the day before, and forget what is in no window any more."""
        if self._today >= 0:
            self._levels.update(self._today, self._usual.day_mean(self._today))
        self._today = day
        before = day * DAY - WINDOWS[-1]
        self._repeats.forget(before)
        self._live = [matter for matter in self._live if matter.latest.at >= before]
        for subject in list(self._windows):
            window = self._windows[subject]
            if not window.reports or window.reports[-1][0].at < before:
                del self._windows[subject]
                continue
            window.times = window.times[bisect_left(window.times, before) :]
            window.reports = window.reports[_first_at(window.reports, before) :]

    def _left_out(self, report: Report) -> bool:
        since = report.at - _STAYS
        return any(
            matter.latest.at >= since and matter.subject.covers(report.category, report.region) for matter in self._live
        )

    def _strongest(self, report: Report, fresh: tuple[bool, bool, bool]) -> Signal | None:
        best: Signal | None = None
        for subject, counts in zip(_subjects(report), fresh, strict=True):
            if not counts:
                continue
            for signal in self._signals(subject, report.at):
                if best is None or signal.p_value < best.p_value:
                    best = signal
        return best

    def _signals(self, subject: Subject, at: float) -> Iterator[Signal]:
        window = self._windows[subject]
        times = window.times
        least = LEAST[subject.level]
        for size, enough in zip(WINDOWS, least, strict=True):
            callers = len(times) - bisect_left(times, at - size)
            if callers < enough:
                continue
            signal = self._judged(subject, at, size, callers)
            if signal is not None:
                yield signal

    def _judged(self, subject: Subject, at: float, size: float, callers: int) -> Signal | None:
        since = at - size
        expected = self._usual.mean(subject, since, at, self._levels)
        # Far below any threshold: spares the tail of what is usual.
        if callers <= expected + 3 * math.sqrt(expected):
            return None
        reports = self._windows[subject].reports
        found = reports[_first_at(reports, since) :]
        if subject.level != "cell":
            callers, expected = self._without_others(subject, size, found, callers, expected)
            if callers < LEAST[subject.level][WINDOWS.index(size)]:
                return None
        p_value = gamma_poisson_at_least(callers, expected, math.sqrt(self._usual.variance(subject, size)))
        if p_value >= self._threshold:
            return None
        return Signal(
            at=at,
            subject=subject,
            window=size,
            callers=callers,
            expected=expected,
            p_value=p_value,
            orders=tuple(report for report, _ in found),
        )

    def _without_others(
        self, subject: Subject, size: float, found: list[Counted], callers: int, expected: float
    ) -> tuple[int, float]:
        """Leave the cells that other matters are about out of a wider count, and of what is expected of it."""
        since = self.newest - size
        others = self._others(subject, since)
        if not others:
            return callers, expected
        cells = {(report.category, report.region) for report, _ in found}
        out = {cell for cell in cells if any(other.covers(*cell) for other in others)}
        if not out:
            return callers, expected
        level = 1 if subject.region is None else 2
        callers = sum(fresh[level] and (report.category, report.region) not in out for report, fresh in found)
        left = expected - sum(self._usual.mean(Subject(*cell), since, self.newest, self._levels) for cell in out)
        return callers, max(left, _LEAST_EXPECTED)

    def _others(self, subject: Subject, since: float) -> list[Subject]:
        """Return the subjects of matters that are left out of the count of a wider one."""
        return [
            about
            for matter in self._live
            if matter.latest.at >= since
            for about in matter.subjects
            if about != subject and subject not in matter.subjects
        ]


def _subjects(report: Report) -> tuple[Subject, Subject, Subject]:
    return (
        Subject(report.category, report.region),
        Subject(report.category, None),
        Subject(None, report.region),
    )


def _first_at(reports: list[Counted], since: float) -> int:
    return bisect_left(reports, since, key=lambda each: each[0].at)

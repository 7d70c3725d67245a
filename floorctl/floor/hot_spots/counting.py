"""Counts the orders that this terminal holds. Import it only where that is done: it loads the rules of hot spots."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from floorctl.floor.hot_spots.views import HotSpots, HotSpotView, Part
from floorctl.models.orders import Order
from floorctl.rules import hotspots
from floorctl.rules.hotspots import DAY, HOUR, Detector, Matter, Report, Subject, Usual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from floorctl.calendar import WorkCalendar
    from floorctl.config import Config
    from floorctl.floor.names import Names
    from floorctl.floor.ports import Settings
    from floorctl.floor.read_model import ReadModel
    from floorctl.models.received import Received

#: The threshold until one is fitted on this terminal's orders, and the setting under which that one is kept.
_USUAL_THRESHOLD = 1e-5
_SETTING = "hot_spot_threshold"
#: The most orders that are counted, and the most on which a threshold is fitted: more take a worker seconds.
_MOST_ORDERS, _MOST_TO_FIT = 60_000, 20_000
#: Orders that the platform sends later than this after their receipt are found when the next day begins.
_LATE = timedelta(days=1)
#: How soon a history that lacks days is read again: where nothing can be said on it, and where something can.
_LOOK_AGAIN, _LEARN_AGAIN = timedelta(minutes=1), timedelta(minutes=10)
_WINDOWS = {2 * HOUR: "2h", 24 * HOUR: "24h", 5 * DAY: "5d"}
_MOST_KEY = 64


class Counting:
    """Counts the orders of the last weeks once a day, and takes in those that come; thread-safe."""

    def __init__(
        self,
        config: Config,
        calendar: WorkCalendar,
        read_model: ReadModel,
        names: Names,
        now: Callable[[], datetime],
        settings: Settings,
    ) -> None:
        self._config = config
        self._calendar = calendar
        self._read_model = read_model
        self._names = names
        self._now = now
        self._settings = settings
        self._lock = threading.Lock()
        self._day: date | None = None
        self._learnt_at: datetime | None = None
        self._threshold = 0.0
        self._held = 0
        self._usual: Usual | None = None
        self._detector: Detector | None = None
        #: The orders of the last day that were counted, by id.
        self._counted: dict[str, Received] = {}
        self._words: dict[str, str | None] = {}

    def all(self) -> HotSpots:
        """Take in what has come; return the matters of the last days, the newest first."""
        with self._lock:
            self._take_in(self._now())
            matters = tuple(map(self._view, reversed(self._detector.matters))) if self._detector else ()
            return HotSpots(matters, self._held, hotspots.LEAST_DAYS)

    def course(self, view: HotSpotView) -> list[Part]:
        """Return how the callers about a matter came."""
        subject = Subject(view.category_id, view.region)
        step, steps = (6 * HOUR, 20) if view.window == "5d" else (HOUR, 24)
        with self._lock:
            if self._detector is None:
                return []
            until = hotspots.wall_seconds(self._now(), self._config.zone)
            parts = self._detector.course(subject, until, step, steps)
        return [Part(self._time(part.start), part.callers, part.expected) for part in parts]

    def fit(self) -> None:
        """Fit the threshold if that was not done today yet, and keep it for other processes."""
        today = self._now().date().isoformat()
        with self._lock:
            if (self._settings.setting(_SETTING) or {}).get("day") == today:
                return
            reports = self._as_reports(self._rows(hotspots.ALL_DAYS))
            history = hotspots.history_of(reports, self._day_number(self._now()))
        threshold = _USUAL_THRESHOLD
        if history.enough and len(reports) <= _MOST_TO_FIT:
            threshold = hotspots.fit(reports, history, self._calendar.is_working_day)
        self._settings.set_setting(_SETTING, {"day": today, "threshold": threshold})

    # -- counting

    def _take_in(self, now: datetime) -> None:
        threshold = self._kept_threshold()
        if now.date() != self._day or threshold != self._threshold or self._may_have_more_history(now):
            self._count_anew(now, threshold)
            return
        if self._usual is None or self._detector is None:
            return
        since = now - _LATE
        newest = {row.id: row for row in self._read_model.received_since(since, _MOST_ORDERS)}
        known = {id_: row for id_, row in self._counted.items() if row.at >= since.timestamp()}
        come = self._as_reports(row for id_, row in newest.items() if id_ not in known)
        other = any(newest.get(id_) != row for id_, row in known.items())  # of another category, or gone
        if other or any(report.at < self._detector.newest for report in come):
            self._find(now, self._rows(2 * hotspots.JUDGED_DAYS + 1))
            return
        for report in come:
            self._detector.take(report)
        self._counted = newest

    def _may_have_more_history(self, now: datetime) -> bool:
        """While the cache is being filled, the history grows within the day."""
        if self._held >= hotspots.ALL_DAYS - 1 or self._learnt_at is None:
            return False
        return now - self._learnt_at >= (_LOOK_AGAIN if self._usual is None else _LEARN_AGAIN)

    def _count_anew(self, now: datetime, threshold: float) -> None:
        rows = self._rows(hotspots.ALL_DAYS)
        reports = self._as_reports(rows)
        history = hotspots.history_of(reports, self._day_number(now))
        self._held = history.held
        self._usual = hotspots.learn(reports, history, self._calendar.is_working_day)
        self._day, self._threshold, self._learnt_at = now.date(), threshold, now
        self._detector = None
        self._find(now, rows)

    def _find(self, now: datetime, rows: Sequence[Received]) -> None:
        since = (now - _LATE).timestamp()
        self._counted = {row.id: row for row in rows if row.at >= since}
        if self._usual is not None:
            today = self._day_number(now)
            self._detector = hotspots.find(
                self._as_reports(rows), today, self._calendar.is_working_day, self._threshold, self._usual
            )

    def _kept_threshold(self) -> float:
        kept = self._settings.setting(_SETTING)
        return float(kept["threshold"]) if kept else _USUAL_THRESHOLD

    def _rows(self, days: int) -> list[Received]:
        """The orders of the last ``days`` days before today, and of today."""
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        return self._read_model.received_since(midnight - timedelta(days=days), _MOST_ORDERS)

    def _as_reports(self, rows: Iterable[Received]) -> list[Report]:
        zone = self._config.zone
        return [
            Report(
                row.id,
                hotspots.wall_seconds(datetime.fromtimestamp(row.at, zone), zone),
                row.category,
                row.region,
                row.id if row.caller is None else row.caller,
            )
            for row in rows
        ]

    def _wall(self, at: datetime) -> float:
        return hotspots.wall_seconds(at, self._config.zone)

    def _day_number(self, at: datetime) -> int:
        return int(self._wall(at) // DAY)

    def _time(self, wall: float) -> datetime:
        return hotspots.from_wall(wall, self._config.zone)

    # -- views

    def _view(self, matter: Matter) -> HotSpotView:
        latest, about = matter.latest, matter.subject
        since = self._time(matter.since)
        word = self._fatal_word([report.id for report in latest.orders])
        many_since = None if matter.many_since is None else self._time(matter.many_since)
        return HotSpotView(
            key=_key(matter.first.subject),
            level=about.level,
            category_id=about.category,
            category=self._names.category_path(about.category),
            region=about.region,
            window=_WINDOWS[latest.window],
            count=len(latest.orders),
            callers=latest.callers,
            expected=latest.expected,
            p_value=latest.p_value,
            since=since,
            latest=self._time(latest.at),
            order_ids=tuple(report.id for report in latest.orders),
            word=word,
            critical_since=since if word is not None else many_since,
            swells=matter.swells(self._wall(self._now())),
        )

    def _fatal_word(self, order_ids: list[str]) -> str | None:
        """The first of the configured words that stands in one of the orders; each order is read once."""
        words = self._config.hot_spots.words
        unread = [each for each in order_ids if each not in self._words]
        if unread and words:
            found = self._read_model.many(Order, unread)
            for each in unread:
                held = found.get(each)
                text = "" if held is None else f"{held.value.title}\n{held.value.content}"
                self._words[each] = next((word for word in words if word.strip() and word in text), None)
        return next((word for each in order_ids if (word := self._words.get(each)) is not None), None)


def _key(subject: Subject) -> str:
    """Return a name of what a matter is about that may stand in the id of an alert."""
    name = f"{subject.category or ''}@{subject.region or ''}"
    return name if len(name) <= _MOST_KEY else blake2b(name.encode(), digest_size=16).hexdigest()

"""Counts of orders for the monthly assessment, updated with every order stored: how many of which event on which day.

A month's counts are the sum of its days, so a change of one order costs the same in a month of ten orders and in one of
a hundred thousand. Only lateness also arises as time passes: orders that become late today are counted as of now.
"""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from floorctl.models.orders import Order
from floorctl.rules.assessment.month import late_from, needs_call_back
from floorctl.rules.assessment.order_events import (
    DISPATCHED,
    ERROR,
    LATE,
    MISSED,
    PROBLEM,
    RECEIVED,
    REQUIRED,
    REVIEWED,
    WRONG,
    Days,
)
from floorctl.rules.orders.deadlines import DISPATCH_WITHIN
from floorctl.sync.sqlite import Connection

#: Fault → (its bit in ``faults``, the column of its time, the index for it).
FAULTS = {
    PROBLEM: (1, "received_at", "problem"),
    ERROR: (2, "reviewed_at", "review_error"),
    WRONG: (4, "dispatched_at", "wrong_dispatch"),
    MISSED: (8, "required_at", "missed_callback"),
}
COLUMNS = "received_at, reviewed_at, dispatched_at, required_at, late_from, faults"

_QUARTER = 900
_SURELY_IN_TIME = DISPATCH_WITHIN.total_seconds() - 1
_MOST_QUARTERS = 200_000
_ZONE = "tally_zone"
#: Day (as an ordinal) and event.
DayEvent = tuple[int, int]


class Stamps(NamedTuple):
    """When the steps of an order count, in seconds since 1970, and its faults (bits of ``FAULTS``).

    The first five are in the order of ``EVENTS``.

    ``required_at`` is when it was handled, if it needs a call-back; ``late_from`` when its time to be dispatched ran
    out, or will if it goes on waiting.
    """

    received_at: float
    reviewed_at: float | None
    dispatched_at: float | None
    required_at: float | None
    late_from: float | None
    faults: int


def stamps(order: Order) -> Stamps:
    """Return the stamps of an order."""
    # Runs for each of a million orders in a first sync: ``timestamp`` would convert every time to UTC separately.
    received, reviewed, dispatched, handled = (
        order.received_at, order.reviewed_at, order.dispatched_at, order.handled_at
    )  # fmt: skip
    epoch = _epoch_in(received.tzinfo)
    faults = 1 if order.problem else 0
    reviewed_at = dispatched_at = required_at = late_at = None
    if dispatched is not None:
        dispatched_at = (dispatched - epoch).total_seconds()
        if order.dispatch_correct is False:
            faults |= 4
    if reviewed is not None:
        reviewed_at = (reviewed - epoch).total_seconds()
        if order.review_errors:
            faults |= 2
        # Most are dispatched well within their time; the rule is called only for the others.
        if dispatched_at is None or dispatched_at - reviewed_at > _SURELY_IN_TIME:
            late = late_from(order)
            late_at = None if late is None else (late - epoch).total_seconds()
    if handled is not None and needs_call_back(order):
        required_at = (handled - epoch).total_seconds()
        if order.callback_outcome is None:
            faults |= 8
    return Stamps((received - epoch).total_seconds(), reviewed_at, dispatched_at, required_at, late_at, faults)


@lru_cache(maxsize=64)
def _epoch_in(zone: tzinfo | None) -> datetime:
    """Return the beginning of 1970 in ``zone``, to subtract from times of the same zone."""
    return datetime.fromtimestamp(0, zone)


def seconds(at: datetime) -> float:
    """Return seconds since 1970, like ``timestamp`` but three times as fast for many times of one zone."""
    return (at - _epoch_in(at.tzinfo)).total_seconds()


@lru_cache(maxsize=4)
def event_days_of(zone: tzinfo) -> "EventDays":
    """Return the days of a zone; one object is kept for each zone because it caches its lookups."""
    return EventDays(zone)


class EventDays:
    """Assigns the events of orders to days in the floor's zone; in every current zone days begin on a quarter hour."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._days: dict[float, int] = {}

    def day(self, seconds: float) -> int:
        """Return the day, as an ordinal; 0 for a time that no calendar has."""
        return self._day(seconds // _QUARTER)

    def _day(self, quarter: float) -> int:
        day = self._days.get(quarter)
        if day is None:
            if len(self._days) >= _MOST_QUARTERS:
                self._days.clear()
            try:
                day = datetime.fromtimestamp(quarter * _QUARTER, self.zone).toordinal()
            except (ValueError, OverflowError, OSError):
                day = 0
            self._days[quarter] = day
        return day

    def start(self, day: date) -> float:
        """Return the start of a day, in seconds since 1970."""
        return datetime.combine(day, datetime.min.time(), self.zone).timestamp()

    def events(self, stamps: Stamps) -> Iterator[DayEvent]:
        """Yield the events of an order, each with its day."""
        received, reviewed, dispatched, required, late, faults = stamps
        day = self.day(received)
        yield day, RECEIVED
        if faults & 1:
            yield day, PROBLEM
        if reviewed is not None:
            day = self.day(reviewed)
            yield day, REVIEWED
            if faults & 2:
                yield day, ERROR
        if dispatched is not None:
            day = self.day(dispatched)
            yield day, DISPATCHED
            if faults & 4:
                yield day, WRONG
        if required is not None:
            day = self.day(required)
            yield day, REQUIRED
            if faults & 8:
                yield day, MISSED
        if late is not None:
            yield self.day(late), LATE

    def tally(self, rows: Sequence[Sequence[Any]], at: int) -> Counter[DayEvent]:
        """Return the sum of ``events`` over many orders.

        The stamps begin at index ``at`` of each row, so that existing rows need not be copied.
        """
        total: Counter[DayEvent] = Counter()
        for event in (RECEIVED, REVIEWED, DISPATCHED, REQUIRED, LATE):
            place = at + event
            quarters = Counter([row[place] // _QUARTER for row in rows if row[place] is not None])
            for quarter, n in quarters.items():
                total[self._day(quarter), event] += n
        faulty = [Stamps(*row[at : at + len(Stamps._fields)]) for row in rows if row[at + len(Stamps._fields) - 1]]
        for fault, (bit, column, _) in FAULTS.items():
            for stamps in faulty:
                if stamps.faults & bit:
                    total[self.day(getattr(stamps, column)), fault] += 1
        return total

    def count(self, orders: Iterable[Stamps], days: Days, now: float) -> Counter[int]:
        """Return event → how many of these orders it happened to in some days, as of ``now``."""
        first, until = days[0].toordinal(), days[1].toordinal()
        counts: Counter[int] = Counter()
        for stamps in orders:
            for day, event in self.events(stamps):
                not_yet_late = event == LATE and stamps.late_from is not None and stamps.late_from >= now
                if first <= day < until and not not_yet_late:
                    counts[event] += 1
        return counts


def write(db: Connection, generation: str, changes: Counter[DayEvent], zone: tzinfo) -> None:
    """Add a page's changes to the tally."""
    rows = [(day, event, n) for (day, event), n in changes.items() if n]
    if not rows:
        return
    db.executemany(
        f"INSERT INTO order_event_{generation} (day, event, orders) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET orders = orders + excluded.orders",
        rows,
    )
    db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_ZONE, str(zone)))


def count_events(db: Connection, generation: str, event_days: EventDays, days: Days, now: datetime) -> Counter[int]:
    """Return event → how many orders it happened to in some days, as of ``now``."""
    first, until, today = days[0].toordinal(), days[1].toordinal(), now.astimezone(event_days.zone).date()
    rows = db.execute(
        f"SELECT event, sum(orders) FROM order_event_{generation}"
        " WHERE day >= ? AND day < ? AND (event <> ? OR day < ?) GROUP BY event",
        (first, until, LATE, today.toordinal()),
    )
    counts = Counter({int(event): int(n) for event, n in rows})
    if first <= today.toordinal() < until:
        (late,) = db.execute(
            f"SELECT count(*) FROM order_row_{generation} INDEXED BY order_row_{generation}_late"
            " WHERE late_from >= ? AND late_from < ?",
            (event_days.start(today), now.timestamp()),
        ).fetchone()
        counts[LATE] += late
    return counts


def stamps_of(db: Connection, generation: str, ids: Iterable[str]) -> list[Stamps]:
    """Return the stamps of those of ``ids`` that are held."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM order_row_{generation} WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return [Stamps(*row) for row in rows]


def orders_with_event(
    db: Connection, generation: str, event_days: EventDays, event: int, days: Days, now: datetime
) -> list[tuple[str, int, bytes]]:
    """Return id, version and document of the orders with ``event`` (``LATE`` or a fault) in some days."""
    start, end = event_days.start(days[0]), event_days.start(days[1])
    if event == LATE:
        column, index, where, end = "late_from", "late", "1", min(end, now.timestamp())
    else:
        bit, column, index = FAULTS[event]
        where = f"faults & {bit}"
    return db.execute(
        f"SELECT id, version, document FROM order_row_{generation} INDEXED BY order_row_{generation}_{index}"
        f" JOIN order_document_{generation} USING (key) WHERE {where} AND {column} >= ? AND {column} < ?",
        (start, end),
    ).fetchall()


def tallied_for(db: Connection, zone: tzinfo) -> bool:
    """Whether the days of the tally are those of ``zone``."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (_ZONE,)).fetchone()
    return row is None or row[0] == str(zone)


def tally_again(db: Connection, generations: Iterable[str], zone: tzinfo) -> None:
    """Count every order anew by the days of ``zone``, after the floor's zone has changed."""
    event_days = event_days_of(zone)
    db.execute("DELETE FROM meta WHERE name = ?", (_ZONE,))
    for generation in generations:
        changes: Counter[DayEvent] = Counter()
        for row in db.execute(f"SELECT {COLUMNS} FROM order_row_{generation}"):
            changes.update(event_days.events(Stamps(*row)))
        db.execute(f"DELETE FROM order_event_{generation}")
        write(db, generation, changes, zone)

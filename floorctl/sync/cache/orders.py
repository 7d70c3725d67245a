"""Orders as rows of the cache, with the columns that they are looked up, sorted, filtered and counted by."""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from floorctl.calendar import WorkCalendar
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Order
from floorctl.rules.orders.callers import caller_key
from floorctl.rules.orders.deadlines import (
    dispatch_clock_runs,
    dispatch_due_at,
    limit_at,
    unhandled,
    waits_for_call_back,
    waits_for_dispatch,
)
from floorctl.rules.orders.stuck import STUCK, still_stuck, stuck, stuck_at
from floorctl.sync.cache import department_rows, order_events
from floorctl.sync.cache.order_events import Stamps, event_days_of
from floorctl.sync.sqlite import Connection

NEVER = float("inf")
#: Values of ``to_dispatch``: the dispatch clock (three hours) runs, or it came back after a first dispatch.
NOT_WAITING, CLOCK_RUNS, CAME_BACK = 0, 1, 2

#: Longest look ahead, in seconds; dates that far ahead can still be represented.
_LONGEST_LOOK = 100 * 365 * 86400.0
#: What an order waits for → its number in the column ``stuck``.
STUCK_CODES = {"": 0, **{name: code for code, name in enumerate(STUCK, 1)}}
_FACETS = "handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department"
_STAMPS = order_events.COLUMNS.partition(", ")[2]  # all but the first, which lists sort by
_OTHERS = f"type, agent, category, region, stuck_at, caller, parent, {department_rows.COLUMNS}"
_COLUMNS = f"key, id, version, number, received_at, {_STAMPS}, limit_at, dispatch_due_at, {_FACETS}, {_OTHERS}"
_SET = [name for name in _COLUMNS.split(", ") if name not in ("key", "id")]
_N_FACETS = 9


class Facets(NamedTuple):
    """The columns that orders are counted by, as codes."""

    handled: int
    to_dispatch: int
    to_call_back: int
    stuck: int
    repetition: int
    state: int
    line: int
    urgency: int
    department: int


class StoredOrder(NamedTuple):
    """What the cache holds of an order that changes."""

    key: int
    version: int
    facets: Facets
    stamps: Stamps


def to_dispatch(order: Order) -> int:
    """Whether it waits for a department (``NOT_WAITING``, ``CLOCK_RUNS`` or ``CAME_BACK``)."""
    if not waits_for_dispatch(order):
        return NOT_WAITING
    return CLOCK_RUNS if dispatch_clock_runs(order) else CAME_BACK


def by_calendar(order: Order, calendar: WorkCalendar) -> tuple[float, float | None, float | None, float | None, int]:
    """Return what is stored of an order by the calendar: ``limit_at``, ``stuck_at``, columns of ``department_rows``.

    A repetition is in no list by its limit: the order that it repeats is.
    """
    limit = limit_at(order, calendar)
    listed = NEVER if limit is None or order.parent_id is not None else order_events.seconds(limit)
    stuck_by = stuck_at(order, limit)
    waits = NEVER if stuck_by is None and stuck(order) else None if stuck_by is None else order_events.seconds(stuck_by)
    return listed, waits, *department_rows.values(order, limit, calendar)


def fits(order: Order, limit: datetime | None, now: datetime, wanted: OrderFilter) -> bool:
    """Whether an order is in a list, apart from the search; the same conditions as in the list's SQL statement."""
    if wanted.overdue or wanted.due_within is not None:
        until = now + timedelta(seconds=min(wanted.due_within or 0.0, _LONGEST_LOOK))
        if not unhandled(order) or limit is None or order.parent_id is not None:
            return False
        if (wanted.overdue and not limit < now) or (wanted.due_within is not None and not now <= limit <= until):
            return False
    return (
        (not wanted.state or order.state in wanted.state)
        and (not wanted.line or order.line in wanted.line)
        and (not wanted.urgency or order.urgency in wanted.urgency)
        and (wanted.department is None or order.lead_department_id == wanted.department)
        and (not wanted.to_dispatch or to_dispatch(order) != NOT_WAITING)
        and (not wanted.to_call_back or waits_for_call_back(order))
        and (not wanted.stuck or (still_stuck(order, now) and (wanted.redos or stuck(order) != "redo")))
        and (wanted.sent is None or department_rows.was_sent(order, wanted.sent))
    )


class Words(dict[str | None, int]):
    """Codes of words; a new word gets a code and is written when a row first uses it.

    0 stands for no word.
    """

    def __init__(self, db: Connection) -> None:
        super().__init__({text: code for code, text in db.execute("SELECT code, text FROM word").fetchall()})
        self._db = db
        self[None] = 0

    def __missing__(self, text: str) -> int:
        """Give a new word the next code and write it."""
        self[text] = code = len(self)
        self._db.execute("INSERT INTO word VALUES (?, ?)", (code, text))
        return code


def held_orders(db: Connection, generation: str, ids: Iterable[str]) -> dict[str, StoredOrder]:
    """Return what is held of each of ``ids``."""
    rows = db.execute(
        f"SELECT id, key, version, {_FACETS}, {order_events.COLUMNS} FROM order_row_{generation}"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    facets, stamps = slice(3, 3 + _N_FACETS), slice(3 + _N_FACETS, None)
    return {row[0]: StoredOrder(row[1], row[2], Facets(*row[facets]), Stamps(*row[stamps])) for row in rows}


class OrderWriter:
    """Writes one page's orders into one generation, and updates the tallies."""

    def __init__(self, db: Connection, generation: str, calendar: WorkCalendar) -> None:
        self._db, self._g, self._calendar = db, generation, calendar
        self._words = Words(db)
        self._tally: Counter[Facets] = Counter()
        self._left: list[Stamps] = []
        self._new: list[tuple[object, ...]] = []
        self._new_documents: list[tuple[int, bytes]] = []
        self._changed: list[tuple[object, ...]] = []
        self._changed_documents: list[tuple[bytes, int]] = []
        self._gone: list[int] = []
        row = db.execute("SELECT value FROM meta WHERE name = ?", (f"next_key_{generation}",)).fetchone()
        self._next_key = int(row[0]) if row else 1

    def put(self, id_: str, version: int, order: Order, document: bytes, held: StoredOrder | None) -> None:
        """Store a version of an order."""
        values, facets = self._values(order)
        self._tally[facets] += 1
        if held is None:
            self._new.append((self._next_key, id_, version, *values))
            self._new_documents.append((self._next_key, document))
            self._next_key += 1
        else:
            self._forget(held)
            self._changed.append((version, *values, held.key))
            self._changed_documents.append((document, held.key))

    def remove(self, held: StoredOrder) -> None:
        """Remove an order."""
        self._forget(held)
        self._gone.append(held.key)

    def _forget(self, held: StoredOrder) -> None:
        self._tally[held.facets] -= 1
        self._left.append(held.stamps)

    def _values(self, order: Order) -> tuple[tuple[object, ...], Facets]:
        words = self._words
        limit, waits, *by_department = by_calendar(order, self._calendar)
        still_open = unhandled(order)
        waiting = to_dispatch(order)
        due = dispatch_due_at(order) if waiting == CLOCK_RUNS else None
        dispatch_due = None if due is None else due.timestamp()
        facets = Facets(
            int(not still_open),
            waiting,
            int(waits_for_call_back(order)),
            STUCK_CODES[stuck(order)],
            int(order.parent_id is not None),
            words[order.state],
            words[order.line],
            words[order.urgency],
            words[order.lead_department_id],
        )
        values = (
            order.number,
            *order_events.stamps(order),
            limit,
            dispatch_due,
            *facets,
            words[order.type],
            words[order.agent_id],
            words[order.category_id],
            words[order.region],
            waits,
            caller_key(order),
            order.parent_id,
            *by_department,
        )
        return values, facets

    def flush(self) -> None:
        """Write everything; call it once, inside the page's transaction."""
        db, g = self._db, self._g
        if self._new:
            marks = ", ".join("?" * (_COLUMNS.count(",") + 1))
            db.executemany(f"INSERT INTO order_row_{g} ({_COLUMNS}) VALUES ({marks})", self._new)
            db.executemany(f"INSERT INTO order_document_{g} VALUES (?, ?)", self._new_documents)
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"next_key_{g}", str(self._next_key)))
        if self._changed:
            sets = ", ".join(f"{name} = ?" for name in _SET)
            db.executemany(f"UPDATE order_row_{g} SET {sets} WHERE key = ?", self._changed)
            db.executemany(f"UPDATE order_document_{g} SET document = ? WHERE key = ?", self._changed_documents)
            db.executemany(
                f"INSERT OR IGNORE INTO reindex_{g} VALUES (?)", [(key,) for _, key in self._changed_documents]
            )
        if self._gone:
            keys = [(key,) for key in self._gone]
            for table in ("order_row", "order_document", "reindex"):
                db.executemany(f"DELETE FROM {table}_{g} WHERE key = ?", keys)
            db.executemany(f"DELETE FROM search_{g} WHERE rowid = ?", keys)
        marks = ", ".join("?" * (_N_FACETS + 1))
        db.executemany(
            f"INSERT INTO order_tally_{g} ({_FACETS}, orders) VALUES ({marks})"
            " ON CONFLICT DO UPDATE SET orders = orders + excluded.orders",
            [(*facets, n) for facets, n in self._tally.items() if n],
        )
        event_days = event_days_of(self._calendar.zone)
        events = event_days.tally(self._new, _COLUMNS.split(", ").index("received_at"))
        events.update(event_days.tally(self._changed, _SET.index("received_at")))
        events.subtract(event_days.tally(self._left, 0))
        order_events.write(db, g, events, event_days.zone)

"""Lists of a million orders, read one window at a time.

A list is one or more ranges of an index, each read in that index's order and never sorted. The length of a range comes
from the tally, and a window in its second half is read from its end, so a jump to the end costs as much as the first
page.
"""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from floorctl.calendar import WorkCalendar
from floorctl.models.order_filter import ORDER_SORTS, OrderCounts, OrderFilter
from floorctl.rules.orders.stuck import REDO_PROPOSED_FOR
from floorctl.sync.cache.orders import CLOCK_RUNS, NOT_WAITING, STUCK_CODES
from floorctl.sync.sqlite import Connection

#: Longer than any holidays; it bounds the search in a calendar without any working day.
_HORIZON_DAYS = 60
#: Up to this many rows are sorted instead of read along an index.
_FEW = 2000
#: Greater than any character of a number.
_LAST = "\U0010ffff"
#: A code that no word has.
_NO_ORDERS = -1
#: Values of ``stuck`` in the order of the list, and that of a redo, whose proposal ends by itself.
_STUCK = sorted(each for each in STUCK_CODES.values() if each)
_REDO = STUCK_CODES["redo"]


class IndexRange(NamedTuple):
    """Part of a list: the rows of the index ``by`` that satisfy ``where``, ordered by ``column``.

    ``timed``: the tally can't count it, because it depends on the time; its rows are counted along the index
    ``counted_by``.
    """

    by: str
    column: str
    descending: bool
    where: tuple[str, ...]
    values: tuple[object, ...]
    timed: bool
    counted_by: str = "open"  # only open orders have a limit that counts

    @property
    def condition(self) -> str:
        """The conditions of the WHERE clause."""
        return " AND ".join(self.where) or "1"


def index_ranges(wanted: OrderFilter, now: float, sort: str, code: Callable[[str], int | None]) -> list[IndexRange]:
    """Return the ranges that make the list, in order; ``code`` returns the code of a word (None: no order has it).

    Raises:
        ValueError: a sort that is not offered.

    """
    name = sort.removeprefix("-")
    if name not in ORDER_SORTS:
        raise ValueError(sort)
    where, values = _facet_conditions(wanted, code)
    timed = False
    for is_wanted, condition, value in (
        (wanted.overdue, ("limit_at < ?",), (now,)),
        (wanted.due_within is not None, ("limit_at >= ?", "limit_at <= ?"), (now, now + (wanted.due_within or 0))),
    ):
        if is_wanted:
            where, values, timed = (*where, *condition), (*values, *value), True
    only_open = timed or wanted.to_dispatch
    only_handled = wanted.to_call_back
    done = "callback" if wanted.to_call_back else "received"
    done_where = ("to_call_back = 1", "handled = 1") if wanted.to_call_back else ("handled = 1",)

    def index_range(index: str, column: str, *extra: str, descending: bool = False) -> IndexRange:
        return IndexRange(index, column, descending, (*extra, *where), values, timed)

    # Few of a million orders wait for dispatch: these have an index of their own.
    still_open = "to_dispatch" if wanted.to_dispatch else "open"
    unhandled = index_range(still_open, "limit_at", "handled = 0")
    handled = index_range(done, "received_at", *done_where, descending=True)
    by_limit = unhandled if only_open else index_range("time_limit", "limit_at")
    lists = {
        "latest": [unhandled, handled],
        "received": [index_range("received", "received_at", descending=True)],
        "number": [index_range("number", "number")],
        "limit": [by_limit],
        "dispatch_due": [
            index_range("dispatch", "dispatch_due_at", "dispatch_due_at IS NOT NULL", "handled = 0"),
            index_range(still_open, "limit_at", "handled = 0", f"to_dispatch <> {CLOCK_RUNS}"),
            handled,
        ],
        "stuck": [
            *(index_range("stuck", "stuck_at", "stuck <> 0", f"stuck = {each}") for each in _STUCK),
            *(part._replace(where=(*part.where, "stuck = 0")) for part in (unhandled, handled) if not wanted.stuck),
        ],
    }
    ranges = [
        part
        for part in lists[name]
        if not (only_open and "handled = 1" in part.where) and not (only_handled and "handled = 0" in part.where)
    ]
    if wanted.stuck:
        ranges = [_still_stuck(part, now) for part in ranges]
    if wanted.sent is not None:
        # Few of all orders: they are found by when they were sent, and sorted.
        span, times = (
            ("sent_at IS NOT NULL", "sent_at >= ?", "sent_at < ?"),
            tuple(each.timestamp() for each in wanted.sent),
        )
        ranges = [
            part._replace(
                by="sent", counted_by="sent", where=(*part.where, *span), values=(*part.values, *times), timed=True
            )
            for part in ranges
        ]
    if sort.startswith("-"):
        return [part._replace(descending=not part.descending) for part in reversed(ranges)]
    return ranges


def _still_stuck(part: IndexRange, now: float) -> IndexRange:
    """Leave out the redos that were proposed too long ago; few of all orders are left, which are counted one by one."""
    since = now - REDO_PROPOSED_FOR.total_seconds()
    if part.by != "stuck":
        condition = f"(stuck <> {_REDO} OR stuck_at >= ?)"
    elif f"stuck = {_REDO}" in part.where:
        condition = "stuck_at >= ?"
    else:
        return part._replace(counted_by="stuck")
    return part._replace(where=(*part.where, condition), values=(*part.values, since), timed=True, counted_by="stuck")


def _facet_conditions(
    wanted: OrderFilter, code: Callable[[str], int | None]
) -> tuple[tuple[str, ...], tuple[object, ...]]:
    where: list[str] = []
    values: list[object] = []
    department = () if wanted.department is None else (wanted.department,)
    for column, texts in (
        ("state", wanted.state),
        ("line", wanted.line),
        ("urgency", wanted.urgency),
        ("department", department),
    ):
        if texts:
            codes = sorted({known for text in texts if (known := code(text)) is not None}) or [_NO_ORDERS]
            where.append(f"{column} IN ({', '.join('?' * len(codes))})")
            values += codes
    if wanted.overdue or wanted.due_within is not None:
        where.append("handled = 0")
    if wanted.to_dispatch:
        where.append(f"to_dispatch <> {NOT_WAITING}")
    if wanted.to_call_back:
        where.append("to_call_back = 1")
    if wanted.stuck:
        where.append("stuck <> 0")
        if not wanted.redos:
            where.append(f"stuck <> {_REDO}")
    return tuple(where), tuple(values)


def count(db: Connection, generation: str, part: IndexRange, without: Collection[int]) -> int:
    """Return the number of rows of a range, leaving out the keys in ``without``."""
    table = f"order_row_{generation}"
    if part.timed:
        sql = f"SELECT count(*) FROM {table} INDEXED BY {table}_{part.counted_by} WHERE {part.condition}"
        (n,) = db.execute(sql, part.values).fetchone()
    else:
        where = " AND ".join(condition for condition in part.where if "dispatch_due_at" not in condition) or "1"
        if part.by == "dispatch":
            where += f" AND to_dispatch = {CLOCK_RUNS}"
        sql = f"SELECT coalesce(sum(orders), 0) FROM order_tally_{generation} WHERE {where}"
        (n,) = db.execute(sql, part.values).fetchone()
    if not without:
        return int(n)
    (fewer,) = db.execute(
        f"SELECT count(*) FROM {table} NOT INDEXED WHERE key IN (SELECT value FROM json_each(?)) AND {part.condition}",
        (json.dumps(list(without)), *part.values),
    ).fetchone()
    return int(n) - int(fewer)


def window_sql(generation: str, part: IndexRange, *, without: bool, backwards: bool) -> str:
    """Return the statement that reads a window of a range.

    Its parameters: the range's values, the keys to leave out (if ``without``), limit and offset. Equal rows are in
    the index's order.
    """
    table = f"order_row_{generation}"
    where = part.condition
    if without:
        where += " AND key NOT IN (SELECT value FROM json_each(?))"
    direction = "DESC" if part.descending != backwards else "ASC"
    return (
        f"SELECT key FROM {table} INDEXED BY {table}_{part.by} WHERE {where}"
        f" ORDER BY {part.column} {direction} LIMIT ? OFFSET ?"
    )


def window(
    db: Connection, generation: str, parts: list[IndexRange], offset: int, limit: int, without: Collection[int]
) -> tuple[list[int], int]:
    """Return the keys at ``offset`` to ``offset + limit`` of the list, and the length of the list."""
    keys: list[int] = []
    total = 0
    for part in parts:
        n = count(db, generation, part, without)
        first, last = max(offset - total, 0), min(offset + limit - total, n)
        total += n
        if first >= last:
            continue
        if part.timed and n <= _FEW:
            # Looking for a few rows along another index would read all of it.
            every = _sorted(db, generation, part, f"INDEXED BY order_row_{generation}_{part.counted_by}", (), without)
            keys += every[first:last]
            continue
        backwards = first > n // 2
        values: list[object] = [*part.values]
        if without:
            values.append(json.dumps(list(without)))
        rows = db.execute(
            window_sql(generation, part, without=bool(without), backwards=backwards),
            (*values, last - first, n - last if backwards else first),
        ).fetchall()
        keys += [row[0] for row in (reversed(rows) if backwards else rows)]
    return keys, total


def keys_numbered(db: Connection, generation: str, parts: list[IndexRange], beginning: str, limit: int) -> list[int]:
    """Return the keys of the list's first orders whose number starts with ``beginning``, at most ``limit``.

    The orders that are done may be a million: among these the newest numbers come first, since the list's own order
    would have all of them read for a number that is not there. What the tally knows to be empty is not read at all.
    """
    table, keys = f"order_row_{generation}", list[int]()
    for part in parts:
        if len(keys) >= limit or not count(db, generation, part, ()):
            continue
        by, column, descending = ("number", "number", True) if part.by == "received" and beginning else part[:3]
        where, values = part.condition, [*part.values]
        if beginning:
            where, values = f"{where} AND number >= ? AND number < ?", [*values, beginning, beginning + _LAST]
        sql = (
            f"SELECT key FROM {table} INDEXED BY {table}_{by} WHERE {where}"
            f" ORDER BY {column} {'DESC' if descending else 'ASC'} LIMIT ?"
        )
        keys += [key for (key,) in db.execute(sql, (*values, limit - len(keys)))]
    return keys


def filter_keys(
    db: Connection, generation: str, parts: list[IndexRange], keys: Collection[int], without: Collection[int]
) -> list[int]:
    """Return those of ``keys``, a few thousand at most, that are in the list, in its order."""
    listed: list[int] = []
    for part in parts:
        listed += _sorted(db, generation, part, "NOT INDEXED", keys, without)
    return listed


def _sorted(
    db: Connection, generation: str, part: IndexRange, how: str, keys: Collection[int], without: Collection[int]
) -> list[int]:
    values = [*part.values, json.dumps(list(without))]
    where = f"{part.condition} AND key NOT IN (SELECT value FROM json_each(?))"
    if keys:
        where += " AND key IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(list(keys)))
    direction = "DESC" if part.descending else "ASC"
    sql = (
        f"SELECT key FROM order_row_{generation} {how} WHERE {where}"
        f" ORDER BY {part.column} {direction}, key {direction}"
    )
    return [key for (key,) in db.execute(sql, values)]


def by_number(db: Connection, generation: str, number: str) -> list[tuple[str, int, bytes]]:
    """Return id, version and document of the newest order with this number."""
    return db.execute(
        f"SELECT id, version, document FROM order_row_{generation} JOIN order_document_{generation} USING (key)"
        " WHERE number = ? ORDER BY key DESC LIMIT 1",
        (number,),
    ).fetchall()


def rows(db: Connection, generation: str, keys: list[int]) -> list[tuple[str, int, bytes]]:
    """Return id, version and document of each, in the order of ``keys``."""
    by_key = {
        row[0]: row[1:]
        for row in db.execute(
            f"SELECT key, id, version, document FROM order_row_{generation}"
            f" JOIN order_document_{generation} USING (key) WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(keys),),
        )
    }
    return [by_key[key] for key in keys]


def code(db: Connection, text: str) -> int | None:
    """Return the code of a word, None if no order has it."""
    row = db.execute("SELECT code FROM word WHERE text = ?", (text,)).fetchone()
    return None if row is None else int(row[0])


def keys_of(db: Connection, generation: str, ids: Collection[str]) -> list[int]:
    """Return the keys of those of ``ids`` that are held."""
    if not ids:
        return []
    sql = f"SELECT key FROM order_row_{generation} WHERE id IN (SELECT value FROM json_each(?))"
    return [key for (key,) in db.execute(sql, (json.dumps(list(ids)),))]


#: Limit → the index of the open orders that it ends for, and its column.
ENDINGS = {"limit": ("open", "limit_at", "handled = 0"), "dispatch": ("dispatch", "dispatch_due_at", "1")}


def ids_reaching(db: Connection, generation: str, what: str, since: float, until: float) -> list[str]:
    """Return the open orders of which a limit (of ``ENDINGS``) is from ``since`` to ``until``, the earliest first."""
    (index, column, where), table = ENDINGS[what], f"order_row_{generation}"
    sql = (
        f"SELECT id FROM {table} INDEXED BY {table}_{index}"
        f" WHERE {where} AND {column} IS NOT NULL AND {column} >= ? AND {column} <= ? ORDER BY {column}"
    )
    return [id_ for (id_,) in db.execute(sql, (since, until))]


def ids_received_since(db: Connection, generation: str, since: float, urgencies: Collection[str]) -> list[str]:
    """Return the open orders of these urgencies that were received at ``since`` or later, the earliest first."""
    codes = [known for each in urgencies if (known := code(db, each)) is not None]
    table = f"order_row_{generation}"
    sql = (
        f"SELECT id FROM {table} INDEXED BY {table}_received WHERE received_at >= ? AND handled = 0"
        f" AND urgency IN (SELECT value FROM json_each(?)) ORDER BY received_at"
    )
    return [id_ for (id_,) in db.execute(sql, (since, json.dumps(codes)))]


def counts(db: Connection, generation: str, now: float, soon: float, without: Collection[int]) -> OrderCounts:
    """Return the counts shown above the list; limits up to ``soon`` are due soon."""

    def length(wanted: OrderFilter, sort: str = "latest") -> int:
        parts = index_ranges(wanted, now, sort, lambda _: None)
        return sum(count(db, generation, part, without) for part in parts)

    table = f"order_row_{generation}"
    sql = f"SELECT min(dispatch_due_at) FROM {table} INDEXED BY {table}_dispatch WHERE dispatch_due_at IS NOT NULL"
    if without:
        sql += " AND key NOT IN (SELECT value FROM json_each(?))"
    (first,) = db.execute(sql, (json.dumps(list(without)),) if without else ()).fetchone()
    return OrderCounts(
        overdue=length(OrderFilter(overdue=True)),
        due_soon=length(OrderFilter(due_within=max(soon - now, 0.0))),
        to_dispatch=length(OrderFilter(to_dispatch=True)),
        to_call_back=length(OrderFilter(to_call_back=True)),
        stuck=length(OrderFilter(stuck=True), "stuck"),
        earliest_dispatch_due_at=None if first is None else datetime.fromtimestamp(first, UTC),
    )


def due_soon_until(now: datetime, calendar: WorkCalendar, hours: float) -> datetime:
    """Return the latest limit that is due soon at ``now``: at most ``hours`` working hours away.

    The counterpart of the rule for one order, so that all orders are counted by one comparison.
    """
    left = hours * 3600
    day = now.astimezone(calendar.zone).date()
    for _ in range(_HORIZON_DAYS):
        if calendar.is_working_day(day):
            opens = datetime.combine(day, calendar.day_starts, calendar.zone).timestamp()
            closes = datetime.combine(day, calendar.day_ends, calendar.zone).timestamp()
            start = max(opens, now.timestamp())
            if closes - start > left:
                return datetime.fromtimestamp(start + left, calendar.zone)
            left -= max(closes - start, 0.0)
        day += timedelta(days=1)
    return datetime.combine(day, calendar.day_starts, calendar.zone)

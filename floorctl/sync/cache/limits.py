"""What is stored of orders by the calendar, counted anew after the days or the table of limits have changed.

Open orders are counted anew at once, and the newest of the others: lists and counts of what is overdue or due soon go
by the stored limits. The rest, perhaps a million, follows in the background; until then only its places in a list
sorted by limit are old, and the departments' figures of long ago.
"""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

from collections.abc import Iterable

import msgspec

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Order
from floorctl.sync.cache.orders import by_calendar
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection

_FINGERPRINT = "calendar"
#: Orders that are counted anew before the cache is used; they take about 0.2 s.
_AT_ONCE = 10_000


def counted_by(db: Connection, calendar: WorkCalendar) -> bool:
    """Whether what is stored was counted by ``calendar``."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (_FINGERPRINT,)).fetchone()
    return row is not None and row[0] == calendar.fingerprint


def count_urgent(db: Connection, generations: Iterable[str], calendar: WorkCalendar) -> None:
    """Count all open orders anew, and the newest of the others; leave the rest to ``count_some``."""
    for generation in generations:
        # Without the index's name, all rows would be gone through in the order of their keys.
        still_open = f"INDEXED BY order_row_{generation}_open"
        _count(db, generation, calendar, _documents(db, generation, still_open, "handled = 0", (), -1))
        (newest,) = db.execute(f"SELECT max(key) FROM order_row_{generation}").fetchone()
        _leave(db, generation, newest)
        count_some(db, generation, calendar, _AT_ONCE)
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_FINGERPRINT, calendar.fingerprint))


def are_old(db: Connection, generation: str) -> bool:
    """Whether there are limits left to be counted anew."""
    return _newest_left(db, generation) is not None


def count_some(db: Connection, generation: str, calendar: WorkCalendar, limit: int) -> None:
    """Count up to ``limit`` more limits anew, those of the newest orders first."""
    newest = _newest_left(db, generation)
    if newest is None:
        return
    rows = _documents(db, generation, "", "key <= ?", (newest,), limit)
    _count(db, generation, calendar, rows)
    _leave(db, generation, rows[-1][0] - 1 if len(rows) == limit else None)


def _documents(
    db: Connection, generation: str, how: str, where: str, values: tuple[int, ...], limit: int
) -> list[tuple[int, bytes]]:
    return db.execute(
        f"SELECT key, document FROM order_row_{generation} {how} JOIN order_document_{generation} USING (key)"
        f" WHERE {where} ORDER BY key DESC LIMIT ?",
        (*values, limit),
    ).fetchall()


def _count(db: Connection, generation: str, calendar: WorkCalendar, rows: list[tuple[int, bytes]]) -> None:
    counted = []
    for key, document in rows:
        try:
            order = wire.read_entity("order", document)
        except msgspec.DecodeError:
            continue  # of another release: it is fetched again
        if isinstance(order, Order):
            limit, stuck_at, _, signed_after, traits = by_calendar(order, calendar)
            counted.append((limit, signed_after, traits, stuck_at, key))
    db.executemany(
        f"UPDATE order_row_{generation} SET limit_at = ?1, signed_after = ?2, traits = ?3, stuck_at = ?4"
        " WHERE key = ?5 AND (limit_at, signed_after, traits, stuck_at) IS NOT (?1, ?2, ?3, ?4)",
        counted,
    )


def _newest_left(db: Connection, generation: str) -> int | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (f"not_counted_{generation}",)).fetchone()
    return None if row is None else int(row[0])


def _leave(db: Connection, generation: str, newest: int | None) -> None:
    """Record that the limits of the orders up to the key ``newest`` are old; None: of none."""
    name = f"not_counted_{generation}"
    if newest is None:
        db.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(newest)))

"""The departments compared, counted over an index of the orders by department and by when they were sent to it."""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Order
from floorctl.rules.assessment.order_events import Days
from floorctl.rules.orders import departments
from floorctl.rules.orders.departments import DepartmentCounts
from floorctl.sync.cache.order_events import event_days_of, seconds
from floorctl.sync.sqlite import Connection

COLUMNS = "sent_at, signed_after, traits"
_JUDGED = departments.HANDLED_IN_TIME | departments.HANDLED_LATE
#: Part of the counts → the condition of a row for it. ``?1``: now; ``?2``: seconds to sign in; ``?3``: orders sent
#: before this time and not signed in are late.
_CONDITIONS = {
    "dispatched": "1",
    "signed_in_time": "signed_after <= ?2",
    "sign_judged": "signed_after IS NOT NULL OR (handled = 0 AND sent_at < ?3)",
    "on_time": f"traits & {departments.HANDLED_IN_TIME}",
    "limit_judged": f"traits & {_JUDGED} OR (handled = 0 AND limit_at < ?1)",
    "returned": f"traits & {departments.RETURNED}",
    "extended": f"traits & {departments.EXTENDED}",
    "satisfied": f"traits & {departments.SATISFIED}",
    "reached": f"traits & {departments.REACHED}",
    "redone": f"traits & {departments.REDONE}",
}


class Asked(NamedTuple):
    """What is counted, in seconds since 1970: as of when, what is signed in time, and the orders sent when."""

    now: float
    accept_seconds: float
    unsigned_late_before: float
    start: float
    end: float


def asked(days: Days, now: datetime, accept_seconds: float, calendar: WorkCalendar) -> Asked:
    """Return the values that ``count`` compares with."""
    event_days = event_days_of(calendar.zone)
    late_before = calendar.subtract_working_hours(now, accept_seconds / 3600)
    return Asked(
        now.timestamp(), accept_seconds, late_before.timestamp(), event_days.start(days[0]), event_days.start(days[1])
    )


def values(order: Order, limit: datetime | None, calendar: WorkCalendar) -> tuple[float | None, float | None, int]:
    """Return the values of ``COLUMNS``."""
    sent = departments.sent_at(order)
    if sent is None:
        return None, None, 0
    return seconds(sent), departments.signed_after(order, calendar), departments.traits(order, limit)


def was_sent(order: Order, span: tuple[datetime, datetime]) -> bool:
    """Whether the order was sent to its department in ``span``."""
    sent = departments.sent_at(order)
    return sent is not None and span[0] <= sent < span[1]


def count(db: Connection, generation: str, asked: Asked, without: Collection[int]) -> dict[str, DepartmentCounts]:
    """Return department → counts of its orders, leaving out the keys in ``without``."""
    table = f"order_row_{generation}"
    index = f"{table} INDEXED BY {table}_sent"
    # One look-up a department: without it, the whole index would be read for a few days.
    codes = [
        code
        for (code,) in db.execute(
            f"WITH RECURSIVE next (code) AS (SELECT min(department) FROM {index} WHERE sent_at IS NOT NULL"
            f" UNION ALL SELECT (SELECT min(department) FROM {index} WHERE sent_at IS NOT NULL AND department > code)"
            " FROM next WHERE code IS NOT NULL) SELECT code FROM next WHERE code IS NOT NULL"
        )
    ]
    sums = ", ".join(f"count(CASE WHEN {condition} THEN 1 END)" for condition in _CONDITIONS.values())
    leaving_out = "AND key NOT IN (SELECT value FROM json_each(?7))" if without else ""
    rows = db.execute(
        f"SELECT text, {sums} FROM {index} JOIN word ON code = department"
        " WHERE department IN (SELECT value FROM json_each(?6)) AND sent_at IS NOT NULL"
        f" AND sent_at >= ?4 AND sent_at < ?5 {leaving_out} GROUP BY department",
        (*asked, json.dumps(codes), *([json.dumps(list(without))] if without else [])),
    ).fetchall()
    return {
        str(text): DepartmentCounts(**dict(zip(_CONDITIONS, map(int, numbers), strict=True))) for text, *numbers in rows
    }


def come_back(db: Connection, generation: str, start: float, end: float) -> list[tuple[str, int, bytes]]:
    """Return id, version and document of the orders first dispatched in a time and sent back by another department."""
    table = f"order_row_{generation}"
    return db.execute(
        f"SELECT id, version, document FROM {table} INDEXED BY {table}_came_back"
        f" JOIN order_document_{generation} USING (key)"
        f" WHERE traits & {departments.CAME_BACK} AND dispatched_at >= ? AND dispatched_at < ?",
        (start, end),
    ).fetchall()

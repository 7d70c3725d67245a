"""The cache's tables in two generations: writing into one, reading from it, and comparing both."""

# ruff: noqa: S608  what is put into statements is a generation's letter and names from here; values are bound

import json
from collections.abc import Iterable, Iterator, Mapping

from floorctl.calendar import WorkCalendar
from floorctl.models.base import Entity, Held
from floorctl.models.kinds import IN_MEMORY
from floorctl.models.orders import Order
from floorctl.sync.batch import Batch, Removed
from floorctl.sync.cache import orders as cache_orders
from floorctl.sync.cache.ingest import News, SetAside, news, time_columns
from floorctl.sync.cache.orders import OrderWriter
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection

BOTH = ("a", "b")
_TABLES = ("entity", "tombstone", "order_row", "order_document", "order_tally", "order_event", "reindex")
#: id, version and JSON as received.
Document = tuple[str, int, bytes]
_Changes = Mapping[str, dict[str, list[wire.Change]]]


def other(generation: str) -> str:
    """Return the other generation."""
    return BOTH[1 - BOTH.index(generation)]


def live(db: Connection) -> str:
    """Return the generation that is shown."""
    return read_meta(db, "live") or BOTH[0]


def read_meta(db: Connection, name: str) -> str | None:
    """Return a single value from the cache's ``meta`` table."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def write_meta(db: Connection, name: str, value: str | None) -> None:
    """Set a single value; None removes it."""
    if value is None:
        db.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


# -- writing


def apply_changes(
    db: Connection, generation: str, by_kind: _Changes, broken: Iterable[SetAside], calendar: WorkCalendar
) -> tuple[Batch, int]:
    """Write the changes of a page that are newer; return what changed and how many were set aside.

    Rows of kinds that are not kept in memory are dropped as soon as they are written: a page may hold thousands.
    """
    batch = Batch()
    aside = list(broken)
    applied: list[tuple[str, str, int]] = []
    for kind, changes in by_kind.items():
        removed_at = tombstones(db, generation, kind, changes)
        apply_kind = _apply_orders if kind == "order" else _apply_entities
        ids, rows, tombstoned = set[str](), dict[str, Held[Entity] | Removed](), []
        for news_item, changed in apply_kind(db, generation, kind, changes, removed_at, aside, calendar):
            applied.append((kind, news_item.id, news_item.version))
            if news_item.entity is None:
                tombstoned.append((kind, news_item.id, news_item.version))
            if changed:
                ids.add(news_item.id)
            if changed and kind in IN_MEMORY:
                entity, version = news_item.entity, news_item.version
                rows[news_item.id] = Removed(version) if entity is None else Held(news_item.id, version, entity)
        if ids:
            batch.ids[kind] = ids
            batch.rows[kind] = rows
        restored = [(kind, id_) for id_ in ids.intersection(removed_at)]
        db.executemany(f"DELETE FROM tombstone_{generation} WHERE kind = ? AND id = ?", restored)
        db.executemany(f"INSERT OR REPLACE INTO tombstone_{generation} VALUES (?, ?, ?)", tombstoned)
    _record_broken(db, aside, applied)
    return batch, len(aside)


def _apply_orders(
    db: Connection,
    generation: str,
    kind: str,
    changes: dict[str, list[wire.Change]],
    removed_at: dict[str, int],
    broken: list[SetAside],
    calendar: WorkCalendar,
) -> Iterator[tuple[News, bool]]:
    held = cache_orders.held_orders(db, generation, changes)
    writer = OrderWriter(db, generation, calendar)
    for news_item in news(kind, changes, removed_at | {id_: before.version for id_, before in held.items()}, broken):
        before = held.get(news_item.id)
        if isinstance(news_item.entity, Order):
            writer.put(news_item.id, news_item.version, news_item.entity, news_item.document, before)
        elif before is not None:
            writer.remove(before)
        yield news_item, news_item.entity is not None or before is not None
    writer.flush()


def _apply_entities(
    db: Connection,
    generation: str,
    kind: str,
    changes: dict[str, list[wire.Change]],
    removed_at: dict[str, int],
    broken: list[SetAside],
    _: WorkCalendar,
) -> Iterator[tuple[News, bool]]:
    table = f"entity_{generation}"
    held = {
        row[0]: (row[1], row[2])
        for row in db.execute(
            f"SELECT id, key, version FROM {table} WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
            (kind, json.dumps(list(changes))),
        )
    }
    new, altered, removed = [], [], []
    for news_item in news(kind, changes, removed_at | {id_: version for id_, (_, version) in held.items()}, broken):
        before = held.get(news_item.id)
        if news_item.entity is not None:
            values = (news_item.version, *time_columns(news_item.entity), news_item.document)
            if before is None:
                new.append((kind, news_item.id, *values))
            else:
                altered.append((*values, before[0]))
        elif before is not None:
            removed.append((before[0],))
        yield news_item, news_item.entity is not None or before is not None
    db.executemany(
        f"INSERT INTO {table} (kind, id, version, scope, starts, ends, document) VALUES (?, ?, ?, ?, ?, ?, ?)", new
    )
    db.executemany(
        f"UPDATE {table} SET version = ?, scope = ?, starts = ?, ends = ?, document = ? WHERE key = ?", altered
    )
    db.executemany(f"DELETE FROM {table} WHERE key = ?", removed)


def _record_broken(db: Connection, aside: list[SetAside], applied: list[tuple[str, str, int]]) -> None:
    db.executemany("INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?)", aside)
    if db.execute("SELECT 1 FROM set_aside LIMIT 1").fetchone() is not None:
        db.executemany("DELETE FROM set_aside WHERE kind = ? AND id = ? AND version < ?", applied)


def tombstones(db: Connection, generation: str, kind: str, ids: Iterable[str]) -> dict[str, int]:
    """Return which of ``ids`` were removed, and at which version."""
    if db.execute(f"SELECT 1 FROM tombstone_{generation} LIMIT 1").fetchone() is None:
        return {}  # as in a first sync, where a million lookups would take noticeable time
    return _versions(db, f"tombstone_{generation}", kind, ids)


def broken_versions(db: Connection, kind: str, ids: Iterable[str]) -> dict[str, int]:
    """Return which of ``ids`` are set aside, and at which version."""
    return _versions(db, "set_aside", kind, ids)


def _versions(db: Connection, table: str, kind: str, ids: Iterable[str]) -> dict[str, int]:
    rows = db.execute(
        f"SELECT id, version FROM {table} WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        (kind, json.dumps(list(ids))),
    )
    return dict(rows.fetchall())


def broken(db: Connection) -> list[SetAside]:
    """Return everything that is set aside."""
    rows = db.execute("SELECT kind, id, version, reason FROM set_aside ORDER BY kind, id")
    return [SetAside(*row) for row in rows]


def forget_broken(db: Connection) -> None:
    """Forget what is set aside, before a rebuild; what is still broken will be found again."""
    db.execute("DELETE FROM set_aside")


# -- reading


def documents(db: Connection, generation: str, kind: str, ids: list[str] | None = None) -> list[Document]:
    """Return the documents of a kind, or those of ``ids``."""
    if kind == "order":
        sql = f"SELECT id, version, document FROM order_row_{generation} JOIN order_document_{generation} USING (key)"
        where, values = [], []
    else:
        sql = f"SELECT id, version, document FROM entity_{generation}"
        where, values = ["kind = ?"], [kind]
    if ids is not None:
        where.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(ids))
    return db.execute(f"{sql} WHERE {' AND '.join(where) or '1'}", values).fetchall()


def count(db: Connection, generation: str, kind: str) -> int:
    """Return how many entities of a kind there are."""
    if kind == "order":
        (n,) = db.execute(f"SELECT coalesce(sum(orders), 0) FROM order_tally_{generation}").fetchone()
    else:
        (n,) = db.execute(f"SELECT count(*) FROM entity_{generation} WHERE kind = ?", (kind,)).fetchone()
    return int(n)


def starting(db: Connection, generation: str, kind: str, scope: str, since: float, until: float) -> list[Document]:
    """Return the documents that start from ``since`` on and before ``until`` (seconds since 1970), in order."""
    return db.execute(
        f"SELECT id, version, document FROM entity_{generation}"
        " WHERE kind = ? AND scope = ? AND starts IS NOT NULL AND starts >= ? AND starts < ? ORDER BY starts",
        (kind, scope, since, until),
    ).fetchall()


def overlapping(db: Connection, generation: str, kind: str, since: float, until: float) -> list[Document]:
    """Return the documents that overlap the time from ``since`` to ``until`` (seconds since 1970), by their start."""
    return db.execute(
        f"SELECT id, version, document FROM entity_{generation}"
        " WHERE kind = ? AND scope = '' AND starts IS NOT NULL AND starts < ? AND ends > ? ORDER BY starts",
        (kind, until, since),
    ).fetchall()


# -- generations


def clear(db: Connection, generation: str) -> None:
    """Empty a generation."""
    for table in _TABLES:
        db.execute(f"DELETE FROM {table}_{generation}")
    db.execute(f"INSERT INTO search_{generation} (search_{generation}) VALUES ('delete-all')")
    for name in ("cursor", "next_key", "indexed", "not_counted"):
        write_meta(db, f"{name}_{generation}", None)


def clear_all(db: Connection) -> None:
    """Empty everything except the platform and floor that the cache is of."""
    for generation in BOTH:
        clear(db, generation)
    forget_broken(db)
    for name in ("rebuilding", "server_time", "heard_at"):
        write_meta(db, name, None)


def difference(db: Connection, old: str, new: str) -> dict[str, set[str]]:
    """Return the ids, by kind, of what differs between two generations."""
    changed: dict[str, set[str]] = {}
    for first, second in ((old, new), (new, old)):
        rows = db.execute(
            f"SELECT x.kind, x.id FROM entity_{first} x LEFT JOIN entity_{second} y ON y.kind = x.kind AND y.id = x.id"
            " WHERE y.key IS NULL OR y.version <> x.version OR y.document <> x.document"
        )
        for kind, id_ in rows:
            changed.setdefault(kind, set()).add(id_)
        orders = db.execute(
            f"SELECT x.id FROM order_row_{first} x JOIN order_document_{first} d ON d.key = x.key"
            f" LEFT JOIN order_row_{second} y ON y.id = x.id LEFT JOIN order_document_{second} e ON e.key = y.key"
            " WHERE y.key IS NULL OR y.version <> x.version OR e.document <> d.document"
        )
        ids = {id_ for (id_,) in orders}
        if ids:
            changed.setdefault("order", set()).update(ids)
    return changed

"""The platform's store: entities with their versions, and the feed of them in the order of their last change."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Executable, func, select, text, update

from floorctl.models.base import Entity
from floorctl.models.tables.platform import metadata
from floorctl.simulator.clock import Anchor, SimClock
from floorctl.simulator.store.database import Database
from floorctl.simulator.store.fair_lock import FairLock
from floorctl.simulator.store.feed_page import FeedPage, Sent, sent
from floorctl.simulator.store.feed_page import read as read_page
from floorctl.sync.platform.wire import read_entity

#: Seconds that a removed entity stays in the feed, and that an applied command's outcome is kept. The contract requires
#: at least 30 days for the latter.
TOMBSTONES_KEPT = 7 * 86_400.0
OUTCOMES_KEPT = 35 * 86_400.0
_CHUNK = 5_000
#: Number of starts that are remembered; a cursor from before them is answered 410.
_ERAS_KEPT = 1_000

_encode = msgspec.json.Encoder().encode
_entity = metadata.tables["entity"]
_counter = metadata.tables["counter"].c


class StoreClosed(Exception):
    """The store was closed before a thread could write to it."""


class Row(NamedTuple):
    """An entity's current state and version."""

    version: int
    data: Entity


def _put(rows: str) -> str:
    return (
        f"INSERT INTO entity (kind, id, version, seq, document, removed_at) {rows} "
        "ON CONFLICT (kind, id) DO UPDATE SET version = entity.version + 1, seq = excluded.seq, "
        "document = excluded.document, removed_at = excluded.removed_at"
    )


_PUT = text(_put("VALUES (:kind, :id, 1, :seq, :document, :removed_at)") + " RETURNING version")
_PUT_MANY_SQLITE = _put("VALUES (?, ?, 1, ?, ?, NULL)")
_PUT_MANY_POSTGRES = _put(
    "SELECT kind, id, 1, seq, document, NULL FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bytea[]) "
    "AS new (kind, id, seq, document)"
)
_GET = text("SELECT version, document FROM entity WHERE kind = :kind AND id = :id")
_ALL = text("SELECT id, version, document FROM entity WHERE kind = :kind AND document IS NOT NULL ORDER BY id")
_BETWEEN = text(
    "SELECT id, version, document FROM entity WHERE kind = :kind AND id >= :first AND id < :last"
    " AND document IS NOT NULL ORDER BY id"
)
_COUNT = text("SELECT count(*) FROM entity WHERE kind = :kind AND document IS NOT NULL")
_COUNTER = text("SELECT value FROM counter WHERE name = :name")
_SET_COUNTER = text("UPDATE counter SET value = :value WHERE name = :name")
_RAISE_HORIZON = text("UPDATE counter SET value = :value WHERE name = 'horizon' AND value < :value")
_SETTING = text("SELECT value FROM setting WHERE name = :name")
_SET_SETTING = text(
    "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_LOCK_HEAD = select(_counter.value).where(_counter.name == "head").with_for_update()


class Reading:
    """Reads on one connection; entities are returned decoded."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def get(self, kind: str, entity_id: str) -> Row | None:
        """Return the entity's current state, None if it does not exist (any more)."""
        if "\0" in entity_id:  # PostgreSQL accepts no NUL in text, and no id has one
            return None
        found = self.connection.execute(_GET, {"kind": kind, "id": entity_id}).one_or_none()
        return None if found is None or found[1] is None else Row(found[0], read_entity(kind, found[1]))

    def change(self, kind: str, entity_id: str) -> Sent | None:
        """Return the entity, or its tombstone, in the feed's form."""
        found = self.connection.execute(_GET, {"kind": kind, "id": entity_id}).one_or_none()
        return None if found is None else sent(kind, entity_id, found[0], found[1])

    def all(self, kind: str) -> Iterator[tuple[str, Row]]:
        """Yield every entity of ``kind`` with its id, in the order of ids. Reads lazily: use it only inside the
        ``with``.
        """
        for entity_id, version, document in self.connection.execute(_ALL, {"kind": kind}):
            yield entity_id, Row(version, read_entity(kind, document))

    def between(self, kind: str, first: str, last: str) -> Iterator[tuple[str, Row]]:
        """Yield the entities of ``kind`` with ids from ``first`` to before ``last``, in the order of ids."""
        asked = {"kind": kind, "first": first, "last": last}
        for entity_id, version, document in self.connection.execute(_BETWEEN, asked):
            yield entity_id, Row(version, read_entity(kind, document))

    def count(self, kind: str) -> int:
        """Return how many entities of ``kind`` there are."""
        return int(self.connection.execute(_COUNT, {"kind": kind}).scalar_one())

    def setting(self, name: str, expected: Any = Any) -> Any:
        """Return the value set under ``name``, decoded as ``expected``; None if there is none."""
        value = self.connection.execute(_SETTING, {"name": name}).scalar_one_or_none()
        return None if value is None else msgspec.json.decode(value, type=expected)

    def counter(self, name: str) -> int:
        """Return the feed's ``head`` or ``horizon``."""
        return int(self.connection.execute(_COUNTER, {"name": name}).scalar_one())


class Transaction(Reading):
    """Changes that are made together, or not at all if the ``with`` is left by an exception.

    No other writer, in this process or another, runs meanwhile: what was read in it is still valid when it writes.
    """

    def __init__(self, connection: Connection, head: int, *, postgres: bool) -> None:
        super().__init__(connection)
        self.head = head
        self._postgres = postgres

    def put(self, kind: str, entity_id: str, entity: Entity) -> int:
        """Store ``entity`` and return its new version, which is one more than the last."""
        return self._write(kind, entity_id, _encode(entity))

    def delete(self, kind: str, entity_id: str) -> int | None:
        """Remove the entity and return its tombstone's version; None if there is none to remove."""
        found = self.connection.execute(_GET, {"kind": kind, "id": entity_id}).one_or_none()
        return None if found is None or found[1] is None else self._write(kind, entity_id, None)

    def put_many(self, entities: Iterable[tuple[str, str, Entity]]) -> int:
        """Store (kind, id, entity) in the order given, and return how many; the last one of an id counts."""
        newest = {(kind, entity_id): entity for kind, entity_id, entity in entities}
        rows = [
            (kind, entity_id, seq, _encode(entity))
            for seq, ((kind, entity_id), entity) in enumerate(newest.items(), self.head + 1)
        ]
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            if self._postgres:
                columns = tuple([row[at] for row in chunk] for at in range(4))
                self.connection.exec_driver_sql(_PUT_MANY_POSTGRES, columns)
            else:
                self.connection.exec_driver_sql(_PUT_MANY_SQLITE, chunk)
        self.head += len(rows)
        return len(rows)

    def set_setting(self, name: str, value: Any) -> None:
        """Store ``value`` (anything that msgspec encodes) under ``name``."""
        self.connection.execute(_SET_SETTING, {"name": name, "value": _encode(value)})

    def execute(self, statement: Executable, values: dict[str, Any] | None = None) -> Any:
        """Run a statement on the platform's other tables."""
        return self.connection.execute(statement, values or {})

    def _write(self, kind: str, entity_id: str, document: bytes | None) -> int:
        self.head += 1
        row = {
            "kind": kind,
            "id": entity_id,
            "seq": self.head,
            "document": document,
            "removed_at": time.time() if document is None else None,
        }
        return int(self.connection.execute(_PUT, row).scalar_one())


class Store:
    """The platform's data at ``url``: a path of a SQLite file, a PostgreSQL URL, None for a temporary file.

    Every method blocks on the disk; the event loop calls them in worker threads. Safe to use from many threads.
    ``clock`` is the platform's; without it the stored one continues, or a new one starts now.

    Raises:
        FloorctlError: the file or the server can't be opened, or does not hold a platform's data.

    """

    def __init__(self, url: str | Path | None, *, clock: SimClock | None = None) -> None:
        self.database = Database(url)
        self.database.create(metadata)
        self._fair_lock = FairLock()
        self._closed = False
        self._after_commit: list[Callable[[int], None]] = []
        with self._begin() as connection:
            for name in ("head", "horizon"):
                row = {"name": name, "value": 0}
                connection.execute(
                    text("INSERT INTO counter (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"), row
                )
            epoch = {"name": "epoch", "value": _encode(secrets.token_hex(6))}
            connection.execute(
                text("INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"), epoch
            )
        #: Identifies this feed: a cursor of another one is rejected.
        self.epoch: str = self.setting("epoch", str)
        #: Era → the last place in the feed during it; None for the current era. Only used with a file.
        self.eras: dict[str, int | None] = {} if self.database.postgres else self._begin_era()
        self.clock = clock or self._kept_clock()

    def _begin_era(self) -> dict[str, int | None]:
        """Begin a new era, and return all of them with their ends.

        Only one process at a time uses a file, so each start ends the era before. A file that was restored from a
        backup continues from there: a cursor of an era that it has lost, or from after the end of the one that it was
        copied in, is invalid, however far the feed has come since.
        """
        with self._begin() as connection:
            changing = Transaction(connection, Reading(connection).counter("head"), postgres=False)
            begun: list[tuple[str, int]] = changing.setting("eras", list[tuple[str, int]] | None) or []
            begun = [*begun[-_ERAS_KEPT:], (secrets.token_hex(4), changing.head)]
            changing.set_setting("eras", begun)
        ends = [*(start for _, start in begun[1:]), None]
        return {name: end for (name, _), end in zip(begun, ends, strict=True)}

    def _kept_clock(self) -> SimClock:
        anchor = self.setting("clock", Anchor | None)
        return SimClock(datetime.now(UTC)) if anchor is None else SimClock.resume(anchor)

    @contextmanager
    def _open_fair_lock(self) -> Iterator[None]:
        with self._fair_lock:
            if self._closed:
                raise StoreClosed
            yield

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with (
            self._open_fair_lock(),
            self.database.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a write transaction. Not to be nested in the same thread: there is one writer at a time."""
        with self._begin() as connection:
            head = int(connection.execute(_LOCK_HEAD).scalar_one())
            changing = Transaction(connection, head, postgres=self.database.postgres)
            yield changing
            if changing.head != head:
                connection.execute(_SET_COUNTER, {"name": "head", "value": changing.head})
        if changing.head != head:
            self._notify(changing.head)

    def _notify(self, head: int) -> None:
        for notify in tuple(self._after_commit):
            notify(head)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Open several reads of one state of the data (on PostgreSQL: each of its own)."""
        with self.database.engine.connect() as connection, connection.begin():
            yield Reading(connection)

    def get(self, kind: str, entity_id: str) -> Row | None:
        """Return ``Reading.get`` of a new reading."""
        with self.reading() as reading:
            return reading.get(kind, entity_id)

    def all(self, kind: str) -> Iterator[tuple[str, Row]]:
        """Yield ``Reading.all`` of a new reading."""
        with self.reading() as reading:
            yield from reading.all(kind)

    def count(self, kind: str) -> int:
        """Return ``Reading.count`` of a new reading."""
        with self.reading() as reading:
            return reading.count(kind)

    def setting(self, name: str, expected: Any = Any) -> Any:
        """Return ``Reading.setting`` of a new reading."""
        with self.reading() as reading:
            return reading.setting(name, expected)

    def set_setting(self, name: str, value: Any) -> None:
        """Store a setting in a transaction of its own; see ``Transaction.set_setting``."""
        with self._begin() as connection:
            connection.execute(_SET_SETTING, {"name": name, "value": _encode(value)})

    def head(self) -> int:
        """Return the newest place in the feed; 0 if nothing ever changed."""
        with self.reading() as reading:
            return reading.counter("head")

    def horizon(self) -> int:
        """Return the newest place whose tombstone has left the feed: a reader before it may have missed it."""
        with self.reading() as reading:
            return reading.counter("horizon")

    def on_commit(self, notify: Callable[[int], None]) -> Callable[[], None]:
        """Call ``notify`` with the feed's head after each change or purge made in this process, in the thread that made
        it.

        Returns:
            A function that ends the notifications.

        """
        self._after_commit.append(notify)
        return lambda: self._after_commit.remove(notify)

    def feed_page(self, after: int, kinds: frozenset[str] | None, limit: int) -> FeedPage:
        """Return at most ``limit`` newest states that came into the feed after ``after``; all kinds if ``kinds`` is
        None.

        The page ends earlier where it would exceed PAGE_BYTES.
        """
        with self.reading() as reading:
            return read_page(reading.connection, after, kinds, limit)

    def purge(self, *, tombstones_before: float | None = None, outcomes_before: float | None = None) -> int:
        """Delete what has been kept long enough, and return how many tombstones left the feed.

        The limits are wall times; the defaults are TOMBSTONES_KEPT and OUTCOMES_KEPT ago. Cursors older than the newest
        of those tombstones have expired.
        """
        now = time.time()
        tombstones_before = now - TOMBSTONES_KEPT if tombstones_before is None else tombstones_before
        outcomes = {"before": now - OUTCOMES_KEPT if outcomes_before is None else outcomes_before}
        with self.transaction() as changing:
            old = _entity.c.document.is_(None) & _entity.c.seq.is_not(None) & (_entity.c.removed_at < tombstones_before)
            newest = changing.execute(select(func.max(_entity.c.seq)).where(old)).scalar_one()
            gone = 0
            if newest is not None:
                changing.execute(_RAISE_HORIZON, {"value": newest})
                gone = changing.execute(update(_entity).where(old).values(seq=None)).rowcount
            changing.execute(text("DELETE FROM command WHERE applied_wall < :before"), outcomes)
            changing.execute(text("DELETE FROM session WHERE ends_at < :now"), {"now": now})
        self._notify(changing.head)
        return int(gone)

    def close(self) -> None:
        """Close the data once the current writer is done; a temporary file is removed."""
        with self._fair_lock:
            self._closed = True
        self.database.close()

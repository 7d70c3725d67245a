"""The cache of the platform's data: disposable, rebuilt at will, fast to open and to read.

It has two sets of tables, the generations ``a`` and ``b``: one is shown; when the platform's cursor has expired, the
other is filled from the beginning, and then they swap in one small transaction.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from floorctl.calendar import WorkCalendar
from floorctl.clock import moment, seconds_since
from floorctl.models.base import Entity, Held
from floorctl.models.floor import Interval
from floorctl.models.order_filter import OrderCounts, OrderFilter
from floorctl.models.orders import MissedCall, Order
from floorctl.models.quality import Inspection, Sample
from floorctl.models.received import Received
from floorctl.models.team import Shift
from floorctl.rules.assessment.order_events import Days
from floorctl.rules.orders.departments import DepartmentCounts
from floorctl.sync.batch import Batch
from floorctl.sync.cache import (
    department_rows,
    generations,
    limits,
    order_events,
    order_lists,
    received_rows,
    related_orders,
    search,
)
from floorctl.sync.cache.file import CacheFile, CacheReset
from floorctl.sync.cache.ingest import SetAside, day_start, read_changes
from floorctl.sync.cache.order_events import event_days_of
from floorctl.sync.cache.unchanged import UnchangedFile
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection

T = TypeVar("T")


class Applied(msgspec.Struct, frozen=True):
    """What a page changed, including removals; ``set_aside`` counts entities that broke the contract."""

    batch: Batch = msgspec.field(default_factory=Batch)
    set_aside: int = 0


class Cache:
    """The cache of one terminal. Thread-safe: one writer at a time, any number of readers, which never wait for it.

    Every method may raise FloorctlError (``error.disk_full``, ``error.data_unwritable``, ``error.data_busy``). That the
    file could not be used is raised only where it would go unnoticed otherwise (``CacheReset``): reads find an empty
    cache instead.
    """

    def __init__(self, file: CacheFile, calendar: WorkCalendar) -> None:
        self._file = file
        self._calendar = calendar

    @classmethod
    def open(cls, path: Path, key: bytes, calendar: WorkCalendar) -> "Cache":
        """Open the cache at ``path``, making an empty one if there is none, or none that this release can read.

        Raises:
            FloorctlError: ``error.data_unwritable``, ``error.disk_full``.

        """
        cache = cls(CacheFile(path, key), calendar)
        cache._settle_rules()
        return cache

    @classmethod
    def open_unchanged(cls, path: Path, key: bytes, calendar: WorkCalendar) -> "Cache":
        """Open the cache at ``path`` for reading, without any change of the disk (``UnchangedFile``).

        Raises:
            FloorctlError: there is none that can be read.

        """
        return cls(UnchangedFile(path, key), calendar)

    def _settle_rules(self) -> None:
        """Count anew what is stored by the zone and the calendar, where the configuration has changed since."""
        calendar, zone = self._calendar, self._calendar.zone
        tallied, counted = self._file.read(
            lambda db: (order_events.tallied_for(db, zone), limits.counted_by(db, calendar))
        )
        if not tallied:
            self._file.write(lambda db: order_events.tally_again(db, generations.BOTH, zone))
        if not counted:
            self._file.write(lambda db: limits.count_urgent(db, generations.BOTH, calendar))

    def close(self) -> None:
        """Close all connections."""
        self._file.close()

    def _read(self, work: Callable[[Connection, str], T]) -> T:
        return self._file.read(lambda db: work(db, generations.live(db)))

    def _meta(self, name: str) -> str | None:
        return self._file.read(lambda db: generations.read_meta(db, name))

    # -- state of the cache

    @property
    def cursor(self) -> str | None:
        """The cursor after the data shown; None: from the beginning."""
        return self._read(lambda db, g: generations.read_meta(db, f"cursor_{g}"))

    @property
    def rebuilding(self) -> bool:
        """Whether a new generation is being fetched (this continues after a restart)."""
        return self._meta("rebuilding") is not None

    @property
    def rebuild_cursor(self) -> str | None:
        """The cursor of the generation that is being fetched."""
        return self._read(lambda db, g: generations.read_meta(db, f"cursor_{generations.other(g)}"))

    @property
    def server_time(self) -> datetime | None:
        """The platform's time at which the newest page was made: the data shown is of that time."""
        text = self._meta("server_time")
        return None if text is None else datetime.fromisoformat(text)

    @property
    def last_heard(self) -> tuple[datetime, float] | None:
        """``server_time``, and how many seconds ago that page came."""

        def work(db: Connection) -> tuple[datetime, float] | None:
            server_time, heard_at = generations.read_meta(db, "server_time"), generations.read_meta(db, "heard_at")
            if server_time is None or heard_at is None:
                return None
            return datetime.fromisoformat(server_time), seconds_since(heard_at)

        return self._file.read(work)

    @property
    def platform(self) -> str | None:
        """The platform's address and the floor that the data is of."""
        return self._meta("platform")

    def belong_to(self, platform: str) -> bool:
        """Set the platform and floor that the cache is of; return True if data of others had to be deleted."""

        def work(db: Connection) -> bool:
            before = generations.read_meta(db, "platform")
            if before == platform:
                return False
            generations.write_meta(db, "platform", platform)
            if before is None and not any(generations.read_meta(db, f"cursor_{g}") for g in generations.BOTH):
                return False
            self._file.renew_data_id(db)
            generations.clear_all(db)
            return True

        return self._file.write(work)

    def set_aside(self) -> list[SetAside]:
        """Return kind, id, version and reason of everything that broke the contract and is not shown."""
        return self._file.read(generations.broken)

    # -- writing

    def apply(self, page: wire.Page, *, rebuild: bool = False) -> Applied:
        """Store a page of the feed with its cursor, all of it or nothing; ``rebuild``: in the new generation.

        Versions at or below the held one, and kinds that this release does not know, are skipped. What breaks the
        contract is set aside with the reason.

        Raises:
            CacheReset: what the page follows is no longer there; ask again from ``cursor``.
            ValueError: ``rebuild`` without ``start_rebuild``.

        """
        by_kind, broken = read_changes(page.changes)

        def work(db: Connection) -> Applied:
            g = generations.live(db)
            if rebuild:
                if generations.read_meta(db, "rebuilding") is None:
                    raise ValueError("no rebuild was started")
                g = generations.other(g)
            batch, set_aside = generations.apply_changes(db, g, by_kind, broken, self._calendar)
            generations.write_meta(db, f"cursor_{g}", page.next)
            generations.write_meta(db, "server_time", page.server_time.astimezone(UTC).isoformat())
            generations.write_meta(db, "heard_at", moment())
            return Applied(Batch() if rebuild else batch, set_aside)

        return self._file.write(work, continuing=True)

    def start_rebuild(self) -> None:
        """Begin to fetch everything anew beside the data shown; an unfinished rebuild starts over."""

        def work(db: Connection) -> None:
            generations.clear(db, generations.other(generations.live(db)))
            generations.forget_broken(db)
            generations.write_meta(db, "rebuilding", "1")

        self._file.write(work)

    def versions(self, kind: str, ids: Iterable[str], *, rebuilt: bool = False) -> dict[str, int]:
        """Return the latest versions received of ``ids``, including those of removed entities and of those set aside.

        ``rebuilt``: of the new generation.
        """

        def work(db: Connection, g: str) -> dict[str, int]:
            looked_in, wanted = generations.other(g) if rebuilt else g, list(ids)
            held = {id_: version for id_, version, _ in generations.documents(db, looked_in, kind, wanted)}
            versions = generations.tombstones(db, looked_in, kind, wanted) | held
            for id_, version in generations.broken_versions(db, kind, wanted).items():
                versions[id_] = max(version, versions.get(id_, 0))
            return versions

        return self._read(work)

    def finish_rebuild(self) -> Applied:
        """Show the new generation, and empty the old one. Returns what differs between them.

        Raises:
            CacheReset: the new generation is gone; start again.

        """
        changed = self._read(lambda db, g: generations.difference(db, g, generations.other(g)))

        def swap(db: Connection) -> str:
            if generations.read_meta(db, "rebuilding") is None:
                raise CacheReset("error.cache_reset")
            old = generations.live(db)
            generations.write_meta(db, "live", generations.other(old))
            generations.write_meta(db, "rebuilding", None)
            return old

        old = self._file.write(swap, continuing=True)
        # In a transaction of its own: if it is interrupted, the next rebuild empties the tables before it starts.
        self._file.write(lambda db: generations.clear(db, old))
        return Applied(Batch(changed), len(self.set_aside()))

    # -- entities

    def get(self, kind: str, id_: str) -> Held[Entity] | None:
        """Return an entity, None if it is not held (or removed)."""
        documents = self._read(lambda db, g: generations.documents(db, g, kind, [id_]))
        return next(_decoded(kind, documents), None)

    def removed_version(self, kind: str, id_: str) -> int | None:
        """Return the version at which an entity was removed, None if it was not."""
        return self._read(lambda db, g: generations.tombstones(db, g, kind, [id_]).get(id_))

    def all(self, kind: str) -> dict[str, Held[Entity]]:
        """Return every entity of a kind (not meant for orders, of which there may be a million)."""
        return _by_id(kind, self._read(lambda db, g: generations.documents(db, g, kind)))

    def get_many(self, kind: str, ids: Iterable[str]) -> dict[str, Held[Entity]]:
        """Return those of ``ids`` that are held."""
        return _by_id(kind, self._read(lambda db, g: generations.documents(db, g, kind, list(ids))))

    def documents(self, kind: str, ids: Iterable[str]) -> dict[str, tuple[int, bytes]]:
        """Return version and JSON as received, with fields that this release does not know."""
        documents = self._read(lambda db, g: generations.documents(db, g, kind, list(ids)))
        return {id_: (version, document) for id_, version, document in documents}

    def count(self, kind: str) -> int:
        """Return how many entities of a kind are held."""
        return self._read(lambda db, g: generations.count(db, g, kind))

    def intervals(self, queue_id: str, since: datetime, until: datetime) -> list[Interval]:
        """Return the quarter hours of a queue that start at ``since`` or later and before ``until``, in order."""
        documents = self._read(
            lambda db, g: generations.starting(db, g, "interval", queue_id, since.timestamp(), until.timestamp())
        )
        return [held.value for held in _decoded("interval", documents) if isinstance(held.value, Interval)]

    def shifts(self, since: datetime, until: datetime) -> dict[str, Held[Shift]]:
        """Return the shifts that overlap the time from ``since`` to ``until``, by their start."""
        documents = self._read(
            lambda db, g: generations.overlapping(db, g, "shift", since.timestamp(), until.timestamp())
        )
        return _by_id("shift", documents)

    def samples_since(self, day: date) -> dict[str, Held[Sample]]:
        """Return the samples of ``day`` and later."""
        return self._since("sample", day_start(day))

    def inspections_since(self, at: datetime) -> dict[str, Held[Inspection]]:
        """Return the scores given at ``at`` or later."""
        return self._since("inspection", at.timestamp())

    def missed_calls_since(self, at: datetime) -> dict[str, Held[MissedCall]]:
        """Return the calls missed at ``at`` or later."""
        return self._since("missed_call", at.timestamp())

    def _since(self, kind: str, since: float) -> dict[str, Held[Any]]:
        return _by_id(kind, self._read(lambda db, g: generations.starting(db, g, kind, "", since, math.inf)))

    # -- orders

    def find_order(self, number_or_id: str) -> Held[Order] | None:
        """Return an order by its id or its number, None if it is not held."""

        def work(db: Connection, g: str) -> list[tuple[str, int, bytes]]:
            documents = generations.documents(db, g, "order", [number_or_id])
            return documents or order_lists.by_number(db, g, number_or_id)

        return next(_decoded("order", self._read(work)), None)

    def orders(
        self,
        wanted: OrderFilter,
        now: datetime,
        sort: str = "latest",
        offset: int = 0,
        limit: int = 100,
        exclude: Collection[str] = (),
    ) -> tuple[list[Held[Order]], int]:
        """Return a window of the list, and the length of the whole list.

        ``sort``: one of ``ORDER_SORTS``, with a ``-`` in front for the reverse. ``exclude``: ids to leave out. A search
        returns only its newest ``search.MOST_HITS`` hits.

        Raises:
            ValueError: a sort that is not offered.

        """

        def work(db: Connection, g: str) -> tuple[list[generations.Document], int]:
            parts = order_lists.index_ranges(wanted, now.timestamp(), sort, lambda text: order_lists.code(db, text))
            without = order_lists.keys_of(db, g, exclude)
            if wanted.search.strip():
                hits = search.find(db, g, wanted.search)
                keys = order_lists.filter_keys(db, g, parts, hits, without) if hits else []
                return order_lists.rows(db, g, keys[offset : offset + limit]), len(keys)
            keys, total = order_lists.window(db, g, parts, offset, limit, without)
            return order_lists.rows(db, g, keys), total

        documents, total = self._read(work)
        return list(_decoded("order", documents)), total

    def orders_numbered(
        self, beginning: str, wanted: OrderFilter, now: datetime, sort: str = "latest", limit: int = 50
    ) -> list[Held[Order]]:
        """Return the first orders of the list (see ``orders``) whose number begins like this."""

        def work(db: Connection, g: str) -> list[generations.Document]:
            parts = order_lists.index_ranges(wanted, now.timestamp(), sort, lambda text: order_lists.code(db, text))
            return order_lists.rows(db, g, order_lists.keys_numbered(db, g, parts, beginning, limit))

        return list(_decoded("order", self._read(work)))

    def search_goes_on(self, query: str) -> bool:
        """Whether a search has more hits than ``orders`` returns."""
        return bool(query.strip()) and self._read(lambda db, g: search.goes_on(db, g, query))

    def orders_among(self, wanted: OrderFilter, now: datetime, ids: Collection[str]) -> set[str]:
        """Return those of ``ids`` that are in the list."""

        def work(db: Connection, g: str) -> list[generations.Document]:
            keys = order_lists.keys_of(db, g, ids)
            if wanted.search.strip() and keys:
                keys = list(set(search.find(db, g, wanted.search)).intersection(keys))
            if not keys:
                return []
            parts = order_lists.index_ranges(wanted, now.timestamp(), "latest", lambda text: order_lists.code(db, text))
            return order_lists.rows(db, g, order_lists.filter_keys(db, g, parts, keys, ()))

        return {id_ for id_, *_ in self._read(work)}

    def orders_of_caller(self, caller: int, since: datetime, until: datetime, limit: int) -> list[Held[Order]]:
        """Return the newest ``limit`` orders of a caller (``caller_key``) received from ``since`` to ``until``."""

        def work(db: Connection, g: str) -> list[generations.Document]:
            keys = related_orders.of_caller(db, g, caller, since.timestamp(), until.timestamp(), limit)
            return order_lists.rows(db, g, keys)

        return list(_decoded("order", self._read(work)))

    def orders_alike(
        self,
        order_id: str,
        names: Sequence[str],
        problems: Sequence[str],
        since: datetime,
        until: datetime,
        limit: int,
    ) -> list[Held[Order]]:
        """Return at most ``limit`` orders received from ``since`` to ``until`` that share the most with an order.

        ``names``, ``problems``: pairs of characters, see ``related_orders.alike``.
        """

        def work(db: Connection, g: str) -> list[generations.Document]:
            keys = order_lists.keys_of(db, g, [order_id])
            if not keys or not names:
                return []
            between = since.timestamp(), until.timestamp()
            found = related_orders.alike(db, g, keys[0], names, problems, *between, limit)
            return order_lists.rows(db, g, found)

        return list(_decoded("order", self._read(work)))

    def repetitions(self, parent_id: str) -> list[Held[Order]]:
        """Return the orders that repeat ``parent_id``, oldest first."""
        documents = self._read(lambda db, g: order_lists.rows(db, g, related_orders.repetitions(db, g, parent_id)))
        return list(_decoded("order", documents))

    def orders_reaching(self, what: str, since: datetime, until: datetime) -> list[str]:
        """Return the ids of open orders of which a limit ends from ``since`` to ``until``, the earliest first.

        ``what``: ``limit`` (the department's) or ``dispatch`` (the dispatch clock).
        """
        return self._read(lambda db, g: order_lists.ids_reaching(db, g, what, since.timestamp(), until.timestamp()))

    def orders_received(self, since: datetime, urgencies: Collection[str]) -> list[str]:
        """Return the ids of open orders of these urgencies received at ``since`` or later, the earliest first."""
        return self._read(lambda db, g: order_lists.ids_received_since(db, g, since.timestamp(), urgencies))

    def order_counts(
        self, now: datetime, calendar: WorkCalendar, exclude: Collection[str] = (), due_soon_hours: float = 4
    ) -> OrderCounts:
        """Return how many orders are overdue, due soon, to be dispatched, to be called back.

        ``exclude``: ids to leave out.
        """
        return self._read(
            lambda db, g: order_lists.counts(
                db,
                g,
                now.timestamp(),
                order_lists.due_soon_until(now, calendar, due_soon_hours).timestamp(),
                order_lists.keys_of(db, g, exclude),
            )
        )

    # -- counts for the monthly score

    def order_events(self, periods: Sequence[Days], now: datetime, exclude: Collection[str] = ()) -> list[Counter[int]]:
        """Return for each of ``periods``, as of ``now``: number of an event → how many orders it happened to."""
        event_days = event_days_of(self._calendar.zone)

        def work(db: Connection, g: str) -> list[Counter[int]]:
            excluded = order_events.stamps_of(db, g, exclude) if exclude else []
            results = []
            for days in periods:
                counts = order_events.count_events(db, g, event_days, days, now)
                counts.subtract(event_days.count(excluded, days, now.timestamp()))
                results.append(counts)
            return results

        return self._read(work)

    def orders_with_event(self, event: int, days: Days, now: datetime) -> dict[str, Held[Order]]:
        """Return the orders that cost points in ``days``: late, or with the fault (``order_events.FAULTS``)."""
        event_days = event_days_of(self._calendar.zone)
        documents = self._read(lambda db, g: order_events.orders_with_event(db, g, event_days, event, days, now))
        return _by_id("order", documents)

    # -- departments compared

    def departments(
        self, days: Days, now: datetime, accept_seconds: float, exclude: Collection[str] = ()
    ) -> dict[str, DepartmentCounts]:
        """Return department → counts of the orders sent to it in ``days``, as of ``now``; ``exclude``: ids left out."""
        asked = department_rows.asked(days, now, accept_seconds, self._calendar)
        return self._read(lambda db, g: department_rows.count(db, g, asked, order_lists.keys_of(db, g, exclude)))

    def orders_come_back(self, days: Days) -> dict[str, Held[Order]]:
        """Return the orders first dispatched in ``days`` that another department sent back and has no more."""
        start, end = (event_days_of(self._calendar.zone).start(day) for day in days)
        return _by_id("order", self._read(lambda db, g: department_rows.come_back(db, g, start, end)))

    def count_old_limits(self, limit: int) -> bool:
        """Count up to ``limit`` old limits anew; return whether there may be more. For the background."""
        if not self._read(limits.are_old):
            return False
        self._file.write(lambda db: limits.count_some(db, generations.live(db), self._calendar, limit))
        return True

    def received_since(self, at: datetime, most: int) -> list[Received]:
        """Return who called about what and where since ``at``, at most the newest ``most``, in the order of receipt."""
        return self._read(lambda db, g: received_rows.received_since(db, g, at.timestamp(), most))

    # -- the search index

    def index_some(self, limit: int = 200) -> int:
        """Add up to ``limit`` more orders to the search index; return how many are left. For the background."""
        return self._file.write(lambda db: search.index_some(db, generations.live(db), limit))

    def search_remaining(self) -> int:
        """Return how many orders are not in the search index yet."""
        return self._read(search.remaining)

    def search_progress(self) -> tuple[int, int]:
        """Return how many orders are in the search index, and how many there are."""
        return self._read(search.progress)


def _by_id(kind: str, documents: Iterable[generations.Document]) -> dict[str, Held[Any]]:
    return {held.id: held for held in _decoded(kind, documents)}


def _decoded(kind: str, documents: Iterable[generations.Document]) -> Iterator[Held[Any]]:
    for id_, version, document in documents:
        try:
            yield Held(id_, version, wire.read_entity(kind, document))
        except (msgspec.DecodeError, KeyError):
            continue  # a kind that this release does not know

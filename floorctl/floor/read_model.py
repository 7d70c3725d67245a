"""The floor in memory: the few hundred entities that are always on the screen, with what is pending laid over them."""

import threading

from floorctl.models import Alert, Department, Entity, Fact, Person, Queue, Resource, Seat
from floorctl.rules.floor.usual_queues import usual_queues
from floorctl.sync.cache.cache import Cache, Row
from floorctl.sync.journal.journal import Journal
from floorctl.sync.overlay import Overlay, Pending
from floorctl.text.unknown import unknown

#: Kinds that are kept whole. Orders, intervals, shifts and the rest are read from the cache when they are asked for.
KINDS = ("seat", "queue", "resource", "alert", "person", "department", "fact")
#: More of one kind than this are read all at once.
_FEW = 200

#: Version held, entity with what is pending laid over it, ids of the pending commands.
Seen = tuple[int, Entity, tuple[str, ...]]


class Picture:
    """Seats, queues, resources, alerts, and the names of people and departments.

    Thread-safe: the engine's thread updates it, any thread reads it. ``overlay`` judges by what is held here, so that
    an act stays until its outcome has arrived in the picture, and not merely in the cache.
    """

    def __init__(self, cache: Cache, journal: Journal) -> None:
        self._cache = cache
        self._lock = threading.RLock()
        self._updating = threading.Lock()
        self._rows: dict[str, dict[str, Row]] = {kind: {} for kind in KINDS}
        self._loaded: set[str] = set()
        self.overlay = Overlay(journal, self.held, cache.removed_version)

    def update(self, changed: dict[str, set[str]]) -> None:
        """Take in what changed in the cache: kind → ids, no ids where anything of the kind may have."""
        # One update after the other: of two that read the same entity, the later one has the later state.
        with self._updating:
            for kind in KINDS:
                ids = changed.get(kind)
                if ids is not None:
                    self._update(kind, ids)
        self.overlay.refresh()

    def _update(self, kind: str, ids: set[str]) -> None:
        with self._lock:  # a first reading that has begun ends first: it may have been before the change
            if kind not in self._loaded:
                return
            if not ids:
                self._loaded.discard(kind)
                return
        # A rebuild changes everything at once: one read of the kind beats thousands of single ones.
        every = len(ids) > _FEW
        fresh = self._cache.all(kind) if every else {each: self._cache.get(kind, each) for each in ids}
        with self._lock:
            rows = {} if every else dict(self._rows[kind])  # others may be going through the one that there is
            for each, row in fresh.items():
                if row is None:
                    rows.pop(each, None)
                else:
                    rows[each] = row
            self._rows[kind] = rows

    def held(self, kind: str, each: str) -> Row | None:
        """One entity of any kind as the platform sent it, None where there is none."""
        return self.base(kind).get(each) if kind in KINDS else self._cache.get(kind, each)

    def base(self, kind: str) -> dict[str, Row]:
        """The rows of ``kind`` as the platform sent them; nobody changes this dict any more."""
        with self._lock:
            if kind not in self._loaded:
                self._rows[kind] = self._cache.all(kind)
                self._loaded.add(kind)
            return self._rows[kind]

    def rows(self, kind: str) -> list[tuple[str, int, Entity, tuple[str, ...]]]:
        """Every entity of ``kind`` as the person sees it: (id, version held, entity, pending command ids)."""
        touched = self.overlay.waiting(kind)
        base = self.base(kind)
        seen: list[tuple[str, int, Entity, tuple[str, ...]]] = [
            (each, row.version, row.entity, ()) for each, row in base.items() if each not in touched
        ]
        for each, waiting in touched.items():
            row_or_none = base.get(each)
            entity, pending = self.overlay.view(kind, each, row_or_none, waiting)
            if entity is not None:
                seen.append((each, row_or_none.version if row_or_none else 0, entity, pending))
        return seen

    def some(self, kind: str, waiting: dict[str, tuple[Pending, ...]]) -> dict[str, Seen]:
        """Those that ``overlay.waiting`` found, as the person sees them, by their ids."""
        base = self.base(kind) if kind in KINDS else self._cache.some(kind, waiting)
        found = {}
        for each, pending in waiting.items():
            row = base.get(each)
            entity, ids = self.overlay.view(kind, each, row, pending)
            if entity is not None:
                found[each] = (row.version if row else 0, entity, ids)
        return found

    def row(self, kind: str, each: str) -> Seen | None:
        """One entity of any kind as the person sees it, or None: (version held, entity, pending command ids)."""
        waiting = self.overlay.waiting_for(kind, each)
        held = self.held(kind, each)
        entity, pending = self.overlay.view(kind, each, held, waiting)
        return None if entity is None else (held.version if held else 0, entity, pending)

    def seats(self) -> list[tuple[str, int, Seat, tuple[str, ...]]]:
        """The seats, in the order of their numbers."""
        rows = [
            (each, version, seat, pending)
            for each, version, seat, pending in self.rows("seat")
            if isinstance(seat, Seat)
        ]
        return sorted(rows, key=lambda row: (row[2].zone, len(row[2].number), row[2].number))

    def queues(self) -> list[tuple[str, int, Queue, tuple[str, ...]]]:
        """The queues, the general line first."""
        rows = [(i, v, queue, p) for i, v, queue, p in self.rows("queue") if isinstance(queue, Queue)]
        return sorted(rows, key=lambda row: (row[2].line != "12345", row[2].line != "12333", row[2].name, row[0]))

    def resources(self) -> list[tuple[str, int, Resource, tuple[str, ...]]]:
        """Trunk and licences first, then equipment."""
        order = {"trunk": 0, "licence": 1}
        rows = [(i, v, thing, p) for i, v, thing, p in self.rows("resource") if isinstance(thing, Resource)]
        return sorted(rows, key=lambda row: (order.get(row[2].kind, 2), row[2].kind, row[0]))

    def alerts(self) -> list[tuple[str, int, Alert, tuple[str, ...]]]:
        """Every alert, in no particular order."""
        return [(i, v, alert, p) for i, v, alert, p in self.rows("alert") if isinstance(alert, Alert)]

    def usual_queues(self, person_id: str | None) -> tuple[str, ...]:
        """The queues that this person's seat usually serves; empty where that is not known."""
        row = self.base("person").get(person_id) if person_id else None
        return usual_queues(row.entity if row and isinstance(row.entity, Person) else None, self.base("queue"))

    def team(self, person_id: str | None) -> str:
        """The person's team; empty where none is known."""
        row = self.base("person").get(person_id) if person_id else None
        return (row.entity.team or "") if row and isinstance(row.entity, Person) else ""

    def person_name(self, person_id: str | None) -> str:
        """The person's name; words that say so where the person is not known; empty for nobody."""
        if not person_id:
            return ""
        row = self.base("person").get(person_id)
        return row.entity.name if row and isinstance(row.entity, Person) else unknown("person")

    def departments(self) -> dict[str, Department]:
        """Every department by id."""
        rows = self.base("department")
        return {each: row.entity for each, row in rows.items() if isinstance(row.entity, Department)}

    def department_name(self, department_id: str | None) -> str:
        """The department's name; words that say so where it is not known; empty for none."""
        if not department_id:
            return ""
        row = self.base("department").get(department_id)
        return row.entity.name if row and isinstance(row.entity, Department) else unknown("department")

    def people(self) -> list[tuple[str, Person]]:
        """Everyone who works here or did, with their ids."""
        return [(each, person) for each, _, person, _ in self.rows("person") if isinstance(person, Person)]

    def facts(self) -> list[tuple[str, int, Fact, tuple[str, ...]]]:
        """What the monthly assessment counts besides orders and people, by its day."""
        rows = [(i, v, fact, p) for i, v, fact, p in self.rows("fact") if isinstance(fact, Fact)]
        return sorted(rows, key=lambda row: (row[2].day, row[0]))

    def lookup(self, kind: str, each: str) -> Entity | None:
        """The entity as the person sees it, for rules that look at others than their target."""
        row = self.row(kind, each)
        return row[1] if row else None

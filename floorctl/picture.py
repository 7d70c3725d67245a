"""The floor in memory: the few hundred entities that are always on the screen, with what is pending laid over them."""

import threading

from floorctl.models import Alert, Department, Entity, Person, Queue, Resource, Seat
from floorctl.sync.cache import Cache, Row
from floorctl.sync.overlay import Overlay

#: Kinds that are kept whole. Orders, intervals, shifts and the rest are read from the cache when they are asked for.
KINDS = ("seat", "queue", "resource", "alert", "person", "department")


class Picture:
    """Seats, queues, resources, alerts, and the names of people and departments.

    Thread-safe: the engine's thread updates it, any thread reads it.
    """

    def __init__(self, cache: Cache, overlay: Overlay) -> None:
        self._cache = cache
        self._overlay = overlay
        self._lock = threading.RLock()
        self._rows: dict[str, dict[str, Row]] = {kind: {} for kind in KINDS}
        self._loaded: set[str] = set()

    def update(self, changed: dict[str, set[str]]) -> None:
        """Take in what changed in the cache: kind → ids, no ids where anything of the kind may have."""
        for kind in KINDS:
            ids = changed.get(kind)
            if ids is None or kind not in self._loaded:
                continue
            if not ids:
                self._loaded.discard(kind)
                continue
            # A rebuild changes everything at once: one read of the kind beats thousands of single ones.
            fresh = self._cache.all(kind) if len(ids) > 200 else {each: self._cache.get(kind, each) for each in ids}
            with self._lock:
                rows = {} if len(ids) > 200 else self._rows[kind]
                for each, row in fresh.items():
                    if row is None:
                        rows.pop(each, None)
                    else:
                        rows[each] = row
                self._rows[kind] = rows

    def base(self, kind: str) -> dict[str, Row]:
        """The rows of ``kind`` as the platform sent them."""
        with self._lock:
            if kind not in self._loaded:
                self._rows[kind] = dict(self._cache.all(kind))
                self._loaded.add(kind)
            return self._rows[kind]

    def rows(self, kind: str) -> list[tuple[str, int, Entity, tuple[str, ...]]]:
        """Every entity of ``kind`` as the person sees it: (id, version held, entity, pending command ids)."""
        with self._lock:
            base = dict(self.base(kind))
        touched = self._overlay.touched(kind)
        seen: list[tuple[str, int, Entity, tuple[str, ...]]] = []
        for each, row in base.items():
            if each not in touched:
                seen.append((each, row.version, row.entity, ()))
        for each in touched:
            row_or_none = base.get(each)
            entity, pending = self._overlay.view(kind, each, row_or_none)
            if entity is not None:
                seen.append((each, row_or_none.version if row_or_none else 0, entity, pending))
        return seen

    def row(self, kind: str, each: str) -> tuple[int, Entity, tuple[str, ...]] | None:
        """One entity of any kind as the person sees it, or None: (version held, entity, pending command ids)."""
        held = self.base(kind).get(each) if kind in KINDS else self._cache.get(kind, each)
        entity, pending = self._overlay.view(kind, each, held)
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

    def person_name(self, person_id: str | None) -> str:
        """The person's name; the id itself where the person is not known; empty for nobody."""
        if not person_id:
            return ""
        row = self.base("person").get(person_id)
        return row.entity.name if row and isinstance(row.entity, Person) else person_id

    def departments(self) -> dict[str, Department]:
        """Every department by id."""
        rows = self.base("department")
        return {each: row.entity for each, row in rows.items() if isinstance(row.entity, Department)}

    def department_name(self, department_id: str | None) -> str:
        """The department's name; the id itself where it is not known; empty for none."""
        if not department_id:
            return ""
        row = self.base("department").get(department_id)
        return row.entity.name if row and isinstance(row.entity, Department) else department_id

    def lookup(self, kind: str, each: str) -> Entity | None:
        """The entity as the person sees it, for rules that look at others than their target."""
        row = self.row(kind, each)
        return row[1] if row else None

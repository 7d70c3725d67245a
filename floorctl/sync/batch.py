"""Batch of changes: the message from the writer of the cache or the journal to those who show it."""

import msgspec

from floorctl.models.base import Entity, Held


class Removed(msgspec.Struct, frozen=True):
    """An entity that the platform removed at ``version``."""

    version: int


class Batch(msgspec.Struct):
    """Changed entities by kind and id; changed commands are under ``outbox``.

    ``ids`` names all of them; an empty set of a kind means that any of the kind may have changed. ``rows`` holds those
    that this process decoded when they came, so that nobody reads from the disk what was just written to it. What is in
    ``ids`` alone has to be read from the cache: entities of kinds that are not kept in memory, the difference after a
    rebuild, and what another process wrote, which sends its followers only ids.
    """

    ids: dict[str, set[str]] = msgspec.field(default_factory=dict)
    rows: dict[str, dict[str, Held[Entity] | Removed]] = msgspec.field(default_factory=dict)

    def add(self, later: "Batch") -> None:
        """Merge a later batch into this one."""
        for kind, ids in later.ids.items():
            known, rows = self.ids.get(kind), later.rows.get(kind, {})
            if not ids or (known is not None and not known):
                self.ids[kind] = set()
                self.rows.pop(kind, None)
                continue
            self.ids[kind] = ids | (known or set())
            kept = self.rows.get(kind, {})
            before = {id_: row for id_, row in kept.items() if id_ not in ids}
            self.rows[kind] = before | rows

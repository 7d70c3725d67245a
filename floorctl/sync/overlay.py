"""Overlay: pending commands laid over the platform's data, which is what the person sees.

The effect of a command is the rules' ``effects``, the same function that the platform applies it with. A command stays
laid over its entity until the feed shows the version that it came to, not merely until the answer arrives, so that the
screen never flickers back.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import msgspec

from floorctl.models.base import Entity, Held
from floorctl.rules.commands.refusal import Refused
from floorctl.sync.outbox_item import OutboxItem

#: Seconds after the answer to wait for an effect on another entity than the target in the feed. It comes with the
#: target's own change, so this only ends the wait for one that the platform does not make.
_PATIENCE = 60.0
_Key = tuple[str, str]


class OverlayJournal(Protocol):
    """The part of the journal that the overlay uses."""

    @property
    def edition(self) -> tuple[int, int]: ...
    def pending(self) -> list[OutboxItem]: ...
    def get(self, id_: str) -> OutboxItem | None: ...
    def mark_seen(self, *ids: str) -> None: ...


Read = Callable[[str, str], Held[Entity] | None]


class Pending(NamedTuple):
    """A pending command; ``also``: keys of entities besides the target that it changes."""

    item: OutboxItem
    also: frozenset[_Key]


class _AfterSome(NamedTuple):
    """The held row of an entity, and the entity after the first ``n`` of its commands."""

    row: Held[Entity] | None
    entity: Entity | None
    n: int = 0

    @classmethod
    def of(cls, row: Held[Entity] | None) -> "_AfterSome":
        return cls(row, None if row is None else row.value)


class Overlay:
    """Lays the journal's pending commands over entities. Thread-safe.

    ``read`` returns what the screens hold of the platform's data, ``removed`` the version at which something was
    removed. A command is over when *that* has its outcome: changes that are in the cache but not on the screen take
    nothing away.

    Readers that the feed may overtake get ``waiting`` before they read what is held, and pass it to ``view``: so the
    effect is in the one or in the other.
    """

    def __init__(
        self,
        journal: OverlayJournal,
        read: Read,
        removed: Callable[[str, str], int | None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._read = read
        self._removed = removed
        self._clock = clock
        self._lock = threading.RLock()
        self._edition: tuple[int, int] | None = None
        self._by_entity: dict[_Key, list[Pending]] = {}
        #: ``_by_entity`` by kind and id, for those who read a whole kind repeatedly; replaced as a whole.
        self._by_kind: dict[str, dict[str, tuple[Pending, ...]]] = {}
        self._applied: list[Pending] = []
        self.refresh()

    def refresh(self) -> bool:
        """Read the journal if it changed, and mark the commands that the feed has shown as seen there.

        Returns:
            Whether the journal had changed, by this process or another.

        """
        with self._lock:
            changed = self._journal.edition != self._edition
            if changed:
                self._load()
            shown = [pending.item.id for pending in self._applied if self._is_in_feed(pending)]
            if shown:
                self._journal.mark_seen(*shown)
                self._load()
            return changed

    def _load(self) -> None:
        known = {pending.item.id: pending for commands in self._by_entity.values() for pending in commands}
        self._edition = self._journal.edition
        items = self._journal.pending()
        self._by_entity, self._applied = {}, []
        after_some: dict[_Key, _AfterSome] = {}
        for item in self._with_those_seen_elsewhere(items, known):
            target = (item.target.kind, item.target.id)
            before = known.get(item.id)
            # The other entities that a command changes are computed once: with thousands of commands it would be slow.
            also = self._side_effects(item, target, after_some) if before is None else before.also
            pending = Pending(item, also)
            for key in (target, *also):
                self._by_entity.setdefault(key, []).append(pending)
            if item.state == "applied":
                self._applied.append(pending)
        by_kind: dict[str, dict[str, tuple[Pending, ...]]] = {}
        for (kind, id_), waiting in self._by_entity.items():
            by_kind.setdefault(kind, {})[id_] = tuple(waiting)
        self._by_kind = by_kind

    def _with_those_seen_elsewhere(self, items: list[OutboxItem], known: dict[str, Pending]) -> list[OutboxItem]:
        """Add commands that another process has seen in the feed and that this one does not show yet."""
        missing = [known[id_] for id_ in known.keys() - {item.id for item in items}]
        if not missing:
            return items
        now = [(before.also, self._journal.get(before.item.id)) for before in missing]
        kept = [
            item
            for also, item in now
            if item is not None
            and item.state == "applied"
            and item.outcome_version is not None
            and not self._is_in_feed(Pending(item, also))
        ]
        return sorted([*items, *kept], key=lambda item: (item.place, item.seq))

    def _side_effects(self, item: OutboxItem, target: _Key, after_some: dict[_Key, _AfterSome]) -> frozenset[_Key]:
        """Return the keys that a command changes besides its target, given the commands before it.

        ``after_some`` keeps how far the target's commands have been applied to it: starting over for each command, a
        terminal with a thousand of them would take a minute to open.
        """
        row, entity, n = after_some.get(target) or _AfterSome.of(self._read(*target))
        waiting = self._by_entity.get(target, [])
        for pending in waiting[n:]:
            if not self._is_in_feed(pending, target, row):
                entity = self._after(pending.item, target, entity)
        after_some[target] = _AfterSome(row, entity, len(waiting))
        return frozenset(self._effects(item, entity, {}).keys() - {target})

    def waiting(self, kind: str) -> Mapping[str, tuple[Pending, ...]]:
        """Return the pending commands for entities of this kind, by the entity's id."""
        with self._lock:
            return self._by_kind.get(kind, {})

    def waiting_for(self, kind: str, id_: str) -> tuple[Pending, ...]:
        """Return the pending commands for one entity."""
        return self.waiting(kind).get(id_, ())

    def view(
        self, kind: str, id_: str, row: Held[Entity] | None, waiting: tuple[Pending, ...] | None = None
    ) -> tuple[Entity | None, tuple[str, ...]]:
        """Return ``row``'s entity after the pending commands (None if it is gone then), and the commands' ids."""
        held = row.value if row is not None else None
        if waiting is None:
            waiting = self.waiting_for(kind, id_)
        if not waiting:
            return held, ()
        entity, ids = held, []
        for pending in waiting:
            if self._is_in_feed(pending, (kind, id_), row):
                continue
            ids.append(pending.item.id)
            entity = self._after(pending.item, (kind, id_), entity)
        return entity, tuple(ids)

    def _after(self, item: OutboxItem, key: _Key, entity: Entity | None) -> Entity | None:
        """Return ``entity`` after the command, which may target it or change it as a side effect."""
        target = (item.target.kind, item.target.id)
        target_entity = entity if key == target else self._held(target)
        return self._effects(item, target_entity, {key: entity}).get(key, entity)

    def _held(self, key: _Key) -> Entity | None:
        row = self._read(*key)
        return None if row is None else row.value

    def _effects(
        self, item: OutboxItem, target: Entity | None, known: dict[_Key, Entity | None]
    ) -> dict[_Key, Entity | None]:
        # Imported late: without pending commands, start-up need not load the rules of every command.
        from floorctl.rules.commands.apply import apply

        def lookup(kind: str, id_: str) -> Entity | None:
            return known[kind, id_] if (kind, id_) in known else self._held((kind, id_))

        try:
            return apply(item.command(item.base_version), target, by=item.made_by, at=item.made_at, lookup=lookup)
        except Refused:
            return {}  # the platform will refuse it; until then the entity is shown unchanged
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError, OverflowError, AttributeError):
            return {}  # a command of a later release, or data that no rule expects

    # -- what the feed has shown

    def _is_in_feed(self, pending: Pending, key: _Key | None = None, row: Held[Entity] | None = None) -> bool:
        """Whether the held data already contains the command's outcome; ``row`` is what is held of ``key``."""
        item = pending.item
        if item.state != "applied" or item.outcome_version is None:
            return False
        target = (item.target.kind, item.target.id)
        version = self._version(target, row if key == target else self._read(*target))
        patience_ends = (item.settled_at or 0.0) + _PATIENCE
        if self._clock() > patience_ends and (version == 0 or version >= item.outcome_version):
            return True
        return version >= item.outcome_version and not any(self._lacks_effect(item, other) for other in pending.also)

    def _lacks_effect(self, item: OutboxItem, key: _Key) -> bool:
        held = self._held(key)
        return self._after(item, key, held) != held

    def _version(self, key: _Key, row: Held[Entity] | None) -> int:
        if row is not None:
            return row.version
        return (self._removed(*key) or 0) if self._removed is not None else 0

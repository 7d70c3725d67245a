"""Decoding a page of the feed for the cache: which changes are new, and why others are set aside."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec

from floorctl.models.base import Entity
from floorctl.models.floor import Interval
from floorctl.models.kinds import ENTITIES
from floorctl.models.orders import MissedCall
from floorctl.models.quality import Inspection, Sample
from floorctl.models.team import Shift
from floorctl.sync.platform import wire

_BROKEN = (msgspec.DecodeError, UnicodeError, RecursionError, ValueError, OverflowError)
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_MAX_REASON = 300
#: Shown as the kind or id of a broken change that has none.
_UNNAMED = "?"


class News(NamedTuple):
    """A version that the cache does not hold yet. ``entity`` is None for a tombstone."""

    kind: str
    id: str
    version: int
    entity: Entity | None
    document: bytes


class SetAside(NamedTuple):
    """A change that broke the contract, and how."""

    kind: str
    id: str
    version: int
    reason: str


def read_changes(raws: Iterable[msgspec.Raw]) -> tuple[dict[str, dict[str, list[wire.Change]]], list[SetAside]]:
    """Group a page's changes by kind and id, newest first; kinds that this release does not know are left out."""
    by_kind: dict[str, dict[str, list[wire.Change]]] = {}
    broken: list[SetAside] = []
    read_change = wire.read_change
    for raw in raws:
        try:
            change = read_change(raw)
        except _BROKEN as error:
            broken.append(_unreadable(raw, error))
            continue
        if change.kind not in ENTITIES:
            continue
        by_id = by_kind.setdefault(change.kind, {})
        if change.id in by_id:
            by_id[change.id].append(change)
            by_id[change.id].sort(key=lambda one: -one.version)
        else:
            by_id[change.id] = [change]
    return by_kind, broken


def news(
    kind: str, changes: Mapping[str, list[wire.Change]], held: Mapping[str, int], broken: list[SetAside]
) -> Iterator[News]:
    """Yield what is newer than ``held`` (id → version), decoded one by one, so that no entity is kept longer than used.

    Of several versions the newest that can be read counts; unreadable ones are added to ``broken``.
    """
    read_entity = wire.read_entity
    for id_, versions in changes.items():
        floor = held.get(id_, 0)
        for change in versions:
            if change.version <= floor:
                break
            if change.deleted:
                yield News(kind, id_, change.version, None, b"")
                break
            document = bytes(change.data)
            try:
                check_nesting(document)
                entity = read_entity(kind, document)
            except _BROKEN as error:
                broken.append(SetAside(kind, id_, change.version, _reason(error)))
                continue
            yield News(kind, id_, change.version, entity, document)
            break


def check_nesting(document: bytes, most: int = wire.MAX_NESTING) -> None:
    """Refuse JSON nested deeper than the contract allows.

    Raises:
        ValueError: it is nested deeper than ``most`` levels.

    """
    if document.count(b"{") + document.count(b"[") <= most:
        return
    depth = 0
    for token in _TOKENS.findall(document):
        if token in (b"{", b"["):
            depth += 1
            if depth > most:
                raise ValueError(f"nested deeper than {most}")
        elif token in (b"}", b"]"):
            depth -= 1


def time_columns(entity: Entity) -> tuple[str | None, float | None, float | None]:
    """Return the columns by which an entity is looked up: scope, start and end in seconds since 1970.

    Quarter hours, shifts, samples, scores and missed calls have them; others get None.
    """
    if isinstance(entity, Interval):
        return entity.queue_id, entity.start.timestamp(), None
    if isinstance(entity, Shift):
        return "", entity.starts_at.timestamp(), entity.ends_at.timestamp()
    if isinstance(entity, Sample):
        return "", day_start(entity.day), None
    if isinstance(entity, Inspection):
        return "", entity.submitted_at.timestamp(), None
    if isinstance(entity, MissedCall):
        return "", entity.at.timestamp(), None
    return None, None, None


def day_start(day: date) -> float:
    """Return a day's beginning as the cache stores it, in UTC whatever the floor's zone: it only identifies the day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def seconds(time: datetime | None) -> float | None:
    """Return seconds since 1970, None for None."""
    return None if time is None else time.timestamp()


def _unreadable(raw: msgspec.Raw, error: Exception) -> SetAside:
    try:
        named = msgspec.json.decode(raw)
    except _BROKEN:
        named = None
    fields = named if isinstance(named, dict) else {}
    kind, id_, version = (fields.get(name) for name in ("kind", "id", "version"))
    whole = isinstance(version, int) and not isinstance(version, bool) and 0 <= version < 2**63
    return SetAside(
        _text(kind) if isinstance(kind, str) else _UNNAMED,
        _text(id_) if isinstance(id_, str) else _UNNAMED,
        version if whole and isinstance(version, int) else 0,
        _reason(error),
    )


def _text(value: str) -> str:
    return value[:128].encode("utf-8", "replace").decode("utf-8")


def _reason(error: Exception) -> str:
    return _text(str(error) or type(error).__name__)[:_MAX_REASON]

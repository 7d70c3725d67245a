"""A page of the feed, read as the bytes that are sent: no entity is decoded."""

from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, select, union_all

from floorctl.models.tables.platform import metadata

#: Most bytes of a page, even if more entities were asked for: a terminal accepts no page of more than 64 MiB.
PAGE_BYTES = 8 * 1024 * 1024

_encode = msgspec.json.Encoder().encode
_entity = metadata.tables["entity"].c
_counter = metadata.tables["counter"].c
_HEAD = select(_counter.value).where(_counter.name == "head")
_HORIZON = select(_counter.value).where(_counter.name == "horizon")


class Sent(msgspec.Struct, frozen=True):
    """A Change as it is sent. ``data`` is the stored document."""

    kind: str
    id: str
    version: int
    deleted: bool
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class FeedPage(NamedTuple):
    """A page of the feed, encoded.

    ``changes`` are the encoded Changes in ``[]``, ``size`` how many, ``next`` the place after them, ``total`` how many
    there are from its start to the feed's end, ``more`` whether some of those are left. ``head`` and ``horizon`` are
    the feed's own when it was read.
    """

    changes: bytes
    size: int
    next: int
    more: bool
    total: int
    head: int
    horizon: int


def sent(kind: str, entity_id: str, version: int, document: bytes | None) -> Sent:
    """Return the Change of an entity's row; without a document it is a tombstone."""
    if document is None:
        return Sent(kind, entity_id, version, deleted=True)
    return Sent(kind, entity_id, version, deleted=False, data=msgspec.Raw(document))


def read(connection: Connection, after: int, kinds: frozenset[str] | None, limit: int) -> FeedPage:
    """Return at most ``limit`` newest states that came into the feed after ``after``; all kinds if ``kinds`` is None.

    The page ends earlier where it would exceed PAGE_BYTES.
    """
    # Read the head first: whatever is committed later comes after it and belongs to the next page.
    head = int(connection.execute(_HEAD).scalar_one())
    total = _total(connection, after, head, kinds) if head > after else 0
    parts: list[bytes] = []
    bytes_so_far, last = 0, after
    rows = connection.execute(_newest(after, head, kinds, limit)) if total else ()
    for kind, entity_id, version, seq, document in rows:
        part = _encode(sent(kind, entity_id, version, document))
        bytes_so_far += len(part)
        if parts and bytes_so_far > PAGE_BYTES:
            break
        parts.append(part)
        last = seq
    more = len(parts) < total
    # Read the horizon last: a tombstone that leaves the feed meanwhile must not go unnoticed.
    horizon = int(connection.execute(_HORIZON).scalar_one())
    return FeedPage(
        b"[%b]" % b",".join(parts), len(parts), last if more else max(head, after), more, total, head, horizon
    )


def _within(after: int, head: int) -> ColumnElement[bool]:
    return (_entity.seq > after) & (_entity.seq <= head)


def _total(connection: Connection, after: int, head: int, kinds: frozenset[str] | None) -> int:
    counting = select(func.count()).where(_within(after, head))
    if kinds is not None:
        counting = counting.where(_entity.kind.in_(kinds))
    return int(connection.execute(counting).scalar_one())


def _newest(
    after: int, head: int, kinds: frozenset[str] | None, limit: int
) -> Select[str, str, int, int, bytes | None]:
    rows = select(_entity.kind, _entity.id, _entity.version, _entity.seq, _entity.document).order_by(_entity.seq)
    if kinds is None:
        return rows.where(_within(after, head)).limit(limit)
    # Each kind is read along its own index, so that a million orders do not delay forty-nine seats.
    walks = [
        select(
            select(_entity.seq)
            .where(_within(after, head), _entity.kind == kind)
            .order_by(_entity.seq)
            .limit(limit)
            .subquery()
        )
        for kind in sorted(kinds)
    ]
    walked = union_all(*walks).subquery()
    return rows.where(_entity.seq.in_(select(walked.c.seq).order_by(walked.c.seq).limit(limit)))

"""Orders that belong to one another: those of one caller, the repetitions of an order (并单), and likely ones."""

# ruff: noqa: S608  what is put into statements is a generation's letter; values are bound

import json
import math
from collections.abc import Sequence

from floorctl.sync.sqlite import Connection

#: Hits read for one name, on each side of the order that others are compared with.
_HITS = 20
#: Names that are looked up one by one, and so weighed by how rare each is; the others are looked up together, which
#: takes less time.
_SINGLY = 3
#: The weight of a name that has fewer hits than are read.
_RARE = 20.0


def alike(
    db: Connection,
    generation: str,
    key: int,
    names: Sequence[str],
    problems: Sequence[str],
    since: float,
    until: float,
    limit: int,
) -> list[int]:
    """Return the keys of orders received from ``since`` to ``until`` that share the most with the order ``key``.

    Found by the search index, so only among orders that are in it: those with one of ``names`` (pairs of characters)
    and one of ``problems``, if there are any. Of a name that many orders have, those stored next before and after the
    order are read, and it counts the less the more of them there are: what is rare differs from floor to floor.
    """
    also = f" AND ({_any_of(problems)})" if problems else ""
    weights: dict[int, float] = {}
    for group in [*((name,) for name in names[:_SINGLY]), names[_SINGLY:]]:
        if not group:
            continue
        expression = f"({_any_of(group)}){also}"
        for side, turn in (("<", "DESC"), (">", "ASC")):
            sql = (
                f"SELECT rowid FROM search_{generation} WHERE search_{generation} MATCH ? AND rowid {side} ?"
                f" ORDER BY rowid {turn} LIMIT ?"
            )
            hits = [row[0] for row in db.execute(sql, (expression, key, _HITS))]
            weight = math.log2(2 + abs(hits[-1] - key) / _HITS) if len(hits) == _HITS else _RARE
            for hit in hits:
                weights[hit] = weights.get(hit, 0.0) + weight
    likeliest = sorted(weights, key=lambda hit: (-weights[hit], hit))[: 2 * limit]
    sql = (
        f"SELECT key FROM order_row_{generation} WHERE key IN (SELECT value FROM json_each(?))"
        " AND received_at BETWEEN ? AND ?"
    )
    near = {row[0] for row in db.execute(sql, (json.dumps(likeliest), since, until))}
    return [hit for hit in likeliest if hit in near][:limit]


def _any_of(pairs: Sequence[str]) -> str:
    return " OR ".join(f'"{pair}"' for pair in pairs)


def of_caller(db: Connection, generation: str, caller: int, since: float, until: float, limit: int) -> list[int]:
    """Return the keys of the newest ``limit`` orders of a caller received from ``since`` to ``until``, newest first."""
    table = f"order_row_{generation}"
    sql = (
        f"SELECT key FROM {table} INDEXED BY {table}_caller WHERE caller = ? AND received_at BETWEEN ? AND ?"
        " ORDER BY received_at DESC LIMIT ?"
    )
    return [key for (key,) in db.execute(sql, (caller, since, until, limit))]


def repetitions(db: Connection, generation: str, parent: str) -> list[int]:
    """Return the keys of the orders that repeat ``parent``, oldest first."""
    table = f"order_row_{generation}"
    sql = f"SELECT key FROM {table} INDEXED BY {table}_parent WHERE parent = ? ORDER BY received_at, key"
    return [key for (key,) in db.execute(sql, (parent,))]

"""Orders that belong to one another: those of one caller, and the repetitions of an order (并单)."""

# ruff: noqa: S608  what is put into statements is a generation's letter; values are bound

from floorctl.sync.sqlite import Connection


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

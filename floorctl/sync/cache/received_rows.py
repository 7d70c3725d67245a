"""Who called about what and where, of the orders received lately: columns alone, no order is decoded."""

# ruff: noqa: S608  what is put into statements is a generation's letter; values are bound

from floorctl.models.received import Received
from floorctl.sync.sqlite import Connection


def received_since(db: Connection, generation: str, since: float, most: int) -> list[Received]:
    """Return the newest orders received at ``since`` or later, at most ``most``, in the order of receipt.

    An order without a category or a region is about no matter in no place: it is left out.
    """
    table = f"order_row_{generation}"
    rows = db.execute(
        f"SELECT id, received_at, category, region, caller FROM {table} INDEXED BY {table}_received"
        " WHERE received_at >= ? AND category <> 0 AND region <> 0 ORDER BY received_at DESC, id DESC LIMIT ?",
        (since, most),
    ).fetchall()
    used = {code for row in rows for code in row[2:4]}
    words = {code: text for code, text in db.execute("SELECT code, text FROM word") if code in used}
    return [Received(id_, at, words[c], words[r], caller) for id_, at, c, r, caller in reversed(rows)]

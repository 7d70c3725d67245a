"""What was asked and decided on an order that got stuck 卡单, as events of its history."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from floorctl.models.orders import Order

#: Events that a department caused; people caused the others.
BY_DEPARTMENT = frozenset({"sent_back", "extension_asked"})


class Event(NamedTuple):
    """``by``: the id of the department (``BY_DEPARTMENT``) or of the person; ``until``: the limit asked for."""

    at: datetime
    what: str
    by: str
    note: str = ""
    until: datetime | None = None


def events(order: Order) -> Iterator[Event]:
    """Yield returns, extensions, conferences and redos, each with what was decided; not in order of time."""
    for sent_back in order.return_log:
        yield Event(sent_back.at, "sent_back", sent_back.department_id, sent_back.reason)
        if sent_back.upheld is not None and sent_back.decided_at is not None:
            decided = "return_upheld" if sent_back.upheld else "return_refused"
            yield Event(sent_back.decided_at, decided, sent_back.decided_by or "", sent_back.note or "")
    if (asked := order.extension) is not None:
        yield Event(asked.asked_at, "extension_asked", asked.department_id, asked.reason, asked.until)
        if asked.granted is not None and asked.decided_at is not None:
            decided = "extension_granted" if asked.granted else "extension_refused"
            yield Event(asked.decided_at, decided, asked.decided_by or "", until=asked.until)
    for held in order.conferences:
        yield Event(held.at, "conferred", held.by, held.minutes)
    for redo in order.redos:
        yield Event(redo.at, "redone", redo.by, redo.reason)

"""The filter and sort orders of a list of orders, and the counts above the list."""

from datetime import datetime

import msgspec

#: Sort orders of a list of orders. ``latest`` is the Orders screen's default: the most overdue first, then those due
#: next, then the handled ones, newest first. ``stuck``: by what waits for our decision, the most pressing first. A
#: leading ``-`` reverses the order.
ORDER_SORTS = ("latest", "received", "number", "limit", "dispatch_due", "stuck")
#: Page size for an unlimited list: more orders than a floor receives during its contract.
EVERY = 100_000_000


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders to list. All conditions that are set must hold; an empty tuple means any.

    ``overdue``: not handled and past the limit. ``due_within``: not handled and due within so many seconds of now,
    without the overdue ones. ``department``: the lead department's id. ``to_dispatch``: ready or returned.
    ``to_call_back``: handled, needs a call-back and nobody has been reached yet. ``search``: part of the text,
    number, name or phone. ``stuck``: waits for our decision; ``redos``: also on a redo. ``sent``: sent to the
    department at or after the first time and before the second.
    """

    overdue: bool = False
    due_within: float | None = None
    state: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    department: str | None = None
    urgency: tuple[str, ...] = ()
    to_dispatch: bool = False
    to_call_back: bool = False
    stuck: bool = False
    redos: bool = True
    search: str = ""
    sent: tuple[datetime, datetime] | None = None


class OrderCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of orders by what they need. ``earliest_dispatch_due_at``: when the most urgent dispatch is due, in the
    past if it is late, None if no order waits for dispatch. ``hot_spots``: the matters that swell, None where they have
    not been counted. No field changes by the passing of time alone.
    """

    overdue: int = 0
    due_soon: int = 0
    to_dispatch: int = 0
    to_call_back: int = 0
    stuck: int = 0
    earliest_dispatch_due_at: datetime | None = None
    hot_spots: int | None = None

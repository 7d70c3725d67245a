"""What a list of orders is asked for, and the counts that stand above it."""

import msgspec

#: What a list of orders can be sorted by; ``latest`` is what the Orders screen opens with: the most overdue first, then
#: those that are due next, then what is handled, newest first. A ``-`` in front turns an order round.
ORDER_SORTS = ("latest", "received", "number", "limit", "dispatch_due")
#: For a list without an end: more orders than a floor sees in its contract's time.
EVERY = 100_000_000


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders to list; what is set has to hold together, an empty tuple means any.

    ``overdue``: not handled and past the limit. ``due_within``: not handled and due within so many seconds of now (what
    is overdue is not among them). ``department`` is the lead department's id. ``to_dispatch``: ready or returned.
    ``to_call_back``: handled, needs a call-back and nobody was reached yet. ``search``: part of the text, number, name
    or phone.
    """

    overdue: bool = False
    due_within: float | None = None
    state: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    department: str | None = None
    urgency: tuple[str, ...] = ()
    to_dispatch: bool = False
    to_call_back: bool = False
    search: str = ""


class OrderCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many orders wait for what. ``shortest_dispatch_seconds`` is negative where a dispatch is already late, None
    where none waits.
    """

    overdue: int = 0
    due_soon: int = 0
    to_dispatch: int = 0
    to_call_back: int = 0
    shortest_dispatch_seconds: float | None = None

"""What stands at this moment and the next shift has to live with: 此刻未了.

Overdue orders, alerts that nobody acknowledged, call-backs still to be made, seats away from their usual queues, breaks
that were cancelled. Each group has its count and, in words, the first of what it counts.
"""

from datetime import datetime

import msgspec

#: The groups, in the order in which they are told.
GROUPS = ("overdue", "alerts", "call_backs", "moved", "pauses")
#: More of a group than these are counted and not listed.
LISTED = 10


class Group(msgspec.Struct, frozen=True):
    """One group: its name (of ``GROUPS``), how many there are, and the first of them in words."""

    name: str
    count: int
    listed: tuple[str, ...] = ()


class Unfinished(msgspec.Struct, frozen=True):
    """What stood at ``at``."""

    at: datetime
    groups: tuple[Group, ...]

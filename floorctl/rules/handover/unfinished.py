"""What is unfinished at present and passes to the next shift: 此刻未了.

Overdue orders, unacknowledged alerts, hot spots, orders that wait for a decision, call-backs to make, missed calls,
seats away from their usual queues, cancelled breaks. Each group has a count and the words for its first entries.
"""

from datetime import datetime

import msgspec

#: The groups, in the order of the summary.
GROUPS = ("overdue", "alerts", "hot_spots", "stuck", "call_backs", "missed_calls", "moved", "pauses")
#: Groups that are left out where they are empty: not every platform has what they are about.
LEFT_OUT = frozenset({"missed_calls"})
#: Maximal number of entries listed per group; the rest is only counted.
LISTED = 10


class Group(msgspec.Struct, frozen=True):
    """One group: its name (of ``GROUPS``), the number of its entries, and the first of them in words."""

    name: str
    count: int
    listed: tuple[str, ...] = ()


class Unfinished(msgspec.Struct, frozen=True):
    """The unfinished matters at ``at``."""

    at: datetime
    groups: tuple[Group, ...]

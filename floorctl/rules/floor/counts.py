"""Summed counters of queues, the input of metrics."""

from datetime import datetime

import msgspec


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Summed counters of one or more queues.

    ``left_out``: how many queues (or quarter hours) contradict themselves and are not in the sums.
    """

    waiting: int = 0
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    answered_in_target: int = 0
    wait_seconds: float = 0.0
    handle_seconds: float = 0.0
    oldest_wait_since: datetime | None = None
    left_out: int = 0

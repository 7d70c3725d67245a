"""The state of the world that is stored for a restart besides the entities."""

from collections.abc import Collection
from datetime import date
from typing import ClassVar

import msgspec


class State(msgspec.Struct, kw_only=True):
    """Where the simulated floor stopped.

    ``time``: up to when the floor has run (seconds since the epoch). ``serial``: the day's last order number.
    ``serials`` (by day): which numbers of the history's days the initial open work uses; in data of version 0.1, how
    many, from 1 on.
    """

    SETTING: ClassVar[str] = "world.state"

    time: float
    day: date
    serial: int
    open_orders: list[str] = []
    open_alerts: list[str] = []
    serials: dict[str, list[int] | int] = {}

    def used_on(self, day: date) -> Collection[int]:
        """Return the numbers of a day of the history that are taken."""
        used = self.serials.get(str(day), ())
        return range(1, used + 1) if isinstance(used, int) else used

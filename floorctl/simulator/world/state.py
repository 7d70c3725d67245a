"""The state of the world that is stored for a restart besides the entities."""

from datetime import date
from typing import ClassVar

import msgspec


class State(msgspec.Struct, kw_only=True):
    """Where the simulated floor stopped.

    ``time``: up to when the floor has run (seconds since the epoch). ``serial``: the day's last order number.
    ``serials`` (by day): which numbers of the history's days the initial open work uses.
    """

    SETTING: ClassVar[str] = "world.state"

    time: float
    day: date
    serial: int
    open_orders: list[str] = []
    open_alerts: list[str] = []
    serials: dict[str, list[int]] = {}

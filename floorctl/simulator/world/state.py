"""What the world has to remember over a restart besides the entities themselves."""

from datetime import date
from typing import ClassVar

import msgspec


class State(msgspec.Struct, kw_only=True):
    """``time``: up to when the floor has run (seconds since the epoch). ``serial``: the day's last order number.

    ``serials`` (by day): numbers of the history's days that the open work of the beginning uses.
    """

    SETTING: ClassVar[str] = "world.state"

    time: float
    day: date
    serial: int
    open_orders: list[str] = []
    open_alerts: list[str] = []
    serials: dict[str, int] = {}

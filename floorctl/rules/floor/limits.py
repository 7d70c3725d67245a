"""How long a seat may be in a state before it is marked (the floor's rules)."""

from datetime import datetime
from typing import Any

import msgspec

from floorctl.models.floor import Seat


class SeatLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits in seconds. ``pause`` is the limit of the state ``break``."""

    talking_warning: float = 600
    talking_alert: float = 900
    wrap_up: float = 120
    pause: float = 900
    meal: float = 2700
    not_ready: float = 300
    ringing: float = 15

    @classmethod
    def read(cls, section: Any) -> "SeatLimits":
        """Return the limits of the configuration's section ``[limits]``."""
        return cls(**{name: getattr(section, name).seconds for name in cls.__struct_fields__})


_SINGLE = {"wrap_up": "wrap_up", "break": "pause", "meal": "meal", "not_ready": "not_ready", "ringing": "ringing"}


def seconds_in_state(seat: Seat, now: datetime) -> float:
    """Return the seconds since the seat entered its state; never negative."""
    return max(0.0, (now - seat.since).total_seconds())


def seat_limit(seat: Seat, now: datetime, limits: SeatLimits) -> str:
    """Return ``none``, ``warning`` or ``alert``: whether the seat exceeds a limit of its state (at it: none)."""
    return limit_past(seat.state, seconds_in_state(seat, now), limits)


def limit_past(state: str, spent: float, limits: SeatLimits) -> str:
    """Return the ``seat_limit`` of a seat that has been in ``state`` for ``spent`` seconds."""
    if state == "talking":
        if spent > limits.talking_alert:
            return "alert"
        return "warning" if spent > limits.talking_warning else "none"
    name = _SINGLE.get(state)
    return "warning" if name is not None and spent > getattr(limits, name) else "none"

"""Platform time: it may start at another hour than this machine's, and run faster."""

import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from typing import Protocol

import msgspec


class Clock(Protocol):
    """A source of platform time."""

    def now(self) -> datetime:
        """Return the platform's time."""


class Anchor(msgspec.Struct, frozen=True):
    """A clock's state: at ``wall`` (seconds since 1970, this machine's clock) it was ``platform``, running at
    ``speed``.
    """

    platform: datetime
    wall: float
    speed: float


class SimClock:
    """Platform time, aware and in the zone of ``start``; a second of this machine is ``speed`` seconds of it.

    It goes on while the platform is stopped: the anchor is stored, and every process that serves the same data computes
    the same time from it. While it runs it follows the monotonic clock, so a wall clock that jumps changes nothing.
    """

    def __init__(self, start: datetime, speed: float = 1.0, *, wall: float | None = None) -> None:
        """Start the clock; ``wall``: when it was ``start`` (seconds since 1970, None: now).

        Raises:
            ValueError: ``speed`` is not positive.

        """
        if speed <= 0:
            raise ValueError(speed)
        now = time.time()
        self._start = start
        self._wall = now if wall is None else wall
        self._since = time.monotonic() - max(0.0, now - self._wall)
        self.speed = speed

    @classmethod
    def resume(cls, anchor: Anchor, zone: tzinfo = UTC) -> "SimClock":
        """Return the clock that ``anchor`` was taken from."""
        return cls(anchor.platform.astimezone(zone), anchor.speed, wall=anchor.wall)

    def now(self) -> datetime:
        """Return the platform's time."""
        return self._start + timedelta(seconds=(time.monotonic() - self._since) * self.speed)

    def anchor(self) -> Anchor:
        """Return what has to be stored to continue after a restart."""
        return Anchor(self._start, self._wall, self.speed)


def starting(day: date | None, at: time_of_day | None, zone: tzinfo) -> datetime:
    """Return when a new platform's time begins: ``at`` on ``day``; None stands for now or today."""
    now = datetime.now(zone)
    return datetime.combine(day or now.date(), at or now.time(), zone)

"""Time that has passed, also while the machine slept; and the platform's time, kept between its answers by it."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: A training platform may run faster than life; a rate nearer to 1 than this is jitter, not speed.
_RATE_NOISE = 0.2
_MIN_BASELINE = 2.0
_MAX_RATE = 10_000.0
#: Seconds without an answer after which the speed is measured anew; a platform in reach is asked every ten.
_LONGEST_GAP = 60.0


_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def moment() -> str:
    """The present moment, to be kept and read again by ``seconds_since``, in another process too."""
    return f"{time.time()!r} {_boot()} {_up()!r}"


def seconds_since(kept: str) -> float:
    """Seconds that have passed since ``moment`` gave ``kept``, never negative.

    Within one run of the machine its own up-time tells them, so that a wall clock that was set in between changes
    nothing; after a restart, or where systems do not number their runs, the wall clock has to be believed.
    """
    wall, *run = kept.split(" ")
    if len(run) == 2 and run[0] == _boot() != "":
        return max(_up() - float(run[1]), 0.0)
    return max(time.time() - float(wall), 0.0)


def boot() -> str:
    """What tells this run of the machine from all others; empty where systems do not number them."""
    return _boot()


def _boot() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def _up() -> float:
    # Unlike the monotonic clock, this one goes on while the machine sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


#: The clock that goes on while the machine sleeps, and the one that stands still then, where a system has both.
SLEEPLESS, _AWAKE = (
    ("CLOCK_MONOTONIC", "CLOCK_UPTIME_RAW") if sys.platform == "darwin" else ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")
)
_slept = 0.0


def asleep() -> float:
    """Seconds that this machine has slept since it was started; 0 where the system does not tell. Never goes back."""
    global _slept  # noqa: PLW0603  what was once seen is the least that it can be
    if hasattr(time, SLEEPLESS) and hasattr(time, _AWAKE):
        # In this order a pause of the process between the two makes it less, never more.
        went_on = time.clock_gettime(getattr(time, SLEEPLESS))
        _slept = max(_slept, went_on - time.clock_gettime(getattr(time, _AWAKE)))
    return _slept


def elapsed() -> float:
    """Seconds from any beginning, on a clock that nobody sets and that a lid which is closed does not stop.

    The monotonic clock of Linux stands still while the machine sleeps. Whatever is promised to a person in minutes
    (the lock, what is revealed, how old a figure is) is measured on this one.
    """
    return time.monotonic() + asleep()


class PlatformClock:
    """The platform's time, estimated from the ``server_time`` of its answers.

    Between answers it advances with the monotonic clock and what the machine slept, so a local clock that is wrong or
    jumps changes nothing. An answer with a smaller round trip wins over an older one with a larger one. ``rate`` is 1
    except on a platform whose clock visibly runs at another speed (training).
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        slept: Callable[[], float] = asleep,
    ) -> None:
        self._monotonic, self._slept = monotonic, slept
        self._anchor_mono = self._passed()
        self._anchor_time = wall()
        self._round_trip = float("inf")
        self._first: tuple[float, datetime, float] | None = None
        self._answered_at = self._anchor_mono
        self.rate = 1.0
        self.observed = False

    def now(self) -> datetime:
        """The platform's time (aware, UTC)."""
        return self._anchor_time + timedelta(seconds=(self._passed() - self._anchor_mono) * self.rate)

    def _passed(self) -> float:
        return self._monotonic() + self._slept()

    def observe(self, server_time: datetime, round_trip: float = 0.0) -> None:
        """Take in an answer that arrived just now, ``round_trip`` seconds after it was asked for."""
        now = self._passed()
        says = server_time.astimezone(UTC) + timedelta(seconds=round_trip / 2 * self.rate)
        off = abs((says - self.now()).total_seconds())
        self._measure_rate(now, says, round_trip)
        self._answered_at = now
        # A worse measurement only replaces a better one when the better one has become plainly wrong.
        if self.observed and round_trip > self._round_trip and off <= max(0.5, round_trip) * self.rate:
            self._round_trip *= 1.1  # what was measured long ago slowly loses its weight
            return
        self._anchor_mono, self._anchor_time, self._round_trip = now, says, max(round_trip, 1e-4)
        self.observed = True

    def _measure_rate(self, now: float, says: datetime, round_trip: float) -> None:
        if self._first is None:
            self._first = (now, says, round_trip)
            return
        since, then, first_round_trip = self._first
        passed = now - since
        if passed < _MIN_BASELINE:
            return
        if now - self._answered_at > _LONGEST_GAP:
            # A sleep or an outage: what one of the two clocks did meanwhile is no measure of their speed.
            self._first = (now, says, round_trip)
            return
        rate = (says - then).total_seconds() / passed
        # Either answer may be wrong by half its round trip: over a slow way that looks like another speed for a while.
        unsure = (round_trip + first_round_trip) / 2 * max(self.rate, 1.0) / passed
        if abs(rate - 1) > _RATE_NOISE + unsure and 0 < rate < _MAX_RATE:
            self.rate = rate
        elif unsure < _RATE_NOISE:
            self.rate = 1.0
        if passed > 30 * _MIN_BASELINE:
            self._first = (now, says, round_trip)

    def restore(self, server_time: datetime, age: float) -> None:
        """Start from what was known when the program last ran: ``server_time``, ``age`` seconds ago."""
        self._anchor_mono = self._passed() - age
        self._anchor_time = server_time.astimezone(UTC)
        self._first = None

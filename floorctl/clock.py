"""Elapsed time that includes the machine's sleep, and the platform's time estimated between its answers."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: A training platform may run faster than real time; a rate that differs less from 1 is measurement noise.
_RATE_NOISE = 0.2
_MIN_BASELINE = 2.0
_MAX_RATE = 10_000.0
#: Seconds without an answer after which the rate is measured anew; a reachable platform is polled every ten.
_LONGEST_GAP = 60.0


_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def moment() -> str:
    """Return the present moment as a text that ``seconds_since`` reads, in another process too."""
    return f"{time.time()!r} {boot()} {_up()!r}"


def seconds_since(kept: str) -> float:
    """Return the seconds since ``moment`` returned ``kept``, never negative.

    Within one boot the machine's up-time is used, so setting the wall clock changes nothing. After a reboot, or where
    the system has no boot id, the wall clock is used.
    """
    wall, *run = kept.split(" ")
    if len(run) == 2 and run[0] == boot() != "":
        return max(_up() - float(run[1]), 0.0)
    return max(time.time() - float(wall), 0.0)


def boot() -> str:
    """Return the id of the machine's current boot; empty where the system has none."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def _up() -> float:
    # Unlike the monotonic clock, CLOCK_BOOTTIME advances while the machine sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


#: The clock that advances while the machine sleeps, and the one that does not, where the system has both.
SLEEPLESS, _AWAKE = (
    ("CLOCK_MONOTONIC", "CLOCK_UPTIME_RAW") if sys.platform == "darwin" else ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")
)
_slept = 0.0


def asleep() -> float:
    """Return the seconds that the machine has slept since boot (never decreasing); 0 where the system does not say."""
    global _slept  # noqa: PLW0603  keeps the largest value seen
    if hasattr(time, SLEEPLESS) and hasattr(time, _AWAKE):
        # Read in this order: a pause of the process between the two calls makes the result smaller, never larger.
        went_on = time.clock_gettime(getattr(time, SLEEPLESS))
        _slept = max(_slept, went_on - time.clock_gettime(getattr(time, _AWAKE)))
    return _slept


def elapsed() -> float:
    """Return seconds from an arbitrary start, on a clock that cannot be set and that includes the machine's sleep.

    Linux's monotonic clock stops while the machine sleeps. Limits that people rely on (the lock, how long personal data
    stays revealed, the age of a figure) are measured on this one.
    """
    return time.monotonic() + asleep()


class PlatformClock:
    """The platform's time, estimated from the ``server_time`` of its answers.

    Between answers it advances with the monotonic clock plus the machine's sleep, so a wrong or changed local clock has
    no effect. An answer with a smaller round trip replaces an older one with a larger one. ``rate`` is 1 unless the
    platform's clock measurably runs at another speed (training).
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
        """Return the platform's time (aware, UTC)."""
        return self._anchor_time + timedelta(seconds=(self._passed() - self._anchor_mono) * self.rate)

    def _passed(self) -> float:
        return self._monotonic() + self._slept()

    def observe(self, server_time: datetime, round_trip: float = 0.0) -> None:
        """Record ``server_time`` of an answer that has just arrived, ``round_trip`` seconds after its request."""
        now = self._passed()
        says = server_time.astimezone(UTC) + timedelta(seconds=round_trip / 2 * self.rate)
        off = abs((says - self.now()).total_seconds())
        self._measure_rate(now, says, round_trip)
        self._answered_at = now
        # A worse measurement replaces a better one only if the better one has become clearly wrong.
        if self.observed and round_trip > self._round_trip and off <= max(0.5, round_trip) * self.rate:
            self._round_trip *= 1.1  # an old measurement loses weight gradually
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
            # After a sleep or an outage either clock may have been set: the interval cannot be used to measure the
            # rate.
            self._first = (now, says, round_trip)
            return
        rate = (says - then).total_seconds() / passed
        # Each answer may be wrong by half its round trip: on a slow link this looks like a different rate for a while.
        unsure = (round_trip + first_round_trip) / 2 * max(self.rate, 1.0) / passed
        if abs(rate - 1) > _RATE_NOISE + unsure and 0 < rate < _MAX_RATE:
            self.rate = rate
        elif unsure < _RATE_NOISE:
            self.rate = 1.0
        if passed > 30 * _MIN_BASELINE:
            self._first = (now, says, round_trip)

    def restore(self, server_time: datetime, age: float) -> None:
        """Start from the platform's time of the previous run: ``server_time``, ``age`` seconds ago."""
        self._anchor_mono = self._passed() - age
        self._anchor_time = server_time.astimezone(UTC)
        self._first = None

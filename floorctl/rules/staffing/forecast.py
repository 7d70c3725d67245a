"""What to expect: the mean of the same weekday and quarter hour over the past weeks."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

import msgspec

from floorctl.models.floor import Interval
from floorctl.rules.floor.contradictions import of_calls

QUARTER = timedelta(minutes=15)
#: Weeks of history that a forecast looks back over.
WEEKS = 8


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """One quarter hour of one queue: calls, seconds per answered call, and how many days the means are of."""

    offered: float
    aht_s: float
    days: int


class Forecast:
    """Means of the history per queue, weekday and quarter hour, on the wall clock of ``zone``.

    A weekday without history of its own takes the mean of all days at that quarter hour. ``before`` leaves out the day
    that is to be forecast and what follows it, so that a surge never raises what it is measured against.
    """

    def __init__(self, history: Iterable[Interval], zone: tzinfo, before: date | None = None) -> None:
        """Take in the history, in any order."""
        self.zone = zone
        self._sums: dict[tuple[str, int, int], list[float]] = {}
        since = None if before is None else before - timedelta(weeks=WEEKS)
        for each in history:
            if any(of_calls(each)):
                continue
            local = each.start.astimezone(zone)
            if before is not None and since is not None and not since <= local.date() < before:
                continue
            quarter = _quarter(local)
            for weekday in (local.weekday(), _ANY_DAY):
                sums = self._sums.setdefault((each.queue_id, weekday, quarter), [0.0, 0.0, 0.0, 0.0])
                sums[0] += each.offered
                sums[1] += each.answered
                sums[2] += each.handle_seconds
                sums[3] += 1

    def at(self, queue_id: str, start: datetime) -> Expected | None:
        """What the quarter hour that ``start`` falls into should bring; None where there is no history of it."""
        local = start.astimezone(self.zone)
        quarter = _quarter(local)
        sums = self._sums.get((queue_id, local.weekday(), quarter)) or self._sums.get((queue_id, _ANY_DAY, quarter))
        if sums is None:
            return None
        offered, answered, handled, days = sums
        return Expected(offered=offered / days, aht_s=handled / answered if answered else 0.0, days=int(days))

    def day(self, queue_id: str, day: date) -> list[tuple[datetime, Expected | None]]:
        """The day's quarter hours with what they should bring, from midnight to midnight of the zone."""
        start = datetime.combine(day, datetime.min.time(), self.zone)
        # Steps on the wall clock, which is what the history is kept by.
        return [(start + each * QUARTER, self.at(queue_id, start + each * QUARTER)) for each in range(96)]


_ANY_DAY = -1


def _quarter(local: datetime) -> int:
    return local.hour * 4 + local.minute // 15

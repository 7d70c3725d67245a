"""The forecast: means of the same weekday and quarter hour over the past weeks."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

import msgspec

from floorctl.models.floor import Interval
from floorctl.rules.floor.contradictions import of_calls

QUARTER = timedelta(minutes=15)
#: Weeks of history that a forecast uses.
WEEKS = 8


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Forecast of one quarter hour of one queue: calls, seconds per answered call, number of days in the means."""

    offered: float
    aht_s: float
    days: int


class Forecast:
    """Means of the history per queue, weekday and quarter hour, in the local time of ``zone``.

    A weekday without history gets the mean of all days for that quarter hour. ``before``: the day to forecast; it and
    later days are left out, so that a surge does not raise the forecast it is compared with.
    """

    def __init__(self, history: Iterable[Interval], zone: tzinfo, before: date | None = None) -> None:
        """Sum up the history, in any order."""
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
        """Return the forecast of the quarter hour that contains ``start``; None if there is no history of it."""
        local = start.astimezone(self.zone)
        quarter = _quarter(local)
        sums = self._sums.get((queue_id, local.weekday(), quarter)) or self._sums.get((queue_id, _ANY_DAY, quarter))
        if sums is None:
            return None
        offered, answered, handled, days = sums
        return Expected(offered=offered / days, aht_s=handled / answered if answered else 0.0, days=int(days))

    def day(self, queue_id: str, day: date) -> list[tuple[datetime, Expected | None]]:
        """Return the start and forecast of the day's 96 quarter hours, in the zone's local time."""
        start = datetime.combine(day, datetime.min.time(), self.zone)
        # Steps in local time, because the history is grouped by local time.
        return [(start + each * QUARTER, self.at(queue_id, start + each * QUARTER)) for each in range(96)]


_ANY_DAY = -1


def _quarter(local: datetime) -> int:
    return local.hour * 4 + local.minute // 15

"""Points in time as people read them: the time of day, with the date where it is another day's."""

from datetime import datetime, timedelta

_DAY = timedelta(days=1)


def when(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """``14:32``; ``11-23 14:32`` where it is not the day of ``now``. With ``seconds``, ``14:32:07``."""
    local = local_time(at, now)
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return time if local.date() == now.date() else f"{local:%m-%d} {time}"


def between(start: datetime, end: datetime, now: datetime) -> str:
    """``14:00–14:15``: the date of its start where that is another day's, of its end where it is a day later or more.

    A shift that ends at midnight, or in the morning after, needs none.
    """
    last = local_time(end, now)
    return f"{when(start, now)}–{last:%H:%M}" if end - start < _DAY else f"{when(start, now)}–{last:%m-%d %H:%M}"


def local_time(at: datetime, now: datetime) -> datetime:
    """``at`` in the floor's zone, which is ``now``'s; at the ends of time as it was sent."""
    try:
        return at.astimezone(now.tzinfo)
    except (OverflowError, ValueError):
        return at

"""Points in time as people read them: the time of day, with the date if it is another day."""

from datetime import datetime, timedelta

_DAY = timedelta(days=1)


def when(at: datetime, now: datetime, *, seconds: bool = False, years: bool = False) -> str:
    """Return ``14:32``; ``11-23 14:32`` if it is not the day of ``now``.

    With ``seconds``, ``14:32:07``; with ``years``, ``2025-11-23 14:32`` if it is not the year of ``now``.
    """
    local = local_time(at, now)
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == now.date():
        return time
    return f"{local:%Y-%m-%d} {time}" if years and local.year != now.year else f"{local:%m-%d} {time}"


def between(start: datetime, end: datetime, now: datetime) -> str:
    """Return ``14:00–14:15``, with the start's date if it is another day, and the end's if it is 24 hours or more
    later.

    A shift that ends at midnight or the next morning needs no date at its end.
    """
    last = local_time(end, now)
    return f"{when(start, now)}–{last:%H:%M}" if end - start < _DAY else f"{when(start, now)}–{last:%m-%d %H:%M}"


def local_time(at: datetime, now: datetime) -> datetime:
    """Return ``at`` in the floor's zone, which is ``now``'s; unchanged at the limits of datetime."""
    try:
        return at.astimezone(now.tzinfo)
    except (OverflowError, ValueError):
        return at

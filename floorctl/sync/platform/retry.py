"""Reading the Retry-After header of a platform that answers "not now".

A date in it is compared with the Date header of the same answer: this machine's clock may be a day off.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: Longest wait, in seconds, that a Retry-After is followed for: a platform that says "next year" is asked in an hour.
LONGEST_RETRY_AFTER = 3600.0

_SECONDS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
#: A date in one of HTTP's forms: the usual one, that of RFC 850, that of C; each begins with a day's name.
_DATE = re.compile(r"[A-Z][a-z]{2,8},? .*?(?:GMT|UTC|[+-][0-9]{4}|[0-9]{4}(?=\s*(?:,|$)))", re.ASCII)


def retry_after(value: str | None, date: str | None = None, offset: timedelta | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for; None if it is invalid.

    ``date`` is the Date header of the same answer. ``offset`` is how far the platform's clock is known to be ahead of
    this machine's, for an answer without a Date header. If neither is known, a date further off than the longest wait
    indicates an error of this machine's clock rather than a wait, and is invalid. If several times are named, the
    longest counts.
    """
    text = (value or "").strip()
    waits: list[float] = []
    while text:
        if (match := _SECONDS.match(text)) is not None:
            waits.append(float(match.group()))
        elif (match := _DATE.match(text)) is not None and (at := _moment(match.group())) is not None:
            theirs = _moment(date or "") or (None if offset is None else datetime.now(UTC) + offset)
            wait = (at - (theirs or datetime.now(UTC))).total_seconds()
            if theirs is None and abs(wait) > LONGEST_RETRY_AFTER:
                return None
            waits.append(wait)
        else:
            return None
        rest = text[match.end() :].lstrip()
        if rest and not rest.startswith(","):
            return None
        text = rest.lstrip(", ")
    return min(max(*waits, 0.0), LONGEST_RETRY_AFTER) if waits else None


def _moment(text: str) -> datetime | None:
    """Return the time of an HTTP date, as UTC if it names no zone; None if it is invalid."""
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return None

"""Durations in words, the same in the cockpit, in commands and in documents.

``lasting`` is the general notation: ``45秒``, ``21分``, ``20时44分``, ``3天1时``. Only what is running now (a call, a
wait, a countdown) and lasts under an hour is shown as minutes and seconds. ``duration`` reads all of these.
"""

import re
from datetime import datetime
from functools import lru_cache

from floorctl.i18n import in_each_language, t
from floorctl.text import typed
from floorctl.text.numbers import NOTHING, whole

_HOUR = 3600
_DAY = 86_400
#: Durations under 100 days (s) among which is the widest text of each function of this module: for widths of columns.
WIDEST = (_HOUR - 1.0, _DAY - 1.0, 100 * _DAY - 1.0)
#: The units: seconds, and the catalogue key of their other names.
_UNITS = {"s": (1, "seconds"), "m": (60, "minutes"), "h": (_HOUR, "hours"), "d": (_DAY, "days")}
#: ``90s``, ``12h``: one number and one unit.
_SHORT = re.compile(rf"(\d+)([{''.join(_UNITS)}])", re.ASCII)


def duration(text: str) -> float:
    """Return the seconds in ``text``: ``90s``, ``10m``, ``1h30m``, words of either language, or any notation of this
    module.

    Raises:
        ValueError: it is not a duration.
    """
    if short := _SHORT.fullmatch(text):  # most configurations have no other, and need no language's words read
        return int(short[1]) * _UNITS[short[2]][0]
    units, part = _notation()
    meant = typed.number(text).casefold()
    parts = part.findall(meant)
    if not parts or part.sub("", meant).strip():
        raise ValueError(text)
    return sum(_seconds(number, units[unit]) for number, unit in parts)


@lru_cache(maxsize=1)
def _notation() -> tuple[dict[str, int], re.Pattern[str]]:
    """Return all words for units with their seconds, and the pattern of a number followed by such a word.

    Before minutes the number may be ``4:12``, the notation of ``countdown``.
    """
    units = {short: seconds for short, (seconds, _) in _UNITS.items()}
    for seconds, name in _UNITS.values():
        for words in in_each_language(f"duration.words.{name}"):
            units |= dict.fromkeys(words.split("|"), seconds)
    words = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    minutes = "|".join(re.escape(word) for word, seconds in units.items() if seconds == _UNITS["m"][0])
    return units, re.compile(rf"(\d+(?:\.\d+)?|\d+:[0-5]\d(?=\s*(?:{minutes})))\s*({words})", re.ASCII)


def _seconds(number: str, unit: int) -> float:
    """Return the seconds in ``2.5`` of a unit, or in ``4:12`` (minutes and seconds)."""
    whole, _, seconds = number.partition(":")
    return float(whole) * unit + float(seconds or 0)


def lasting(seconds: float) -> str:
    """Return ``45秒``, ``21分``, ``20时44分`` or ``3天1时``; negative durations with a minus."""
    sign, whole = _parts(seconds)
    if whole < 60:
        return sign + t("duration.seconds", s=whole)
    if whole < _HOUR:
        return sign + t("duration.minutes", m=whole // 60)
    if whole < _DAY:
        return sign + t("duration.hours", h=whole // _HOUR, m=whole // 60 % 60)
    return sign + t("duration.days", d=whole // _DAY, h=whole // _HOUR % 24)


def exact(seconds: float) -> str:
    """Return ``lasting``, but under an hour exact to the second (``3分34秒``): for ages and lengths."""
    sign, whole = _parts(seconds)
    if 60 <= whole < _HOUR:
        return sign + t("duration.exact", m=whole // 60, s=whole % 60)
    return lasting(seconds)


def mean_time(seconds: float | None) -> str:
    """Return a mean of durations as ``exact`` does, rounded half up to whole seconds; ``—`` where there is none."""
    return NOTHING if seconds is None else exact(whole(seconds))


def running(seconds: float) -> str:
    """Return ``3:12`` under an hour, then ``lasting``: for a running call or wait whose label says what runs."""
    sign, whole = _parts(seconds)
    return f"{sign}{whole // 60}:{whole % 60:02}" if whole < _HOUR else lasting(seconds)


def countdown(seconds: float) -> str:
    """Return ``running`` with its unit (``4:12分``): for the time left until a limit, or since it was missed."""
    return t("duration.countdown", time=running(seconds)) if _parts(seconds)[1] < _HOUR else lasting(seconds)


def time_left_words(due_at: datetime, now: datetime) -> str:
    """Return ``剩 4:12分``: the time left until a step is due; ``已超 4:12分``: the time since it was."""
    left = (due_at - now).total_seconds()
    return t("alerts.late", ago=countdown(-left)) if left < 0 else t("alerts.left", left=countdown(left))


def clock_words(due: datetime | None, now: datetime) -> str:
    """Return ``剩21分``, or ``已超21分`` past ``due``; empty where there is no clock."""
    if due is None:
        return ""
    left = (due - now).total_seconds()
    return t("stuck.left" if left >= 0 else "stuck.over", time=lasting(abs(left)))


def next_dispatch_words(left: float) -> str:
    """Return ``(最短剩 21分)`` for the seconds left of the most urgent dispatch; ``(最久已超 21分)`` if it is late."""
    return t("ui.counts.shortest", left=lasting(left)) if left >= 0 else t("ui.counts.late", ago=lasting(-left))


def _parts(seconds: float) -> tuple[str, int]:
    whole = int(abs(seconds))
    return "-" if seconds < 0 and whole else "", whole

"""Durations as people read them, the same in the cockpit, by command and in documents.

``lasting`` is the notation of everything: ``45秒``, ``21分``, ``20时44分``, ``3天1时``. Only what is running at this
moment, and only under an hour, is shown as minutes and seconds: a call, a wait, a countdown.
"""

from floorctl.i18n import t

_HOUR = 3600
_DAY = 86_400


def lasting(seconds: float) -> str:
    """``45秒``, ``21分``, ``20时44分``, ``3天1时``; what is past carries a minus."""
    sign, whole = _parts(seconds)
    if whole < 60:
        return sign + t("duration.seconds", s=whole)
    if whole < _HOUR:
        return sign + t("duration.minutes", m=whole // 60)
    if whole < _DAY:
        return sign + t("duration.hours", h=whole // _HOUR, m=whole // 60 % 60)
    return sign + t("duration.days", d=whole // _DAY, h=whole // _HOUR % 24)


def exact(seconds: float) -> str:
    """``lasting``, but under an hour to the second (``3分34秒``): for means, ages and lengths."""
    sign, whole = _parts(seconds)
    if 60 <= whole < _HOUR:
        return sign + t("duration.exact", m=whole // 60, s=whole % 60)
    return lasting(seconds)


def running(seconds: float) -> str:
    """``3:12`` under an hour, then ``lasting``: for a call or a wait that goes on, where its name says what runs."""
    sign, whole = _parts(seconds)
    return f"{sign}{whole // 60}:{whole % 60:02}" if whole < _HOUR else lasting(seconds)


def countdown(seconds: float) -> str:
    """``running`` with its unit (``4:12分``): for what is left of a limit, and by how much it was missed."""
    return t("duration.countdown", time=running(seconds)) if _parts(seconds)[1] < _HOUR else lasting(seconds)


def _parts(seconds: float) -> tuple[str, int]:
    whole = int(abs(seconds))
    return "-" if seconds < 0 and whole else "", whole

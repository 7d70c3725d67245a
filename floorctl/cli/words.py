"""Conversions between values and their texts: times, durations, rates, choices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from floorctl.errors import UsageError
from floorctl.i18n import t, term
from floorctl.text import typed
from floorctl.text.durations import duration
from floorctl.text.numbers import NOTHING
from floorctl.text.times import when

_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def moment(at: datetime | None, now: datetime) -> str:
    """Return the time of day, with the date where that is not today's; ``NOTHING`` for None."""
    return NOTHING if at is None else when(at, now, years=True)


def span(text: str, option: str) -> float:
    """The seconds in ``2h``, ``30m``, ``1h30m`` and other forms (see ``floorctl.text.durations``).

    Raises:
        UsageError: it is not a duration; the message names ``option``.
    """
    try:
        return duration(text)
    except (ValueError, OverflowError) as error:
        raise UsageError("error.not_a_duration", option=option, value=text) from error


def day_of(text: str, option: str) -> date:
    """The day in ``2026-03-05`` or another form of it (see ``floorctl.text.typed.day``).

    Raises:
        UsageError: it is not a day, or its year is out of range (see ``within_reach``).
    """
    try:
        day = typed.day(text)
    except ValueError as error:
        raise UsageError("error.not_a_day", option=option, value=text) from error
    return within_reach(day, option, text)


def within_reach(day: date, option: str, text: str) -> date:
    """Return ``day`` if its year is from 1900 to 2999, so that times near it can be computed.

    Raises:
        UsageError: the year is out of range.
    """
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UsageError("error.day_too_far", option=option, value=text)
    return day


def chosen(given: Sequence[str] | None, area: str, known: Sequence[str], option: str) -> tuple[str, ...]:
    """The values of an option that may be given several times or with commas, as values or as their terms.

    Raises:
        UsageError: one is neither; the message lists the known ones.
    """
    by_word = {typed.folded(word_of(area, each)): each for each in known}
    by_word |= {typed.folded(each): each for each in known}
    values = []
    for word in typed.parts(given or ()):
        if word.casefold() not in by_word:
            raise UsageError("error.no_such_choice", option=option, value=word, known=words_of(area, known))
        values.append(by_word[word.casefold()])
    return tuple(dict.fromkeys(values))


def word_of(area: str, value: str) -> str:
    """The term for one value of an option; a ``-`` in front, for reverse order, is kept."""
    return f"-{term(area, value[1:])}" if value.startswith("-") else term(area, value)


def words_of(area: str, known: Sequence[str]) -> str:
    """The terms for an option's values, which it accepts like the values themselves."""
    return t("cli.list_comma").join(word_of(area, each) for each in known if not each.startswith("-"))


def one_of(given: str, area: str, known: Sequence[str], option: str) -> str:
    """The one value given (see ``chosen``).

    Raises:
        UsageError: it is not one of the known ones, or there are several.
    """
    values = chosen([given], area, known, option)
    if len(values) != 1:
        raise UsageError("error.no_such_choice", option=option, value=given, known=words_of(area, known))
    return values[0]


def at_most(value: int, most: int, option: str) -> int:
    """Return ``value`` if it is not above ``most``.

    Raises:
        UsageError: it is.
    """
    if value > most:
        raise UsageError("error.too_large", option=option, value=value, most=most)
    return value


def at_least(value: int, least: int, option: str) -> int:
    """Return ``value`` if it is not below ``least``.

    Raises:
        UsageError: it is.
    """
    if value < least:
        raise UsageError("error.too_small", option=option, value=value, least=least)
    return value

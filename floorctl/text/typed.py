"""Input of a person (a number, name, id, day or choice), normalised for comparison and parsing.

Input methods write full-width digits, colons and dashes; pasted text contains blanks, invisible characters and trailing
punctuation. None of it is intended. The platform's values are normalised for comparison only, never stored so. Not for
texts that people write for people (notes, reasons, messages), nor for passwords.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from unicodedata import normalize

#: Invisible characters: soft hyphens, zero-width characters, directions, byte order marks, variation selectors, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
#: Characters that input methods and word processors write for ``-``; and a blank that Python does not count as one.
_SAME_AS = str.maketrans(dict.fromkeys("‐‑‒–—―−⁃─━﹘", "-") | {"⠀": " "})
#: Separators of the items of a list.
_BETWEEN = re.compile(r"[,、;\n\r\t]+")
_AT_THE_END = ",、;。."
#: Minimal similarity at which one word may be a typing error of another.
_LIKE = 0.6
_LONGEST_ORDINAL = 18
_BLANKS_OR_DASHES = re.compile(r"[ -]+")
_DAY = re.compile(r"(\d{4})(?:([-/.])(\d\d?)\2(\d\d?)|(\d\d)(\d\d))", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d\d?)|(\d\d))", re.ASCII)
#: A time of day; and a text that ends with one (the hour may have one digit).
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?", re.ASCII)
_DAY_AND_CLOCK = re.compile(r"(.*[^\d:])(\d\d?:[\d:]+)", re.ASCII)
#: The characters for year, month and day, each following a number of a date.
_CALENDAR = {0x5E74: "-", 0x6708: "-", 0x65E5: ""}


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return ``text`` normalised: narrow forms, no invisible characters, single blanks between words only."""
    if not text.isascii():
        text = _UNSEEN.sub("", normalize("NFKC", text)).translate(_SAME_AS)
    return " ".join(text.split())


def folded(text: str) -> str:
    """Return ``text`` in the form for filters: ``plain`` and case-folded."""
    return plain(text).casefold()


def words(text: str) -> list[str]:
    """Return the words by which a list is filtered."""
    return folded(text).split()


def contains(text: str, wanted: Iterable[str]) -> bool:
    """Return whether ``text`` contains each of ``wanted``, which ``words`` has returned."""
    text = folded(text)
    return all(word in text for word in wanted)


def same(typed: str, name: str) -> bool:
    """Return whether ``typed`` means ``name``."""
    return typed == name or plain(typed) == plain(name)


def like(word: str, known: Iterable[str]) -> str | None:
    """Return the one of ``known`` that is most similar to ``word``; None if none is similar enough."""
    import difflib

    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=_LIKE)
    return near[0] if near else None


def compact(text: str) -> str:
    """Return a number without the blanks and dashes between its digits; any other text as ``plain``."""
    text = plain(text).rstrip(_AT_THE_END)
    joined = _BLANKS_OR_DASHES.sub("", text)
    return joined if joined.isdigit() else text


def parts(texts: Iterable[str]) -> list[str]:
    """Return the items of ``texts``, each of which may contain several, separated by commas or line breaks."""
    items = (plain(part) for text in texts for part in _BETWEEN.split(normalize("NFKC", text)))
    return [part for part in items if part]


def number(text: str) -> str:
    """Return ``text`` ready to be parsed as a number: Chinese input methods write the decimal point as a full stop."""
    return plain(text).replace("。", ".").rstrip(",、;")


def ordinal(text: str) -> int | None:
    """Return the ordinal number that ``text`` is; None if it is none, or longer than any list's."""
    meant = compact(text)
    return int(meant) if meant.isascii() and meant.isdigit() and len(meant) <= _LONGEST_ORDINAL else None


def day(text: str) -> date:
    """Return the day in ``2026-03-05``, ``2026/3/5``, ``2026年3月5日`` or ``20260305``.

    Raises:
        ValueError: it is not a day.
    """
    year, month, at = _numbers(_DAY, _date(text))
    return date(year, month, at)


def first_of_month(text: str) -> date:
    """Return the first day of the month in ``2026-03``, ``2026/3``, ``2026年3月`` or ``202603``.

    Raises:
        ValueError: it is not a month.
    """
    year, month = _numbers(_MONTH, _date(text))
    return date(year, month, 1)


def clock(text: str) -> time:
    """Return the time of day in ``9:00``, ``09:00`` or ``09:00:30``.

    Raises:
        ValueError: it is not a time of day.
    """
    hour, minute, second = [*_numbers(_CLOCK, number(text)), 0][:3]
    return time(hour, minute, second)


def moment(text: str) -> datetime:
    """Return the point in time in ``2026-03-05 17:00``, with a day as in ``day``, or in any form of ISO 8601.

    Raises:
        ValueError: it is not a point in time.
    """
    meant = number(text)
    try:
        return datetime.fromisoformat(meant)
    except ValueError:
        match = _DAY_AND_CLOCK.fullmatch(meant)
        if match is None:
            return datetime.combine(day(meant), time())
        return datetime.combine(day(match[1].removesuffix("T")), clock(match[2]))


def _numbers(form: re.Pattern[str], text: str) -> list[int]:
    """Return the numbers in ``text``, which must match ``form``."""
    match = form.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return [int(digits) for digits in match.groups() if digits and digits.isdigit()]


def _date(text: str) -> str:
    meant = number(text)
    written = meant.translate(_CALENDAR)
    return meant if written == meant else written.replace(" ", "").rstrip("-")

"""What a person types as a number, a name, an id, a day or a choice, in the one form in which it is compared and read.

Input methods write full-width digits, colons and dashes; what is pasted brings blanks, marks that nobody sees and
punctuation at its end. None of it is meant. What the platform sends stays as it is: the same form of it is made to
compare, never to keep. Texts that people write for people (notes, reasons, messages) and passwords are not for this
module.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from unicodedata import normalize

#: Marks that nobody sees: soft hyphens, zero-width characters, directions, byte order marks, variation selectors, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
#: What input methods and text programs write where a keyboard has ``-``; and a blank that is no white space to Python.
_SAME_AS = str.maketrans(dict.fromkeys("‐‑‒–—―−⁃─━﹘", "-") | {"⠀": " "})
#: What stands between the items of a list.
_BETWEEN = re.compile(r"[,、;\n\r\t]+")
_AT_THE_END = ",、;。."
#: From here on two words are so alike that one may be a slip of the other.
_LIKE = 0.6
_LONGEST_ORDINAL = 18
_BLANKS_OR_DASHES = re.compile(r"[ -]+")
_DAY = re.compile(r"(\d{4})(?:([-/.])(\d\d?)\2(\d\d?)|(\d\d)(\d\d))", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d\d?)|(\d\d))", re.ASCII)
#: A time of day, and at the end of a text what may be one; the hour need not have two digits.
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?", re.ASCII)
_DAY_AND_CLOCK = re.compile(r"(.*[^\d:])(\d\d?:[\d:]+)", re.ASCII)
#: The characters for year, month and day, which stand behind each number of a date.
_CALENDAR = {0x5E74: "-", 0x6708: "-", 0x65E5: ""}


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """``text`` as it was meant: narrow forms, nothing unseen in it, one blank between words and none around them."""
    if not text.isascii():
        text = _UNSEEN.sub("", normalize("NFKC", text)).translate(_SAME_AS)
    return " ".join(text.split())


def folded(text: str) -> str:
    """``text`` as lists are filtered: as ``plain``, upper and lower case the same."""
    return plain(text).casefold()


def words(text: str) -> list[str]:
    """The words by which a list is filtered."""
    return folded(text).split()


def same(typed: str, name: str) -> bool:
    """Whether ``typed`` is meant to be ``name``."""
    return typed == name or plain(typed) == plain(name)


def like(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that ``word`` may be a slip of; None where none is like it."""
    import difflib

    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=_LIKE)
    return near[0] if near else None


def compact(text: str) -> str:
    """A number without the blanks and dashes that part its digits for the eye; anything else as ``plain`` has it."""
    text = plain(text).rstrip(_AT_THE_END)
    joined = _BLANKS_OR_DASHES.sub("", text)
    return joined if joined.isdigit() else text


def parts(texts: Iterable[str]) -> list[str]:
    """The items of lists, each of which may be one item or several with commas or line breaks between them."""
    found = (plain(each) for text in texts for each in _BETWEEN.split(normalize("NFKC", text)))
    return [each for each in found if each]


def number(text: str) -> str:
    """A number as it is read: with the decimal point that Chinese input methods write as a full stop."""
    return plain(text).replace("。", ".").rstrip(",、;")


def ordinal(text: str) -> int | None:
    """The number in a list that ``text`` is; None where it is none, or longer than any list."""
    meant = compact(text)
    return int(meant) if meant.isascii() and meant.isdigit() and len(meant) <= _LONGEST_ORDINAL else None


def day(text: str) -> date:
    """The day in ``2026-03-05``, ``2026/3/5``, ``2026年3月5日`` or ``20260305``.

    Raises:
        ValueError: it is none.
    """
    year, month, at = _numbers(_DAY, _date(text))
    return date(year, month, at)


def first_of_month(text: str) -> date:
    """The first day of the month in ``2026-03``, ``2026/3``, ``2026年3月`` or ``202603``.

    Raises:
        ValueError: it is none.
    """
    year, month = _numbers(_MONTH, _date(text))
    return date(year, month, 1)


def clock(text: str) -> time:
    """The time of day in ``9:00``, ``09:00`` or ``09:00:30``.

    Raises:
        ValueError: it is none.
    """
    hour, minute, second = [*_numbers(_CLOCK, number(text)), 0][:3]
    return time(hour, minute, second)


def moment(text: str) -> datetime:
    """The point in time in ``2026-03-05 17:00``, with a day as ``day`` has it, or in any form of ISO 8601.

    Raises:
        ValueError: it is none.
    """
    meant = number(text)
    try:
        return datetime.fromisoformat(meant)
    except ValueError:
        found = _DAY_AND_CLOCK.fullmatch(meant)
        if found is None:
            return datetime.combine(day(meant), time())
        return datetime.combine(day(found[1].removesuffix("T")), clock(found[2]))


def _numbers(form: re.Pattern[str], text: str) -> list[int]:
    """The numbers in ``text``, which has this form."""
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return [int(each) for each in found.groups() if each and each.isdigit()]


def _date(text: str) -> str:
    meant = number(text)
    written = meant.translate(_CALENDAR)
    return meant if written == meant else written.replace(" ", "").rstrip("-")

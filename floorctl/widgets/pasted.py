"""Conversion of pasted text to one line, with what was left out of it."""

import re
from functools import lru_cache

import msgspec

from floorctl.text.safe import only_looks, visible

#: All line separators, the same as those of ``str.splitlines``.
_ENDS = "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_BREAKS = re.compile(f"[{_ENDS}]+")


class Pasted(msgspec.Struct, frozen=True):
    """A paste split into what goes into the line and what does not."""

    text: str
    #: The text that did not fit.
    rest: str = ""
    #: Number of invisible characters that were left out.
    hidden: int = 0


def without_ends(text: str) -> str:
    """Return ``text`` without leading and trailing line breaks, which copying often adds."""
    return text.strip(_ENDS)


def in_one_line(text: str, room: int) -> Pasted:
    """Return ``text`` as one line: a blank for each run of line breaks and for each tab, no invisible characters.

    The line has at most ``room`` characters; the others are in ``rest``.
    """
    joined = _BREAKS.sub(" ", text.strip(_ENDS)).replace("\t", " ")
    shown = {ord(char): typed(char) for char in set(joined)}
    # Count per distinct character, so that a very long paste does not block the screen.
    hidden = sum(joined.count(chr(code)) for code, to in shown.items() if not to and not only_looks(chr(code)))
    line = joined.translate(shown)
    return Pasted(line[:room], line[room:], hidden)


@lru_cache(maxsize=4096)
def typed(char: str) -> str:
    """Return ``char`` for a line of text: itself, the letter that it stands for, or "".

    A character that only changes the look of the one before it is dropped: terminals disagree on the resulting width.
    """
    shown = visible(char)
    is_letter_of_flag = len(shown) == 1 and shown.isascii()
    return shown if shown == char or is_letter_of_flag else ""

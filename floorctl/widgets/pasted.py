"""What is pasted into a line: several lines become one, and of what does not go in, how much is said."""

import re
from dataclasses import dataclass
from functools import lru_cache

from floorctl.text.safe import only_looks, visible

#: Everything that begins another line anywhere: ``str.splitlines`` knows the same ones.
_ENDS = "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_BREAKS = re.compile(f"[{_ENDS}]+")


@dataclass(frozen=True)
class Pasted:
    """What of a paste stands in the line, and what does not."""

    text: str
    #: What did not fit behind it.
    rest: str = ""
    #: How many characters can't be shown and were left out.
    hidden: int = 0


def without_ends(text: str) -> str:
    """``text`` without the line breaks before and behind it, which come along when something is copied."""
    return text.strip(_ENDS)


def in_one_line(text: str, room: int) -> Pasted:
    """``text`` as a line can hold it: a blank for each run of line breaks and for each tab, nothing that hides.

    At most ``room`` characters; what is longer comes back as the ``rest``.
    """
    joined = _BREAKS.sub(" ", text.strip(_ENDS)).replace("\t", " ")
    shown = {ord(char): typed(char) for char in set(joined)}
    # By kind of character, not by character: a pasted book must not stop the screen.
    hidden = sum(joined.count(chr(code)) for code, to in shown.items() if not to and not only_looks(chr(code)))
    line = joined.translate(shown)
    return Pasted(line[:room], line[room:], hidden)


@lru_cache(maxsize=4096)
def typed(char: str) -> str:
    """``char`` as it stands in a line of text: itself, the letter that it means, or nothing.

    What only says how the character before it looks is nothing: terminals don't agree on the width that it gives.
    """
    shown = visible(char)
    is_letter_of_flag = len(shown) == 1 and shown.isascii()
    return shown if shown == char or is_letter_of_flag else ""

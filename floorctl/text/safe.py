"""Text from outside, made safe for a terminal and measured in cells; all strings of the platform pass here."""

import re
from functools import lru_cache
from unicodedata import category

from rich.cells import cell_len, set_cell_size

# Controls, formats (bidi overrides, zero-width marks, tags), surrogates, private use, unassigned, line and paragraph
# separators: none of them may reach a terminal unescaped.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Joins two emoji into one picture; elsewhere it is spelled out like other hidden characters.
_ZWJ = "\u200d"
#: Change the look of the preceding character: variation selectors and the keycap.
_LOOKS = frozenset("\ufe0e\ufe0f\u20e3")
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_SPACES = re.compile(" {2,}")
#: Shown for a figure that other figures contradict; a plain — means that there is no value.
CONTRADICTED = "—?"
#: Two of them form a flag.
_FLAG_LETTERS = {chr(0x1F1E6 + at): chr(ord("A") + at) for at in range(26)}
#: Terminals disagree on the width of text with any of these.
_DISPUTED = frozenset({_ZWJ, *_LOOKS, *_SKIN_TONES, *_FLAG_LETTERS})
_PICTURES = ("So", "Mn", "Sk")
_CONTROL_PICTURES = 0x2400


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    code = ord(char)
    if category(char) not in _HIDDEN:
        return char
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return "␡"
    return f"<{code:04X}>"


def visible(value: object, *, keep_newlines: bool = False) -> str:
    """Return ``value`` as one line of plain text with every invisible character spelled out.

    Control characters become their pictures (ESC → ␛), others their code (U+202E → <202E>). With ``keep_newlines``,
    line feeds stay, for text on several lines. The result can be shown, logged and searched; it is not markup.

    Emoji sequences that only some terminals join are split, flags become their two letters: every terminal gives the
    result the same width, so that text after it stays aligned.
    """
    raw = value if isinstance(value, str) else str(value)
    if raw.isascii() and raw.isprintable():
        return raw
    if keep_newlines:
        return "\n".join(visible(line) for line in raw.replace("\r\n", "\n").split("\n"))
    if _DISPUTED.isdisjoint(raw):
        return "".join(map(_shown, raw))
    return "".join(_undisputed(raw, at) for at in range(len(raw)))


def _undisputed(raw: str, at: int) -> str:
    char = raw[at]
    if char in _FLAG_LETTERS:
        return _FLAG_LETTERS[char]
    before, behind = raw[at - 1 : at] if at else "", raw[at + 1 : at + 2]
    if char == _ZWJ:
        return "" if _is_picture(before) and _is_picture(behind) else _shown(char)
    if char in _LOOKS and before and category(before) not in _HIDDEN:
        return ""
    if char in _SKIN_TONES and _is_picture(before):
        return ""
    return f"<{ord(char):04X}>" if char in _DISPUTED else _shown(char)


def _is_picture(char: str) -> bool:
    return bool(char) and category(char) in _PICTURES and char not in _FLAG_LETTERS


def only_looks(char: str) -> bool:
    """Return whether ``char`` only changes the look of a character beside it: a text loses nothing without it."""
    return char == _ZWJ or char in _LOOKS or char in _SKIN_TONES


def apart(words: str) -> str:
    """Return ``words`` with runs of spaces replaced by `` · ``, for a page that collapses spaces."""
    return _SPACES.sub(" · ", words.strip())


def fit(value: str, width: int, *, ellipsis: str = "…") -> str:
    """Return ``value`` cut or padded to exactly ``width`` terminal cells (a Chinese character is two)."""
    if cell_len(value) <= width:
        return set_cell_size(value, width)
    return set_cell_size(cut(value, width, ellipsis=ellipsis), width)


def cut(value: str, width: int, *, ellipsis: str = "…") -> str:
    """Return ``value`` in at most ``width`` cells, ending in ``ellipsis`` if something was cut off."""
    if width <= 0:
        return ""
    if cell_len(value) <= width:
        return value
    if value[-1:] == " " and cell_len(shown := value.rstrip(" ")) <= width:
        return shown  # only blanks were cut off
    room = width - cell_len(ellipsis)
    if room <= 0:
        return set_cell_size(value, width).rstrip(" ")
    kept = set_cell_size(value, room).rstrip(" ")
    if kept[-1:].isdigit() and value[len(kept) : len(kept) + 1].isdigit():
        # Part of a number is a different number: drop it completely, unless nothing else is left.
        kept = kept.rstrip("0123456789").rstrip(" ") or kept
    return kept + ellipsis

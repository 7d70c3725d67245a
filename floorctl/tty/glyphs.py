"""Replacements for ambiguous characters on terminals that draw them two cells wide.

A terminal may draw "East Asian ambiguous" characters (``○``, ``│``, ``…``) in one cell or two; all widths here are
computed with one. Where it draws two, every row with such a character is too long. ``safe`` replaces each of them, and
the program's other symbols, by an ASCII character, so that the layout for one cell is kept.
"""

import os
from unicodedata import category, combining, east_asian_width, normalize

#: Replacement of last resort, as terminals draw for missing characters.
_OTHER = "?"

#: Signs distinguished by their look: no two of one group have the same replacement (``tests/tty/test_glyphs.py``).
_SIGNS = {
    # seats
    "○": "o", "◎": "@", "●": "*", "◍": "=", "▷": ")", "◐": "%", "◇": "-", "⇄": "x",
    # how bad, how late, how it went
    "‼": "!", "⚠": "!", "▲": "^", "▼": "v", "✓": "+", "✗": "x", "✕": "x", "≠": "!", "◌": "~", "‖": "=", "✎": "/",
    # lists
    "▌": ">", "▐": "#", "◆": "#", "▸": ">", "▾": "v", "▶": ">", "□": "o", "☐": "o", "☑": "+", "■": "#",
    "▪": "#", "•": "*",
    # arrows and keys
    "←": "<", "→": ">", "↑": "^", "↓": "v", "↳": "L", "↩": "<", "↵": "<", "⌫": "<", "⏎": "<", "⇥": ">",
    # in words and figures
    "·": ".", "…": "~", "—": "-", "–": "-", "―": "-", "−": "-", "×": "x", "÷": "/", "≈": "~", "≤": "<", "≥": ">",
    "±": "+", "‰": "%", "°": "o", "‘": "'", "’": "'", "“": '"', "”": '"', "‹": "<", "›": ">", "«": "<", "»": ">",
    "⌊": "[", "⌋": "]", "¿": "?", "¡": "!", "¨": '"', "´": "'", "¸": ",", "¦": "|", "¶": "P", "§": "S",
    "\xad": "-", "€": "E", "†": "+", "‡": "+", "※": "*", "★": "*", "☆": "o", "△": "^", "▽": "v", "∶": ":", "∼": "~",
    "∞": "8", "℃": "C", "℉": "F", "№": "#", "‧": ".", "′": "'", "″": '"', "‵": "'", "‐": "-", "‥": ":", "⇒": ">",
    "⇔": "=", "↔": "=", "↕": "I", "®": "R", "™": "T", "√": "v", "∑": "E", "∏": "P", "∫": "S", "⊙": "@",
    "☎": "T", "☏": "T", "♂": "m", "♀": "f", "\ufffd": "?",
    # heights and shares: from little to much
    "▁": ".", "▂": ":", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
    "░": ".", "▒": ":", "▓": "%", "▀": '"', "▔": '"', "▕": "|",
}  # fmt: skip
#: Letters that look or sound like an ASCII letter; accented letters are resolved by removing the accent.
_LETTERS = {
    **dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "ABGDEZHQIKLMNXOPRSTYFCPO", strict=True)),
    **dict(zip("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ", "ABVGDEEJZIIKLMNOPRSTUFHCCSS'Y'EUA", strict=True)),
    **dict(zip("ÆÐĐØÞŁŊŒĦĲĿŦ", "ADDOTLNOHILT", strict=True)),
    **dict(zip("ßıĸŉɑɡς", "siknags", strict=True)),
}


class _Safe(dict[int, str]):
    """Table for ``str.translate`` from character to replacement, filled on demand."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _in_place_of(chr(code))
        return found


_safe = _Safe()


def safe(text: str) -> str:
    """Return ``text`` for a terminal with two-cell ambiguous characters. Escape sequences are kept."""
    return text if text.isascii() else text.translate(_safe)


def _in_place_of(char: str) -> str:
    """Return a character of the same width that is not ambiguous; ``char`` itself if it is not ambiguous."""
    if char.isascii():
        return char
    if sign := _SIGNS.get(char):
        return sign
    if "\u2500" <= char <= "\u257f":
        return _line(char)
    if "\u2580" <= char <= "\u259f":
        return "|" if "\u2589" <= char <= "\u258f" else "#"
    if "\u2800" <= char <= "\u28ff":
        return " .:-=+*%#"[(ord(char) - 0x2800).bit_count()]
    if east_asian_width(char) != "A":
        return char  # a letter of any script, or an emoji
    return "" if combining(char) or category(char) in ("Mn", "Cf") else _letter(char)


def _line(char: str) -> str:
    from unicodedata import name

    words = name(char)
    if "VERTICAL" not in words and "UP" not in words and "DOWN" not in words and "DIAGONAL" not in words:
        return "-"
    if "HORIZONTAL" not in words and "LEFT" not in words and "RIGHT" not in words and "ARC" not in words:
        return "|" if "DIAGONAL" not in words else "/"
    return "+"


def _letter(char: str) -> str:
    for each in (char, char.upper()):
        if (found := _LETTERS.get(each)) is not None:
            return found if each is char or char.isupper() else found.lower()
    taken_apart = normalize("NFKD", char)
    first, rest = taken_apart[0], taken_apart[1:]
    if any(not combining(each) for each in rest):
        return _OTHER  # part of a number would be a different number
    if first.isascii() and first.isprintable():
        return first
    return _in_place_of(first) if first != char else _OTHER


def wide_by_environment() -> bool:
    """Return whether the environment says that ambiguous characters are two cells wide on this terminal.

    ``VTE_CJK_WIDTH`` (GNOME's terminals) and ``RUNEWIDTH_EASTASIAN`` (programs in Go) are established variables for it.
    """
    return os.environ.get("VTE_CJK_WIDTH", "").lower() == "wide" or os.environ.get("RUNEWIDTH_EASTASIAN", "") == "1"


def safe_at_first(glyphs: str, encoding: str) -> bool:
    """Return whether output for a terminal of this encoding has to pass ``safe``, before the terminal was queried.

    The cockpit and doctor query it; other commands do not: they would wait for the answer, and lose typed-ahead input.
    """
    return glyphs == "ascii" or (glyphs == "auto" and (wide_by_environment() or not says_all(encoding)))


def says_all(encoding: str) -> bool:
    """Return whether this encoding permits non-ASCII characters of one cell; in GBK two bytes take two cells."""
    return encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")

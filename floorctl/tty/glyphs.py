"""What is drawn on a terminal whose ambiguous characters are two cells wide: nothing that is one of them.

Of "East Asian ambiguous" characters (``○``, ``│``, ``…``) a terminal may make one cell or two; all widths here are
reckoned with one. Where it makes two, every row with one of them is too long. ``safe`` has a character of ASCII for
each of them, and for what else of the program's own is no word, so that what is laid out for one cell takes one.
"""

import os
from unicodedata import category, combining, east_asian_width, normalize

#: Stands for what has nothing better, as a terminal does for what it can't show.
_OTHER = "?"

#: Signs that tell one thing from another: no two of one list are the same (``tests/tty/test_glyphs.py``).
_SIGNS = {
    # seats
    "○": "o", "◎": "@", "●": "*", "◍": "=", "▷": ")", "◐": "%", "◇": "-", "⇄": "x",
    # how bad, how late, how it went
    "‼": "!", "⚠": "!", "▲": "^", "▼": "v", "✓": "+", "✗": "x", "✕": "x", "≠": "!", "◌": "~", "‖": "=", "✎": "/",
    # lists
    "▌": ">", "▐": "#", "◆": "#", "▸": ">", "▾": "v", "▶": ">", "□": "o", "☐": "o", "☑": "+", "■": "#",
    "▪": "#", "•": "*",
    # arrows and keys
    "←": "<", "→": ">", "↑": "^", "↓": "v", "↩": "<", "↵": "<", "⌫": "<", "⏎": "<", "⇥": ">",
    # in words and figures
    "·": ".", "…": "~", "—": "-", "–": "-", "―": "-", "−": "-", "×": "x", "÷": "/", "≈": "~", "≤": "<", "≥": ">",
    "±": "+", "‰": "%", "°": "o", "‘": "'", "’": "'", "“": '"', "”": '"', "‹": "<", "›": ">", "«": "<", "»": ">",
    "⌊": "[", "⌋": "]", "¿": "?", "¡": "!", "¨": '"', "´": "'", "¸": ",", "¦": "|", "¶": "P", "§": "S",
    "\xad": "-", "€": "E", "†": "+", "‡": "+", "※": "*", "★": "*", "☆": "o", "△": "^", "▽": "v", "∶": ":", "∼": "~",
    "∞": "8", "℃": "C", "℉": "F", "№": "#", "‧": ".", "′": "'", "″": '"', "‵": "'", "‐": "-", "‥": ":", "⇒": ">",
    "⇔": "=", "↔": "=", "↕": "I", "®": "R", "™": "T", "√": "v", "∑": "E", "∏": "P", "∫": "S", "⊙": "@",
    "☎": "T", "♂": "m", "♀": "f", "\ufffd": "?",
    # heights and shares: from little to much
    "▁": ".", "▂": ":", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
    "░": ".", "▒": ":", "▓": "%", "▀": '"', "▔": '"', "▕": "|",
}  # fmt: skip
#: Letters that look, or sound, like one of ASCII; what has no accent of its own is found by taking it off.
_LETTERS = {
    **dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "ABGDEZHQIKLMNXOPRSTYFCPO", strict=True)),
    **dict(zip("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ", "ABVGDEEJZIIKLMNOPRSTUFHCCSS'Y'EUA", strict=True)),
    **dict(zip("ÆÐĐØÞŁŊŒĦĲĿŦ", "ADDOTLNOHILT", strict=True)),
    **dict(zip("ßıĸŉɑɡς", "siknags", strict=True)),
}


class _Safe(dict[int, str]):
    """For ``str.translate``: what is drawn in place of a character. It fills itself as characters come."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _in_place_of(chr(code))
        return found


_safe = _Safe()


def safe(text: str) -> str:
    """``text`` for a terminal whose ambiguous characters are two cells wide. Sequences of the terminal stay."""
    return text if text.isascii() else text.translate(_safe)


def _in_place_of(char: str) -> str:
    """One character of the same width that is not ambiguous; ``char`` itself, if it is none."""
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
        return char  # a word of any script, or a picture
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
        return _OTHER  # a part of a number would be another number
    if first.isascii() and first.isprintable():
        return first
    return _in_place_of(first) if first != char else _OTHER


def wide_by_environment() -> bool:
    """Whether the environment says that ambiguous characters are two cells wide on this terminal.

    ``VTE_CJK_WIDTH`` (terminals of GNOME) and ``RUNEWIDTH_EASTASIAN`` (programs in Go) are where people say so already.
    """
    return os.environ.get("VTE_CJK_WIDTH", "").lower() == "wide" or os.environ.get("RUNEWIDTH_EASTASIAN", "") == "1"


def safe_at_first(glyphs: str, encoding: str) -> bool:
    """Whether what is written to a terminal of this encoding is to be ``safe``, before the terminal was asked.

    The cockpit asks it, doctor too; a command does not: it would wait for the answer, and take what was typed ahead.
    """
    return glyphs == "ascii" or (glyphs == "auto" and (wide_by_environment() or not says_all(encoding)))


def says_all(encoding: str) -> bool:
    """Whether a terminal of this encoding can show what is no ASCII in one cell; in GBK two bytes are two cells."""
    return encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")

"""Text from outside, made safe and measured: the one door between strings of the platform and a terminal's cells."""

from functools import lru_cache
from unicodedata import category

from rich.cells import cell_len, set_cell_size

# Controls, formats (bidi overrides, zero-width marks, tags), surrogates, private use, unassigned, line and paragraph
# separators: none of them may reach a terminal as they are.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Joins emoji into one picture; without a picture before and behind it, it is as hidden as the rest.
_ZWJ = "\u200d"
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
    """Return ``value`` as one line of plain text with everything that is not a visible character spelled out.

    Control characters become their pictures (ESC → ␛), others their code (U+202E → <202E>). With ``keep_newlines``,
    line feeds stay, for text shown in several lines. The result can be shown, logged and searched; it is not markup.
    """
    raw = value if isinstance(value, str) else str(value)
    if raw.isascii() and raw.isprintable():
        return raw
    if keep_newlines:
        return "\n".join(visible(line) for line in raw.replace("\r\n", "\n").split("\n"))
    return "".join(char if _joins(raw, at) else _shown(char) for at, char in enumerate(raw))


def _joins(raw: str, at: int) -> bool:
    if raw[at] != _ZWJ:
        return False
    before, behind = raw[at - 1 : at], raw[at + 1 : at + 2]
    return at > 0 and all(part and category(part) in ("So", "Mn", "Sk") for part in (before, behind))


def fit(value: str, width: int, *, ellipsis: str = "…") -> str:
    """Return ``value`` cut or padded to exactly ``width`` terminal cells (a Chinese character is two)."""
    if cell_len(value) <= width:
        return set_cell_size(value, width)
    return set_cell_size(cut(value, width, ellipsis=ellipsis), width)


def cut(value: str, width: int, *, ellipsis: str = "…") -> str:
    """Return ``value`` in at most ``width`` cells, ending in ``ellipsis`` where something was cut off."""
    if width <= 0:
        return ""
    if cell_len(value) <= width:
        return value
    room = width - cell_len(ellipsis)
    if room <= 0:
        return set_cell_size(value, width).rstrip(" ")
    return set_cell_size(value, room).rstrip(" ") + ellipsis

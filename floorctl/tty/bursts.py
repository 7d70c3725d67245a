"""Text that comes as keys, many at once: pasted on a terminal that does not say what is pasted.

Such a terminal (a console, an old multiplexer, a serial line) sends a line break as Enter. Enter sends a note, and what
follows would be keys of the screen beneath it. A hand on a slow line makes bursts too: ``f``, a number, Enter, ``u``.
So of each Enter and Tab it is told what text came right behind it; the line that has the keys knows what it makes of
that. A long text of several lines or many letters, which nobody types at once, is pasted text and never keys.
"""

from collections.abc import Iterator, Sequence
from unicodedata import category

from textual.events import Key, Paste
from textual.message import Message

_BREAKS = frozenset({"\r", "\n"})
#: What belongs to pasted text besides what can be printed.
_IN_TEXT = _BREAKS | frozenset("\t\x0b\x0c\x1c\x1d\x1e")
#: So many characters at once are no keys where they make several lines, or where so many of them are different: a key
#: that is held down is the same one again and again.
_NOBODY_TYPES, _DIFFERENT = 64, 16


class KeyInText(Key):
    """An Enter or a Tab with text before it and ``behind`` it, all at once; ``keys_behind``: how many keys that are.

    ``by_no_hand``: it came with a line feed, which no key for Enter sends.
    """

    def __init__(self, key: Key, behind: str, keys_behind: int, *, by_no_hand: bool) -> None:
        super().__init__(key.key, key.character)
        self.behind = behind
        self.keys_behind = keys_behind
        self.by_no_hand = by_no_hand


KeyInText.handler_name = Key.handler_name  # it is a key to everything that does not ask


def is_text(key: Key) -> bool:
    """Whether the key is a character of text; a wide or a fixed blank is one too, although it can't be seen."""
    char = key.character or ""
    return key.is_printable or (len(char) == 1 and category(char) == "Zs")


def understood(keys: Sequence[Key]) -> Iterator[Message]:
    """``keys``, which were read at once, with each Enter and Tab that stands in text told so."""
    if len(keys) > _NOBODY_TYPES and _is_written_text(keys):
        yield Paste("".join(key.character or "" for key in keys))
        return
    at, before = 0, False
    while at < len(keys):
        key, behind = keys[at], ""
        if before and key.character in _BREAKS | {"\t"}:
            end = at + 1
            while key.character in _BREAKS and end < len(keys) and keys[end].character in _BREAKS:
                end += 1
            behind = _text(keys, end)
        if behind:
            by_no_hand = any(each.character == "\n" for each in keys[at:end])
            yield KeyInText(key, behind, len(keys) - end, by_no_hand=by_no_hand)
            at = end  # line breaks in a row are one
        else:
            yield key
            at += 2 if key.character == "\r" and at + 1 < len(keys) and keys[at + 1].character == "\n" else 1
        before = before or is_text(key)


def _text(keys: Sequence[Key], begin: int) -> str:
    """The text that begins there and goes on until a key that is none."""
    text = ""
    for key in keys[begin:]:
        if not is_text(key):
            break
        text += key.character or ""
    return text


def _is_written_text(keys: Sequence[Key]) -> bool:
    text = [key.character or "" for key in keys]
    if not all(is_text(key) or char in _IN_TEXT for key, char in zip(keys, text, strict=True)):
        return False
    return len({*text}) > _DIFFERENT or any(each in "".join(text).strip() for each in _BREAKS)


def may_go_on(data: bytes) -> bool:
    """Whether what was read may be the first part of a longer text: a full piece, or one that a line break cuts off."""
    return len(data) >= 1024 or (len(data) > 1 and data.endswith((b"\r", b"\n", b"\t")) and b"\x1b" not in data)

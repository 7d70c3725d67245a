"""Bursts of keys: pasted text on a terminal without bracketed paste, or keys that arrive together.

Such a terminal (a console, an old multiplexer, a serial line) sends a line break as Enter. Enter would send a note, and
the rest of the text would act as keys of the screen beneath. But fast typing on a slow line arrives in bursts too:
``f``, a number, Enter, ``u``. So each Enter and Tab carries the text that arrived right behind it, and the focused
input line decides. A long text of several lines or many different letters, which nobody types at once, is treated as
pasted.
"""

from collections.abc import Iterator, Sequence
from unicodedata import category

from textual.events import Key, Paste
from textual.message import Message

_BREAKS = frozenset({"\r", "\n"})
#: Characters of pasted text besides printable ones.
_IN_TEXT = _BREAKS | frozenset("\t\x0b\x0c\x1c\x1d\x1e")
#: More than ``_NOBODY_TYPES`` characters at once are pasted text if they contain a line break or more than
#: ``_DIFFERENT`` different characters: a key held down repeats the same one.
_NOBODY_TYPES, _DIFFERENT = 64, 16


class KeyInText(Key):
    """An Enter or Tab that arrived with text before it and ``behind`` it; ``keys_behind``: the number of keys behind
    it.

    ``by_no_hand``: it included a line feed, which no Enter key sends.
    """

    def __init__(self, key: Key, behind: str, keys_behind: int, *, by_no_hand: bool) -> None:
        super().__init__(key.key, key.character)
        self.behind = behind
        self.keys_behind = keys_behind
        self.by_no_hand = by_no_hand


KeyInText.handler_name = Key.handler_name  # handled like any key by those who do not check


def is_text(key: Key) -> bool:
    """Return whether the key is a character of text, including wide and no-break blanks."""
    char = key.character or ""
    return key.is_printable or (len(char) == 1 and category(char) == "Zs")


def understood(keys: Sequence[Key]) -> Iterator[Message]:
    """Yield ``keys``, which were read at once, with each Enter and Tab within text as ``KeyInText``."""
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
            at = end  # consecutive line breaks count as one
        else:
            yield key
            at += 2 if key.character == "\r" and at + 1 < len(keys) and keys[at + 1].character == "\n" else 1
        before = before or is_text(key)


def _text(keys: Sequence[Key], begin: int) -> str:
    """Return the text from index ``begin`` to the first key that is not text."""
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
    """Return whether more of the same text may follow: a full read, or one that ends with a line break or Tab."""
    return len(data) >= 1024 or (len(data) > 1 and data.endswith((b"\r", b"\n", b"\t")) and b"\x1b" not in data)

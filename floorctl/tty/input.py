"""Parser of terminal input: splits any bytes into keys, pasted text and mouse reports.

Textual's own parser ends the program or invents keys:

- A byte that is not UTF-8 ends its input thread (https://github.com/Textualize/textual/issues/6456), and so does a
  mouse report of the old kind, which contains such bytes (https://github.com/Textualize/textual/issues/6668), and a
  number in a sequence that is not a Unicode character.
- A sequence that is unknown or truncated is emitted as the keys of its characters: in the answer to another program's
  query, ``f`` would open the search and ``3`` the orders. The same happens to a sequence that starts with an 8-bit
  control (C1) in place of Escape and another character.
- Pasted text with an Escape in it becomes keys, and a paste that never ends swallows every key.

Here bytes are first cut into complete sequences. Textual's parser receives only those, and a sequence unknown to it is
ignored. A wrong byte becomes ``\N{REPLACEMENT CHARACTER}``, as text; a letter that is the second byte of a GBK
character is text too, not a key.
"""

import re
from collections.abc import Generator, Iterator

from textual import constants, events
from textual.keys import Keys
from textual.message import Message

from floorctl.tty.bursts import understood
from floorctl.tty.textual_internals import ANSI_SEQUENCES_KEYS, FUNCTIONAL_KEYS, XTermParser

#: Name of a key that is text and has no action: nothing is bound to it.
TEXT_ONLY = "replacement_character"
_WRONG = "\N{REPLACEMENT CHARACTER}"
_ESC, _BEL = 0x1B, 0x07
_PASTE, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
#: Seconds of silence after which an unfinished answer is discarded; answers may arrive slowly.
_ANSWER_DELAY = 0.3
#: Seconds of silence after which an unfinished paste is emitted; after that a single key counts as a key again.
_PASTE_DELAY = 1.0
#: Textual knows no longer sequences (in bytes), except keys that report their text in full.
_LONGEST = 32
_LONGEST_KEY = 2048
#: No screen has more cells, and no pointer is further out.
_MOST_CELLS = 1_000_000
_FURTHEST = 10_000

_TEXT = re.compile(rb"[^\x1b]+")
_CUT_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_OLD_MOUSE = re.compile(rb"\x1b\[M([\x20-\xff]{0,3})")
_SEQUENCE = re.compile(rb"\x1b(?:\[\[(?=[A-E]|\Z)|\[[\x20-\x3f\x80-\xff]*|O[0-9;]*)([\x40-\x7e]?)")
_NUMBERED = re.compile(r"\x1b\[(\d+)(?:;\d+)?~")
_LONG_KEY = re.compile(r"\x1b\[\d{0,7}(?:;[\d:]*){0,2}u")
#: An answer in words: a title, a colour, a version (OSC, DCS, APC). Alt with the key that it begins with does not
#: match.
_ANSWER = re.compile(rb"\x1b(?:\][0-9lL]|P[0-9>!+$=]|_[A-Z])[\x20-\x7e\x80-\xff]*")
_BEGINS_ANSWER = re.compile(rb"\x1b[\]P_]\Z")
#: Any string with a string terminator, whatever its content: no key ends so.
_STRING = re.compile(rb"\x1b[\]P_X^][\x20-\x7e\x80-\xff]*(?:\x07|\x1b\\)")
#: C1 controls (Escape and another character in one): in UTF-8, or as a byte that is not part of a character.
_IN_ONE = re.compile(
    rb"\xc2([\x8f\x90\x98\x9b-\x9f])"
    rb"|(?<![\x80-\xff])(?:(\x9b)(?=[0-9;:<=>?!$ ]+[\x40-\x7e])|(\x9d)(?=[0-9]+;)|(\x90)(?=[0-9>!+$][\x20-\x7e]))"
)
_ONE_KEY = re.compile(rb"[\x00-\x7f]|[\xc2-\xf4][\x80-\xbf]{1,3}|\x1b[^\x1b]{0,7}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
#: How a byte that is not UTF-8 is decoded.
_WRONG_BYTE = re.compile("[\udc80-\udcff]")

#: Yields messages; returns the start of the next piece, or the same position if more input is needed.
_Taken = Generator[Message, None, int]


class TerminalInput:
    """Incremental parser: ``feed`` accepts bytes, ``pause`` reports a silence; both yield the resulting messages.

    Neither raises an exception, whatever the bytes are.
    """

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._kept = b""
        self._paste: list[bytes] | None = None
        self._paste_rests = False
        #: Whether text that is not UTF-8 has been received.
        self.saw_wrong_bytes = False

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which to call ``pause``; None if nothing is pending."""
        if self._paste is not None:
            return None if self._paste_rests else _PASTE_DELAY
        if not self._kept:
            return None
        return _ANSWER_DELAY if _ANSWER.match(self._kept) else constants.ESCAPE_DELAY

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages of ``data``, combined with the bytes kept from before."""
        if self._paste_rests and not self._kept and _ONE_KEY.fullmatch(data) and data != _PASTE_ENDS:
            self._paste = None
        self._paste_rests = False
        data, self._kept = self._kept + data, b""
        if self._paste is None:
            data = _with_escapes(data)
        at = 0
        while at < len(data):
            end = yield from self._take(data, at)
            if end == at:
                self._kept = _shortened(data[at:])
                break
            at = end

    def pause(self) -> Iterator[Message]:
        """End what was begun: nothing came for ``patience`` seconds."""
        kept, self._kept = self._kept, b""
        if self._paste is not None:
            self._paste.append(kept)
            self._paste_rests = True
            yield from self._pasted(ends=False)
        elif not kept.startswith(b"\x1b"):
            yield from self._text(kept)
        elif len(kept) == 2:
            yield from self._alt(kept[1:])  # Alt and the key that a sequence would begin with
        elif not _ANSWER.match(kept):
            yield from self._known(kept)
        if kept.endswith(b"\x1b") and self._paste is None:
            yield events.Key("escape", "\x1b")

    # -- cutting bytes into sequences -----------------------------------------------------------------------------

    # One branch per form of input, in the order in which they are tried.
    def _take(self, data: bytes, at: int) -> _Taken:  # noqa: C901
        if self._paste is not None:
            return (yield from self._take_pasted(data, at, self._paste))
        if data[at] != _ESC:
            return (yield from self._take_text(data, at))
        if at + 1 == len(data) or _BEGINS_ANSWER.match(data, at):
            return at
        if string := _STRING.match(data, at):
            return string.end()
        if old := _OLD_MOUSE.match(data, at):
            return (yield from self._take_old_mouse(old))
        if sequence := _SEQUENCE.match(data, at):
            if not sequence[1] and sequence.end() == len(data):
                return at
            if sequence[0] == _PASTE:
                self._paste = []
            else:
                yield from self._known(sequence[0])
            return sequence.end()
        if answer := _ANSWER.match(data, at):
            return _end_of(answer.end(), data, at)
        following = data[at + 1 : at + 2]
        if following >= b"\x80" or following == b"\x1b":
            yield events.Key("escape", "\x1b")
            return at + 1
        yield from self._alt(following)
        return at + 2

    def _take_pasted(self, data: bytes, at: int, paste: list[bytes]) -> _Taken:
        end = data.find(_PASTE_ENDS, at)
        if end < 0:
            held = next(n for n in range(len(_PASTE_ENDS) - 1, -1, -1) if data.endswith(_PASTE_ENDS[:n], at))
            paste.append(data[at : len(data) - held])
            return len(data) - held
        paste.append(data[at:end])
        yield from self._pasted(ends=True)
        self._paste = None
        return end + len(_PASTE_ENDS)

    def _take_text(self, data: bytes, at: int) -> _Taken:
        text = _TEXT.match(data, at)
        assert text is not None
        end = text.end()
        if end == len(data) and (cut := _CUT_CHARACTER.search(data, max(at, end - 3))):
            end = cut.start()
        if end > at:
            yield from self._text(data[at:end])
        return end

    def _take_old_mouse(self, old: re.Match[bytes]) -> _Taken:
        """Translate the old mouse report (button and position as one byte each) to the form that Textual knows."""
        if len(old[1]) < 3:
            return old.start() if old.end() == len(old.string) else old.end()
        button, x, y = (byte - 0x20 for byte in old[1])
        released = button & 0b11 == 0b11 and button < 0x20  # the report does not say which button
        yield from self._known(b"\x1b[<%d;%d;%d%s" % ((0, x, y, b"m") if released else (button, x, y, b"M")))
        return old.end()

    # -- sequences to messages ------------------------------------------------------------------------------------

    def _pasted(self, *, ends: bool) -> Iterator[Message]:
        data = b"".join(self._paste or ())
        cut = None if ends else _CUT_CHARACTER.search(data, max(0, len(data) - 3))
        self._paste = [data[cut.start() :]] if cut else []
        data = data[: cut.start()] if cut else data
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode(errors="replace")
            self.saw_wrong_bytes = True
        if text := text.replace("\0", ""):
            yield events.Paste(text)

    def _text(self, data: bytes) -> Iterator[Message]:
        text = data.decode(errors="surrogateescape")
        halves: set[int] = set()
        if not text.isascii() and _WRONG_BYTE.search(text):
            self.saw_wrong_bytes = True
            halves = _second_halves(text)
        keys: list[events.Key] = []
        for at, char in enumerate(text):
            if at in halves:
                keys.append(events.Key(TEXT_ONLY, char))
            elif _WRONG_BYTE.match(char):
                keys.append(events.Key(TEXT_ONLY, _WRONG))
            else:
                keys += self._keys(char)
        yield from understood(keys)

    def _alt(self, char: bytes) -> Iterator[Message]:
        text = char.decode(errors="replace")
        yield from self._keys(f"\x1b{text}") or self._keys(text, alt=True)

    def _known(self, data: bytes) -> Iterator[Message]:
        """Yield the messages of a complete sequence according to Textual; nothing if it is unknown to it."""
        if not data.isascii():
            return
        sequence = data.decode()
        if len(sequence) > _LONGEST:
            if len(sequence) <= _LONGEST_KEY and _LONG_KEY.fullmatch(sequence):
                yield from self._keys(sequence)
            return
        numbered = _NUMBERED.fullmatch(sequence)
        if numbered and f"{numbered[1]}~" not in FUNCTIONAL_KEYS:  # Textual would read F19 as the character 33
            names = ANSI_SEQUENCES_KEYS.get(sequence)
            yield from (events.Key(name.value, None) for name in names) if isinstance(names, tuple) else ()
            return
        try:
            found = [*self._parser.feed(sequence)]
        except Exception:  # an invalid character number, or an invalid size before
            self._parser = XTermParser()
            return
        if self._parser._awaiting.timeout is not None:  # the parser waits for more
            self._begin_anew()
        elif all(map(_can_be, found)):
            yield from found
        elif any(isinstance(event, events.Resize) for event in found):
            self._parser = XTermParser()  # the parser would use that size

    def _keys(self, sequence: str, *, alt: bool = False) -> list[events.Key]:
        try:
            found = [*self._parser._sequence_to_key_events(sequence, alt=alt)]
        except Exception:  # an invalid character number
            return []
        return [*filter(_can_be, found)]

    def _begin_anew(self) -> None:
        before, self._parser = self._parser, XTermParser()
        for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
            setattr(self._parser, name, getattr(before, name))


def _with_escapes(data: bytes) -> bytes:
    """Replace each C1 control in ``data`` by Escape and a character; pasted text is not changed."""
    typed, paste, pasted = data.partition(_PASTE)
    return _IN_ONE.sub(lambda found: b"\x1b" + bytes([found[found.lastindex or 0][-1] - 0x40]), typed) + paste + pasted


def _shortened(kept: bytes) -> bytes:
    """Return what to keep of an endless sequence: its kind, and that it is too long."""
    if not kept.startswith(b"\x1b") or len(kept) <= _LONGEST_KEY:
        return kept
    if _ANSWER.match(kept):
        return kept[:3] + (b"\x1b" if kept.endswith(b"\x1b") else b"")
    return kept[:2] + b"0" * (_LONGEST_KEY + 1)


def _end_of(end: int, data: bytes, begin: int) -> int:
    """Return the end of an answer whose words end at ``end``: after its terminator, or where something else begins."""
    if end == len(data) or data[end:] == b"\x1b":
        return begin
    if data[end] == _BEL:
        return end + 1
    return end + 2 if data.startswith(b"\x1b\\", end) else end


def _second_halves(text: str) -> set[int]:
    """Return the indexes of ASCII characters that are second bytes of GBK characters: they are not keys.

    Many two-byte characters of GBK end with a letter, and four-byte ones (GB 18030) contain two digits.
    """
    found: set[int] = set()
    for run in _NOT_ASCII.finditer(text):
        if not _WRONG_BYTE.search(run[0]):
            continue
        after = text[run.end() : run.end() + 2]
        is_half = "@" <= after[:1] <= "~"
        if "0" <= after[:1] <= "9":
            is_half = after[1:] > "\x7f" or run.start() - 1 in found
        if is_half and _ends_with_half(run[0].encode(errors="surrogateescape")):
            found.add(run.end())
    return found


def _ends_with_half(run: bytes) -> bool:
    at = 0
    while at < len(run):
        is_first = 0x80 < run[at] < 0xFF
        if is_first and at + 1 == len(run):
            return True
        at += 2 if is_first and run[at + 1] < 0xFF else 1
    return False


def _can_be(event: Message) -> bool:
    """Return whether a terminal can send this: a valid character, a possible screen size, a position on the screen."""
    if isinstance(event, events.Key):
        is_text = not any("\ud800" <= each <= "\udfff" for each in event.character or "")
        return is_text and event.key != Keys.Ignore
    if isinstance(event, events.Resize):
        return 0 < event.size.area <= _MOST_CELLS
    if isinstance(event, events.MouseEvent):
        return event.x < _FURTHEST and event.y < _FURTHEST
    return True

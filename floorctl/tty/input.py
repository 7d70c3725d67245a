"""What a terminal sends, taken apart into keys, pasted text and reports of the mouse, however wrong it is.

Textual's own way ends the program or makes keys of what nobody pressed:

- A byte that is not UTF-8 ends its input thread (https://github.com/Textualize/textual/issues/6456), and so does a
  mouse report of the old kind, which has such bytes (https://github.com/Textualize/textual/issues/6668). So does a
  number in a sequence that is none of Unicode.
- A sequence that it does not know, or that is cut off, it gives out as the keys that its characters would be: of the
  answer to a question that another program asked, ``f`` would open the search and ``3`` the orders. So it does where
  a terminal says the beginning of a sequence in one character of eight bits and not as Escape and another.
- Pasted text with an Escape in it becomes keys, and a paste that never ends takes every key for itself.

Here bytes are cut into whole sequences first. Textual's parser is given those alone, and what it does not know is
nothing. A wrong byte is ``\N{REPLACEMENT CHARACTER}``, which is text, and so is a letter that is the second byte of a
character in GBK.
"""

import re
from collections.abc import Generator, Iterator

from textual import constants, events
from textual.keys import Keys
from textual.message import Message

from floorctl.tty.bursts import understood
from floorctl.tty.textual_internals import ANSI_SEQUENCES_KEYS, FUNCTIONAL_KEYS, XTermParser

#: The name of a key that is text and never acts: nothing is bound to it.
TEXT_ONLY = "replacement_character"
_WRONG = "\N{REPLACEMENT CHARACTER}"
_ESC, _BEL = 0x1B, 0x07
_PASTE, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
#: Seconds of silence after which an answer that has not ended is given up; it may come slowly.
_ANSWER_DELAY = 0.3
#: Seconds of silence after which a paste that has not ended is given out, and a key that comes alone is one again.
_PASTE_DELAY = 1.0
#: Sequences of more bytes are none that Textual knows, but for keys that say in full which text they stand for.
_LONGEST = 32
_LONGEST_KEY = 2048
#: No screen has more cells, and no pointer stands further out.
_MOST_CELLS = 1_000_000
_FURTHEST = 10_000

_TEXT = re.compile(rb"[^\x1b]+")
_CUT_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_OLD_MOUSE = re.compile(rb"\x1b\[M([\x20-\xff]{0,3})")
_SEQUENCE = re.compile(rb"\x1b(?:\[\[(?=[A-E]|\Z)|\[[\x20-\x3f\x80-\xff]*|O[0-9;]*)([\x40-\x7e]?)")
_NUMBERED = re.compile(r"\x1b\[(\d+)(?:;\d+)?~")
_LONG_KEY = re.compile(r"\x1b\[\d{0,7}(?:;[\d:]*){0,2}u")
#: An answer in words: a title, a colour, a version (OSC, DCS, APC). Alt and the key that it begins with is none.
_ANSWER = re.compile(rb"\x1b(?:\][0-9lL]|P[0-9>!+$=]|_[A-Z])[\x20-\x7e\x80-\xff]*")
_BEGINS_ANSWER = re.compile(rb"\x1b[\]P_]\Z")
#: Any string that ends as one, whatever it is about: keys never end so.
_STRING = re.compile(rb"\x1b[\]P_X^][\x20-\x7e\x80-\xff]*(?:\x07|\x1b\\)")
#: What is Escape and another character in one (C1): in UTF-8, or as the byte itself where it is no half of a character.
_IN_ONE = re.compile(
    rb"\xc2([\x8f\x90\x98\x9b-\x9f])"
    rb"|(?<![\x80-\xff])(?:(\x9b)(?=[0-9;:<=>?!$ ]+[\x40-\x7e])|(\x9d)(?=[0-9]+;)|(\x90)(?=[0-9>!+$][\x20-\x7e]))"
)
_ONE_KEY = re.compile(rb"[\x00-\x7f]|[\xc2-\xf4][\x80-\xbf]{1,3}|\x1b[^\x1b]{0,7}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
#: How a byte that is not UTF-8 is decoded.
_WRONG_BYTE = re.compile("[\udc80-\udcff]")

#: What was taken from some bytes; where the next piece begins, or the same place if more has to come first.
_Taken = Generator[Message, None, int]


class TerminalInput:
    """``feed`` takes what was read, ``pause`` hears that nothing more came for a while; both give what it comes to.

    Neither raises, whatever the bytes are.
    """

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._kept = b""
        self._paste: list[bytes] | None = None
        self._paste_rests = False
        #: Whether text came that is not UTF-8.
        self.saw_wrong_bytes = False

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which ``pause`` is to be called; None where nothing is waited for."""
        if self._paste is not None:
            return None if self._paste_rests else _PASTE_DELAY
        if not self._kept:
            return None
        return _ANSWER_DELAY if _ANSWER.match(self._kept) else constants.ESCAPE_DELAY

    def feed(self, data: bytes) -> Iterator[Message]:
        """What ``data`` comes to, together with what was kept of the bytes before it."""
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
        """Nothing came for as long as ``patience`` says: what was begun is all that there is."""
        kept, self._kept = self._kept, b""
        if self._paste is not None:
            self._paste.append(kept)
            self._paste_rests = True
            yield from self._pasted(ends=False)
        elif not kept.startswith(b"\x1b"):
            yield from self._text(kept)
        elif len(kept) == 2:
            yield from self._alt(kept[1:])  # the key that a sequence would begin with
        elif not _ANSWER.match(kept):
            yield from self._known(kept)
        if kept.endswith(b"\x1b") and self._paste is None:
            yield events.Key("escape", "\x1b")

    # -- taking it apart ------------------------------------------------------------------------------------------

    # One branch for each form that input can take: the order in which they are tried is what there is to read.
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
        """The old report, button and place as one byte each: said anew as Textual knows it."""
        if len(old[1]) < 3:
            return old.start() if old.end() == len(old.string) else old.end()
        button, x, y = (byte - 0x20 for byte in old[1])
        released = button & 0b11 == 0b11 and button < 0x20  # which button, it does not say
        yield from self._known(b"\x1b[<%d;%d;%d%s" % ((0, x, y, b"m") if released else (button, x, y, b"M")))
        return old.end()

    # -- what it means --------------------------------------------------------------------------------------------

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
        """What Textual knows this whole sequence as; nothing, if it does not know it."""
        if not data.isascii():
            return
        sequence = data.decode()
        if len(sequence) > _LONGEST:
            if len(sequence) <= _LONGEST_KEY and _LONG_KEY.fullmatch(sequence):
                yield from self._keys(sequence)
            return
        numbered = _NUMBERED.fullmatch(sequence)
        if numbered and f"{numbered[1]}~" not in FUNCTIONAL_KEYS:  # Textual would take F19 for the character 33
            names = ANSI_SEQUENCES_KEYS.get(sequence)
            yield from (events.Key(name.value, None) for name in names) if isinstance(names, tuple) else ()
            return
        try:
            found = [*self._parser.feed(sequence)]
        except Exception:  # a number that is none of a character; the size that it was told before was no size
            self._parser = XTermParser()
            return
        if self._parser._awaiting.timeout is not None:  # it waits for the rest of something
            self._begin_anew()
        elif all(map(_can_be, found)):
            yield from found
        elif any(isinstance(event, events.Resize) for event in found):
            self._parser = XTermParser()  # it would reckon with that size

    def _keys(self, sequence: str, *, alt: bool = False) -> list[events.Key]:
        try:
            found = [*self._parser._sequence_to_key_events(sequence, alt=alt)]
        except Exception:  # a number that is none of a character
            return []
        return [*filter(_can_be, found)]

    def _begin_anew(self) -> None:
        before, self._parser = self._parser, XTermParser()
        for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
            setattr(self._parser, name, getattr(before, name))


def _with_escapes(data: bytes) -> bytes:
    """``data`` with Escape and another character for each that is both in one; what is pasted stays as it is."""
    typed, paste, pasted = data.partition(_PASTE)
    return _IN_ONE.sub(lambda found: b"\x1b" + bytes([found[found.lastindex or 0][-1] - 0x40]), typed) + paste + pasted


def _shortened(kept: bytes) -> bytes:
    """What has to be kept of a sequence that goes on and on: of which kind it is, and that it is too long."""
    if not kept.startswith(b"\x1b") or len(kept) <= _LONGEST_KEY:
        return kept
    if _ANSWER.match(kept):
        return kept[:3] + (b"\x1b" if kept.endswith(b"\x1b") else b"")
    return kept[:2] + b"0" * (_LONGEST_KEY + 1)


def _end_of(end: int, data: bytes, begin: int) -> int:
    """Where an answer ends whose words end at ``end``: behind its sign, or where something else begins."""
    if end == len(data) or data[end:] == b"\x1b":
        return begin
    if data[end] == _BEL:
        return end + 1
    return end + 2 if data.startswith(b"\x1b\\", end) else end


def _second_halves(text: str) -> set[int]:
    """Where ASCII characters stand that are the second halves of characters in GBK: they are no keys.

    Of its characters of two bytes many end with a letter, and those of four have two digits.
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
    """Whether a terminal can mean it: a character there is, a screen there can be, a place on it."""
    if isinstance(event, events.Key):
        is_text = not any("\ud800" <= each <= "\udfff" for each in event.character or "")
        return is_text and event.key != Keys.Ignore
    if isinstance(event, events.Resize):
        return 0 < event.size.area <= _MOST_CELLS
    if isinstance(event, events.MouseEvent):
        return event.x < _FURTHEST and event.y < _FURTHEST
    return True

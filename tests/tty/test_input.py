"""The parser of terminal input: any bytes; text stays text, keys stay keys, nothing else becomes a key."""

import re
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from floorctl.tty.input import TEXT_ONLY, TerminalInput

#: Answers that nobody asked for, reports that are broken, sequences that nobody knows. None is a key.
NO_KEYS = {
    "what the terminal is": b"\x1b[?62;22c\x1b[>0;276;0c",
    "its colour": b"\x1b]11;rgb:ffff/3f3f/ffff\x1b\\\x1b]10;rgb:1/2/3\x07",
    "its title": b"\x1b]lu3k\x1b\\",
    "its version": b"\x1bP>|XTerm(379)\x1b\\\x1bP1$r0;1m\x1b\\",
    "a picture": b"\x1b_Gi=31;OK\x1b\\",
    "the clipboard": b"\x1b]52;c;" + b"dWszMg" * 2000 + b"\x07",
    "an answer broken off by another": b"\x1b]52;c;dWszMg\x1b]11;rgb:f/f/f\x07",
    "an answer that is no text": b"\x1b]11;\xff\xc4y\xb0u\x07",
    "a key that Textual does not know": b"\x1b[99;5~\x1b[117~\x1b[9999X",
    "a sequence of a megabyte": b"\x1b[" + b"3;" * 500_000 + b"m",
    "a number that is no character": b"\x1b[99999999999u\x1b[1;;1114112u\x1b[55296u\x1b[57000;;57000u",
    "a number that is no number": b"\x1b[1:2;3u\x1b[;;u\x1b[:;:u",
    "a mouse nowhere": b"\x1b[<0;99999999999999999;3M\x1b[<0;-5;-7M",
    "a mouse report with garbage": b"\x1b[<\xff\xfe12;3M\x1b[<u\x1b[<;;M\x1b[<1;2M",
    "a mouse report of urxvt": b"\x1b[32;10;10M",
    "a screen of no size": b"\x1b[48;0;0;0;0t\x1b[48;99999;99999;1;1t",
    "the end of a paste that never began": b"\x1b[201~",
    "a function key of another kind": b"\x1bO5u\x1bOX",
    "a string that is no answer": b"\x1b^hello\x1b\\\x1bXhello\x1b\\\x1bPn3\x1b\\\x1b_n\x07",
    "an answer that begins in one character":
        "\x9b?62;22c\x9b3;5R\x9d11;rgb:1/2/3\x9c\x9e3n\x9c\x90>|XTerm(379)\x9c".encode(),
    "an answer that begins in one byte": b"\x9b?62;22c\x9b31;5R\x9d11;rgb:1/2/3\x07\x901$r3n\x1b\\",
    "a setting": b"\x1b[?9999;0$y\x1b[?1;2$y",
}  # fmt: skip


def taken(*pieces: bytes | None, end: bool = True) -> list[Message]:
    """Return the messages of ``pieces``; None is a silence."""
    of = TerminalInput()
    return [*_take(of, [*pieces, None] if end else pieces)]


def _take(of: TerminalInput, pieces: Iterable[bytes | None]) -> Iterator[Message]:
    for piece in pieces:
        if piece is not None:
            yield from of.feed(piece)
        while piece is None and of.patience is not None:
            yield from of.pause()


def said(messages: Sequence[Message]) -> list[object]:
    """Return keys by name, keys that are only text as [character], pastes as they are."""
    found: list[object] = []
    for each in messages:
        if isinstance(each, events.Key):
            found.append([each.character] if each.key == TEXT_ONLY else each.key)
        else:
            found.append(each.text if isinstance(each, events.Paste) else type(each))
    return found


def text(messages: Sequence[Message]) -> str:
    return "".join((each.character or "") for each in messages if isinstance(each, events.Key))


# -- bytes that are not UTF-8


@pytest.mark.parametrize("wrong", [b"\xff", b"\xfe", b"\x80", b"\xbf", b"\x9b", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5"])
def test_a_wrong_byte_is_text_and_what_stands_beside_it_stays(wrong: bytes) -> None:
    of = TerminalInput()
    messages = [*_take(of, [b"a" + wrong + b"1 ", None])]
    assert text(messages) == "a" + "\ufffd" * len(wrong) + "1 "
    assert [each.key for each in messages if isinstance(each, events.Key)][1] == TEXT_ONLY
    assert of.saw_wrong_bytes


def test_text_in_utf_8_is_not_taken_for_wrong() -> None:
    of = TerminalInput()
    assert text([*_take(of, ["市民热线 é 𠮷 😀".encode(), None])]) == "市民热线 é 𠮷 😀"
    assert not of.saw_wrong_bytes


def test_a_character_that_comes_in_pieces_is_one_and_half_of_one_is_wrong_after_a_silence() -> None:
    assert said(taken("你".encode()[:1], "你".encode()[1:2], "你".encode()[2:])) == ["你"]
    assert said(taken("你".encode()[:2], None, b"u")) == [["\ufffd"], ["\ufffd"], "u"]


@given(st.text(st.characters(codec="gb18030", min_codepoint=0x80), min_size=1, max_size=8))
def test_typed_in_gbk_no_byte_of_it_is_a_key(chars: str) -> None:
    data = chars.encode("gb18030")
    runs = re.findall(r"[^\x00-\x7f]+", data.decode(errors="surrogateescape"))
    assume(all(re.search("[\udc80-\udcff]", run) for run in runs))  # bytes that happen to be UTF-8 are that
    of = TerminalInput()
    keys = [each for each in _take(of, [data, None]) if isinstance(each, events.Key)]
    assert [each for each in keys if each.key != TEXT_ONLY and each.key.isascii() and len(each.key) == 1] == []
    assert of.saw_wrong_bytes


@pytest.mark.parametrize("char", ["亱", "丂", "乗", "㐀", "ü"])  # their last bytes are letters and digits
def test_what_is_typed_behind_a_character_in_gbk_is_a_key(char: str) -> None:
    assert said(taken(char.encode("gb18030"), None, b"u"))[-1] == "u"
    assert said(taken("你".encode("gbk") + b"y"))[-1] == "y"


def test_a_paste_with_wrong_bytes_is_a_paste() -> None:
    of = TerminalInput()
    messages = [*_take(of, [b"\x1b[200~" + "漏水 abc".encode("gbk") + b"\xff\x00\x1b[Ad\x1b[201~q", None])]
    *_, key = messages
    assert said([key]) == ["q"]
    (paste,) = messages[:-1]
    assert isinstance(paste, events.Paste)
    assert paste.text.endswith(" abc\ufffd\x1b[Ad")
    assert of.saw_wrong_bytes


def test_a_megabyte_with_wrong_bytes_is_one_paste() -> None:
    book = (b"\xc2\xa9\xc4\xe3 k3\x1by\r\n" * 100_000)[: 1 << 20]
    whole = b"\x1b[200~" + book + b"\x1b[201~"
    messages = taken(*(whole[at : at + 4096] for at in range(0, len(whole), 4096)))
    assert said(messages) == [book.decode(errors="replace")]


# -- what never ends


def test_a_paste_that_never_ends_is_given_out_and_the_keys_are_keys_again() -> None:
    assert said(taken(b"\x1b[200~abc", "漏".encode()[:2], None, "漏水".encode()[2:], None, b"u", b"\x11")) == [
        "abc", "漏水", "u", "ctrl+q",
    ]  # fmt: skip


def test_a_paste_that_stops_for_a_while_goes_on_as_one() -> None:
    assert said(taken(b"\x1b[200~ab", None, b"u k 3 y", b"cd\x1b[2", b"01~q")) == ["ab", "u k 3 ycd", "q"]


@pytest.mark.parametrize(
    "begun", [b"\x1b[", b"\x1b[<0;1", b"\x1bO", b"\x1b]", b"\x1b]11;rgb:ff", b"\x1bP1$", b"\x1b[M "]
)
def test_what_is_begun_and_never_ended_is_over_after_a_silence(begun: bytes) -> None:
    assert said(taken(begun, None, b"3"))[-1] == "3"
    assert said(taken(begun, b"\x11"))[-1] == "ctrl+q"


@pytest.mark.parametrize(
    ("typed", "keys"),
    [(b"\x1b", ["escape"]), (b"\x1b[", ["left_square_bracket"]), (b"\x1b]", ["right_square_bracket"]),
     (b"\x1bP", ["alt+shift+p"]), (b"\x1bx", ["alt+x"]), (b"\x1b\x1b", ["escape", "escape"]),
     (b"\x1bO", ["alt+shift+o"]),
     (b"\x1b\x1b[A", ["escape", "up"]), (b"\x1b" + "你".encode(), ["escape", "你"]), (b"\x1b]1\x1b", ["escape"])],
)  # fmt: skip
def test_escape_and_alt_are_told_from_what_they_may_begin(typed: bytes, keys: list[str]) -> None:
    assert said(taken(typed)) == keys


# -- sequences


@pytest.mark.parametrize("what", NO_KEYS)
def test_what_no_key_was_pressed_for_is_none(what: str) -> None:
    for silence in ([], [None]):
        messages = taken(NO_KEYS[what], *silence, b"q")
        keys = [each for each in said(messages) if isinstance(each, (str, list)) and each != "\x01"]
        assert keys == ["q"]  # and one that Textual makes of a number that it can't read, which no key has
        assert not [each for each in messages if isinstance(each, events.Resize)]


def test_keys_in_sequences_that_begin_in_one_character_are_keys_and_pasted_ones_are_text() -> None:
    typed = "\x9bA\x9b3~\x8fP".encode()
    assert said(taken(typed)) == ["up", "delete", "f1"]
    assert said(taken(typed[:1], typed[1:2], typed[2:])) == ["up", "delete", "f1"]
    assert said(taken("\x1b[200~a\x9b3~\x1b[201~q".encode())) == ["a\x9b3~", "q"]
    assert text(taken("佛3n".encode())) == "佛3n"  # whose last byte is that of the character


def test_a_mouse_report_of_the_old_kind_is_one() -> None:
    pressed, released, moved, wheel = taken(b"\x1b[M \xb5!\x1b[M#\xb5!\x1b[MC\xff\xff\x1b[M`!!")
    assert isinstance(pressed, events.MouseDown)
    assert (pressed.x, pressed.y, pressed.button) == (148, 0, 1)
    assert isinstance(released, events.MouseUp)
    assert isinstance(moved, events.MouseMove)
    assert isinstance(wheel, events.MouseScrollUp)
    assert said(taken(b"\x1b[M \xff", None, b"uk")) == ["u", "k"]
    assert said(taken(b"\x1b[M \r")) == ["enter"]


def test_the_mouse_works_after_a_size_that_is_none() -> None:
    (event,) = taken(b"\x1b[48;0;0;0;0t\x1b[48;36;120;0;0t\x1b[<0;1;1M\x1b[<0;9;5M")[-1:]
    assert isinstance(event, events.MouseDown)
    assert (event.x, event.y) == (8, 4)


def test_a_word_from_an_input_method_in_a_sequence_of_its_own_is_that_word() -> None:
    word = "市民服务热线工单派发"
    assert text(taken(b"\x1b[0;;%bu" % b":".join(b"%d" % ord(char) for char in word))) == word


def _by_textual(sequence: str) -> list[object]:
    parser = XTermParser()
    found = [*parser.feed(sequence)]
    if parser._awaiting.timeout is not None:
        parser._timeout_time = 0.0
        found += [*parser.tick()]
    return said(found)


@pytest.mark.parametrize("sequence", [*ANSI_SEQUENCES_KEYS, "\x1b[57362u", "\x1b[97;5u", "\x1b[I", "\x1b[3;7R"])
def test_every_sequence_that_textual_knows_is_the_same_key(sequence: str) -> None:
    if sequence in ("\x1b\x1b", "\x1b§", "\x9b"):
        return  # a key and another, or what a sequence begins with
    names = ANSI_SEQUENCES_KEYS.get(sequence, ())
    if re.fullmatch(r"\x1b\[(2[5-9]|[3-9]\d)~", sequence) and isinstance(names, tuple):
        assert said(taken(sequence.encode())) == [name.value for name in names if name.value != "<ignore>"]
        return  # Textual gives the character of that number
    assert said(taken(sequence.encode())) == _by_textual(sequence)


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\x1b[200~", b"\x1b[201~", b"\x1b[", b"\x1b]1", b"\x1bP0", b"\x1b[M", b"\x1b[<0;", b"\x1b"]),
        st.sampled_from([*NO_KEYS.values()]).map(lambda data: data[:40]),
        st.none(),
    ),
    max_size=8,
)


@given(PIECES)
def test_nothing_ends_it_and_after_a_silence_ctrl_q_is_heard(pieces: list[bytes | None]) -> None:
    assert said(taken(*pieces, None, b"\x11"))[-1] == "ctrl+q"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12), st.lists(st.integers(1, 3), max_size=40))
def test_text_is_the_same_in_whatever_pieces_it_comes(typed: str, sizes: list[int]) -> None:
    data, pieces = typed.encode(), []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    assert text(taken(*pieces, data)) == typed

"""One line from the person at the terminal, whole or not at all: what is pasted is never cut to its first line.

The system hands over a pasted text line by line, and the rest would be the answer to the next question, or a command
for the shell. Of half a password nothing says that it is half: it would count as a wrong one, or be set as a new one.
"""

import contextlib
import os
import select
import sys
import termios
from collections.abc import Iterator
from typing import Any

from floorctl.errors import UsageError

#: Bytes of a line that the system keeps until Enter; what goes beyond them it drops.
_MOST = 4095
#: Seconds of silence after which nothing more belongs to what was pasted.
_RIGHT_BEHIND = 0.05
#: The end of the input, as it is read where it came before the mode was changed.
_END = b"\0"
#: What a terminal puts around pasted text where a program that has ended asked for it.
_MARKS = ("\x1b[200~", "\x1b[201~")


def ask_line(question: str, *, hidden: bool = False) -> str:
    """What the person types behind ``question``; ``hidden``: nothing of it is shown.

    Raises:
        UsageError: ``error.typed_lines``: several lines came at once; ``error.typed_too_long``.
        EOFError: they ended it without a line.
        OSError: there is no terminal.
        UnicodeDecodeError: it is in another encoding than the locale's.
    """
    with _terminal() as terminal:
        found = termios.tcgetattr(terminal)
        ours = _with(found, hidden=hidden)
        # What was typed before a password was asked for is no password.
        termios.tcsetattr(terminal, termios.TCSAFLUSH if hidden else termios.TCSADRAIN, ours)
        try:
            _write(terminal, question)
            line = _line(terminal)
            behind = _all_behind(terminal, ours)
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, found)
            if hidden:
                _write(terminal, "\n")
    if behind in (found[6][termios.VEOF], _END):
        if not line:
            raise EOFError
    elif behind:
        raise UsageError("error.typed_lines")
    if len(line) >= _MOST:
        raise UsageError("error.typed_too_long", most=_MOST)
    text = line.decode(sys.stdin.encoding if sys.stdin is not None else "utf-8")
    for mark in _MARKS:
        text = text.replace(mark, "")
    return text


@contextlib.contextmanager
def _terminal() -> Iterator[int]:
    """The terminal, also where standard error goes elsewhere: who is asked has to see the question."""
    try:
        number = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        if sys.stdin is None or not sys.stdin.isatty():
            raise
        number = os.dup(sys.stdin.fileno())
    try:
        yield number
    finally:
        os.close(number)


def _with(modes: list[Any], *, hidden: bool = False, by_line: bool = True) -> list[Any]:
    changed = [*modes]
    if hidden:
        changed[3] &= ~termios.ECHO
    if not by_line:
        changed[3] &= ~(termios.ICANON | termios.ECHO)
        changed[6] = [*modes[6]]
        changed[6][termios.VMIN] = changed[6][termios.VTIME] = 0
    return changed


def _write(terminal: int, text: str) -> None:
    data = text.encode(getattr(sys.stderr, "encoding", None) or "utf-8", "replace")
    while data:
        data = data[os.write(terminal, data) :]


def _line(terminal: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(terminal, _MOST + 1)
        if not piece and not line:
            raise EOFError
        if not piece:
            break
        line += piece
    return line.removesuffix(b"\n")


def _all_behind(terminal: int, ours: list[Any]) -> bytes:
    """The first byte of what came right behind the line but for line ends, also if no line end has come for it yet."""
    behind = b""
    termios.tcsetattr(terminal, termios.TCSANOW, _with(ours, by_line=False))
    while select.select([terminal], [], [], _RIGHT_BEHIND)[0] and (piece := os.read(terminal, _MOST)):
        behind = (behind + piece).lstrip(b"\r\n")[:1]  # whether there is any is all that counts
    return behind

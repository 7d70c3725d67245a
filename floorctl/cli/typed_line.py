"""Reads one line from the person at the terminal and rejects pasted text of several lines.

A terminal delivers pasted text line by line, and the rest would answer the next question or be run by the shell. A
password cut to its first line could not be recognized: it would count as a wrong one, or be set as a new one.
"""

import contextlib
import os
import select
import sys
import termios
from collections.abc import Iterator
from typing import Any

from floorctl.errors import UsageError

#: Bytes of a line that the system keeps until Enter; it drops the rest.
_MOST = 4095
#: Seconds of silence after which further input is not part of the pasted text.
_RIGHT_BEHIND = 0.05
#: The end of input, as read where it was typed before the mode was changed.
_END = b"\0"
#: The marks around pasted text, sent where an earlier program left bracketed paste switched on.
_MARKS = ("\x1b[200~", "\x1b[201~")


def ask_line(question: str, *, hidden: bool = False) -> str:
    """Print ``question`` and return the line typed after it; ``hidden``: without echo.

    Raises:
        UsageError: ``error.typed_lines``: several lines came at once; ``error.typed_too_long``.
        EOFError: they ended it without a line.
        OSError: there is no terminal.
        UnicodeDecodeError: it is in another encoding than the locale's.
    """
    with _terminal() as terminal:
        modes_before = termios.tcgetattr(terminal)
        modes_now = _changed(modes_before, hidden=hidden)
        # Discard what was typed before a password is asked for.
        termios.tcsetattr(terminal, termios.TCSAFLUSH if hidden else termios.TCSADRAIN, modes_now)
        try:
            _write(terminal, question)
            line = _line(terminal)
            behind = _read_rest(terminal, modes_now)
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, modes_before)
            if hidden:
                _write(terminal, "\n")
    if behind in (modes_before[6][termios.VEOF], _END):
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
    """Open the terminal itself, since standard error may be redirected and the person has to see the question."""
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


def _changed(modes: list[Any], *, hidden: bool = False, by_line: bool = True) -> list[Any]:
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


def _read_rest(terminal: int, modes_now: list[Any]) -> bytes:
    """The first byte, line ends excepted, of input that follows the line at once, even if it has no line end yet."""
    behind = b""
    termios.tcsetattr(terminal, termios.TCSANOW, _changed(modes_now, by_line=False))
    while select.select([terminal], [], [], _RIGHT_BEHIND)[0] and (piece := os.read(terminal, _MOST)):
        behind = (behind + piece).lstrip(b"\r\n")[:1]  # only its existence matters
    return behind

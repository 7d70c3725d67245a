"""How many cells a terminal uses for an ambiguous character: write one and query the cursor's position."""

import contextlib
import os
import re
import select
import signal
import termios
import time
from collections.abc import Iterator

#: An ambiguous character at the left edge, then a query of the cursor's position, then erase it.
_ASK = "{there}○\x1b[6n{there}\x1b[K"
#: In the second row: an answer from the first looks like Shift+F3.
ASK_ON_SCREEN = _ASK.format(there="\x1b[2;1H")
_ASK_IN_LINE = _ASK.format(there="\r").encode()
_ANSWER = re.compile(rb"\x1b\[\d+;(\d+)R")
#: Seconds that ``measured`` waits for the answer, which may come over a slow link.
_PATIENCE = 1.0
#: Blocked while the terminal's echo is off: none of these may end or stop the program then.
_HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)


def measured(read: int = 0, write: int = 1) -> int | None:
    """Query the terminal of these descriptors: 1 or 2; None if it cannot be queried or does not answer in time.

    Unread input typed before the call may be lost. The terminal's modes are restored on return.
    """
    try:
        if not (os.isatty(read) and os.isatty(write)) or os.environ.get("TERM", "dumb") == "dumb":
            return None
        if os.tcgetpgrp(read) != os.getpgrp():
            return None  # in the background nothing may be set or read
        with _quiet(read):
            os.write(write, _ASK_IN_LINE)
            column = _answered(read, time.monotonic() + _PATIENCE)
    except (OSError, termios.error):
        return None
    return cells_of(column)


def cells_of(column: int | None) -> int | None:
    """Return the width of a character after which the cursor is in ``column`` (from 1); None if that is impossible."""
    return column - 1 if column in (2, 3) else None


@contextlib.contextmanager
def _quiet(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    held = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    try:
        modes = termios.tcgetattr(terminal)
        modes[3] &= ~(termios.ECHO | termios.ICANON)
        modes[6][termios.VMIN], modes[6][termios.VTIME] = 0, 0
        termios.tcsetattr(terminal, termios.TCSANOW, modes)
        yield
    finally:
        # TCSAFLUSH: an answer that arrives too late must not become input of the shell.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _answered(terminal: int, until: float) -> int | None:
    got = b""
    while (left := until - time.monotonic()) > 0 and select.select([terminal], [], [], left)[0]:
        if not (more := os.read(terminal, 1024)):
            break
        got += more
        if answer := _ANSWER.search(got):
            return int(answer[1])
    return None

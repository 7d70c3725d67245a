"""How many cells a terminal gives to an ambiguous character: write one and ask where the cursor is then."""

import contextlib
import os
import re
import select
import signal
import termios
import time
from collections.abc import Iterator

#: One of those whose width a terminal may choose, at the left edge; then "where is the cursor?"; then it is taken away.
_ASK = "{there}○\x1b[6n{there}\x1b[K"
#: In the second row: an answer from the first looks like Shift and F3.
ASK_ON_SCREEN = _ASK.format(there="\x1b[2;1H")
_ASK_IN_LINE = _ASK.format(there="\r").encode()
_ANSWER = re.compile(rb"\x1b\[\d+;(\d+)R")
#: Seconds that ``measured`` waits for the answer, which may come from afar.
_PATIENCE = 1.0
#: None of these may end or stop the program while the terminal does not show what is typed.
_HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)


def measured(read: int = 0, write: int = 1) -> int | None:
    """Ask the terminal behind these descriptors; 1 or 2, None where it can't be asked or does not answer in time.

    What was typed before it and has not been read may be lost. The terminal's modes are as before when it returns.
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
    """How many cells it took that the cursor stands in ``column``, counted from 1; None where that makes no sense."""
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
        # An answer that is still under way when this gives up is no input of the shell.
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

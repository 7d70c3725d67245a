"""The terminal that the cockpit draws on: it may be gone, or take nothing for a while, and the cockpit goes on."""

import os
import select
import sys
import time
from collections.abc import Callable

from floorctl.tty.glyphs import safe

#: Seconds without a byte taken after which a terminal is not waited for any more.
_PATIENCE = 1.0
#: Bytes that wait for a terminal that takes none. Beyond, pictures are left out, and all is drawn anew when it goes on.
_MOST_WAITING = 1 << 20
_AT_ONCE = 1 << 16


class TerminalOutput:
    """Standard output, which is a terminal, as Textual's writing thread wants it. No call fails or waits for long.

    Textual would write to standard error: what is kept of that in a file would be pictures, and none would be seen.
    ``lost`` is called once when the terminal is gone, ``caught_up`` when it takes again what was left out meanwhile;
    both from the writing thread.
    """

    def __init__(self, lost: Callable[[], object], caught_up: Callable[[], object], *, number: int = 1) -> None:
        self._number = reopened(number, os.O_WRONLY)
        self.encoding = getattr(sys.__stdout__, "encoding", "utf-8")
        self._lost, self._caught_up = lost, caught_up
        self._waiting = bytearray()
        self._is_lost = self._stands_still = self._left_out = False
        #: Whether what is drawn is to have no ambiguous character.
        self.safe = False
        #: Whether the terminal is another program's now: the shell's, from which this one was stopped and continued.
        self.away = False

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._number

    def isatty(self) -> bool:
        """It is one."""
        return True

    def write(self, text: str) -> int:
        """Have ``text`` written, now or when the terminal takes it."""
        size = len(text)
        if self.away:
            return size  # all is drawn anew when it is ours again
        if len(self._waiting) > _MOST_WAITING:
            self._left_out = True  # as a whole: half of a sequence would make the other half text
        elif not self._is_lost:
            text = safe(text) if self.safe else text
            self._waiting += text.encode(self.encoding, "replace")
        self.flush()
        return size

    def flush(self) -> None:
        """Write what waits, as long as the terminal takes it."""
        last = time.monotonic()
        while self._waiting:
            try:
                written = os.write(self._number, self._waiting[:_AT_ONCE])
            except BlockingIOError:
                left = 0.0 if self._stands_still else last + _PATIENCE - time.monotonic()
                if not select.select([], [self._number], [], max(left, 0.0))[1]:
                    self._stands_still = True
                    return
                continue
            except OSError:
                self._waiting.clear()
                self._is_lost = True
                self._lost()
                return
            del self._waiting[:written]
            self._stands_still, last = False, time.monotonic()
        if self._left_out:
            self._left_out = False
            self._caught_up()


def reopened(number: int, access: int) -> int:
    """The same terminal, opened apart for ``access`` (O_RDONLY, O_WRONLY) and set not to wait, or ``number`` itself.

    The shell and its other programs have theirs as it is.
    """
    try:
        opened = os.open(os.ttyname(number), access | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # another person's (su), or out of sight (a container)
        return number
    if os.fstat(opened).st_rdev == os.fstat(number).st_rdev:
        return opened
    os.close(opened)
    return number

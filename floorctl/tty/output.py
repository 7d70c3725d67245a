"""Output to the cockpit's terminal, which may be gone or blocked for a while without stopping the cockpit."""

import os
import select
import sys
import time
from collections.abc import Callable

from floorctl.tty.glyphs import safe

#: Seconds without progress after which a terminal counts as blocked.
_PATIENCE = 1.0
#: Bytes buffered for a blocked terminal. Beyond that, frames are dropped, and all is redrawn when it continues.
_MOST_WAITING = 1 << 20
_AT_ONCE = 1 << 16


class TerminalOutput:
    """Standard output, a terminal, as the file of Textual's writer thread. No call fails or blocks for long.

    Textual would write to standard error: redirected to a file, that would contain frames, and none would be visible.
    ``lost`` is called once when the terminal is gone, ``caught_up`` when it accepts output again after frames were
    dropped; both in the writer thread.
    """

    def __init__(self, lost: Callable[[], object], caught_up: Callable[[], object], *, number: int = 1) -> None:
        self._number = reopened(number, os.O_WRONLY)
        self.encoding = getattr(sys.__stdout__, "encoding", "utf-8")
        self._lost, self._caught_up = lost, caught_up
        self._waiting = bytearray()
        self._is_lost = self._stands_still = self._left_out = False
        #: Whether to replace ambiguous characters.
        self.safe = False
        #: Whether the terminal is another program's now: the shell's, from which this process was stopped and
        #: continued.
        self.away = False

    def fileno(self) -> int:
        """Return the terminal's file descriptor."""
        return self._number

    def isatty(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Write ``text``, now or when the terminal accepts it; return its length."""
        size = len(text)
        if self.away:
            return size  # everything is redrawn when the terminal is ours again
        if len(self._waiting) > _MOST_WAITING:
            self._left_out = True  # dropped completely: half of a sequence would turn the rest into text
        elif not self._is_lost:
            text = safe(text) if self.safe else text
            self._waiting += text.encode(self.encoding, "replace")
        self.flush()
        return size

    def flush(self) -> None:
        """Write the buffer as far as the terminal accepts it."""
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
    """Return a new non-blocking descriptor of the same terminal for ``access`` (O_RDONLY, O_WRONLY), or ``number``
    itself.

    The descriptor shared with the shell and its other programs stays blocking.
    """
    try:
        opened = os.open(os.ttyname(number), access | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # another user's terminal (su), or not visible (a container)
        return number
    if os.fstat(opened).st_rdev == os.fstat(number).st_rdev:
        return opened
    os.close(opened)
    return number

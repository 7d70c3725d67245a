"""Standard input, output and error in any state: absent, closed, full, or a pipe whose reader ends.

``secure`` has to be called first in the program. After it the three exist, so that no file opened later (a database)
gets one of their numbers and has output written into it. The first failed write to standard output raises
``UnwrittenError``, later output is discarded, also at the interpreter's exit. Standard error writes what it can and
never fails.
"""

import errno
import io
import os
import select
import sys
from typing import TextIO

from floorctl.errors import UsageError

_STDIN, _STDOUT, _STDERR = range(3)


class UnwrittenError(OSError):
    """Standard output accepts no more: a full disk, or a descriptor that is not open for writing."""


class _Standard(io.FileIO):
    """Standard output or error. Blocks until it is ready, even if another program has made it non-blocking."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "wb", closefd=False)
        self._lost = False

    def write(self, data: object) -> int:
        """Write some of ``data``.

        Raises:
            BrokenPipeError: nobody reads it any more. Raised once, as the next is; later output is discarded.
            UnwrittenError: it accepts no more.
        """
        size = memoryview(data).nbytes  # type: ignore[arg-type]
        if self._lost:
            return size
        try:
            while (written := super().write(data)) is None:  # type: ignore[arg-type]
                select.select([], [self], [])
        except OSError as error:
            self._lost = True
            if self.fileno() == _STDERR:
                return size
            if isinstance(error, BrokenPipeError):
                raise
            raise UnwrittenError(error.errno, error.strerror) from error
        return written


def secure() -> None:
    """Make standard input, output and error usable, whatever their state."""
    absent = [number for number in (_STDIN, _STDOUT, _STDERR) if not _is_open(number)]
    for number in absent:
        # open() returns the lowest free number, which is this one: those below it are open by now.
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = sys.__stdin__ = open(_STDIN, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = _text(_STDOUT, sys.stdout)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(_STDERR, sys.stderr)  # type: ignore[misc]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError as error:
        return error.errno != errno.EBADF
    return True


def _text(number: int, before: TextIO | None) -> io.TextIOWrapper:
    """Return a text stream with the interpreter's settings over a ``_Standard``."""
    if before is not None:
        before.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Standard(number)),
        encoding=before.encoding if before is not None else "utf-8",
        errors=(before.errors if before is not None else None) or "backslashreplace",
        newline="\n",
        line_buffering=number == _STDERR or os.isatty(number),
        write_through=bool(getattr(before, "write_through", False)),
    )


def first_line(longest: int) -> bytes:
    """Return the first line of standard input, at most ``longest`` bytes.

    Raises:
        UsageError: ``error.stdin_unreadable``: it cannot be read.
    """
    try:
        return sys.stdin.buffer.readline(longest)
    except OSError as error:
        raise UsageError("error.stdin_unreadable", reason=error.strerror or "") from error

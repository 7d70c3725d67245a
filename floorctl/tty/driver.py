"""The cockpit's terminal driver: Textual's, changed where a terminal could end or block the program.

What Textual 8.2 does, and what is done here instead:

- Its input thread, and with it the program, ends at the first byte that it cannot decode
  (https://github.com/Textualize/textual/issues/6456, https://github.com/Textualize/textual/issues/6668). Here
  ``TerminalInput`` accepts any bytes, and the end of all input ends the program as a closed terminal does.
- It starts again whenever the program is continued, even if it had not stopped its application mode (``kill -STOP``,
  ``kill -CONT``): a second thread reads the same keys, its own modes are saved as the original ones, and on exit it
  waits for a thread that waits for a key. (Suspending came with
  https://github.com/Textualize/textual/issues/3727.) Here the modes found first are the ones restored, and a program
  continued without having left its mode sets up the terminal again.
- It draws on standard error (https://github.com/Textualize/textual/issues/4420,
  https://github.com/Textualize/textual/issues/5531), and blocks for ever if that is gone or accepts nothing.
  Here it draws on standard output, and ``TerminalOutput`` never blocks for long.
- It assumes that every terminal draws an ambiguous character in one cell
  (https://github.com/Textualize/rich/issues/4197). Here the terminal is queried at start, and output passes through
  ``glyphs.safe`` if it uses two.
"""

import contextlib
import os
import select
import signal
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterable
from typing import Any

from textual import constants, events
from textual.app import App
from textual.drivers.linux_driver import (
    KITTY_DISAMBIGUATE_ESCAPE_CODES,
    KITTY_REPORT_ALL_KEYS,
    KITTY_REPORT_ASSOCIATED_TEXT,
    LinuxDriver,
)
from textual.message import Message

from floorctl.process.signals import ENDING
from floorctl.tty.bursts import may_go_on
from floorctl.tty.glyphs import safe_at_first
from floorctl.tty.input import TerminalInput
from floorctl.tty.output import TerminalOutput, reopened
from floorctl.tty.width import ASK_ON_SCREEN, cells_of

_KITTY = KITTY_DISAMBIGUATE_ESCAPE_CODES | KITTY_REPORT_ALL_KEYS | KITTY_REPORT_ASSOCIATED_TEXT
#: Seconds between two checks of whether the terminal is ours and whether the program is ending.
_LOOK = 0.1
#: Bytes per read.
_AT_ONCE = 4096
#: Bytes that are combined if they follow each other within ``_RIGHT_BEHIND`` seconds.
_MOST_AT_ONCE = 1 << 17
_RIGHT_BEHIND = 0.01


class WrongBytes(Message):
    """The terminal sent text that is not UTF-8, for the first time."""


class TerminalGone(Message):
    """The terminal is gone: no more input will come, or output is no longer visible."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, which nothing that the terminal does ends or blocks."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output = TerminalOutput(lost=self._leave, caught_up=lambda: self._soon(self._take_back))
        self._file: Any = self._output
        glyphs = getattr(app, "glyphs", "unicode")
        self._asks_width = glyphs == "auto"
        self._output.safe = safe_at_first(glyphs, self._output.encoding)
        #: Whether the terminal is in our modes.
        self._in_use = False
        #: Whether to start application mode again when the program is continued.
        self._left_off = False
        #: Input, opened non-blocking: a shell may change the modes between a check and a read.
        self._source = reopened(self.fileno, os.O_RDONLY)
        #: The modes found first, and those that we set; None if it is not a terminal.
        self._found: list[Any] | None = None
        self._ours: list[Any] | None = None

    # -- application mode -----------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Set up the terminal, unless it is set up already."""
        if self._in_use:
            return
        before = self._key_thread
        if self._found is None and threading.current_thread() is threading.main_thread():
            # From here on the terminal has to be restored, also if a signal comes before the app handles them.
            for number in ENDING:
                self._loop.add_signal_handler(number, self._app.exit, 0)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._left_off = self._key_thread is before
        if self._left_off:  # another program has the terminal; we are stopped, and continued when it is ours
            return
        self._in_use = True
        self._found = self.attrs_before = self._found or self.attrs_before
        self._ours = self._modes()
        if self._ours is not None:
            self._ours[tty.CC][termios.VMIN] = 0  # a read never blocks, even if another program took the input
            self._set_modes(self._ours)
        if self._asks_width:
            self.write(ASK_ON_SCREEN)

    def stop_application_mode(self) -> None:
        """Restore the terminal as it was found first."""
        self._left_off = False
        if not self._in_use:
            return
        self._in_use = False
        in_front = self._in_front()
        self._output.away = False
        # From the background both would stop this process. Modes that another program has set are kept.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self.attrs_before = self._found if in_front or self._modes() == self._ours else None
        if self._mouse_pixels:
            self.write("\x1b[?1016l")
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Write to the terminal, as long as the writer thread runs."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            self._writer_thread.write(data)

    def _leave(self) -> None:
        """End as if the terminal had been closed: its output is no longer visible."""
        self._give([TerminalGone()])

    # -- stopping and continuing the process ----------------------------------------------------------------------

    def _sigtstp_application(self, *_: object) -> None:
        self._soon(self._stop)

    def _sigcont_application(self, *_: object) -> None:
        self._soon(self._continue)

    def _soon(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(what)

    def _stop(self) -> None:
        if self._auto_restart and self._in_use:
            self.suspend_application_mode()
            self._left_off = self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continue(self) -> None:
        if self._in_use:
            self._output.away = not self._in_front()
            self._take_back()
        elif self._left_off and self._auto_restart:
            if self._in_front():
                self.resume_application_mode()
                self._app.refresh(layout=True)
            else:  # requesting the terminal now would stop this process, and a signal to end it would wait for ever
                self._loop.call_later(_LOOK, self._continue)

    def _take_back(self) -> None:
        """Set up the terminal again, whatever its present state, and redraw everything."""
        if not self._in_use or self._output.away:
            return
        if self._ours is not None:
            self._set_modes(self._ours)
        self.write("\x1b[?1049h")
        self._enable_mouse_support()
        if self._mouse_pixels:
            self._enable_mouse_pixels()
        if self._in_band_window_resize:
            self._enable_in_band_window_resize()
        self.write("\x1b[?25l\x1b[?1004h")
        if not constants.DISABLE_KITTY_KEY:
            self.write(f"\x1b[<u\x1b[>{_KITTY}u")
        self._enable_bracketed_paste()
        self._disable_line_wrap()
        self._app.refresh(layout=True)

    def _in_front(self) -> bool:
        """Return whether this process is in the terminal's foreground; not so after ``kill -CONT`` or ``bg``."""
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True  # no job control, or no terminal

    def _modes(self) -> list[Any] | None:
        try:
            return termios.tcgetattr(self.fileno)
        except termios.error:
            return None

    def _set_modes(self, modes: list[Any]) -> None:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self.fileno, termios.TCSANOW, modes)

    # -- input ----------------------------------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Read and process input until the program ends."""
        taken = TerminalInput()
        heard, told = time.monotonic(), False
        while not self.exit_event.is_set():
            if self._is_away():
                self.exit_event.wait(_LOOK)
                continue
            data = self._read_all(min(_LOOK, taken.patience or _LOOK))
            if data is None:
                self._give([TerminalGone()])
                return
            if data:
                heard = time.monotonic()
                self._give(taken.feed(data))
            elif taken.patience is not None and time.monotonic() - heard >= taken.patience:
                self._give(taken.pause())
            if taken.saw_wrong_bytes and not told:
                told = True
                self._give([WrongBytes()])

    def _is_away(self) -> bool:
        """Check whether the terminal is another program's; when it is ours again, set it up again."""
        away = not self._in_front()
        if away != self._output.away and self._in_use:
            self._output.away = away
            if not away:
                self._soon(self._take_back)
        return away

    def _read_all(self, seconds: float) -> bytes | None:
        """Return the input of at most ``seconds``, plus what follows at once: pasted text arrives in pieces."""
        data = piece = self._read(seconds)
        while data and piece and may_go_on(piece) and len(data) < _MOST_AT_ONCE:
            piece = self._read(_RIGHT_BEHIND)
            data += piece or b""
        return data

    def _read(self, seconds: float) -> bytes | None:
        """Return the input of at most ``seconds``; None if no more will come."""
        try:
            if not select.select([self._source], [], [], seconds)[0]:
                return b""
            if data := os.read(self._source, _AT_ONCE):
                return data
        except (BlockingIOError, InterruptedError):
            return b""
        except (OSError, ValueError):
            return None
        self.exit_event.wait(seconds / 10)  # select reported input, but there is none
        return b"" if self._modes() is not None else None

    def process_message(self, message: Message) -> None:
        """Process a message; a cursor position is always the answer to our query of the width."""
        if not isinstance(message, events.CursorPosition):
            super().process_message(message)
        elif self._asks_width and (cells := cells_of(message.x + 1)) is not None:
            self._soon(lambda: self._draw_for(cells))

    def _draw_for(self, cells: int) -> None:
        """Adapt the output to a terminal that draws ambiguous characters in ``cells`` cells."""
        if self._output.safe != (cells == 2):
            self._output.safe = cells == 2
            self._app.refresh(layout=True)

    def _give(self, messages: Iterable[Message]) -> None:
        for message in messages:
            try:
                self.process_message(message)
            except Exception as error:  # an invalid report, or the program has ended
                self._app.log.error(str(error))

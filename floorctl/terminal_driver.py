"""Textual's driver for the terminal, with what it leaves to be desired."""

from contextlib import suppress
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from floorctl.terminal_output import TerminalOutput


class TerminalDriver(LinuxDriver):
    """Draws on standard output and reads standard input; both are terminals, or the cockpit was refused.

    Textual draws on standard error (Textualize/textual#4420, #5531), and stands still for ever where that is gone or
    takes nothing.
    """

    def __init__(self, app: App[Any], **settings: Any) -> None:
        super().__init__(app, **settings)
        self._file: Any = TerminalOutput(lost=self._leave, caught_up=self._draw_all)

    def _leave(self) -> None:
        """Nobody sees it any more: the same as when the system says that the terminal was closed."""
        with suppress(RuntimeError):  # it is leaving already
            self._loop.call_soon_threadsafe(self._app.exit, 0)

    def _draw_all(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._app.refresh)

"""Events of the terminal other than keys: it is not UTF-8, it has gone away, its size."""

import shutil
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.css.query import NoMatches
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from floorctl.i18n import t
from floorctl.tty.driver import TerminalDriver, TerminalGone, WrongBytes
from floorctl.tty.textual_internals import HookedApp

if TYPE_CHECKING:
    from textual.driver import Driver

#: Seconds for which the hint about the terminal's encoding is shown: it is about a setting elsewhere.
_HINT_SECONDS = 20


class OnTerminal(HookedApp):
    """An app that uses this package's terminal driver and is not ended by errors of the terminal."""

    #: Glyph set to draw with; the value of ``[terminal] glyphs``.
    glyphs = "auto"

    def get_driver_class(self) -> "type[Driver]":
        """Return this package's driver in place of Textual's for Linux; keep one that was asked for by name."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def handle_error(self, error: Exception) -> None:
        """Ignore missing widgets where the app is left before the first screen is mounted; handle other errors."""
        if not (self.is_leaving and isinstance(error, NoMatches)):
            super().handle_error(error)

    def on_wrong_bytes(self, _message: WrongBytes) -> None:
        """Show once why characters are missing, also on a locked terminal: the text holds no data."""
        self.notify(t("ui.terminal_not_utf8"), severity="warning", timeout=_HINT_SECONDS, markup=False)

    def on_terminal_gone(self, _message: TerminalGone) -> None:
        """Leave the app: the terminal is gone."""
        self.exit(0)


def size_now(app: App[Any]) -> Size | None:
    """Return the current columns and rows of the app's terminal, which may differ from the size reported last.

    A signal reports that the size changed, not the new size. A lost signal (multiplexer, stopped program) leaves the
    old layout on the screen, and of several that wait while a picture is drawn only the last one is right.

    None where the system cannot be asked: there is no terminal, or it reports its sizes in its input.
    """
    if app.is_headless or app.is_web or app.supports_smooth_scrolling:
        return None
    size = Size(*shutil.get_terminal_size((0, 0)))
    return size if size.area else None

"""What an app hears of its terminal besides keys: that it is not UTF-8, that it has gone away, how large it is."""

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

#: Seconds for which the hint about the terminal stands: it says what to change elsewhere.
_HINT_SECONDS = 20


class OnTerminal(HookedApp):
    """An app that has its terminal by our driver, and that nothing which comes from it ends."""

    #: What it may be drawn with: what ``[terminal] glyphs`` says.
    glyphs = "auto"

    def get_driver_class(self) -> "type[Driver]":
        """Ours in place of Textual's for a terminal; a driver that was asked for by name stays."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def handle_error(self, error: Exception) -> None:
        """Not a crash: leaving before the first screen stood, which then has none of its widgets."""
        if not (self.is_leaving and isinstance(error, NoMatches)):
            super().handle_error(error)

    def on_wrong_bytes(self, _message: WrongBytes) -> None:
        """Say once why characters are missing. It holds no data, and is said also where the terminal is locked."""
        self.notify(t("ui.terminal_not_utf8"), severity="warning", timeout=_HINT_SECONDS, markup=False)

    def on_terminal_gone(self, _message: TerminalGone) -> None:
        """Leave: nobody is there any more."""
        self.exit(0)


def size_now(app: App[Any]) -> Size | None:
    """Columns and rows of the terminal that ``app`` draws on, which are not always what was last said of it.

    A signal says that the size changed, never to what: one that is lost (a multiplexer, a stopped program) leaves the
    old picture standing, and of many that wait while a picture is drawn only the last still says how large it is.

    None where asking the system says nothing: there is no terminal, or it tells its sizes itself, in its input.
    """
    if app.is_headless or app.is_web or app.supports_smooth_scrolling:
        return None
    size = Size(*shutil.get_terminal_size((0, 0)))
    return size if size.area else None

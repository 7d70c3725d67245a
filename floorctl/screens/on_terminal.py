"""What an app hears of its terminal besides keys: that it is not UTF-8, that it has gone away."""

from typing import TYPE_CHECKING

from textual.app import App
from textual.css.query import NoMatches
from textual.drivers.linux_driver import LinuxDriver

from floorctl.i18n import t
from floorctl.terminal_driver import TerminalDriver, TerminalGone, WrongBytes

if TYPE_CHECKING:
    from textual.driver import Driver

#: Seconds for which the hint about the terminal stands: it says what to change elsewhere.
_HINT_SECONDS = 20


class OnTerminal(App[int]):
    """An app that has its terminal by our driver, and that nothing which comes from it ends."""

    #: What it may be drawn with: what ``[terminal] glyphs`` says.
    glyphs = "auto"

    def get_driver_class(self) -> "type[Driver]":
        """Ours in place of Textual's for a terminal; a driver that was asked for by name stays."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def _handle_exception(self, error: Exception) -> None:
        """Not a crash: leaving before the first screen stood, which then has none of its widgets."""
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def on_wrong_bytes(self, _message: WrongBytes) -> None:
        """Say once why characters are missing. It holds no data, and is said also where the terminal is locked."""
        self.notify(t("ui.terminal_not_utf8"), severity="warning", timeout=_HINT_SECONDS, markup=False)

    def on_terminal_gone(self, _message: TerminalGone) -> None:
        """Leave: nobody is there any more."""
        self.exit(0)

"""What an app has to do with its terminal besides keys and pictures."""

from typing import TYPE_CHECKING

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from floorctl.terminal_driver import TerminalDriver

if TYPE_CHECKING:
    from textual.driver import Driver


class OnTerminal(App[int]):
    """An app that has its terminal by our driver."""

    def get_driver_class(self) -> "type[Driver]":
        """Ours in place of Textual's for a terminal; a driver that was asked for by name stays."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

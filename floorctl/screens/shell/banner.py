"""The line under the top bar that says, on every screen, that the purchaser may end the contract."""

from typing import TYPE_CHECKING, cast

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, width_of

if TYPE_CHECKING:
    from floorctl.screens.shell.cockpit import Cockpit


class TerminationBanner(Painted):
    """There only while the running month's score says so."""

    DEFAULT_CSS = "TerminationBanner { height: 1; width: 1fr; display: none; }"

    def on_mount(self) -> None:
        """It may be so already."""
        self.look()

    def look(self) -> None:
        """Be there, or not."""
        self.display = cast("Cockpit", self.app).score.termination_right
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """One line across the screen."""
        words = seg(f" ‼ {t('assessment.termination')}", looks.ALERT)
        return [[words, seg(" " * max(0, width - width_of([words])), looks.ALERT)]]

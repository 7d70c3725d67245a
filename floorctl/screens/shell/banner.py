"""The line under the top bar, on every screen, that says that the purchaser may end the contract."""

from typing import TYPE_CHECKING, cast

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, width_of

if TYPE_CHECKING:
    from floorctl.screens.shell.cockpit import Cockpit


class TerminationBanner(Painted):
    """Visible only while the running month's score gives the purchaser the right to end the contract."""

    DEFAULT_CSS = "TerminationBanner { height: 1; width: 1fr; display: none; }"

    def on_mount(self) -> None:
        """Set the visibility at the start."""
        self.repaint()

    def repaint(self) -> None:
        """Draw again, and show the banner only while the purchaser may end the contract."""
        self.display = cast("Cockpit", self.app).score.termination_right
        super().repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return one line as wide as the screen."""
        words = seg(f" ‼ {t('assessment.termination')}", looks.ALERT)
        return [[words, seg(" " * max(0, width - width_of([words])), looks.ALERT)]]

"""The line at the bottom: what is open on the left, the keys that always help on the right."""

from typing import TYPE_CHECKING, cast

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.screens.base import CockpitScreen


class BottomBar(Painted):
    """Counts and keys; where both don't fit, the keys give way but for `?`."""

    DEFAULT_CSS = "BottomBar { dock: bottom; height: 1; width: 1fr; }"

    def picture(self, width: int, height: int) -> list[Line]:
        """One line."""
        counts = [seg(" "), *cast("CockpitScreen", self.screen).counts()]
        keys: Line = []
        for key, text in (("?", "ui.bottom.help"), ("/", "ui.bottom.filter"), ("^P", "ui.bottom.palette")):
            keys += [seg(key, looks.SKY), seg(t(text) + " ", looks.QUIET)]
        if width_of(counts) + width_of(keys) > width:
            keys = keys[:2]
        return [spread(counts, keys, width)]

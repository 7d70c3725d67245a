"""The line at the bottom: what is open on the left, the keys that always help on the right."""

import re
from typing import TYPE_CHECKING, cast

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.screens.shell.base import BaseScreen
    from floorctl.screens.shell.cockpit import Cockpit

_SPACES = re.compile(" {2,}")
#: A piece of no more cells, with a digit in it, is a figure that the piece before it names.
_FIGURE = 8
#: Cells between the two, so that what is on the left does not read on into the keys.
_GAP = 2


class BottomBar(Painted):
    """Counts and keys; where both don't fit, the keys give way but for `?`."""

    DEFAULT_CSS = "BottomBar { dock: bottom; height: 1; width: 1fr; }"

    def picture(self, width: int, height: int) -> list[Line]:
        """One line; while text is typed, it tells the keys of the line that is typed in, for no other acts then."""
        screen = cast("BaseScreen", self.screen)
        if screen.typing:
            return [spread(_fitted([seg(" "), *screen.line_keys()], width), [], width)]
        counts = [seg(" "), *screen.counts()]
        keys: Line = []
        for key, text in (("?", "ui.bottom.help"), ("/", "ui.bottom.filter"), ("^P", "ui.bottom.palette")):
            keys += [seg(key, looks.SKY), seg(t(text) + " ", looks.QUIET)]
        if cast("Cockpit", self.app).floor.session.read_only:
            keys = [seg(t("wall.keys") + " ", looks.SKY)]
        if width_of(counts) + _GAP + width_of(keys) > width:
            keys = keys[:2]
        room = width - _GAP - width_of(keys)
        return [spread(_fitted(counts, room), [seg(" " * _GAP), *keys], width)]


def _fitted(counts: Line, room: int) -> Line:
    """``counts`` in ``room`` cells: with narrower gaps, then without the last of them, for half a figure is wrong."""
    if width_of(counts) > room:
        hints = _SPACES.split(counts[-1].text.strip())  # a hint, or many, where the last is no figure
        counts = [seg(_SPACES.sub(" ", piece.text), piece.style) for piece in counts]
        while width_of(counts) > room and hints and not _is_figure(counts[-1].text):
            hints.pop()
            counts[-1] = seg(" " + " ".join(hints) if hints else "", counts[-1].style)
    while width_of(counts) > room and len(counts) > 2:
        # A figure goes with what it is a figure of.
        counts = counts[:-2] if _is_figure(counts[-1].text) else counts[:-1]
    return counts


def _is_figure(text: str) -> bool:
    return any(char.isdigit() for char in text) and width_of([seg(text.strip())]) <= _FIGURE

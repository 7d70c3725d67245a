"""The line at the bottom: counts on the left, the keys that work on every screen on the right."""

import re
from typing import TYPE_CHECKING, cast

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.screens.shell.base import BaseScreen
    from floorctl.screens.shell.cockpit import Cockpit

_SPACES = re.compile(" {2,}")
#: A segment of at most this many cells that holds a digit is a figure; the segment before it is its label.
_FIGURE = 8
#: Least cells between counts and keys, so that they are not read as one text.
_GAP = 2


class BottomBar(Painted):
    """Counts and keys. Where both do not fit, only the key `?` is kept."""

    DEFAULT_CSS = "BottomBar { dock: bottom; height: 1; width: 1fr; }"

    def picture(self, width: int, height: int) -> list[Line]:
        """Return one line; while text is typed, only the keys of that text line, since no others act."""
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
    """Fit ``counts`` into ``room`` cells: narrow the gaps, then drop whole figures from the end, never part of one."""
    if width_of(counts) > room:
        hints = _SPACES.split(counts[-1].text.strip())  # one or more hints, unless it is a figure
        counts = [seg(_SPACES.sub(" ", piece.text), piece.style) for piece in counts]
        while width_of(counts) > room and hints and not _is_figure(counts[-1].text):
            hints.pop()
            counts[-1] = seg(" " + " ".join(hints) if hints else "", counts[-1].style)
    while width_of(counts) > room and len(counts) > 2:
        # Drop a figure together with its label.
        counts = counts[:-2] if _is_figure(counts[-1].text) else counts[:-1]
    return counts


def _is_figure(text: str) -> bool:
    return any(char.isdigit() for char in text) and width_of([seg(text.strip())]) <= _FIGURE

"""The three lines with which a demonstration begins: what happens, what to try, which key."""

from collections.abc import Callable, Sequence

from textual.events import Click

from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, clip, seg

#: Marks the lines as what they are also where there is no colour.
_MARK = " ▍"


class OpeningLines(Painted):
    """Exactly three lines below the top bar; a click closes them (``close``), Esc does at the app."""

    DEFAULT_CSS = "OpeningLines { height: 3; width: 1fr; }"

    def __init__(self, words: Sequence[str], close: Callable[[], None]) -> None:
        super().__init__()
        self._words = words
        self._close = close

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines, the first one bold."""
        styles = [looks.STRONG, *[looks.TEXT] * len(self._words)]
        return [
            clip([seg(_MARK, looks.SKY + looks.CURSOR_AWAY), seg(line, style + looks.CURSOR_AWAY)], width)
            for line, style in zip(self._words, styles, strict=False)
        ]

    def on_click(self, event: Click) -> None:
        """Close the lines."""
        event.stop()
        self._close()

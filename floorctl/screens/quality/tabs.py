"""A line of views to choose from, with the current one marked; beneath it the current filter and period."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message

from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, spread


@dataclass(frozen=True)
class Tab:
    """A view: name, key, label, and a number of things that need attention."""

    name: str
    key: str
    words: str
    count: int = 0


class Tabs(Painted):
    """The line ``▸P 今日  G 进度  S 成绩 2 …``; a click chooses a view."""

    DEFAULT_CSS = "Tabs { height: 2; padding: 0 1; }"

    @dataclass
    class Chosen(Message):
        """The view ``name`` was clicked."""

        name: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.tabs: Sequence[Tab] = ()
        self.chosen = ""
        self.left: Line = []
        self.right: Line = []
        self._spans: list[tuple[int, int, str]] = []

    def show(self, tabs: Sequence[Tab], chosen: str, left: Line, right: Line) -> None:
        """Show these views, and ``left`` and ``right`` in the line below."""
        self.tabs, self.chosen, self.left, self.right = tabs, chosen, left, right
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the line of views and the line below."""
        line: Line = []
        self._spans = []
        at = 0
        for tab in self.tabs:
            here = tab.name == self.chosen
            pieces = [
                seg(f"{'▸' if here else ' '}{tab.key} ", looks.TITLE if here else looks.SKY),
                seg(f"{tab.words} ", looks.TITLE if here else looks.TEXT),
            ]
            if tab.count:
                pieces.append(seg(f"{tab.count} ", looks.TITLE if here else looks.AMBER))
            cells = sum(cell_len(piece.text) for piece in pieces)
            self._spans.append((at, at + cells, tab.name))
            line += pieces
            at += cells
        return [line, spread(self.left, self.right, width)]

    def on_click(self, event: Click) -> None:
        """Choose the clicked view."""
        if event.y == 0:
            for start, end, name in self._spans:
                if start <= event.x - self.styles.padding.left < end:
                    self.post_message(self.Chosen(name))

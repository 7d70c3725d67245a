"""``Painted``: a widget drawn line by line that repaints only what changed; and functions on lines of segments."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from floorctl.text.safe import fit, visible

Line = list[Segment]


#: Characters used of a text for one line. No terminal is wider, and longer texts would slow down every paint.
_LONGEST = 512


@lru_cache(maxsize=8192)
def brief(text: str) -> str:
    """Return ``text`` from outside made visible, cut to what could fit a line. Cached: it is drawn each second."""
    return visible(text[:_LONGEST])[:_LONGEST]


def seg(text: str, style: Style | None = None) -> Segment:
    """Return a piece of a line; ``text`` must be visible text (``brief``) or from the catalogues."""
    return Segment(text, style)


def width_of(line: Iterable[Segment]) -> int:
    """Return the width of ``line`` in terminal cells."""
    return sum(cell_len(piece.text) for piece in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return ``left`` and, at the end of ``width`` cells, ``right``; if both don't fit, ``left`` is cut."""
    room = max(0, width - width_of(right))
    return [*clip(left, room), *right] if room else clip(right, width)


def clip(line: Line, width: int) -> Line:
    """Return ``line`` in exactly ``width`` cells: cut with an ellipsis, or filled with blanks."""
    left = width
    for at, piece in enumerate(line):
        left -= cell_len(piece.text)
        if left < 0:
            out = line[:at]
            room = left + cell_len(piece.text)
            # Show an ellipsis also if the cut is between two pieces.
            more = any(each.text.strip() for each in line[at + (room > 0) :])
            if room > 0:
                out.append(Segment(fit(piece.text + ("…" if more else ""), room), piece.style))
            elif out and more:
                last = out[-1]
                cells = cell_len(last.text)
                out[-1] = Segment(fit(last.text + "…" * (cells + 1), cells), last.style)
            return out
    return [*line, Segment(" " * left)] if left else line


def whole(line: Line, width: int) -> Line:
    """Return ``line`` in exactly ``width`` cells; a piece that does not fit is left out, with all that follow it."""
    left = width
    for at, piece in enumerate(line):
        if cell_len(piece.text.rstrip(" ")) > left:
            return clip(line[:at], width)
        left -= cell_len(piece.text)
    return clip(line, width)


def changed_spans(old: Sequence[Segment], new: Sequence[Segment]) -> list[tuple[int, int]]:
    """Return the cell spans (start, end) in which two lines of the same width differ, piece by piece."""
    spans: list[tuple[int, int]] = []
    at = 0
    if len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            cells = cell_len(after.text)
            if before != after:
                if cell_len(before.text) != cells:
                    spans.append((at, sum(cell_len(piece.text) for piece in new)))
                    return spans
                spans.append((at, at + cells))
            at += cells
        return spans
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        at += cell_len(after.text)
    return [(at, max(width_of(old), width_of(new)))]


class Painted(Widget):
    """Subclasses return the whole picture from ``picture``; ``repaint`` compares it with what is on the screen.

    A repaint never requests a layout, so a change costs only the cells that differ.
    """

    DEFAULT_CSS = "Painted { height: 1fr; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._on_ground = Style.null()
        self._painted_size: tuple[int, int] | None = None

    def picture(self, width: int, height: int) -> list[Line]:
        """Return at most ``height`` lines of at most ``width`` cells."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw again; only the spans that differ are sent to the terminal."""
        if not self.is_mounted or not self.size:
            return
        width, height = self.size
        lines = [clip(line, width) for line in self.picture(width, height)[:height]]
        if self._painted_size != (width, height) or len(lines) != len(self._lines):
            self._lines = lines
            self._painted_size = (width, height)
            self.refresh()
            return
        regions = [
            Region(start, y, end - start, 1)
            for y, (old, new) in enumerate(zip(self._lines, lines, strict=True))
            if old != new
            for start, end in changed_spans(old, new)
        ]
        self._lines = lines
        if regions:
            self.refresh(*regions)

    def on_resize(self, _event: Resize) -> None:
        """Draw for the new size."""
        self.repaint()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of the picture; the widget's style is computed once here instead of for each line."""
        self._on_ground = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return the line ``y`` of the picture, on the widget's background."""
        ground = self._on_ground
        if self._painted_size != tuple(self.size):
            width, height = self.size
            self._lines = [clip(line, width) for line in self.picture(width, height)[:height]]
            self._painted_size = (width, height)
        if y >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        return Strip(self._lines[y], self.size.width).apply_style(ground)

"""A widget drawn line by line that sends the terminal only what has changed since it was last drawn."""

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


#: No terminal is wider; a name of twenty thousand characters must not cost twenty thousand at every paint.
_LONGEST = 512


@lru_cache(maxsize=8192)
def brief(text: str) -> str:
    """``text`` from outside made visible, as much of it as could ever fit a line. Drawn each second, kept in mind."""
    return visible(text[:_LONGEST])[:_LONGEST]


def seg(text: str, style: Style | None = None) -> Segment:
    """A piece of a line; ``text`` is visible text (``brief``) or of the catalogues."""
    return Segment(text, style)


def width_of(line: Iterable[Segment]) -> int:
    """The terminal cells that ``line`` takes."""
    return sum(cell_len(piece.text) for piece in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """``left`` at the start and ``right`` at the end of ``width`` cells; where both don't fit, ``left`` gives way."""
    room = max(0, width - width_of(right))
    return [*clip(left, room), *right] if room else clip(right, width)


def clip(line: Line, width: int) -> Line:
    """``line`` in exactly ``width`` cells: cut with an ellipsis, or filled with blanks."""
    left = width
    for at, piece in enumerate(line):
        left -= cell_len(piece.text)
        if left < 0:
            out = line[:at]
            room = left + cell_len(piece.text)
            # What is cut off says so, even where the cut falls between two pieces.
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
    """``line`` in exactly ``width`` cells: a piece that does not fit is left out, with all that follow it."""
    left = width
    for at, piece in enumerate(line):
        if cell_len(piece.text.rstrip(" ")) > left:
            return clip(line[:at], width)
        left -= cell_len(piece.text)
    return clip(line, width)


def changed_spans(old: Sequence[Segment], new: Sequence[Segment]) -> list[tuple[int, int]]:
    """The cell spans (start, end) in which two lines of the same width differ, piece by piece."""
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
    """Subclasses give the whole picture with ``picture``; ``repaint`` compares it with what is on the screen.

    Nothing here ever asks for a layout: a change costs the cells that differ.
    """

    DEFAULT_CSS = "Painted { height: 1fr; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._on_ground = Style.null()
        self._painted_size: tuple[int, int] | None = None

    def picture(self, width: int, height: int) -> list[Line]:
        """At most ``height`` lines of at most ``width`` cells."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw again; only the spans that differ go to the terminal."""
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
        """Fill the new size."""
        self.repaint()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the picture; what the style sheets say of the ground is asked for once and not for each line."""
        self._on_ground = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The line ``y`` of the picture, on the widget's ground."""
        ground = self._on_ground
        if self._painted_size != tuple(self.size):
            width, height = self.size
            self._lines = [clip(line, width) for line in self.picture(width, height)[:height]]
            self._painted_size = (width, height)
        if y >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        return Strip(self._lines[y], self.size.width).apply_style(ground)

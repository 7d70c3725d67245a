"""``NarrowCompositor``: Textual's compositor, changed to send only changed cells and to keep double-width characters.

What Textual 8.2 does, and what is done here instead:

- It keeps track of changed regions, but writes a changed line from the left edge of the widget on. The whole seat plan
  is one widget here, so a change of one seat would send the whole line: here a changed line is cut on both sides.
- It cuts every widget's lines at the edges of all widgets, also of those beneath it, and a double-width character that
  such a cut halves becomes two blanks: a toast over the panes of a screen loses characters of its own text
  (https://github.com/Textualize/textual/issues/6357). Here a line is cut only where another widget lies over it.
- A widget over one half of a double-width character blanks the other half, which is outside of the painted region.
  When the widget went, that half stayed blank, and the character was lost. Here a region that the layout has changed
  is painted with one more cell on both sides, and no changed span begins or ends within a character.
- It computes changed regions from two successive layouts, also if one of them was computed only for a query about a
  widget; widgets that had come or gone by then were not painted. Here the layout that was painted last is compared.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import cast

from rich.console import Console
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from floorctl.tty.textual_internals import ChopsUpdate, Compositor, LayoutUpdate

#: Placeholder for cells that the preceding strip covers as well.
_COVERED = Strip([], 0)


def cut_out(strip: Strip, start: int, end: int) -> Strip:
    """Return the cells from ``start`` to ``end`` of ``strip`` as ``Strip.crop`` does, but keep whole pieces unsplit.

    ``Strip.crop`` splits even at the end of a piece, and rich caches the last 16,384 pieces with Chinese text that it
    split: with a clock in every line the cache reaches 16 MiB within minutes.
    """
    if start <= 0 and end >= strip.cell_length:
        return strip
    return _Pieces(strip).cut_out(start, end)


class _Pieces:
    """The pieces of a strip and the cells where they begin, computed once for all cuts of a line."""

    def __init__(self, strip: Strip) -> None:
        self.strip = strip
        self._pieces: list[Segment] = [*strip]
        self._edges = [*accumulate((piece.cell_length for piece in self._pieces), initial=0)]

    def cut_out(self, start: int, end: int) -> Strip:
        """Return the cells from ``start`` to ``end`` as a strip."""
        if start <= 0 and end >= self.strip.cell_length:
            return self.strip
        edges = self._edges
        first, last = bisect_right(edges, start) - 1, bisect_left(edges, end)
        pieces = self._pieces[first:last]
        if pieces and last < len(edges) and edges[last] > end:
            pieces[-1] = pieces[-1].split_cells(end - edges[last - 1])[0]
        if pieces and edges[first] < start:
            pieces[0] = pieces[0].split_cells(start - edges[first])[1]
        return Strip(pieces, end - start)

    def is_within_character(self, cell: int) -> bool:
        """Whether a cut before ``cell`` halves a double-width character."""
        at = bisect_right(self._edges, cell) - 1
        if at == len(self._pieces) or self._edges[at] == cell:
            return False
        piece = self._pieces[at]
        left, right = piece.split_cells(cell - self._edges[at])
        return left.text + right.text != piece.text


class NarrowUpdate(ChopsUpdate):
    """An update that writes only the changed spans, extended to whole double-width characters."""

    def render_segments(self, console: Console) -> str:
        """Return the text and escape sequences of the changed spans."""
        out: list[str] = []
        lines: dict[int, list[tuple[int, _Pieces]]] = {}
        for y, start, end in self.spans:
            if y not in lines:
                strips: Mapping[int, Strip | None] = self.chops[y]
                lines[y] = [(x, _Pieces(strip)) for x, strip in strips.items() if strip]
            for x, pieces in lines[y]:
                cells = pieces.strip.cell_length
                if x >= end or x + cells <= start:
                    continue
                first, last = max(0, start - x), min(cells, end - x)
                first -= pieces.is_within_character(first)
                last += pieces.is_within_character(last)
                out.append(f"\x1b[{y + 1};{x + first + 1}H")
                out.append(pieces.cut_out(first, last).render(console))
        return "".join(out)


class NarrowCompositor(Compositor):
    """Textual's compositor with partial updates of changed cells only, and with double-width characters kept whole."""

    def __init__(self) -> None:
        super().__init__()
        #: The widgets of the last painted layout → their region and clip region.
        self._painted: Mapping[Widget, tuple[Region, Region]] = {}

    def clear(self) -> None:
        """Release references to all widgets when the screen closes."""
        super().clear()
        self._painted = {}

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """Return an update of the whole screen, and remember its layout."""
        self._painted = self.visible_widgets
        return super().render_full_update(simplify)

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return an update of what changed since the last one, or None."""
        self._dirty_regions |= self._came_went_or_moved()
        update = super().render_partial_update()
        if update is None:
            return None
        chops: Sequence[Mapping[int, Strip | None]] = update.chops
        return NarrowUpdate(chops, update.spans, update.chop_ends)

    def _came_went_or_moved(self) -> set[Region]:
        """Return the regions changed by the layout since the last painting, each one cell wider on both sides."""
        before, now = self._painted, self.visible_widgets
        if before is now:
            return set()
        self._painted = now
        changed = {region.intersection(clip) for _, (region, clip) in before.items() ^ now.items()}
        return {region.grow((0, 1, 0, 1)).intersection(self.size.region) for region in changed if region}

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        """Return for each line its strips by the cell where they begin, in order.

        As in Textual, a line consists of buckets that begin at the edges of its widgets, and the uppermost widget fills
        a bucket. Adjacent buckets of one widget are filled with one strip here, so that nothing is cut between them;
        all but the first are empty then.
        """
        cuts = self.cuts
        lines: list[dict[int, Strip | None]] = [dict.fromkeys(line_cuts[:-1]) for line_cuts in cuts]
        for region, clip, strips in self._get_renders(crop):
            rendered = region.intersection(clip)
            first_cut, last_cut = rendered.column_span
            for y, strip in zip(rendered.line_range, strips, strict=False):
                if is_rendered_line(y):
                    edges = [cut for cut in cuts[y] if first_cut <= cut <= last_cut]
                    _fill(lines[y], strip, rendered.x, edges)
        return cast("Sequence[Mapping[int, Strip]]", lines)


def _fill(line: dict[int, Strip | None], strip: Strip, x: int, edges: Sequence[int]) -> None:
    """Put ``strip``, which begins at ``x``, into the free buckets of ``line`` between ``edges``."""
    begins: int | None = None
    for edge, next_edge in pairwise(edges):
        if line[edge] is not None:
            continue
        if begins is None:
            begins = edge
        else:
            line[edge] = _COVERED
        if next_edge == edges[-1] or line[next_edge] is not None:
            line[begins] = cut_out(strip, begins - x, next_edge - x)
            begins = None

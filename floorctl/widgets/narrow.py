"""Sending only the cells that changed.

Textual keeps track of changed regions, but writes a changed line from the left edge of the widget on. One widget holds
the whole seat plan here, so one seat's second would cost the line: these two classes cut the line on both sides.
"""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.strip import Strip


def cut_out(strip: Strip, start: int, end: int) -> Strip:
    """The cells from ``start`` to ``end`` of ``strip``: what ``Strip.crop`` gives, but whole pieces stay as they are.

    Cropping asks to split even where a piece ends, and rich remembers the last 16,384 pieces with Chinese in them that
    it was asked to split: with a clock in every line those are 16 MiB within minutes.
    """
    pieces, at = [], 0
    for piece in strip:
        cells = piece.cell_length
        left, right = max(0, start - at), min(cells, end - at)
        at += cells
        if left < right:
            whole = piece if right == cells else piece.split_cells(right)[0]
            pieces.append(whole.split_cells(left)[1] if left else whole)
    return Strip(pieces, end - start)


class NarrowUpdate(ChopsUpdate):
    """Writes nothing left of a changed span."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences of the changed spans."""
        out: list[str] = []
        move_to = Control.move_to
        for y, start, end in self.spans:
            pieces: Mapping[int, Strip | None] = self.chops[y]
            for piece_end, (x, strip) in zip(self.chop_ends[y], pieces.items(), strict=False):
                if strip is None or x >= end or piece_end <= start:
                    continue
                first, last = max(x, start), min(piece_end, end)
                if (first, last) != (x, piece_end):
                    strip = cut_out(strip, first - x, last - x)  # noqa: PLW2901
                out.append(move_to(first, y).segment.text)
                out.append(strip.render(console))
        return "".join(out)


class NarrowCompositor(Compositor):
    """Textual's compositor with narrow partial updates."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What changed since the last update, or None."""
        update = super().render_partial_update()
        if update is None:
            return None
        chops: Sequence[Mapping[int, Strip | None]] = update.chops
        return NarrowUpdate(chops, update.spans, update.chop_ends)

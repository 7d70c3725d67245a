"""``Beneath``: the dimmed screen beneath a dialog, with each style dimmed once instead of once for each piece.

Textual 8.2 renders the whole screen beneath through rich, dims the style of every piece again, and splits the result
into lines again. Here the compositor's lines are used, which have only a few dozen styles.
"""

from functools import lru_cache
from itertools import islice

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.css.styles import RulesMap
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.visual import RenderOptions, Visual


@lru_cache(maxsize=1024)
def dimmed(style: Style | None, ground: Style, by: Color) -> Style:
    """Return ``style`` on ``ground`` with ``by`` blended over both colours, without links: they can't be clicked."""
    plain = (style or Style.null()).clear_meta_and_links()
    over = [Color.from_rich_color(each) + by if each is not None else None for each in (plain.color, plain.bgcolor)]
    return ground + plain + Style.from_color(*(each and each.rich_color for each in over))


class Beneath(Visual):
    """A visual with the present lines of ``screen``, with the colour ``by`` blended over them."""

    def __init__(self, screen: Screen[object], by: Color) -> None:
        self._screen, self._by = screen, by

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width of the container (the terminal)."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return the height of the screen."""
        return self._screen.size.height

    def render_strips(self, width: int, height: int | None, style: VisualStyle, options: RenderOptions) -> list[Strip]:
        """Return the present lines of the screen, dimmed."""
        ground = style.rich_style
        return [
            Strip([Segment(text, dimmed(of, ground, self._by)) for text, of, _ in line], line.cell_length)
            for line in islice(self._screen._compositor.render_strips(), height)
        ]

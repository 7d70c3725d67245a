"""What a dialog lies over, dimmed: as Textual does it, but each style once and not each piece of each line.

Textual 8.2 lets rich render the whole screen beneath, dims the style of every piece of it anew, and has the result
split into lines again. The screen is there in lines, and has a few dozen styles.
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
    """``style`` on ``ground``, with ``by`` laid over both of its colours; nothing beneath a dialog can be clicked."""
    plain = (style or Style.null()).clear_meta_and_links()
    over = [Color.from_rich_color(each) + by if each is not None else None for each in (plain.color, plain.bgcolor)]
    return ground + plain + Style.from_color(*(each and each.rich_color for each in over))


class Beneath(Visual):
    """The lines of ``screen``, dimmed by ``by``."""

    def __init__(self, screen: Screen[object], by: Color) -> None:
        self._screen, self._by = screen, by

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """As wide as the terminal."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """As high as the terminal."""
        return self._screen.size.height

    def render_strips(self, width: int, height: int | None, style: VisualStyle, options: RenderOptions) -> list[Strip]:
        """Its lines, as they are now."""
        ground = style.rich_style
        return [
            Strip([Segment(text, dimmed(of, ground, self._by)) for text, of, _ in line], line.cell_length)
            for line in islice(self._screen._compositor.render_strips(), height)
        ]

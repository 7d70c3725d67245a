"""The NO_COLOR filter: bold, dim and reverse take the place of colours."""

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_DEFAULT = Style.from_color(RichColor.default(), RichColor.default())
_REVERSE = _DEFAULT + Style(reverse=True)
#: A background whose channels add up to more than this marks something: the cursor, an alert, the screen's name.
_STANDS_OUT = 180


class Uncoloured(LineFilter):
    """A filter that removes every colour and shows text on a marking background in reverse."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours."""
        return [
            Segment(text, style and style + (_REVERSE if _stands_out(style) else _DEFAULT), control)
            for text, style, control in segments
        ]


def _stands_out(style: Style) -> bool:
    ground = style.bgcolor
    return ground is not None and not ground.is_default and sum(ground.get_truecolor()) > _STANDS_OUT

"""How the callers of a hot spot came: a bar for each part of the time, and what is usual as a line across them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment

from floorctl.i18n import t
from floorctl.text.numbers import whole
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg

if TYPE_CHECKING:
    from floorctl.floor.hot_spots.views import Part

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_AXIS = 4
#: Cells of one label of the time below the bars.
_LABEL = 6


def course_lines(course: "Sequence[Part]", width: int, height: int) -> list[Line]:
    """Draw ``course`` in ``height`` rows, with a scale, the times below and a legend; empty where it does not fit."""
    room = width - _AXIS
    if not course or room < len(course):
        return []
    wide = max(1, min(3, room // len(course)))
    top = max(4.0, *(max(float(part.callers), part.expected) for part in course))
    lines: list[Line] = []
    for row in range(height, 0, -1):
        label = f"{whole(top * row / height):>{_AXIS - 1}} " if row in (height, (height + 1) // 2) else " " * _AXIS
        lines.append([seg(label, looks.QUIET), *(_piece(part, row, height, top, wide) for part in course)])
    lines.append([seg(" " * _AXIS + _times(course, wide), looks.QUIET)])
    lines.append(
        [
            seg(" " * _AXIS),
            seg("█ ", looks.AMBER),
            seg(t("hot_spots.legend.callers") + "   ", looks.TEXT),
            seg("─ ", looks.SKY),
            seg(t("hot_spots.legend.usual"), looks.TEXT),
        ]
    )
    return lines


def _piece(part: "Part", row: int, height: int, top: float, wide: int) -> Segment:
    filled = max(0, min(8, whole(part.callers * height * 8 / top - (row - 1) * 8)))
    usual_here = row - 1 < part.expected * height / top <= row
    if usual_here and not filled:
        return seg("─" * wide, looks.SKY)
    return seg(_EIGHTHS[filled] * wide, looks.AMBER)


def _times(course: "Sequence[Part]", wide: int) -> str:
    """Return the hours of the day below the bars; at midnight the day."""
    step = -(-_LABEL // wide)
    labels = []
    for at in range(0, len(course), step):
        start = course[at].start
        labels.append(f"{start:%m-%d}" if start.hour < step and len(course) != 24 else f"{start:%H}:00")
    return "".join(f"{label:<{step * wide}}" for label in labels)[: len(course) * wide]

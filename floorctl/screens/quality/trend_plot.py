"""A mean over months or days, drawn by plotext as a line, with the pass mark across it."""

from collections.abc import Sequence
from fractions import Fraction

from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg

#: Cells for each label under the axis.
_PER_MARK = 8


def trend_lines(
    history: Sequence[tuple[str, Fraction]], width: int, height: int, *, pass_mark: float | None = None
) -> list[Line]:
    """Draw ``history`` (label and mean, oldest first) in ``width`` × ``height`` cells; empty where a plot does not fit.

    The scale is the range of the means, so that a change of a few points is visible; the pass mark is drawn where it is
    within that range or near.
    """
    if len(history) < 2 or width < 24 or height < 5:
        return []
    import plotext

    means = [float(mean) for _, mean in history]
    low, high = min(means), max(means)
    room = max(1.0, (high - low) * 0.15)
    low, high = low - room, min(100.0, high + room)
    if pass_mark is not None and low - 8 < pass_mark < low:
        low = pass_mark - room
    places = list(range(1, len(history) + 1))
    step = -(-len(places) // max(2, width // _PER_MARK))
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(width, height)
    plotext.plot(places, means, marker="braille")
    if pass_mark is not None and low <= pass_mark <= high:
        plotext.hline(pass_mark)
    plotext.ylim(low, high)
    plotext.xticks(places[::step], [label for label, _ in history][::step])
    drawn: str = plotext.uncolorize(plotext.build())
    return [
        [seg(line.rstrip(), looks.SKY if "⠀" < max(line, default="") <= "⣿" else looks.QUIET)]
        for line in drawn.splitlines()
    ]

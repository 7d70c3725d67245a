"""``YearPlot``: the contract year as one bar for each month, with the brackets that reduce the final payment."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.cells import cell_len

from floorctl.i18n import t
from floorctl.text.numbers import points_text, whole
from floorctl.text.safe import cut
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg
from floorctl.widgets.score_head import level_style, year_line

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import Month, MonthBrief, ScoreView

_MONTHS = 12
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_AXIS = 5
#: Greatest width (cells) of a bar.
_WIDEST = 4
#: Year's scores below each of which the final payment is reduced further.
_BRACKETS = (90, 80, 70, 60)
#: The scale always reaches from full marks at least down to this score.
_LOWEST_SHOWN = 80
#: From this many rows on, the scale reaches at least down to this score, below the last bracket.
_ALL_FROM, _LOWEST = 12, 50
#: Least height (rows) for a line with the brackets if there is no room for them beside the plot.
_LEGEND_FROM = 9


class YearPlot(Painted):
    """The months of a contract year, as last shown with ``show``; the month shown on the screen is highlighted."""

    DEFAULT_CSS = "YearPlot { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._months: Sequence[MonthBrief] = ()
        self._view: ScoreView | None = None

    def show(self, months: "Sequence[MonthBrief]", view: "ScoreView") -> None:
        """Show the base scores of ``months``; ``view`` is the month shown on the screen and has the year's figures."""
        self._months, self._view = months, view
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the year in words, the bars with the brackets, the months and their scores."""
        view = self._view
        if view is None or not self._months:
            return []
        lines: list[Line] = [[seg(" " + t("assessment.plot") + "  ", looks.HEADER), *year_line(view, months=True)]]
        notes = {mark: t(f"assessment.bracket.{mark}") for mark in _BRACKETS}
        room = max(cell_len(note) for note in notes.values()) + 1
        if width < _AXIS + _MONTHS * 5 + room:
            room = 0
        legend = not room and height >= _LEGEND_FROM
        rows = height - 3 - legend
        if rows < 2:
            return lines
        lowest = min(brief.base for brief in self._months)
        shown = _LOWEST if rows >= _ALL_FROM else _LOWEST_SHOWN
        floor = min(shown, max(0, math.floor((lowest - 1) / 10) * 10))
        cells = max(3, min(10, (width - _AXIS - room) // _MONTHS))
        at_row = {_row_of(mark, floor, rows): mark for mark in reversed(_BRACKETS) if mark > floor}
        for row in range(rows - 1, -1, -1):
            mark = at_row.get(row)
            label = "100" if row == rows - 1 else str(mark or "")
            line = [seg(f"{label:>{_AXIS - 1}} ", looks.QUIET), *self._bars(row, rows, floor, cells, mark is not None)]
            if mark is not None and room:
                line.append(seg(" " + notes[mark], looks.QUIET))
            lines.append(line)
        lines += self._feet(view.month, cells)
        if legend:
            lines.append([seg(" " + " · ".join(notes.values()), looks.QUIET)])
        return lines

    def _bars(self, row: int, rows: int, floor: int, cells: int, on_mark: bool) -> Line:
        ground = "┄" if on_mark else " "
        wide = max(1, min(_WIDEST, cells - 2))
        before = (cells - wide) // 2
        line: Line = []
        for at in range(_MONTHS):
            step, style = 0, looks.FAINT
            if at < len(self._months):
                brief = self._months[at]
                filled = (brief.base - floor) * rows * 8 / (100 - floor) - row * 8
                step, style = max(0, min(8, whole(filled))), level_style(brief.base)
            char = _EIGHTHS[step] if step else ground
            if step == 8 and not self._months[at].final:
                char = "▒"
            line.append(seg(ground * before, looks.FAINT))
            line.append(seg(char * wide, style if step else looks.FAINT))
            line.append(seg(ground * (cells - wide - before), looks.FAINT))
        return line

    def _feet(self, here: "Month", cells: int) -> list[Line]:
        names, scores = [seg(" " * _AXIS)], [seg(" " * _AXIS)]
        for at in range(_MONTHS):
            month = self._months[0].month.plus(at)
            style = looks.TITLE if month == here else looks.QUIET
            name = str(month.month)
            names += [seg(" "), seg(f"{name:^{cells - 1}}", style)]
            score = ""
            if at < len(self._months):
                score = points_text(self._months[at].base, 2 if cells > 6 else 1)
                score = score if cell_len(score) < cells else points_text(self._months[at].base, 0)
            scores += [seg(" "), seg(f"{cut(score, cells - 1):^{cells - 1}}", looks.TEXT)]
        return [names, scores]


def _row_of(mark: int, floor: int, rows: int) -> int:
    return whole(Fraction((mark - floor) * rows, 100 - floor))
